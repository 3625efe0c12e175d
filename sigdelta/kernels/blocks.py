"""What a block of samples does to every neuron that starts it with the membrane u.

A membrane that starts the block at a reference c finds its sample i at R_i = c + d_i; one that starts at u is at

    u_i = R_i + (u - c) a^i = F_i + u a^i,    F_i = d_i + c (1 - a^i),

a = exp(-h / tau) being the decay over a sample. Under potential drive c is the block's first sample, and R the signal; under
current drive c is the free potential before the block or up to COLUMNS blocks earlier, and d the response to x - c. So d is
small for any offset of the signal. Its range, sum d, sum d^2 and sum a^i d_i are shared by all neurons of one tau, whose sum
of u^2 over the block is u (u sum a^2i + 2 sum a^i F_i) + sum F_i^2.

COLUMNS blocks, or one block and COLUMNS time constants, are computed side by side: row r of column c of a table stands at
r COLUMNS + c, a distance that the compiler knows.
"""

from math import exp, expm1, inf
from typing import NamedTuple

import numpy as np

from .bits import dot
from .jit import jit

BLOCK, COLUMNS, STRIP, WIDTH = 32, 16, 8, 64
ROWS, PADDED = BLOCK + 1, 2 * BLOCK + 1
SUM, SQUARES, DOT, TOP, BOTTOM, REFERENCE, FREE, CROSS, POWER, LOOSE, NOISE, OUT_SIZE = (COLUMNS * (ROWS + i) for i in range(12))
SHARE, LEAK, LOST, LOST_SUM, LOST_SQUARES, LOST_DOT, OWN, BULGE, REACH, DECAYS_SIZE = (COLUMNS * (ROWS + i) for i in range(10))
Y, MEAN, SPREAD, POWERS, MOVED, FREE_SIZE = (COLUMNS * i for i in range(6))


class Tables(NamedTuple):
    """Powers of the decays, by time constant t: a^i at t PADDED + BLOCK + i after zeros, a^-i at t ROWS + i; and by column.

    `squares` at t ROWS + i is the sum of a^2j over j < i, `fades` and `rises` the powers of the adaptation's decay.
    """

    powers: np.ndarray
    growth: np.ndarray
    squares: np.ndarray
    fades: np.ndarray
    rises: np.ndarray
    decays: np.ndarray


@jit(_nrt=False)
def set_tables(fs, taus, sigma, rows, bends, current, tables):
    """Fill the tables; sums over a block count its first `rows` samples, and the membrane `bends` between samples."""
    decays = tables.decays
    for i in range(ROWS):
        tables.fades[i], tables.rises[i] = exp(-i / (fs * sigma)), exp(i / (fs * sigma))
    for t in range(taus.size):
        z, total = 1.0 / (fs * taus[t]), 0.0
        for i in range(ROWS):
            power = exp(-i * z)
            tables.powers[t * PADDED + BLOCK + i], tables.growth[t * ROWS + i], tables.squares[t * ROWS + i] = (
                power,
                exp(i * z),
                total,
            )
            total += exp(-2 * i * z)
        for c in range(t, COLUMNS, taus.size):
            decays[SHARE + c], decays[LEAK + c] = (1.0 / fs if taus[t] == inf else -expm1(-z)), -expm1(-z)
            decays[LOST + c], decays[OWN + c] = -expm1(-BLOCK * z), tables.squares[t * ROWS + rows]
            decays[BULGE + c] = 0.125 * z * z if bends else 0.0
            decays[REACH + c] = 3.0 + 2.0 / decays[SHARE + c] if bends and current else 1.0
            decays[LOST_SUM + c] = decays[LOST_SQUARES + c] = decays[LOST_DOT + c] = 0.0
            for i in range(ROWS):
                power, lost = exp(-i * z), -expm1(-i * z)
                decays[i * COLUMNS + c] = power
                if i < rows:
                    decays[LOST_SUM + c] += lost
                    decays[LOST_SQUARES + c] += lost * lost
                    decays[LOST_DOT + c] += lost * power


