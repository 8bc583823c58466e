"""The command: `python -m ambit_guest build app.py [-o app.wasm]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .build import build
from .problem import Problem


def main() -> int:
    """Runs the command: 0 if it did what it was told, 1 with a message on stderr if not."""
    parser = argparse.ArgumentParser(prog="python -m ambit_guest", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("build", help="make a plugin of the managers of a module")
    command.add_argument("app", type=Path, help="the module: a file of Python, or a folder with an __init__.py")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="the plugin; else beside the app, ending in .wasm")
    options = parser.parse_args()
    app: Path = options.app
    output: Path = options.output or app.resolve().with_suffix(".wasm")
    try:
        build(app, output)
    except (Problem, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    print(f"{output} ({output.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
