"""``python -m w2sdl`` and the ``w2sdl`` command."""

from __future__ import annotations

import sys

from w2sdl.cli import run_cli


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run_cli(sys.argv[1:]))


if __name__ == "__main__":
    main()