@jit(_nrt=False, forceinline=True)
def lay(x, first, blocks, decays, source, out):
    """Write the samples of the blocks from `first` on, less their reference, in columns."""
    reference = out[REFERENCE] if decays[LEAK] > 0.0 else 0.0
    for g in range(blocks):
        k = first + g * BLOCK
        for i in range(BLOCK):
            source[i * COLUMNS + g] = x[k + i] - reference


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def respond(source, first, laid, decays, out):
    """d' = a d + share (x - c) from d = 0: its range, its sum and those of d^2 and a^i d.

    The columns of `source` hold x - c if they are `laid`; if not, it holds the samples, from `first` on, for all columns.
    """
    for c in range(COLUMNS):
        out[c] = out[SUM + c] = out[SQUARES + c] = out[DOT + c] = out[TOP + c] = out[BOTTOM + c] = 0.0
    for strip in range(BLOCK // STRIP):
        for c in range(COLUMNS):
            begin, share, kept = strip * STRIP * COLUMNS + c, decays[SHARE + c], decays[COLUMNS + c]
            d, total, squares, dot = out[begin], out[SUM + c], out[SQUARES + c], out[DOT + c]
            top, bottom, offset = out[TOP + c], out[BOTTOM + c], share * out[REFERENCE + c]
            for i in range(STRIP):
                at = begin + i * COLUMNS
                total += d
                squares += d * d
                dot += decays[at] * d
                d = kept * d + (share * source[at] if laid else share * source[first + strip * STRIP + i] - offset)
                top, bottom = max(top, d), min(bottom, d)
                out[at + COLUMNS] = d
            out[SUM + c], out[SQUARES + c], out[DOT + c], out[TOP + c], out[BOTTOM + c] = total, squares, dot, top, bottom


@jit(_nrt=False, fastmath={"contract", "reassoc", "nnan", "nsz"}, forceinline=True)
def follow(x, at, taus, powers, source, out):
    """The same sums of d = x[at + i] - x[at], under potential drive."""
    c, total, squares, top, bottom = x[at], 0.0, 0.0, 0.0, 0.0
    for i in range(BLOCK):
        d, then = x[at + i] - c, x[at + i + 1] - c
        total += d
        squares += d * d
        top, bottom = max(top, then), min(bottom, then)
        source[i] = d
    for t in range(taus):
        out[SUM + t], out[SQUARES + t], out[TOP + t], out[BOTTOM + t] = total, squares, top, bottom
        out[DOT + t] = dot(powers, t * PADDED + BLOCK, source, 0)
        out[REFERENCE + t], out[BLOCK * COLUMNS + t] = c, x[at + BLOCK] - c


@jit(_nrt=False)
def recount(x, at, rows, taus, current, decays, out):
    """The sums of the first `rows` samples only."""
    for t in range(taus):
        out[SUM + t] = out[SQUARES + t] = out[DOT + t] = 0.0
        for i in range(rows):
            d = out[i * COLUMNS + t] if current else x[at + i] - x[at]
            out[SUM + t] += d
            out[SQUARES + t] += d * d
            out[DOT + t] += decays[i * COLUMNS + t] * d


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def float_one(c, t, rows, weight, before, current, decays, free, out):
    """Let the free potential of time constant t pass the block of column c."""
    reference, total, squares, end = out[REFERENCE + c], out[SUM + c], out[SQUARES + c], out[BLOCK * COLUMNS + c]
    y = free[Y + t] if current else reference
    gap = y - reference
    out[FREE + c], free[Y + t] = y, y + (end - gap * decays[LOST + c])
    moved = squares + (gap * gap) * decays[LOST_SQUARES + c]
    square, mean = moved - 2.0 * gap * (total - out[DOT + c]), (total - gap * decays[LOST_SUM + c]) / rows
    shift = (y + mean) - free[MEAN + t]
    free[MEAN + t] += weight * shift
    free[SPREAD + t] += (square - (mean * mean) * rows) + (shift * shift) * (before * weight)
    free[POWERS + t] += out[POWER + c]
    free[MOVED + t] += moved


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def float_on(blocks, taus, rows, passed, current, decays, free, out):
    """Let the free potentials pass the blocks, `passed` before, `rows` samples of each counted; complete the columns' sums.

    The rows of `free` are y at the block's start, mean of y, sum of its squared deviations, of F^2, and of d^2.
    """
    for c in range(COLUMNS):
        y, d = out[REFERENCE + c], out[DOT + c]
        out[CROSS + c] = d + y * decays[LOST_DOT + c]
        out[POWER + c] = out[SQUARES + c] + y * (2.0 * (out[SUM + c] - d) + y * decays[LOST_SQUARES + c])
    for g in range(blocks):
        before = float((passed + g) * BLOCK)
        weight = rows / (before + rows)
        if taus == 1:
            float_one(g, 0, rows, weight, before, current, decays, free, out)
        else:
            for t in range(COLUMNS):
                float_one(t, t, rows, weight, before, current, decays, free, out)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def loosen(decays, out):
    """How far rounding, and bulges between samples, may take a membrane beyond what its samples say."""
    for c in range(COLUMNS):
        span, gap = max(out[TOP + c], -out[BOTTOM + c]), abs(out[FREE + c] - out[REFERENCE + c])
        y = abs(out[REFERENCE + c]) + gap
        out[NOISE + c] = ROUNDING * (y + span)
        out[LOOSE + c] = decays[BULGE + c] * (y + span * decays[REACH + c]) + out[NOISE + c]


@jit(_nrt=False, forceinline=True)
def write_out(x, at, c, t, current, out, response):
    """Write R of one block and time constant t, which column c + t describes, from t ROWS on."""
    if current:
        for i in range(ROWS):
            response[t * ROWS + i] = out[REFERENCE + c + t] + out[i * COLUMNS + c + t]
        return
    for i in range(ROWS):
        response[t * ROWS + i] = x[at + i]


ROUNDING = 2.0**-44
BIT = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
