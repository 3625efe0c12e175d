"""Online e-prop: the gradients of a layer of clocked adaptive neurons in one pass forwards, without stored history.

For the synapse from z to a neuron (z is an input at t, or the spike of a neighbour at t - 1) the derivatives of eta, u and S
through the neuron's own past are

    h_t = rho h_{t-1} + (1 - rho) e_{t-1},
    x_t = alpha x_{t-1} + (1 - alpha) R z_t - theta_t e_{t-1} - S_{t-1} beta h_t,
    e_t = psi_t (x_t - beta h_t),

the eligibility vector (x, h) and the eligibility trace e. With heard_t = kappa heard_{t-1} + (1 - kappa) e_t, the trace as the
leaky readout hears it, and the learning signal L_t = sum over k of B_k dE_t/dy_k, the gradient is the sum over t of L_t heard_t.
A parameter of the neuron (alpha, rho, b0, beta) obeys the same recursion with sources of its own into x, h and theta.

Arrays are of float64 or all of float32. `cell` has the rows alpha, rho, 1 - rho, b0, beta, (1 - alpha) R; the surrogate, and the
short loops without literals, are as in the kernels `srnn`.
"""

import numpy as np

from .jit import jit
from .surrogates import surrogates

ALPHA, RHO, FRESH, BASELINE, BETA, GAIN = range(6)


@jit
def trace_weights(neuron, signal, z, x, h, e, heard, total, grad):
    """A step of all synapses of a neuron: `total` adds the traces up, `grad` the learning signal times the trace as heard.

    `neuron` is (alpha, rho, 1 - rho, beta, (1 - alpha) R, theta, S_{t-1}, psi_{t-1}, psi_t, kappa, 1 - kappa); e is scratch.
    """
    alpha, rho, fresh, beta, gain, theta = neuron[0], neuron[1], neuron[2], neuron[3], neuron[4], neuron[5]
    before, psi_before, psi, kappa, kept = neuron[6], neuron[7], neuron[8], neuron[9], neuron[10]
    if beta == 0:
        decay = alpha - theta * psi_before
        for i in range(z.size):
            x[i] = decay * x[i] + gain * z[i]
    else:
        for i in range(z.size):
            e[i] = psi_before * (x[i] - beta * h[i])
        for i in range(z.size):
            h[i] = rho * h[i] + fresh * e[i]
        for i in range(z.size):
            e[i] = theta * e[i] + before * beta * h[i]
        for i in range(z.size):
            x[i] = alpha * x[i] - e[i] + gain * z[i]
    for i in range(z.size):
        e[i] = psi * (x[i] - beta * h[i])
    for i in range(z.size):
        total[i] += e[i]
        heard[i] = kappa * heard[i] + kept * e[i]
    if signal != 0:
        for i in range(z.size):
            grad[i] += signal * heard[i]


@jit
def trace_cell(neuron, signal, source, x, h, e, heard, total, grad):
    """A step of alpha, rho, b0 and beta of a neuron, whose `source` (3, 4) enter x, h and theta directly."""
    alpha, rho, fresh, beta, theta = neuron[0], neuron[1], neuron[2], neuron[3], neuron[5]
    before, psi, kappa, kept = neuron[6], neuron[8], neuron[9], neuron[10]
    for i in range(4):
        h[i] = rho * h[i] + fresh * e[i] + source[1, i]
        moved = beta * h[i] + source[2, i]
        x[i] = alpha * x[i] + source[0, i] - theta * e[i] - before * moved
        e[i] = psi * (x[i] - moved)
        heard[i] = kappa * heard[i] + kept * e[i]
        total[i] += e[i]
        grad[i] += signal * heard[i]


@jit
def judge(y, target, weight, softmax, error):
    """E of a row of outputs, and dE/dy: weight / 2 (y - target)^2, or weight times the cross-entropy with softmax(y)."""
    loss, scale, highest = weight - weight, weight - weight, y.max()
    for k in range(y.size):
        error[k] = np.exp(y[k] - highest) if softmax else y[k] - target[k]
        scale += error[k]
    for k in range(y.size):
        if softmax:
            loss += weight * target[k] * (np.log(scale) - (y[k] - highest))
            error[k] = weight * (error[k] / scale - target[k])
        else:
            loss += weight * error[k] * error[k] / 2
            error[k] *= weight
    return loss


