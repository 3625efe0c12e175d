"""Recurrent networks of adaptive spiking neurons, and their exact gradients."""

from dataclasses import dataclass
from math import factorial, pi, sqrt

import numpy as np

from .. import checks
from ..kernels.srnn import add_outer, backward, forward, leak, leak_back

SURROGATES = ("gaussian", "multi-gaussian", "triangular")
READOUTS = ("leaky", "spiking")
SERIES = np.array([1 / factorial(n) for n in range(13)] + [1 / 256, -80.0])


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
        Neurons of each hidden layer.
    readout : {"leaky", "spiking"}
        Leaky integrators of the last layer's spikes, or adaptive spiking neurons, whose membrane is the output.
    recurrent : bool
        Whether the hidden layers have recurrent weights.
    surrogate : {"multi-gaussian", "gaussian", "triangular"}
        Derivative of a spike by v = u - theta: gamma ((1 + h) N(v; 0, sigma) - h N(v; sigma, 6 sigma) - h N(v; -sigma, 6 sigma)), the
        same with h = 0, or gamma max(0, 1 - |v| / sigma).
    gamma, sigma, lobes : float
        Its gain, its width in units of the membrane, and h.
    dt : float
        Time step in s.
    resistance : float
        R, by which input currents are multiplied.

    References
    ----------
    B. Yin, F. Corradi, S. M. Bohte, "Effective and efficient computation with multiple-timescale spiking recurrent neural networks",
    ICONS (2020); Nature Machine Intelligence 3, 905 (2021).

    Examples
    --------
    >>> network = SRNN(inputs=4, hidden=(8,), outputs=2)
    >>> parameters = network.initial(seed=0)
    >>> network.run(parameters, np.ones((10, 3, 4))).outputs.shape
    (10, 3, 2)
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
        values["hidden"] = tuple(checks.whole("hidden", n, 1) for n in self.hidden)
        if not values["hidden"]:
            raise ValueError("hidden is empty: at least one hidden layer is needed")
        values["readout"] = checks.choice("readout", self.readout, READOUTS)
        values["surrogate"] = checks.choice("surrogate", self.surrogate, SURROGATES)
        values["recurrent"] = checks.flag("recurrent", self.recurrent)
        values |= {name: checks.number(name, getattr(self, name)) for name in ("gamma", "sigma", "dt", "resistance")}
        values["lobes"] = checks.number("lobes", self.lobes, open_low=False)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def layers(self):
        """(name, inputs, neurons, recurrent) of every layer of spiking neurons."""
        sizes = (self.inputs, *self.hidden)
        found = [(f"hidden{i}", sizes[i], sizes[i + 1], self.recurrent) for i in range(len(self.hidden))]
        return found + ([("readout", sizes[-1], self.outputs, False)] if self.readout == "spiking" else [])

    def initial(self, seed, tau_m=20e-3, tau_adp=150e-3, b0=0.01, beta=1.8, spread=0.0, tau_out=20e-3):
        """Parameters to start from, as a dict of arrays: uniform weights within 1 / sqrt(inputs), orthogonal recurrent ones.

        Time constants in s are the given ones, times a log-normal factor of the relative `spread`.
        """
        rng, parameters = np.random.default_rng(seed), {}

        def around(value, n):
            return value * np.exp(spread * rng.standard_normal(n)) if spread else np.full(n, float(value))

        for name, before, n, recurrent in self.layers:
            parameters[f"{name}.input"] = rng.uniform(-1, 1, (n, before)) / sqrt(before)
            if recurrent:
                parameters[f"{name}.recurrent"] = np.linalg.qr(rng.standard_normal((n, n)))[0]
            parameters |= {f"{name}.bias": np.zeros(n), f"{name}.tau_m": around(tau_m, n), f"{name}.tau_adp": around(tau_adp, n)}
            parameters |= {f"{name}.b0": np.full(n, float(b0)), f"{name}.beta": np.full(n, float(beta))}
        if self.readout == "leaky":
            last = self.hidden[-1]
            parameters["readout.input"] = rng.uniform(-1, 1, (self.outputs, last)) / sqrt(last)
            parameters |= {"readout.bias": np.zeros(self.outputs), "readout.tau_m": around(tau_out, self.outputs)}
        return parameters

    def run(self, parameters, x, *, start=None, smooth=False, dtype=np.float64):
        """Outputs for the input x of shape (steps, batch, inputs), with all that the gradients need.

        `start` may give u, eta and spikes of a layer before the first step, as {"hidden0": (u, eta, spikes)}, zero otherwise.
        """
        x = np.ascontiguousarray(x, dtype=dtype)
        if x.ndim != 3 or x.shape[2] != self.inputs:
            raise ValueError(
                f"x must have the shape (steps, batch, {self.inputs}), not {x.shape}: pad shorter sequences with zeros"
            )
        p = {name: np.ascontiguousarray(value, dtype=dtype) for name, value in parameters.items()}
        shape, states, below = self._shape(dtype), {}, x
        for name, _, n, recurrent in self.layers:
            states[name] = state = _State(below, p, name, self, n, start and start.get(name))
            rows = np.ascontiguousarray(p[f"{name}.recurrent"].T) if recurrent else np.empty((0, 0), dtype)
            forward(state.current, rows, state.cell, shape, smooth, state.u, state.eta, state.spikes)
            below = state.spikes[1:]
        if self.readout == "spiking":
            return Run(self, p, x, states, state.u[1:], None, None)
        kappa = np.exp(-self.dt / p["readout.tau_m"])
        values, y = (
            _product(below, p["readout.input"], p["readout.bias"]),
            np.zeros((len(x) + 1, x.shape[1], self.outputs), dtype),
        )
        leak(values, kappa, 1 - kappa, y)
        return Run(self, p, x, states, y[1:], values, y)

    def gradients(self, run, d_outputs, d_spikes=None, *, detached=False):
        """Derivatives of a loss by every parameter, from its derivatives by outputs and spikes: back-propagation through time.

        Parameters
        ----------
        run : Run
        d_outputs : ndarray, the shape of run.outputs
        d_spikes : dict of str to ndarray, optional
            dL/dS by the spikes of hidden layers, (steps, batch, neurons), as a spike budget makes them.
        detached : bool
            Cut the path of gradients through recurrent spikes: the batch form of e-prop.
        """
        dtype, grads, shape = run.x.dtype, {}, self._shape(run.x.dtype)
        p, names = run.parameters, [layer[0] for layer in self.layers]
        bar = np.array(d_outputs, dtype=dtype, order="C")
        if self.readout == "leaky":
            tau, d_kappa = p["readout.tau_m"], np.zeros(self.outputs, dtype)
            kappa = np.exp(-self.dt / tau)
            leak_back(bar, kappa, 1 - kappa, run.values, run.y, d_kappa)
            below = run.states[names[-1]].spikes[1:]
            grads |= {"readout.input": _outer(below, bar), "readout.bias": bar.sum((0, 1))}
            grads["readout.tau_m"] = d_kappa * kappa * self.dt / tau**2
            into, du = bar @ p["readout.input"], None
        else:
            into, du = None, bar
        series = SERIES.astype(dtype)
        for i in range(len(names) - 1, -1, -1):
            name, state = names[i], run.states[names[i]]
            recurrent, n = f"{name}.recurrent" in p, state.u.shape[2]
            into = np.zeros_like(state.u[1:]) if into is None else np.ascontiguousarray(into)
            if d_spikes and name in d_spikes:
                into += d_spikes[name]
            du = np.zeros_like(into) if du is None else du
            sums, d_rows = np.zeros((4, n), dtype), np.zeros((n, n) if recurrent else (0, 0), dtype)
            weights = p[f"{name}.recurrent"] if recurrent else np.empty((0, 0), dtype)
            backward(
                into, du, weights, recurrent, detached, state.cell, shape, series, dtype.type(self.resistance),
                state.current, state.u, state.eta, state.spikes, sums, d_rows,
            )  # fmt: skip
            below = run.x if i == 0 else run.states[names[i - 1]].spikes[1:]
            grads |= {f"{name}.input": _outer(below, du), f"{name}.bias": du.sum((0, 1))}
            if recurrent:
                grads[f"{name}.recurrent"] = np.ascontiguousarray(d_rows.T)
            alpha, rho = state.cell[0], state.cell[1]
            grads[f"{name}.tau_m"] = sums[0] * alpha * self.dt / p[f"{name}.tau_m"] ** 2
            grads[f"{name}.tau_adp"] = sums[1] * rho * self.dt / p[f"{name}.tau_adp"] ** 2
            grads |= {f"{name}.b0": sums[2], f"{name}.beta": sums[3]}
            into, du = (du @ p[f"{name}.input"] if i > 0 else None), None
        return grads

    def _shape(self, dtype):
        """The surrogate as the kernels want it."""
        if self.surrogate == "triangular":
            return np.array([self.gamma, -1 / self.sigma, 0, 0, 0], dtype)
        h = self.lobes if self.surrogate == "multi-gaussian" else 0.0
        peak, q = self.gamma / (self.sigma * sqrt(2 * pi)), 1 / (72 * self.sigma**2)
        return np.array([(1 + h) * peak, 36 * q, h * peak / 6, self.sigma, q], dtype)


