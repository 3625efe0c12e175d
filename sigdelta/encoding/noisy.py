"""The leaky integrate-and-fire neuron with a noisy threshold."""

from functools import partial
from math import inf, log1p, sqrt

import numpy as np

from ..kernels.noisy import noisy_lif
from ..neurons import NoisyLIF
from . import dispatch
from .lif import refuse_flood


@dispatch.simulate.register
def _(neuron: NoisyLIF, x, fs, clocked, membrane):
    if clocked:
        raise ValueError("clocked=True has no meaning for NoisyLIF: its spikes are solved for; use LIF")
    current, rng = neuron.drive == "current", np.random.default_rng(neuron.seed)
    variance = log1p(neuron.threshold_noise**2)

    def factors(n):
        return np.exp(sqrt(variance) * rng.standard_normal(n) - variance / 2)

    state = np.array([0.0, 0.0 if current else x[0], 0.0, -inf, -inf, neuron.level * factors(1)[0], 0.0])

    def run(times, heights, saturated):
        return noisy_lif(
            x, fs, neuron.tau_m, neuron.t_ref, neuron.level, neuron.threshold, neuron.firing == "full", neuron.bipolar,
            neuron.refractory == "clamp", current, factors(times.size), state, times, heights, saturated, membrane,
        )  # fmt: skip

    return dispatch.collect(run, x, fs, neuron, partial(refuse_flood, neuron, x, fs))
