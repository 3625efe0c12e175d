"""Training: batches, epochs, validation, checkpoints."""

from dataclasses import asdict, dataclass, field
from math import inf, isfinite
from typing import NamedTuple

import numpy as np

from .. import checks
from .adam import Adam
from .checkpoints import Checkpoint
from .losses import spike_budget


class Data(NamedTuple):
    """Inputs (steps, sequences, inputs), and targets: labels (steps, sequences) or (sequences,), or values (..., outputs)."""

    x: np.ndarray
    targets: np.ndarray

    def take(self, which):
        """Some of the sequences."""
        return Data(self.x[:, which], self.targets[which] if self.targets.ndim == 1 else self.targets[:, which])

    def split(self, share, seed):
        """Two parts, the second of this share of the sequences, drawn at random."""
        n = self.x.shape[1]
        order = np.random.default_rng(seed).permutation(n)
        first = n - max(1, round(share * n))
        return self.take(np.sort(order[:first])), self.take(np.sort(order[first:]))


@dataclass(frozen=True)
class Settings:
    """How to train.

    Parameters
    ----------
    epochs, batch : int
        At most so many passes over the data; sequences in a batch.
    rate : float
        Adam's learning rate; that of time constants is in time steps.
    factors : dict of str to float
        By which the rate of groups of parameters is multiplied, as for `Adam`: {"hidden*.tau_*": 3.0}; 0 holds a group fixed.
    halve_every : int
        Epochs after which the rate is halved again and again; 0: never.
    clip : float
        Largest norm of all gradients together.
    budget, strength : float
        Firing rate in Hz above which neurons are punished, as by `spike_budget`, and how much.
    patience : int
        Epochs without a better validation after which training stops; 0: never.
    seed : int
        Of the order of the sequences.

    Examples
    --------
    >>> Settings(epochs=3).rate
    0.01
    """

    epochs: int = 100
    batch: int = 64
    rate: float = 1e-2
    factors: dict = field(default_factory=dict)
    halve_every: int = 0
    clip: float = inf
    budget: float = inf
    strength: float = 0.0
    patience: int = 0
    seed: int = 0

    def __post_init__(self):
        for name, low in (("epochs", 1), ("batch", 1), ("halve_every", 0), ("patience", 0), ("seed", 0)):
            checks.whole(name, getattr(self, name), low)
        checks.number("rate", self.rate)
        checks.number("clip", self.clip, finite=False)
        checks.number("budget", self.budget, finite=False)
        checks.number("strength", self.strength, open_low=False)
        for name, factor in self.factors.items():
            checks.number(f"factors[{name!r}]", factor, open_low=False)


class Learned(NamedTuple):
    """Parameters of the best validation, the epoch it was in, and `curves`: a value an epoch of each of several quantities."""

    parameters: dict
    epoch: int
    curves: dict


def train(
    network, parameters, loss, data, validation, settings, *, checkpoint=None, resume=False, progress=None, dtype=np.float32
):
    """Train a network by back-propagation through time and Adam.

    Parameters
    ----------
    network : SRNN
    parameters : dict of str to ndarray
        To start from, as from ``network.initial``.
    loss : callable
        loss(outputs, targets) gives a `Loss`, as `nll`, `cross_entropy` and `mse` do.
    data, validation : Data
        What is learned, and what the best epoch is chosen by: most hits, or least loss where nothing is counted.
    settings : Settings
    checkpoint : str or path, optional
        An .npz file, written after every epoch.
    resume : bool
        Go on from the checkpoint, to the very same end as without the interruption.
    progress : callable, optional
        Called as progress(epoch, epochs, latest), `latest` being the latest of every curve.
    dtype : {float32, float64}

    Returns
    -------
    Learned

    Raises
    ------
    OSError, ValueError, TypeError
        Data that do not fit the network, a checkpoint of another one; a loss or gradient that is not finite: the message says at
        which step and of which group, and the checkpoint of the last good epoch stays.

    Examples
    --------
    >>> from sigdelta.learn import SRNN, nll
    >>> network, x = SRNN(2, (8,), 2), np.repeat(np.eye(2)[None], 20, 0)
    >>> data = Data(x, np.tile([0, 1], (20, 1)))
    >>> start = network.initial(seed=0, gain=3.0)
    >>> learned = train(network, start, nll, data, data, Settings(epochs=40))
    >>> learned.curves["accuracy"][-1]
    1.0
    """
    for name, each in (("data", data), ("validation", validation)):
        _refuse_ragged(name, each)
    adam = Adam(parameters, settings.rate, dt=network.dt, factors=settings.factors, clip=settings.clip)
    state, best = {"epoch": 0, "best_epoch": 0, "best_score": None, "curves": {}}, adam.parameters
    about = {"network": repr(network), "batch": settings.batch} | {
        k: v for k, v in asdict(settings).items() if k not in ("epochs", "patience")
    }
    file = Checkpoint(checkpoint, resume, about)
    state, groups = file.begin(state, adam.groups | {"best": best})
    best = groups.pop("best")
    adam.restore(groups, state.get("steps", 0))
    while state["epoch"] < settings.epochs and not _stale(state, settings):
        latest = _epoch(network, adam, loss, data, settings, state["epoch"], dtype)
        seen = evaluate(network, adam.parameters, loss, validation, dtype=dtype)
        latest |= {f"validation_{name}" if name == "loss" else name: value for name, value in seen.items()}
        score = seen.get("accuracy", -seen["loss"])
        state |= {"epoch": state["epoch"] + 1, "steps": adam.steps}
        if state["best_score"] is None or score > state["best_score"]:
            state |= {"best_epoch": state["epoch"], "best_score": score}
            best = {name: value.copy() for name, value in adam.parameters.items()}
        state["curves"] = {name: [*state["curves"].get(name, []), value] for name, value in latest.items()}
        file.keep(state, adam.groups | {"best": best})
        if progress is not None:
            progress(state["epoch"], settings.epochs, latest)
    return Learned(best, state["best_epoch"], state["curves"])


