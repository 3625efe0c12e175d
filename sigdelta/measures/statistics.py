"""What a spike train alone tells."""

from math import nan
from typing import NamedTuple

import numpy as np

from .. import checks


class IntervalStatistics(NamedTuple):
    """Of the intervals between spikes: mean, min, max in s; cv, coefficient of variation; lv, local variation."""

    mean: float
    cv: float
    lv: float
    min: float
    max: float


def saturated_fraction(spikes, neuron):
    """Fraction of the time that a neuron spends saturated.

    Parameters
    ----------
    spikes : SpikeTrain
        What the neuron fired.
    neuron : LIF
        Gives t_ref and what happens meanwhile.

    Returns
    -------
    float
        Count of saturated spikes * t_ref / duration, at most 1; with ``refractory="clamp"`` the fraction of time held; nan
        for a train without duration.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> neuron = sd.LIF(threshold=0.1, t_ref=2e-3)
    >>> saturated_fraction(sd.encode(np.full(1000, 2.0), 1000.0, neuron), neuron)
    0.998
    """
    if spikes.duration == 0:
        return nan
    if getattr(neuron, "refractory", "integrate") == "clamp":
        return float(np.minimum(neuron.t_ref, spikes.stop - spikes.times).sum() / spikes.duration)
    return min(1.0, float(spikes.saturated.sum()) * getattr(neuron, "t_ref", 0.0) / spikes.duration)


def silent_fraction(spikes, window=None):
    """Fraction of the time at which the receiver hears nothing: no spike has come during the last `window` seconds.

    Parameters
    ----------
    spikes : SpikeTrain
        All that precedes its first spike is silent.
    window : float, optional
        In s; three times the longest time constant of the kernel if not given, when a pulse is down to 5 %.

    Returns
    -------
    float
        From 0 to 1; 1 without spikes.

    Examples
    --------
    >>> import sigdelta as sd
    >>> silent_fraction(sd.SpikeTrain([0.5], [1.0], 0.0, 1.0, ((1.0, 0.1),)))
    0.7
    """
    checks.train("spikes", spikes)
    longest = 3 * max(tau for _, tau in spikes.kernel)
    window = longest if window is None else checks.number("window", window, open_low=False, finite=False)
    if len(spikes) == 0:
        return 1.0
    gaps = np.diff(spikes.times, append=spikes.stop)
    return float((spikes.times[0] - spikes.start + np.maximum(gaps - window, 0.0).sum()) / spikes.duration)


def interval_statistics(spikes):
    """Intervals between successive spikes, of whatever sign.

    Parameters
    ----------
    spikes : SpikeTrain

    Returns
    -------
    IntervalStatistics
        ``mean``, ``min``, ``max`` (s) need two spikes; ``cv``, standard deviation (of the population) over mean, and ``lv``,
        3 times the mean of ((a - b) / (a + b))**2 over neighbours a, b, need three; what lacks spikes is nan. A regular train
        has 0 and a Poisson process 1 in both; lv does not see slow changes of the rate.

    References
    ----------
    S. Shinomoto, K. Shima, J. Tanji, Neural Comput. 15, 2823 (2003).

    Examples
    --------
    >>> import sigdelta as sd
    >>> interval_statistics(sd.SpikeTrain([0.0, 0.25, 0.75], [1, 1, 1], 0.0, 1.0, ((1.0, 0.1),)))
    IntervalStatistics(mean=0.375, cv=0.3333333333333333, lv=0.3333333333333333, min=0.25, max=0.5)
    """
    checks.train("spikes", spikes)
    gaps = np.diff(spikes.times)
    if gaps.size == 0:
        return IntervalStatistics(*[np.nan] * 5)
    mean, cv, lv = float(gaps.mean()), np.nan, np.nan
    if gaps.size > 1:
        cv = float(gaps.std() / mean) if mean > 0 else np.nan
        sums = gaps[1:] + gaps[:-1]
        # two intervals of 0 are equal ones
        lv = float(3 * np.mean((np.diff(gaps) / np.where(sums > 0, sums, 1.0)) ** 2))
    return IntervalStatistics(mean, cv, lv, float(gaps.min()), float(gaps.max()))


def spikes_per_nyquist_interval(spikes, bandwidth):
    """Mean number of spikes in 1 / (2 bandwidth), the time in which a signal of this bandwidth may change freely.

    Parameters
    ----------
    spikes : SpikeTrain
    bandwidth : float
        Of the signal, in Hz.

    Returns
    -------
    float
        rate / (2 bandwidth); a band-limited signal can be recovered from 1 on (Lazar and Tóth 2004).

    Examples
    --------
    >>> import sigdelta as sd
    >>> spikes_per_nyquist_interval(sd.SpikeTrain([0.1, 0.2, 0.7], [1, 1, 1], 0.0, 1.0, ((1.0, 0.1),)), 1.0)
    1.5
    """
    return checks.train("spikes", spikes).rate / (2 * checks.number("bandwidth", bandwidth))
