"""From spikes back to signals."""

import numpy as np

from . import checks
from .kernels.filters import add_pulses
from .spikes import SpikeTrain


def psp(spikes, fs):
    """Post-synaptic potential: the signal, as the next neuron sees it.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        The train of one neuron, or of one neuron a channel (all of one duration).
    fs : float
        Sampling rate of the result in Hz; sample k stands at ``spikes.start + k / fs``.

    Returns
    -------
    ndarray, shape (n,) or (channels, n), in units of the heights
        sum of heights[i] * kernel(t - times[i]); sample k counts the spikes up to (k + 1e-6) / fs.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, trains of unequal duration, a rate that is not positive.

    Examples
    --------
    >>> import sigdelta as sd
    >>> train = sd.SpikeTrain([0.0], [1.0], 0.0, 0.03, ((1.0, 10e-3),))
    >>> sd.psp(train, 100.0).round(4)
    array([1.    , 0.3679, 0.1353])
    """
    fs = checks.number("fs", fs)
    if isinstance(spikes, SpikeTrain):
        return _psp(spikes, fs)
    if not isinstance(spikes, list | tuple) or not spikes or not all(isinstance(train, SpikeTrain) for train in spikes):
        raise TypeError(f"spikes must be a SpikeTrain or a list of them, not {spikes!r}")
    if len({round(train.duration * fs) for train in spikes}) > 1:
        raise ValueError("the trains differ in duration: psp needs equal ones to make one array")
    return np.stack([_psp(train, fs) for train in spikes])


def _psp(train, fs):
    n = train.duration * fs
    if not n < 2**40:
        raise ValueError(f"fs {fs:g} Hz makes {n:.3g} samples of this train: choose a lower rate")
    out = np.zeros(max(round(n), 1))
    for weight, tau in train.kernel:
        add_pulses(train.times, train.heights, train.start, fs, weight, tau, out)
    return out
