"""A training step beside PyTorch's, as a ratio within this run: python tests/benchmarks/training.py [--json].

The work: outputs of an adaptive spiking network and the gradients of a square error by all its parameters, 64 sequences of 250
steps, 128 recurrent neurons, multi-Gaussian surrogate, float32, one thread; the same weights and input on both sides, whose
gradients are compared. torch runs eagerly, as networks of such neurons are written, in an environment of its own below .peers in
the working directory (to be removed by hand). The two take turns, three times; a time is the
median of five steps, of this process's own.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from environments import run_apart, run_script, timed

STEPS, BATCH, INPUTS, HIDDEN, OUTPUTS, REPEATS, TURNS, HELD_TO = 250, 64, 40, 128, 10, 5, 3, 8
SIZES = {"dt": 1e-3, "resistance": 1.0, "surrogate": "multi-gaussian", "gamma": 0.5, "sigma": 0.5, "lobes": 0.15}


def work():
    """Parameters under which the neurons fire in 5 to 10 % of the steps, and an input of spikes at 50 Hz."""
    rng = np.random.default_rng(0)
    p = {
        "hidden0.input": rng.uniform(-1, 1, (HIDDEN, INPUTS)) * 20 / np.sqrt(INPUTS),
        "hidden0.recurrent": 0.5 * np.linalg.qr(rng.standard_normal((HIDDEN, HIDDEN)))[0],
        "hidden0.bias": np.zeros(HIDDEN),
        "hidden0.tau_m": np.full(HIDDEN, 20e-3),
        "hidden0.tau_adp": np.full(HIDDEN, 150e-3),
        "hidden0.b0": np.full(HIDDEN, 0.1),
        "hidden0.beta": np.full(HIDDEN, 1.8),
        "readout.input": rng.uniform(-1, 1, (OUTPUTS, HIDDEN)) / np.sqrt(HIDDEN),
        "readout.bias": np.zeros(OUTPUTS),
        "readout.tau_m": np.full(OUTPUTS, 20e-3),
    }
    return {name: value.astype(np.float32) for name, value in p.items()}, rng.random((STEPS, BATCH, INPUTS)) < 0.05


def run_sigdelta():
    """Seconds of a step, norms of the gradients, version, and the share of steps with a spike."""
    import sigdelta as sd

    p, x = work()
    network = sd.learn.SRNN(INPUTS, (HIDDEN,), OUTPUTS, **SIZES)

    def step():
        run = network.run(p, x, dtype=np.float32)
        return network.gradients(run, run.outputs - 1), run

    seconds, (gradients, run) = timed(step, REPEATS, time.process_time)
    return seconds, norms(gradients), sd.__version__, run.rates["hidden0"] * network.dt


def run_torch():
    """The same in torch."""
    import torch

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from autograd import torch_outputs, torch_spike

    torch.set_num_threads(1)
    arrays, x = work()
    network = SimpleNamespace(hidden=(HIDDEN,), outputs=OUTPUTS, readout="leaky", **SIZES)
    p = {name: torch.tensor(value, requires_grad=True) for name, value in arrays.items()}
    x, spike = torch.tensor(x, dtype=torch.float32), torch_spike(torch, network)

    def step():
        for each in p.values():
            each.grad = None
        (0.5 * (torch_outputs(torch, network, p, x, spike) - 1) ** 2).sum().backward()
        return {name: each.grad.numpy() for name, each in p.items()}

    seconds, gradients = timed(step, REPEATS, time.process_time)
    return seconds, norms(gradients), torch.__version__


def norms(gradients):
    return {name: float(np.linalg.norm(value)) for name, value in sorted(gradients.items())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peer", choices=["sigdelta", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        print(json.dumps({"sigdelta": run_sigdelta, "torch": run_torch}[options.peer]()))
        return
    ours, theirs, why = [], [], None
    for _ in range(TURNS):
        found, broken = run_script(sys.executable, __file__, "--peer", "sigdelta")
        if broken:
            sys.exit(broken)
        ours.append(found)
        found, why = run_apart("torch", ["torch==2.13.0", "numpy"], __file__, "--peer", "torch")
        theirs += [found] if found else []
        if why:
            break
    seconds = statistics.median(each[0] for each in ours)
    row = {"version": ours[0][2], "ms": 1e3 * seconds, "spikes_a_step": ours[0][3], "held_to": HELD_TO}
    if why is None:
        ratios = [other[0] / each[0] for each, other in zip(ours, theirs, strict=True)]
        apart = max(abs(ours[0][1][name] / norm - 1) for name, norm in theirs[0][1].items())
        row |= {"torch": theirs[0][2], "torch_ms": 1e3 * statistics.median(each[0] for each in theirs),
                "times_faster": statistics.median(ratios), "gradient_norms_differ_by": apart}  # fmt: skip
    if options.json:
        print(json.dumps(row | ({"absent": why} if why else {}), indent=1))
        return
    print(f"{BATCH} x {STEPS} steps x {HIDDEN} neurons, one thread, {100 * row['spikes_a_step']:.1f} % of the steps with a spike")
    print(f"sigdelta {row['version']}: {row['ms']:.1f} ms a step")
    if why:
        print(f"torch absent: {why}")
        return
    print(f"torch {row['torch']}, eager: {row['torch_ms']:.1f} ms a step, {row['times_faster']:.2f} x ours, must be >= {HELD_TO}")
    print(f"norms of gradients differ by {row['gradient_norms_differ_by']:.1e}")


if __name__ == "__main__":
    main()
