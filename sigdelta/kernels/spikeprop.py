"""Layers of neurons that fire once, at exactly solved times, and the gradients of these times.

A neuron hears the spike of input i over several delays d, each with a weight w of its own, as the potential

    u(t) = sum of w eps(t - t_i - d),  eps(s) = exp(-s / tau) - exp(-2 s / tau) for s > 0,

and fires where u first reaches the threshold. Between arrivals, with z = exp(-s / tau) and s the time since the last one, u is
a z - b z^2. So the crossing is a root of a quadratic, z = (a + w) / 2 b with w^2 = a^2 - 4 b threshold, where u rises with the
slope z w / tau; the rise needs b > 0, and its summit z = a / 2 b to lie ahead. If w = 0, u grazes the threshold: it counts as
reached, but the time has no derivative. A spike time moves with a weight by -eps / slope, with an input spike by (weight) eps' /
slope.

Times are (patterns, neurons), inf where a neuron is silent. Weights are (neurons, inputs * delays), the delays of an input in a
row.
"""

from math import exp, inf, log, sqrt

import numpy as np

from .jit import jit


@jit
def first_crossing(arrivals, fades, order, weights, tau, threshold):
    """(time, slope) at which a neuron first reaches the threshold from below, or (inf, 0).

    `order` sorts `arrivals`; `fades` are exp(-wait / tau) between one and the next, 0 after the last.
    """
    a, b, fade, floor = 0.0, 0.0, 0.0, 4.0 * threshold
    for e in range(fades.size):
        a, b = a * fade, b * fade * fade
        if a - b >= threshold:
            return arrivals[order[e]], (2.0 * b - a) / tau
        a, b, fade = a + weights[order[e]], b + weights[order[e]], fades[e]
        square = a * a - floor * b
        if b > 0.0 and 0.0 < a < 2.0 * b and square >= 0.0:
            width = sqrt(square)
            z = (a + width) / (2.0 * b)
            if z >= fade:
                return arrivals[order[e]] - tau * log(z), z * width / tau
    return inf, 0.0


@jit
def fire(times, delays, weights, tau, threshold, out, slopes):
    """Spike times of a layer, and the slopes of the potentials there, for every pattern."""
    inputs, many = times.shape[1], delays.size
    arrivals = np.empty(inputs * many)
    for p in range(times.shape[0]):
        for i in range(inputs):
            for k in range(many):
                arrivals[i * many + k] = times[p, i] + delays[k]
        order, heard = np.argsort(arrivals), 0
        while heard < order.size and arrivals[order[heard]] < inf:
            heard += 1
        fades = np.zeros(heard)
        for e in range(heard - 1):
            fades[e] = exp((arrivals[order[e]] - arrivals[order[e + 1]]) / tau)
        for j in range(out.shape[1]):
            out[p, j], slopes[p, j] = first_crossing(arrivals, fades, order, weights[j], tau, threshold)


@jit
def fire_back(times, delays, weights, tau, out, slopes, d_out, d_times, d_weights):
    """The adjoint of `fire`: d_out, dE/d(spike times), is carried to d_times and d_weights, which are added to."""
    for p in range(times.shape[0]):
        for j in range(out.shape[1]):
            if out[p, j] == inf or d_out[p, j] == 0.0:
                continue
            pull = d_out[p, j] / slopes[p, j]
            for i in range(times.shape[1]):
                for k in range(delays.size):
                    s = out[p, j] - (times[p, i] + delays[k])
                    if s > 0.0:
                        z, column = exp(-s / tau), i * delays.size + k
                        d_weights[j, column] -= pull * (z - z * z)
                        d_times[p, i] += pull * weights[j, column] * (2.0 * z * z - z) / tau
