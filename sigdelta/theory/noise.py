"""In-band noise of low-pass decoding: sidebands, leak, the time grid, and the clocked modulator to compare with."""

from math import ceil, floor, inf, pi

import numpy as np

from .. import checks
from ..neurons import SigmaDelta
from .periodic import area, lif


def sideband_spectrum(neuron, mean, amplitude, frequency, harmonics=3, orders=20):
    """Lines of pulse-frequency modulation around the harmonics of the mean rate, for a mean plus a sinusoid.

    Parameters
    ----------
    neuron : LIF
        An ideal integrator (``tau_m=inf``, current drive) that does not saturate; either firing rule.
    mean, amplitude, frequency : float
        Of the current mean + amplitude cos(2 pi frequency t); 0 < amplitude < mean (units of the signal), frequency in Hz.
    harmonics, orders : int
        How many harmonics n of the mean rate, and side lines q = -orders ... orders of each.

    Returns
    -------
    frequencies, amplitudes : ndarray, shape (harmonics, 2 orders + 1)
        n mean / threshold + q frequency in Hz, negative where a line has crossed 0 (it is heard at the magnitude), and its signed
        amplitude 2 mean (1 + q frequency threshold / (n mean)) J_q(n amplitude / (threshold frequency)), in units of the signal:
        the pulses of area threshold fired where the integral of the current from 0 is a multiple of the threshold are the
        current itself plus the sum of amplitudes * cos(2 pi frequencies t). Exact.

    Raises
    ------
    ValueError, TypeError
        A current that is not always positive, a neuron that leaks or saturates, numbers that are not positive.

    References
    ----------
    E. J. Bayly, "Spectral analysis of pulse frequency modulation in the nervous systems", IEEE Trans. Biomed. Eng. 15, 257
    (1968).

    Examples
    --------
    >>> import sigdelta as sd
    >>> neuron = sd.LIF(0.01, float("inf"), drive="current")
    >>> frequencies, amplitudes = sideband_spectrum(neuron, 1.0, 0.5, 20.0, harmonics=1, orders=4)
    >>> frequencies[0, 0], amplitudes[0, 0].round(4)
    (np.float64(20.0), np.float64(0.0295))
    """
    harmonics, orders = checks.whole("harmonics", harmonics, 1), checks.whole("orders", orders)
    return _lines(neuron, mean, amplitude, frequency, np.arange(1, harmonics + 1)[:, None], np.arange(-orders, orders + 1))


def sideband_noise(neuron, mean, amplitude, frequency, bandwidth):
    """Power of the lines of `sideband_spectrum` that fall into the band.

    Parameters
    ----------
    neuron, mean, amplitude, frequency
        As for `sideband_spectrum`.
    bandwidth : float
        Band from 0 in Hz, without 0 itself.

    Returns
    -------
    float
        Sum of amplitude**2 / 2, in squared units of the signal, over 20 harmonics (they fall off fast below full modulation).
        Holds where the mean rate is no multiple of the frequency, or lines meet and add as amplitudes.

    Raises
    ------
    ValueError, TypeError
        As for `sideband_spectrum`; a band that is not positive.

    References
    ----------
    As for `sideband_spectrum`.

    Examples
    --------
    >>> import sigdelta as sd
    >>> neuron = sd.LIF(0.01, float("inf"), drive="current")
    >>> [f"{sideband_noise(neuron, 1.0, amplitude, 19.0, 20.0):.2g}" for amplitude in (0.1, 0.9)]
    ['5.5e-13', '0.001']
    """
    bandwidth, frequency = checks.number("bandwidth", bandwidth), checks.number("frequency", frequency)
    if bandwidth > 1e6 * frequency:
        raise ValueError(f"frequency must be at least a millionth of the bandwidth, not {frequency:g} to {bandwidth:g} Hz")
    power = 0.0
    for n in range(1, 21):
        nearest = -n * checks.number("mean", mean) / lif(neuron).threshold / frequency
        q = np.arange(ceil(nearest - bandwidth / frequency), floor(nearest + bandwidth / frequency) + 1)
        frequencies, amplitudes = _lines(neuron, mean, amplitude, frequency, n, q)
        power += (amplitudes[frequencies != 0] ** 2).sum() / 2
    return float(power)


