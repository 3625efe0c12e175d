"""The shipped style: colours, and labels with units."""

from importlib.resources import files

import matplotlib.pyplot as plt

from ..files import replacing

BLUE, RED, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.55"
MARKERS = "os^Dv"
STYLE = str(files("sigdelta") / "sigdelta.mplstyle")


def style():
    """Context in which figures get the shipped style: ``with sd.plots.style(): ...``."""
    return plt.style.context(STYLE)


def save(figure, path):
    """Write a figure, whole or not at all, and close it: path ends in .pdf, .png, .svg or what else matplotlib writes."""
    with replacing(path) as temporary:
        figure.savefig(temporary)
    plt.close(figure)


def plain(text):
    """Text as it stands: matplotlib takes what is between two $ for a formula."""
    return str(text).replace("$", r"\$")


def label(quantity, units):
    """The label of an axis: a quantity, and its units in brackets if it has any."""
    return plain(f"{quantity} ({units})" if units else quantity)
