"""Print the speeds that the project promises, as ratios within this run: python tests/benchmarks/spine.py.

One thread, medians; whole processes are timed from outside. Start-up figures mean something only for an installed wheel (pip
compiles it); for an editable install they are upper limits.
"""

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

import sigdelta as sd

COMMAND = str(Path(sys.executable).with_name("sigdelta"))


def seconds(call, times=11):
    call()
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent)


def process(args, env=None, times=5):
    return seconds(lambda: subprocess.run(args, check=True, capture_output=True, env=env), times)


def encode_against_filter():
    n, fs = 10**6, 10e3
    noise = np.random.default_rng(0).standard_normal(n)
    smooth = lfilter([1], [1, -0.99], noise)
    share = -math.expm1(-1 / (fs * 20e-3))
    for name, x, neuron in (
        ("default neuron, smooth noise", smooth / smooth.std(), sd.LIF()),
        ("current, half, bipolar", 1 + 0.3 * noise, sd.LIF(drive="current")),
        ("textbook neuron", 1 + 0.3 * noise, sd.LIF(drive="current", firing="full", bipolar=False)),
    ):
        low, high = 1e-3, 1e3
        for _ in range(40):
            middle = math.sqrt(low * high)
            dense = len(sd.encode(x, fs, replace(neuron, threshold=middle))) > 0.005 * n
            low, high = (middle, high) if dense else (low, middle)
        neuron = replace(neuron, threshold=high)
        exact = seconds(lambda x=x, neuron=neuron: sd.encode(x, fs, neuron))
        single = seconds(lambda x=x: lfilter([0, share], [1, share - 1], x))
        spikes = len(sd.encode(x, fs, neuron))
        print(f"encode 10^6 samples, {name}: {spikes} spikes, {exact * 1e3:.2f} ms, lfilter {single * 1e3:.2f} ms, "
              f"ratio {exact / single:.3f} (must be <= 0.5)")  # fmt: skip


def start_up():
    bare = [COMMAND, "sweep", "--threshold"]
    print(f"sigdelta --help, warm: {process([COMMAND, '--help']):.3f} s (must be <= 0.2)")
    imports = process([sys.executable, "-c", "import numba, xarray, click"])
    warm = process(bare)
    print(f"bare sweep, warm: {warm:.2f} s (must be <= 2), {warm / imports:.2f} x imports of {imports:.2f} s (must be <= 2.5)")
    cache = tempfile.mkdtemp()
    try:
        begin = time.perf_counter()
        done = subprocess.run(bare, check=True, capture_output=True, text=True, env=os.environ | {"NUMBA_CACHE_DIR": cache})
        spent = time.perf_counter() - begin
    finally:
        shutil.rmtree(cache)
    said = sum("compiling" in line for line in done.stderr.splitlines())
    print(f"bare sweep, empty kernel cache: {spent:.2f} s (must be <= 12), lines about compiling: {said} (must be 1)")


if __name__ == "__main__":
    encode_against_filter()
    start_up()
