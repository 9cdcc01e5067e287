"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

from gradio_client import handle_file

from demos.style_transfer.examples import PAINTINGS, PHOTOGRAPHS

PHOTOGRAPH = handle_file(str(PHOTOGRAPHS[0].path))
STARRY_NIGHT, WAVE, *_ = (handle_file(str(one.path)) for one in PAINTINGS)
STROKE, STYLE_WEIGHT, STEPS, SHARE = 0.7, 5.0, 10, 0.5
API_EXAMPLES = [
    ("/style_transfer_paint", [PHOTOGRAPH, STARRY_NIGHT, STROKE, STYLE_WEIGHT, STEPS]),
    ("/style_transfer_at_once", [PHOTOGRAPH, STARRY_NIGHT, STROKE]),
    ("/style_transfer_mix", [PHOTOGRAPH, STARRY_NIGHT, WAVE, SHARE, STROKE]),
]
