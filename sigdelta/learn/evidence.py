"""The evidence task: which side had more cues, asked a second later; learned by e-prop."""

import time

import numpy as np

from .. import checks
from .adam import Adam
from .checkpoints import Checkpoint
from .eprop import stored_gradients
from .losses import nll
from .srnn import SRNN
from .tasks import Outcome

DT, STEPS, CUES, CUE, SPACING, RECALL, GROUP = 1e-3, 2250, 7, 100, 150, 150, 10
ALPHA, THETA = np.exp(-1 / 20), 0.6
NETWORK = SRNN(
    40, (100,), 2, surrogate="triangular", gamma=0.3 / THETA, sigma=THETA, dt=DT, resistance=float(1 / (1 - ALPHA))
)  # fmt: skip
TRAINED = ("hidden0.input", "hidden0.recurrent", "readout.input")


def trials(rng, batch):
    """Input spikes (steps, batch, 40) and the side, 0 or 1, that had more of the 7 cues.

    Ten inputs a side fire at 40 Hz during their cues of 100 steps, ten during the last 150 steps, in which the answer counts, and
    ten at 10 Hz all the time. A cue is on the left with a probability of 0.3 or 0.7.
    """
    sides = (rng.random((batch, CUES)) < rng.choice([0.3, 0.7], (batch, 1))).astype(int)
    rates = np.zeros((STEPS, batch, 40), np.float32)
    for cue in range(CUES):
        first = SPACING - CUE + cue * SPACING
        for side in (0, 1):
            rates[first : first + CUE, sides[:, cue] == side, side * GROUP : (side + 1) * GROUP] = 40 * DT
    rates[-RECALL:, :, 2 * GROUP : 3 * GROUP] = 40 * DT
    rates[:, :, 3 * GROUP :] = 10 * DT
    return (rng.random(rates.shape, dtype=np.float32) < rates).astype(np.float32), (sides.sum(1) > CUES / 2).astype(int)


def start(seed, adaptive=True):
    """Parameters to start from: 50 LIF neurons and 50 adaptive ones of tau_adp = 2 s and beta = 1.7 / (1 - alpha), or 100 LIF."""
    rng = np.random.default_rng(seed)
    p = NETWORK.initial(seed, tau_m=20e-3, tau_adp=2.0, b0=THETA, beta=0.0, tau_out=20e-3)
    p["hidden0.beta"][50:] = adaptive * 1.7 / (1 - ALPHA)
    for name in TRAINED:
        p[name] = rng.standard_normal(p[name].shape) / np.sqrt(p[name].shape[1])
    p["readout.input"] /= 1 - ALPHA
    return p


