"""The Wiener decoder: the linear filter from spikes to a signal that fits it best."""

import numpy as np

from .. import checks
from ..filters import WienerFilter
from ..kernels.lowpass import add_splines
from .trains import check_edges, each_train, finish_edges, one_train, samples

FEWEST_SPIKES = 10
MOST_TAPS = 4096


def fit_wiener(spikes, x, fs, *, length=0.2, delay=None, ridge=1e-6):
    """Fit the linear filter that gives a signal back from spikes with the least mean square error.

    Parameters
    ----------
    spikes : SpikeTrain
        Spikes of any neuron, recorded or simulated.
    x : array_like, shape (n,)
        The signal they stand for, sample k at ``spikes.start + k / fs``.
    fs : float
        Rate of x in Hz.
    length : float
        Length of the filter in s. It needs to span the time in which a spike tells of the signal.
    delay : float, optional
        Time in s that the decoder may wait: x at t is made of spikes up to t + delay. By default length / 2, a filter that
        looks as far ahead as back; 0: a causal one.
    ridge : float
        Regularisation: ridge times the variance of the filter's input is added to the diagonal of its covariance.

    Returns
    -------
    WienerFilter
        For `decode_wiener`; `save` and `load_wiener` keep it in a file.

    Raises
    ------
    ValueError, TypeError
        A signal that does not fit the train, that does not vary, or is shorter than two filters, fewer than ten spikes, more than
        4096 taps, a delay beyond the filter.

    Notes
    -----
    Exact least squares over those samples whose filter lies within the train, by the normal equations: a Toeplitz matrix of
    correlations less the outer products of the ends that are left out. The time is n log n in the signal and the cube of the
    taps. The fit flatters itself: measure on another part. ``WienerFilter`` says what the filter sees of a spike.

    References
    ----------
    F. Rieke et al., "Spikes: exploring the neural code", MIT Press (1997), appendix A.7. F. Gabbiani, C. Koch, "Principles of
    spike train analysis", in Methods in Neuronal Modeling, MIT Press (1998).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = sd.signals.noise(20.0, 500.0, bandwidth=10.0)
    >>> spikes = sd.encode(x, 500.0, sd.LIF(0.3))
    >>> wiener = sd.fit_wiener(spikes[0.0:10.0], x[:5000], 500.0)
    >>> x_hat = sd.decode_wiener(spikes[10.0:20.0], 500.0, wiener, edges="trim")
    >>> bool(sd.snr_db(x[5050:9950], x_hat) > 20)
    True
    """
    spikes, x, fs = one_train(spikes), checks.real_array("x", x, (1,)), checks.number("fs", fs)
    ridge, length = checks.number("ridge", ridge, open_low=False), checks.number("length", length)
    if x.size != samples(spikes.duration, fs):
        raise ValueError(f"x must have the {samples(spikes.duration, fs)} samples of {spikes!r} at fs={fs:g} Hz, not {x.size}")
    if len(spikes) < FEWEST_SPIKES:
        raise ValueError(f"spikes holds {len(spikes)} spikes: a fit needs at least {FEWEST_SPIKES}")
    if x.min() == x.max():
        raise ValueError(f"x must vary, not be {x[0]:g} at every sample")
    if length * fs > MOST_TAPS:
        raise ValueError(f"length {length:g} s at fs={fs:g} Hz makes {length * fs:.0f} taps: at most {MOST_TAPS} are possible")
    if length * fs < 4 or x.size < 2 * length * fs:
        raise ValueError(f"length must be from 4 samples to half the signal, {4 / fs:g} to {x.size / fs / 2:g} s, not {length:g}")
    n = round(length * fs)
    if delay is None:
        n, ahead = 2 * (n // 2) + 1, n // 2
    else:
        ahead = round(checks.number("delay", delay, open_low=False) * fs)
    if ahead >= n:
        raise ValueError(f"delay must be less than length {length:g} s, not {delay:g}")
    taps, offset = _least_squares(_splines(spikes, fs, x.size), x, n, ahead, ridge)
    return WienerFilter(taps, offset, ahead, fs, spikes.kernel, ridge, spikes.start, spikes.stop, len(spikes))


def decode_wiener(spikes, fs, wiener, *, edges="mark"):
    """Signal that a fitted linear filter makes of spikes.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        Of the same kernel as those that the filter was fitted on.
    fs : float
        Sampling rate in Hz, the one of the fit; sample k stands at ``spikes.start + k / fs``.
    wiener : WienerFilter
        From `fit_wiener`.
    edges : {"mark", "trim", "keep"}
        Samples at the start and the end whose filter reaches beyond the train: nan, left out, or as they come.

    Returns
    -------
    ndarray, shape (n,) or (channels, n), in units of the signal that was fitted

    Raises
    ------
    ValueError, TypeError
        Another rate or kernel than in the fit, a train that is not longer than the filter.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> wiener = sd.filters.WienerFilter([0.0, 1.0, 0.0], 2.0, 1, 100.0, ((1.0, 0.1),), 0.0, 0.0, 1.0, 10)
    >>> train = sd.SpikeTrain([0.01], [6.0], 0.0, 0.08, ((1.0, 0.1),))
    >>> sd.decode_wiener(train, 100.0, wiener)
    array([nan,  2.,  3.,  6.,  3.,  2.,  2., nan])
    """
    fs, edges = checks.number("fs", fs), check_edges(edges)
    if not isinstance(wiener, WienerFilter):
        raise TypeError(f"wiener must be a WienerFilter, made by fit_wiener, not {wiener!r}")
    if abs(fs - wiener.fs) > 1e-9 * fs:
        raise ValueError(f"fs must be the {wiener.fs:g} Hz at which the filter was fitted, not {fs:g}")
    return each_train(spikes, fs, lambda train: _decode(train, wiener, edges))


def _decode(train, wiener, edges):
    from scipy.signal import oaconvolve

    n = samples(train.duration, wiener.fs)
    if train.kernel != wiener.kernel:
        raise ValueError(f"spikes must have the kernel {wiener.kernel} on which the filter was fitted, not {train.kernel}")
    if n <= wiener.taps.size:
        raise ValueError(f"the train lasts {train.duration:g} s: it must be longer than the filter, {wiener.length:g} s")
    heard = oaconvolve(_splines(train, wiener.fs, n), wiener.taps)[wiener.ahead : wiener.ahead + n]
    return finish_edges(wiener.offset + heard, wiener.taps.size - 1 - wiener.ahead, wiener.ahead, edges)


def _splines(train, fs, n):
    s = np.zeros(n)
    add_splines(train.times, train.heights, train.start, fs, s)
    return s


def _least_squares(s, x, n, ahead, ridge):
    """Taps and offset of least error at the samples whose n inputs all exist, with ridge * var(s) * |taps|^2 a sample added."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve, toeplitz
    from scipy.signal import correlate

    mean, spread = s.mean(), s.var()
    s, aim = s - mean, x[n - 1 - ahead : x.size - ahead]
    # the Toeplitz sum over all rows of inputs, s[m - j] with zeros beyond the ends, less the rows that reach beyond
    lags = correlate(s, s, method="fft")[s.size - 1 : s.size - 1 + n]
    head = toeplitz(s[: n - 1], np.zeros(n))
    tail = toeplitz(np.zeros(n - 1), np.r_[0.0, s[:-n:-1]])
    total = np.r_[0.0, np.cumsum(s)]
    column = (total[s.size - np.arange(n)] - total[n - 1 - np.arange(n)]) / aim.size
    square = (toeplitz(lags) - head.T @ head - tail.T @ tail) / aim.size - np.outer(column, column)
    cross = correlate(s, aim - aim.mean(), mode="valid", method="fft")[::-1] / aim.size
    square[np.diag_indices(n)] += ridge * spread
    try:
        taps = cho_solve(cho_factor(square, lower=True), cross)
    except LinAlgError:
        raise ValueError(f"the spikes do not determine {n} taps with ridge={ridge:g}: choose a larger one") from None
    return taps, aim.mean() - taps @ column - mean * taps.sum()
