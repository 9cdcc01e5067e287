"""`python -m demos.imagenet` opens this demo alone."""

from demos.imagenet import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
