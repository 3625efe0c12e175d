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
SUM, SQUARES, DOT, TOP, BOTTOM, REFERENCE, FREE, CROSS, POWER, LOOSE, NOISE = (COLUMNS * (ROWS + i) for i in range(11))
SHARE, LOST, LOST_SUM, LOST_SQUARES, LOST_DOT, OWN, BULGE, REACH = (COLUMNS * (ROWS + 11 + i) for i in range(8))
Y, MEAN, SPREAD, POWERS, MOVED, DECAYS = (COLUMNS * (ROWS + 19 + i) for i in range(6))
END, PASSED, TABLE_SIZE = BLOCK * COLUMNS, DECAYS + BLOCK * COLUMNS, DECAYS + ROWS * COLUMNS


class Tables(NamedTuple):
    """Powers of the decays, by time constant t: a^i at t PADDED + BLOCK + i after zeros, a^-i at t ROWS + i; and by column.

    `squares` at t ROWS + i is the sum of a^2j over j < i, `fades` and `rises` the powers of the adaptation's decay. The rows of
    `columns` are d_i, then what belongs to one block, to the time constant, and to its free potential up to now: y, its mean,
    the sum of its squared deviations, of F^2, and of d^2; last a^i.
    """

    powers: np.ndarray
    growth: np.ndarray
    squares: np.ndarray
    fades: np.ndarray
    rises: np.ndarray
    columns: np.ndarray


@jit(_nrt=False)
def set_tables(fs, taus, sigma, rows, bends, current, tables):
    """Fill the tables; sums over a block count its first `rows` samples, and the membrane `bends` between samples."""
    columns = tables.columns
    for i in range(ROWS):
        tables.fades[i], tables.rises[i] = exp(-i / (fs * sigma)), exp(i / (fs * sigma))
    for t in range(taus.size):
        z, total = 1.0 / (fs * taus[t]), 0.0
        for i in range(ROWS):
            power = exp(-i * z)
            tables.powers[t * PADDED + BLOCK + i], tables.growth[t * ROWS + i] = power, exp(i * z)
            tables.squares[t * ROWS + i] = total
            total += exp(-2 * i * z)
        for c in range(t, COLUMNS, taus.size):
            columns[SHARE + c] = 1.0 / fs if taus[t] == inf else -expm1(-z)
            columns[LOST + c], columns[OWN + c] = -expm1(-BLOCK * z), tables.squares[t * ROWS + rows]
            columns[BULGE + c] = 0.125 * z * z if bends else 0.0
            columns[REACH + c] = 3.0 + 2.0 / columns[SHARE + c] if bends and current else 1.0
            columns[LOST_SUM + c] = columns[LOST_SQUARES + c] = columns[LOST_DOT + c] = 0.0
            for i in range(ROWS):
                power, lost = exp(-i * z), -expm1(-i * z)
                columns[DECAYS + i * COLUMNS + c] = power
                if i < rows:
                    columns[LOST_SUM + c] += lost
                    columns[LOST_SQUARES + c] += lost * lost
                    columns[LOST_DOT + c] += lost * power


@jit(_nrt=False, forceinline=True)
def lay(x, first, blocks, source, columns):
    """Write the samples of the blocks from `first` on, less their reference, in columns."""
    reference = columns[REFERENCE] if columns[LOST] > 0.0 else 0.0
    for g in range(blocks):
        k = first + g * BLOCK
        for i in range(BLOCK):
            source[i * COLUMNS + g] = x[k + i] - reference


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def respond_in(row, source, first, laid, columns):
    """Respond to the samples of a strip from `row` on: a number, so that the compiler knows every distance."""
    for c in range(COLUMNS):
        d, share, kept = columns[row * COLUMNS + c], columns[SHARE + c], columns[DECAYS + COLUMNS + c]
        offset, total, squares, dot = share * columns[REFERENCE + c], columns[SUM + c], columns[SQUARES + c], columns[DOT + c]
        top, bottom = columns[TOP + c], columns[BOTTOM + c]
        for i in range(STRIP):
            at = (row + i) * COLUMNS + c
            total += d
            squares += d * d
            dot += columns[DECAYS + at] * d
            d = kept * d + (share * source[at] if laid else share * source[first + row + i] - offset)
            top, bottom = max(top, d), min(bottom, d)
            columns[at + COLUMNS] = d
        columns[SUM + c], columns[SQUARES + c], columns[DOT + c] = total, squares, dot
        columns[TOP + c], columns[BOTTOM + c] = top, bottom


