"""How good a code is. All act on samples and reduce the last axis."""

from math import sqrt

import numpy as np

from .. import checks
from ..kernels.errors import error_stats, snr


def rms_error(y, y_hat):
    """Root mean square of y - y_hat.

    Parameters
    ----------
    y, y_hat : array_like, shape (n,) or (channels, n)
        Reference and approximation.

    Returns
    -------
    float or ndarray of shape (channels,), in units of y

    Raises
    ------
    ValueError, TypeError
        Shapes that differ, samples that are not finite.

    Examples
    --------
    >>> rms_error([1.0, 2.0], [-1.0, 0.0])
    2.0
    """
    return _reduce(lambda *rows: sqrt(error_stats(*rows)[0]), y, y_hat)


def max_error(y, y_hat):
    """Largest magnitude of y - y_hat; parameters and errors as for `rms_error`.

    Examples
    --------
    >>> max_error([1.0, 2.0], [1.0, 0.0])
    2.0
    """
    return _reduce(lambda *rows: error_stats(*rows)[1], y, y_hat)


def nrmse(y, y_hat):
    """Root mean square error over the standard deviation of y; parameters and errors as for `rms_error`.

    Inf for a constant y with an error, 0 without one.

    Examples
    --------
    >>> nrmse([1.0, -1.0], [0.5, -0.5])
    0.5
    """

    def ratio(*rows):
        square, _, spread = error_stats(*rows)
        return np.sqrt(square / spread) if spread > 0 else (np.inf if square > 0 else 0.0)

    return _reduce(ratio, y, y_hat)


def snr_db(y, y_hat):
    """Signal-to-noise ratio 10 log10(var(y) / mean((y - y_hat)**2)) in dB; parameters and errors as for `rms_error`.

    Inf where there is no error.

    Examples
    --------
    >>> round(snr_db([1.0, -1.0], [0.9, -0.9]), 6)
    20.0
    """
    return _reduce(snr, y, y_hat)


def saturated_fraction(spikes, neuron):
    """Fraction of the time that a neuron spends saturated.

    Parameters
    ----------
    spikes : SpikeTrain
        What the neuron fired.
    neuron : LIF
        Gives t_ref and what happens meanwhile.

    Returns
    -------
    float
        Count of saturated spikes * t_ref / duration, at most 1; with ``refractory="clamp"`` the fraction of time held.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> neuron = sd.LIF(threshold=0.1, t_ref=2e-3)
    >>> saturated_fraction(sd.encode(np.full(1000, 2.0), 1000.0, neuron), neuron)
    0.998
    """
    if getattr(neuron, "refractory", "integrate") == "clamp":
        return float(np.minimum(neuron.t_ref, spikes.stop - spikes.times).sum() / spikes.duration)
    return min(1.0, float(spikes.saturated.sum()) * getattr(neuron, "t_ref", 0.0) / spikes.duration)


def _reduce(measure, y, y_hat):
    y, y_hat = checks.pair(y, y_hat)
    return float(measure(y, y_hat)) if y.ndim == 1 else np.array([measure(*rows) for rows in zip(y, y_hat, strict=True)])
