"""The leaky integrate-and-fire neuron, and the potential that it shares with most of the family."""

from functools import partial
from math import hypot, inf, isfinite, sqrt

import numpy as np

from ..kernels.clocked import clocked as clocked_kernel
from ..kernels.filters import leaky_integral
from ..kernels.lif import lif as lif_kernel
from ..neurons import LIF, AdaptiveLIF, AsyncSigmaDelta, Izhikevich, MultiplicativeLIF, SigmaDelta, SpikeResponse
from . import dispatch


@dispatch.free_potential.register(LIF)
@dispatch.free_potential.register(AdaptiveLIF)
@dispatch.free_potential.register(MultiplicativeLIF)
@dispatch.free_potential.register(SpikeResponse)
@dispatch.free_potential.register(Izhikevich)
@dispatch.free_potential.register(AsyncSigmaDelta)
@dispatch.free_potential.register(SigmaDelta)
def _(neuron, x, fs, state):
    if neuron.drive == "potential":
        return x.copy()
    y = np.empty(x.size)
    leaky_integral(x, fs, neuron.tau_m, state, y)
    return y


@dispatch.start.register
def _(neuron: LIF, x0, fs, clocked):
    return start_clocked(neuron, fs) if clocked else start_exact(neuron, x0, fs)


def start_clocked(neuron, fs, tau_adp=inf, beta=0.0, increment=0.0, fixed=0.0):
    """The run of the neuron that takes one decision a sample."""
    if neuron.drive != "current" or neuron.firing != "full" or neuron.t_ref > 0:
        raise ValueError(
            'clocked=True takes one decision a sample: it needs drive="current", firing="full" and t_ref=0, '
            f"not {neuron.drive!r}, {neuron.firing!r} and {neuron.t_ref:g}"
        )

    def step(state, x, first, more, *room):
        return clocked_kernel(
            x, first, fs, neuron.tau_m, tau_adp, neuron.threshold, beta, increment, fixed, neuron.bipolar, state, *room
        )  # fmt: skip

    return dispatch.Run(neuron, fs, step, np.zeros(5), 0, partial(dispatch.refuse_more, neuron), density=1.0)


def start_exact(neuron, x0, fs, offset=0.0):
    """The run of the neuron whose spikes are solved for, with a membrane that starts at `offset` from the free potential."""
    current = neuron.drive == "current"

    def step(state, x, first, more, *room):
        return lif_kernel(
            x, first, more, fs, neuron.tau_m, neuron.t_ref, neuron.level, neuron.threshold, neuron.bipolar,
            neuron.refractory == "clamp", current, state, *room,
        )  # fmt: skip

    state = np.array([0.0, offset + (0.0 if current else x0), 0.0, -inf, -inf])
    return dispatch.Run(neuron, fs, step, state, 0 if current else 1, partial(refuse_flood, neuron, fs))


def _fewest(neuron, area, lost):
    """Spikes that must come: their pulses take up the area, less what the membrane keeps and loses, `lost` levels at most.

    Additive adaptation lets n spikes raise the threshold by n times `rise`; where it feeds on itself, none need come.
    """
    if not isinstance(neuron, LIF | AdaptiveLIF):
        return 0.0
    rise = neuron.threshold_kernel[0][0] if isinstance(neuron, AdaptiveLIF) else 0.0
    higher = 0.0 if rise == 0.0 or neuron.height == "fixed" else rise
    rest, pace = area - lost * neuron.threshold, neuron.threshold + lost * rise
    return 2 * rest / (pace + hypot(pace, 2 * sqrt(higher) * sqrt(rest))) if rest > 0 else 0.0


def refuse_flood(neuron, fs, x, so_far):
    """Raise where a train would outgrow memory; called only when a train is dense, so it may read the signal."""
    size, moved = dispatch.extent(x)
    area = size / fs
    if neuron.tau_m < inf:
        area /= neuron.tau_m
    if neuron.drive == "potential":
        area = (area if neuron.tau_m < inf else 0.0) + moved
    leak = x.size / fs / neuron.tau_m
    level = neuron.threshold / (2 if neuron.firing == "half" else 1)
    at_most, likely = area / level + 2 * x.size, _fewest(neuron, area, leak + 2 * x.size)
    if neuron.t_ref > 0:
        at_most, likely = (min(n, x.size / fs / neuron.t_ref + 1) for n in (at_most, likely))
    if max(likely, so_far) >= dispatch.MAX_SPIKES or not isfinite(at_most):
        raise ValueError(
            f"threshold {neuron.threshold:g} is too low for this signal: up to {at_most:.3g} spikes, and the limit is "
            f"{dispatch.MAX_SPIKES} (2**27) a train; raise the threshold or set t_ref"
        )