@jit(_nrt=False, forceinline=True)
def respond(source, first, laid, columns):
    """d' = a d + share (x - c) from d = 0: its range, its sum and those of d^2 and a^i d.

    The columns of `source` hold x - c if they are `laid`; if not, it holds the samples, from `first` on, for all columns.
    """
    for c in range(COLUMNS):
        columns[c] = columns[SUM + c] = columns[SQUARES + c] = columns[DOT + c] = columns[TOP + c] = columns[BOTTOM + c] = 0.0
    respond_in(0, source, first, laid, columns)
    respond_in(STRIP, source, first, laid, columns)
    respond_in(2 * STRIP, source, first, laid, columns)
    respond_in(3 * STRIP, source, first, laid, columns)


@jit(_nrt=False, fastmath={"contract", "reassoc", "nnan", "nsz"}, forceinline=True)
def follow(x, at, taus, powers, source, columns):
    """The same sums of d = x[at + i] - x[at], under potential drive."""
    c, total, squares, top, bottom = x[at], 0.0, 0.0, 0.0, 0.0
    for i in range(BLOCK):
        d, then = x[at + i] - c, x[at + i + 1] - c
        total += d
        squares += d * d
        top, bottom = max(top, then), min(bottom, then)
        source[i] = d
    for t in range(taus):
        columns[SUM + t], columns[SQUARES + t], columns[TOP + t], columns[BOTTOM + t] = total, squares, top, bottom
        columns[DOT + t] = dot(powers, t * PADDED + BLOCK, source, 0)
        columns[REFERENCE + t], columns[END + t] = c, x[at + BLOCK] - c


@jit(_nrt=False)
def recount(x, at, rows, taus, current, columns):
    """The sums of the first `rows` samples only."""
    for t in range(taus):
        columns[SUM + t] = columns[SQUARES + t] = columns[DOT + t] = 0.0
        for i in range(rows):
            d = columns[i * COLUMNS + t] if current else x[at + i] - x[at]
            columns[SUM + t] += d
            columns[SQUARES + t] += d * d
            columns[DOT + t] += columns[DECAYS + i * COLUMNS + t] * d


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def float_one(c, t, rows, weight, before, current, columns):
    """Let the free potential of time constant t pass the block of column c."""
    reference, total, squares, end = columns[REFERENCE + c], columns[SUM + c], columns[SQUARES + c], columns[END + c]
    y = columns[Y + t] if current else reference
    gap = y - reference
    columns[FREE + c], columns[Y + t] = y, y + (end - gap * columns[LOST + c])
    moved = squares + (gap * gap) * columns[LOST_SQUARES + c]
    square, mean = moved - 2.0 * gap * (total - columns[DOT + c]), (total - gap * columns[LOST_SUM + c]) / rows
    shift = (y + mean) - columns[MEAN + t]
    columns[MEAN + t] += weight * shift
    columns[SPREAD + t] += (square - (mean * mean) * rows) + (shift * shift) * (before * weight)
    columns[POWERS + t] += columns[POWER + c]
    columns[MOVED + t] += moved


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def float_on(blocks, taus, rows, passed, current, columns):
    """Let the free potentials pass the blocks, `passed` before, `rows` samples of each counted; complete the columns' sums."""
    for c in range(blocks * taus):
        y, d = columns[REFERENCE + c], columns[DOT + c]
        columns[CROSS + c] = d + y * columns[LOST_DOT + c]
        columns[POWER + c] = columns[SQUARES + c] + y * (2.0 * (columns[SUM + c] - d) + y * columns[LOST_SQUARES + c])
    for g in range(blocks):
        before = float((passed + g) * BLOCK)
        weight = rows / (before + rows)
        if taus == 1:
            float_one(g, 0, rows, weight, before, current, columns)
        else:
            for t in range(taus):
                float_one(t, t, rows, weight, before, current, columns)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def loosen(count, columns):
    """How far rounding, and bulges between samples, may take a membrane beyond what its samples say."""
    for c in range(count):
        span, gap = max(columns[TOP + c], -columns[BOTTOM + c]), abs(columns[FREE + c] - columns[REFERENCE + c])
        y = abs(columns[REFERENCE + c]) + gap
        columns[NOISE + c] = ROUNDING * (y + span)
        columns[LOOSE + c] = columns[BULGE + c] * (y + span * columns[REACH + c]) + columns[NOISE + c]


@jit(_nrt=False, forceinline=True)
def write_out(x, at, c, t, current, columns, response):
    """Write R of one block and time constant t, which column c + t describes, from t ROWS on."""
    to, reference, column = response[t * ROWS :], columns[REFERENCE + c + t], columns[c + t :]
    if current:
        for i in range(ROWS):
            to[i] = reference + column[i * COLUMNS]
        return
    samples = x[at:]
    for i in range(ROWS):
        to[i] = samples[i]


ROUNDING = 2.0**-44
BIT = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
