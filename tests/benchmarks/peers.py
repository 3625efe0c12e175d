"""The same work done by other simulators, as ratios within this run: python tests/benchmarks/peers.py [--json].

The work: one noisy current, held over steps of 0.1 ms, drives textbook neurons with one threshold each; every peer counts their
spikes on one thread. Peers are installed into environments of their own below .peers in the working directory (to be removed by
hand), and those that cannot be installed or run are reported as absent. Building a model and compiling it are not counted: so
they are compared with the simulation alone, and beside it with a whole call of `sd.sweep`, which also checks and hashes the
signal and builds a data set.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

import numpy as np
from environments import SINGLE, run_apart, timed

STEPS, DT, TAU, REPEATS = 1_000_000, 1e-4, 20e-3, 5
THRESHOLDS = np.geomspace(0.7, 1.0, 64)
HELD_TO = {"NEST iaf_psc_delta_ps": 100, "Brian2 C++ standalone": 50}


def current():
    """Noise around 1, never negative."""
    return np.maximum(1 + 0.3 * np.random.default_rng(0).standard_normal(STEPS), 0.0)


def run_alone(x):
    """Counts and exact errors of the same neurons, without what `sd.sweep` does before and after."""
    import sigdelta as sd
    from sigdelta.sweeps.cells import measure

    neurons = [sd.LIF(theta, tau_m=TAU, drive="current", firing="full", bipolar=False) for theta in THRESHOLDS]
    seconds, rows = timed(lambda: measure(x, 1 / DT, neurons, sd.psp), REPEATS)
    return seconds, np.array([row[0] for row in rows]), sd.__version__


def run_sigdelta(x):
    """Counts and exact rms errors of the sweep."""
    from concurrent.futures import ThreadPoolExecutor

    import sigdelta as sd

    neuron = sd.LIF(tau_m=TAU, drive="current", firing="full", bipolar=False)
    with ThreadPoolExecutor(1) as pool:
        seconds, result = timed(lambda: sd.sweep(x, 1 / DT, neuron, executor=pool, threshold=THRESHOLDS), REPEATS)
    return seconds, result.n_spikes.values, sd.__version__


def run_lfilter(x):
    """One filter pass, the unit of the sweep's figures."""
    import scipy
    from scipy.signal import lfilter

    share = -np.expm1(-DT / TAU)
    seconds, _ = timed(lambda: lfilter([0, share], [1, share - 1], x), REPEATS)
    return seconds * THRESHOLDS.size, np.zeros(THRESHOLDS.size), scipy.__version__


def run_nest(x):
    """Precise neurons: spike times off the grid, reset to 0, refractory for a step (NEST wants one)."""
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    spent = []
    for _ in range(REPEATS):
        nest.ResetKernel()
        nest.set(resolution=DT * 1e3, print_time=False, local_num_threads=1)
        generator = nest.Create("step_current_generator")
        generator.set(amplitude_times=DT * 1e3 * np.arange(1, STEPS + 1), amplitude_values=x, allow_offgrid_times=True)
        fixed = {"tau_m": TAU * 1e3, "C_m": TAU * 1e3, "t_ref": DT * 1e3, "E_L": 0.0, "V_m": 0.0, "V_reset": 0.0}
        neurons = nest.Create("iaf_psc_delta_ps", THRESHOLDS.size, params=fixed | {"V_th": THRESHOLDS.tolist()})
        recorder = nest.Create("spike_recorder")
        nest.Connect(generator, neurons)
        nest.Connect(neurons, recorder)
        nest.Prepare()
        begin = time.perf_counter()
        nest.Run(DT * 1e3 * STEPS)
        spent.append(time.perf_counter() - begin)
        nest.Cleanup()
    counts = np.bincount(np.asarray(recorder.events["senders"]) - neurons.tolist()[0], minlength=THRESHOLDS.size)
    return statistics.median(spent), counts, nest.__version__


