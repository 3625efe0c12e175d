"""Drawing results on axes. Nothing is computed here: arrays and results in, Axes out."""

from .any import plot
from .codes import (
    plot_code,
    plot_membrane,
    plot_panels,
    plot_population,
    plot_raster,
    plot_reconstruction,
    plot_signal,
    plot_spectrum,
    plot_spikes,
)
from .learning import plot_learning
from .style import BLUE, GREEN, GREY, RED, STYLE, label, save, style
from .sweeps import plot_map, plot_rate_distortion, plot_sweep, plot_sweeps, plot_tuning, plot_validity

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "RED",
    "STYLE",
    "label",
    "plot",
    "plot_code",
    "plot_learning",
    "plot_map",
    "plot_membrane",
    "plot_panels",
    "plot_population",
    "plot_raster",
    "plot_rate_distortion",
    "plot_reconstruction",
    "plot_signal",
    "plot_spectrum",
    "plot_spikes",
    "plot_sweep",
    "plot_sweeps",
    "plot_tuning",
    "plot_validity",
    "save",
    "style",
]
