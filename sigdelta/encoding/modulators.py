"""Asynchronous and clocked sigma-delta modulators."""

from functools import partial

import numpy as np

from ..kernels.modulators import async_sigma_delta, sigma_delta
from ..mapped import pieces
from ..neurons import AsyncSigmaDelta, SigmaDelta
from . import dispatch


@dispatch.start.register
def _(neuron: AsyncSigmaDelta, x0, fs, clocked):
    if clocked:
        raise ValueError("clocked=True has no meaning for AsyncSigmaDelta, which has no clock: use SigmaDelta")
    current = neuron.drive == "current"
    state = np.array([0.0, 0.0 if current else x0, 0.0, 0.0, 0.0])

    def step(state, x, first, more, *room):
        return async_sigma_delta(
            x, first, more, fs, neuron.tau_m, neuron.level, neuron.bias, neuron.leaky, current, state, *room
        )  # fmt: skip

    return dispatch.Run(neuron, fs, step, state, 0 if current else 1, partial(_refuse_flood, neuron, fs))


@dispatch.start.register
def _(neuron: SigmaDelta, x0, fs, clocked):
    options = neuron.order == 2, neuron.levels == 3, neuron.drive == "current"

    def step(state, x, first, more, *room):
        return sigma_delta(x, first, fs, neuron.tau_m, neuron.threshold, *options, state, *room)

    return dispatch.Run(neuron, fs, step, np.zeros(4), 0, partial(dispatch.refuse_more, neuron), density=1.0)


def _refuse_flood(neuron, fs, x, so_far):
    """Raise where a train would outgrow memory: between two flips u moves by a threshold, at most at bias + |x| (+ |u|)."""
    size, moved = dispatch.extent(x)
    pace = x.size * neuron.bias
    at_most = (pace + 2.0 * size) / neuron.threshold / neuron.tau_m / fs + x.size + moved / neuron.threshold
    quiet = sum(int((np.abs(piece) < 0.5 * neuron.bias).sum()) for piece in pieces(x))
    likely = 0.0 if neuron.drive == "potential" else 0.5 * quiet * neuron.bias / neuron.threshold / neuron.tau_m / fs
    if max(likely, so_far) >= dispatch.MAX_SPIKES or not np.isfinite(at_most):
        raise ValueError(
            f"threshold {neuron.threshold:g} is too low for bias {neuron.bias:g}: up to {at_most:.3g} spikes, and the limit is "
            f"{dispatch.MAX_SPIKES} (2**27) a train; raise the threshold or lower the bias"
        )
