"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

from demos.go.famous import FAMOUS

API_EXAMPLES = [
    ("/go_suggest", ["(;GM[1]FF[4]SZ[9]KM[6.5];B[ee];W[ce])"]),
    ("/go_suggest", [FAMOUS["lee-2"].path.read_text(encoding="utf-8")]),
    ("/go_play", ["D4 Q16 Q4", "policy", 19, 7.5]),
    ("/go_zero_move", ["D4 C3", 0]),
    ("/go_branching", []),
]
