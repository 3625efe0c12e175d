"""Forward-mode derivatives of a spiking network: numbers that carry their derivatives by all parameters along.

Slow and obvious: every neuron is simulated on its own, in the order of the equations; sigdelta is not imported.
"""

import math

import numpy as np


class Dual:
    """A value and its derivatives."""

    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other):
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other):
        return Dual(self.value * other.value, self.value * other.slope + other.value * self.slope)


def constant(value):
    return Dual(value, 0.0)


def decay(tau, dt):
    """exp(-dt / tau)."""
    value = math.exp(-dt / tau.value)
    return Dual(value, value * dt / tau.value**2 * tau.slope)


def normal(v, mean, sigma):
    return math.exp(-((v - mean) ** 2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))


def surrogate(v, kind, gamma, sigma, h):
    if kind == "triangular":
        return gamma * max(0.0, 1 - abs(v) / sigma)
    if kind == "gaussian":
        return gamma * normal(v, 0, sigma)
    return gamma * ((1 + h) * normal(v, 0, sigma) - h * normal(v, sigma, 6 * sigma) - h * normal(v, -sigma, 6 * sigma))


def derivatives(network, parameters, x, weights, cut=False):
    """Outputs of one sequence x (steps, inputs), and d(sum of weights * outputs) by every parameter.

    `cut` keeps derivatives from passing through recurrent weights.
    """
    offset, p, total = 0, {}, sum(value.size for value in parameters.values())
    for name, value in parameters.items():
        p[name] = np.empty(value.shape, object)
        for index in np.ndindex(value.shape):
            p[name][index] = Dual(value[index], np.eye(1, total, offset)[0])
            offset += 1
    one, nothing = constant(1.0), constant(0.0)
    layers = [f"hidden{i}" for i in range(len(network.hidden))] + (["readout"] if network.readout == "spiking" else [])
    state = {name: [(nothing, nothing, nothing)] * len(p[f"{name}.bias"]) for name in layers}
    y, loss, outputs = [nothing] * network.outputs, nothing, np.empty((len(x), network.outputs))
    for t in range(len(x)):
        below = [constant(value) for value in x[t]]
        for name in layers:
            before = [constant(s.value) if cut else s for _, _, s in state[name]]
            state[name] = [neuron(network, p, name, i, below, before, state[name][i]) for i in range(len(before))]
            below = [s for _, _, s in state[name]]
        if network.readout == "spiking":
            y = [u for u, _, _ in state["readout"]]
        else:
            for k in range(network.outputs):
                kappa = decay(p["readout.tau_m"][k], network.dt)
                y[k] = kappa * y[k] + (one - kappa) * dot(p["readout.input"][k], below, p["readout.bias"][k])
        outputs[t] = [each.value for each in y]
        for each, weight in zip(y, weights[t], strict=True):
            loss += constant(weight) * each
    ends = np.cumsum([0] + [value.size for value in parameters.values()])
    slopes = {
        name: loss.slope[i:j].reshape(value.shape)
        for (name, value), i, j in zip(parameters.items(), ends[:-1], ends[1:], strict=True)
    }
    return outputs, slopes


def dot(row, values, bias):
    total = bias
    for weight, value in zip(row, values, strict=True):
        total += weight * value
    return total


def neuron(network, p, name, i, below, before, state):
    """u, eta and S of a neuron after a step."""
    u, eta, s = state
    one = constant(1.0)
    alpha, rho = (decay(p[f"{name}.{tau}"][i], network.dt) for tau in ("tau_m", "tau_adp"))
    current = dot(p[f"{name}.input"][i], below, p[f"{name}.bias"][i])
    if f"{name}.recurrent" in p:
        current = dot(p[f"{name}.recurrent"][i], before, current)
    eta = rho * eta + (one - rho) * s
    theta = p[f"{name}.b0"][i] + p[f"{name}.beta"][i] * eta
    u = alpha * u + (one - alpha) * constant(network.resistance) * current - s * theta
    v = u - theta
    slope = surrogate(v.value, network.surrogate, network.gamma, network.sigma, network.lobes)
    return u, eta, Dual(1.0 if v.value > 0 else 0.0, slope * v.slope)
