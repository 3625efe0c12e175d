"""Synthetic signals, seeded where there is chance."""

from math import pi

import numpy as np

from .. import checks

MOST = 2**31


def sine(duration, fs, frequency=1.0, amplitude=1.0, phase=0.0):
    """Sine of `frequency` (Hz), `amplitude`, and `phase` (rad) at the first sample.

    Parameters
    ----------
    duration, fs : float
        Length in s and rate in Hz, as for every signal of this module.
    frequency, amplitude, phase : float
        Below fs / 2, in Hz; any; in rad.

    Returns
    -------
    ndarray, shape (round(duration * fs),)

    Raises
    ------
    ValueError, TypeError
        A length or rate that is not positive, or a frequency that the rate cannot hold.

    Examples
    --------
    >>> sine(1.0, 4.0).round(12) + 0.0
    array([ 0.,  1.,  0., -1.])
    """
    t, fs = _times(duration, fs)
    frequency = _frequency("frequency", frequency, fs)
    amplitude, phase = (checks.number(key, each, low=-np.inf) for key, each in (("amplitude", amplitude), ("phase", phase)))
    return amplitude * np.sin(2 * pi * frequency * t + phase)


def multitone(duration, fs, frequencies=(1.0, 2.7, 7.1), seed=0):
    """Sines of equal strength and random phase, of rms 1 together.

    Parameters and errors as for `sine`; `frequencies` in Hz.

    Examples
    --------
    >>> x = multitone(10.0, 1000.0, (2.0, 5.0, 11.0))
    >>> round(float(np.sqrt(np.mean(x**2))), 6)
    1.0
    """
    _times(duration, fs)
    frequencies = [checks.number("frequencies", each) for each in frequencies]
    if not frequencies:
        raise ValueError("frequencies is empty: at least one is needed")
    phases = np.random.default_rng(seed).uniform(0, 2 * pi, len(frequencies))
    size = np.sqrt(2 / len(frequencies))
    return sum(sine(duration, fs, each, size, phase) for each, phase in zip(frequencies, phases.tolist(), strict=True))


def noise(duration, fs, bandwidth, seed=0):
    """Gaussian noise with a flat spectrum up to `bandwidth` (Hz) and nothing above, mean 0, rms 1; periodic in `duration`.

    Parameters and errors as for `sine`; at least one period of `bandwidth` must fit into `duration`.

    Examples
    --------
    >>> x = noise(2.0, 1000.0, bandwidth=20.0)
    >>> round(float(x.std()), 9), bool(np.abs(np.fft.rfft(x))[41:].max() < 1e-9)
    (1.0, True)
    """
    return _shaped(duration, fs, bandwidth, 0.0, seed)


def pink(duration, fs, bandwidth=None, seed=0):
    """Gaussian 1/f noise, its power falling as 1/f from 1 / duration to `bandwidth` (default fs / 2), mean 0, rms 1.

    Parameters and errors as for `noise`.

    Examples
    --------
    >>> x = pink(4.0, 1000.0)
    >>> power = np.abs(np.fft.rfft(x)) ** 2
    >>> bool(50 < power[4:40].mean() / power[400:].mean() < 200)
    True
    """
    return _shaped(duration, fs, checks.number("fs", fs) / 2 if bandwidth is None else bandwidth, -0.5, seed)


def am_noise(duration, fs, bandwidth=50.0, modulation=1.0, depth=0.5, seed=0):
    """Noise whose strength wanders log-normally over a wide range, of rms 1: what fixed thresholds cannot follow.

    Parameters
    ----------
    duration, fs, seed
        As for `noise`.
    bandwidth, modulation : float
        Bandwidths in Hz of the noise and of the logarithm of its envelope.
    depth : float
        Standard deviation of the natural logarithm of the envelope.

    Examples
    --------
    >>> x = am_noise(60.0, 1000.0, depth=1.0)
    >>> bool(np.mean(x**4) > 6 * np.mean(x**2) ** 2)
    True
    """
    depth = checks.number("depth", depth, open_low=False)
    carrier, envelope = np.random.SeedSequence(seed).spawn(2)
    x = noise(duration, fs, bandwidth, carrier) * np.exp(depth * _shaped(duration, fs, modulation, 0.0, envelope, "modulation"))
    return x / np.sqrt(np.mean(x**2))


