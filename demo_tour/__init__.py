"""What the demos share: their look, the tour, and the clock that a button moves.

It knows no framework. Each demo shows these pages with the templates, the views and the adapter of
its own framework.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
#: Templates in the words that Django's engine and Jinja have in common.
TEMPLATES = FOLDER / "templates"

# Printed at the start for all to see; a real app keeps salted hashes.
PASSWORDS = {"alice": "wonderland", "bob": "builder"}
#: Of the expense claim.
FIELDS = ("title", "place", "day", "amount", "reason", "remarks")
#: Pages load what is ours alone.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