def run_brian2(x):
    """Grid-bound neurons in C++ standalone mode; the device's own run time."""
    import brian2 as b2

    b2.set_device("cpp_standalone", build_on_run=False, directory=tempfile.mkdtemp())
    b2.prefs.devices.cpp_standalone.openmp_threads = 0
    b2.defaultclock.dt = DT * b2.second
    drive = b2.TimedArray(x, dt=DT * b2.second)
    group = b2.NeuronGroup(
        THRESHOLDS.size, "dv/dt = (drive(t) - v) / tau : 1\ntheta : 1", threshold="v > theta", reset="v -= theta", method="exact",
        namespace={"drive": drive, "tau": TAU * b2.second},
    )  # fmt: skip
    group.theta = THRESHOLDS
    monitor = b2.SpikeMonitor(group, record=False)
    b2.run(STEPS * DT * b2.second)
    b2.device.build(directory=b2.device.project_dir, run=False, with_output=False)
    spent = []
    for _ in range(REPEATS):
        b2.device.run(b2.device.project_dir, with_output=False, run_args=[])
        spent.append(b2.device._last_run_time)
    return statistics.median(spent), np.asarray(monitor.count), b2.__version__


def run_snntorch(x):
    """Grid-bound neurons of deep learning, a step at a time; timed on the first hundredth of the steps."""
    import snntorch
    import torch

    torch.set_num_threads(1)
    share = -np.expm1(-DT / TAU)
    layer = snntorch.Leaky(beta=1 - share, threshold=torch.tensor(THRESHOLDS), reset_mechanism="subtract")
    drive = torch.tensor(share * x[: STEPS // 100])

    def once():
        membrane, counts = torch.zeros(THRESHOLDS.size, dtype=torch.float64), torch.zeros(THRESHOLDS.size)
        with torch.no_grad():
            for value in drive:
                spikes, membrane = layer(value.expand(THRESHOLDS.size), membrane)
                counts += spikes
        return counts.numpy()

    seconds, counts = timed(once, 1)
    return 100 * seconds, 100 * counts, snntorch.__version__


PEERS = {
    "NEST iaf_psc_delta_ps": (run_nest, ["nest-simulator"]),
    "Brian2 C++ standalone": (run_brian2, ["brian2", "numpy<2.4"]),
    "snntorch, CPU": (run_snntorch, ["torch==2.13.0", "numpy", "snntorch"]),
}


def peer(name):
    """Seconds, counts and version of a peer, run in its own environment; None, and why, where it is absent."""
    return run_apart(name.split()[0].strip(",").lower(), PEERS[name][1], __file__, "--peer", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    x = current()
    if options.peer:
        seconds, counts, version = PEERS[options.peer][0](x)
        print(json.dumps([seconds, counts.tolist(), version]))
        return
    os.environ.update(SINGLE)
    seconds, counts, version = run_alone(x)
    rows = [{"name": "sigdelta, the simulation", "version": version, "seconds": seconds, "spikes": int(counts.sum())}]
    whole, counts, version = run_sigdelta(x)
    rows.append({"name": "sigdelta, sd.sweep", "version": version, "seconds": whole, "spikes": int(counts.sum())})
    unit, _, version = run_lfilter(x)
    rows.append({"name": "scipy lfilter, a pass a neuron", "version": version, "seconds": unit})
    for name in PEERS:
        found, why = peer(name)
        if found is None:
            rows.append({"name": name, "absent": why})
            continue
        rows.append({"name": name, "version": found[2], "seconds": found[0], "spikes": int(sum(found[1])),
                     "held_to": HELD_TO.get(name)})  # fmt: skip
    for row in rows:
        if "seconds" in row:
            row |= {"times_slower": row["seconds"] / seconds, "times_slower_than_sweep": row["seconds"] / whole}
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{THRESHOLDS.size} neurons, {STEPS} steps of {DT * 1e3:g} ms, one thread, median of {REPEATS}")
    for row in rows:
        if "absent" in row:
            print(f"{row['name']:<32} absent: {row['absent']}")
            continue
        told = f", must be >= {row['held_to']}" if row.get("held_to") else ""
        spikes = f", {row['spikes']} spikes" if "spikes" in row else ""
        each = 1e9 * row["seconds"] / STEPS / THRESHOLDS.size
        print(f"{row['name']:<32} {row['version']:<8} {row['seconds']:9.4f} s  {each:8.3f} ns a neuron and step  "
              f"{row['times_slower']:8.1f} x the simulation{told}, "
              f"{row['times_slower_than_sweep']:.1f} x sd.sweep{spikes}")  # fmt: skip


if __name__ == "__main__":
    main()
