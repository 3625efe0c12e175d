"""SpikeProp: networks in which every neuron fires once, and learns when."""

from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

import numpy as np

from .. import checks
from ..kernels.spikeprop import fire, fire_back
from .checkpoints import Checkpoint
from .tasks import Outcome


class Firing(NamedTuple):
    """Spike times in s of every layer, inputs first, each (patterns, neurons), inf where silent; the potentials' slopes there."""

    weights: list
    times: list
    slopes: list

    @property
    def outputs(self):
        """Spike times of the last layer."""
        return self.times[-1]


@dataclass(frozen=True)
class SpikeProp:
    """Layers of neurons that code by the time of a single spike, solved for exactly, and the exact gradients of these times.

    Every connection is a bundle of synapses, each with a delay and a weight w. A spike that arrives adds
    w (exp(-s / tau_m) - exp(-2 s / tau_m)) to the potential, s after its arrival, and a neuron fires once, when its potential
    first reaches the threshold.

    A neuron that never reaches it is silent: its spike time is inf, nobody hears it, and it has no gradient, because a small
    change of its weights leaves it silent. `fit` says what it does about that.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of each layer, inputs first.
    delays : tuple of float
        Of the synapses of every connection, in s.
    tau_m : float
        In s; the rise has the time constant tau_m / 2, which makes spike times roots of a quadratic.
    threshold : float

    Raises
    ------
    ValueError, TypeError
        A value out of range.

    References
    ----------
    S. M. Bohte, J. N. Kok, H. La Poutre, "Error-backpropagation in temporally encoded networks of spiking neurons",
    Neurocomputing 48, 17 (2002).

    Examples
    --------
    >>> network = SpikeProp(sizes=(2, 1), delays=(0.0,))
    >>> firing = network.run([np.full((1, 2, 1), 3.0)], [[0.0, 1e-3]])
    >>> firing.outputs.round(6)
    array([[0.001565]])
    """

    sizes: tuple
    delays: tuple = tuple(k * 1e-3 for k in range(1, 17))
    tau_m: float = 4e-3
    threshold: float = 1.0

    def __post_init__(self):
        sizes = tuple(checks.whole("sizes", size, 1) for size in self.sizes)
        if len(sizes) < 2:
            raise ValueError(f"sizes must name at least an input and an output layer, not {sizes}")
        delays = tuple(checks.number("delays", delay, open_low=False) for delay in self.delays)
        if not delays:
            raise ValueError("delays is empty: a connection needs at least one")
        values = {"tau_m": checks.number("tau_m", self.tau_m), "threshold": checks.number("threshold", self.threshold)}
        for name, value in (values | {"sizes": sizes, "delays": delays}).items():
            object.__setattr__(self, name, value)

    def initial(self, seed, *, mean=0.75, spread=1.8):
        """Weights to start from, a list of (neurons, inputs, delays): uniform within mean (1 ± spread) threshold / inputs."""
        rng, weights = np.random.default_rng(seed), []
        for before, n in zip(self.sizes, self.sizes[1:], strict=False):
            share = rng.uniform(1 - spread, 1 + spread, (n, before, len(self.delays)))
            weights.append(share * mean * self.threshold / before)
        return weights

    def run(self, weights, times):
        """Spike times of all neurons for input spikes at `times`, (patterns, inputs), in s, inf where an input is silent."""
        shapes = [(n, before, len(self.delays)) for before, n in zip(self.sizes, self.sizes[1:], strict=False)]
        weights = [checks.real_array("weights", w, (3,)) for w in weights]
        if [w.shape for w in weights] != shapes:
            raise ValueError(f"weights must have the shapes (neurons, inputs, delays) {shapes}, not {[w.shape for w in weights]}")
        times = np.ascontiguousarray(times, dtype=np.float64)
        if times.ndim != 2 or times.shape[1] != self.sizes[0] or not len(times):
            raise ValueError(f"times must have the shape (patterns, {self.sizes[0]}), not {times.shape}")
        if not (times > -np.inf).all():
            raise ValueError("times must be numbers, or inf where an input is silent")
        found, slopes, delays = [times], [np.zeros_like(times)], np.array(self.delays)
        for w in weights:
            after, slope = np.empty((len(times), len(w))), np.empty((len(times), len(w)))
            fire(found[-1], delays, w.reshape(len(w), -1), self.tau_m, self.threshold, after, slope)
            found.append(after)
            slopes.append(slope)
        return Firing(weights, found, slopes)

    def gradients(self, firing, d_outputs, *, least_slope=0.0):
        """Derivatives of a loss by the weights, from those by the output spike times.

        Parameters
        ----------
        firing : Firing
        d_outputs : array_like, shape (patterns, outputs)
            In 1/s; must be 0 where an output is silent.
        least_slope : float
            In thresholds per tau_m. A potential that grazes the threshold gives a gradient without bound; slopes below this are
            taken as this. With 0 the gradients are exact, and a grazing potential is refused.

        Returns
        -------
        list of ndarray
            Of the shapes of the weights.
        """
        least = checks.number("least_slope", least_slope, open_low=False) * self.threshold / self.tau_m
        bar = np.array(d_outputs, dtype=np.float64, order="C")
        if bar.shape != firing.outputs.shape:
            raise ValueError(f"d_outputs must have the shape of the outputs, {firing.outputs.shape}, not {bar.shape}")
        if not (np.isfinite(bar) & ((bar == 0) | np.isfinite(firing.outputs))).all():
            raise ValueError("d_outputs must be finite, and 0 where an output is silent: a spike that is not there has no time")
        grads, delays = [], np.array(self.delays)
        layers = zip(firing.weights, firing.times[:-1], firing.times[1:], firing.slopes[1:], strict=True)
        for w, before, after, slope in reversed(list(layers)):
            slope = np.maximum(slope, least)
            if ((bar != 0) & ~(slope > 0)).any():
                raise ValueError("a potential grazes the threshold, so its spike time has no derivative: give a least_slope")
            into, grad = np.zeros_like(before), np.zeros((len(w), w[0].size))
            fire_back(before, delays, w.reshape(len(w), -1), self.tau_m, after, slope, bar, into, grad)
            grads.append(grad.reshape(w.shape))
            bar = into
        return grads[::-1]


