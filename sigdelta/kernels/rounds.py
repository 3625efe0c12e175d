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
    ALONG, BIT, BLOCK, BOTTOM, BULGE, CENTRE, COLUMNS, DECAYS, GROWN, KEPT, LOOSE, LOWER, NOISE, OWNS, PITCH, RESPONSE, RUNNING,
    SHARE, SUMS, TOP, UPPER, WIDTH,
)  # fmt: skip
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

ROUNDS, CLOSE = 200, 2.0**-48
LAST_TAU, LAST_LANE = COLUMNS - 1, WIDTH - 1  # for the compiler, which has to check an index that may be negative


@jit(_nrt=False, forceinline=True)
def marks(n, t, near, both, tables, lanes, scratch):
    """Bit i says: sample i of the block ends at `near`, above the base level, or beyond; or at a new largest error."""
    v, place, lines, record = lanes[VIRTUAL + n], t * PITCH + 1, tables.lines, lanes[RECORD + n]
    if scratch.work is None or lanes[EXTRA + n] == 0.0:
        up = min(near, record)
        down = up if both else record
        half = 0.5 * (up + down)
        return beyond(v, lines, KEPT + place, RESPONSE + place, 0.5 * (up - down), half - CLOSE * half)
    found = np.uint64(0)
    for i in range(BLOCK):
        u = v * lines[KEPT + place + i] + lines[RESPONSE + place + i]
        up = min(near + lanes[EXTRA + n] * tables.fades[i + 1], record)
        found |= BIT[i] if (u >= up) | (-u >= (up if both else record)) else np.uint64(0)
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


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def fire(n, c, place, j, sign, r, grown, late, start, tables, rule, lanes, scratch):
    """Take a spike at the time r in sample j, with grown = exp(r h / tau), from the membrane."""
    level, v, after, whole, lines = lanes[BASE + n], lanes[VIRTUAL + n], place + j + 1, place + BLOCK, tables.lines
    if scratch.work is not None:
        risen = exp(r / (rule.fs * rule.sigma)) * tables.rises[j]
        level += lanes[EXTRA + n] / risen
        lanes[EXTRA + n] += lanes[BOOST + n] * risen
    d = sign * (lanes[FIXED + n] if lanes[FIXED + n] > 0.0 else rule.ratio * level) * lines[GROWN + place + j] * grown
    own, rest = lines[OWNS + whole] - lines[OWNS + after], lines[RUNNING + whole] - lines[RUNNING + after]
    scratch.first[n] = j
    lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * rest)
    lanes[VIRTUAL + n] = v - d
    lanes[U + n] = (v - d) + tables.columns[CENTRE + c]
    lanes[COUNT + n] += 1.0
    if lanes[T_REF + n] > 0.0:
        lanes[LATE + n] += late
        lanes[PREVIOUS + n] = lanes[WAKE + n] if late else (start + j + r) / rule.fs
        lanes[WAKE + n], lanes[ROOM + n] = lanes[PREVIOUS + n] + lanes[T_REF + n], inf


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def step(n, t, c, j, x, start, sag, tables, rule, lanes, scratch):
    """Decide what happens to lane n in sample j: a spike, the end of refractoriness, a new largest error. False in doubt."""
    place, adaptive, after, lines, columns = t * PITCH, scratch.work is not None, 2.0 * EARLY, tables.lines, tables.columns
    before = lanes[VIRTUAL + n] * lines[KEPT + place + j] + lines[RESPONSE + place + j]
    then = lanes[VIRTUAL + n] * lines[KEPT + place + j + 1] + lines[RESPONSE + place + j + 1]
    sign, base, wake, z = -1.0 if then < 0.0 and rule.bipolar else 1.0, lanes[BASE + n], lanes[WAKE + n], lanes[Z + n]
    zeta, extra = 1.0 / (rule.fs * rule.sigma) if adaptive else 0.0, lanes[EXTRA + n] * tables.fades[j] if adaptive else 0.0
    outside = sign * then - (base + (lanes[EXTRA + n] * tables.fades[j + 1] if adaptive else 0.0))
    due, brief = wake < inf and wake * rule.fs - (start + j) < 1.0, rule.current and not adaptive and z > 0.0
    margin, bulge = columns[NOISE + c] + base * (1.0 - SAFE), columns[BULGE + t]
    guard = columns[LOOSE + c] + bulge * base + ((sag + bulge) * lanes[EXTRA + n] if adaptive else 0.0)
    if not due and (wake < inf or outside < -guard):
        if j + 1 < BLOCK:
            see(n, j + 1, abs(then), lanes)
        scratch.first[n], lanes[SINCE + n] = j + 1, 1.0 if brief else 0.0
        return True
    a, slope, w, armed = x[j], (0.0 if rule.current else x[j + 1] - x[j]), x[j] - before, False
    if rule.current and z == 0.0:
        a, slope, w = before, x[j] / rule.fs, 0.0
    if due:
        r = wake * rule.fs - (start + j)
        grown = small_exp(z * r)
        u = (a + slope * r) - w * small_exp(-z * r)
        sign = -1.0 if u < 0.0 and rule.bipolar else 1.0
        outside = sign * u - (base + (extra * exp(-zeta * r) if extra > 0.0 else 0.0))
        armed, sure = outside < 0.0, (outside > margin or outside < -(guard + margin)) and after < r < 1.0 - after
    elif brief:
        grown = w / (x[j] - sign * base)
        sure = outside > margin and sign * x[j] > base and grown > 1.0 + after * z
        r = small_log(grown) * (lanes[TAU + n] * rule.fs) if lanes[T_REF + n] > 0.0 and sure else 0.0
    else:
        after = max(after, lanes[SINCE + n]) if scratch.first[n] == j else after
        r, grown, sure = cross(sign, a, slope, w, z, (base + extra) - sign * before, -outside, base, extra, zeta)
        sure = sure and outside > margin and r > after
    if not sure or lanes[COUNT + n] >= MAX_SPIKES:
        return False
    lanes[SINCE + n] = grown if brief else r
    if armed:
        lanes[WAKE + n], scratch.first[n] = inf, j
        set_limits(n, bulge, lanes)
    else:
        fire(n, c, place, j, sign, r, grown, due, start, tables, rule, lanes, scratch)
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


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def lower(n, t, c, room, sag, tables, lanes, scratch):
    """`room`, the membrane from which on something may happen to lane n, less what rounding and bulges may add in block c."""
    room -= tables.columns[LOOSE + c]
    return room if scratch.work is None else room - (sag + tables.columns[BULGE + t]) * lanes[EXTRA + n]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def stirs(n, t, c, i, room, sag, tables, rule, lanes, scratch):
    """Whether lane n may reach `room`, or a new largest error, at sample i of the block or later.

    Beside the bounds of `reaches` there is that, under current drive, a membrane moves towards the samples.
    """
    columns, lines, place = tables.columns, tables.lines, t * PITCH
    room, centre = lower(n, t, c, room, sag, tables, lanes, scratch), columns[CENTRE + c]
    if scratch.work is not None:
        room += lanes[EXTRA + n] * tables.fades[BLOCK]
    v, end = lanes[VIRTUAL + n] * lines[KEPT + place + i], lanes[VIRTUAL + n] * lines[KEPT + place + BLOCK]
    u, near = v + lines[RESPONSE + place + i], min(room, lanes[RECORD + n])
    up = min(max(u, columns[UPPER + c]), max(v, end) + (centre + columns[TOP + c]))
    down = max(min(u, columns[LOWER + c]), min(v, end) + (centre + columns[BOTTOM + c]))
    return (up >= near) | (-down >= (near if rule.bipolar else lanes[RECORD + n]))


