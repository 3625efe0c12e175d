"""Lanes of a sweep beside encode, psp and measure called by hand."""

import math

import numpy as np

import sigdelta as sd
from sigdelta.kernels.errors import decibels, error_stats
from sigdelta.sweeps.lanes import Lanes, group


def by_hand(x, fs, neuron):
    spikes = sd.encode(x, fs, neuron)
    square, largest, spread = error_stats(sd.potential(x, fs, neuron), sd.psp(spikes, fs))
    fraction = sd.saturated_fraction(spikes, neuron)
    return len(spikes), spikes.rate, math.sqrt(square), largest, decibels(spread, square), fraction, len(spikes) == 0


def side_by_side(x, fs, neurons, cuts=()):
    """Rows of the neurons that have a fast path, the signal cut into pieces at `cuts`."""
    groups, rest = group(neurons, fs)
    rows = {}
    for places in groups:
        lanes = Lanes([neurons[i] for i in places], fs)
        pieces = np.split(x, sorted(cuts))
        for i, piece in enumerate(pieces):
            lanes.push(piece, final=i == len(pieces) - 1)
        rows |= dict(zip(places, lanes.rows(), strict=True))
    assert sorted([*rows, *rest]) == list(range(len(neurons)))
    return rows


def compare(x, fs, neurons, tolerance=1e-9):
    """Largest relative errors of rms, max and signal-to-noise ratio, and how many lanes were left to the plain path."""
    worst, doubts = np.zeros(3), 0
    for i, row in side_by_side(x, fs, neurons).items():
        if row is None:
            doubts += 1
            continue
        plain = by_hand(x, fs, neurons[i])
        assert (row[0], row[1], row[5], row[6]) == (plain[0], plain[1], plain[5], plain[6]), (neurons[i], row, plain)
        scale = max(float(np.abs(x).max()), neurons[i].threshold) * 1e-12
        errors = [abs(row[2] - plain[2]) / (plain[2] + scale), abs(row[3] - plain[3]) / (plain[3] + scale)]
        # a constant signal's variance is rounding in either path
        real = math.isfinite(plain[4]) and plain[2] * 10 ** (plain[4] / 20) > 1e-9 * float(np.abs(x).max())
        errors.append(abs(row[4] - plain[4]) * math.log(10) / 20 if real else 0.0)
        assert max(errors) <= tolerance, (neurons[i], row, plain)
        worst = np.maximum(worst, errors)
    return worst, doubts


def signals(rng, n):
    noise = rng.standard_normal(n)
    smooth = np.convolve(noise, np.exp(-np.arange(200) / 50), "same") / 5
    yield noise + 0.5
    yield smooth + rng.choice([0.0, 3.0])
    yield np.repeat(rng.standard_normal(n // 40 + 1), 40)[:n]
