"""Neurons that are integrated numerically: adaptive exponential, and Izhikevich's."""

from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from ..kernels.filters import add_pulses, leaky_integral
from ..kernels.ode import ADEX, IZHIKEVICH, STIFF
from ..kernels.ode import integrate as integrate_kernel
from ..neurons import AdEx, Izhikevich
from . import dispatch


@dispatch.free_potential.register
def _(neuron: AdEx, x, fs):
    y = np.empty(x.size)
    leaky_integral(x / neuron.g_l, fs, neuron.tau_m, y)
    return y


@dispatch.start.register
def _(neuron: AdEx, x0, fs, clocked):
    # pA / pF is mV / ms: with C in nF the slope is in mV / s
    p = (1e-3 * neuron.c_m, neuron.g_l, neuron.e_l, neuron.v_t, neuron.delta_t, neuron.a, neuron.tau_w)
    leak = (neuron.g_l + max(neuron.a, 0.0)) * (neuron.v_cut - neuron.e_l)
    charge = p[0] * (neuron.v_cut - neuron.v_reset) + neuron.b * neuron.tau_w
    return _start(neuron, fs, clocked, ADEX, p, (neuron.v_cut, neuron.v_reset, neuron.b), (neuron.e_l, 0.0), (leak, charge))


@dispatch.start.register
def _(neuron: Izhikevich, x0, fs, clocked):
    # the parabola is lowest, at -16.25, where V = -62.5; u follows b V and rises by d a spike
    low, high = sorted((neuron.b * neuron.c, neuron.b * neuron.v_peak))
    charge = 1e-3 * (neuron.v_peak - neuron.c + max(neuron.d, 0.0) / neuron.a)
    after, budget = (neuron.v_peak, neuron.c, neuron.d), (16.25 + max(high, -low), charge)
    return _start(neuron, fs, clocked, IZHIKEVICH, (neuron.a, neuron.b), after, (neuron.v_0, neuron.b * neuron.v_0), budget)


@dataclass
class _Run(dispatch.Run):
    """A run over a whole signal, on which the pulse height is fitted; `budget` is what leaks away, and the charge of a spike."""

    budget: tuple = None
    causal = False

    def push(self, x, more=False, membrane=dispatch.NONE):
        _refuse_flood(self.neuron, x, self.fs, *self.budget)
        return _fit(self.neuron, x, self.fs, super().push(x, more, membrane))


def _start(neuron, fs, clocked, model, p, after, origin, budget):
    if clocked:
        raise ValueError(f"clocked=True is the model of LIF and AdaptiveLIF, not of {type(neuron).__name__}")

    def step(state, x, first, more, times, heights, saturated, membrane):
        n = integrate_kernel(model, np.array(p), x, fs, neuron.tolerance, *after, state, times, membrane)
        if state[6] != 0.0:
            k, v, w, s = state[:4]
            why = "it is too stiff: more than 10 million steps in one sample" if state[6] == STIFF else "it diverges"
            raise ValueError(
                f"{type(neuron).__name__} cannot be integrated at t = {k / fs + s:.9g} s: {why}; "
                f"there V = {v:.6g}, {'w' if model == ADEX else 'u'} = {w:.6g}, input {x[int(k)]:.6g}"
            )
        heights[:n], saturated[:n] = 1.0, False
        return n

    state = np.array([0.0, *origin, 0.0, 0.0, -inf, 0.0])
    return _Run(neuron, fs, step, state, 0, partial(dispatch.refuse_more, neuron), budget=budget)


def _fit(neuron, x, fs, spikes):
    """The train with the one height that makes its psp closest to the free potential, in the mean square."""
    y, pulses = dispatch.free_potential(neuron, x, fs), np.zeros(x.size)
    add_pulses(spikes.times, spikes.heights, 0.0, fs, 1.0, neuron.tau_m, pulses)
    power = float(pulses @ pulses)
    # no sample sees a spike after the last one
    height = float(y @ pulses) / power if power > 0 else 0.0
    return replace(spikes, heights=np.full(len(spikes), height))


def _refuse_flood(neuron, x, fs, leak, charge):
    """Raise where input beyond what leaks away must fire more spikes than memory holds, each taking up `charge`."""
    with np.errstate(over="ignore"):
        likely = float(np.maximum(x - leak, 0.0).sum()) / fs / charge
    if not likely < dispatch.MAX_SPIKES:
        raise ValueError(
            f"the input is too strong for this neuron: about {likely:.3g} spikes, and the limit is {dispatch.MAX_SPIKES} "
            "(2**27) a train; lower it"
        )