def leak_law(neuron, x, slope):
    """Error of low-pass decoding that the leak of a half-firing neuron leaves: x minus the low-passed pulses.

    Parameters
    ----------
    neuron : LIF
        Half rule, current drive, finite tau_m, no refractory period.
    x, slope : float or array_like
        The current, positive (units of the signal), and its derivative (per s).

    Returns
    -------
    float or ndarray
        (T**2 / 12 tau)(x / tau - slope), T = threshold tau / x the interval, in units of the signal; to be low-passed as the
        pulses, of area tau * threshold, are. Leading order in T / tau and in the signal's change within T, sidebands apart: their
        part falls with the rate as exp(-rate), this one as 1 / rate**2.

    Raises
    ------
    ValueError, TypeError
        Another neuron or rule; a current that is not positive.

    Notes
    -----
    The low-passed pulses are x - u - tau du/dt low-passed. The mean of u over an interval and its first moment make that of u
    threshold**2 / (12 x): the formula is this plus tau times its derivative.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(leak_law(sd.LIF(threshold=0.1, drive="current"), 1.0, 0.0), 6)
    0.000833
    """
    if lif(neuron).firing != "half" or neuron.drive != "current":
        raise ValueError(f'it needs firing="half" and drive="current", not {neuron.firing!r} and {neuron.drive!r}')
    if neuron.tau_m == inf or neuron.t_ref > 0:
        raise ValueError(f"it needs a finite tau_m and no t_ref, not {neuron.tau_m:g} and {neuron.t_ref:g}")
    current, change = checks.real_array("x", x, (0, 1, 2)), checks.real_array("slope", slope, (0, 1, 2))
    if not (current > 0).all():
        raise ValueError(f"x must be positive everywhere, not {current.min():g}")
    law = neuron.threshold**2 * neuron.tau_m / (12 * current * current) * (current / neuron.tau_m - change)
    return law.item() if np.ndim(x) == np.ndim(slope) == 0 else law


def time_grid_noise(neuron, rate, dt, bandwidth):
    """In-band noise power that rounding the spike times to a grid adds to low-pass decoding.

    Parameters
    ----------
    neuron : LIF
        Gives the area a of a pulse, threshold tau_m (threshold for the ideal integrator).
    rate : float
        Mean rate in Hz; a * rate is the signal's mean where all spikes are positive.
    dt : float
        Step of the grid in s.
    bandwidth : float
        Band from 0 in Hz. The lines k / T, k = 1 ... K, of a signal of period T fill a band of (K + 1/2) / T.

    Returns
    -------
    float
        a**2 rate (dt**2 / 12) 8 pi**2 bandwidth**3 / 3 in squared units of the signal, or mean**2 / rate * (dt**2 / 12) 8 pi**2
        bandwidth**3 / 3. Holds for times rounded after the fact, with errors even over the step: dt well below the intervals, no
        beat of spikes with the grid, bandwidth * dt << 1. An encoder that itself decides on the grid is another matter.

    Raises
    ------
    ValueError, TypeError
        A number that is not positive, another neuron.

    Notes
    -----
    Moving a pulse by e adds a * (-i 2 pi f) e to its spectrum; the errors are independent, with power dt**2 / 12 (Bennett 1948).

    Examples
    --------
    >>> import sigdelta as sd
    >>> neuron = sd.LIF(1 / 320, float("inf"), drive="current")
    >>> f"{time_grid_noise(neuron, 320.0, 0.01 / 320, 20.0):.3g}"
    '5.35e-08'
    """
    dt, rate = checks.number("dt", dt), checks.number("rate", rate)
    return area(lif(neuron)) ** 2 * rate * dt**2 / 12 * 8 * pi**2 * checks.number("bandwidth", bandwidth) ** 3 / 3


