"""`python -m demos.go` opens this demo alone."""

from demos.go import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
