"""The post-synaptic potential."""

from math import inf

import numpy as np

from .. import checks
from ..kernels.filters import add_pulses, add_rising_pulses
from .trains import each_train, samples


def psp(spikes, fs, rise=0.0):
    """Post-synaptic potential: the signal, as the next neuron sees it.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        The train of one neuron, or of one neuron a channel (all of one duration).
    fs : float
        Sampling rate of the result in Hz; sample k stands at ``spikes.start + k / fs``.
    rise : float
        Rise time constant in s: every exponential of the kernel is low-passed by it, with unit gain, and becomes
        weight * tau / (tau - rise) * (exp(-t / tau) - exp(-t / rise)), where rise == tau the alpha function
        weight * t / tau * exp(-t / tau).

    Returns
    -------
    ndarray, shape (n,) or (channels, n), in units of the heights
        sum of heights[i] * kernel(t - times[i]); sample k counts the spikes up to (k + 1e-6) / fs.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, trains of unequal duration, a rate that is not positive, a negative rise.

    References
    ----------
    W. Gerstner et al., "Neuronal Dynamics", Cambridge University Press (2014), section 3.1.

    Examples
    --------
    >>> import sigdelta as sd
    >>> train = sd.SpikeTrain([0.0], [1.0], 0.0, 0.03, ((1.0, 10e-3),))
    >>> sd.psp(train, 100.0).round(4)
    array([1.    , 0.3679, 0.1353])
    >>> sd.psp(train, 100.0, rise=10e-3).round(4)
    array([0.    , 0.3679, 0.2707])
    """
    fs, rise = checks.number("fs", fs), checks.number("rise", rise, open_low=False)
    return each_train(spikes, fs, lambda train: _psp(train, fs, rise))


def _psp(train, fs, rise):
    out = np.zeros(samples(train.duration, fs))
    for weight, tau in train.kernel:
        if rise > 0 and max(abs(weight), 1.0) / rise < inf:
            add_rising_pulses(train.times, train.heights, train.start, fs, weight / rise, tau, rise, out)
        else:
            add_pulses(train.times, train.heights, train.start, fs, weight, tau, out)
    return out
