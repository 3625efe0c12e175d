"""Print how recovery depends on the density of spikes: python tests/benchmarks/density.py [trials].

The experiment of K. Adam, A. Scholefield, M. Vetterli, "Sampling and reconstruction of bandlimited signals with multi-channel
time encoding", IEEE Trans. Signal Process. 68, 1105 (2020): x = sum of a[n] sinc at n pi / Omega over 20 s, a[n] uniform in
(0, 1), unit rms. A channel fires where the integral of x + b has grown by 2 (kappa = delta = 1), b = max |x| + 1; the second one
starts half a step ahead. The reference decoder, dense and slow, is the signal of least norm that has the measured integrals
between spikes; its error is ||x_hat - x|| / (0.9 N) over the middle 90 % of N samples at 10 kHz (measured here on fewer samples,
and scaled). Where the density suffices, decode_bandlimited must agree with it, away from the ends.
"""

import math
import sys

import numpy as np
from scipy.special import sici

import sigdelta as sd

STEP, DURATION, N = 2.0, 20.0, 200_000


class Signal:
    """A sum of sinc functions at its nodes, with unit rms; band limit `omega` in rad/s."""

    def __init__(self, omega, seed, duration):
        self.omega, self.nodes = omega, np.arange(0, duration + 1e-9, math.pi / omega)
        self.a = np.random.default_rng(seed).uniform(0, 1, self.nodes.size)
        t = np.arange(0, duration, 0.05 / omega)
        self.a /= np.sqrt(np.mean(self(t) ** 2))
        self.bias = np.abs(self(t)).max() + 1

    def __call__(self, t):
        return np.sinc(self.omega / math.pi * (t[:, None] - self.nodes)) @ self.a

    def integral(self, t):
        return (sici(self.omega * (t[:, None] - self.nodes))[0] + sici(self.omega * self.nodes)[0]) @ self.a / self.omega


def encode(signal, ahead, duration):
    """Times at which the integral of x + b comes to STEP - ahead, 2 STEP - ahead, ..., by Newton's iteration."""
    grid = np.linspace(0, duration, round(duration * 1000))
    grown = signal.integral(grid) + signal.bias * grid
    goal = np.arange(STEP - ahead, grown[-1], STEP)
    t = np.interp(goal, grown, grid)
    for _ in range(4):
        t -= (signal.integral(t) + signal.bias * t - goal) / (signal(t) + signal.bias)
    return t


def least_norm(trains, signal, t):
    """The band-limited signal of least norm with the integrals that the trains tell, at the times t."""
    begin, end = (np.concatenate(column) for column in zip(*((times[:-1], times[1:]) for times in trains), strict=True))
    values = STEP - signal.bias * (end - begin)

    def double(p, r):
        u = signal.omega * (p[:, None] - r)
        return (u * sici(u)[0] + np.cos(u)) / (signal.omega * math.pi)

    gram = double(end, begin) - double(end, end) - double(begin, begin) + double(begin, end)
    c = np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ values
    return (sici(signal.omega * (t[:, None] - begin))[0] - sici(signal.omega * (t[:, None] - end))[0]) @ c / math.pi


def trial(omega, channels, seed):
    """Error of the least-norm decoder in the units of the paper, and equations over unknowns."""
    signal = Signal(omega, seed, DURATION)
    trains = [encode(signal, STEP * m / channels, DURATION) for m in range(channels)]
    t = np.linspace(0.05 * DURATION, 0.95 * DURATION, 4000)
    rms = np.sqrt(np.mean((least_norm(trains, signal, t) - signal(t)) ** 2))
    density = sum(times.size - 1 for times in trains) / DURATION / (omega / math.pi)
    return rms / math.sqrt(0.9 * N), density, sum(map(len, trains)) / channels / DURATION


def agreement(omega, channels, seed, duration=60.0):
    """decode_bandlimited against the least norm decoder and against the signal, in dB, 20 Nyquist intervals from the ends."""
    signal, bandwidth, fs = Signal(omega, seed, duration), omega / (2 * math.pi), 20.0
    times = [encode(signal, STEP * m / channels, duration) for m in range(channels)]
    neuron = sd.LIF(STEP, math.inf, drive="current", firing="full", bipolar=False)
    # a train that does not start at 0 has an unknown membrane at its start, as that of an integrator that is ahead
    start = 1 / fs
    trains = [sd.SpikeTrain(each, np.full(each.size, STEP), 0.0, duration, neuron.kernel)[start:] for each in times]
    x_hat = sd.decode_bandlimited(trains, fs, neuron, bandwidth, joint=True, edges="keep") - signal.bias
    t = start + np.arange(x_hat.size) / fs
    inner = (t > 10 / bandwidth) & (t < duration - 10 / bandwidth)
    x, least = signal(t[inner]), least_norm(times, signal, t[inner])
    return sd.snr_db(least, x_hat[inner]), sd.snr_db(x, x_hat[inner]), sd.snr_db(x, least)


def main(trials):
    cases = ((2.0, 1, 0.0, "2.1e-4 +- 20 %"), (4.0, 2, 0.0, "2.0e-4 +- 20 %"), (1.1, 1, 1.5, "<= 1e-8"))
    for omega, channels, least, required in cases:
        errors, densities, _ = np.array([trial(omega * math.pi, channels, seed) for seed in range(trials)]).T
        chosen = densities >= least
        what = f"Omega = {omega:g} pi, {channels} channel(s), {chosen.sum()} trials, density from {densities[chosen].min():.2f}"
        mean, largest = errors[chosen].mean(), errors[chosen].max()
        print(f"{what}: mean error {mean:.2e} (must be {required}), largest {largest:.1e}", flush=True)
    for omega in (2.0, 4.0, 6.0, 8.0):
        rows = []
        for channels in range(1, 9):
            errors, _, rates = np.array([trial(omega * math.pi, channels, seed) for seed in range(max(trials // 20, 2))]).T
            rows.append(np.median(errors) * math.sqrt(0.9 * N))
            if rows[-1] < 0.1:
                break
        print(f"Omega = {omega:g} pi: {channels} channels bring the rms error below 10 %, "
              f"Omega / pi over the mean rate is {omega / rates.mean():.2f} (must be within one)", flush=True)  # fmt: skip
    for omega, channels in ((1.2, 1), (2.0, 2), (3.0, 3)):
        between, mine, least = agreement(omega * math.pi, channels, 0)
        print(f"Omega = {omega:g} pi, {channels} channel(s), 60 s: decode_bandlimited against least norm {between:.0f} dB, "
              f"against x {mine:.0f} dB; least norm against x {least:.0f} dB", flush=True)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
