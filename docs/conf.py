"""How Sphinx builds these pages: ``sphinx-build -W -b html docs build/docs``."""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from apirouter import __version__  # noqa: E402

project = "apirouter"
author = "The apirouter authors"
project_copyright = author
release = __version__
version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["_tools", "_build"]

html_theme = "furo"
html_title = f"apirouter {release}"
html_static_path = ["_static"]
html_css_files = ["apirouter.css"]
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "github-dark"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_preserve_defaults = True

suppress_warnings = [
    # Classes are documented where authors import them from, and some are imported from two places.
    "ref.python",
]


def without_files_elsewhere(app: Any, name: str, source: list[str]) -> None:
    """Make words of links to files of the repository that are no pages: a checkout has them, a site doesn't."""
    source[0] = re.sub(r"\[([^\]\n]+)\]\(\.\./[^)\n]+\)", r"\1", source[0])


def without_absent_pages(app: Any, name: str, source: list[str]) -> None:
    """Take patterns of pages that this checkout does not have out of the lists of pages."""

    def there(found: re.Match[str]) -> str:
        return found[0] if list(Path(app.srcdir).glob(f"{found[1]}.md")) else ""

    if name == "index":
        source[0] = re.sub(r"^([a-z]+\*)\n", there, source[0], flags=re.M)


def setup(app: Any) -> None:
    """Change pages as they are read."""
    app.connect("source-read", without_files_elsewhere)
    app.connect("source-read", without_absent_pages)
