"""Ends the logins of people, as another process of a site does: ``revoking.py URL``.

Their names are read from the standard input.
"""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def revoke_elsewhere(store_url: str, *subjects: str) -> None:
    """End each person's login in another process."""
    command = [sys.executable, "-W", "error", __file__, store_url]
    names = "\n".join(subjects)
    subprocess.run(command, check=True, timeout=120, cwd=TESTS.parent, input=names, text=True)


def main(url: str) -> None:
    from session440.wsgi import Session440Middleware

    # By the clock of the tests, or the logins would not have begun yet.
    site = Session440Middleware(lambda *_: [], secret_key="x" * 32, store=url, clock=lambda: 1.8e9)
    for subject in sys.stdin.read().splitlines():
        assert site.engine.revoke_all(subject) == 1


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS.parent))
    main(sys.argv[1])
