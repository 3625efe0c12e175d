"""What all decoders ask of the trains they are given."""

from math import inf

import numpy as np

from .. import checks
from ..spikes import SpikeTrain

EDGES = ("mark", "trim", "keep")


def each_train(spikes, fs, decode):
    """What `decode` makes of a train, or of each of a list of them, stacked as (channels, n)."""
    if isinstance(spikes, SpikeTrain):
        return decode(spikes)
    if not isinstance(spikes, list | tuple) or not spikes or not all(isinstance(train, SpikeTrain) for train in spikes):
        raise TypeError(f"spikes must be a SpikeTrain or a list of them, not {spikes!r}")
    if len({round(train.duration * fs) for train in spikes}) > 1:
        raise ValueError("the trains differ in duration: equal ones are needed to make one array")
    return np.stack([decode(train) for train in spikes])


def one_train(spikes):
    """`spikes` as they are; TypeError if they are not one SpikeTrain, as a list of them is not."""
    if not isinstance(spikes, SpikeTrain):
        raise TypeError(f"spikes must be a SpikeTrain, not {spikes!r}")
    return spikes


def samples(duration, fs):
    """Number of samples at `fs` in `duration`, at least one."""
    n = duration * fs
    if not n < 2**40:
        raise ValueError(f"fs {fs:g} Hz makes {n:.3g} samples of this train: choose a lower rate")
    return max(round(n), 1)


def pulse_area(kernel):
    """Area of a pulse of height 1, in s: sum of weight * tau; of one that never decays its weight, without unit."""
    area = kernel[0][0] if kernel[0][1] == inf and len(kernel) == 1 else sum(weight * tau for weight, tau in kernel)
    if not 0 < abs(area) < inf:
        raise ValueError(f"the pulse {kernel} has the area {area:g} s: a decoder that weighs spikes by it needs another kernel")
    return area


def finish_edges(x, before, after, edges):
    """`x` with its first `before` and last `after` samples marked by nan, trimmed, or kept."""
    if edges == "trim":
        return x[before : x.size - after]
    if edges == "mark":
        x[:before] = x[x.size - after :] = np.nan
    return x


def check_edges(edges):
    """`edges`, one of the ways to treat the ends of a recording."""
    return checks.choice("edges", edges, EDGES)
