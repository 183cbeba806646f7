"""Ends all logins of a person, as another process of a site does: ``revoking.py URL SUBJECT``."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def revoke_elsewhere(store_url: str, subject: str) -> None:
    """End the person's logins in another process."""
    command = [sys.executable, "-W", "error", __file__, store_url, subject]
    subprocess.run(command, check=True, timeout=60, cwd=TESTS.parent)


if __name__ == "__main__":
    sys.path.insert(0, str(TESTS.parent))
    from session440.wsgi import Session440Middleware

    url, subject = sys.argv[1:]
    # By the clock of the tests, or the login would not have begun yet.
    site = Session440Middleware(lambda *_: [], secret_key="x" * 32, store=url, clock=lambda: 1.8e9)
    assert site.engine.revoke_all(subject) == 1
