"""Where in the spectrum the error lies."""

from math import ceil

import numpy as np

from .. import checks


def noise_spectrum(y, y_hat, fs, resolution=None):
    """Power spectral density of the error y - y_hat, by Welch's method.

    Parameters
    ----------
    y, y_hat : array_like, shape (n,) or (channels, n)
        Reference and approximation.
    fs : float
        Sampling rate in Hz.
    resolution : float, optional
        Distance of the frequencies in Hz; segments of 1 / resolution s under a Hann window overlap by half. Eight segments'
        worth of the signal if not given: 8 fs / n.

    Returns
    -------
    frequencies : ndarray, shape (m,)
        From 0 to fs / 2, in Hz.
    density : ndarray, shape (m,) or (channels, m)
        One-sided, in units of y squared per Hz: its sum times the resolution is the mean square error. The mean is not taken out.

    Raises
    ------
    ValueError, TypeError
        Shapes that differ, a resolution finer than the signal's length allows, or coarser than fs / 2.

    References
    ----------
    P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967).

    Examples
    --------
    >>> e = np.random.default_rng(1).standard_normal(100_000)
    >>> frequencies, density = noise_spectrum(e, np.zeros_like(e), 1000.0, resolution=10.0)
    >>> frequencies.size, round(float(density.sum() * 10), 1)
    (51, 1.0)
    """
    from scipy.signal import welch

    y, y_hat = checks.pair(y, y_hat)
    fs, n = checks.number("fs", fs), y.shape[-1]
    segment = max(n // 8, min(n, 2)) if resolution is None else fs / checks.number("resolution", resolution)
    if not 1.5 <= segment <= n + 0.5:
        raise ValueError(
            f"a resolution of {fs / segment:g} Hz needs from 2 to {n} samples a segment, not {segment:g}: "
            f"choose from {fs / n:g} to {fs / 2:g} Hz"
        )
    return welch(y - y_hat, fs, nperseg=round(segment), detrend=False)


def inband_noise(y, y_hat, fs, bandwidth):
    """Rms of the part of the error y - y_hat that lies between 0 and `bandwidth`.

    Parameters
    ----------
    y, y_hat, fs
        As for `noise_spectrum`, whose density is summed, at a resolution of bandwidth / 32.
    bandwidth : float
        In Hz, up to fs / 2.

    Returns
    -------
    float or ndarray of shape (channels,), in units of y

    Raises
    ------
    ValueError, TypeError
        Shapes that differ, a bandwidth above fs / 2, a signal shorter than 32 / bandwidth.

    Examples
    --------
    >>> e = np.random.default_rng(1).standard_normal(100_000)
    >>> round(inband_noise(e, np.zeros_like(e), 1000.0, 125.0), 1)
    0.5
    """
    y, y_hat = checks.pair(y, y_hat)
    fs, bandwidth, n = checks.number("fs", fs), checks.number("bandwidth", bandwidth), y.shape[-1]
    if bandwidth > fs / 2:
        raise ValueError(f"bandwidth must be at most fs / 2 = {fs / 2:g} Hz, not {bandwidth:g}")
    segment = ceil(32 * fs / bandwidth)
    if segment > n:
        raise ValueError(f"{n} samples are too few for a bandwidth of {bandwidth:g} Hz: at least {segment} are needed")
    frequencies, density = noise_spectrum(y, y_hat, fs, resolution=fs / segment)
    step = fs / segment
    # every line stands for its cell, half a step to either side; the constant for itself
    share = np.clip((bandwidth - frequencies) / step + 0.5, 0.0, 1.0)
    power = (density * np.where(frequencies == 0, 1.0, share)).sum(axis=-1) * step
    return np.sqrt(power) if y.ndim == 2 else float(np.sqrt(power))
