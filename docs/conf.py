"""Sphinx: `make docs` builds docs/_build/html; pages need nothing from the network, neither to be built nor to be read."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extensions"))

from sigdelta.figures.recordings import SPOKEN  # noqa: E402

import sigdelta  # noqa: E402

project = "sigdelta"
author = copyright = "the sigdelta developers"
release = version = sigdelta.__version__

extensions = [
    "myst_parser", "sphinx.ext.autodoc", "numpydoc", "sphinx_gallery.gen_gallery", "equations", "reference", "commands", "gallery"
]  # fmt: skip
exclude_patterns = ["_build", "lessons", "sg_execution_times.rst"]
smartquotes = False
toc_object_entries = False

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

numpydoc_show_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

if not SPOKEN.exists():
    print("the figure `recordings` is left out: it needs Debian's package alsa-utils")

sphinx_gallery_conf = {
    "examples_dirs": [str(HERE.parent / "figures"), str(HERE / "lessons")],
    "gallery_dirs": ["gallery", "learning"],
    "filename_pattern": "",
    "ignore_pattern": "__init__" if SPOKEN.exists() else r"__init__|(^|[/\\])recordings\.py",
    "within_subsection_order": "FileNameSortKey",
    "copyfile_regex": r"GALLERY_HEADER\.rst",
    "reset_modules": ("matplotlib", "gallery.style"),
    "download_all_examples": False,
    "show_memory": False,
    "capture_repr": (),
    "show_signature": False,
    "write_computation_times": False,
    "abort_on_example_error": False,
    "image_srcset": ["2x"],
}

html_theme = "pydata_sphinx_theme"
html_title = "sigdelta"
html_static_path = ["static"]
html_css_files = ["sigdelta.css"]
html_sidebars = {page: [] for page in ("index", "start", "theory", "howto", "search", "genindex")}
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": True,
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 6,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