@jit
def read(weights, bias, kappa, kept, spikes, y, heard, slope):
    """A step of the leaky readout y, of its filtered input `heard` (the neurons and a constant 1), and of dy/dkappa."""
    n = spikes.size
    for j in range(n):
        heard[j] = kappa[0] * heard[j] + kept[0] * spikes[j]
    heard[n] = kappa[0] * heard[n] + kept[0]
    for k in range(y.size):
        value = bias[k]
        for j in range(n):
            value += weights[k, j] * spikes[j]
        slope[k] = kappa[k] * slope[k] + (y[k] - value)
        y[k] = kappa[k] * y[k] + kept[k] * value


@jit
def decide(weights, recurrent_from, cell, shape, series, z, current, eta, theta, u, spikes, psi):
    """A step of the layer, from z (inputs, spikes before if recurrent, 1) to the spikes; returns spikes, eta and u before it."""
    n = u.size
    before, trace_before, u_before, v = spikes.copy(), eta.copy(), u.copy(), np.empty_like(u)
    if recurrent_from > 0:
        z[recurrent_from : recurrent_from + n] = before
    np.dot(weights, z, current)
    for j in range(n):
        eta[j] = cell[RHO, j] * trace_before[j] + cell[FRESH, j] * before[j]
        theta[j] = cell[BASELINE, j] + cell[BETA, j] * eta[j]
        u[j] = cell[ALPHA, j] * u_before[j] + cell[GAIN, j] * current[j] - before[j] * theta[j]
        spikes[j] = u[j] > theta[j]
        v[j] = u[j] - theta[j]
    surrogates(v, shape, series, psi)
    return before, trace_before, u_before


@jit
def observe(
    x, target, weight, softmax, weights, recurrent_from, readout, bias, feedback, kappa, kept, cell, shape, series,
    resistance, u, eta, spikes, psi, y, z, traces, own, sums, own_sums, heard, slope, readout_sums, d_kappa, count, outputs,
):  # fmt: skip
    """Follow the steps of x (steps, batch, inputs) and add up gradients; returns E.

    `traces` (3, batch, neurons, synapses) holds x, h and the trace as heard, `own` (4, batch, neurons, 4) those of the neuron's
    parameters and e; `sums` (2, neurons, synapses) and `own_sums` hold the sums of traces and the gradients. `feedback` is
    (neurons, outputs).
    """
    steps, batch, inputs = x.shape
    n, loss = u.shape[1], 0.0
    current, theta, error, e = np.empty_like(u[0]), np.empty_like(u[0]), np.empty_like(y[0]), np.empty_like(z[0])
    neuron, source = np.empty(11, cell.dtype), np.zeros((3, 4), cell.dtype)
    for t in range(steps):
        for b in range(batch):
            for i in range(inputs):
                z[b, i] = x[t, b, i]
            psi_before = psi[b].copy()
            before, trace_before, u_before = decide(
                weights, recurrent_from, cell, shape, series,
                z[b], current, eta[b], theta, u[b], spikes[b], psi[b],
            )  # fmt: skip
            read(readout, bias, kappa, kept, spikes[b], y[b], heard[b], slope[b])
            loss += judge(y[b], target[t, b], weight[t], softmax, error)
            outputs[t, b] = y[b]
            count += spikes[b]
            for k in range(error.size):
                d_kappa[k] += error[k] * slope[b, k]
                for j in range(n + 1):
                    readout_sums[k, j] += error[k] * heard[b, j]
            for j in range(n):
                signal = theta[j] - theta[j]
                for k in range(error.size):
                    signal += feedback[j, k] * error[k]
                neuron[0], neuron[1], neuron[2], neuron[3] = cell[ALPHA, j], cell[RHO, j], cell[FRESH, j], cell[BETA, j]
                neuron[4], neuron[5], neuron[6], neuron[7] = cell[GAIN, j], theta[j], before[j], psi_before[j]
                neuron[8], neuron[9], neuron[10] = psi[b, j], kappa[0], kept[0]
                trace_weights(neuron, signal, z[b], traces[0, b, j], traces[1, b, j], e, traces[2, b, j], sums[0, j], sums[1, j])
                source[0, 0], source[1, 1] = u_before[j] - resistance * current[j], trace_before[j] - before[j]
                source[2, 2], source[2, 3] = 1, eta[b, j]
                trace_cell(
                    neuron, signal, source, own[0, b, j], own[1, b, j], own[2, b, j], own[3, b, j], own_sums[0, j], own_sums[1, j]
                )
    return loss
