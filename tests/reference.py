"""Slow and obvious: the neuron's differential equation, integrated numerically, and pulses summed one by one.

Nothing here knows a closed form of the membrane; sigdelta is not imported.
"""

import math

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

POINTS = 400


def flow(x, fs, k, neuron):
    """dz/dt in sample k, and the membrane as a function of (time since sample k, z)."""
    if neuron.drive == "current":
        slope = (lambda t, z: x[k] + 0 * z) if neuron.tau_m == math.inf else (lambda t, z: (x[k] - z) / neuron.tau_m)
        return slope, lambda t, z: z
    rise = (x[k + 1] - x[k]) * fs if k + 1 < len(x) else 0.0
    decay = (lambda t, z: 0 * z) if neuron.tau_m == math.inf else (lambda t, z: -z / neuron.tau_m)
    return decay, lambda t, z: x[k] + rise * t - z


def integrate(x, fs, neuron):
    """Spikes (time, height) and the membrane at the samples, before the spikes of that instant.

    z is the membrane (current drive), or the sum of pulses that the spikes left (potential drive).
    """
    level = neuron.threshold * (0.5 if neuron.firing == "half" else 1.0)
    sign_of_pulse = -1.0 if neuron.drive == "current" else 1.0
    signs = (1.0, -1.0) if neuron.bipolar else (1.0,)
    spikes, trace, z, release = [], [], 0.0, -math.inf

    def beyond(u, touching):
        return next((s for s in signs if s * u > level or (touching and s * u == level)), 0.0)

    def fire(time, s):
        nonlocal z, release
        spikes.append((time, s * neuron.threshold))
        z += sign_of_pulse * s * neuron.threshold
        release = time + neuron.t_ref if neuron.t_ref > 0 else -math.inf

    for k in range(len(x)):
        slope, membrane = flow(x, fs, k, neuron)
        t, end = 0.0, 1 / fs
        trace.append(membrane(0.0, z))
        while k == 0 and release == -math.inf and (s := beyond(membrane(0.0, z), touching=True)):
            fire(0.0, s)
        while t < end:
            waiting = release > -math.inf
            stop = min(end, release - k / fs) if waiting else end
            if waiting and neuron.refractory == "clamp":
                z, t = 0.0, stop
            elif stop > t:
                course = solve_ivp(slope, (t, stop), [z], method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True).sol
                grid = np.linspace(t, stop, POINTS)
                u = membrane(grid, course(grid)[0])
                hits = [(i, s) for s in signs for i in np.flatnonzero((s * u[1:] >= level) & (s * u[:-1] < level))]
                if hits and not waiting:
                    i, s = min(hits)
                    at = brentq(lambda w, s=s: s * membrane(w, course(w)[0]) - level, grid[i], grid[i + 1], xtol=1e-16)  # noqa: B023
                    t, z = at, course(at)[0]
                    fire(k / fs + at, s)
                    continue
                t, z = stop, course(stop)[0]
            if waiting and release < (k + 1) / fs:
                time, release = release, -math.inf
                if s := beyond(membrane(t, z), touching=neuron.firing == "full"):
                    fire(time, s)
    return np.array(spikes).reshape(-1, 2), np.array(trace)


def pulses(times, heights, tau, at):
    """Sum of heights[i] exp(-(t - times[i]) / tau) at every time in `at`, one pulse at a time."""
    total = np.zeros(len(at))
    for time, height in zip(times, heights, strict=True):
        later = at >= time
        total[later] += height * np.exp(-(at[later] - time) / tau)
    return total


def adaptive(x, alpha, rho, b0, beta, signs=(1.0,)):
    """The recursion of the clocked adaptive neuron, letter by letter: u, theta, S for every step."""
    u = s = eta = 0.0
    rows = []
    for value in x:
        eta = rho * eta + (1 - rho) * abs(s)
        theta = b0 + beta * eta
        u = alpha * u + (1 - alpha) * value - s * theta
        s = next((sign for sign in signs if sign * u > theta), 0.0)
        rows.append((u, theta, s))
    return np.array(rows).T


def integrate_response(x, fs, neuron, filter_tau, multiplicative=False):
    """As `integrate`, for a pulse and a threshold that are sums of exponentials: state (potential, pulses, threshold parts)."""
    share = 0.5 if neuron.firing == "half" else 1.0
    weights, taus = map(np.array, zip(*neuron.kernel, strict=True))
    amounts, sigmas = map(np.array, zip(*neuron.threshold_kernel, strict=True)) if neuron.threshold_kernel else (np.zeros(0),) * 2
    n, signs, spikes, release = taus.size, (1.0, -1.0) if neuron.bipolar else (1.0,), [], -math.inf
    rates = 1 / np.concatenate([taus, sigmas])
    z = np.zeros(1 + n + sigmas.size)
    z[0] = 0.0 if neuron.drive == "current" else x[0]

    def beyond(state, sign):
        theta = neuron.threshold + state[1 + n :].sum(axis=0)
        return sign * (state[0] - state[1 : 1 + n].sum(axis=0)) - share * theta

    def fire(time, sign):
        nonlocal release
        theta = neuron.threshold + z[1 + n :].sum()
        height = neuron.threshold if neuron.height == "fixed" else theta
        spikes.append((time, sign * height))
        z[1 : 1 + n] += sign * height * weights
        z[1 + n :] += amounts * (theta if multiplicative else 1.0)
        release = time + neuron.t_ref if neuron.t_ref > 0 else -math.inf

    for k in range(len(x)):
        t, end = 0.0, 1 / fs
        rise = (x[k + 1] - x[k]) * fs if k + 1 < len(x) else 0.0

        def slope(t, state, k=k, rise=rise):
            first = (x[k] - state[0]) / filter_tau if neuron.drive == "current" else rise
            return np.concatenate([[first], -rates * state[1:]])

        while k == 0 and release == -math.inf and (sign := next((s for s in signs if beyond(z, s) >= 0), 0.0)):
            fire(0.0, sign)
        while t < end:
            waiting = release > -math.inf
            stop = min(end, release - k / fs) if waiting else end
            if stop > t:
                course = solve_ivp(slope, (t, stop), z, method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True).sol
                grid = np.linspace(t, stop, POINTS)
                out = {sign: beyond(course(grid), sign) for sign in signs}
                hits = [(i, s) for s in signs for i in np.flatnonzero((out[s][1:] >= 0) & (out[s][:-1] < 0))]
                if hits and not waiting:
                    i, sign = min(hits)
                    t = brentq(lambda w, s=sign: beyond(course(w), s), grid[i], grid[i + 1], xtol=1e-16)  # noqa: B023
                    z = course(t)
                    fire(k / fs + t, sign)
                    continue
                t, z = stop, course(stop)
                if waiting and neuron.refractory == "clamp":
                    z[1] += z[0] - z[1 : 1 + n].sum()
            if waiting and release < (k + 1) / fs:
                time, release = release, -math.inf
                if sign := next((s for s in signs if beyond(z, s) > 0), 0.0):
                    fire(time, sign)
    return np.array(spikes).reshape(-1, 2)
