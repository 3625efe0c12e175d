"""Reading and writing signals, spikes and results; what is written is whole or not there."""

from ..formats import READERS
from .loading import load, load_result, load_spikes, load_wiener
from .recordings import RESULT_FORMAT, Recording, excerpt, scaled
from .saving import replacing, save, to_text

__all__ = [
    "READERS",
    "RESULT_FORMAT",
    "Recording",
    "excerpt",
    "load",
    "load_result",
    "load_spikes",
    "load_wiener",
    "replacing",
    "save",
    "scaled",
    "to_text",
]
