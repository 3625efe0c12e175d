"""A small population that shares one signal: thresholds, time constant and mutual inhibition, learned and searched."""

from typing import NamedTuple

import numpy as np

from .. import checks
from ..kernels.clocked import clocked_population
from .adam import Adam
from .codes import SEGMENT, SKIP, bisect_rate
from .srnn import SRNN

# tau_m in s, ratio of neighbouring thresholds, inhibition: neurons that are nearly alike, and far apart
STARTS = (50e-3, 1.2, 0.5), (20e-3, 3.0, 0.3), (0.15, 1.2, 0.8)


class LearnedPopulation(NamedTuple):
    """What `population_quality` takes, and gives: SNR in dB and joint rate in Hz; the SNR after each step of learning.

    Element [i, j] of `inhibition` is the share of j's pulse that i loses. The curve of a search is empty.
    """

    thresholds: np.ndarray
    inhibition: np.ndarray
    tau_m: float
    snr_db: float
    rate: float
    curve: list


def population_quality(x, fs, thresholds, inhibition, tau_m):
    """SNR in dB of the joint psp against x, but for a constant that the receiver may add, and the firing rate of all in Hz.

    As in ``sd.population`` a spike of neuron j takes its pulse from its own membrane and shares of it from the others', and the
    mean of the membranes is the error of the joint psp; each share may differ here, so a spike of j has the height
    thresholds[j] (1 + sum of the shares it takes) / n. The neurons are clocked, fully firing, under current drive.

    Examples
    --------
    >>> from sigdelta.learn import modulated_noise
    >>> x = modulated_noise(8.0, 0.0)
    >>> for thresholds, share in (([1.0], 0.0), ([1.0, 1.5], 0.5)):
    ...     inhibition = np.full((len(thresholds), len(thresholds)), share)
    ...     snr, rate = population_quality(x, 1000.0, thresholds, inhibition, 20e-3)
    ...     print(round(float(snr), 1), round(rate))
    3.3 16
    4.2 16
    """
    thresholds, inhibition = (np.asarray(each, dtype=np.float64) for each in (thresholds, inhibition))
    psp = np.empty(x.size)
    heights = thresholds * gains(inhibition)
    count = clocked_population(x, fs, tau_m, thresholds, inhibition, np.zeros((3, thresholds.size)), heights, psp)
    return 10 * np.log10(x.var() / (x - psp).var()), count * fs / x.size


def gains(inhibition):
    """By which a receiver multiplies the pulses of every neuron: the mean of what all membranes lose by them."""
    n = len(inhibition)
    return (1 + inhibition.sum(0) - inhibition.diagonal()) / n


def population_at_rate(x, fs, thresholds, inhibition, tau_m, rate):
    """The thresholds, all multiplied by what brings the rate of all down to `rate`."""
    thresholds = np.asarray(thresholds, dtype=np.float64)
    return thresholds * bisect_rate(
        x, thresholds[0], rate, lambda factor: population_quality(x, fs, factor * thresholds, inhibition, tau_m)[1]
    )


def search_population(x, fs, rate, n, *, coupled=True, starts=STARTS):
    """The best code of n neurons at a firing rate of all by Nelder and Mead's direct search, the audit of `learn_population`.

    Parameters
    ----------
    x, fs, rate, n, coupled
        As for `learn_population`.
    starts : tuple of tuple
        Of (tau_m, ratio of neighbouring thresholds, inhibition); the best end counts.

    Returns
    -------
    LearnedPopulation
    """
    from scipy.optimize import minimize

    def population(logs):
        ratios, inhibition, tau_m = _unpack(logs, n)
        return population_at_rate(x, fs, ratios, inhibition, tau_m, rate), inhibition, tau_m

    runs = []
    for tau_m, ratio, share in starts:
        corner = np.log([tau_m, *ratio ** np.arange(1, n), *[share] * (n * (n - 1) * coupled)])
        # neurons that are all alike could not be told apart, shares a little off can
        corner[n:] += 0.1 * np.cos(np.arange(corner.size - n))
        options = {"maxiter": 60 * corner.size, "xatol": 1e-2, "fatol": 1e-3,
                   "initial_simplex": np.vstack([corner, corner + 0.5 * np.eye(corner.size)])}  # fmt: skip
        runs.append(
            minimize(lambda logs: -population_quality(x, fs, *population(logs))[0], corner, method="Nelder-Mead", options=options)
        )
    best = population(min(runs, key=lambda run: run.fun).x)
    return LearnedPopulation(*best, *population_quality(x, fs, *best), [])


def _unpack(logs, n):
    """Ratios of thresholds, inhibition (zero, if it is not among the logarithms) and tau_m."""
    inhibition = np.zeros((n, n))
    if logs.size > n:
        inhibition[~np.eye(n, dtype=bool)] = np.exp(logs[n:])
    return np.concatenate([[1.0], np.exp(logs[1:n])]), inhibition, float(np.exp(logs[0]))


