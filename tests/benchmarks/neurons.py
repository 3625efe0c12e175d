"""Print how much slower adaptive neurons are than LIF (AdaptiveLIF must be <= 3): python tests/benchmarks/neurons.py.

One thread, medians, the same 10^6 samples and 5000 spikes; ratios within this run.
"""

import math
from dataclasses import replace

import numpy as np
from scipy.signal import lfilter
from spine import seconds

import sigdelta as sd

FS, SPIKES = 10e3, 5000


def with_spikes(make, x):
    """The neuron `make(threshold)` that fires some 5000 spikes."""
    low, high = 1e-4, 1e3
    for _ in range(40):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if len(sd.encode(x, FS, make(middle))) > SPIKES else (low, middle)
    return make(high)


def adaptive_against_lif():
    noise = np.random.default_rng(0).standard_normal(10**6)
    smooth = lfilter([1], [1, -0.99], noise)
    for name, x, options in (
        ("potential drive, smooth noise", smooth / smooth.std(), {}),
        ("current drive, noise around 1", 1 + 0.3 * noise, {"drive": "current"}),
    ):
        plain = with_spikes(lambda theta, options=options: sd.LIF(theta, **options), x)
        neurons = {
            "AdaptiveLIF": lambda theta, options=options: sd.AdaptiveLIF(theta, theta, increment=1.0, **options),
            "MultiplicativeLIF": lambda theta, options=options: replace(sd.MultiplicativeLIF(theta, 0.5), **options),
        }
        base = seconds(lambda x=x, plain=plain: sd.encode(x, FS, plain))
        for kind, make in neurons.items():
            neuron = with_spikes(make, x)
            spent, n = seconds(lambda x=x, neuron=neuron: sd.encode(x, FS, neuron)), len(sd.encode(x, FS, neuron))
            times = f"{spent * 1e3:.2f} ms, LIF {base * 1e3:.2f} ms"
            print(f"{kind}, {name}: {n} spikes, {times}, ratio {spent / base:.2f}")


if __name__ == "__main__":
    adaptive_against_lif()
