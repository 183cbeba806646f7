"""The command line: ``session440 …``, or ``python -m session440 …``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or say what must be installed first."""
    try:
        from .cli import commands
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.exit("The command line needs click; install 'session440[cli]'.")
    commands(prog_name="session440")


if __name__ == "__main__":
    main()
