"""The spikes of many lanes in one block: in every round the next one of each lane, so that their arithmetic overlaps.

The pulse d of a spike at the time r of its sample i, in samples, is taken from the membrane as if it had been missing from the
block's start on, v - d a^-(i + r); what follows in the block is found in the same way, and the sum of u^2 is corrected for the
samples after it. What is too close to decide, or within a few millionths of a sample after its start, is passed carefully:
sample by sample, with kernels/events.py.
"""

from math import exp, inf, log

import numpy as np

from .bits import beyond, lowest
from .blocks import (
    ALONG,
    BIT,
    BLOCK,
    BOTTOM,
    BULGE,
    CENTRE,
    COLUMNS,
    DECAYS,
    LEAD,
    LOOSE,
    LOWER,
    NOISE,
    PITCH,
    SHARE,
    TOP,
    UPPER,
    WIDTH,
)
from .columns import expand
from .events import (
    BASE,
    BOOST,
    COUNT,
    EARLY,
    EXTRA,
    FIXED,
    LATE,
    MAX_SPIKES,
    PREVIOUS,
    RECORD,
    ROOM,
    SEEN,
    SINCE,
    SQUARE,
    T_REF,
    TAU,
    VIRTUAL,
    WAKE,
    U,
    Z,
    carefully,
    see,
    set_limits,
)
from .exponentials import small_exp, small_log
from .jit import jit
from .lif import SAFE

ROUNDS = 200
LAST_TAU, LAST_LANE = COLUMNS - 1, WIDTH - 1  # for the compiler, which has to check an index that may be negative


@jit(_nrt=False, forceinline=True)
def marks(n, t, near, far, tables, lanes, scratch, adaptive):
    """Bit i says: sample i of the block ends at `near` or above, or at `-far` or below; `near` is relative to the base level."""
    v, place = lanes[VIRTUAL + n], t * PITCH + LEAD
    if not (adaptive and lanes[EXTRA + n] > 0.0):
        return beyond(
            v, tables.powers, place + 1, scratch.response, place + 1, min(near, lanes[RECORD + n]), -min(far, lanes[RECORD + n])
        )
    found, record = np.uint64(0), lanes[RECORD + n]
    for i in range(BLOCK):
        u, more = v * tables.powers[place + 1 + i] + scratch.response[place + 1 + i], lanes[EXTRA + n] * tables.fades[i + 1]
        found |= BIT[i] if (u >= min(near + more, record)) | (-u >= min(far + more, record)) else np.uint64(0)
    return found


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def cross(sign, a, slope, w, z, gap, end, base, extra, zeta):
    """Time r in samples at which sign (a + slope r - w e^-zr) reaches base + extra e^-(zeta r): (r, e^zr, whether it is found).

    `gap` is what is missing at the sample's start, `end` at its end: negative. A parabola leads to Newton's iteration.
    """
    rise, bend = gap - end, zeta * zeta * extra + sign * z * z * w
    r = gap / rise
    r = min(max(r + 0.5 * bend * r * (r - 1.0) / (rise - bend * (r - 0.5)), 0.0), 1.0)
    pace, step, kept, done = 0.0, 0.0, 1.0, False
    for _ in range(10):
        kept = small_exp(-z * r)
        decayed, faded = w * kept, extra * exp(-zeta * r) if extra > 0.0 else 0.0
        pace = sign * (slope + z * decayed) + zeta * faded
        step = ((base + faded) - sign * ((a + slope * r) - decayed)) / pace
        r += step
        # what a step leaves is |f'' / 2 f'| of its square
        done = step * step * (z * z * abs(decayed) + zeta * zeta * faded) <= 2.0**-52 * pace or abs(step) < 2.0**-50
        if done:
            break
    ahead = z * step
    return r, (1.0 + ahead * (1.0 + 0.5 * ahead)) / kept, done and pace > 0.0 and r <= 1.0


@jit(_nrt=False, forceinline=True)
def fire(n, t, c, j, sign, r, grown, late, start, tables, rule, lanes, scratch):
    """Take a spike at the time r in sample j, with grown = exp(r h / tau), from the membrane."""
    level, v, at, columns = lanes[BASE + n], lanes[VIRTUAL + n], t * PITCH + LEAD + j + 1, tables.columns
    if scratch.work is not None:
        risen = exp(r / (rule.fs * rule.sigma)) * tables.rises[j]
        level += lanes[EXTRA + n] / risen
        lanes[EXTRA + n] += lanes[BOOST + n] * risen
    height = lanes[FIXED + n] if lanes[FIXED + n] > 0.0 else rule.ratio * level
    d, whole = sign * height * tables.growth[at - 1] * grown, t * PITCH + LEAD + BLOCK
    own, middle = tables.squares[whole] - tables.squares[at], columns[CENTRE + c] * (tables.sums[whole] - tables.sums[at])
    rest = scratch.along[whole] - scratch.along[at]
    lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * (middle + columns[SHARE + c] * rest))
    lanes[VIRTUAL + n], scratch.first[n] = v - d, j
    lanes[COUNT + n] += 1.0
    lanes[LATE + n] += late
    if lanes[T_REF + n] > 0.0:
        lanes[PREVIOUS + n] = lanes[WAKE + n] if late else (start + j + r) / rule.fs
        lanes[WAKE + n], lanes[ROOM + n] = lanes[PREVIOUS + n] + lanes[T_REF + n], inf


