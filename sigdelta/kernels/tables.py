"""Where the numbers of the lanes' kernels stand, and those that do not change.

COLUMNS blocks, or one block and COLUMNS time constants, are computed side by side: row r of column c of a table stands at
r COLUMNS + c, a distance that the compiler knows. For more time constants such tables follow one another. Their rows are a^i,
and by block x_i - c; the weights of E and O (`set_weights`), or with one time constant e_8i by block; the polynomials, the sums
of all (x_i - c) (x_i+k - c), and the moments of each block; then what belongs to one block, to the time constant, and to its
free potential up to now: y, its mean, the sum of its squared deviations, of F^2, of d^2, of the squares of the ends of d, and,
once, the largest |c| and the sum of the squares of c times the range of S. By block stand c, and what all time constants share:
the sums of x - c and its square, or of S, the range of S, or under potential drive of x - c, that of x, infinite where it bounds
nothing. Last come E, O, what they count in the sum of a^m d_m, how many weights there are, the largest that S, or x - c, was,
how far the signal moved before the block at hand, and how far rounding may have taken membranes up to it. What is by block, or
for all, is in the first table. Where there are many time constants under current drive, no sum of squares holds d^2 of whole
blocks (see `squares_by_lags`).

The lines, one for each time constant t, hold at t PITCH + slot(i) what belongs to sample i, and NEXT after it what belongs to
sample i + 1: from KEPT on a^i, then a^-i, the sums of a^2j over j < i, and for one block R_i and the sum of a^j R_j over j < i.
After them stand, i after FADES and RISES, the powers of the adaptation's decay over a sample, and their inverses.

The table of lanes has a column for each: parameters, then state. `boost` is what a spike adds to the level, `fixed` its height if
positive, `wake` the end of refractoriness, or inf. While the membrane stays below `room` (inf in refractoriness) there is no
spike, and below `record` no new largest error. `rough` is how far rounding may have taken it. A lane `in_doubt` is done with: it
needs the plain kernels. Then come what kernels/firing.py solves for the lanes in its list.

The lists are integers: by lane the sample up to which it is decided, and then what is to be looked at. In kernels/ahead.py that
is lanes with their next samples, those that wake and those that fire; in kernels/rounds.py lanes, and their samples as bits.
"""

from math import exp, expm1, inf, sinh
from typing import NamedTuple

import numpy as np

from .columns import BLOCK, COLUMNS, NEXT, OCTET, QUAD
from .jit import jit

WIDTH = 64
BIT = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
ROWS, PITCH = BLOCK + 1, 40
DECAYS, SAMPLES, EVEN, ODD, BASIS, LAGS, MOMENTS, SINGLE = (COLUMNS * ROWS * i for i in range(8))
STARTS = EVEN
SUM, SQUARES, DOT, TOP, BOTTOM, END, FREE = (SINGLE + COLUMNS * i for i in range(7))
CROSS, POWER, LOOSE, NOISE, SHARE, LOST, OWN = (FREE + COLUMNS * (i + 1) for i in range(7))
LOST_SUM, LOST_SQUARES, LOST_DOT, BULGE, REACH = (OWN + COLUMNS * (i + 1) for i in range(5))
Y, MEAN, SPREAD, POWERS, MOVED, ENDED, FARTHEST, SWUNG = (REACH + COLUMNS * (i + 1) for i in range(8))
CENTRE, TOTAL, ENERGY, HIGH, LOW, UPPER, LOWER, EVEN_SUM = (SWUNG + COLUMNS * (i + 1) for i in range(8))
ODD_SUM, DOT_EVEN, DOT_ODD, WEIGHTS, WIDEST, ENTRY, BLUR, TABLE_SIZE = (EVEN_SUM + COLUMNS * (i + 1) for i in range(8))
LAST = BLOCK // QUAD * QUAD + QUAD - 1
PASSED = DECAYS + BLOCK * COLUMNS
KEPT, GROWN, OWNS, RESPONSE, RUNNING, TURNED = (PITCH * (WIDTH + 1) * i for i in range(6))
FADES, RISES, LINES_SIZE = (TURNED + PITCH * (i + 1) for i in range(3))
TAU, Z, T_REF, BASE, BOOST, FIXED = (WIDTH * i for i in range(6))
U, EXTRA, WAKE, PREVIOUS, SQUARE, LARGEST, COUNT, LATE, IN_DOUBT, ROOM, RECORD = (WIDTH * i for i in range(6, 17))
VIRTUAL, SINCE, SEEN, BEFORE, ROUGH = (WIDTH * i for i in range(17, 22))
GAP, OVER, PULL, SLOPE, RATE, AFTER, SIDE, TIME, GROWTH, LANES_SIZE = (WIDTH * i for i in range(22, 32))
FIRST, PENDING, EVENTS, LISTS_SIZE = (WIDTH * i for i in range(4))
# for the compiler, which has to check an index that may be negative
LAST_COLUMN, LAST_LANE, LAST_SAMPLE = COLUMNS - 1, WIDTH - 1, BLOCK - 1
# polynomials that are orthonormal on the samples of a block, a column each
POLYNOMIALS = np.linalg.qr(np.cos(np.outer(np.arccos((2 * np.arange(BLOCK) - (BLOCK - 1)) / BLOCK), np.arange(COLUMNS))))[0]