def step(duration, fs, at=None, height=1.0):
    """0, and `height` from `at` (s; default half of `duration`) on; parameters and errors as for `sine`.

    Examples
    --------
    >>> step(0.4, 10.0)
    array([0., 0., 1., 1.])
    """
    t, fs = _times(duration, fs)
    at = duration / 2 if at is None else checks.number("at", at, open_low=False)
    return np.where(t * fs >= at * fs - 1e-6, checks.number("height", height, low=-np.inf), 0.0)


def ramp(duration, fs, first=0.0, last=1.0):
    """Straight line from `first`, at the first sample, to `last`, reached at `duration`; parameters and errors as for `sine`.

    Examples
    --------
    >>> ramp(1.0, 4.0)
    array([0.  , 0.25, 0.5 , 0.75])
    """
    t, _ = _times(duration, fs)
    first, last = (checks.number(key, each, low=-np.inf) for key, each in (("first", first), ("last", last)))
    return first + (last - first) * t / duration


def chirp(duration, fs, first=1.0, last=20.0, amplitude=1.0):
    """Sine whose frequency grows linearly from `first` to `last` (Hz) in `duration`; parameters and errors as for `sine`.

    Examples
    --------
    >>> x = chirp(10.0, 1000.0, 1.0, 20.0)
    >>> int(np.sum((x[:-1] < 0) & (x[1:] >= 0)))  # cycles: the mean frequency times the duration
    104
    """
    t, fs = _times(duration, fs)
    first, last = _frequency("first", first, fs), _frequency("last", last, fs)
    return checks.number("amplitude", amplitude, low=-np.inf) * np.sin(2 * pi * (first + (last - first) * t / (2 * duration)) * t)


def _times(duration, fs):
    duration, fs = checks.number("duration", duration), checks.number("fs", fs)
    n = round(duration * fs) if duration * fs < MOST else MOST
    if not 1 <= n < MOST:
        raise ValueError(
            f"duration {duration:g} s at fs={fs:g} Hz makes {duration * fs:.3g} samples: 1 to {MOST - 1} are possible"
        )
    return np.arange(n) / fs, fs


def _frequency(name, value, fs):
    value = checks.number(name, value)
    if value > fs / 2:
        raise ValueError(f"{name} must be at most fs / 2 = {fs / 2:g} Hz, not {value:g}")
    return value


def _shaped(duration, fs, bandwidth, power, seed, name="bandwidth"):
    """Gaussian noise of rms 1 whose amplitudes go with frequency to the `power`, up to `bandwidth`, without a constant.

    One seed, duration and bandwidth give one signal, at any rate.
    """
    t, fs = _times(duration, fs)
    bandwidth = _frequency(name, bandwidth, fs)
    frequencies = np.fft.rfftfreq(t.size, 1 / fs)
    n = int(np.searchsorted(frequencies, bandwidth * (1 + 1e-12), side="right")) - 1
    if n < 1:
        raise ValueError(f"{name} {bandwidth:g} Hz is too low for {t.size / fs:g} s: at least {fs / t.size:g} Hz is needed")
    spectrum = np.zeros(frequencies.size, complex)
    real, imaginary = np.random.default_rng(seed).standard_normal((n, 2)).T
    spectrum[1 : n + 1] = (real + 1j * imaginary) * frequencies[1 : n + 1] ** power
    x = np.fft.irfft(spectrum, t.size)
    return x / np.sqrt(np.mean(x**2))


SYNTHETIC = {
    "sine": (lambda duration, fs, seed: sine(duration, fs), "1 Hz, amplitude 1"),
    "multitone": (lambda duration, fs, seed: multitone(duration, fs, seed=seed), "sines of 1, 2.7 and 7.1 Hz, rms 1"),
    "noise": (lambda duration, fs, seed: noise(duration, fs, min(20.0, fs / 2), seed), "flat up to 20 Hz, rms 1"),
    "pink": (lambda duration, fs, seed: pink(duration, fs, seed=seed), "1/f noise, rms 1"),
    "am-noise": (
        lambda duration, fs, seed: am_noise(duration, fs, min(50.0, fs / 2), seed=seed),
        "log-normally modulated noise of 50 Hz, rms 1",
    ),
    "step": (lambda duration, fs, seed: step(duration, fs), "0, then 1"),
    "ramp": (lambda duration, fs, seed: ramp(duration, fs), "0 to 1"),
    "chirp": (lambda duration, fs, seed: chirp(duration, fs), "1 to 20 Hz, amplitude 1"),
}
