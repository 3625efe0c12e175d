"""Neurons whose pulse and threshold are sums of exponentials."""

from functools import partial
from math import expm1, inf

import numpy as np

from ..kernels.response import response as response_kernel
from ..neurons import AdaptiveLIF, MultiplicativeLIF, SpikeResponse
from . import dispatch
from .lif import refuse_flood, run_clocked


@dispatch.simulate.register
def _(neuron: AdaptiveLIF, x, fs, clocked, membrane):
    if not clocked:
        return _exact(neuron, x, fs, membrane, neuron.threshold_kernel, multiplicative=False)
    increment = -expm1(-1 / (fs * neuron.tau_adp)) if neuron.increment is None else neuron.increment
    fixed = neuron.threshold if neuron.height == "fixed" else 0.0
    return run_clocked(neuron, x, fs, membrane, neuron.tau_adp, neuron.beta, increment, fixed)


@dispatch.simulate.register
def _(neuron: MultiplicativeLIF, x, fs, clocked, membrane):
    _refuse_clocked(neuron, clocked)
    return _exact(neuron, x, fs, membrane, neuron.threshold_kernel, multiplicative=True)


@dispatch.simulate.register
def _(neuron: SpikeResponse, x, fs, clocked, membrane):
    _refuse_clocked(neuron, clocked)
    return _exact(neuron, x, fs, membrane, neuron.threshold_kernel, neuron.multiplicative)


def _refuse_clocked(neuron, clocked):
    if clocked:
        raise ValueError(f"clocked=True is the model of LIF and AdaptiveLIF, not of {type(neuron).__name__}")


def _exact(neuron, x, fs, membrane, threshold_kernel, multiplicative):
    if membrane.size:
        # the membrane at every sample is a second, slower run, so that looking at it does not change the spikes
        _run(neuron, x, fs, membrane, threshold_kernel, multiplicative)
    return _run(neuron, x, fs, np.empty(0), threshold_kernel, multiplicative)


def _run(neuron, x, fs, membrane, threshold_kernel, multiplicative):
    current = neuron.drive == "current"
    filtered = current and neuron.tau_m < inf and neuron.tau_m != neuron.kernel[0][1]
    weights, taus = np.array(neuron.kernel).T
    added, sigmas = np.array(threshold_kernel or np.empty((0, 2))).T
    tau = np.concatenate([taus, sigmas, [neuron.tau_m] if filtered else []])
    size = np.array([taus.size, sigmas.size])
    none = np.zeros(sigmas.size)
    jump = np.concatenate([weights, none if multiplicative else added])
    grow = np.concatenate([0 * weights, added if multiplicative else none])
    share = 0.5 if neuron.firing == "half" else 1.0
    fixed = neuron.threshold if neuron.height == "fixed" else 0.0
    start = 0.0 if current else x[0]
    state = np.array([0.0, start, 0.0, -inf, -inf, start])
    amount = np.zeros(tau.size)

    def run(times, heights, saturated):
        return response_kernel(
            x, fs, tau, size, jump, grow, neuron.tau_m, neuron.threshold, share, fixed, neuron.t_ref,
            neuron.bipolar, neuron.refractory == "clamp", current, state, amount, times, heights, saturated, membrane,
        )  # fmt: skip

    return dispatch.collect(run, x, fs, neuron, partial(refuse_flood, neuron, x, fs))