class Rule(NamedTuple):
    """What the lanes of a group share: fs, duration in s, height over level, time constant of `extra`, and the options.

    `sag` is how far `extra` may fall below the line between two samples, as a part of it.
    """

    fs: float
    stop: float
    ratio: float
    sigma: float
    sag: float
    bipolar: bool
    current: bool


class Block(NamedTuple):
    """The block at hand: block g of those in the columns, the first `rows` of its samples, and the lanes that are to pass it.

    Its samples, and all that follow, are x, of all samples those from `start` on; `centre` is c, and BLOCK samples are over at
    the time `end`. `work` and `rest` are room for kernels/response.py, None where the level stands.
    """

    g: int
    start: int
    rows: int
    centre: float
    end: float
    taus: int
    x: np.ndarray
    lines: np.ndarray
    columns: np.ndarray
    rule: Rule
    lanes: np.ndarray
    lists: np.ndarray
    work: object
    rest: object


@jit(_nrt=False, forceinline=True)
def of_lane(n, block):
    """The time constant of lane n, and the column that describes the block to it."""
    t = n & (block.taus - 1) & LAST_LANE
    return t, column(t, block.g, block.taus)


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
def set_tables(fs, taus, sigma, rows, bends, current, lines, columns):
    """Fill the tables; sums over a block count its first `rows` samples, and the membrane `bends` between samples."""
    for i in range(ROWS):
        lines[FADES + i], lines[RISES + i] = exp(-i / (fs * sigma)), exp(i / (fs * sigma))
    for t in range(taus.size):
        z, line, square, own = 1.0 / (fs * taus[t]), t * PITCH, 0.0, 0.0
        for i in range(ROWS):
            own = square if i == rows else own
            for row, value in ((KEPT, exp(-i * z)), (GROWN, exp(i * z)), (OWNS, square)):
                note(lines, row + line, i, value)
            square += exp(-2 * i * z)
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
    if taus.size > 1:
        for i in range(BLOCK):
            for k in range(COLUMNS):
                columns[BASIS + i * COLUMNS + k] = POLYNOMIALS[i, k]
        for t in range(0, taus.size, COLUMNS):
            set_weights(fs, taus[t : t + COLUMNS], current, columns[column(t, 0, taus.size) :])


@jit(_nrt=False)
def set_weights(fs, taus, current, columns):
    """Write, for the time constants of a table, by what `weigh` makes its sums from a block.

    With h = (B - 1) / 2, and E and O the sums of (1 - a^h cosh(z (i - h))) x_i and a^h sinh(z (i - h)) x_i, the end of d is
    share (x_0 + x_1 + ... - E + O), the sum of d is E - O, and that of a^m d_m is made of the same. So each is as small as it
    should be where a block hardly moves the membrane. Both weights are polynomials of few degrees in i, even and odd about h,
    where a time constant is not short against a block: then so many moments do.
    """
    middle, bound, count, shortest = 0.5 * (BLOCK - 1), 2.0, 0, inf
    for tau in taus:
        shortest = min(shortest, fs * tau)
    while count < COLUMNS and bound > 2.0**-56:
        count += 1
        bound *= 0.25 * BLOCK / (shortest * count)
    few = bound <= 2.0**-56
    columns[WEIGHTS] = count if few else BLOCK
    for c in range(COLUMNS):
        z = 1.0 / (fs * taus[c])
        columns[DOT_EVEN + c], columns[DOT_ODD + c] = 1.0, -1.0
        if current:
            columns[DOT_EVEN + c] = exp(-z) * expm1(-(BLOCK - 1) * z) / expm1(-2.0 * z)
            columns[DOT_ODD + c] = (exp(-z) + columns[PASSED + c]) / expm1(-2.0 * z)
        for i in range(BLOCK):
            last, angle = exp(-middle * z), z * (i - middle)
            # 1 - a^h cosh, made of what is small
            half = sinh(0.5 * angle)
            even, odd = -expm1(-middle * z) - 2.0 * last * half * half, last * sinh(angle)
            if not few:
                columns[EVEN + i * COLUMNS + c], columns[ODD + i * COLUMNS + c] = even, odd
                continue
            for k in range(count):
                row = (ODD if k & 1 else EVEN) + k // 2 * COLUMNS + c
                columns[row] = (columns[row] if i else 0.0) + (odd if k & 1 else even) * POLYNOMIALS[i, k]
