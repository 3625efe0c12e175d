"""What every neuron must answer: its spikes, and its free potential. A neuron is added by registering both."""

from functools import singledispatch

import numpy as np

from ..spikes import SpikeTrain

MAX_SPIKES = 2**27


@singledispatch
def simulate(neuron, x, fs, clocked, membrane):
    """Spike train of one neuron for the 1-D signal x; fills `membrane` with u at every sample unless it is empty."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


@singledispatch
def free_potential(neuron, x, fs):
    """Free potential of one neuron for the 1-D signal x."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


def collect(run, x, fs, neuron, refuse_flood):
    """The train that `run(times, heights, saturated)` writes into buffers, called anew while it fills them.

    `refuse_flood(count)` may raise where the train would outgrow memory.
    """
    parts, counts = [], []
    while True:
        parts.append(buffers(x.size // 4 + 1024 if not parts else 2 * parts[-1][0].size))
        counts.append(run(*parts[-1]))
        if counts[-1] < parts[-1][0].size:
            return as_train(parts, counts, x.size / fs, neuron)
        refuse_flood(sum(counts))


def buffers(size):
    """Room for the times, heights and saturated flags of `size` spikes."""
    return np.empty(size), np.empty(size), np.empty(size, bool)


def as_train(parts, counts, stop, neuron):
    """The first counts[i] spikes of parts[i], one after the other; what is stamped at `stop` or later is dropped."""
    columns = [np.concatenate([part[i][:n] for part, n in zip(parts, counts, strict=True)]) for i in range(3)]
    n = np.searchsorted(columns[0], stop)
    return SpikeTrain(columns[0][:n], columns[1][:n], 0.0, stop, neuron.kernel, columns[2][:n])
