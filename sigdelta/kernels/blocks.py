"""What a block of samples does to every neuron that starts it with the membrane u.

A membrane that starts the block at a centre c finds its sample i at R_i = c + d_i; one that starts at u is at

    u_i = R_i + (u - c) a^i = F_i + u a^i,    F_i = d_i + c (1 - a^i),

a = exp(-h / tau) being the decay over a sample. Under potential drive c is the block's first sample, and R the signal; under
current drive c is the block's mean, and d = (1 - a) e the response to x - c. So d is small for any offset of the signal. Its
range, sum d, sum d^2 and sum a^i d_i are shared by all neurons of one tau, whose sum of u^2 over the block is
u (u sum a^2i + 2 sum a^i F_i) + sum F_i^2. For many time constants those sums come from a few moments of the block, and all
sum d^2 at the end (`squares_by_lags`). With S_i = sum_m<i (x_m - c), the range of e under current drive is bounded by that
of S, e_i being S_i less a mean of S_1 ... S_i-1 that is weighted by at most 1 - a^B.
"""

from math import expm1, inf

from .columns import BLOCK, COLUMNS, correlate, fill, lay, recur, survey, weigh
from .jit import jit
from .tables import (
    BASIS,
    BLUR,
    BOTTOM,
    BULGE,
    CENTRE,
    CROSS,
    DECAYS,
    DOT,
    DOT_EVEN,
    DOT_ODD,
    END,
    ENDED,
    ENERGY,
    EVEN,
    EVEN_SUM,
    FARTHEST,
    FREE,
    HIGH,
    KEPT,
    LAGS,
    LAST,
    LAST_COLUMN,
    LOOSE,
    LOST,
    LOST_DOT,
    LOST_SQUARES,
    LOST_SUM,
    LOW,
    LOWER,
    MEAN,
    MOMENTS,
    MOVED,
    NOISE,
    ODD,
    ODD_SUM,
    PITCH,
    POWER,
    POWERS,
    REACH,
    RESPONSE,
    SAMPLES,
    SHARE,
    SPREAD,
    SQUARES,
    STARTS,
    SUM,
    SWUNG,
    TABLE_SIZE,
    TOP,
    TOTAL,
    UPPER,
    WEIGHTS,
    WIDEST,
    Y,
)


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
def recount(rows, first, count, current, columns):
    """The sums of the first `rows` samples only, of a block that stands alone: the last; for so many columns from `first` on."""
    for c in range(first, first + count):
        share, squares, summed, dot, e = columns[SHARE + c], 0.0, 0.0, 0.0, 0.0
        for i in range(rows):
            x = columns[SAMPLES + i * COLUMNS]
            d = share * e if current else x
            e = columns[DECAYS + COLUMNS + c] * e + x
            squares, summed, dot = squares + d * d, summed + d, dot + columns[DECAYS + i * COLUMNS + c] * d
        columns[DOT + c], columns[SQUARES + c], columns[SUM + c] = dot, squares, summed


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def complete(c, centre, high, low, current, columns):
    """Complete column c by the range of d and the sums of F; `high` and `low` are those of x - centre, or of S."""
    total, squares, dot = columns[SUM + c], columns[SQUARES + c], columns[DOT + c]
    if current:
        share, lost = columns[SHARE + c], columns[LOST + c]
        high, low = share * (high - lost * low), share * (low - lost * high)
    columns[TOP + c], columns[BOTTOM + c] = high, low
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
def loosen(c, t, centre, current, columns):
    """The range of R, and how far rounding, and bulges between samples, may take a membrane beyond what its samples say.

    Rounding is that of the block, and what is left of that of earlier blocks, which the membranes of time constant t carry on.
    """
    span, y = max(columns[TOP + c], -columns[BOTTOM + c]), abs(centre)
    if current:
        y += abs(columns[FREE + c] - centre)
    columns[TOP + c], columns[BOTTOM + c] = centre + columns[TOP + c], centre + columns[BOTTOM + c]
    columns[BLUR + t] = columns[BLUR + t] * (1.0 - columns[LOST + c]) + CARRIED * (y + span)
    columns[NOISE + c] = ROUNDING * (y + span) + columns[BLUR + t]
    columns[LOOSE + c] = columns[BULGE + c] * (y + span * columns[REACH + c]) + columns[NOISE + c]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def note_size(blocks, rows, columns):
    """Note what tells how far rounding may go in so many blocks."""
    for g in range(blocks):
        centre, swing = columns[CENTRE + g], columns[HIGH + g] - columns[LOW + g] if rows == BLOCK else 0.0
        columns[FARTHEST] = max(columns[FARTHEST], abs(centre))
        columns[WIDEST] = max(columns[WIDEST], columns[HIGH + g], -columns[LOW + g])
        columns[SWUNG] += (centre * swing) * (centre * swing)


