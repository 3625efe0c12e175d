"""The error, the saturation and the silence of a neuron, and the range between them."""

from math import inf, log10, sqrt

from .. import checks
from ..neurons import LIF, AsyncSigmaDelta
from .periodic import adapting, lif, one_of, potential_of, share


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

    Raises
    ------
    TypeError
        A neuron whose threshold moves, and its bound with it.

    Notes
    -----
    The membrane is the error, and a crossing resets it before it passes the level (Yoon 2017).

    Examples
    --------
    >>> import sigdelta as sd
    >>> error_bound(sd.LIF(threshold=0.1))
    0.05
    """
    if isinstance(one_of(neuron, LIF, AsyncSigmaDelta), AsyncSigmaDelta):
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

    Raises
    ------
    TypeError
        A neuron whose threshold moves.

    References
    ----------
    W. R. Bennett, "Spectra of quantized signals", Bell Syst. Tech. J. 27, 446 (1948), for the even spread.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(error_law(sd.LIF(threshold=1.0)), 4)
    0.2887
    """
    return lif(neuron).threshold / sqrt(12 if neuron.firing == "half" else 3)


def saturation_onset(neuron):
    """Constant potential above which the neuron fires at its saturation rate and loses the rest.

    Parameters
    ----------
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
        With ``refractory="integrate"``; the membrane must be back at its level when t_ref ends.

    Returns
    -------
    float
        In units of the signal, proportional to the threshold: the potential whose interval is t_ref, share * theta + height /
        (exp(t_ref / tau) - 1) with theta the threshold at that rate. LIF: (threshold / 2) coth(t_ref / 2 tau_m) (half),
        threshold / (1 - exp(-t_ref / tau_m)) (full); inf without t_ref, or where multiplicative adaptation never lets the
        interval shrink to t_ref. For the ideal integrator: threshold / t_ref, the constant current, under current drive; inf
        under potential drive, as a constant costs it no spikes.

    Raises
    ------
    ValueError, TypeError
        With ``refractory="clamp"``, where the input is lost after every spike and saturation has no onset; another neuron.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(saturation_onset(sd.LIF(threshold=0.1, tau_m=20e-3, t_ref=2e-3)), 4)
    1.0008
    """
    if adapting(neuron).refractory == "clamp":
        raise ValueError('refractory="clamp" loses input after every spike: there is no onset of saturation')
    if neuron.t_ref == 0:
        return inf
    if neuron.kernel[0][1] == inf:
        return neuron.threshold / neuron.t_ref if neuron.drive == "current" else inf
    return potential_of(neuron, neuron.t_ref)


def dynamic_range_db(neuron):
    """Largest over smallest constant potential that the neuron codes: onset of saturation over the firing level.

    Parameters
    ----------
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
        As for `saturation_onset`.

    Returns
    -------
    float
        20 log10(onset / level) in dB, the level that of the neuron at rest; it does not depend on the threshold. LIF: 20 log10
        coth(t_ref / 2 tau_m) (half), -20 log10(1 - exp(-t_ref / tau_m)) (full); inf without t_ref, and for the ideal integrator
        under current drive, which has no smallest current.

    Raises
    ------
    ValueError, TypeError
        As for `saturation_onset`.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(dynamic_range_db(sd.LIF(t_ref=2e-3)), 2)
    26.03
    """
    onset = saturation_onset(neuron)
    if neuron.kernel[0][1] == inf:
        return inf
    return 20 * log10(onset / (share(neuron) * neuron.threshold)) if onset < inf else inf


def silence_threshold(peak, neuron):
    """Threshold above which a signal whose potential peaks at `peak` causes no spike.

    Parameters
    ----------
    peak : float
        Largest potential (of either sign for a bipolar neuron), in units of the signal.
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
        An ideal integrator (``tau_m=inf``) under current drive has none for a constant current; its potential is the integral.

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
    return checks.number("peak", peak, open_low=False) / share(adapting(neuron))
