"""How Sphinx builds the documentation: `make docs`. It fetches nothing."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.util.nodes import make_refnode

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import django  # noqa: E402 - the path comes first
from django.conf import settings  # noqa: E402

from session440.version import __version__  # noqa: E402 - the path comes first

# What the modules of the Django adapter need to be imported.
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "session440.django"]
)
django.setup()

project = "session440"
author = copyright = "the authors of session440"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
SOURCES = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "api/openapi.md": "session440/openapi.py",
    "api/testing.md": "session440/testing",
}
exclude_patterns += [page for page, each in SOURCES.items() if not (HERE.parent / each).exists()]

# A link to a heading is the same here as on GitHub.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

# Names of ours must be found. Others' would need their inventories, from the net.
# What is private to the package has no page, nor have the names of type variables.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!session440\b).*"),
    (r"py:.*", r"session440\.(core|decorators|exchange|live|registry|stores|testing)\.\w+\.\w+"),
    (r"py:.*", r"session440\.(decorators|events\.listeners)\.\w+"),
]
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
add_module_names = False
python_use_unqualified_type_names = True

# What a command prints is no code of the shell's, and may be anything.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = "session440"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/logo-light.svg"
html_theme_options = {
    "light_logo": "logo-light.svg",
    "dark_logo": "logo-dark.svg",
}
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def link_by_name(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Link a name to where it is documented, though it is defined in another module."""
    domain, written = env.get_domain("py"), node.get("reftarget", "")
    name = "." + written.rpartition(".")[2]
    is_ours = node.get("refdomain") == "py" and ("." not in written or written.startswith(project))
    found = [each for each in domain.objects if each.endswith(name)] if is_ours else []
    if not found:
        return None
    target = domain.objects[min(found, key=len)]
    return make_refnode(
        app.builder, node["refdoc"], target.docname, target.node_id, content, name[1:]
    )


#: What Furo and docutils write, and what screen readers and keyboards need: levels of headings,
#: names of what a page has two of, and a way to scroll without a mouse.
ACCESSIBLE = {
    'role="heading">': 'role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="This page">',
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
}


def make_accessible(app: Any, exception: Exception | None) -> None:
    """Add to the pages what axe-core misses in them (tests/test_docs_site.py)."""
    for path in Path(app.outdir).rglob("*.html"):
        text = path.read_text()
        for written, needed in ACCESSIBLE.items():
            text = text.replace(written, needed)
        path.write_text(text)


def without_constructor(
    app: Any, what: str, name: str, found: Any, options: Any, signature: Any, returned: Any
) -> tuple[None, None] | None:
    """Show no parameters of what nobody constructs but session440 itself."""
    is_given = name.rpartition(".")[2] in ("Visit", "LiveLogin", "Watch")
    return (None, None) if what == "class" and is_given else None


#: The pages that show what stands beside docs/, to which pages link as GitHub has it.
BESIDE = {"README": "index", "SECURITY": "security"} | {
    Path(each).stem: Path(page).stem for page, each in SOURCES.items() if each.endswith(".md")
}


def link_within(app: Any, name: str, content: list[str]) -> None:
    """Let links to README and its like lead to the page that shows the same."""
    for file, page in BESIDE.items():
        written = rf"\]\(((?:\.\./)*)\.\./{file}\.md[^)]*\)"
        content[0] = re.sub(written, rf"](\1{page}.md)", content[0])


def link_included(app: Any, path: Path, docname: str, content: list[str]) -> None:
    """Do the same in what stands beside docs/, and is shown here."""
    for file, page in BESIDE.items():
        content[0] = content[0].replace(f"]({file}.md", f"]({page}.md")


def setup(app: Any) -> None:
    """Link names, and what is said of the pages that are made."""
    app.connect("source-read", link_within)
    app.connect("include-read", link_included)
    app.connect("missing-reference", link_by_name)
    app.connect("autodoc-process-signature", without_constructor)
    app.connect("build-finished", make_accessible)
