"""One package per technique of the lecture; `gallery.catalog` finds them here."""
