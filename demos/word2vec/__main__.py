"""`python -m demos.word2vec` opens this demo alone."""

from demos.word2vec import DEMO
from gallery.launcher import show

if __name__ == "__main__":
    show(DEMO)
