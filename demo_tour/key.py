"""The demo's secret key: drawn at the first start, and kept.

A key that is shipped is no secret; one drawn at each start logs everybody out at each.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def kept_key(path: Path) -> str:
    """Return the key in the file at *path*, which is written if there is none."""
    if not path.exists():
        # Whole, or not at all: another worker may be starting too.
        with NamedTemporaryFile("w", dir=path.parent) as draft, suppress(FileExistsError):
            draft.write(secrets.token_urlsafe(48))
            draft.flush()
            os.link(draft.name, path)  # a temporary file is its owner's alone to read
    return path.read_text()
