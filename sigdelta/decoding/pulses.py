"""The post-synaptic potential."""

from math import inf

import numpy as np

from .. import checks
from ..kernels.filters import continue_pulses, continue_rising_pulses, first_sample
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
    return each_train(spikes, fs, lambda train: Psp(fs, rise).run(train, more=False))


class Psp:
    """`psp` of a train that comes in stretches; parameters as there."""

    def __init__(self, fs, rise=0.0):
        self.fs, self.rise = checks.number("fs", fs), checks.number("rise", rise, open_low=False)
        self._start, self._last, self._given = None, None, 0
        self._times, self._heights = np.empty(0), np.empty(0)

    def push(self, train):
        """The samples that no later spike can change."""
        return self.run(train, more=True)

    def finish(self):
        """The samples that are left."""
        return self.run(self._last, more=False)

    def run(self, train, more):
        """The samples up to the end of this stretch, those excepted that spikes to come may change if there are `more`."""
        if self._last is None:
            self._start, self._states = train.start, [np.zeros(2) for _ in train.kernel]
        self._last = train[train.stop :]
        out = np.zeros(self._end(train.stop, more) - self._given)
        times, heights = np.append(self._times, train.times), np.append(self._heights, train.heights)
        for (weight, tau), state in zip(train.kernel, self._states, strict=True):
            place = times, heights, self._start, self._given, self.fs
            if self.rise > 0 and max(abs(weight), 1.0) / self.rise < inf:
                due = continue_rising_pulses(*place, weight / self.rise, tau, self.rise, state, out)
            else:
                due = continue_pulses(*place, weight, tau, state, out)
        self._times, self._heights, self._given = times[due:].copy(), heights[due:].copy(), self._given + out.size
        return out

    def _end(self, stop, more):
        """Number of samples up to `stop`; where there are `more` those before which a spike at `stop` is not due yet."""
        n = samples(stop - self._start, self.fs)
        return min(first_sample(stop, self._start, self.fs), round((stop - self._start) * self.fs)) if more else n
