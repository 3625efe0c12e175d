"""The sine-wave tests of analog-to-digital converters, on a reconstructed signal."""

from math import log2, sqrt
from typing import NamedTuple

import numpy as np

from .. import checks
from .alignment import lowpassed


class SineFit(NamedTuple):
    """A sine, offset + amplitude cos(2 pi frequency t + phase), and the rms of what it leaves."""

    frequency: float
    amplitude: float
    phase: float
    offset: float
    residual: float


def fit_sine(x, fs, frequency=None):
    """The sine that fits a signal best, in the least squares of its samples.

    Parameters
    ----------
    x : array_like, shape (n,)
        Signal, sample k at k / fs; any number of periods from one on, whole or not.
    fs : float
        Sampling rate in Hz.
    frequency : float, optional
        In Hz, where it is known (three-parameter fit); else it is fitted too (four parameters), from the largest line of the
        spectrum on.

    Returns
    -------
    SineFit
        frequency (Hz), amplitude (units of x), phase (rad), offset and residual (units of x).

    Raises
    ------
    ValueError, TypeError
        A constant, less than 8 samples or less than one period, a frequency of fs / 2 or above, a fit that does not converge.

    References
    ----------
    IEEE Std 1057-2017, annexes A and B; IEEE Std 1241-2010, section 4.

    Examples
    --------
    >>> t = np.arange(1000) / 1e3
    >>> fit = fit_sine(2 + 3 * np.cos(50.5 * t + 1), 1e3)
    >>> round(fit.frequency * 2 * np.pi, 9), round(fit.amplitude, 9), round(fit.phase, 9), round(fit.offset, 9)
    (50.5, 3.0, 1.0, 2.0)
    """
    return _fit(checks.real_array("x", x, (1,)), checks.number("fs", fs), frequency)[0]


def sinad_db(x, fs, frequency=None, bandwidth=None):
    """Signal to noise and distortion of a reconstructed sine: rms of the sine over rms of all the rest but the constant, in dB.

    Both come from a sine fit (`fit_sine`), so that no window is needed and the sampling need not be coherent.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n)
        Reconstructed signal.
    fs, frequency : float
        As for `fit_sine`.
    bandwidth : float, optional
        Measure what `lowpassed` leaves of x, rather than all up to fs / 2.

    Returns
    -------
    float or ndarray of shape (channels,)
        Inf where nothing is left.

    Raises
    ------
    ValueError, TypeError
        As for `fit_sine` and `lowpassed`; a frequency above the bandwidth.

    References
    ----------
    IEEE Std 1241-2010, section 9.2 (SINAD).

    Examples
    --------
    >>> t = np.arange(1000) / 1e3
    >>> round(sinad_db(np.cos(20 * t) + 0.01 * np.cos(60.0 * t), 1e3), 1)
    40.0
    """

    def ratio(row):
        fit, _ = _fit(row, fs, frequency)
        return 20 * np.log10(fit.amplitude / sqrt(2) / fit.residual) if fit.residual > 0 else np.inf

    return _reduce(ratio, *_banded(x, fs, frequency, bandwidth))


def sfdr_db(x, fs, frequency=None, bandwidth=None):
    """Spurious-free dynamic range: the sine of a test over the largest other line of the spectrum, harmonic or not, in dB.

    The fitted sine is subtracted first, so that it does not leak; the lines of the rest are read from a spectrum under a flat-top
    window, which shows their amplitude to 0.02 dB wherever they fall. The noise between lines counts too: it sinks with the
    length of the record. Parameters and errors as for `sinad_db`.

    References
    ----------
    IEEE Std 1241-2010, section 9.4 (SFDR).

    Examples
    --------
    >>> t = np.arange(1000) / 1e3
    >>> round(sfdr_db(np.cos(200 * t) + 0.01 * np.cos(600.0 * t), 1e3), 1)
    40.0
    """
    from scipy.signal import get_window

    def ratio(row):
        fit, rest = _fit(row, fs, frequency)
        window = get_window("flattop", row.size)
        lines = 2 * np.abs(np.fft.rfft(rest * window)) / window.sum()
        # the constant is no line
        return 20 * np.log10(fit.amplitude / lines[1:].max()) if lines[1:].max() > 0 else np.inf

    return _reduce(ratio, *_banded(x, fs, frequency, bandwidth))


