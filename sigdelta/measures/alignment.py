"""What makes a reference comparable: its delay, and its band."""

import numpy as np

from .. import checks

# half-width in samples, and Kaiser's beta, of the interpolating sinc: its error is below -140 dB up to 0.8 of fs / 2
REACH, BETA = 32, 16.0
STOP_DB = 100.0


def best_delay(y, y_hat, fs, longest=None):
    """Delay of y_hat behind y that leaves the least mean square error.

    Whole samples by cross-correlation (without means, not divided by the overlap, which prefers the nearest period of a periodic
    signal), then fractions of a sample between interpolated values of y.

    Parameters
    ----------
    y, y_hat : array_like, shape (n,) or (channels, n)
        Reference and approximation. It is y that is interpolated, being the smoother one: its spectrum should end at 0.8 fs / 2.
    fs : float
        Sampling rate in Hz.
    longest : float, optional
        Largest delay of either sign that is tried, in s; a quarter of the signal if not given.

    Returns
    -------
    float or ndarray of shape (channels,)
        In s; negative where y_hat is early.

    Raises
    ------
    ValueError, TypeError
        Shapes that differ, a constant signal, or one too short: `longest` and 66 samples must be left out.

    References
    ----------
    G. Jacovitti, G. Scarano, IEEE Trans. Signal Process. 41, 525 (1993), on delay estimated from samples.

    Examples
    --------
    >>> t = np.arange(2000) / 1e3
    >>> round(best_delay(np.sin(6 * t), np.sin(6 * (t - 12.34e-3)), 1e3), 6)
    0.01234
    """
    y, y_hat = checks.pair(y, y_hat)
    fs, n = checks.number("fs", fs), y.shape[-1]
    limit = n // 4 if longest is None else int(min(checks.number("longest", longest, open_low=False) * fs, n))
    if limit + 2 * REACH + 2 >= n:
        raise ValueError(f"{n} samples are too few: delays up to {limit} samples need at least {limit + 2 * REACH + 3}")
    lags = [_best_lag(*rows, limit) for rows in zip(np.atleast_2d(y), np.atleast_2d(y_hat), strict=True)]
    return lags[0] / fs if y.ndim == 1 else np.array(lags) / fs


def lowpassed(x, fs, bandwidth):
    """A signal without what lies above a band, by a linear-phase filter; samples that the filter only partly covers are left out.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n)
        Signal.
    fs, bandwidth : float
        Sampling rate, and end of the pass band, in Hz. The stop band begins at 1.25 bandwidth (at fs / 2, if that is less) and
        is 100 dB down: a Kaiser-windowed sinc (`scipy.signal.firwin`).

    Returns
    -------
    ndarray, shape (m,) or (channels, m)
        (n - m) / 2 samples are missing at each end, about 13 / bandwidth s.

    Raises
    ------
    ValueError, TypeError
        A bandwidth of fs / 2 or above, a signal shorter than twice the filter.

    Examples
    --------
    >>> t = np.arange(4000) / 1e3
    >>> slow, fast = np.sin(30 * t), np.sin(300 * t)
    >>> rest = lowpassed(slow + fast, 1e3, 20.0) - lowpassed(slow, 1e3, 20.0)
    >>> rest.size, bool(abs(rest).max() < 1e-5)
    (2716, True)
    """
    from scipy.signal import fftconvolve, firwin, kaiserord

    x, fs, bandwidth = checks.signal(x), checks.number("fs", fs), checks.number("bandwidth", bandwidth)
    if bandwidth >= fs / 2:
        raise ValueError(f"bandwidth must be below fs / 2 = {fs / 2:g} Hz, not {bandwidth:g}")
    width = min(bandwidth / 4, fs / 2 - bandwidth)
    taps, beta = kaiserord(STOP_DB, 2 * width / fs)
    taps += 1 - taps % 2
    if x.shape[-1] < 2 * taps:
        raise ValueError(
            f"{x.shape[-1]} samples are too few for a filter of bandwidth {bandwidth:g} Hz: at least {2 * taps} are needed"
        )
    response = firwin(taps, bandwidth + width / 2, window=("kaiser", beta), fs=fs)
    return fftconvolve(x, response if x.ndim == 1 else response[None, :], mode="valid", axes=-1)


def aligned(y, y_hat, lag):
    """y delayed by `lag` samples, whole or not, and y_hat, where both are known."""
    n, whole = y.size, round(lag)
    first, last = max(REACH + whole, 0), min(n - REACH + whole, n)
    if last - first < 2:
        raise ValueError(
            f"{n} samples are too few for a delay of {lag:g} samples: at least {abs(whole) + 2 * REACH + 2} are needed"
        )
    m = np.arange(-REACH, REACH + 1) - (lag - whole)
    window = np.i0(BETA * np.sqrt(np.maximum(1 - (m / (REACH + 1)) ** 2, 0.0))) / np.i0(BETA)
    inner = np.convolve(y, np.sinc(m) * window, mode="valid")
    return inner[first - REACH - whole : last - REACH - whole], y_hat[first:last]


def _best_lag(y, y_hat, limit):
    from scipy.optimize import minimize_scalar
    from scipy.signal import correlate

    n = y.size
    if np.ptp(y) == 0 or np.ptp(y_hat) == 0:
        raise ValueError(f"{'y' if np.ptp(y) == 0 else 'y_hat'} is constant: it fits with any delay")
    likeness = correlate(y_hat - y_hat.mean(), y - y.mean(), method="fft")[n - 1 - limit : n + limit]

    def mismatch(lag):
        late, seen = (y, y_hat) if lag >= 0 else (y_hat, y)
        return np.mean((late[: n - abs(lag)] - seen[abs(lag) :]) ** 2)

    # the correlation's triangle of overlaps moves its top a little towards 0: walk on to the error's own minimum
    lag = int(np.argmax(likeness)) - limit
    for step in (-1, 1):
        while abs(lag + step) <= limit and mismatch(lag + step) < mismatch(lag):
            lag += step
    bounds = max(lag - 1, -limit), min(lag + 1, limit)

    def finer(at):
        late, seen = aligned(y, y_hat, at)
        return np.mean((late - seen) ** 2)

    if bounds[0] == bounds[1]:
        return float(lag)
    found = minimize_scalar(finer, bounds=bounds, method="bounded", options={"xatol": 1e-9, "maxiter": 200})
    return float(found.x)