@jit(_nrt=False, forceinline=True)
def step(n, t, c, j, z, x, at, start, guard, margin, bulge, tables, rule, lanes, scratch):
    """Decide what happens to lane n in sample j: a spike, the end of refractoriness, a new largest error. False in doubt."""
    place, k, adaptive, after = t * PITCH + LEAD + j, at + j, scratch.work is not None, 2.0 * EARLY
    before = lanes[VIRTUAL + n] * tables.powers[place] + scratch.response[place]
    then = lanes[VIRTUAL + n] * tables.powers[place + 1] + scratch.response[place + 1]
    sign, base, wake = -1.0 if then < 0.0 and rule.bipolar else 1.0, lanes[BASE + n], lanes[WAKE + n]
    zeta, extra = 1.0 / (rule.fs * rule.sigma) if adaptive else 0.0, lanes[EXTRA + n] * tables.fades[j] if adaptive else 0.0
    beyond = sign * then - (base + (lanes[EXTRA + n] * tables.fades[j + 1] if adaptive else 0.0))
    due, brief = wake < inf and wake * rule.fs - (start + j) < 1.0, rule.current and not adaptive and z > 0.0
    if not due and (wake < inf or beyond < -guard):
        if j + 1 < BLOCK:
            see(n, j + 1, abs(then), lanes)
        scratch.first[n], lanes[SINCE + n] = j + 1, 1.0 if brief else 0.0
        return True
    a, slope, w, armed = x[k], (0.0 if rule.current else x[k + 1] - x[k]), x[k] - before, False
    if rule.current and z == 0.0:
        a, slope, w = before, x[k] / rule.fs, 0.0
    if due:
        r = wake * rule.fs - (start + j)
        grown = small_exp(z * r)
        u = (a + slope * r) - w / grown
        sign = -1.0 if u < 0.0 and rule.bipolar else 1.0
        outside = sign * u - (base + (extra * exp(-zeta * r) if extra > 0.0 else 0.0))
        armed, sure = outside < 0.0, (outside > margin or outside < -(guard + margin)) and after < r < 1.0 - after
    elif brief:
        grown = w / (x[k] - sign * base)
        sure = beyond > margin and sign * x[k] > base and grown > 1.0 + after * z
        r = small_log(grown) / z if lanes[T_REF + n] > 0.0 and sure else 0.0
    else:
        after = max(after, lanes[SINCE + n]) if scratch.first[n] == j else after
        r, grown, sure = cross(sign, a, slope, w, z, (base + extra) - sign * before, -beyond, base, extra, zeta)
        sure = sure and beyond > margin and r > after
    if not sure or lanes[COUNT + n] >= MAX_SPIKES:
        return False
    lanes[SINCE + n] = grown if brief else r
    if armed:
        lanes[WAKE + n], scratch.first[n] = inf, j
        set_limits(n, bulge, lanes)
    else:
        fire(n, t, c, j, sign, r, grown, due, start, tables, rule, lanes, scratch)
    return True


@jit(_nrt=False)
def leave(n, t, x, at, start, rows, c, sag, tables, rule, lanes, scratch):
    """Pass a lane that is in doubt to the end of the block."""
    if rule.current and scratch.work is None and lanes[Z + n] > 0.0:
        lanes[SINCE + n] = log(lanes[SINCE + n]) / lanes[Z + n]
    bulge, loose, noise = tables.columns[BULGE + t], tables.columns[LOOSE + c + t], tables.columns[NOISE + c + t]
    carefully(n, t, x, at, start, rows, bulge, loose, noise, sag, tables, rule, lanes, scratch)
    lanes[U + n] = lanes[VIRTUAL + n] + tables.columns[CENTRE + c + t]
    set_limits(n, bulge, lanes)