class Run:
    """What a network did: `outputs` (steps, batch, outputs), and `states` of its layers, with u, eta and spikes from step 0 on."""

    def __init__(self, network, parameters, x, states, outputs, values, y):
        self.network, self.parameters, self.x, self.states = network, parameters, x, states
        self.outputs, self.values, self.y = outputs, values, y

    @property
    def rates(self):
        """Mean firing rate of every layer in Hz."""
        return {name: float(state.spikes[1:].mean()) / self.network.dt for name, state in self.states.items()}


class _State:
    """Arrays of a layer: current, cell, u, eta and spikes, the last three with their start as row 0."""

    def __init__(self, below, p, name, network, n, start):
        steps, batch = below.shape[:2]
        self.current = _product(below, p[f"{name}.input"], p[f"{name}.bias"])
        alpha, rho = (np.exp(-network.dt / p[f"{name}.{tau}"]) for tau in ("tau_m", "tau_adp"))
        rows = [alpha, rho, 1 - rho, p[f"{name}.b0"], p[f"{name}.beta"], (1 - alpha) * below.dtype.type(network.resistance)]
        self.cell = np.ascontiguousarray(rows)
        self.u, self.eta, self.spikes = (np.empty((steps + 1, batch, n), below.dtype) for _ in range(3))
        for array, value in zip((self.u, self.eta, self.spikes), start or (0, 0, 0), strict=True):
            array[0] = value


def _product(below, weights, bias):
    steps, batch, n = below.shape
    return (below.reshape(steps * batch, n) @ weights.T + bias).reshape(steps, batch, -1)


def _outer(below, bar):
    """Sum over steps and batch of the outer products of bar with what came from below."""
    if np.count_nonzero(below) < 0.1 * below.size:
        out = np.zeros((below.shape[2], bar.shape[2]), bar.dtype)
        add_outer(below.reshape(-1, below.shape[2]), bar.reshape(-1, bar.shape[2]), out)
        return np.ascontiguousarray(out.T)
    return bar.reshape(-1, bar.shape[2]).T @ below.reshape(-1, below.shape[2])
