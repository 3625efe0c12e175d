"""What a block of samples does to every neuron that starts it with the membrane u.

A membrane that starts the block at a centre c finds its sample i at R_i = c + d_i; one that starts at u is at

    u_i = R_i + (u - c) a^i = F_i + u a^i,    F_i = d_i + c (1 - a^i),

a = exp(-h / tau) being the decay over a sample. Under potential drive c is the block's first sample, and R the signal; under
current drive c is the block's mean, and d = (1 - a) e the response to x - c. So d is small for any offset of the signal. Its
range, sum d, sum d^2 and sum a^i d_i are shared by all neurons of one tau, whose sum of u^2 over the block is
u (u sum a^2i + 2 sum a^i F_i) + sum F_i^2. With S_i = sum_m<i (x_m - c), the range of e under current drive is bounded by that
of S, e_i being S_i less a mean of S_1 ... S_i-1 that is weighted by at most 1 - a^B.

COLUMNS blocks, or one block and COLUMNS time constants, are computed side by side: row r of column c of a table stands at
r COLUMNS + c, a distance that the compiler knows. For more time constants such tables follow one another.
"""

from math import exp, expm1, inf
from typing import NamedTuple

import numpy as np

from .columns import BLOCK, COLUMNS, NEXT, OCTET, QUAD, fill, lay, recur, survey, weigh
from .jit import jit

WIDTH = 64
ROWS, PITCH = BLOCK + 1, 40
ENDS = BLOCK // OCTET
ALONG, DECAYS, SAMPLES, SINGLE = (COLUMNS * (i * (ENDS + 1) + j * ROWS) for i, j in ((1, 0), (2, 0), (2, 1), (2, 2)))
SUM, SQUARES, DOT, TOP, BOTTOM, END, FREE = (SINGLE + COLUMNS * i for i in range(7))
CROSS, POWER, LOOSE, NOISE, SHARE, LOST, OWN = (FREE + COLUMNS * (i + 1) for i in range(7))
LOST_SUM, LOST_SQUARES, LOST_DOT, BULGE, REACH = (OWN + COLUMNS * (i + 1) for i in range(5))
Y, MEAN, SPREAD, POWERS, MOVED, FARTHEST, SWUNG = (REACH + COLUMNS * (i + 1) for i in range(7))
CENTRE, TOTAL, ENERGY, HIGH, LOW, UPPER, LOWER, TABLE_SIZE = (SWUNG + COLUMNS * (i + 1) for i in range(8))
LAST = BLOCK // QUAD * QUAD + QUAD - 1
PASSED = DECAYS + BLOCK * COLUMNS
KEPT, GROWN, SUMS, OWNS, RESPONSE, RUNNING, LINES_SIZE = (PITCH * WIDTH * i for i in range(7))


class Tables(NamedTuple):
    """`fades` and `rises` are the powers of the adaptation's decay; the others are tables in one piece.

    The lines, one for each time constant t, hold at t PITCH + slot(i) what belongs to sample i, and NEXT after it what belongs
    to sample i + 1: from KEPT on a^i, then a^-i, the sums of a^j and a^2j over j < i, and for one block R_i and the sum of
    a^j R_j over j < i.

    The rows of the columns are e_8i, the sums of a^m e_m over m < 8i, a^i, and by block x_i - c; then what belongs to one block,
    to the time constant, and to its free potential up to now: y, its mean, the sum of its squared deviations, of F^2, of d^2,
    and, once, the largest |c| and the sum of the squares of c times the range of S. Last, by block, stand c, and what all time
    constants share: the sums of x - c and its square, or of S, the range of S, or under potential drive of x - c, and that of x,
    infinite where it bounds nothing.
    """

    fades: np.ndarray
    rises: np.ndarray
    lines: np.ndarray
    columns: np.ndarray


@jit(_nrt=False, forceinline=True)
def column(t, g, taus):
    """The column of time constant t of so many, or of block g if there is but one; a table follows another."""
    return (t & (WIDTH - 1)) // COLUMNS * TABLE_SIZE + (t & (COLUMNS - 1)) if taus > 1 else g & (COLUMNS - 1)


@jit(_nrt=False, forceinline=True)
def slot(i):
    """Where in a line sample i < BLOCK stands: the four octets of a block lie side by side."""
    return (i & (OCTET - 1)) * QUAD + i // OCTET


@jit(_nrt=False)
def note(lines, line, i, value):
    """Write what belongs to sample i, and follows sample i - 1."""
    if i < BLOCK:
        lines[line + slot(i)] = value
    if i > 0:
        lines[line + slot(i - 1) + NEXT] = value


