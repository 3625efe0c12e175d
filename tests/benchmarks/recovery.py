"""Print what band-limited recovery costs, and how exact it is: python tests/benchmarks/recovery.py.

An ideal integrator codes a continuous signal, a sum of sinusoids, at twice the Nyquist rate; its spike times come from Newton's
iteration on the integral. Required: 10^6 spikes in 5 s on one core at 120 dB or more, and a slope of at most 1.05 of log time
over log spikes. Times are those of the processor, so that other processes do not count; best of three.
"""

import math
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import sigdelta as sd

BANDWIDTH, MODULATION, FS = 1.0, 0.5, 4.0


def code(n, seed=0):
    """The first n spikes of an integrator, and the signal at any times."""
    rng = np.random.default_rng(seed)
    frequencies = np.append(rng.uniform(0.02, 1, 19), 1.0) * BANDWIDTH
    phases, amplitudes = rng.uniform(0, 2 * np.pi, 20), rng.standard_normal(20)
    waves = list(zip(amplitudes * MODULATION / np.abs(amplitudes).sum(), frequencies, phases, strict=True))
    threshold = (1 - MODULATION) / (2 * BANDWIDTH)

    def signal(t):
        return 1 + sum(a * np.cos(2 * np.pi * f * t + p) for a, f, p in waves)

    def integral(t):
        return t + sum(a / (2 * np.pi * f) * (np.sin(2 * np.pi * f * t + p) - math.sin(p)) for a, f, p in waves)

    goal = threshold * np.arange(1, n + 1)
    t = goal.copy()
    for _ in range(30):
        t -= (integral(t) - goal) / signal(t)
    neuron = sd.LIF(threshold, math.inf, drive="current", firing="full", bipolar=False)
    return sd.SpikeTrain(t, np.full(n, threshold), 0.0, np.nextafter(t[-1], math.inf), neuron.kernel), neuron, signal


def main():
    spent = {}
    for n in (10**4, 10**5, 10**6):
        spikes, neuron, signal = code(n)
        times = []
        for _ in range(3):
            begin = time.process_time()
            x_hat = sd.decode_bandlimited(spikes, FS, neuron, BANDWIDTH, edges="keep")
            times.append(time.process_time() - begin)
        spent[n], edge = min(times), math.ceil(10 / BANDWIDTH * FS)
        x = signal(np.arange(x_hat.size) / FS)
        snr, margins = sd.snr_db(x[edge:-edge], x_hat[edge:-edge]), sd.recoverable(spikes, BANDWIDTH)
        print(
            f"{n} spikes, margins {margins.interval_margin:.2f} and {margins.rate_margin:.2f}: {spent[n]:.3f} s, "
            f"{spent[n] / n * 1e6:.2f} us a spike, {snr:.1f} dB (must be >= 120)"
        )
    print(f"10^6 spikes: {spent[10**6]:.2f} s (must be <= 5)")
    print(f"slope of log time from 10^4 to 10^6 spikes: {math.log10(spent[10**6] / spent[10**4]) / 2:.3f} (must be <= 1.05)")


if __name__ == "__main__":
    main()
