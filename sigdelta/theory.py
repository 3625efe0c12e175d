"""Closed forms for the error, the saturation and the silence of a neuron."""

from math import exp, expm1, inf, log1p, sqrt

from . import checks
from .neurons import LIF, AdaptiveLIF, AsyncSigmaDelta, MultiplicativeLIF


def _one_of(neuron, *kinds):
    """Raise unless the closed form holds for this neuron: of one of these kinds, and without noise."""
    if not isinstance(neuron, kinds) or getattr(neuron, "threshold_noise", 0.0) > 0:
        raise TypeError(f"neuron must be {' or '.join(kind.__name__ for kind in kinds)}, without noise, not {neuron!r}")


def error_bound(neuron):
    """Largest possible magnitude of y - psp.

    Parameters
    ----------
    neuron : LIF or AsyncSigmaDelta

    Returns
    -------
    float
        The firing level, threshold / 2 (half) or threshold (full), in units of the signal; inf for a neuron that can
        saturate (t_ref > 0). A modulator that knows its own bound is asked. A unipolar neuron keeps the bound only while
        its input is not negative.

    Notes
    -----
    The membrane is the error, and a crossing resets it before it passes the level (Yoon 2017).

    Examples
    --------
    >>> import sigdelta as sd
    >>> error_bound(sd.LIF(threshold=0.1))
    0.05
    """
    _one_of(neuron, LIF, AsyncSigmaDelta)
    if hasattr(neuron, "error_bound"):
        return neuron.error_bound
    return neuron.level if neuron.t_ref == 0 else inf


def error_law(neuron):
    """Root mean square of y - psp for a busy code: the membrane is spread evenly between reset and level.

    Parameters
    ----------
    neuron : LIF
        With drive enough to fire often in the time of the signal's changes, and far from saturation.

    Returns
    -------
    float
        threshold / sqrt(12) (half) or threshold / sqrt(3) (full), in units of the signal.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(error_law(sd.LIF(threshold=1.0)), 4)
    0.2887
    """
    _one_of(neuron, LIF)
    return neuron.threshold / sqrt(12 if neuron.firing == "half" else 3)


def saturation_onset(neuron):
    """Constant potential above which the neuron fires at its saturation rate and loses the rest.

    Parameters
    ----------
    neuron : LIF
        With ``refractory="integrate"``; the membrane must be back at its level when t_ref ends.

    Returns
    -------
    float
        In units of the signal, proportional to the threshold: (threshold / 2) coth(t_ref / 2 tau_m) (half),
        threshold / (1 - exp(-t_ref / tau_m)) (full); inf without t_ref. For the ideal integrator: threshold / t_ref,
        the constant current, under current drive; inf under potential drive, as a constant costs it no spikes.

    Raises
    ------
    ValueError, TypeError
        Another neuron; ``refractory="clamp"``, where the input is lost after every spike and saturation has no onset.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(saturation_onset(sd.LIF(threshold=0.1, tau_m=20e-3, t_ref=2e-3)), 4)
    1.0008
    """
    _one_of(neuron, LIF)
    if neuron.refractory == "clamp":
        raise ValueError('refractory="clamp" loses input after every spike: there is no onset of saturation')
    if neuron.t_ref == 0:
        return inf
    if neuron.tau_m == inf:
        return neuron.threshold / neuron.t_ref if neuron.drive == "current" else inf
    lost = -expm1(-neuron.t_ref / neuron.tau_m)
    if neuron.firing == "full":
        return neuron.threshold / lost
    return neuron.threshold / 2 * (1 + exp(-neuron.t_ref / neuron.tau_m)) / lost


def silence_threshold(peak, neuron):
    """Threshold above which a signal whose potential peaks at `peak` causes no spike.

    Parameters
    ----------
    peak : float
        Largest potential (of either sign for a bipolar neuron), in units of the signal.
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF

    Returns
    -------
    float
        2 peak (half) or peak (full).

    Examples
    --------
    >>> import sigdelta as sd
    >>> silence_threshold(3.65, sd.LIF())
    7.3
    """
    peak = checks.number("peak", peak, open_low=False)
    _one_of(neuron, LIF, AdaptiveLIF, MultiplicativeLIF)
    return peak * (2 if neuron.firing == "half" else 1)


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
        Another neuron, a refractory period, or a pulse that never decays.

    Examples
    --------
    >>> import sigdelta as sd
    >>> interval, height, mean = steady_state(sd.MultiplicativeLIF(), 0.1)
    >>> round(interval * 1e3, 4), round(mean, 6)
    (55.1049, 0.090973)
    """
    _one_of(neuron, LIF, AdaptiveLIF, MultiplicativeLIF)
    potential = checks.number("potential", potential, low=-inf)
    tau = neuron.kernel[0][1]
    if neuron.t_ref > 0 or len(neuron.kernel) > 1 or tau == inf:
        raise ValueError("steady_state needs t_ref=0 and a pulse of one exponential that decays")
    ((amount, sigma),) = getattr(neuron, "threshold_kernel", ((0.0, 1.0),))
    multiplicative = hasattr(neuron, "m_f")
    share = 0.5 if neuron.firing == "half" else 1.0
    if potential <= share * neuron.threshold:
        return inf, neuron.threshold, 0.0

    def heights(interval):
        left = amount / expm1(interval / sigma) if interval < 700 * sigma else 0.0
        theta = neuron.threshold / (1 - left) if multiplicative else neuron.threshold + left
        return theta, neuron.threshold if getattr(neuron, "height", "threshold") == "fixed" else theta

    def missing(interval):
        theta, height = heights(interval)
        rest = height / expm1(interval / tau) if interval < 700 * tau else 0.0
        return share * theta + rest - potential

    from scipy.optimize import brentq

    shortest = sigma * log1p(amount) * (1 + 1e-12) if multiplicative else 0.0
    low, high = max(shortest, 1e-12 * tau), tau
    while missing(high) > 0:
        high *= 2
    interval = brentq(missing, low, high, xtol=1e-15 * tau, rtol=1e-15)
    height = heights(interval)[1]
    return interval, height, height * tau / interval


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
    _one_of(neuron, MultiplicativeLIF)
    potential, height = checks.number("potential", potential), checks.number("height", height)
    resting, m_f, gamma, eta = neuron.threshold, neuron.m_f, neuron.tau_gamma, neuron.tau_eta
    slope, offset = 2 * m_f * gamma**2, 2 * resting * eta * gamma
    slope_below, offset_below = gamma * (m_f * gamma + 2 * (m_f + 1) * eta), resting * eta * (gamma + eta)

    def pulses(value):
        return height / expm1((slope * value + offset) / (slope_below * value + offset_below))

    return pulses(potential) - pulses(resting / 2) + height / 2
