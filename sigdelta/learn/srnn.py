"""Recurrent networks of adaptive spiking neurons, and their exact gradients."""

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from .. import checks
from ..kernels.srnn import backward, forward, leak, leak_back
from .events import Events
from .runs import Run, State
from .surrogates import SURROGATES, smooth_shape, surrogate_shape

READOUTS = ("leaky", "spiking")


class Layer(NamedTuple):
    """A layer of spiking neurons."""

    name: str
    inputs: int
    neurons: int
    recurrent: bool


@dataclass(frozen=True)
class SRNN:
    """Layers of clocked adaptive spiking neurons, recurrent within each, and a readout.

    The neuron is that of ``AdaptiveLIF`` with ``clocked=True`` (full firing, current drive, unipolar), with weights, bias, time
    constants, baseline and adaptation strength of its own for every neuron, all of them trainable.

    Parameters
    ----------
    inputs, outputs : int
        Number of input and output channels.
    hidden : tuple of int
        Neurons of each hidden layer; there may be none if the readout is spiking.
    readout : {"leaky", "spiking"}
        Leaky integrators of the last layer's spikes, or adaptive spiking neurons, whose membrane is the output.
    recurrent : bool
        Whether the hidden layers have recurrent weights.
    surrogate : {"multi-gaussian", "gaussian", "triangular"}
        Derivative of a spike by v = u - theta: gamma ((1 + h) N(v; 0, sigma) - h N(v; sigma, 6 sigma) - h N(v; -sigma, 6 sigma)),
        N being normal densities; the same with h = 0; or gamma max(0, 1 - abs(v) / sigma).
    gamma, sigma, lobes : float
        Its gain, its width in units of the membrane, and h.
    dt : float
        Time step in s.
    resistance : float
        R, by which input currents are multiplied.

    Raises
    ------
    ValueError, TypeError
        A value out of range.

    References
    ----------
    B. Yin, F. Corradi, S. M. Bohte, "Effective and efficient computation with multiple-timescale spiking recurrent neural
    networks", ICONS (2020); Nature Machine Intelligence 3, 905 (2021).

    Examples
    --------
    >>> network = SRNN(inputs=4, hidden=(8,), outputs=2)
    >>> run = network.run(network.initial(seed=0), np.ones((10, 3, 4)))
    >>> run.outputs.shape, sorted(network.gradients(run, run.outputs))[:3]
    ((10, 3, 2), ['hidden0.b0', 'hidden0.beta', 'hidden0.bias'])
    """

    inputs: int
    hidden: tuple
    outputs: int
    readout: str = "leaky"
    recurrent: bool = True
    surrogate: str = "multi-gaussian"
    gamma: float = 0.5
    sigma: float = 0.5
    lobes: float = 0.15
    dt: float = 1e-3
    resistance: float = 1.0

    def __post_init__(self):
        values = {name: checks.whole(name, getattr(self, name), 1) for name in ("inputs", "outputs")}
        if not isinstance(self.hidden, tuple | list) or not (self.hidden or self.readout == "spiking"):
            raise ValueError(f"hidden must be a tuple of the number of neurons of one layer or more, not {self.hidden!r}")
        values["hidden"] = tuple(checks.whole("hidden", n, 1) for n in self.hidden)
        values["readout"] = checks.choice("readout", self.readout, READOUTS)
        values["surrogate"] = checks.choice("surrogate", self.surrogate, SURROGATES)
        values["recurrent"] = checks.flag("recurrent", self.recurrent)
        values |= {name: checks.number(name, getattr(self, name)) for name in ("gamma", "sigma", "dt", "resistance")}
        values["lobes"] = checks.number("lobes", self.lobes, open_low=False)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def layers(self):
        """Every layer of spiking neurons."""
        sizes = (self.inputs, *self.hidden)
        found = [Layer(f"hidden{i}", sizes[i], sizes[i + 1], self.recurrent) for i in range(len(self.hidden))]
        return found + ([Layer("readout", sizes[-1], self.outputs, False)] if self.readout == "spiking" else [])

    @property
    def shapes(self):
        """Shape of every parameter by name, such as ``hidden0.tau_m``."""
        found = {}
        for name, before, n, recurrent in self.layers:
            found |= {f"{name}.input": (n, before)} | ({f"{name}.recurrent": (n, n)} if recurrent else {})
            found |= {f"{name}.{each}": (n,) for each in ("bias", "tau_m", "tau_adp", "b0", "beta")}
        if self.readout == "leaky":
            found |= {"readout.input": (self.outputs, self.hidden[-1]), "readout.bias": (self.outputs,)}
            found["readout.tau_m"] = (self.outputs,)
        return found

    def initial(
        self, seed, *, tau_m=20e-3, tau_adp=150e-3, b0=0.01, beta=1.8, tau_out=20e-3, gain=1.0, recurrent_gain=1.0, spread=0.0
    ):  # fmt: skip
        """Parameters to start from, as a dict of arrays: weights uniform within gain / sqrt(inputs), recurrent ones orthogonal.

        Time constants in s are the given ones (tau_out: of the readout), times a log-normal factor of the relative `spread`.
        """
        rng, parameters = np.random.default_rng(seed), {}
        for name, shape in self.shapes.items():
            kind = name.split(".")[1]
            if kind == "input":
                parameters[name] = gain * rng.uniform(-1, 1, shape) / sqrt(shape[1])
            elif kind == "recurrent":
                parameters[name] = recurrent_gain * np.linalg.qr(rng.standard_normal(shape))[0]
            else:
                value = {"bias": 0.0, "tau_m": tau_m, "tau_adp": tau_adp, "b0": b0, "beta": beta}
                value |= {"tau_m": tau_out} if name == "readout.tau_m" else {}
                factor = np.exp(spread * rng.standard_normal(shape)) if kind.startswith("tau") and spread else 1.0
                parameters[name] = np.full(shape, float(value[kind])) * factor
        return parameters

    def run(self, parameters, x, *, start=None, smooth=False, dtype=np.float64, reuse=None):
        """Outputs for an input, with all that the gradients need.

        Parameters
        ----------
        parameters : dict of str to ndarray
            As from `initial`.
        x : array_like, shape (steps, batch, inputs)
            One length for all: pad shorter sequences with zeros, and give their padded steps no weight in the loss.
        start : dict of str to tuple, optional
            u, eta and spikes of a layer before the first step, as in {"hidden0": (u, eta, spikes)}; zero where not given.
        smooth : bool
            Replace spikes by the integral of the surrogate, whose gradients are then the true ones.
        dtype : {float64, float32}
            The reference, or the fast path.
        reuse : Run, optional
            One that is not needed any more: its arrays are written over, which is faster than to make new ones.

        Returns
        -------
        Run

        Raises
        ------
        ValueError, TypeError
            Parameters or an input of another shape, time constants that are not positive, values that are not finite.
        """
        dtype = np.dtype(dtype)
        if dtype not in (np.float64, np.float32):
            raise ValueError(f"dtype must be float64 or float32, not {dtype}")
        x, p = _sequences(x, self.inputs, dtype), self._checked(parameters, dtype)
        shape, states, events = smooth_shape(self) if smooth else np.empty(0), {}, Events(x.reshape(-1, self.inputs))
        below = events
        for name, _, n, recurrent in self.layers:
            old, first = reuse and reuse.states.get(name), (start or {}).get(name, (0, 0, 0))
            states[name] = state = State((*x.shape[:2], n), dtype, p, name, self, first, old)
            rows = np.ascontiguousarray(p[f"{name}.recurrent"].T) if recurrent else np.empty((0, 0), dtype)
            weights, room = np.ascontiguousarray(p[f"{name}.input"].T), np.zeros((x.shape[1] + 1, n), dtype)
            forward(
                below.lists, weights, p[f"{name}.bias"], below.dense, rows, state.cell, shape, state.u, state.eta, state.spikes,
                state.where, state.ends, room,
            )  # fmt: skip
            below = state.events
        if self.readout == "spiking":
            return Run(self, p, x, events, states, state.u[1:])
        values = np.empty((*x.shape[:2], self.outputs), dtype)
        below.product(p["readout.input"], p["readout.bias"], values)
        kappa, y = np.exp(-self.dt / p["readout.tau_m"]), np.zeros((len(x) + 1, *values.shape[1:]), dtype)
        leak(values, kappa, 1 - kappa, y)
        return Run(self, p, x, events, states, y[1:], values, y)

    def gradients(self, run, d_outputs, d_spikes=None, *, detached=False):
        """Derivatives of a loss by every parameter, from its derivatives by outputs and spikes: back-propagation through time.

        Parameters
        ----------
        run : Run
        d_outputs : array_like, the shape of run.outputs
        d_spikes : dict of str to array_like, optional
            dL/dS by the spikes of hidden layers, broadcast to (steps, batch, neurons), as a spike budget makes them.
        detached : bool
            Cut the path of gradients through recurrent weights: the batch form of e-prop.

        Returns
        -------
        dict of str to ndarray
        """
        dtype, p, grads, layers = run.x.dtype, run.parameters, {}, self.layers
        direct, nothing = np.array(d_outputs, dtype=dtype, order="C"), np.zeros((0, 0, 0), dtype)
        above = nothing, np.zeros((0, 0), dtype)
        if direct.shape != run.outputs.shape:
            raise ValueError(f"d_outputs must have the shape of the outputs, {run.outputs.shape}, not {direct.shape}")
        if self.readout == "leaky":
            d_kappa, kappa = np.zeros(self.outputs, dtype), np.exp(-self.dt / p["readout.tau_m"])
            leak_back(direct, kappa, 1 - kappa, run.values, run.y, d_kappa)
            grads |= _weights("readout", run.states[layers[-1].name].events, direct)
            grads["readout.tau_m"] = d_kappa * kappa * self.dt / p["readout.tau_m"] ** 2
            above, direct = (direct, p["readout.input"]), nothing
        for i, layer in reversed(list(enumerate(layers))):
            state, outside = run.states[layer.name], nothing
            if d_spikes and layer.name in d_spikes:
                outside = np.ascontiguousarray(np.broadcast_to(d_spikes[layer.name], state.shape), dtype)
            below = run.states[layers[i - 1].name].events if i else run.events
            grads |= self._layer_gradients(layer, state, p, below, above, outside, direct, detached)
            above, direct = (state.bar, state.cell[5][:, None] * p[f"{layer.name}.input"]), nothing
        return grads

    def _layer_gradients(self, layer, state, p, below, above, outside, direct, detached):
        """Gradients of a layer's parameters; `state.bar` receives dL/du."""
        (name, inputs, n, recurrent), dtype, before = layer, state.dtype, state.events_before
        alpha, rho, gain = *state.cell[:2], state.cell[5][:, None]
        back = p[f"{name}.recurrent"] if recurrent else np.empty((0, 0), dtype)
        bar = state.room_for_bar(below.dense or before.dense or layer != self.layers[0])
        d_input = np.zeros((0 if below.dense else inputs, n), dtype)
        d_recurrent = np.zeros((0 if before.dense else len(back), n), dtype)
        room, scratch, sums = (np.zeros(shape, dtype) for shape in ((4, *bar.shape[1:]), (3, n), (5, n)))
        backward(
            *above, outside, direct, below.lists, before.lists, np.empty((0, 0), dtype) if detached else gain[: len(back)] * back,
            state.cell, *surrogate_shape(self, dtype), state.u, state.eta, bar, room, scratch, tuple(sums), d_input, d_recurrent,
        )  # fmt: skip
        u_bars = bar[:-1].reshape(-1, n)
        d_input = u_bars.T @ below.rows if below.dense else np.ascontiguousarray(d_input.T)
        grads = {f"{name}.input": gain * d_input, f"{name}.bias": gain[:, 0] * sums[4]}
        # sum of u' I, from the sums that each of its parts was multiplied with
        heard = (p[f"{name}.input"] * d_input).sum(1) + p[f"{name}.bias"] * sums[4]
        if recurrent:
            d_recurrent = u_bars.T @ before.rows if before.dense else np.ascontiguousarray(d_recurrent.T)
            grads[f"{name}.recurrent"] = gain * d_recurrent
            heard += (back * d_recurrent).sum(1)
        d_alpha = sums[0] - dtype.type(self.resistance) * heard
        grads[f"{name}.tau_m"] = d_alpha * alpha * self.dt / p[f"{name}.tau_m"] ** 2
        grads[f"{name}.tau_adp"] = sums[1] * rho * self.dt / p[f"{name}.tau_adp"] ** 2
        return grads | {f"{name}.b0": sums[2], f"{name}.beta": sums[3]}

    def _checked(self, parameters, dtype):
        """Every parameter as a contiguous array of its shape."""
        p = {}
        if set(parameters) != set(self.shapes):
            odd = sorted(set(parameters) ^ set(self.shapes))
            raise ValueError(f"parameters are those of another network, which differs from this one in {', '.join(odd)}")
        for name, shape in self.shapes.items():
            p[name] = np.ascontiguousarray(parameters[name], dtype=dtype)
            if p[name].shape != shape:
                raise ValueError(f"{name} must have the shape {shape}, not {p[name].shape}: it is of another network")
            if not np.isfinite(p[name]).all() or (".tau" in name and p[name].min() <= 0):
                raise ValueError(f"{name} must be finite{' and positive' if '.tau' in name else ''}: it has {p[name].min():g}")
        return p


def _sequences(x, inputs, dtype):
    try:
        x = np.asarray(x)
    except ValueError:
        x = np.empty(0, object)
    if x.dtype.kind not in "biuf" or x.ndim != 3 or x.shape[2] != inputs or x.size == 0:
        what = f"the shape {x.shape}" if x.dtype.kind in "biuf" else "sequences of unequal length"
        raise ValueError(
            f"x must have the shape (steps, batch, {inputs}), not {what}: pad shorter sequences with zeros, and give their "
            "padded steps the label -1, which counts for nothing"
        )
    x = np.ascontiguousarray(x, dtype=dtype)
    if not np.isfinite(x).all():
        raise ValueError("x must be finite")
    return x


def _weights(layer, below, into):
    """Gradients of a layer's weights and bias."""
    into = into.reshape(-1, into.shape[2])
    return {f"{layer}.input": below.outer(into), f"{layer}.bias": into.sum(0)}
