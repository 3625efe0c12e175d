"""Neurons that listen to spikes: chains and layers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from . import checks
from .decoding import psp
from .encoding import Code
from .encoding.dispatch import MAX_SPIKES, buffers
from .kernels.errors import snr
from .kernels.filters import add_rising_pulses
from .kernels.synaptic import synaptic
from .neurons import LIF
from .spikes import SpikeTrain


def propagate(inputs, weights, neuron, *, tau_syn=None, delay=0.0, bias=0.0):
    """Spikes of neurons that listen to spike trains, exact event by event.

    A spike of height h that reaches the neuron adds weight * h * kernel(t) to x, the kernel being the train's own, or
    exp(-t / tau_syn). As for a signal, ``neuron.drive`` says what x is: under potential drive the free potential itself (the
    PSP of neuron i is what neuron j sees), under current drive the input current times resistance, and
    tau_m dy/dt = x - y: the exponential synapse, whose PSP is a double exponential or, for tau_syn == tau_m, the alpha function.

    Parameters
    ----------
    inputs : SpikeTrain or list of SpikeTrain
        Trains of one window [start, stop).
    weights : float or array_like, shape (inputs,) or (neurons, inputs)
        Weight of each train; a row for each neuron makes a layer.
    neuron : LIF or list of LIF
        The neuron, or one for each row of ``weights``.
    tau_syn : float or array_like, shape (inputs,), optional
        Time constants of the synapses in s, in place of the trains' own kernels.
    delay : float or array_like, broadcast to the shape of ``weights``
        Transmission delay in s.
    bias : float
        Constant added to x.

    Returns
    -------
    SpikeTrain, or a list of them for a layer
        In the window of the inputs. To form a chain, propagate what comes out.

    Raises
    ------
    ValueError, TypeError
        Trains of different windows, shapes that do not fit, a negative delay, more than 2**27 spikes.

    References
    ----------
    S. Rotter and M. Diesmann, "Exact digital simulation of time-invariant linear systems with applications to neuronal
    modeling", Biol. Cybern. 81, 381 (1999).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> first = sd.encode(np.full(1000, 0.5), 1000.0, sd.LIF(0.1))
    >>> second = sd.propagate(first, 1.0, sd.LIF(0.2))
    >>> third = sd.propagate(second, 1.0, sd.LIF(0.4), delay=5e-3)
    >>> len(first), len(second), len(third)
    (254, 127, 63)
    """
    return _layer(inputs, weights, neuron, tau_syn, delay, bias, lambda cell: _train(cell, inf, np.empty(0)))


def propagation(inputs, weights, neuron, fs, *, tau_syn=None, delay=0.0, bias=0.0):
    """`propagate`, and all that there is to see of it, sampled at fs.

    Parameters
    ----------
    inputs, weights, neuron, tau_syn, delay, bias
        As for `propagate`.
    fs : float
        Sampling rate in Hz; sample k stands at ``start + k / fs``.

    Returns
    -------
    Code
        ``x`` what the synapses deliver, ``y`` free potential, ``psp`` of the neuron's own spikes, its ``membrane``,
        ``spikes``; for a layer a row a neuron, and lists of spikes and neurons.

    Raises
    ------
    ValueError, TypeError
        As for `propagate`.

    Examples
    --------
    >>> import sigdelta as sd
    >>> spike = sd.SpikeTrain([0.0], [1.0], 0.0, 0.03, ((1.0, 10e-3),))
    >>> sd.propagation(spike, 1.0, sd.LIF(10.0, tau_m=10e-3, drive="current"), 100.0).y.round(4)
    array([0.    , 0.3679, 0.2707])
    """
    fs = checks.number("fs", fs)
    parts = _layer(inputs, weights, neuron, tau_syn, delay, bias, partial(_seen, fs=fs))
    if isinstance(parts, Code):
        return parts
    arrays = {name: np.stack([getattr(part, name) for part in parts]) for name in ("x", "y", "psp", "membrane")}
    lists = {name: [getattr(part, name) for part in parts] for name in ("spikes", "neuron")}
    return Code(**arrays, **lists, fs=fs, snr_db=np.array([part.snr_db for part in parts]))


@dataclass(frozen=True, eq=False)
class _Cell:
    """A neuron and the trains that reach it, delayed, each with the kernel and the weight of its synapse."""

    neuron: LIF
    trains: list
    bias: float


def _layer(inputs, weights, neuron, tau_syn, delay, bias, run):
    trains = _inputs(inputs)
    shape = np.shape(weights) or (1,)
    weights = checks.real_array("weights", np.reshape(weights, shape), (1, 2))
    if shape[-1] != len(trains):
        raise ValueError(f"weights must have one column for each of the {len(trains)} inputs, not shape {shape}")
    delay, bias = _spread("delay", delay, shape, 0.0, True), checks.number("bias", bias, low=-inf)
    if tau_syn is not None:
        taus = _spread("tau_syn", tau_syn, shape[-1:], 0.0, False)
        trains = [replace(train, kernel=((1.0, float(tau)),)) for train, tau in zip(trains, taus, strict=True)]
    rows = 1 if len(shape) == 1 else shape[0]
    neurons = list(neuron) if isinstance(neuron, list | tuple) else [neuron] * rows
    for each in neurons:
        if not isinstance(each, LIF):
            raise TypeError(f"neuron must be LIF or a list of LIF, not {each!r}")
    if len(neurons) != rows:
        raise ValueError(f"{len(neurons)} neurons need a row of weights each, not shape {shape}")
    cells = [
        _Cell(each, [_weighted(*synapse) for synapse in zip(trains, row, late, strict=True)], bias)
        for each, row, late in zip(neurons, np.atleast_2d(weights), np.atleast_2d(delay), strict=True)
    ]
    if len(shape) == 1 and not isinstance(neuron, list | tuple):
        return run(cells[0])
    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, cells))


def _inputs(inputs):
    trains = [inputs] if isinstance(inputs, SpikeTrain) else inputs
    if not isinstance(trains, list | tuple) or not trains or not all(isinstance(train, SpikeTrain) for train in trains):
        raise TypeError(f"inputs must be a SpikeTrain or a list of them, not {inputs!r}")
    windows = {(train.start, train.stop) for train in trains}
    if len(windows) > 1:
        raise ValueError(f"inputs must have one window [start, stop), not {len(windows)} different ones")
    return list(trains)


def _spread(name, value, shape, low, closed):
    array = checks.real_array(name, value, (0, 1, 2))
    checks.number(name, float(array.min()), low=low, open_low=not closed)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"{name} of shape {array.shape} does not fit {shape}") from None


def _weighted(train, weight, delay):
    """The train as it arrives: later, and each spike of its height times the weight."""
    with np.errstate(over="ignore"):
        times, heights = train.times + delay, train.heights * weight
    if not np.isfinite(heights).all():
        raise ValueError(f"weight {weight:g} times the heights of the spikes is not finite")
    n = np.searchsorted(times, train.stop)
    return SpikeTrain(times[:n], heights[:n], train.start, train.stop, train.kernel)


def _train(cell, fs, membrane):
    """Spikes of one neuron; fills `membrane` with u at every sample unless it is empty."""
    neuron, window = cell.neuron, cell.trains[0]
    pairs = [(train, weight, tau) for train in cell.trains for weight, tau in train.kernel]
    taus = np.unique([tau for _, _, tau in pairs])
    at = np.concatenate([train.times for train, _, _ in pairs])
    amount = np.concatenate([weight * train.heights for train, weight, _ in pairs])
    target = np.concatenate([np.full(len(train), np.searchsorted(taus, tau)) for train, _, tau in pairs])
    order = np.argsort(at, kind="stable")
    a, b, direct = 1 / neuron.tau_m, 1 / taus, neuron.drive == "potential"
    pace = a if direct or neuron.tau_m < inf else 1.0
    gain = a - b if direct else np.full(b.size, pace)
    _refuse_flood(neuron, window, at, amount, gain[target], b[target], pace, cell.bias)
    size = at.size + 1024
    while size < 2 * MAX_SPIKES:
        room = buffers(min(size, MAX_SPIKES))
        n = synaptic(
            at[order], target[order], amount[order], gain, b, direct, a, pace * cell.bias, cell.bias if direct else 0.0,
            window.start, window.stop, neuron.t_ref, neuron.level, neuron.threshold, neuron.bipolar,
            neuron.refractory == "clamp", fs, *room, membrane,
        )  # fmt: skip
        if n < room[0].size:
            n = np.searchsorted(room[0][:n], window.stop)
            times, heights, saturated = (column[:n].copy() for column in room)
            return SpikeTrain(times, heights, window.start, window.stop, neuron.kernel, saturated)
        size *= 4
    raise ValueError(_flood(neuron))


def _refuse_flood(neuron, window, at, amount, gain, b, pace, bias):
    """Raise where what the input brings in sum, less what may leak, is more pulses than memory holds."""
    left, direct = window.stop - at, neuron.drive == "potential"
    with np.errstate(divide="ignore", invalid="ignore"):
        lasted = np.where(b > 0, -np.expm1(-b * left) / b, left)
    brought = float(np.sum(amount * (gain * lasted + direct))) + bias * (pace * window.duration + direct)
    leak = neuron.level * (1 + window.duration / neuron.tau_m)
    likely = ((abs(brought) if neuron.bipolar else brought) - leak) / neuron.threshold
    if likely >= MAX_SPIKES and not (neuron.t_ref > 0 and window.duration / neuron.t_ref < MAX_SPIKES - 1):
        raise ValueError(_flood(neuron))


def _flood(neuron):
    return f"threshold {neuron.threshold:g} is too low: more than {MAX_SPIKES} (2**27) spikes a train; raise it or set t_ref"


def _seen(cell, fs):
    neuron, window = cell.neuron, cell.trains[0]
    x = sum(psp(train, fs) for train in cell.trains)
    membrane = np.empty(x.size)
    spikes = _train(cell, fs, membrane)
    y = x + cell.bias
    if neuron.drive == "current":
        rate = 1.0 if neuron.tau_m == inf else 1 / neuron.tau_m
        y = np.zeros(x.size)
        for train in cell.trains:
            for weight, tau in train.kernel:
                add_rising_pulses(train.times, train.heights, window.start, fs, rate * weight, tau, neuron.tau_m, y)
        constant = np.array([0.0]), np.array([cell.bias])
        add_rising_pulses(*constant, 0.0, fs, rate, inf, neuron.tau_m, y)
    seen = psp(spikes, fs)
    return Code(x + cell.bias, y, seen, membrane, spikes, fs, neuron, snr(y, seen))
