"""Neurons whose pulse and threshold are sums of exponentials."""

from dataclasses import replace
from functools import partial
from math import expm1, inf

import numpy as np

from ..kernels.response import response as response_kernel
from ..neurons import AdaptiveLIF, MultiplicativeLIF, SpikeResponse
from . import dispatch
from .lif import refuse_flood, start_clocked


@dispatch.start.register
def _(neuron: AdaptiveLIF, x0, fs, clocked):
    if not clocked:
        return _start(neuron, x0, fs, multiplicative=False)
    increment = -expm1(-1 / (fs * neuron.tau_adp)) if neuron.increment is None else neuron.increment
    fixed = neuron.threshold if neuron.height == "fixed" else 0.0
    return start_clocked(neuron, fs, neuron.tau_adp, neuron.beta, increment, fixed)


@dispatch.start.register
def _(neuron: MultiplicativeLIF, x0, fs, clocked):
    _refuse_clocked(neuron, clocked)
    return _start(neuron, x0, fs, multiplicative=True)


@dispatch.start.register
def _(neuron: SpikeResponse, x0, fs, clocked):
    _refuse_clocked(neuron, clocked)
    return _start(neuron, x0, fs, neuron.multiplicative)


def _refuse_clocked(neuron, clocked):
    if clocked:
        raise ValueError(f"clocked=True is the model of LIF and AdaptiveLIF, not of {type(neuron).__name__}")


class _Run(dispatch.Run):
    """The membrane at every sample is a second, slower run, so that looking at it does not change the spikes."""

    def push(self, x, more=False, membrane=dispatch.NONE):
        if membrane.size:
            dispatch.Run.push(replace(self, state=self.state.copy()), x, more, membrane)
        return super().push(x, more)


def _start(neuron, x0, fs, multiplicative):
    current = neuron.drive == "current"
    filtered = current and neuron.tau_m < inf and neuron.tau_m != neuron.kernel[0][1]
    weights, taus = np.array(neuron.kernel).T
    added, sigmas = np.array(neuron.threshold_kernel or np.empty((0, 2))).T
    tau = np.concatenate([taus, sigmas, [neuron.tau_m] if filtered else []])
    size = np.array([taus.size, sigmas.size])
    none = np.zeros(sigmas.size)
    jump = np.concatenate([weights, none if multiplicative else added])
    grow = np.concatenate([0 * weights, added if multiplicative else none])
    share = 0.5 if neuron.firing == "half" else 1.0
    fixed = neuron.threshold if neuron.height == "fixed" else 0.0

    def step(state, x, first, more, *room):
        return response_kernel(
            x, first, more, fs, tau, size, jump, grow, neuron.tau_m, neuron.threshold, share, fixed, neuron.t_ref,
            neuron.bipolar, neuron.refractory == "clamp", current, state, *room,
        )  # fmt: skip

    origin = 0.0 if current else x0
    state = np.concatenate([[0.0, origin, 0.0, -inf, -inf, origin, 0.0, 0.0], np.zeros(tau.size)])
    return _Run(neuron, fs, step, state, 0 if current else 1, partial(refuse_flood, neuron, fs))
