"""Losses: values, and their derivatives by outputs or spikes."""

from typing import NamedTuple

import numpy as np

from .. import checks


class Loss(NamedTuple):
    """Mean loss, its derivatives by the outputs, and how many of how many labels were hit (of none: (0, 0))."""

    value: float
    d_outputs: np.ndarray
    hits: int
    counted: int


def nll(outputs, labels):
    """Negative log-likelihood of a label a step, under the softmax of the outputs, mean over all steps that count.

    Parameters
    ----------
    outputs : ndarray, shape (steps, batch, classes)
    labels : array_like of int, shape (steps, batch)
        A class, or -1 for a step that does not count.

    Returns
    -------
    Loss

    Raises
    ------
    ValueError, TypeError
        Labels out of range, of another shape, or no step that counts.

    Examples
    --------
    >>> loss = nll(np.zeros((5, 1, 4)), [[-1], [0], [1], [2], [3]])
    >>> round(loss.value, 4), loss.hits, loss.counted
    (1.3863, 1, 4)
    """
    labels = _labels(labels, outputs.shape[:2], outputs.shape[2])
    counts = labels >= 0
    share = np.exp(outputs - outputs.max(-1, keepdims=True))
    share /= share.sum(-1, keepdims=True)
    step, sequence = np.nonzero(counts)
    n, wanted = step.size, labels[counts]
    hits = int((outputs.argmax(-1) == labels)[counts].sum())
    with np.errstate(divide="ignore"):
        value = -float(np.log(share[step, sequence, wanted]).mean(dtype=np.float64))
    share[step, sequence, wanted] -= 1
    share[~counts] = 0
    return Loss(value, share / share.dtype.type(n), hits, n)


def cross_entropy(outputs, labels):
    """Negative log-likelihood of a label a sequence, under the softmax of the outputs' mean over time.

    Parameters
    ----------
    outputs : ndarray, shape (steps, batch, classes)
    labels : array_like of int, shape (batch,)

    Returns
    -------
    Loss

    Examples
    --------
    >>> cross_entropy(np.tile([1.0, 0.0], (7, 3, 1)), [0, 0, 1]).hits
    2
    """
    loss = nll(outputs.mean(0, keepdims=True), np.asarray(labels)[None])
    return loss._replace(d_outputs=np.broadcast_to(loss.d_outputs / loss.d_outputs.dtype.type(len(outputs)), outputs.shape))


def mse(outputs, targets):
    """Mean square of outputs - targets.

    Examples
    --------
    >>> mse(np.zeros((2, 1, 1)), [[[1.0]], [[3.0]]]).value
    5.0
    """
    targets = checks.real_array("targets", targets, (3,))
    if targets.shape != outputs.shape:
        raise ValueError(f"targets must have the shape of the outputs, {outputs.shape}, not {targets.shape}")
    difference = outputs - targets.astype(outputs.dtype)
    value = float(np.mean(np.square(difference, dtype=np.float64)))
    return Loss(value, 2 * difference / difference.dtype.type(difference.size), 0, 0)


def spike_budget(run, rate, strength):
    """Penalty on neurons that fire above a rate: strength / 2 times the mean of (excess / rate)^2 over a layer's neurons.

    Parameters
    ----------
    run : Run
    rate : float
        Budget in Hz, for the mean over steps and sequences.
    strength : float

    Returns
    -------
    tuple of float and dict
        The penalty, and its derivatives by the spikes of every layer, as `SRNN.gradients` takes them.
    """
    rate, strength = checks.number("rate", rate), checks.number("strength", strength, open_low=False)
    total, d_spikes = 0.0, {}
    for name, state in run.states.items():
        spikes = state.spikes[1:]
        excess = np.maximum(spikes.mean((0, 1), dtype=np.float64) / (run.network.dt * rate) - 1, 0)
        total += 0.5 * strength * float(np.mean(excess**2))
        each = strength * excess / (run.network.dt * rate * spikes.size)
        d_spikes[name] = np.broadcast_to(each.astype(spikes.dtype), spikes.shape)
    return total, d_spikes


def _labels(labels, shape, classes):
    labels = np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers, not {labels.dtype}")
    if labels.shape != shape:
        raise ValueError(f"labels must have the shape {shape}, not {labels.shape}: pad shorter sequences with -1")
    if labels.min() < -1 or labels.max() >= classes:
        where = tuple(int(i) for i in np.argwhere((labels < -1) | (labels >= classes))[0])
        raise ValueError(
            f"labels must be from 0 to {classes - 1}, or -1 where they do not count: labels{list(where)} is {labels[where]}"
        )
    if labels.max() < 0:
        raise ValueError("labels are all -1: at least one step must count")
    return labels