@jit(_nrt=False, forceinline=True)
def settles(n, t, c, end, sag, tables, rule, lanes, scratch):
    """Whether nothing more happens to lane n in the block, which ends at the time `end`, but that it may be woken."""
    j, bulge = min(scratch.first[n] & LAST_LANE, BLOCK - 1), tables.columns[BULGE + t]
    if lanes[WAKE + n] >= end:
        return not stirs(n, t, c, j + 1, lanes[ROOM + n], sag, tables, rule, lanes, scratch)
    if stirs(n, t, c, j, lanes[BASE + n] * (SAFE - bulge), sag, tables, rule, lanes, scratch):
        return False
    lanes[WAKE + n] = inf
    set_limits(n, bulge, lanes)
    return True


@jit(_nrt=False, forceinline=True)
def enter(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch):
    """List the lanes of a mask that can be passed in rounds, and write out their responses; how many there are."""
    ready, count, ends = np.uint64(0), 0, (start + rows) / rule.fs >= rule.stop
    brief, both = rule.current and scratch.work is None and lanes[TAU] < inf, 1.0 if rule.bipolar else 0.0
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t, u = n & (taus - 1) & LAST_TAU, lanes[U + n]
        b = (c + t) & LAST_TAU
        if not ready & BIT[t]:
            expand(
                tables.columns, b, ALONG, DECAYS, x, at, tables.columns[CENTRE + b], tables.columns[SHARE + t], rule.current,
                tables.lines, SUMS + t * PITCH, RESPONSE + t * PITCH, RUNNING + t * PITCH,
            )  # fmt: skip
            ready |= BIT[t]
        scratch.first[n], lanes[SINCE + n], lanes[SEEN + n] = 0, 1.0 if brief else 0.0, -1
        lanes[VIRTUAL + n] = u - tables.columns[CENTRE + b]
        see(n, 0, abs(u), lanes)
        room = lanes[ROOM + n] + lanes[EXTRA + n] * (1.0 - sag - tables.columns[BULGE + t]) - tables.columns[LOOSE + b]
        if ends or (lanes[WAKE + n] == inf and max(u, -both * u) >= room):
            leave(n, t, x, at, start, rows, c, sag, tables, rule, lanes, scratch)
        elif lanes[WAKE + n] == inf or not settles(n, t, b, (start + BLOCK) / rule.fs, sag, tables, rule, lanes, scratch):
            scratch.pending[count] = n
            count += 1
    return count


