"""The code task: codes of a noise whose strength swings, learned, audited, and measured on noise that was not."""

import time

import numpy as np

from .. import checks
from ..encoding import code
from .checkpoints import Checkpoint
from .codes import FS, at_rate, code_quality, learn_code, modulated_noise, search_code, tuned
from .coupled import learn_population, population_at_rate, population_quality, search_population
from .tasks import Outcome

RATE = 30.0
NEURONS, POPULATIONS = {"adaptive": True, "lif": False}, {"uncoupled": False, "coupled": True}


def learn_modulated_noise(seed=0, epochs=150, *, population=1, checkpoint=None, resume=False, progress=None):
    """The code task: noise whose strength swings by 40 dB, coded at 30 Hz by an adaptive and a LIF neuron, both learned.

    With a `population` of 2 or more also by so many LIF neurons, uncoupled and inhibiting each other, that fire at 30 Hz
    together. Each is audited by a direct search, and measured at the same rate on noise that neither has seen. The checkpoint
    keeps the codes that are done.
    """
    population = checks.whole("population", population, 1)
    x, unseen = (modulated_noise(16.0, 40.0, seed=2 * seed + 1 + i) for i in range(2))
    kept = Checkpoint(checkpoint, resume, {"task": "code", "seed": seed, "epochs": epochs, "population": population})
    state, _ = kept.begin({"epoch": 0, "metrics": {"seconds": 0.0}, "curves": {}}, {})
    metrics, curves = state["metrics"], state["curves"]
    for done, name in enumerate([*NEURONS, *(POPULATIONS if population > 1 else ())]):
        if done < state["epoch"]:
            continue
        begin = time.perf_counter()
        found, curves[f"{name}.snr_db"] = (
            _learn_alone(x, unseen, name, epochs, progress)
            if name in NEURONS
            else _learn_together(x, unseen, name, population, epochs, progress)
        )
        metrics |= {f"{name}.{key}": float(value) for key, value in found.items()}
        metrics["seconds"] += time.perf_counter() - begin
        kept.keep({"epoch": done + 1, "metrics": metrics, "curves": curves}, {})
    metrics["test_gain_db"] = metrics["adaptive.test_snr_db"] - metrics["lif.test_snr_db"]
    if population > 1:
        metrics["coupled_gain_db"] = metrics["coupled.test_snr_db"] - metrics["uncoupled.test_snr_db"]
    before, after = ({f"adaptive.{tau}": np.array([value]) for tau, value in taus.items()} for taus in (
        {"tau_m": 20e-3, "tau_adp": 50e-3}, {tau: metrics[f"adaptive.{tau}"] for tau in ("tau_m", "tau_adp")}))  # fmt: skip
    fields = [{key: metrics[f"{name}.{key}"] for key in ("threshold", "beta", "tau_m", "tau_adp")} for name in NEURONS]
    codes = [code(unseen, FS, at_rate(unseen, FS, tuned(**each), RATE), clocked=True) for each in fields]
    shown = slice(4000, 8000)
    spikes = np.stack([np.histogram(each.spikes.times, np.arange(x.size + 1) / FS)[0] for each in codes], 1)
    outputs, targets = np.stack([each.psp for each in codes], 1), np.stack([unseen, unseen], 1)
    return Outcome("code", seed, metrics, curves, before, after, spikes[shown], outputs[shown], targets[shown], 1 / FS)


def _learn_alone(x, unseen, name, epochs, progress):
    """What one neuron comes to, and its curve."""
    learned = learn_code(x, FS, RATE, adaptive=NEURONS[name], epochs=epochs, progress=progress)
    searched = search_code(x, FS, RATE, adaptive=NEURONS[name])
    found = {"snr_db": learned.snr_db, "searched_snr_db": searched.snr_db}
    found["test_snr_db"] = code_quality(unseen, FS, at_rate(unseen, FS, learned.neuron, RATE))[0]
    found |= {field: getattr(learned.neuron, field) for field in ("threshold", "beta", "tau_m", "tau_adp")}
    return found, learned.curve


def _learn_together(x, unseen, name, n, epochs, progress):
    """What n neurons come to, and their curve."""
    learned = learn_population(x, FS, RATE, n, coupled=POPULATIONS[name], epochs=epochs, progress=progress)
    searched = search_population(x, FS, RATE, n, coupled=POPULATIONS[name])
    thresholds = population_at_rate(unseen, FS, learned.thresholds, learned.inhibition, learned.tau_m, RATE)
    found = {"snr_db": learned.snr_db, "searched_snr_db": searched.snr_db}
    found["test_snr_db"] = population_quality(unseen, FS, thresholds, *learned[1:3])[0]
    found |= {f"threshold{i}": value for i, value in enumerate(learned.thresholds)}
    found |= {f"inhibition{i}{j}": learned.inhibition[i, j] for i in range(n) for j in range(n) if i != j}
    return found | {"tau_m": learned.tau_m}, learned.curve
