"""The leaky integrate-and-fire neuron with a noisy threshold."""

from functools import partial
from math import inf, log1p, sqrt

import numpy as np

from ..kernels.noisy import noisy_lif
from ..neurons import NoisyLIF
from . import dispatch
from .lif import refuse_flood

DRAWN = 1024


@dispatch.start.register
def _(neuron: NoisyLIF, x0, fs, clocked):
    if clocked:
        raise ValueError("clocked=True has no meaning for NoisyLIF: its spikes are solved for; use LIF")
    current, rng = neuron.drive == "current", np.random.default_rng(neuron.seed)
    variance, factors = log1p(neuron.threshold_noise**2), np.empty(0)

    def draw(lacking):
        # whole portions: the same factors, to the bit, however the signal comes
        normal = rng.standard_normal(DRAWN * -(-lacking // DRAWN))
        return np.concatenate([factors, np.exp(sqrt(variance) * normal - variance / 2)])

    def step(state, x, first, more, times, *room):
        nonlocal factors
        if times.size > factors.size:
            factors = draw(times.size - factors.size)
        count = noisy_lif(
            x, first, more, fs, neuron.tau_m, neuron.t_ref, neuron.level, neuron.threshold, neuron.firing == "full",
            neuron.bipolar, neuron.refractory == "clamp", current, factors, state, times, *room,
        )  # fmt: skip
        factors = factors[count:].copy()
        return count

    factors = draw(1)
    state = np.array([0.0, 0.0 if current else x0, 0.0, -inf, -inf, neuron.level * factors[0], 0.0])
    factors = factors[1:]
    return dispatch.Run(neuron, fs, step, state, 0 if current else 1, partial(refuse_flood, neuron, fs))