@jit(_nrt=False)
def set_tables(fs, taus, sigma, rows, bends, current, tables):
    """Fill the tables; sums over a block count its first `rows` samples, and the membrane `bends` between samples."""
    columns, lines = tables.columns, tables.lines
    for i in range(ROWS):
        tables.fades[i], tables.rises[i] = exp(-i / (fs * sigma)), exp(i / (fs * sigma))
    for t in range(taus.size):
        z, line, total, square, own = 1.0 / (fs * taus[t]), t * PITCH, 0.0, 0.0, 0.0
        for i in range(ROWS):
            own = square if i == rows else own
            for row, value in ((KEPT, exp(-i * z)), (GROWN, exp(i * z)), (SUMS, total), (OWNS, square)):
                note(lines, row + line, i, value)
            total, square = total + exp(-i * z), square + exp(-2 * i * z)
        first, count = column(t, 0, taus.size), COLUMNS if taus.size == 1 else 1
        for c in range(first, first + count):
            columns[SHARE + c] = 1.0 if not current else 1.0 / fs if taus[t] == inf else -expm1(-z)
            columns[LOST + c], columns[OWN + c] = -expm1(-BLOCK * z), own
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
def read(x, first, current, leaky, columns):
    """Write the samples from x[first] on in columns, and what all time constants share."""
    lay(x, first, columns, SAMPLES, CENTRE, current and leaky, not current)
    survey(columns, SAMPLES, current, TOTAL, ENERGY, HIGH, LOW, UPPER, LOWER)
    if current and leaky:
        for c in range(COLUMNS):
            columns[UPPER + c] += columns[CENTRE + c]
            columns[LOWER + c] += columns[CENTRE + c]
    else:
        fill(columns, UPPER, inf)
        fill(columns, LOWER, -inf)


@jit(_nrt=False)
def recount(rows, taus, current, columns):
    """The sums of the first `rows` samples only, of a block that stands alone: the last."""
    for t in range(taus):
        c = column(t, 0, taus)
        total = squares = summed = dot = e = 0.0
        for i in range(rows):
            x = columns[SAMPLES + i * COLUMNS]
            d = e if current else x
            e = columns[DECAYS + COLUMNS + c] * e + x
            total, squares, summed, dot = total + x, squares + d * d, summed + d, dot + columns[DECAYS + i * COLUMNS + c] * d
        columns[ALONG + ENDS * COLUMNS + c], columns[SQUARES + c] = dot, squares
        columns[TOTAL], columns[ENERGY] = (0.0, summed) if current else (total, squares)
        # `complete` takes the sum of d from TOTAL and the end of e, which nobody needs after the last block
        columns[ENDS * COLUMNS + c] = -columns[SHARE + c] * summed


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def complete(c, centre, high, low, total, squares, end, current, leaky, columns):
    """Write the sums and the range of d in column c; `total`, `squares` and `end` are those of x - centre."""
    dot = columns[ALONG + ENDS * COLUMNS + c]
    if current:
        share, lost = columns[SHARE + c], columns[LOST + c]
        high, low = share * (high - lost * low), share * (low - lost * high)
        # share (e_1 + ... + e_B-1) = x_1 + ... + x_B - e_B, but without a leak
        total = total - columns[ENDS * COLUMNS + c] if leaky else share * squares
        squares = share * share * columns[SQUARES + c]
        dot, end = share * dot, share * columns[ENDS * COLUMNS + c]
    columns[TOP + c], columns[BOTTOM + c], columns[END + c] = high, low, end
    columns[SUM + c], columns[SQUARES + c], columns[DOT + c] = total, squares, dot
    columns[CROSS + c] = dot + centre * columns[LOST_DOT + c]
    columns[POWER + c] = squares + centre * (2.0 * (total - dot) + centre * columns[LOST_SQUARES + c])


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def float_on(c, t, centre, rows, before, current, columns):
    """Let the free potential of time constant t pass the block of column c, `rows` samples of which count, after `before`.

    Under potential drive it is the signal, for all of them.
    """
    total, squares, weight = columns[SUM + c], columns[SQUARES + c], rows / (before + rows)
    y = columns[Y + t] if current else centre
    gap = y - centre
    columns[FREE + c], columns[Y + t] = y, y + (columns[END + c] - gap * columns[LOST + c])
    moved = squares + (gap * gap) * columns[LOST_SQUARES + c]
    square, mean = moved - 2.0 * gap * (total - columns[DOT + c]), (total - gap * columns[LOST_SUM + c]) * (1.0 / rows)
    shift = (y + mean) - columns[MEAN + t]
    columns[MEAN + t] += weight * shift
    columns[SPREAD + t] += (square - (mean * mean) * rows) + (shift * shift) * (before * weight)
    columns[MOVED + t] += moved


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def loosen(c, centre, current, columns):
    """The range of R, and how far rounding, and bulges between samples, may take a membrane beyond what its samples say."""
    span, y = max(columns[TOP + c], -columns[BOTTOM + c]), abs(centre)
    if current:
        y += abs(columns[FREE + c] - centre)
    columns[TOP + c], columns[BOTTOM + c] = centre + columns[TOP + c], centre + columns[BOTTOM + c]
    columns[NOISE + c] = ROUNDING * (y + span)
    columns[LOOSE + c] = columns[BULGE + c] * (y + span * columns[REACH + c]) + columns[NOISE + c]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def note_size(centre, swing, columns):
    """Note what tells how far rounding may go."""
    columns[FARTHEST] = max(columns[FARTHEST], abs(centre))
    columns[SWUNG] += (centre * swing) * (centre * swing)


