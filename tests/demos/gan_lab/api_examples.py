"""What tests/test_every_demo.py asks of each public endpoint: its name, and inputs for it."""

API_EXAMPLES = [
    ("/gan_lab_train", ["ring", "nonsaturating", 60, "0"]),
    ("/gan_lab_train", ["spiral", "wasserstein", 20, "9223372036854775807"]),
    ("/gan_lab_digits", ["digits", 2500, -1, 0]),
]
