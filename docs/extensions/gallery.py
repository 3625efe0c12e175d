"""Figures and lessons for sphinx-gallery: the claim becomes the title, the shipped style is on."""

import re

import matplotlib.pyplot as plt

import sigdelta as sd

HEADER = r"GALLERY_HEADER\.(rst|md)"
# what sphinx-gallery writes of a script: its label, the docstring, the first block of code
PAGE = re.compile(r"(\.\. _sphx_glr_[\w.]+:\n\n+)(.*?)(?=\n\.\. GENERATED FROM|\n\.\. code-block)", re.S)


def style(gallery_conf, name):
    """Lessons and figures look as `sigdelta figure` draws them."""
    plt.style.use(sd.plots.STYLE)


def entitle(app, name, source):
    """A docstring whose first line is a sentence gets that line as its title, and its bars are no substitutions."""

    def titled(match):
        label, text = match.groups()
        first, _, rest = text.strip().replace("|", r"\|").partition("\n")
        underlined = re.match(r"[=\-*~]{4,}", rest.strip())
        title = f"{first}\n{rest}" if underlined else f"{first.rstrip('.')}\n{'=' * 3 * len(first)}\n\n{rest}"
        return f"{label}{title}\n"

    if name.startswith(("gallery/", "learning/")):
        source[0] = PAGE.sub(titled, source[0], count=1)


def setup(app):
    app.connect("source-read", entitle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
