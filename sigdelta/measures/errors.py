"""How far an approximation is from its reference. All act on samples and reduce the last axis."""

from math import sqrt

import numpy as np

from .. import checks
from ..kernels.errors import error_stats, snr
from .alignment import aligned, best_delay, lowpassed


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


def snr_db(y, y_hat, *, fs=None, delay=None, bandwidth=None):
    """Signal-to-noise ratio 10 log10(var(y) / mean((y - y_hat)**2)) in dB, in three versions.

    Raw, without options. Delay-compensated: y is delayed before it is compared, so that a decoder that lags is not punished for
    it. Against an equally filtered reference: y and y_hat pass one linear-phase low-pass first, so that errors outside the band
    do not count. The options combine, the filter coming first. Samples that interpolation or filter reach only from beyond the
    ends are left out, in the variance too.

    Parameters
    ----------
    y, y_hat : array_like, shape (n,) or (channels, n)
        Reference and approximation.
    fs : float, optional
        Sampling rate in Hz, needed with `delay` or `bandwidth`.
    delay : float or "best", optional
        How far y_hat lags behind y, in s; "best": what `best_delay` finds, row by row.
    bandwidth : float, optional
        End of the pass band in Hz, as in `lowpassed`.

    Returns
    -------
    float or ndarray of shape (channels,)
        Inf where there is no error.

    Raises
    ------
    ValueError, TypeError
        Shapes that differ, samples that are not finite, an option without fs, a signal shorter than delay or filter need.

    Examples
    --------
    >>> import numpy as np
    >>> round(snr_db([1.0, -1.0], [0.9, -0.9]), 6)
    20.0
    >>> t = np.arange(2000) / 1e3
    >>> y, late = (np.sin(6 * (t - lag)) for lag in (0.0, 12.3e-3))
    >>> round(snr_db(y, late)), snr_db(y, late, fs=1e3, delay="best") > 120
    (23, True)
    """
    if delay is None and bandwidth is None:
        return _reduce(snr, y, y_hat)
    if fs is None:
        raise ValueError("fs is not given: delay and bandwidth need fs, the sampling rate in Hz")
    y, y_hat = checks.pair(y, y_hat)
    if bandwidth is not None:
        y, y_hat = lowpassed(y, fs, bandwidth), lowpassed(y_hat, fs, bandwidth)
    if delay is not None:
        if isinstance(delay, str):
            checks.choice("delay", delay, ("best",))
            delay = best_delay(y, y_hat, fs)
        else:
            delay = checks.number("delay", delay, low=-np.inf)
        lags = np.broadcast_to(np.multiply(delay, checks.number("fs", fs)), y.shape[:-1])
        if y.ndim == 1:
            return float(snr(*aligned(y, y_hat, float(lags))))
        return np.array([snr(*aligned(*rows)) for rows in zip(y, y_hat, lags.tolist(), strict=True)])
    return _reduce(snr, y, y_hat)


def _reduce(measure, y, y_hat):
    y, y_hat = checks.pair(y, y_hat)
    return float(measure(y, y_hat)) if y.ndim == 1 else np.array([measure(*rows) for rows in zip(y, y_hat, strict=True)])