def evaluate(network, parameters, loss, data, *, start=None, batch=256, dtype=np.float32):
    """Mean loss, accuracy (where something is counted) and firing rate in Hz of every layer, without learning.

    Parameters
    ----------
    network, parameters, loss, data, dtype
        As for `train`.
    start : dict, optional
        As for ``network.run``.
    batch : int
        Sequences that are run at once.

    Returns
    -------
    dict of str to float
        ``loss``, ``accuracy``, and ``rate.hidden0`` and the like.
    """
    n, sums = data.x.shape[1], {}
    hits = counted = 0
    for first in range(0, n, batch):
        part = data.take(slice(first, first + batch))
        run = network.run(parameters, part.x, start=start, dtype=dtype)
        found = loss(run.outputs, part.targets)
        hits, counted, share = hits + found.hits, counted + found.counted, part.x.shape[1] / n
        weight = found.counted if found.counted else share
        values = {"loss": (found.value, weight)} | {f"rate.{name}": (rate, share) for name, rate in run.rates.items()}
        for name, (value, weight) in values.items():
            total, weights = sums.get(name, (0.0, 0.0))
            sums[name] = total + weight * value, weights + weight
    means = {name: total / weights for name, (total, weights) in sums.items()}
    return means | ({"accuracy": hits / counted} if counted else {})


def _refuse_ragged(name, data):
    shape, targets = np.shape(data.x) if isinstance(data.x, np.ndarray) else (), np.shape(data.targets)
    if len(shape) != 3 or shape[1] == 0:
        raise ValueError(
            f"{name}.x must be an array (steps, sequences, inputs) of a sequence or more, not {shape or type(data.x).__name__}: "
            "pad sequences of unequal length with zeros, and give their padded steps the label -1, which counts for nothing"
        )
    if not targets or targets[min(1, len(targets) - 1)] != shape[1]:
        raise ValueError(f"{name}.targets must be those of {shape[1]} sequences, but have the shape {targets}")


def _stale(state, settings):
    return settings.patience > 0 and state["epoch"] - state["best_epoch"] >= settings.patience


def _epoch(network, adam, loss, data, settings, epoch, dtype):
    """One pass over the data, in an order of its own; mean loss, as the parameters were at each batch."""
    scale = 0.5 ** (epoch // settings.halve_every) if settings.halve_every else 1.0
    run, order, losses = None, np.random.default_rng((settings.seed, epoch)).permutation(data.x.shape[1]), []
    for first in range(0, order.size, settings.batch):
        part = data.take(np.sort(order[first : first + settings.batch]))
        run = network.run(adam.parameters, part.x, dtype=dtype, reuse=run)
        found = loss(run.outputs, part.targets)
        penalty, d_spikes = spike_budget(run, settings.budget, settings.strength) if settings.strength > 0 else (0.0, None)
        gradients = network.gradients(run, found.d_outputs, d_spikes)
        _refuse_divergence(found.value + penalty, gradients, adam, epoch)
        adam.step(gradients, scale)
        losses.append(found.value + penalty)
    return {"loss": float(np.mean(losses))}


def _refuse_divergence(value, gradients, adam, epoch):
    groups = [name for name, gradient in gradients.items() if not np.isfinite(gradient).all()]
    if groups or not isfinite(value):
        raise ValueError(
            f"training diverged at step {adam.steps + 1} (epoch {epoch + 1}): the loss is {value:g}, gradients that are not "
            f"finite: {', '.join(groups) or 'none'}; lower the rate, or clip, and resume from the checkpoint of the epoch before"
        )
