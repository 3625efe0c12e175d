"""The iris task: classes told by which output neuron fires first."""

import time

import numpy as np

from .. import checks
from .spikeprop import SpikeProp, fit, spike_outcome

EARLY, LATE, SPAN = 12e-3, 16e-3, 10e-3
FIELDS, HIDDEN, RATE = 12, 10, 0.0005


def receptive_times(x, low, high, fields=FIELDS, span=SPAN):
    """Numbers as spikes of overlapping Gaussian receptive fields: the nearer a field's centre, the earlier, from 0 to `span`.

    Parameters
    ----------
    x : ndarray, shape (patterns, variables)
    low, high : ndarray, shape (variables,)
        Range that the fields cover.
    fields : int
        A variable, at least 3; their standard deviation is 2/3 of the distance of their centres.
    span : float
        In s. A field that would fire after 0.9 span is silent.

    Returns
    -------
    ndarray, shape (patterns, variables * fields + 1)
        Times in s, inf where silent; the last input is a reference that fires at 0.

    References
    ----------
    Bohte, Kok, La Poutre (2002), section 4.
    """
    fields, span = checks.whole("fields", fields, 3), checks.number("span", span)
    step = (high - low) / (fields - 2)
    centres = low[:, None] + (np.arange(fields) - 0.5) * step[:, None]
    nearness = np.exp(-0.5 * ((x[:, :, None] - centres) / (step[:, None] / 1.5)) ** 2)
    times = np.where(nearness < 0.1, np.inf, span * (1 - nearness)).reshape(len(x), -1)
    return np.hstack([times, np.zeros((len(x), 1))])


def split(seed):
    """Half of the flowers of each class to train and half to test: times, classes, times, classes."""
    try:
        from sklearn.datasets import load_iris
    except ImportError:
        raise ImportError("the iris task needs scikit-learn: pip install 'sigdelta[learn]'") from None
    x, labels = load_iris(return_X_y=True)
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == each))[:25] for each in range(3)])
    train = np.isin(np.arange(len(labels)), chosen)
    times = receptive_times(x, x[train].min(0), x[train].max(0))
    return times[train], labels[train], times[~train], labels[~train]


def accuracy(network, weights, times, labels):
    """Share of patterns whose own output fires first; none, if all are silent."""
    outputs = network.run(weights, times).outputs
    return float((np.isfinite(outputs.min(1)) & (outputs.argmin(1) == labels)).mean())


def learn_iris(seed=0, epochs=60, *, checkpoint=None, resume=False, progress=None):
    """Iris flowers by SpikeProp: 4 measurements as spike times of receptive fields, the class told by the output that fires
    first.

    The split and the weights are the seed's; ``train`` and ``test`` are accuracies.
    """
    begin, (times, labels, test_times, test_labels) = time.perf_counter(), split(seed)
    network = SpikeProp((times.shape[1], HIDDEN, 3))
    targets = np.where(np.arange(3) == labels[:, None], EARLY, LATE)
    weights = network.initial(seed, mean=0.75 / np.isfinite(times).mean())
    kept = {"checkpoint": checkpoint, "resume": resume, "progress": progress}
    lesson = fit(network, weights, times, targets, rate=RATE, cycles=epochs, **kept)
    metrics = {
        "train": accuracy(network, lesson.weights, times, labels),
        "test": accuracy(network, lesson.weights, test_times, test_labels),
        "seconds": time.perf_counter() - begin,
    }
    target = np.where(np.arange(3) == test_labels[0], EARLY, LATE)
    return spike_outcome("iris", seed, metrics, lesson, network.run(lesson.weights, test_times[:1]), target)
