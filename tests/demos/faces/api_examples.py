"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

from gradio_client import handle_file

from demos.faces.inversion import EXAMPLES
from demos.faces.steering import shipped

DIRECTION = shipped().directions[0].key
SEED, YEAR, COLOUR, TRUNCATION = "7", 1990, True, 0.7
ASTRONAUT = handle_file(str(EXAMPLES[0].path))
API_EXAMPLES = [
    ("/faces_person", [SEED, YEAR, COLOUR, TRUNCATION]),
    ("/faces_wall", [SEED, TRUNCATION]),
    ("/faces_between", [SEED, "12", 0.5]),
    ("/faces_mix", [SEED, "12", 3]),
    ("/faces_direct", [SEED, DIRECTION, 1.5]),
    ("/faces_nearest", [SEED]),
    ("/faces_opinion", [ASTRONAUT, YEAR]),
]
