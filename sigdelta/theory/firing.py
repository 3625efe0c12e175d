"""Constant input: intervals, rates, and what reading the rate alone loses."""

from math import expm1, inf, log1p

from .. import checks
from ..neurons import LIF, MultiplicativeLIF
from .periodic import adapting, area, heights, lif, one_of, potential_of, share


def firing_interval(neuron, value):
    """Interval between the spikes of periodic firing under a constant signal.

    Parameters
    ----------
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
    value : float
        The constant potential, in units of the signal; for an ideal integrator (``tau_m=inf``) the constant current.

    Returns
    -------
    float
        In s; inf where the neuron is silent, as at its level and below. Without t_ref: tau log((value + threshold / 2) / (value -
        threshold / 2)) (half), tau log(value / (value - threshold)) (full), threshold / current for the ideal integrator. A
        refractory period is the least interval (``"integrate"``) or is added (``"clamp"``). Holds once the first
        transient is over.

    Raises
    ------
    ValueError, TypeError
        A value that is not finite, another neuron.

    References
    ----------
    W. Gerstner, W. M. Kistler, R. Naud, L. Paninski, Neuronal Dynamics, Cambridge University Press (2014), section 1.3 (full);
    Y. C. Yoon, IEEE Trans. Neural Netw. Learn. Syst. 28, 1192 (2017) (half).

    Examples
    --------
    >>> import sigdelta as sd
    >>> textbook = sd.LIF(15.0, 10e-3, drive="current", firing="full", bipolar=False)
    >>> round(1e3 * firing_interval(textbook, 40.0), 6)
    4.700036
    """
    value = checks.number("value", value, low=-inf)
    value = abs(value) if adapting(neuron).bipolar else value
    if neuron.kernel[0][1] == inf:
        interval = neuron.threshold / value if neuron.drive == "current" and value > 0 else inf
    else:
        interval = _interval(neuron, value)
    return interval + neuron.t_ref if neuron.refractory == "clamp" else max(interval, neuron.t_ref)


def firing_rate(neuron, value):
    """Rate of periodic firing under a constant signal in Hz, 1 / `firing_interval`: the f-I curve.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(firing_rate(sd.LIF(threshold=0.1), 1.0), 3), firing_rate(sd.LIF(threshold=0.1), 0.05)
    (499.583, 0.0)
    """
    interval = firing_interval(neuron, value)
    return 1 / interval if interval > 0 else inf


def rate_bias(neuron, value):
    """Relative error of reading a constant signal from the firing rate, as rate * area of a pulse.

    Parameters
    ----------
    neuron : LIF
    value : float
        As for `firing_interval`, but not 0.

    Returns
    -------
    float
        threshold tau / (interval value) - 1, exact; in powers of T / tau, T being the interval, -(T / tau)**2 / 12 + ... for the
        half rule, (2 tau / T) tanh(T / 2 tau) - 1, and -T / (2 tau) + ... for reset to zero (full), (tau / T)(1 - exp(-T / tau))
        - 1. For the ideal integrator 0 (to rounding). -1 where it is silent; beyond saturation what saturation loses is in it.

    Raises
    ------
    ValueError, TypeError
        A value of 0, an ideal integrator under potential drive, another neuron.

    Notes
    -----
    The mean of psp under that signal has this error: half firing centres the membrane on 0, where reset to zero leaves its mean
    of threshold / 2 uncoded.

    Examples
    --------
    >>> import sigdelta as sd
    >>> [round(rate_bias(sd.LIF(threshold=0.1, firing=firing), 1.0), 5) for firing in ("half", "full")]
    [-0.00083, -0.05088]
    """
    if lif(neuron).tau_m == inf and neuron.drive == "potential":
        raise ValueError('an ideal integrator codes a constant potential by no rate: use drive="current"')
    if checks.number("value", value, low=-inf) == 0:
        raise ValueError("value must not be 0: the bias is relative to it")
    return area(neuron) * firing_rate(neuron, value) / abs(value) - 1


def steady_state(neuron, potential):
    """Periodic firing under a constant potential: interval between spikes, pulse height, and mean psp.

    Parameters
    ----------
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
        Without refractory period.
    potential : float
        In units of the signal.

    Returns
    -------
    interval, height, mean_psp : float
        In s, units of the signal, units of the signal; (inf, threshold, 0) where the neuron is silent. The interval solves
        potential = share * theta + height / (exp(interval / tau) - 1), theta being the threshold just before a spike.

    Raises
    ------
    ValueError, TypeError
        A refractory period, or a pulse that never decays; another neuron.

    Examples
    --------
    >>> import sigdelta as sd
    >>> interval, height, mean = steady_state(sd.MultiplicativeLIF(), 0.1)
    >>> round(interval * 1e3, 4), round(mean, 6)
    (55.1049, 0.090973)
    """
    tau = adapting(neuron).kernel[0][1]
    if neuron.t_ref > 0 or tau == inf:
        raise ValueError("steady_state needs t_ref=0 and a pulse that decays")
    interval = _interval(neuron, checks.number("potential", potential, low=-inf))
    height = heights(neuron, interval)[1]
    return interval, height, height * tau / interval


def _interval(neuron, potential):
    """Interval without refractory period of a neuron whose pulse decays."""
    level, tau = share(neuron) * neuron.threshold, neuron.kernel[0][1]
    if potential <= level:
        return inf
    if isinstance(neuron, LIF):
        return tau * log1p(neuron.threshold / (potential - level))
    from scipy.optimize import brentq

    ((amount, sigma),) = neuron.threshold_kernel
    shortest = sigma * log1p(amount) * (1 + 1e-12) if isinstance(neuron, MultiplicativeLIF) else 0.0
    low, high = max(shortest, 1e-12 * tau), tau
    while potential_of(neuron, high) > potential:
        high *= 2
    return brentq(lambda interval: potential_of(neuron, interval) - potential, low, high, xtol=1e-15 * tau, rtol=1e-15)


def published_transfer(neuron, potential, height):
    """Mean psp of a multiplicative neuron under a constant potential, by the published approximation.

    Parameters
    ----------
    neuron : MultiplicativeLIF
    potential, height : float
        The constant potential and the height of a receiver's pulse, in units of the signal.

    Returns
    -------
    float
        In units of the signal; far too high near the threshold: see `steady_state` for the exact value.

    References
    ----------
    D. Zambrano, S. M. Bohte, arXiv:1609.02053 (2016).

    Examples
    --------
    >>> import sigdelta as sd
    >>> interval, height, mean = steady_state(sd.MultiplicativeLIF(), 0.1)
    >>> round(published_transfer(sd.MultiplicativeLIF(), 0.1, height) / mean - 1, 4)
    0.0991
    """
    one_of(neuron, MultiplicativeLIF)
    potential, height = checks.number("potential", potential), checks.number("height", height)
    resting, m_f, gamma, eta = neuron.threshold, neuron.m_f, neuron.tau_gamma, neuron.tau_eta
    slope, offset = 2 * m_f * gamma**2, 2 * resting * eta * gamma
    slope_below, offset_below = gamma * (m_f * gamma + 2 * (m_f + 1) * eta), resting * eta * (gamma + eta)

    def pulses(value):
        return height / expm1((slope * value + offset) / (slope_below * value + offset_below))

    return pulses(potential) - pulses(resting / 2) + height / 2
