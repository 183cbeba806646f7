"""Measurements that anyone can repeat."""

import sys
from pathlib import Path

# They run on the servers of the tests.
sys.path.append(str(Path(__file__).parent.parent / "tests"))
