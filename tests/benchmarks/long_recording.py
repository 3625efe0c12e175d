"""Sweep 10^8 samples in a file and 10^6, 16 thresholds each: python tests/benchmarks/long_recording.py [N].

The peak memory of the long one must stay below 500 MB, its time a sample within 20 % of the short one's. One process each; the
time is that of `sweep` on one thread, with the kernels warm, the file mapped and its pages in the cache. The peak is VmHWM of
Linux: unlike ru_maxrss it does not begin with that of the process that started this one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

FS, PIECE = 10e3, 10**6
SCRIPT = """
import re, sys, time
from concurrent.futures import ThreadPoolExecutor
import numpy as np, sigdelta as sd
thresholds = np.geomspace(0.5, 5.0, 16)
with ThreadPoolExecutor(1) as pool:
    sd.sweep(np.sin(np.arange(10_000) / 50), 10e3, sd.LIF(), executor=pool, threshold=thresholds)
    x = sd.load(sys.argv[1], fs=10e3).x
    spent = []
    for _ in range(int(sys.argv[2])):
        begin = time.perf_counter()
        result = sd.sweep(x, 10e3, sd.LIF(), executor=pool, threshold=thresholds)
        spent.append(time.perf_counter() - begin)
peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
print(sorted(spent)[len(spent) // 2], peak, int(result.n_spikes.sum()))
"""


def write_noise(path, n):
    """Slow noise of unit variance, n samples of float64."""
    from scipy.signal import lfilter

    rng, state = np.random.default_rng(0), np.zeros(1)
    x = np.lib.format.open_memmap(path, "w+", np.float64, (n,))
    for first in range(0, n, PIECE):
        noise = rng.standard_normal(min(PIECE, n - first)) * np.sqrt(1 - 0.9999**2)
        x[first : first + PIECE], state = lfilter([1], [1, -0.9999], noise, zi=state)
    x.flush()


def measured(n, times):
    """Seconds, peak memory in MB and spikes of a sweep over n samples."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.npy"
        write_noise(path, n)
        done = subprocess.run([sys.executable, "-c", SCRIPT, path, str(times)], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main():
    n, per_sample = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**8, {}
    for size, times in ((10**6, 5), (n, 1)):
        seconds, memory, spikes = measured(size, times)
        per_sample[size] = seconds / size / 16 * 1e9
        share = 100 * spikes / 16 / size
        print(f"{size:.0e} samples, 16 thresholds, {share:.2f} % spikes a sample: {seconds:.2f} s, "
              f"{per_sample[size]:.3f} ns a sample and threshold, peak {memory:.0f} MB")  # fmt: skip
    print(f"time a sample, {n:.0e} against 1e+06: {per_sample[n] / per_sample[10**6]:.2f} (must be <= 1.2; peak < 500 MB)")


if __name__ == "__main__":
    main()