@jit(_nrt=False, forceinline=True)
def sum_down(g, taus, current, columns):
    """Pass the samples down the columns of blocks, or those of block g down the columns of time constants."""
    for first in range(0, (taus + COLUMNS - 1) // COLUMNS * TABLE_SIZE, TABLE_SIZE):
        if current:
            recur(columns, SAMPLES, -1 if taus == 1 else g, first + DECAYS, first, first + SQUARES, first + ALONG)
        else:
            weigh(columns, SAMPLES, -1 if taus == 1 else g, first + DECAYS, first + ALONG)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def describe(g, blocks, taus, rows, passed, current, columns):
    """Complete the columns of `blocks` blocks, or those of the time constants in block g, after `passed` samples."""
    sum_down(g, taus, current, columns)
    if rows < BLOCK:
        recount(rows, taus, current, columns)
    ends, before, leaky = SAMPLES + BLOCK * COLUMNS, float(passed), columns[LOST] > 0.0
    if taus == 1:
        for c in range(blocks):
            complete(
                c, columns[CENTRE + c], columns[HIGH + c], columns[LOW + c], columns[TOTAL + c], columns[ENERGY + c],
                columns[ends + c], current, leaky, columns,
            )  # fmt: skip
        for c in range(blocks):
            float_on(c, 0, columns[CENTRE + c], rows, before + c * BLOCK, current, columns)
            columns[POWERS] += columns[POWER + c]
            note_size(columns[CENTRE + c], columns[HIGH + c] - columns[LOW + c] if rows == BLOCK else 0.0, columns)
        for c in range(blocks):
            loosen(c, columns[CENTRE + c], current, columns)
        return
    g &= COLUMNS - 1
    centre, high, low = columns[CENTRE + g], columns[HIGH + g], columns[LOW + g]
    total, squares, end = columns[TOTAL + g], columns[ENERGY + g], columns[ends + g]
    note_size(centre, high - low if rows == BLOCK else 0.0, columns)
    for first in range(0, taus // COLUMNS * TABLE_SIZE, TABLE_SIZE):
        own = columns[first:]
        for c in range(min(taus, COLUMNS)):
            complete(c, centre, high, low, total, squares, end, current, True, own)
            own[POWERS + c] += own[POWER + c]
            if current:
                float_on(c, c, centre, rows, before, current, own)
            loosen(c, centre, current, own)
    if not current:
        float_on(0, 0, centre, rows, before, current, columns)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def reaches(v, end, room, record, c, both, columns):
    """Whether a membrane, above R by v and in the end by `end`, may reach `room`, or on either side `record`."""
    near, up, down = min(room, record), max(v, end) + columns[TOP + c], min(v, end) + columns[BOTTOM + c]
    return (up >= near) | (-down >= (near if both else record))


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def stirs(v, place, t, c, g, room, record, both, columns, lines):
    """Whether a membrane that starts block g at R + v may reach `room`, or on either side `record`, from a sample on.

    The sample is known by its place in the lines. Beside the bounds of `reaches` there is that, under current drive, a membrane
    moves towards the samples.
    """
    now, end, near = v * lines[KEPT + place], v * lines[KEPT + t * PITCH + LAST], min(room, record)
    u = now + lines[RESPONSE + place]
    up = min(max(u, columns[UPPER + g]), max(now, end) + columns[TOP + c])
    down = max(min(u, columns[LOWER + g]), min(now, end) + columns[BOTTOM + c])
    return (up >= near) | (-down >= (near if both else record))


ROUNDING = 2.0**-44
BIT = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