class Lesson(NamedTuple):
    """Weights of the best cycle, each cycle's sum of squared errors in ms^2, whether it went below the goal."""

    weights: list
    errors: list
    converged: bool


def fit(
    network, weights, times, targets, *, rate=0.01, cycles=300, goal=0.0, least_slope=1.0, revive=0.02, late=40e-3,
    checkpoint=None, resume=False, progress=None,
):  # fmt: skip
    """Learn output spike times, by gradient descent on half the sum of squared errors over all patterns, in ms^2.

    A silent neuron has no gradient. So an output that is silent counts in the errors as a spike at `late`, and each of its
    weights grows by `revive` (in thresholds, shared by the inputs) for every pattern in which it is silent; those of a hidden
    neuron only if it is silent in all of them, because silence in some may be part of the code.

    Parameters
    ----------
    network : SpikeProp
    weights : list of ndarray
        To start from, as from ``network.initial``.
    times, targets : array_like, shapes (patterns, inputs) and (patterns, outputs)
        Spike times in s; `times` may be inf.
    rate : float
        Learning rate, for times in ms.
    cycles : int
        Steps at most.
    goal : float
        Sum of squared errors, in ms^2, below which to stop.
    least_slope : float
        As in ``network.gradients``; must be above 0.
    revive, late : float
    checkpoint, resume
        As for `train`; written every 10 cycles.
    progress : callable, optional
        Called with (cycle, cycles, latest), as by `train`.

    Returns
    -------
    Lesson
    """
    least_slope, cycles = checks.number("least_slope", least_slope), checks.whole("cycles", cycles)
    targets, weights = checks.real_array("targets", targets, (2,)), [np.array(w, dtype=np.float64) for w in weights]
    about = {"network": repr(network), "rate": rate, "least_slope": least_slope, "revive": revive, "late": late}
    about["start_and_data"] = crc32(b"".join(np.asarray(each, np.float64).tobytes() for each in (times, targets, *weights)))
    file = Checkpoint(checkpoint, resume, about, 10)
    state, groups = file.begin({"errors": [], "best": np.inf}, {"weights": _named(weights), "best": _named(weights)})
    errors, best, (weights, kept) = state["errors"], state["best"], (list(each.values()) for each in groups.values())
    for cycle in range(len(errors), cycles + 1):
        firing = network.run(weights, times)
        if firing.outputs.shape != targets.shape:
            raise ValueError(f"targets must have the shape (patterns, outputs) = {firing.outputs.shape}, not {targets.shape}")
        silent = [np.isinf(t) for t in firing.times[1:]]
        gap = np.where(silent[-1], late, firing.outputs) - targets
        errors.append(float((gap**2).sum() * 1e6))
        if progress:
            progress(cycle, cycles, {"sse": errors[-1]})
        if errors[-1] < best:
            best, kept = errors[-1], weights
        if errors[-1] < goal or cycle == cycles:
            break
        grads = network.gradients(firing, np.where(silent[-1], 0.0, gap), least_slope=least_slope)
        quiet = [each.all(0) for each in silent[:-1]] + [silent[-1].sum(0)]
        push = [revive * network.threshold / before * each for before, each in zip(network.sizes, quiet, strict=False)]
        weights = [w - rate * 1e6 * g + p[:, None, None] for w, g, p in zip(weights, grads, push, strict=True)]
        state = {"epoch": cycle + 1, "errors": errors, "best": best}
        file.keep(state, {"weights": _named(weights), "best": _named(kept)})
    return Lesson(kept, errors, best < goal)


def _named(weights):
    return {f"layer{i}": w for i, w in enumerate(weights)}


def spike_outcome(task, seed, metrics, lesson, firing, targets, dt=1e-4):
    """The outcome of a task of spike times: hidden spikes, outputs and `targets` (outputs,) of one pattern as rasters."""
    steps = int(max(t[np.isfinite(t)].max(initial=0.0) for t in [*firing.times[1:], targets]) / dt) + 2
    rasters = [
        (np.arange(steps)[:, None] == np.floor(t / dt)).astype(float) for t in (firing.times[-2][0], firing.outputs[0], targets)
    ]
    return Outcome(task, seed, metrics, {"sse": lesson.errors}, {}, {}, *rasters, dt)
