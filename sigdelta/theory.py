"""Closed forms for the error, the saturation and the silence of a neuron."""

from math import exp, expm1, inf, sqrt


def error_bound(neuron):
    """Largest possible magnitude of y - psp.

    Parameters
    ----------
    neuron : LIF

    Returns
    -------
    float
        The firing level, threshold / 2 (half) or threshold (full), in units of the signal; inf for a neuron that can
        saturate (t_ref > 0). A unipolar neuron keeps the bound only while its input is not negative.

    Notes
    -----
    The membrane is the error, and a crossing resets it before it passes the level (Yoon 2017).

    Examples
    --------
    >>> import sigdelta as sd
    >>> error_bound(sd.LIF(threshold=0.1))
    0.05
    """
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
    ValueError
        With ``refractory="clamp"``, where the input is lost after every spike and saturation has no onset.

    Examples
    --------
    >>> import sigdelta as sd
    >>> round(saturation_onset(sd.LIF(threshold=0.1, tau_m=20e-3, t_ref=2e-3)), 4)
    1.0008
    """
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
    neuron : LIF

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
    return peak * (2 if neuron.firing == "half" else 1)
