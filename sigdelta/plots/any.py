"""One name for every picture."""

import numpy as np

from .. import checks
from ..encoding import Code
from ..files import Recording
from ..populations import PopulationCode
from ..spikes import SpikeTrain
from ..tuning import Tuning
from .codes import plot_panels, plot_population, plot_raster, plot_reconstruction, plot_signal, plot_spectrum, plot_spikes
from .sweeps import LINES, plot_map, plot_rate_distortion, plot_sweep, plot_tuning, plot_validity


def plot(result, ax=None, *, fs=None, **options):
    """Draw a result as it is best seen.

    Parameters
    ----------
    result
        Code or PopulationCode, SpikeTrain or a list of them, Recording, Tuning, Dataset of `sweep`, `rate_distortion` or
        `validity`, frequencies and density of `noise_spectrum`, or together with ``fs`` an array of shape (n,) or (channels, n),
        or a pair of signal and reconstruction, of shape (n,). A sweep over threshold and more than six refractory periods is
        drawn as a map.
    ax : Axes, or as many of them as the picture has panels, optional
        Drawn on if given.
    fs : float, optional
        Rate in Hz, of arrays only.
    **options
        Of the function of `sigdelta.plots` that draws it: ``units`` of a code or a signal, ``value`` of a map.

    Returns
    -------
    Axes, or an array of them

    Raises
    ------
    TypeError, ValueError
        What has no picture; a sweep over other axes; a signal without rate.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> import matplotlib.pyplot as plt; plt.switch_backend("agg")
    >>> code = sd.code(np.sin(np.arange(2000) / 50), 1000.0, sd.LIF(0.2))
    >>> [axes.get_ylabel() for axes in sd.plot(code, units="mV")]
    ['potential (mV)', 'membrane (mV)', 'spikes']
    >>> sd.plot(sd.noise_spectrum(code.y, code.psp, code.fs), plt.figure().subplots(), units="mV").get_ylabel()
    'power density (mV²/Hz)'
    >>> sd.plot((code.y, code.psp), plt.figure().subplots(), fs=code.fs, spikes=code.spikes).get_ylabel()
    'signal'
    """
    if isinstance(result, tuple) and len(result) == 2 and all(isinstance(each, np.ndarray) for each in result):
        return _plot_pair(*result, ax, fs, **options)
    if isinstance(result, np.ndarray):
        if fs is None:
            raise TypeError("plot needs fs, the rate in Hz, to draw an array")
        return plot_signal(checks.signal(result), checks.number("fs", fs), ax, **options)
    if fs is not None:
        raise TypeError(f"fs is for an array only: {type(result).__name__} has what it needs")
    return _chosen(result)(result, ax, **options)


def _plot_pair(first, second, ax, fs, **options):
    """A spectrum, or with a rate a signal and its reconstruction."""
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"plot draws a pair of arrays of one length, not of shapes {first.shape} and {second.shape}")
    if fs is not None:
        return plot_reconstruction(checks.signal(first), second, checks.number("fs", fs), ax, **options)
    if first[0] < 0 or np.any(np.diff(first) <= 0) or np.any(second < 0):
        raise TypeError(
            "plot needs fs, the rate in Hz, to draw a signal and its reconstruction; a spectrum has rising frequencies"
        )
    return plot_spectrum(first, second, ax, **options)


def _chosen(result):
    """The function that draws it."""
    if hasattr(result, "data_vars"):
        return _chosen_dataset(result)
    if isinstance(result, list | tuple) and result and all(isinstance(each, SpikeTrain) for each in result):
        return plot_raster
    for kind, draw in KINDS.items():
        if isinstance(result, kind):
            return draw
    raise TypeError(
        "plot draws a Code, PopulationCode, SpikeTrain or list of them, Recording, Tuning, a Dataset of sweep, rate_distortion "
        f"or validity, a spectrum, or with fs an array or a pair of signal and reconstruction, not {type(result).__name__}"
    )


def _chosen_dataset(result):
    if "ratio_db" in result:
        return plot_validity
    if "rms_error" not in result:
        raise TypeError(f"plot draws a Dataset of sweep, rate_distortion or validity, not one of {', '.join(result.data_vars)}")
    if set(result.dims) == {"neuron", "threshold"}:
        return plot_rate_distortion
    mapped = set(result.dims) == {"threshold", "t_ref"} and result.sizes["t_ref"] > LINES
    mapped = mapped and result.sizes["threshold"] > 1 and result.t_ref.min() > 0  # else it has no place on a map
    return (lambda data, ax, value="snr_db": plot_map(data, value, ax)) if mapped else plot_sweep


def _plot_code(code, ax, **options):
    if isinstance(code.spikes, list):
        raise ValueError(f"plot draws a code of one channel, not of {len(code.spikes)}: encode one, as in code(x[0], fs, neuron)")
    return plot_panels(code, ax, **options)


def _plot_recording(recording, ax, **options):
    return plot_signal(recording.x, recording.fs, ax, **({"units": recording.units} | options))


KINDS = {
    Code: _plot_code,
    PopulationCode: plot_population,
    SpikeTrain: plot_spikes,
    Recording: _plot_recording,
    Tuning: plot_tuning,
}