def enob(x, fs, frequency=None, bandwidth=None, full_scale=None):
    """Effective number of bits: log2(full scale / (rms noise and distortion * sqrt(12))).

    Parameters
    ----------
    x, fs, frequency, bandwidth
        As for `sinad_db`.
    full_scale : float, optional
        Range of the converter from end to end, in units of x; the sine's own, twice its amplitude, if not given, and then this
        is (SINAD - 1.76 dB) / 6.02 dB.

    Returns
    -------
    float or ndarray of shape (channels,)
        In bits.

    References
    ----------
    IEEE Std 1241-2010, section 9.3 (ENOB).

    Examples
    --------
    >>> t = np.arange(100_000) / 1e5
    >>> round(enob(np.round(127 * np.sin(100.3 * t)), 1e5, full_scale=254), 1)
    8.0
    """
    full_scale = None if full_scale is None else checks.number("full_scale", full_scale)

    def bits(row):
        fit, _ = _fit(row, fs, frequency)
        scale = 2 * fit.amplitude if full_scale is None else full_scale
        return log2(scale / (fit.residual * sqrt(12))) if fit.residual > 0 else np.inf

    return _reduce(bits, *_banded(x, fs, frequency, bandwidth))


def _banded(x, fs, frequency, bandwidth):
    x, fs = checks.signal(x), checks.number("fs", fs)
    if bandwidth is None:
        return (x,)
    if frequency is not None and checks.number("frequency", frequency) > checks.number("bandwidth", bandwidth):
        raise ValueError(f"frequency {frequency:g} Hz lies above the bandwidth, {bandwidth:g} Hz")
    return (lowpassed(x, fs, bandwidth),)


def _reduce(measure, x):
    return float(measure(x)) if x.ndim == 1 else np.array([measure(row) for row in x])


def _fit(x, fs, frequency):
    """SineFit of a row, and what it leaves."""
    n = x.size
    if n < 8 or np.ptp(x) == 0:
        raise ValueError("x is constant: there is no sine in it" if n >= 8 else f"x has {n} samples: a sine fit needs at least 8")
    known = frequency is not None
    frequency = checks.number("frequency", frequency) if known else _loudest(x, fs)
    # time around the middle keeps offset, phase and frequency apart
    t = (np.arange(n) - (n - 1) / 2) / fs
    _within(frequency, fs, n)
    a, b, offset = np.linalg.lstsq(_columns(t, frequency), x, rcond=None)[0]
    for _ in range(0 if known else 50):
        base = _columns(t, frequency)
        slope = t * (b * base[:, 0] - a * base[:, 1])
        a, b, offset, shift = np.linalg.lstsq(np.column_stack([base, slope]), x, rcond=None)[0]
        frequency += shift / (2 * np.pi)
        _within(frequency, fs, n)
        if abs(shift) * n / fs < 1e-9:
            a, b, offset = np.linalg.lstsq(_columns(t, frequency), x, rcond=None)[0]
            break
    else:
        if not known:
            raise ValueError("no sine was found in x: give its frequency")
    rest = x - _columns(t, frequency) @ (a, b, offset)
    phase = np.angle((a - 1j * b) * np.exp(-1j * np.pi * frequency * (n - 1) / fs))
    return SineFit(float(frequency), float(np.hypot(a, b)), float(phase), float(offset), sqrt(np.mean(rest**2))), rest


def _columns(t, frequency):
    angle = 2 * np.pi * frequency * t
    return np.column_stack([np.cos(angle), np.sin(angle), np.ones(t.size)])


def _loudest(x, fs):
    from scipy.signal import get_window

    spectrum = np.abs(np.fft.rfft((x - x.mean()) * get_window("hann", x.size), 4 * x.size))
    # four lines are one period in the record: below lies what the window makes of the constant
    return (4 + int(np.argmax(spectrum[4:-1]))) * fs / (4 * x.size)


def _within(frequency, fs, n):
    if not fs / n * (1 - 1e-9) <= frequency < fs / 2:
        limits = f"from one period in the record, {fs / n:g} Hz, to fs / 2 = {fs / 2:g} Hz"
        raise ValueError(f"a sine fit needs a frequency {limits}, not {frequency:g}")
