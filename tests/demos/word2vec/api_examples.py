"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

from demos.word2vec.evaluate import LECTURE
from demos.word2vec.models import EMBEDDED
from demos.word2vec.search import Method
from tests.demos.word2vec.test_live import two_topics

ADD, MULTIPLY = Method.ADD.value, Method.MULTIPLY.value
API_EXAMPLES = [
    *(("/word2vec_solve", [text, ADD, True, EMBEDDED.key]) for text in LECTURE),
    ("/word2vec_solve", ['"new york" - america + france', ADD, False, EMBEDDED.key]),
    ("/word2vec_solve", ["king - man + 1.5*woman", ADD, True, EMBEDDED.key]),
    ("/word2vec_solve", ["king - man + woman = queen", MULTIPLY, True, EMBEDDED.key]),
    ("/word2vec_likeness", ["apple, pear, hammer", EMBEDDED.key]),
    ("/word2vec_along", ["cold", "hot", "ice, winter, summer, fire", EMBEDDED.key]),
    ("/word2vec_train", [two_topics(), 2]),
]
