"""What a block of samples does to every neuron that starts it with the membrane u.

Sample i of the block finds the membrane at u a^i + F_i: a = exp(-h / tau) is the decay over a sample, F the response from rest.
F, its range, C1 = 2 sum a^i F_i and C2 = sum F_i^2 are shared by all neurons of one tau, whose sum of u^2 over the block is
u (u sum a^2i + C1) + C2. COLUMNS responses, of a block and a tau each, are computed side by side: row r of column c of a table
stands at r COLUMNS + c, a distance that the compiler knows.
"""

from math import exp, expm1, inf

import numpy as np

from .jit import jit

BLOCK, COLUMNS, STRIP = 32, 16, 8
ROWS = BLOCK + 1
STEP = ROWS * COLUMNS
TOP, BOTTOM, CROSS, POWER, HIGH, LOW, SUM, SQUARES, Y, CROSSES = (COLUMNS * (ROWS + i) for i in range(10))
SIZE = CROSSES + STEP
LOST, SHARE = COLUMNS * ROWS, 2 * COLUMNS * ROWS


@jit(_nrt=False)
def set_decays(fs, taus, powers, squares, decays):
    """For every tau a^i and the sum of a^2j over j < i; for every column a^i, 1 - a^i, and the last of them for one sample."""
    for t in range(taus.size):
        z, total = 1.0 / (fs * taus[t]), 0.0
        for i in range(ROWS):
            powers[t, i], squares[t, i] = exp(-i * z), total
            total += exp(-2 * i * z)
            for c in range(t, COLUMNS, taus.size):
                decays[i * COLUMNS + c], decays[LOST + i * COLUMNS + c] = powers[t, i], -expm1(-i * z)
                decays[SHARE + c] = -expm1(-z)


@jit(_nrt=False, forceinline=True)
def lay(x, first, blocks, taus, current, hold, source):
    """Write the samples of the blocks from `first` on in columns, and below them what a sample adds beside its share."""
    if taus == 1:
        for g in range(blocks):
            k = first + g * BLOCK
            for i in range(BLOCK):
                c = i * COLUMNS + g
                source[c], source[STEP + c] = x[k + i], (hold * x[k + i] if current else x[k + i + 1] - x[k + i])
        return
    for i in range(BLOCK):
        value, step = x[first + i], (hold * x[first + i] if current else x[first + i + 1] - x[first + i])
        # the compiler vectorises a loop whose length it does not know
        for c in range(np.uint64(i * COLUMNS), np.uint64(i * COLUMNS + taus)):
            source[c], source[np.uint64(STEP) + c] = value, step


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def respond(source, decays, out):
    """F' = F + step + share (x - F) from F = 0, its range, the sums of a^i F_i up to every sample, and of F_i^2."""
    for c in range(COLUMNS):
        out[c] = out[CROSS + c] = out[POWER + c] = 0.0
        out[TOP + c], out[BOTTOM + c] = -inf, inf
    for strip in range(BLOCK // STRIP):
        for c in range(COLUMNS):
            begin, share = strip * STRIP * COLUMNS + c, decays[SHARE + c]
            f, top, bottom, cross, power = out[begin], out[TOP + c], out[BOTTOM + c], out[CROSS + c], out[POWER + c]
            for i in range(STRIP):
                at = begin + i * COLUMNS
                out[CROSSES + at] = cross
                cross += decays[at] * f
                power += f * f
                f = (f + (source[STEP + at] + share * source[at])) - share * f
                top, bottom = max(top, f), min(bottom, f)
                out[at + COLUMNS] = f
            out[TOP + c], out[BOTTOM + c], out[CROSS + c], out[POWER + c] = top, bottom, cross, power


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def stray(decays, rows, out):
    """Range of the free potential y after every sample, and sum, and sum of squares, of y_i - y_0 = F_i - y_0 (1 - a^i)."""
    for c in range(COLUMNS):
        out[SUM + c] = out[SQUARES + c] = 0.0
        out[HIGH + c], out[LOW + c] = -inf, inf
    for strip in range(BLOCK // STRIP):
        counted = 1.0 if strip < rows // STRIP else 0.0
        for c in range(COLUMNS):
            begin, y, total, squares = strip * STRIP * COLUMNS + c, out[Y + c], 0.0, 0.0
            away, high, low = out[begin] - y * decays[LOST + begin], out[HIGH + c], out[LOW + c]
            for i in range(STRIP):
                at = begin + (i + 1) * COLUMNS
                total += away
                squares += away * away
                away = out[at] - y * decays[LOST + at]
                high, low = max(high, y + away), min(low, y + away)
            out[SUM + c] += counted * total
            out[SQUARES + c] += counted * squares
            out[HIGH + c], out[LOW + c] = high, low
    for i in range(rows - rows % STRIP, rows):
        for c in range(COLUMNS):
            away = out[i * COLUMNS + c] - out[Y + c] * decays[LOST + i * COLUMNS + c]
            out[SUM + c] += away
            out[SQUARES + c] += away * away


@jit(_nrt=False, forceinline=True)
def float_on(x, first, blocks, taus, current, decays, rows, free, out):
    """Let the free potentials pass the blocks, `rows` samples of each counted.

    free[:, t] is (y at the block's start, blocks passed, mean of y, sum of its squared deviations, sum of F^2).
    """
    for g in range(blocks):
        for t in range(taus):
            c = g * taus + t
            end = BLOCK * COLUMNS + c
            out[Y + c] = free[0, t]
            free[0, t] = (free[0, t] + out[end]) - decays[LOST + end] * free[0, t] if current else x[first + (g + 1) * BLOCK]
    stray(decays, rows, out)
    for g in range(blocks):
        before = free[1, 0] * BLOCK
        weight = rows / (before + rows)
        for t in range(taus):
            c = g * taus + t
            mean = out[SUM + c] / rows
            gap = (out[Y + c] + mean) - free[2, t]
            free[2, t] += weight * gap
            free[3, t] += (out[SQUARES + c] - out[SUM + c] * mean) + (gap * gap) * (before * weight)
            free[1, t] += 1.0


BIT = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
