"""The code task: codes of a noise whose strength swings, learned, audited, and measured on noise that was not."""

import time

import numpy as np

from .. import checks
from ..encoding import code
from .codes import FS, at_rate, code_quality, learn_code, modulated_noise, search_code
from .coupled import learn_population, population_at_rate, population_quality, search_population
from .tasks import Outcome

RATE = 30.0


def learn_modulated_noise(seed=0, epochs=150, *, population=1, checkpoint=None, resume=False, progress=None):
    """The code task: noise whose strength swings by 40 dB, coded at 30 Hz by an adaptive and a LIF neuron, both learned.

    With a `population` of 2 or more also by so many LIF neurons, uncoupled and inhibiting each other, that fire at 30 Hz
    together. Each is audited by a direct search, and measured at the same rate on noise that neither has seen.
    """
    if resume:
        raise ValueError("resume must be False: the code task takes seconds and keeps no checkpoint, so it cannot be resumed")
    population = checks.whole("population", population, 1)
    x, unseen = (modulated_noise(16.0, 40.0, seed=2 * seed + 1 + i) for i in range(2))
    begin, metrics, curves, codes = time.perf_counter(), {}, {}, []
    for name, adaptive in (("adaptive", True), ("lif", False)):
        learned = learn_code(x, FS, RATE, adaptive=adaptive, epochs=epochs, progress=progress)
        searched = search_code(x, FS, RATE, adaptive=adaptive)
        codes.append(code(unseen, FS, at_rate(unseen, FS, learned.neuron, RATE), clocked=True))
        metrics |= {f"{name}.snr_db": learned.snr_db, f"{name}.searched_snr_db": searched.snr_db}
        metrics[f"{name}.test_snr_db"] = code_quality(unseen, FS, codes[-1].neuron)[0]
        metrics |= {f"{name}.{field}": getattr(learned.neuron, field) for field in ("threshold", "beta", "tau_m", "tau_adp")}
        curves[f"{name}.snr_db"] = learned.curve
    metrics["test_gain_db"] = metrics["adaptive.test_snr_db"] - metrics["lif.test_snr_db"]
    if population > 1:
        _learn_together(x, unseen, population, epochs, progress, metrics, curves)
    metrics["seconds"] = time.perf_counter() - begin
    before, after = ({f"adaptive.{tau}": np.array([value]) for tau, value in taus.items()} for taus in (
        {"tau_m": 20e-3, "tau_adp": 50e-3}, {tau: metrics[f"adaptive.{tau}"] for tau in ("tau_m", "tau_adp")}))  # fmt: skip
    shown = slice(4000, 8000)
    spikes = np.stack([np.histogram(each.spikes.times, np.arange(x.size + 1) / FS)[0] for each in codes], 1)
    outputs, targets = np.stack([each.psp for each in codes], 1), np.stack([unseen, unseen], 1)
    return Outcome("code", seed, metrics, curves, before, after, spikes[shown], outputs[shown], targets[shown], 1 / FS)


def _learn_together(x, unseen, n, epochs, progress, metrics, curves):
    """Add what n neurons do, uncoupled and coupled, to metrics and curves."""
    for name, coupled in (("uncoupled", False), ("coupled", True)):
        learned = learn_population(x, FS, RATE, n, coupled=coupled, epochs=epochs, progress=progress)
        searched = search_population(x, FS, RATE, n, coupled=coupled)
        thresholds = population_at_rate(unseen, FS, learned.thresholds, learned.inhibition, learned.tau_m, RATE)
        metrics |= {f"{name}.snr_db": learned.snr_db, f"{name}.searched_snr_db": searched.snr_db}
        metrics[f"{name}.test_snr_db"] = population_quality(unseen, FS, thresholds, *learned[1:3])[0]
        metrics |= {f"{name}.threshold{i}": float(value) for i, value in enumerate(learned.thresholds)}
        metrics |= {f"{name}.inhibition{i}{j}": float(learned.inhibition[i, j]) for i in range(n) for j in range(n) if i != j}
        metrics[f"{name}.tau_m"] = learned.tau_m
        curves[f"{name}.snr_db"] = learned.curve
    metrics["coupled_gain_db"] = metrics["coupled.test_snr_db"] - metrics["uncoupled.test_snr_db"]