def learn_evidence(
    seed=0, epochs=500, *, method="symmetric", adaptive=True, batch=64, rate=5e-3, error=0.07, checkpoint=None, resume=False,
    progress=None,
):  # fmt: skip
    """The evidence task: 50 LIF and 50 adaptive neurons tell which side had more cues, by e-prop and Adam.

    The neurons are those of ``SRNN``, which have no refractory period; the original ones have one of 5 steps.

    Parameters
    ----------
    seed : int
    method : {"symmetric", "random", "bptt"}
        e-prop with errors that come back through the readout's weights or through random ones, or back-propagation through time.
    adaptive : bool
        Whether half of the neurons are adaptive, or all are LIF.
    epochs, batch, rate : int, int, float
        Steps of Adam at most, trials in each, its learning rate.
    error : float
        Every 10 iterations 64 fresh trials are judged. Below this, 512 more are, and if their error is below it too, learning
        ends.
    checkpoint, resume
        As for `train`; written every 10 iterations.
    progress : callable, optional
        Called with (iteration, epochs, latest), as by `train`.

    Returns
    -------
    Outcome
        Its metrics are ``test_error`` of 512 fresh trials after learning, and the number of ``iterations``.
    """
    method = checks.choice("method", method, ("symmetric", "random", "bptt"))
    begin, rng, p = time.perf_counter(), np.random.default_rng((seed, 2)), start(seed, adaptive)
    factors = {"*": 0.0} | {name: 1.0 for name in TRAINED[:2]} | {"readout.input": float(1 / (1 - ALPHA))}
    adam, feedback = (
        Adam(p, rate, dt=DT, factors=factors),
        rng.standard_normal((100, 2)) / (1 - ALPHA) if method == "random" else None,
    )
    about = {
        "task": "evidence",
        "seed": seed,
        "method": method,
        "adaptive": adaptive,
        "batch": batch,
        "rate": rate,
        "error": error,
    }
    file, epochs = Checkpoint(checkpoint, resume, about, 10), checks.whole("epochs", epochs, 1)
    state = {"epoch": 0, "error": 1.0, "curves": {"loss": [], "error": [], "rate.hidden0": []}, "rng": rng.bit_generator.state}
    state, groups = file.begin(state, adam.groups)
    adam.restore(groups, state["epoch"])
    rng.bit_generator.state = state["rng"]
    while state["epoch"] < epochs and state["error"] >= error:
        latest = _iterate(adam, *trials(rng, batch), method, feedback)
        state["epoch"] += 1
        for name, value in latest.items():
            state["curves"][name].append(value)
        if progress:
            progress(state["epoch"], epochs, latest)
        if state["epoch"] % 10 == 0 and _error(adam.parameters, rng, 64) < error:
            state["error"] = _error(adam.parameters, rng, 512)
        file.keep(state | {"rng": rng.bit_generator.state}, adam.groups)
    x, labels = trials(np.random.default_rng((seed, 3)), 512)
    tested = np.mean(
        [
            _judge(NETWORK.run(adam.parameters, x[:, i : i + 64], dtype=np.float32), labels[i : i + 64])[1]
            for i in range(0, 512, 64)
        ]
    )
    run = NETWORK.run(adam.parameters, x[:, :1], dtype=np.float32)
    metrics = {
        "test_error": float(tested),
        "iterations": state["epoch"],
        "rate": run.rates["hidden0"],
        "seconds": time.perf_counter() - begin,
    }
    targets = np.eye(2)[np.repeat(labels[:1], STEPS)]
    return Outcome(
        "evidence", seed, metrics, state["curves"], {}, {}, run.states["hidden0"].spikes[1:, 0], run.outputs[:, 0], targets, DT
    )


def _iterate(adam, x, labels, method, feedback):
    """One step of learning; loss, share of wrong answers and rate before it."""
    run = NETWORK.run(adam.parameters, x, dtype=np.float32)
    found, wrong = _judge(run, labels)
    spikes = run.states["hidden0"].spikes[1:].mean((0, 1), dtype=np.float64)
    pull = {"hidden0": (2 * (spikes - 10 * DT) / (STEPS * labels.size)).astype(np.float32)}
    bptt = method == "bptt"
    adam.step(NETWORK.gradients(run, found, pull) if bptt else stored_gradients(run, found, pull, feedback))
    return {"loss": _loss(run, labels), "error": wrong, "rate.hidden0": run.rates["hidden0"]}


def _answers(run, labels):
    """Labels a step, which count during the recall only."""
    answers = np.full(run.outputs.shape[:2], -1)
    answers[-RECALL:] = labels
    return nll(run.outputs, answers)


def _loss(run, labels):
    return _answers(run, labels).value


def _judge(run, labels):
    """dL/d(outputs), and the share of trials in which the mean output during the recall is wrong."""
    wrong = run.outputs[-RECALL:].mean(0).argmax(1) != labels
    return _answers(run, labels).d_outputs, float(wrong.mean())


def _error(parameters, rng, n):
    """Share of n fresh trials that are answered wrongly."""
    parts = [trials(rng, 64) for _ in range(n // 64)]
    return float(np.mean([_judge(NETWORK.run(parameters, x, dtype=np.float32), labels)[1] for x, labels in parts]))
