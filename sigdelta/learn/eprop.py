"""Online e-prop: a network's gradients in one pass forwards."""

import copy

import numpy as np

from .. import checks
from ..kernels.eprop import observe
from .surrogates import surrogate_shape

LOSSES = ("squared", "cross-entropy")


class EProp:
    """Learns while it watches: a network of one recurrent hidden layer, its state, and gradients that grow step by step.

    Every synapse keeps an eligibility trace, the derivative of its neuron's spike through that neuron's own past (membrane,
    threshold and reset). The gradient is the sum over time of the trace, filtered like the readout, times the error that comes
    back from the outputs. Paths through other neurons' spikes are left out: without recurrent weights the gradients are those of
    back-propagation through time, with them those of ``network.gradients(run, ..., detached=True)``.

    Parameters
    ----------
    network : SRNN
        Of one hidden layer and with a leaky readout.
    parameters : dict of str to ndarray
        As ``network.initial`` makes them; ``readout.tau_m`` must be one value for all outputs, because a synapse keeps one trace.
    batch : int
        Number of sequences watched side by side.
    feedback : ndarray, shape (neurons, outputs), optional
        The way back of errors: random weights, say. By default that of the readout (symmetric e-prop).
    loss : {"squared", "cross-entropy"}
        E = 1/2 sum of (y - target)^2, or the cross-entropy of the target probabilities with softmax(y).
    dtype : data-type
        float64 or float32.

    References
    ----------
    G. Bellec et al., "A solution to the learning dilemma for recurrent networks of spiking neurons", Nature Communications 11,
    3625 (2020).

    Examples
    --------
    >>> from sigdelta.learn import SRNN
    >>> network = SRNN(inputs=3, hidden=(8,), outputs=1)
    >>> watch = EProp(network, network.initial(seed=0), batch=1)
    >>> for part in range(5):
    ...     outputs = watch.observe(np.ones((20, 1, 3)), np.zeros((20, 1, 1)))
    >>> watch.steps, watch.gradients()["hidden0.recurrent"].shape
    (100, (8, 8))
    """

    def __init__(self, network, parameters, batch, *, feedback=None, loss="squared", dtype=np.float64):
        if network.readout != "leaky" or len(network.hidden) != 1:
            raise ValueError(
                f"network must have one hidden layer and a leaky readout, not {len(network.hidden)} and a {network.readout} one"
            )
        batch, loss = checks.whole("batch", batch, 1), checks.choice("loss", loss, LOSSES)
        p = network._checked(parameters, dtype)
        if np.ptp(p["readout.tau_m"]) > 0:
            raise ValueError(f"readout.tau_m must be one value, because a synapse keeps one trace, not {p['readout.tau_m']}")
        n, outputs, count = network.hidden[0], network.outputs, network.inputs + network.recurrent * network.hidden[0] + 1
        feedback = p["readout.input"].T if feedback is None else checks.real_array("feedback", feedback, (2,))
        if feedback.shape != (n, outputs):
            raise ValueError(f"feedback must have the shape (neurons, outputs) = {n, outputs}, not {feedback.shape}")
        self.network, self.parameters, self.softmax, self.dtype = network, p, loss == "cross-entropy", np.dtype(dtype)
        self.feedback, self.steps, self.loss = np.ascontiguousarray(feedback, dtype=dtype), 0, 0.0
        recurrent = [p["hidden0.recurrent"]] if network.recurrent else []
        self._weights = np.hstack([p["hidden0.input"], *recurrent, p["hidden0.bias"][:, None]])
        alpha, rho = (np.exp(-network.dt / p[f"hidden0.{tau}"]) for tau in ("tau_m", "tau_adp"))
        gain = (1 - alpha) * self.dtype.type(network.resistance)
        self._cell = np.ascontiguousarray([alpha, rho, 1 - rho, p["hidden0.b0"], p["hidden0.beta"], gain])
        self._kappa = np.exp(-network.dt / p["readout.tau_m"])

        def zeros(*shape):
            return np.zeros(shape, self.dtype)

        self._layer = [zeros(batch, n) for _ in range(4)]  # u, eta, spikes, psi
        self._y, self._z = zeros(batch, outputs), np.ones((batch, count), self.dtype)
        self._traces, self._own = zeros(3, batch, n, count), zeros(4, batch, n, 4)
        self._sums, self._own_sums = zeros(2, n, count), zeros(2, n, 4)
        self._heard, self._slope = zeros(batch, n + 1), zeros(batch, outputs)
        self._readout_sums, self._d_kappa, self._count = zeros(outputs, n + 1), zeros(outputs), zeros(n)

    def observe(self, x, target, weight=None):
        """Watch the next steps; returns the outputs, of shape (steps, batch, outputs).

        Parameters
        ----------
        x : ndarray, shape (steps, batch, inputs)
        target : ndarray, shape (steps, batch, outputs)
        weight : ndarray, shape (steps,), optional
            Of the loss at each step; 1 by default.
        """
        x, target = (
            np.ascontiguousarray(checks.real_array(name, a, (3,)), self.dtype) for name, a in (("x", x), ("target", target))
        )
        batch, outputs = self._y.shape
        if x.shape[1:] != (batch, self.network.inputs):
            raise ValueError(f"x must have the shape (steps, {batch}, {self.network.inputs}), not {x.shape}")
        if target.shape != (len(x), batch, outputs):
            raise ValueError(f"target must have the shape {len(x), batch, outputs}, not {target.shape}")
        weight = np.ones(len(x)) if weight is None else checks.real_array("weight", weight, (1,))
        if weight.shape != (len(x),):
            raise ValueError(f"weight must have the shape {(len(x),)}, one value a step, not {weight.shape}")
        p, network, type_ = self.parameters, self.network, self.dtype.type
        x, target = (np.ascontiguousarray(array, self.dtype) for array in (x, target))
        y = np.empty_like(target)
        self.loss += observe(
            x, target, weight.astype(self.dtype), self.softmax, self._weights, network.inputs if network.recurrent else 0,
            p["readout.input"], p["readout.bias"], self.feedback, self._kappa, 1 - self._kappa, self._cell,
            *surrogate_shape(network, self.dtype), type_(network.resistance), *self._layer, self._y, self._z,
            self._traces, self._own, self._sums, self._own_sums, self._heard, self._slope, self._readout_sums, self._d_kappa,
            self._count, y,
        )  # fmt: skip
        self.steps += len(x)
        return y

    @property
    def rates(self):
        """Mean firing rate of every neuron so far, in Hz."""
        return self._count / max(self.steps * len(self._y), 1) / self.network.dt

    def gradients(self, target_rate=0.0, rate_cost=0.0):
        """Derivatives of the loss so far by every parameter, as a dict of arrays.

        With a `rate_cost` c they include those of c / 2 times the sum over neurons of (rate - target_rate)^2, both taken in
        spikes a step, though `target_rate` is given in Hz.
        """
        p, dt = self.parameters, self.network.dt
        rate_cost, target_rate = (
            checks.number(name, value, open_low=False) for name, value in (("rate_cost", rate_cost), ("target_rate", target_rate))
        )
        excess = (rate_cost * (self.rates - target_rate) * dt / max(self.steps * len(self._y), 1)).astype(self.dtype)[:, None]
        synapses, own = (sums[1] + excess * sums[0] for sums in (self._sums, self._own_sums))
        inputs, readout = self.network.inputs, self._readout_sums
        grads = {"hidden0.input": synapses[:, :inputs], "hidden0.bias": synapses[:, -1]}
        if self.network.recurrent:
            grads["hidden0.recurrent"] = synapses[:, inputs:-1]
        grads["hidden0.tau_m"] = own[:, 0] * self._cell[0] * dt / p["hidden0.tau_m"] ** 2
        grads["hidden0.tau_adp"] = own[:, 1] * self._cell[1] * dt / p["hidden0.tau_adp"] ** 2
        grads |= {"hidden0.b0": own[:, 2], "hidden0.beta": own[:, 3]}
        grads |= {"readout.input": readout[:, :-1], "readout.bias": readout[:, -1]}
        grads["readout.tau_m"] = self._d_kappa * self._kappa * dt / p["readout.tau_m"] ** 2
        return {name: np.array(value) for name, value in grads.items()}


def stored_gradients(run, d_outputs, d_spikes=None, feedback=None):
    """The gradients of e-prop from a stored run, backwards: the batch form, for any number of layers.

    Parameters
    ----------
    run : Run
        Of ``network.run``.
    d_outputs, d_spikes
        As for ``network.gradients``.
    feedback : ndarray, shape (neurons, outputs), optional
        The way back of errors, instead of the readout's weights.
    """
    if feedback is not None:
        shape = run.parameters["readout.input"].T.shape
        feedback = checks.real_array("feedback", feedback, (2,))
        if feedback.shape != shape:
            raise ValueError(f"feedback must have the shape (neurons, outputs) = {shape}, not {feedback.shape}")
        run = copy.copy(run)
        run.parameters = run.parameters | {"readout.input": np.ascontiguousarray(feedback.T, dtype=run.x.dtype)}
    return run.network.gradients(run, d_outputs, d_spikes, detached=True)