@jit(_nrt=False, forceinline=True)
def look(n, t, c, start, sag, tables, rule, lanes, scratch):
    """The samples of the block, from the first that is not decided on, in which something may happen to lane n."""
    wake, j, bulge = lanes[WAKE + n], scratch.first[n] & LAST_LANE, tables.columns[BULGE + t]
    decided, awake = BIT[j] - np.uint64(1), lanes[BASE + n] * (SAFE - bulge)
    stop = BLOCK if wake == inf else min(max(int(wake * rule.fs) - start, 0), BLOCK)
    if wake == inf or j < stop < BLOCK:
        todo = marks(n, t, lower(n, t, c, awake, sag, tables, lanes, scratch), rule.bipolar, tables, lanes, scratch) & ~decided
        if wake == inf:
            return todo
        if not todo & (BIT[stop + 1] - np.uint64(1)):
            lanes[WAKE + n] = inf
            set_limits(n, bulge, lanes)
            return todo
    todo = np.uint64(0)
    if stirs(n, t, c, min(j, BLOCK - 1) + 1, inf, sag, tables, rule, lanes, scratch):
        todo = marks(n, t, inf, rule.bipolar, tables, lanes, scratch) & (BIT[stop] - np.uint64(1))
    return (todo | (BIT[stop] if stop < BLOCK else np.uint64(0))) & ~decided


@jit(_nrt=False, forceinline=True)
def rounds(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch):
    """Pass the lanes of a mask through a block of `rows` samples from x[at] on, sample `start` of all."""
    count, trial, samples = enter(mask, x, at, start, rows, c, taus, sag, tables, rule, lanes, scratch), 0, x[at:]
    end = (start + BLOCK) / rule.fs
    while count:
        found, kept, trial = 0, 0, trial + 1
        for q in range(count):
            n = scratch.pending[q] & LAST_LANE
            t = n & (taus - 1) & LAST_TAU
            todo = look(n, t, (c + t) & LAST_TAU, start, sag, tables, rule, lanes, scratch)
            scratch.pending[found], scratch.todo[found] = n, todo
            found += 1 if todo else 0
        for q in range(found):
            n = scratch.pending[q] & LAST_LANE
            t, j = n & (taus - 1) & LAST_TAU, lowest(scratch.todo[q])
            b = (c + t) & LAST_TAU
            if trial >= ROUNDS or not step(n, t, b, j, samples, start, sag, tables, rule, lanes, scratch):
                leave(n, t, x, at, start, rows, c, sag, tables, rule, lanes, scratch)
            elif not settles(n, t, b, end, sag, tables, rule, lanes, scratch):
                scratch.pending[kept] = n
                kept += 1
        count = kept
