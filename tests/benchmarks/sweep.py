"""Print what a swept value costs, in passes of a one-pole filter: python tests/benchmarks/sweep.py [--json].

One thread, medians of five ratios within this run (in CPU seconds of the thread); 10^6 samples, 64 log-spaced values unless said.
Counts and rms are included; the largest error, which every sweep measures, is counted by itself. The signals are noise around 1
under current drive, smooth noise under potential drive.
"""

import json
import math
import statistics
import sys
import time

import numpy as np
from scipy.signal import lfilter

import sigdelta as sd
from sigdelta.kernels.tables import LARGEST, WIDTH
from sigdelta.mapped import pieces
from sigdelta.sweeps.lanes import Lanes, group

N, FS = 10**6, 10e3
NOISE = np.random.default_rng(0).standard_normal(N)
CURRENT = 1 + 0.3 * NOISE
SMOOTH = lfilter([1], [1, -0.99], NOISE)
SMOOTH /= SMOOTH.std()
FAR = 1e3  # beyond any membrane here
LOADED = {"drive": "current"}
TEXTBOOK = {"drive": "current", "firing": "full", "bipolar": False}


def spent(call):
    begin = time.thread_time()
    call()
    return time.thread_time() - begin


def sweep(x, neurons, largest=True):
    groups, rest = group(neurons, FS)
    assert not rest
    rows = []
    for places in groups:
        lanes, done = Lanes([neurons[i] for i in places], FS), 0
        if not largest:  # no error is larger than this, so none is found
            lanes._lanes[LARGEST : LARGEST + WIDTH] = FAR
        for piece in pieces(x):
            done += piece.size
            lanes.push(piece, final=done == x.size)
        rows += lanes.rows()
    return rows


def with_density(x, make, density):
    """The neurons make(size) that fire `density` spikes a sample on average."""
    low, high = 1e-4, 1e4
    for _ in range(25):
        size = math.sqrt(low * high)
        rows = sweep(x[:100_000], make(size))
        counts = [1e5 if row is None else row[0] for row in rows]
        low, high = (size, high) if np.mean(counts) > density * 1e5 else (low, size)
    return make(high)


def thresholds(count, **options):
    return lambda size: [sd.LIF(theta, **options) for theta in size * np.geomspace(0.5, 2, count)]


def axis(kind, name, values, **options):
    return lambda size: [kind(size, **{name: value}, **options) for value in values]


def betas(**options):
    return lambda size: [sd.AdaptiveLIF(size, beta=size * b, increment=1.0, **options) for b in np.geomspace(0.01, 3, 64)]


REFRACTORY, TAUS = np.geomspace(1e-4, 1e-2, 64), np.geomspace(5e-3, 0.2, 64)
CASES = (
    ("thresholds, current", CURRENT, thresholds(64, **LOADED), 0.002, 0.04),
    ("16 thresholds, current", CURRENT, thresholds(16, **LOADED), 0.002, 0.06),
    ("thresholds, current", CURRENT, thresholds(64, **LOADED), 0.015, 0.08),
    ("thresholds, current", CURRENT, thresholds(64, **LOADED), 0.00005, 0.02),
    ("thresholds, default neuron", SMOOTH, thresholds(64), 0.002, 0.08),
    ("t_ref, textbook neuron", CURRENT, axis(sd.LIF, "t_ref", REFRACTORY, **TEXTBOOK), 0.008, 0.06),
    ("t_ref, default neuron", SMOOTH, axis(sd.LIF, "t_ref", REFRACTORY), 0.008, 0.06),
    ("tau_m, current", CURRENT, axis(sd.LIF, "tau_m", TAUS, **LOADED), 0.005, 0.08),
    ("tau_m, default neuron", SMOOTH, axis(sd.LIF, "tau_m", TAUS), 0.005, 0.08),
    ("beta, current", CURRENT, betas(**LOADED), 0.004, 0.20),
    ("beta, potential", SMOOTH, betas(), 0.004, 0.20),
)


def measure(x, make, density):
    share = -math.expm1(-1 / (FS * 20e-3))
    neurons = with_density(x, make, density)
    ratios = []
    for _ in range(5):
        unit = spent(lambda: lfilter([0, share], [1, share - 1], x))
        took = spent(lambda: sweep(x, neurons, largest=False)), spent(lambda: sweep(x, neurons))
        ratios.append([each / unit / len(neurons) for each in took])
    without, whole = (statistics.median(each) for each in zip(*ratios, strict=True))
    rows = sweep(x, neurons)
    done = [row[0] for row in rows if row is not None]
    return {
        "spikes_per_sample": float(np.mean(done)) / N,
        "passes": without,
        "with_largest_error": whole,
        "left_to_plain": len(rows) - len(done),
    }


def main():
    table = []
    for name, x, make, density, limit in CASES:
        row = {"what": name, "limit": limit, **measure(x, make, density)}
        table.append(row)
        if "--json" not in sys.argv:
            more = row["with_largest_error"] / row["passes"] - 1
            print(f"{name:28s} {row['spikes_per_sample']:8.4%} spikes a sample: {row['passes']:.4f} passes a value (must be <= "
                  f"{limit}), with the largest error {row['with_largest_error']:.4f}, {more:+.0%} (must be <= 30 %), "
                  f"{row['left_to_plain']} left to the plain path", flush=True)  # fmt: skip
    if "--json" in sys.argv:
        print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
