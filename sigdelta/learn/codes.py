"""A neuron's own parameters, chosen for the least error of its code at a given firing rate: by gradient, and by search."""

from typing import NamedTuple

import numpy as np

from .. import checks, signals
from ..kernels.clocked import clocked
from ..kernels.filters import leaky_integral
from ..kernels.srnn import leak, leak_back
from ..neurons import AdaptiveLIF
from .adam import Adam
from .srnn import SRNN

FS, SEGMENT, SKIP = 1000.0, 1000, 100


class LearnedCode(NamedTuple):
    """A neuron, the SNR in dB of what it codes, its rate in Hz, and the SNR after each step of learning (of a search: empty)."""

    neuron: AdaptiveLIF
    snr_db: float
    rate: float
    curve: list


def modulated_noise(duration, range_db, *, fs=FS, period=4.0, bandwidth=3.0, seed=0):
    """Noise about a positive mean, of 40 % of it and never negative, times a strength that swings by `range_db` in every period.

    Examples
    --------
    >>> x = modulated_noise(8.0, 40.0)
    >>> bool(np.median(x[500:1500]) > 50 * np.median(x[2500:3500]))
    True
    """
    noise = signals.noise(duration, fs, bandwidth=bandwidth, seed=seed)
    strength = 10 ** (
        checks.number("range_db", range_db, open_low=False) / 40 * np.sin(2 * np.pi * np.arange(noise.size) / fs / period)
    )
    return strength * np.maximum(1 + 0.4 * noise, 0)


def code_quality(x, fs, neuron):
    """SNR in dB of psp against x itself, but for a constant that the receiver may add, and firing rate in Hz.

    The neuron is clocked, so that psp[k] = potential[k] - membrane[k]. It lags behind x by tau_m and a step, which is part of
    the error: so there is a best tau_m.

    Examples
    --------
    >>> neuron = AdaptiveLIF(1.0, 0.0, 20e-3, drive="current", firing="full", bipolar=False)
    >>> snr, rate = code_quality(modulated_noise(8.0, 0.0), 1000.0, neuron)
    >>> round(float(snr), 1), round(rate)
    (3.3, 16)
    """
    u, y, room = np.empty(x.size), np.empty(x.size), (np.empty(x.size), np.empty(x.size), np.empty(x.size, np.bool_))
    increment = -np.expm1(-1 / (fs * neuron.tau_adp))
    count = clocked(
        x, 0, fs, neuron.tau_m, neuron.tau_adp, neuron.threshold, neuron.beta, increment, 0.0, False, np.zeros(5), *room, u
    )
    # a spike stamped at the end belongs to the next signal
    count -= int(count > 0 and room[0][count - 1] >= x.size / fs)
    leaky_integral(x, fs, neuron.tau_m, np.zeros(2), y)
    error = x - y + u
    return 10 * np.log10(x.var() / error.var()), count * fs / x.size


def at_rate(x, fs, neuron, rate):
    """The neuron with threshold and beta multiplied by what brings its firing rate down to `rate`, by bisection."""
    return _scaled(neuron, bisect_rate(x, neuron.threshold, rate, lambda factor: code_quality(x, fs, _scaled(neuron, factor))[1]))


def bisect_rate(x, threshold, rate, measure):
    """The factor for thresholds, of which `threshold` is one, at which the rate that they `measure` comes down to `rate`."""
    low, high = 1e-6 * x.mean() / threshold, 1e3 * x.max() / threshold
    for _ in range(40):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if measure(middle) > rate else (low, middle)
    return high


def search_code(x, fs, rate, *, adaptive=True, starts=None):
    """The best code at a firing rate by direct search, which knows nothing of gradients: Nelder and Mead's, from several starts.

    Parameters
    ----------
    x : array_like, shape (n,)
        Signal, not negative.
    fs, rate : float
        Its rate, and the neuron's, in Hz.
    adaptive : bool
        Whether beta and tau_adp are searched beside threshold and tau_m, or beta is 0.
    starts : list of tuple, optional
        Of (tau_m,) or (tau_m, beta / threshold, tau_adp).

    Returns
    -------
    LearnedCode
    """
    from scipy.optimize import minimize

    if starts is None:
        starts = [(20e-3, ratio, tau) for ratio in (1.0, 5.0) for tau in (5e-3, 0.1)] if adaptive else [(10e-3,), (40e-3,)]

    def neuron(logs):
        return at_rate(x, fs, _neuron(1.0, *(np.exp(logs) if adaptive else (np.exp(logs[0]), 0.0, 0.15))), rate)

    runs = []
    for start in starts:
        corner = np.log(start)
        simplex = np.vstack([corner, corner + 0.5 * np.eye(corner.size)])
        options = {"maxiter": 120, "xatol": 1e-2, "fatol": 1e-3, "initial_simplex": simplex}
        runs.append(minimize(lambda logs: -code_quality(x, fs, neuron(logs))[0], corner, method="Nelder-Mead", options=options))
    best = neuron(min(runs, key=lambda run: run.fun).x)
    return LearnedCode(best, *code_quality(x, fs, best), [])


