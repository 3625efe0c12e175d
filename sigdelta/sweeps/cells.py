"""The cells of a sweep, a signal and a neuron each, and what is measured in one."""

from dataclasses import fields, is_dataclass, replace
from itertools import product
from math import isfinite, sqrt

import numpy as np

from .. import checks
from ..decoding import psp
from ..decoding.pulses import Psp
from ..encoding import encode, free_potential, potential, start
from ..kernels.errors import add_errors, decibels
from ..mapped import pieces
from ..measures import saturated_fraction
from . import lanes

# samples of the first stretch and of the shortest, and about as many spikes as one may have
FIRST, LEAST, SPIKES = 2**12, 16, 2**18


def axes_of(neuron, grid):
    """The neuron with the scalar values of the grid, and its sequences as lists."""
    if not is_dataclass(neuron) or isinstance(neuron, type):
        raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")
    known = [field.name for field in fields(neuron)]
    axes = {}
    for name, values in grid.items():
        if name not in known:
            raise ValueError(f"{name} is no field of {type(neuron).__name__}: choose from {', '.join(known)}")
        is_kernel = isinstance(getattr(neuron, name), tuple)
        if hasattr(values, "__array__") and np.ndim(values) < 2:  # as the coordinate of a result
            values = np.asarray(values).tolist()
        if is_kernel and isinstance(values, list | tuple) and not _is_pairs(values):
            axes[name] = list(values)
        elif is_kernel or isinstance(values, str) or np.ndim(values) == 0:
            neuron = replace(neuron, **{name: values})
        elif np.ndim(values) > 1 or len(values) == 0:
            raise ValueError(f"{name} must be a value or a sequence of values, not shape {np.shape(values)}")
        else:
            values = [value.item() if isinstance(value, np.generic) else value for value in values]
            real = isinstance(getattr(neuron, name), float)
            axes[name] = [float(value) if real and type(value) is int else value for value in values]
    return neuron, axes


def _is_pairs(value):
    """Whether this is one kernel, ((weight, tau), ...), and not a sequence of kernels."""
    return all(isinstance(pair, list | tuple) and len(pair) == 2 and not isinstance(pair[0], list | tuple) for pair in value)


def neurons_of(neuron, axes, channels, seed):
    """A list of neurons a channel, in the order of the axes; those that draw random numbers get a seed each."""
    neurons = [replace(neuron, **dict(zip(axes, cell, strict=True))) for cell in product(*axes.values())]
    if seed is None or not hasattr(neuron, "seed"):
        return [neurons] * channels
    cells = ((i * len(neurons) + j, each) for i in range(channels) for j, each in enumerate(neurons))
    seeded = [replace(each, seed=_cell_seed(seed, index)) for index, each in cells]
    return [seeded[i * len(neurons) : (i + 1) * len(neurons)] for i in range(channels)]


def _cell_seed(seed, index):
    """The seed of one cell of a sweep, which depends on nothing else."""
    return int(np.random.SeedSequence([seed, index]).generate_state(1)[0])


def measure(row, fs, neurons, decoder=psp):
    """One row of the variables a neuron, of one channel (a `signals.Row`, or its samples).

    Neurons that have a fast path go through the signal together, piece by piece; the rest, and those whose decisions are within
    rounding there, one by one.
    """
    x, rows = np.asarray(row), [None] * len(neurons)
    groups = lanes.group(neurons, fs)[0] if decoder is psp else []
    passes = [lanes.Lanes([neurons[i] for i in group], fs) for group in groups]
    done = 0
    for piece in pieces(x) if passes else ():
        done += piece.size
        for each in passes:
            each.push(piece, done == x.size)
    for group, each in zip(groups, passes, strict=True):
        for i, found in zip(group, each.rows(), strict=True):
            rows[i] = found
    return [found or measure_alone(x, fs, neuron, decoder) for neuron, found in zip(neurons, rows, strict=True)]


def measure_alone(x, fs, neuron, decoder):
    """The row of one neuron, by way of its spikes."""
    n, fraction, sums, duration = 0, 0.0, np.zeros(5), x.size / fs
    for spikes, y, y_hat in _stretches(x, fs, neuron, decoder):
        n += len(spikes)
        fraction += saturated_fraction(replace(spikes, start=0.0, stop=duration), neuron)
        if y.size:
            add_errors(y, y_hat, sums)
    size, square, largest, _, spread = sums.tolist()
    power = square / size
    if not isfinite(power) and decoder is psp:  # tell why, and where
        checks.pair(potential(x, fs, neuron), psp(encode(x, fs, neuron), fs))
    return n, n / duration, sqrt(power), largest, decibels(spread / size, power), min(1.0, fraction), n == 0


def _stretches(x, fs, neuron, decoder):
    """Spikes, free potential and what is decoded of them, stretch by stretch; at once where the decoder is given."""
    run = start(neuron, float(x[0]), fs, clocked=False).over(x)
    if decoder is not psp:
        whole = checks.signal(x)
        spikes = run.push(whole)
        yield spikes, *checks.pair(free_potential(neuron, whole, fs, np.zeros(2)), decoder(spikes, fs))
        return
    decoding, state, y, done, size = Psp(fs), np.zeros(2), np.empty(0), 0, FIRST
    for piece in pieces(x):
        while piece.size:
            part, piece = piece[:size], piece[size:]
            done += part.size
            more = done < x.size
            spikes = run.push(part, more)
            y = np.append(y, free_potential(neuron, part, fs, state))
            y_hat = decoding.run(spikes, more)
            yield spikes, y[: y_hat.size], y_hat
            y, size = y[y_hat.size :], max(SPIKES * part.size // (len(spikes) + 1), LEAST)
