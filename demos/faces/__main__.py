"""`python -m demos.faces` opens this demo alone."""

from demos.faces import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