@jit(_nrt=False, forceinline=True)
def enter(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch):
    """List the lanes of a mask that can be passed in rounds, and write out their responses; how many there are."""
    ready, count, ends = np.uint64(0), 0, (start + rows) / rule.fs >= rule.stop
    brief, both = rule.current and scratch.work is None and lanes[TAU] < inf, 1.0 if rule.bipolar else 0.0
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t, u = n & (taus - 1) & LAST_TAU, lanes[U + n]
        if not ready & BIT[t]:
            expand(
                tables.columns, c + t, ALONG, DECAYS, x, at, tables.columns[CENTRE + c + t], tables.columns[SHARE + t], rule.current,
                scratch.response, scratch.along, t * PITCH + LEAD,
            )  # fmt: skip
            ready |= BIT[t]
        scratch.first[n], lanes[SINCE + n], lanes[SEEN + n] = 0, 1.0 if brief else 0.0, -1
        lanes[VIRTUAL + n] = u - tables.columns[CENTRE + c + t]
        see(n, 0, abs(u), lanes)
        room = lanes[ROOM + n] + lanes[EXTRA + n] * (1.0 - sag - tables.columns[BULGE + t]) - tables.columns[LOOSE + c + t]
        if ends or (lanes[WAKE + n] == inf and max(u, -both * u) >= room):
            leave(n, t, x, at, start, rows, c, sag, tables, rule, lanes, scratch)
        else:
            scratch.pending[count] = n
            count += 1
    return count


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def stirs(n, c, place, i, room, tables, rule, lanes, scratch):
    """Whether lane n may reach `room`, or a new largest error, at sample i of the block or later.

    Beside the bounds of `reaches`: under current drive a membrane moves towards the samples; under potential drive its steps
    are theirs less (1 - a) (u - x).
    """
    columns, decay = tables.columns, lanes[VIRTUAL + n]
    v, end, centre = decay * tables.powers[place + i], decay * tables.powers[place + BLOCK], columns[CENTRE + c]
    u, top, bottom, upper, lower = v + scratch.response[place + i], max(v, end), min(v, end), columns[UPPER + c], columns[LOWER + c]
    if rule.current:
        up, down = max(u, upper), min(u, lower)
    else:
        lost, left = 1.0 - tables.powers[place + 1], BLOCK - i
        up, down = u + left * max(0.0, upper - lost * bottom), u + left * min(0.0, lower - lost * top)
    up, down = min(up, top + (centre + columns[TOP + c])), max(down, bottom + (centre + columns[BOTTOM + c]))
    near = min(room, lanes[RECORD + n])
    return (up >= near) | (-down >= (near if rule.bipolar else lanes[RECORD + n]))


@jit(_nrt=False, forceinline=True)
def look(count, start, c, taus, sag, tables, rule, lanes, scratch):
    """Find the samples of the pending lanes in which something may happen; keep the lanes that have one: how many."""
    kept, adaptive, columns = 0, scratch.work is not None, tables.columns
    for q in range(count):
        n = scratch.pending[q] & LAST_LANE
        t, wake, j = n & (taus - 1) & LAST_TAU, lanes[WAKE + n], scratch.first[n] & LAST_LANE
        b, extra, todo = c + t, lanes[EXTRA + n], np.uint64(0)
        room = (lanes[ROOM + n] - columns[LOOSE + b]) - ((sag + columns[BULGE + t]) * extra if adaptive else 0.0)
        least = room + extra * tables.fades[BLOCK] if adaptive else room
        if stirs(n, b, t * PITCH + LEAD, min(BLOCK, j + 1), least, tables, rule, lanes, scratch):
            todo = marks(n, t, room, room if rule.bipolar else inf, tables, lanes, scratch, adaptive)
        if wake < inf:
            stop = min(max(int(wake * rule.fs) - start, 0), BLOCK)
            todo = (todo & (BIT[stop] - np.uint64(1))) | (BIT[stop] if stop < BLOCK else np.uint64(0))
        todo &= ~(BIT[j] - np.uint64(1))
        lanes[U + n] = lanes[VIRTUAL + n] + columns[CENTRE + b]
        scratch.pending[kept], scratch.todo[kept] = n, todo
        kept += 1 if todo else 0
    return kept


@jit(_nrt=False, forceinline=True)
def rounds(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch):
    """Pass the lanes of a mask through a block of `rows` samples from x[at] on, sample `start` of all."""
    count, trial = enter(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch), 0
    adaptive = scratch.work is not None
    while count:
        count, kept, trial = look(count, start, c, taus, sag, tables, rule, lanes, scratch), 0, trial + 1
        for q in range(count):
            n = scratch.pending[q] & LAST_LANE
            t, j = n & (taus - 1) & LAST_TAU, lowest(scratch.todo[q])
            base, bulge, z = lanes[BASE + n], tables.columns[BULGE + t], lanes[Z + n]
            guard = tables.columns[LOOSE + c + t] + bulge * base + ((sag + bulge) * lanes[EXTRA + n] if adaptive else 0.0)
            margin = tables.columns[NOISE + c + t] + base * (1.0 - SAFE)
            sure = step(n, t, c + t, j, z, x, at, start, guard, margin, bulge, tables, rule, lanes, scratch)
            scratch.pending[kept] = n
            kept += 1 if sure and trial < ROUNDS else 0
            if not (sure and trial < ROUNDS):
                leave(n, t, x, at, start, rows, c, sag, tables, rule, lanes, scratch)
        count = kept
