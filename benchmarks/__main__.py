"""python -m benchmarks NAME [--json] [--repeats N]

Measures one part of the gallery and prints a table with the peer beside it, or with --json one
JSON object, figure name to value. Goals are stated in the table; what a busy machine does to the
figures befalls gallery and peer alike, for they are measured in turns.
"""

import argparse
import importlib
import os
import pkgutil
import signal
import sys
from pathlib import Path

# Before torch is imported: see gallery/__init__.py and the README.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from benchmarks.figures import as_json, as_table


def names() -> list[str]:
    """The benchmarks: every module here that can `measure`."""
    folder = Path(__file__).parent
    return [
        module.name
        for module in pkgutil.iter_modules([str(folder)])
        if "\ndef measure(" in (folder / f"{module.name}.py").read_text(encoding="utf-8")
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=names(), help="what to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--repeats", type=int, help="how often each thing is measured")
    options = parser.parse_args(arguments)
    if options.repeats is not None and options.repeats < 1:
        parser.error("--repeats is at least 1")

    module = importlib.import_module(f"benchmarks.{options.name}")
    figures = module.measure(*([] if options.repeats is None else [options.repeats]))
    print(as_json(figures) if options.json else as_table(figures, module.PEER))
    return 0


if __name__ == "__main__":
    # End like Ctrl-C does, so that the apps which a benchmark started end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
