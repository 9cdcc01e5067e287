"""`python -m demos.gan_lab` opens this demo alone."""

from demos.gan_lab import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
