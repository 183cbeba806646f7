"""How Sphinx builds the documentation: `make docs`. It fetches nothing."""

import logging
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from session440.version import __version__  # noqa: E402 - the path comes first

project = "session440"
author = copyright = "the authors of session440"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
if not (HERE.parent / "CHANGELOG.md").exists():
    exclude_patterns.append("changelog.md")

# A link to a heading is the same here as on GitHub.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# Names of ours must be found. Others' would need their inventories, from the net.
nitpick_ignore_regex = [(r"py:.*", r"(?!session440\b).*")]
html_theme = "furo"
html_title = "session440"
html_static_path = ["_static"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def setup(app: object) -> None:
    """Let a pattern of the index name no page yet: Sphinx gives this warning no type."""
    logging.getLogger("sphinx.sphinx.directives.other").addFilter(
        lambda record: "toctree glob pattern" not in str(record.msg)
    )
