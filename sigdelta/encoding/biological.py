"""Neurons that are integrated numerically: adaptive exponential, and Izhikevich's."""

from dataclasses import dataclass
from functools import partial
from math import inf

import numpy as np

from ..kernels.filters import continue_pulses, leaky_integral
from ..kernels.ode import ADEX, IZHIKEVICH, STIFF
from ..kernels.ode import integrate as integrate_kernel
from ..mapped import frozen, pieces
from ..neurons import AdEx, Izhikevich
from ..spikes import SpikeTrain
from . import dispatch


@dispatch.free_potential.register
def _(neuron: AdEx, x, fs, state):
    y = np.empty(x.size)
    leaky_integral(frozen(x / neuron.g_l), fs, neuron.tau_m, state, y)
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
        return self.over(x, membrane).push(x)

    def over(self, x, membrane=dispatch.NONE):
        """The train with the one height that makes its psp closest to the free potential, in the mean square."""
        neuron, fs = self.neuron, self.fs
        _refuse_flood(neuron, x, fs, *self.budget)
        times, late, count, along, power, free, sums = [], dispatch.NONE, 0, 0.0, 0.0, np.zeros(2), np.zeros(2)
        for piece in pieces(x):
            first, pulses = self.first, np.zeros(piece.size)
            times.append(super().push(piece, True, membrane[first : first + piece.size]).times)
            late, count = np.append(late, times[-1]), count + times[-1].size
            dispatch.refuse_more(neuron, piece, count)
            due = continue_pulses(late, np.ones(late.size), 0.0, first, fs, 1.0, neuron.tau_m, sums, pulses)
            late = late[due:]
            along += float(dispatch.free_potential(neuron, piece, fs, free) @ pulses)
            power += float(pulses @ pulses)
        # no sample sees a spike after the last one
        heights = np.full(count, along / power if power > 0 else 0.0)
        return _Fitted(SpikeTrain(np.concatenate(times), heights, 0.0, self.begin, neuron.kernel), fs)


@dataclass
class _Fitted:
    """A run whose spikes are known."""

    train: SpikeTrain
    fs: float
    first: int = 0

    def push(self, x, more=False):
        """The spikes of the stretch that the samples x take up."""
        begin, self.first = self.first / self.fs, self.first + x.size
        return self.train[begin : self.first / self.fs]


def _start(neuron, fs, clocked, model, p, after, origin, budget):
    if clocked:
        raise ValueError(f"clocked=True is the model of LIF and AdaptiveLIF, not of {type(neuron).__name__}")

    def step(state, x, first, more, times, heights, saturated, membrane):
        n = integrate_kernel(model, np.array(p), x, first, fs, neuron.tolerance, *after, state, times, membrane)
        if state[6] != 0.0:
            k, v, w, s = state[:4]
            why = "it is too stiff: more than 10 million steps in one sample" if state[6] == STIFF else "it diverges"
            raise ValueError(
                f"{type(neuron).__name__} cannot be integrated at t = {k / fs + s:.9g} s: {why}; "
                f"there V = {v:.6g}, {'w' if model == ADEX else 'u'} = {w:.6g}, input {x[int(k) - first]:.6g}"
            )
        heights[:n], saturated[:n] = 1.0, False
        return n

    state = np.array([0.0, *origin, 0.0, 0.0, -inf, 0.0])
    return _Run(neuron, fs, step, state, 0, partial(dispatch.refuse_more, neuron), budget=budget)


def _refuse_flood(neuron, x, fs, leak, charge):
    """Raise where input beyond what leaks away must fire more spikes than memory holds, each taking up `charge`."""
    with np.errstate(over="ignore"):
        likely = sum(float(np.maximum(piece - leak, 0.0).sum()) for piece in pieces(x)) / fs / charge
    if not likely < dispatch.MAX_SPIKES:
        raise ValueError(
            f"the input is too strong for this neuron: about {likely:.3g} spikes, and the limit is {dispatch.MAX_SPIKES} "
            "(2**27) a train; lower it"
        )
