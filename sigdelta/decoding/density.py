"""Whether the spikes are dense enough for the signal to be recovered."""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..spikes import SpikeTrain


class RecoveryWarning(UserWarning):
    """A signal was recovered from spikes that do not guarantee it."""


class Recoverable(NamedTuple):
    """``interval_margin`` 1 / (2 B longest interval), ``rate_margin`` mean rate / 2 B, and what is ``missing``: "" if nothing."""

    interval_margin: float
    rate_margin: float
    missing: str


def recoverable(spikes, bandwidth):
    """Whether a band-limited signal can be recovered from its spikes: the two density conditions, as margins.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        The train of one neuron, or those of several neurons that coded one signal, whose spikes count together. Saturated
        spikes do not count: they did not fire on a level.
    bandwidth : float
        Bandwidth B of the signal in Hz: it has no power above B.

    Returns
    -------
    Recoverable
        An interval margin of 1 suffices: the recovery is stable then, whatever the signal. A rate margin of 1 is necessary: below
        it many signals share the same spikes. In between the recovery depends on where the spikes are. The intervals are those
        between spikes; what the ends of the train lack is not counted.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, a bandwidth that is not positive.

    References
    ----------
    A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE Trans. Circuits
    Syst. I 51, 2060 (2004), theorem 1; K. Adam, A. Scholefield, M. Vetterli, "Sampling and reconstruction of bandlimited signals
    with multi-channel time encoding", IEEE Trans. Signal Process. 68, 1105 (2020).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> train = sd.SpikeTrain(np.arange(100) / 100, np.ones(100), 0.0, 1.0, ((1.0, 20e-3),))
    >>> interval, rate, missing = sd.recoverable(train, 40.0)
    >>> round(interval, 3), round(rate, 3), missing
    (1.25, 1.25, '')
    >>> print(sd.recoverable(train, 60.0).missing)
    the mean rate, 100 Hz, is below 2 B = 120 Hz
    """
    bandwidth = checks.number("bandwidth", bandwidth)
    trains = [spikes] if isinstance(spikes, SpikeTrain) else spikes
    if not isinstance(trains, list | tuple) or not trains or not all(isinstance(train, SpikeTrain) for train in trains):
        raise TypeError(f"spikes must be a SpikeTrain or a list of them, not {spikes!r}")
    times = np.sort(np.concatenate([train.times[~train.saturated] for train in trains]))
    duration = max(train.stop for train in trains) - min(train.start for train in trains)
    longest = float(np.diff(times).max()) if times.size > 1 else duration
    rate = times.size / duration
    missing = ""
    if rate < 2 * bandwidth:
        missing = f"the mean rate, {rate:g} Hz, is below 2 B = {2 * bandwidth:g} Hz"
    elif longest * 2 * bandwidth > 1:
        missing = f"the longest interval, {longest:.4g} s, is above 1 / (2 B) = {0.5 / bandwidth:.4g} s"
    return Recoverable(1 / (2 * bandwidth * longest) if longest > 0 else np.inf, rate / (2 * bandwidth), missing)
