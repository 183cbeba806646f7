"""Measurements that anyone can repeat."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
#: Names the folder of another checkout, whose session440 is measured instead of this one's.
VARIANT = "SESSION440_BENCH_VARIANT"

if os.environ.get(VARIANT):
    sys.path.insert(0, os.environ[VARIANT])
# They run on the servers of the tests.
sys.path.append(str(ROOT / "tests"))
