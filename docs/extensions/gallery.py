"""Figures and lessons for sphinx-gallery: the claim becomes the title, the shipped style is on."""

import re
from pathlib import Path

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


def clean(app):
    """Nothing stays of a script that was renamed or removed: not its page, not its pictures."""
    conf = app.config.sphinx_gallery_conf
    for scripts, pages in zip(conf["examples_dirs"], conf["gallery_dirs"], strict=True):
        made = Path(app.srcdir) / pages
        gone = {path.stem for path in made.glob("*.py")} - {path.stem for path in Path(scripts).glob("*.py")}
        for name in gone:
            whole = re.compile(rf"(sphx_glr_)?{re.escape(name)}(_\d+.*|_thumb)?(\.\w+)+")
            for folder in (made, Path(app.outdir) / pages):
                for path in [each for each in folder.rglob("*") if each.is_file() and whole.fullmatch(each.name)]:
                    path.unlink()


def setup(app):
    # before sphinx-gallery looks at what it made the last time
    app.connect("builder-inited", clean, priority=100)
    app.connect("source-read", entitle)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
