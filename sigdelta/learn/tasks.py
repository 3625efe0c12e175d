"""What every task does: learn, measure before and after, and keep what there is to see."""

import json
import time
from typing import NamedTuple

import numpy as np

from .training import evaluate, train


class Outcome(NamedTuple):
    """What came out of a task: numbers by name, and arrays to draw.

    ``curves`` hold a value an epoch; ``before`` and ``after`` time constants in s; ``spikes`` (steps, neurons), ``outputs`` and
    ``targets`` (steps, outputs) are those of one test sequence, after learning; ``dt`` is the time step in s.
    """

    task: str
    seed: int
    metrics: dict
    curves: dict
    before: dict
    after: dict
    spikes: np.ndarray
    outputs: np.ndarray
    targets: np.ndarray
    dt: float


def learn(task, network, parameters, loss, data, settings, **options):
    """Train on the first of three `Data`, choose the epoch by the second, measure on the third.

    Parameters
    ----------
    task : str
        Its name.
    network, parameters, loss, settings, options
        As for `train`.
    data : tuple of Data
        Training, validation, test.

    Returns
    -------
    Outcome
    """
    training, validation, test = data
    begin, used = time.perf_counter(), time.process_time()
    learned = train(network, parameters, loss, training, validation, settings, **options)
    spent = {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - used}
    seen = evaluate(network, learned.parameters, loss, test)
    run = network.run(learned.parameters, test.x[:, :1], dtype=np.float32)
    metrics = {f"test_{name}": value for name, value in seen.items()} | {"best_epoch": learned.epoch} | spent
    outputs, taus = run.outputs[:, 0], (_taus(parameters), _taus(learned.parameters))
    spikes, targets = run.states["hidden0"].spikes[1:, 0], _one_hot(test.take([0]).targets, outputs.shape)
    return Outcome(task, settings.seed, metrics, learned.curves, *taus, spikes, outputs, targets, network.dt)


def _taus(parameters):
    return {name: np.asarray(value) for name, value in parameters.items() if ".tau" in name}


def _one_hot(targets, shape):
    """Targets of one sequence as outputs of the network's: 1 for the class of a step."""
    if targets.ndim == 3:
        return targets[:, 0]
    labels = np.broadcast_to(targets if targets.ndim == 1 else targets[:, 0], shape[:1])
    return (labels[:, None] == np.arange(shape[1])).astype(float)


def outcome_json(outcome, command):
    """What came out of a task as JSON: task, seed, metrics, curves, time constants in s, the `command` that makes it."""
    taus = {when: {name: value.tolist() for name, value in getattr(outcome, when).items()} for when in ("before", "after")}
    kept = {"task": outcome.task, "seed": outcome.seed, "command": command, "metrics": outcome.metrics, "curves": outcome.curves}
    return json.dumps(kept | taus, indent=1) + "\n"
