"""Print how the cost of a sweep grows with its size, and what more threads gain: python tests/benchmarks/scaling.py [--json].

Cost is counted in passes of a one-pole filter over as many samples, a swept value, in CPU seconds on one thread; medians of five
ratios within this run. The signal is noise around 1 under current drive, thresholds span a factor of four. With more threads the
seconds are those on the clock, over those of one thread in turn with it, and the results are identical.
"""

import json
import math
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.signal import lfilter

import sigdelta as sd

FS, TIMES = 10e3, 5
USUAL = 0.002
LIF, NOISY = sd.LIF(drive="current"), sd.NoisyLIF(drive="current")
SAMPLES, THRESHOLDS = (10**4, 10**5, 10**6, 10**7), (1, 4, 16, 64, 256)
DENSITIES = (0.00005, 0.0005, 0.002, 0.015, 0.05)


def noise(n):
    return 1 + 0.3 * np.random.default_rng(0).standard_normal(n)


def thresholds(neuron, count, density):
    """Thresholds at which the neuron fires `density` spikes a sample on average."""
    x, factors, low, high = noise(10**5), np.geomspace(0.5, 2, count) if count > 1 else np.ones(1), 1e-4, 1e4
    for _ in range(25):
        middle = math.sqrt(low * high)
        fired = sweep(x, neuron, middle * factors).n_spikes.mean() if middle > 2e-3 else math.inf
        low, high = (middle, high) if fired > density * x.size else (low, middle)
    return high * factors


def sweep(x, neuron, values, threads=1):
    with ThreadPoolExecutor(threads) as pool:
        return sd.sweep(x, FS, neuron, threshold=values, executor=pool)


def spent(call, clock):
    begin = clock()
    call()
    return clock() - begin


def cost(n, count, density):
    """A row: spikes a sample, and passes a value."""
    x, values, share = noise(n), thresholds(LIF, count, density), -math.expm1(-1 / (FS * LIF.tau_m))
    reached = float(sweep(x, LIF, values).n_spikes.mean()) / n
    ratios = []
    repeats = max(1, 10**6 // n)
    for _ in range(TIMES):
        unit = spent(lambda: [lfilter([0, share], [1, share - 1], x) for _ in range(repeats)], time.process_time) / repeats
        ratios.append(spent(lambda: sweep(x, LIF, values), time.process_time) / unit / count)
    return {"samples": n, "thresholds": count, "spikes_per_sample": reached, "passes": statistics.median(ratios)}


def speed_up(neuron, threads):
    """A row: how many times as fast a sweep of 64 thresholds and 10^6 samples is with so many threads."""
    x, values = noise(10**6), thresholds(neuron, 64, USUAL)
    one, many = sweep(x, neuron, values), sweep(x, neuron, values, threads)
    assert many.identical(one), "the result depends on the number of threads"
    ratios = [
        spent(lambda: sweep(x, neuron, values), time.perf_counter)
        / spent(lambda: sweep(x, neuron, values, threads), time.perf_counter)
        for _ in range(TIMES)
    ]
    return {"neuron": type(neuron).__name__, "threads": threads, "times_as_fast": statistics.median(ratios)}


def main():
    shown = "--json" not in sys.argv
    sizes = [(n, 16, USUAL) for n in SAMPLES] + [(10**6, count, USUAL) for count in THRESHOLDS]
    costs = []
    for n, count, density in sizes + [(10**6, 64, density) for density in DENSITIES]:
        costs.append(cost(n, count, density))
        if shown:
            print("{samples:9d} samples, {thresholds:3d} thresholds, {spikes_per_sample:8.4%} spikes a sample: "
                  "{passes:.3f} passes a value".format(**costs[-1]), flush=True)  # fmt: skip
    gains = []
    for neuron in (LIF, NOISY):
        for threads in sorted({2, os.cpu_count()}):
            gains.append(speed_up(neuron, threads))
            if shown:
                print("{neuron}: {threads} threads are {times_as_fast:.2f} times as fast as one".format(**gains[-1]), flush=True)
    if not shown:
        print(json.dumps({"cost": costs, "threads": gains}, indent=1))


if __name__ == "__main__":
    main()
