"""Slow and obvious: spike times of neurons that see a continuous signal, a sum of sinusoids, and what follows from them.

The free potential is the textbook response of a low-pass to sinusoids; pulses are summed one by one; each spike time is the zero
of a function, bracketed on a fine grid and found by Brent's method. Nothing here knows how spikes are decoded.
"""

import math

import numpy as np
from scipy.optimize import brentq

import sigdelta as sd


class Sinusoids:
    """mean + sum of amplitudes[i] cos(2 pi frequencies[i] t + phases[i])."""

    def __init__(self, mean, amplitudes, frequencies, phases):
        self.mean, self.omega = mean, 2 * math.pi * np.asarray(frequencies)
        self.phasors = np.asarray(amplitudes) * np.exp(1j * np.asarray(phases))

    @classmethod
    def random(cls, seed, bandwidth, modulation, duration, mean=1.0, n=16):
        """A signal up to `bandwidth` (included) that departs from its mean by `modulation` at most, over `duration`."""
        rng = np.random.default_rng(seed)
        frequencies = np.append(rng.uniform(0.02, 1, n - 1), 1.0) * bandwidth
        new = cls(0.0, rng.standard_normal(n), frequencies, rng.uniform(0, 2 * np.pi, n))
        new.phasors *= modulation / np.abs(new(np.arange(0, duration, 0.02 / bandwidth))).max()
        new.mean = mean
        return new

    def __call__(self, t):
        return self.mean + np.real(np.exp(1j * np.multiply.outer(t, self.omega)) @ self.phasors)

    def steady(self, t, tau):
        """The low-passed signal after a long time (tau = inf: the integral)."""
        if tau == math.inf:
            return self.mean * t + np.real(np.exp(1j * np.multiply.outer(t, self.omega)) @ (self.phasors / (1j * self.omega)))
        response = self.phasors / (1 + 1j * self.omega * tau)
        return self.mean + np.real(np.exp(1j * np.multiply.outer(t, self.omega)) @ response)


def rested(signal, tau, t, since):
    """The low-passed signal at t, where the filter was empty at `since`."""
    left = signal.steady(since, tau)
    return signal.steady(t, tau) - (left if tau == math.inf else left * np.exp(-(t - since) / tau))


def first_zero(function, start, stop, step):
    """First t in (start, stop] where `function` comes to 0 from below, looked for at distances `step`."""
    while start < stop:
        grid = np.linspace(start, min(start + 16 * step, stop), 17)
        value = function(grid)
        rising = np.flatnonzero((value[1:] >= 0) & (value[:-1] < 0))
        if rising.size:
            i = rising[0]
            return brentq(function, grid[i], grid[i + 1], xtol=1e-16, rtol=8.9e-16)
        start = grid[-1]
    return math.inf


def fire(signal, neuron, stop, step):
    """The train of a neuron of the integrate-and-fire family, with moving thresholds and all refractory rules."""
    taus = np.array([tau for _, tau in neuron.kernel])
    weights = np.array([weight for weight, _ in neuron.kernel])
    adapting = getattr(neuron, "threshold_kernel", ())
    sigmas, amounts = np.array([s for _, s in adapting]), np.array([amount for amount, _ in adapting])
    multiplicative = getattr(neuron, "multiplicative", hasattr(neuron, "m_f"))
    share = 0.5 if neuron.firing == "half" else 1.0
    pulses, rises, now, empty = np.zeros(taus.size), np.zeros(sigmas.size), 0.0, 0.0
    clamp, spikes, release = neuron.refractory == "clamp", [], -math.inf

    def decayed(parts, rates, t):
        return np.exp(-(np.asarray(t)[..., None] - now) / rates) @ parts

    def membrane(t):
        if neuron.drive == "potential":
            return signal(t) - decayed(pulses, taus, t)
        free = rested(signal, neuron.tau_m, t, empty)
        return free if clamp else free - decayed(pulses, taus, t)

    def theta(t):
        return neuron.threshold + decayed(rises, sigmas, t)

    def at(t, sign, late):
        nonlocal pulses, rises, now, release, empty
        before = float(theta(t))
        height = neuron.threshold if getattr(neuron, "height", "threshold") == "fixed" else before
        pulses, rises = pulses * np.exp(-(t - now) / taus), rises * np.exp(-(t - now) / sigmas) if sigmas.size else rises
        pulses, rises, now = pulses + sign * height * weights, rises + amounts * (before if multiplicative else 1.0), t
        empty = t + neuron.t_ref if clamp else empty
        release = t + neuron.t_ref if neuron.t_ref > 0 else -math.inf
        spikes.append((t, sign * height, late))

    while neuron.drive == "potential" and now == 0 and abs(membrane(0.0)) >= share * theta(0.0):
        at(0.0, math.copysign(1.0, membrane(0.0)), False)
    while True:
        start = now
        if release > -math.inf:
            start, u = release, membrane(release) if release < stop else 0.0
            if start >= stop:
                break
            if abs(u) > share * theta(start) and (u > 0 or neuron.bipolar):
                at(start, math.copysign(1.0, u), True)
                continue
        # after a spike the membrane may rest on the opposite level: a step of rounding beyond it is inside
        start += 1e-9 * step
        outward = np.abs if neuron.bipolar else np.positive
        t = first_zero(lambda t: outward(membrane(t)) - share * theta(t), start, stop, step)  # noqa: B023
        if t >= stop:
            break
        at(t, math.copysign(1.0, membrane(t)), False)
    times, heights, saturated = map(np.array, zip(*spikes, strict=True))
    return sd.SpikeTrain(times, heights, 0.0, stop, neuron.kernel, saturated.astype(bool))


def flip(signal, neuron, stop, step):
    """The train of an asynchronous sigma-delta modulator."""
    tau, leaky = neuron.tau_m, neuron.leaky
    z = math.copysign(neuron.bias, signal(0.0))
    times, heights, now, heard = [0.0], [z], 0.0, 0.0
    u = 0.0

    def membrane(t):
        if leaky:
            free = signal(t) if neuron.drive == "potential" else rested(signal, tau, t, 0.0)
            return free - (z + (heard - z) * np.exp(-(t - now) / tau))
        return u + (rested(signal, math.inf, t, now) - z * (t - now)) / tau

    while True:
        side = -math.copysign(1.0, z)
        t = first_zero(lambda t: side * membrane(t) - neuron.level, now, stop, step)  # noqa: B023
        if t >= stop:
            return sd.SpikeTrain(times, heights, 0.0, stop, neuron.kernel)
        heard, u = z + (heard - z) * math.exp(-(t - now) / tau), side * neuron.level
        now, z = t, side * neuron.bias
        times.append(t)
        heights.append(2 * z)


def interior_snr(x, x_hat, fs, bandwidth):
    """SNR in dB away from the ends, by 20 / (2 bandwidth)."""
    n = math.ceil(10 / bandwidth * fs)
    return sd.snr_db(x[..., n:-n], x_hat[..., n:-n])
