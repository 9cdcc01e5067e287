"""`python -m demos.style_transfer` opens this demo alone."""

from demos.style_transfer import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
