"""Browser parts that several demos share, one file each."""