def learn_population(
    x, fs, rate, n, *, coupled=True, epochs=200, speed=0.05, strength=3.0, starts=STARTS, progress=None
):  # fmt: skip
    """The best code of n neurons at a firing rate of all by surrogate gradient: thresholds, inhibition and tau_m.

    The loss is that of `learn_code`, and so is what is done at the end: thresholds are scaled until the rate is met.

    Parameters
    ----------
    x : array_like, shape (samples,)
        Signal, not negative.
    fs, rate : float
        Its rate, and the budget of the population's, in Hz.
    n : int
        Number of neurons.
    coupled : bool
        Whether they inhibit each other, every pair by shares of its own.
    epochs, speed, strength, progress
        As for `learn_code`, from each start.
    starts : tuple of tuple
        As for `search_population`.

    Returns
    -------
    LearnedPopulation
    """
    n = checks.whole("n", n, 1)
    ends = [_learn_from(start, x, fs, rate, n, coupled, epochs, speed, strength, progress) for start in starts]
    return max(ends, key=lambda end: end.snr_db)


def _learn_from(start, x, fs, rate, n, coupled, epochs, speed, strength, progress):
    tau_m, ratio, share = start
    inhibition = np.full((n, n), share if coupled else 0.0)
    thresholds = population_at_rate(x, fs, ratio ** np.arange(n), inhibition, tau_m, rate)
    logs = {"thresholds": np.log(thresholds), "tau_m": np.log([tau_m])}
    logs |= {"inhibition": np.log(inhibition)} if coupled else {}
    adam, curve = Adam(logs, speed, clip=5.0), []
    pieces = x[: x.size // SEGMENT * SEGMENT].reshape(-1, SEGMENT).T[:, :, None]

    def values():
        found = {name: np.exp(value) for name, value in adam.parameters.items()}
        inhibition = found["inhibition"] * (1 - np.eye(n)) if coupled else np.zeros((n, n))
        return found["thresholds"], inhibition, float(found["tau_m"][0])

    for epoch in range(epochs):
        snr, fired, gradients = population_step(pieces, fs, *values(), rate, strength)
        adam.step(gradients, 0.5 ** (3 * epoch // epochs))
        curve.append(snr)
        if progress is not None:
            progress(epoch + 1, epochs, {"snr_db": snr, "rate": fired})
    thresholds, inhibition, tau_m = values()
    found = population_at_rate(x, fs, thresholds, inhibition, tau_m, rate), inhibition, tau_m
    return LearnedPopulation(*found, *population_quality(x, fs, *found), curve)


def population_step(pieces, fs, thresholds, inhibition, tau_m, rate, strength, smooth=False):
    """SNR in dB, rate in Hz, and the loss's derivatives by the logarithms of the parameters.

    The network's membranes are in units of their thresholds, so that all have one surrogate; its readout is the joint psp.
    """
    n, alpha = thresholds.size, np.exp(-1 / (fs * tau_m))
    network = SRNN(1, (n,), 1, surrogate="triangular", gamma=1.0, sigma=0.5, dt=1 / fs)
    weights = -inhibition * thresholds / thresholds[:, None] / (1 - alpha)
    heights = thresholds * gains(inhibition) / (1 - alpha)
    p = {"hidden0.input": 1 / thresholds[:, None], "hidden0.recurrent": weights, "readout.input": heights[None]}
    p |= {f"hidden0.{name}": np.full(n, value) for name, value in (("b0", 1.0), ("beta", 0.0), ("bias", 0.0), ("tau_adp", 1.0))}
    p |= {"hidden0.tau_m": np.full(n, tau_m), "readout.tau_m": np.array([tau_m]), "readout.bias": np.zeros(1)}
    run = network.run(p, pieces, smooth=smooth)
    goal, d_outputs = pieces[2:], np.zeros_like(run.outputs)
    error = (goal - run.outputs[:-2])[SKIP:]
    error -= error.mean()
    variance, spikes = error.var(), run.states["hidden0"].spikes[1:]
    fired = spikes.mean() * n * fs
    d_outputs[SKIP:-2] = -2 * error / error.size / variance
    d_spikes = 2 * strength * (fired / rate - 1) / rate * fs / (spikes.size / n)
    grads = network.gradients(run, d_outputs, {"hidden0": d_spikes})
    by_weights, by_heights = grads["hidden0.recurrent"] * weights, grads["readout.input"][0] * heights
    found = {"thresholds": by_weights.sum(0) - by_weights.sum(1) + by_heights - grads["hidden0.input"][:, 0] / thresholds}
    found["inhibition"] = by_weights + grads["readout.input"][0] * thresholds * inhibition / n / (1 - alpha)
    by_alpha = (by_weights.sum() + by_heights.sum()) / (1 - alpha) * alpha / fs / tau_m**2
    found["tau_m"] = tau_m * np.array([grads["hidden0.tau_m"].sum() + grads["readout.tau_m"][0] + by_alpha])
    return 10 * np.log10(goal.var() / variance), fired, found
