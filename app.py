"""The Deep Learning Gallery. Run `python app.py`, or `python app.py --help` for what can be chosen."""

import os
import sys

# Before torch and gradio are imported: idle threads sleep, and no usage data is sent anywhere.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from gallery.settings import Settings

settings = Settings.read(sys.argv[1:] if __name__ == "__main__" else [])  # answers --help at once

from gallery import hosting  # noqa: E402

hosting.prepare()

from gallery.launcher import open_gallery  # noqa: E402

demo = open_gallery(settings)

if __name__ == "__main__":
    demo.launch()