def time_grid_step(neuron, rate, bandwidth, signal_power, target_snr_db):
    """Time step that a target needs: where `time_grid_noise` is that far below the signal.

    Parameters
    ----------
    neuron, rate, bandwidth
        As for `time_grid_noise`.
    signal_power : float
        Variance of the signal, in its squared units.
    target_snr_db : float
        In dB, at least 0.

    Returns
    -------
    float
        In s; holds where `time_grid_noise` does.

    Raises
    ------
    ValueError, TypeError
        As for `time_grid_noise`; a target below 0.

    Examples
    --------
    >>> import sigdelta as sd
    >>> f"{time_grid_step(sd.LIF(1 / 320, float('inf'), drive='current'), 320.0, 20.0, 0.125, 60.0):.3g}"
    '4.77e-05'
    """
    target = checks.number("target_snr_db", target_snr_db, open_low=False)
    wanted = checks.number("signal_power", signal_power) * 10 ** (-target / 10)
    return (wanted / time_grid_noise(neuron, rate, 1.0, bandwidth)) ** 0.5


def clocked_noise(neuron, fs, bandwidth):
    """In-band noise power of a clocked sigma-delta modulator: 9 dB an octave of the clock at order 1, 15 dB at order 2.

    Parameters
    ----------
    neuron : SigmaDelta
        With ideal integrators (``tau_m=inf``) and current drive.
    fs : float
        The clock in Hz.
    bandwidth : float
        Band from 0 in Hz.

    Returns
    -------
    float
        (step**2 / 12) pi**(2 L) / (2 L + 1) * (2 bandwidth / fs)**(2 L + 1) in squared units of the signal, L the order, step = 2
        threshold fs (2 levels) or threshold fs (3 levels). The quantiser's error is taken as white and even over a step: holds
        for busy signals within the modulator's range and fs / (2 bandwidth) of 4 and more, as measured to 3 dB for order 1 and
        1 dB for order 2 with 3 levels; with 2 levels order 2 overloads its quantiser, with 3 to 7 dB more at 0.7 of full
        scale. Constants and slow sinusoids make tones instead.

    Raises
    ------
    ValueError, TypeError
        A leaky modulator or potential drive, numbers that are not positive, another neuron.

    References
    ----------
    J. C. Candy, G. C. Temes, "Oversampling methods for A/D and D/A conversion", in Oversampling Delta-Sigma Data Converters, IEEE
    Press (1992); R. Schreier, G. C. Temes, Understanding Delta-Sigma Data Converters, Wiley (2005), chapters 2 and 3.

    Examples
    --------
    >>> import sigdelta as sd
    >>> f"{clocked_noise(sd.SigmaDelta(1 / 640, float('inf')), 640.0, 20.0):.3g}"
    '0.000268'
    """
    if not isinstance(neuron, SigmaDelta):
        raise TypeError(f"it needs a SigmaDelta, not {neuron!r}")
    if neuron.tau_m != inf or neuron.drive != "current":
        raise ValueError('it needs ideal integrators, tau_m=inf, and drive="current"')
    fs, order = checks.number("fs", fs), neuron.order
    step = neuron.threshold * fs * (2 if neuron.levels == 2 else 1)
    oversampling = fs / (2 * checks.number("bandwidth", bandwidth))
    return step**2 / 12 * pi ** (2 * order) / (2 * order + 1) / oversampling ** (2 * order + 1)


def _lines(neuron, mean, amplitude, frequency, n, q):
    mean, frequency = checks.number("mean", mean), checks.number("frequency", frequency)
    if not checks.number("amplitude", amplitude) < mean:
        raise ValueError(f"amplitude must be below the mean, {mean:g}, not {amplitude:g}: the current must stay positive")
    if lif(neuron).tau_m != inf or neuron.drive != "current":
        raise ValueError('it needs an ideal integrator, tau_m=inf and drive="current"; a leak has its leak_law')
    if neuron.t_ref * (mean + amplitude) >= neuron.threshold:
        raise ValueError(f"the neuron must not saturate, as it does from {neuron.threshold / neuron.t_ref:g} on")
    from scipy.special import jv

    frequencies = n * mean / neuron.threshold + q * frequency
    return frequencies, 2 * neuron.threshold / n * frequencies * jv(q, n * amplitude / (neuron.threshold * frequency))
