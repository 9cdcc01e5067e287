"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

from gradio_client import handle_file

from demos.imagenet.examples import EXAMPLES
from demos.imagenet.models import EMBEDDED

PHOTOS = [handle_file(str(one.path)) for one in EXAMPLES]
API_EXAMPLES = [
    *(("/imagenet_classify", [photo, EMBEDDED.key]) for photo in PHOTOS),
    ("/imagenet_compare", [PHOTOS[0], [EMBEDDED.key]]),
]