@jit(_nrt=False, forceinline=True)
def sum_blocks(current, leaky, columns):
    """The sums and the end of d in each block, for the one time constant there is."""
    if current:
        recur(columns, SAMPLES, DECAYS, STARTS, END, DOT, SQUARES)
    else:
        weigh(columns, SAMPLES, COLUMNS, -1, DECAYS, BLOCK, DOT)
    for c in range(COLUMNS):
        share = columns[SHARE + c]
        if current:
            # share (e_1 + ... + e_B-1) = x_1 + ... + x_B - e_B, but without a leak
            columns[SUM + c] = columns[TOTAL + c] - columns[END + c] if leaky else share * columns[ENERGY + c]
            columns[END + c] *= share
            columns[DOT + c] *= share
            columns[SQUARES + c] *= share * share
        else:
            columns[SUM + c], columns[SQUARES + c] = columns[TOTAL + c], columns[ENERGY + c]
            columns[END + c] = columns[SAMPLES + BLOCK * COLUMNS + c]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def sum_taus(g, first, taus, current, columns):
    """The sums and the end of d in block g, but sum d^2 under current drive, for the table that begins at `first`."""
    count, own = int(columns[first + WEIGHTS]), columns[first:]
    if count == BLOCK:
        weigh(columns, SAMPLES, COLUMNS, g, first + EVEN, BLOCK, first + EVEN_SUM)
        weigh(columns, SAMPLES, COLUMNS, g, first + ODD, BLOCK, first + ODD_SUM)
    else:
        weigh(columns, MOMENTS, 2, g * COLUMNS, first + EVEN, (count + 1) // 2, first + EVEN_SUM)
        weigh(columns, MOMENTS + 1, 2, g * COLUMNS, first + ODD, count // 2, first + ODD_SUM)
    total, squares, end = columns[TOTAL + g], columns[ENERGY + g], columns[SAMPLES + BLOCK * COLUMNS + g]
    # the compiler vectorises loops whose length it does not know
    for c in range(min(taus, COLUMNS)):
        odd = own[SHARE + c] * own[ODD_SUM + c]
        even = own[SHARE + c] * (total - own[EVEN_SUM + c])
        own[DOT + c] = even * own[DOT_EVEN + c] + odd * own[DOT_ODD + c]
        if current:
            own[SUM + c], own[END + c] = own[EVEN_SUM + c] - own[ODD_SUM + c], even + odd
        else:
            own[SUM + c], own[END + c], own[SQUARES + c] = total, end, squares


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def describe_blocks(blocks, rows, before, current, columns):
    """Complete the columns of so many blocks, for the one time constant there is."""
    sum_blocks(current, columns[LOST] > 0.0, columns)
    if rows < BLOCK:
        recount(rows, 0, 1, current, columns)
    for c in range(blocks):
        complete(c, columns[CENTRE + c], columns[HIGH + c], columns[LOW + c], current, columns)
    for c in range(blocks):
        float_on(c, 0, columns[CENTRE + c], rows, before + c * BLOCK, current, columns)
        columns[POWERS] += columns[POWER + c]
    for c in range(blocks):
        loosen(c, 0, columns[CENTRE + c], current, columns)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def describe_taus(g, taus, rows, before, current, columns):
    """Complete the columns of the time constants in block g."""
    whole, centre, high, low = 1.0 if rows == BLOCK else 0.0, columns[CENTRE + g], columns[HIGH + g], columns[LOW + g]
    for first in range(0, taus // COLUMNS * TABLE_SIZE, TABLE_SIZE):
        own = columns[first:]
        sum_taus(g, first, taus, current, columns)
        if rows < BLOCK:
            recount(rows, first, COLUMNS, current, columns)
        for c in range(min(taus, COLUMNS)):
            complete(c, centre, high, low, current, own)
            own[POWERS + c] += own[POWER + c]
            if current:
                own[ENDED + c] += whole * (own[END + c] * own[END + c])
                float_on(c, c, centre, rows, before, current, own)
            loosen(c, c, centre, current, own)
    if not current:
        float_on(0, 0, centre, rows, before, current, columns)


@jit(_nrt=False)
def note_moments(blocks, columns):
    """Write the moments of so many blocks."""
    for g in range(blocks):
        weigh(columns, SAMPLES, COLUMNS, g, BASIS, BLOCK, MOMENTS + g * COLUMNS)


@jit(_nrt=False)
def note_lags(blocks, columns):
    """Add to what tells the sums of d^2 of all time constants under current drive, for so many whole blocks.

    The samples of other columns are 0 from then on.
    """
    for i in range(BLOCK):
        for c in range(blocks, COLUMNS):
            columns[SAMPLES + i * COLUMNS + c] = 0.0
    correlate(columns, SAMPLES, LAGS)


@jit(_nrt=False)
def squares_by_lags(c, z, columns):
    """The sum of d^2 over all blocks that `note_lags` was told of, and the sum of what it is made of without its signs.

    For the time constant of column c, 1 / z samples. As e' = a e + x gives (1 - a^2) (e_0^2 + ... + e_B-1^2) + e_B^2 =
    x_0^2 + ... + 2 a (e_1 x_1 + ...), the products of samples that are k apart count 2 a^k times. All of them with that of each
    sample with itself are the square of the sum of a block, which is 0: so they count 2 (a^k - 1) times.
    """
    total, size, share = 0.0, 0.0, columns[SHARE + c]
    for k in range(1, BLOCK):
        product = 0.0
        for g in range(COLUMNS):
            product += columns[LAGS + k * COLUMNS + g]
        total += 2.0 * expm1(-k * z) * product
        size -= 2.0 * expm1(-k * z) * abs(product)
    rest = -1.0 / expm1(-2.0 * z)
    return (share * share * total - columns[ENDED + c]) * rest, (share * share * size + columns[ENDED + c]) * rest


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def reaches(v, end, room, record, c, both, columns):
    """Whether a membrane, above R by v and in the end by `end`, may reach `room`, or on either side `record`."""
    near, up, down = min(room, record), max(v, end) + columns[TOP + c], min(v, end) + columns[BOTTOM + c]
    return (up >= near) | (-down >= (near if both else record))


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def stirs(v, place, t, c, room, record, block):
    """Whether a membrane that starts the block at R + v may reach `room`, or on either side `record`, from a sample on.

    The sample is known by its place in the lines. Beside the bounds of `reaches` there is that, under current drive, a membrane
    moves towards the samples.
    """
    columns, lines, g = block.columns, block.lines, block.g & LAST_COLUMN
    now, end, near = v * lines[KEPT + place], v * lines[KEPT + t * PITCH + LAST], min(room, record)
    u = now + lines[RESPONSE + place]
    up = min(max(u, columns[UPPER + g]), max(now, end) + columns[TOP + c])
    down = max(min(u, columns[LOWER + g]), min(now, end) + columns[BOTTOM + c])
    return (up >= near) | (-down >= (near if block.rule.bipolar else record))


ROUNDING, CARRIED = 2.0**-44, 2.0**-49