def learn_code(x, fs, rate, *, adaptive=True, start=None, epochs=150, speed=0.05, strength=3.0, progress=None):
    """The best code at a firing rate by surrogate gradient: Adam on the logarithms of threshold, beta, tau_m and tau_adp.

    The loss is the logarithm of the error's variance, and strength times (measured / wanted rate - 1)^2; its gradient runs
    through spikes, reset and threshold, and through the free potential's own dependence on tau_m. At the end threshold and beta
    are scaled together, so that the rate is met.

    Parameters
    ----------
    x, fs, rate, adaptive
        As for `search_code`.
    start : AdaptiveLIF, optional
    epochs : int
    speed : float
        Learning rate, halved after every third of the epochs.
    strength : float
        Of the penalty on the rate.
    progress : callable, optional
        Called as progress(epoch, epochs, latest).

    Returns
    -------
    LearnedCode
    """
    if start is None:
        start = at_rate(x, fs, _neuron(1.0, 20e-3, 1.0 if adaptive else 0.0, 50e-3), rate)
    values = (start.threshold, max(start.beta, 1e-9), start.tau_m, start.tau_adp)
    logs = {name: np.log([value]) for name, value in zip(("b0", "beta", "tau_m", "tau_adp"), values, strict=True)}
    adam = Adam(logs, speed, clip=5.0, factors={} if adaptive else {"beta": 0.0, "tau_adp": 0.0})
    pieces = x[: x.size // SEGMENT * SEGMENT].reshape(-1, SEGMENT).T[:, :, None]
    curve = []
    for epoch in range(epochs):
        snr, fired, gradients = _step(
            pieces, fs, {name: np.exp(value) for name, value in adam.parameters.items()}, rate, strength, adaptive
        )
        adam.step(gradients, 0.5 ** (3 * epoch // epochs))
        curve.append(snr)
        if progress is not None:
            progress(epoch + 1, epochs, {"snr_db": snr, "rate": fired})
    b0, beta, tau_m, tau_adp = (float(np.exp(value)[0]) for value in adam.parameters.values())
    found = at_rate(x, fs, _neuron(b0, tau_m, beta / b0 if adaptive else 0.0, tau_adp), rate)
    return LearnedCode(found, *code_quality(x, fs, found), curve)


def _neuron(threshold, tau_m, ratio, tau_adp):
    return tuned(threshold, float(ratio) * threshold, tau_m, tau_adp)


def tuned(threshold, beta, tau_m, tau_adp):
    """The neuron whose parameters are learned; a LIF neuron with beta = 0."""
    return AdaptiveLIF(threshold, beta, float(tau_m), float(tau_adp), drive="current", firing="full", bipolar=False)


def _scaled(neuron, factor):
    return _neuron(factor * neuron.threshold, neuron.tau_m, neuron.beta / neuron.threshold, neuron.tau_adp)


def _step(pieces, fs, values, rate, strength, adaptive):
    """SNR in dB, rate in Hz, and the loss's derivatives by the logarithms of the parameters."""
    b0 = float(values["b0"][0])
    network = SRNN(1, (), 1, readout="spiking", surrogate="triangular", gamma=1 / b0, sigma=b0 / 2, dt=1 / fs)
    parameters = {f"readout.{name}": value for name, value in values.items()}
    parameters |= {"readout.input": np.ones((1, 1)), "readout.bias": np.zeros(1)} | (
        {} if adaptive else {"readout.beta": np.zeros(1)}
    )
    inputs, goal = np.ascontiguousarray(pieces[:-1]), pieces[1:]
    run, alpha = network.run(parameters, inputs), np.exp(-1 / (fs * values["tau_m"]))
    y = np.zeros((len(inputs) + 1, *inputs.shape[1:]))
    leak(inputs, alpha, 1 - alpha, y)
    error = (goal - y[1:] + run.outputs)[SKIP:]
    error -= error.mean()
    variance, spikes = error.var(), run.states["readout"].spikes[1:]
    fired = spikes.mean() * fs
    d_u, d_alpha = np.zeros_like(run.outputs), np.zeros(1)
    d_u[SKIP:] = 2 * error / error.size / variance
    d_spikes = np.full_like(d_u, 2 * strength * (fired / rate - 1) / rate * fs / d_u.size)
    grads = network.gradients(run, d_u, {"readout": d_spikes})
    leak_back(-d_u, alpha, 1 - alpha, inputs, y, d_alpha)
    grads["readout.tau_m"] += d_alpha * alpha / fs / values["tau_m"] ** 2
    return 10 * np.log10(goal.var() / variance), fired, {name: grads[f"readout.{name}"] * value for name, value in values.items()}
