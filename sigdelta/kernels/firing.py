"""What happens to most lanes that are looked at: the level stands, and they fire.

All find the samples of their next spikes, or those in which they wake. Then in turns those that are due wake, and fire if they
are above the level; of the others the times are solved for, and they fire: in short loops, so that the arithmetic of many
lanes overlaps. What is not that plain is left to kernels/rounds.py.
"""

from math import inf

import numpy as np

from .bits import beyond, lowest
from .blocks import stirs
from .columns import BLOCK, NEXT, QUAD
from .events import (
    BASE,
    COUNT,
    EARLY,
    LATE,
    MAX_SPIKES,
    PREVIOUS,
    RECORD,
    ROOM,
    SINCE,
    T_REF,
    TAU,
    VIRTUAL,
    WAKE,
    U,
    Z,
    awake_level,
    awaken,
    blur,
    borders,
)
from .exponentials import small_exps, small_log
from .jit import jit
from .steps import LAST_COLUMN, LAST_LANE, LAST_SAMPLE, roughness, subtract
from .tables import BIT, BULGE, CENTRE, GROWN, KEPT, LOOSE, PITCH, RESPONSE, WIDTH, column, slot

ROUNDS, CLOSE = 200, 2.0**-48
DUE, NOTHING, ELSE = 1 << 12, -1, -2
GAP, OVER, PULL, SLOPE, RATE, AFTER, SIDE, TIME, GROWTH, TERMS_SIZE = (WIDTH * i for i in range(10))


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def outside(v, place, room, record, both, lines):
    """Bit i says: a membrane that starts the block at R + v is at `room` after sample i, or on either side at `record`."""
    up = min(room, record)
    down = up if both else record
    middle, half = 0.5 * (up - down), (0.5 - 0.5 * CLOSE) * (up + down)
    return beyond(v, lines, KEPT + place, RESPONSE + place, middle, half)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def farthest(v, place, samples, lines):
    """The largest |u| after the samples of a mask, of a membrane that starts the block at R + v."""
    most = 0.0
    while samples:
        after = place + slot(lowest(samples)) + NEXT
        samples &= samples - np.uint64(1)
        most = max(most, abs(v * lines[KEPT + after] + lines[RESPONSE + after]))
    return most


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def awake_room(n, b, columns, lanes):
    """The membrane from which on something may happen to lane n when it is awake."""
    return awake_level(n, columns[BULGE + b], lanes) - columns[LOOSE + b]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def upcoming(n, j, v, bounded, t, b, g, end, start, fs, bipolar, columns, lines, lanes, first):
    """What is next for lane n from sample j on, up to the block's `end`: NOTHING, ELSE, or what `enlist` takes.

    That is n + 64 i for a spike, or a new largest error, in sample i, and DUE more if refractoriness ends in it and may end above
    the level, or so close to a sample that it may end in another. ELSE is a new largest error before that. A lane that is sure to
    end it below is awake from that sample on. With `bounded` a bound tells first whether there may be anything.
    """
    place, bulge, wake, record = t * PITCH, columns[BULGE + b], lanes[WAKE + n], lanes[RECORD + n]
    room, ahead = awake_room(n, b, columns, lanes), ~(BIT[j] - np.uint64(1))
    if end <= wake < inf:
        if stirs(v, place + slot(j), t, b, g, inf, record, bipolar, columns, lines):
            return ELSE if outside(v, place, inf, record, bipolar, lines) & ahead else NOTHING
        return NOTHING
    at = min(wake, end) * fs - start
    if bounded and not stirs(v, place + slot(j), t, b, g, room, record, bipolar, columns, lines):
        if wake < end:
            if borders(at):
                return n + (min(max(int(at), j), LAST_SAMPLE) << 6) + DUE
            awaken(n, bulge, lanes)
        return NOTHING
    samples = outside(v, place, room, record, bipolar, lines) & ahead
    if wake < inf:
        stop = min(max(int(at), j), LAST_SAMPLE)
        before = BIT[stop] - np.uint64(1)
        far = samples & before and stirs(v, place + slot(j), t, b, g, inf, record, bipolar, columns, lines)
        if far and farthest(v, place, samples & before, lines) >= record:
            return ELSE
        if stop == j or borders(at) or samples & (BIT[stop] | BIT[stop] >> np.uint64(1)):
            return n + (stop << 6) + DUE
        samples &= ~before
        awaken(n, bulge, lanes)
        first[n], lanes[SINCE + n] = stop, 0.0
    return n + (lowest(samples) << 6) if samples else NOTHING


@jit(_nrt=False, forceinline=True)
def enlist(n, coming, found, due, rest, todo, dues):
    """Write what is `upcoming` for lane n in the list of those that fire, that wake, or that are left out."""
    if coming >= DUE:
        dues[due] = coming - DUE
        due += 1
    elif coming >= 0:
        todo[found] = coming
        found += 1
    elif coming == ELSE:
        rest |= BIT[n]
    return found, due, rest


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def find(mask, start, g, taus, fs, bipolar, solved, columns, lines, lanes, first, todo, dues):
    """List the lanes of a mask that fire, and those that may fire as they wake, with the samples in which they do.

    Returns how many there are of both, and the lanes left out: without `solved` those are that may fire as they wake.
    """
    rest, found, due, both, end, centre = np.uint64(0), 0, 0, 1.0 if bipolar else 0.0, (start + BLOCK) / fs, columns[CENTRE + g]
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t = n & (taus - 1) & LAST_LANE
        b, place = column(t, g, taus), t * PITCH
        u, record, room = lanes[U + n], lanes[RECORD + n], lanes[ROOM + n] - columns[LOOSE + b]
        lanes[VIRTUAL + n], first[n], lanes[SINCE + n] = u - centre, 0, 0.0
        if lanes[WAKE + n] < inf:
            coming = ELSE
            if abs(u) < record:
                coming = upcoming(n, 0, u - centre, True, t, b, g, end, start, fs, bipolar, columns, lines, lanes, first)
            found, due, rest = enlist(n, coming if solved or coming < DUE else ELSE, found, due, rest, todo, dues)
            continue
        if max(u, -both * u) >= room or abs(u) >= record:
            rest |= BIT[n]
            continue
        samples = outside(u - centre, place, room, record, bipolar, lines)
        todo[found] = n + (lowest(samples | BIT[BLOCK]) << 6)
        found += 1 if samples else 0
    return found, due, rest


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def meet(n, j, t, b, bipolar, columns, lines, lanes):
    """How lane n is in its sample j: (its side, the membrane at the start, how far over the level at the end, whether surely)."""
    place, after, level, v = t * PITCH + slot(j), t * PITCH + slot(j) + NEXT, lanes[BASE + n], lanes[VIRTUAL + n]
    before, then = v * lines[KEPT + place] + lines[RESPONSE + place], v * lines[KEPT + after] + lines[RESPONSE + after]
    sign = -1.0 if then < 0.0 and bipolar else 1.0
    over = sign * then - level
    return sign, before, over, (over > roughness(n, b, columns, lanes)) & (lanes[COUNT + n] < MAX_SPIKES)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def approach(found, x, g, taus, fs, bipolar, current, columns, lines, lanes, first, todo, terms):
    """Write, for each lane listed, how its membrane comes to the level in its sample."""
    for q in range(found):
        n, j = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE
        t = n & (taus - 1) & LAST_LANE
        sign, before, over, sure = meet(n, j, t, column(t, g, taus), bipolar, columns, lines, lanes)
        terms[SIDE + q], terms[GAP + q], terms[OVER + q] = sign if sure else 0.0, lanes[BASE + n] - sign * before, over
        terms[PULL + q], terms[RATE + q] = 0.0 if current else sign * (x[j] - before), lanes[Z + n]
        terms[SLOPE + q] = sign * (x[j] / fs if current else x[j + 1] - x[j])
        terms[AFTER + q] = max(2.0 * EARLY, lanes[SINCE + n] if first[n] == j else 0.0)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def solve(found, terms):
    """Time r in samples at which the membrane is at the level, and e^zr by its side, or 0 where that is not sure.

    `gap` below the level at first and `over` above it at last, it rises by slope r + pull (1 - e^-zr). From a parabola one step
    of third order is taken, which is sure if what it leaves is below rounding. A few terms more make whole vectors.
    """
    for q in range((found + QUAD - 1) & -QUAD):
        gap, over, pull, slope, z = terms[GAP + q], terms[OVER + q], terms[PULL + q], terms[SLOPE + q], terms[RATE + q]
        rise, bend = gap + over, z * z * pull
        r = gap / rise
        r = min(max(r + 0.5 * bend * r * (r - 1.0) / (rise - bend * (r - 0.5)), 0.0), 1.0)
        risen, kept = small_exps(z * r)
        pace = slope + z * pull * kept
        share = 1.0 / pace
        step, curve = (gap - slope * r - pull * (1.0 - kept)) * share, bend * kept * share
        square = step * step
        step += 0.5 * curve * square
        r, ahead = r + step, z * step
        grown = (1.0 + ahead * (1.0 + ahead * (0.5 + ahead * (1.0 / 6.0)))) * risen
        sure = (abs(square * step) * (curve * curve + z * abs(curve)) <= 2.0**-53) & (pace > 0.0)
        sure &= (r > terms[AFTER + q]) & (r <= 1.0) & (abs(ahead) < 2.0**-12)
        terms[TIME + q], terms[GROWTH + q] = r, terms[SIDE + q] * grown if sure else 0.0


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def wakes(n, j, t, b, x, start, fs, bipolar, current, columns, lines, lanes):
    """How lane n wakes in its sample j: (the time r, e^zr, its side, how far over the level, whether that is sure)."""
    r = lanes[WAKE + n] * fs - (start + j)
    grown, kept = small_exps(lanes[Z + n] * r)
    before = lanes[VIRTUAL + n] * lines[KEPT + t * PITCH + slot(j)] + lines[RESPONSE + t * PITCH + slot(j)]
    slope, pull = x[j] / fs if current else x[j + 1] - x[j], 0.0 if current else x[j] - before
    u, pace = before + (slope * r + pull * (1.0 - kept)), abs(slope) + lanes[Z + n] * abs(pull)
    sign, margin = -1.0 if u < 0.0 and bipolar else 1.0, roughness(n, b, columns, lanes)
    over, margin = sign * u - lanes[BASE + n], margin + pace * blur(start + BLOCK)
    guard = columns[LOOSE + b] + columns[BULGE + b] * lanes[BASE + n] + margin
    sure = ((over > margin) & (lanes[COUNT + n] < MAX_SPIKES)) | (over < -guard)
    return r, grown, sign, over, sure & (r > 2.0 * EARLY) & (r < 1.0 - 2.0 * EARLY)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def fire(n, j, t, b, g, r, grown, late, end, start, fs, ratio, columns, lines, lanes):
    """Let lane n fire at the time r of sample j, where e^zr, by its sign, is `grown`; `late` if it does so as it wakes.

    Returns the membrane from which on something may follow, and from which sample on, known by its place in the lines.
    """
    place, room = t * PITCH + slot(j), awake_room(n, b, columns, lanes)
    subtract(n, t, g, place, ratio * lanes[BASE + n] * lines[GROWN + place] * grown, columns, lines, lanes)
    if lanes[T_REF + n] > 0.0:
        time = lanes[WAKE + n] if late else (start + j + r) * (1.0 / fs)
        lanes[LATE + n] += late
        lanes[PREVIOUS + n], lanes[WAKE + n], lanes[ROOM + n] = time, time + lanes[T_REF + n], inf
        if lanes[WAKE + n] < end:
            return room, place
        return inf, place + NEXT
    return room, place + NEXT


@jit(_nrt=False, fastmath={"contract"})
def fire_once(mask, x, start, g, taus, fs, ratio, bipolar, columns, lines, lanes, first, todo, dues):
    """Let lanes of a mask fire once in a block, under current drive: as w / (x - level) is e^zr, no time needs to be solved for.

    Returns the lanes that are to be looked at, and those that are from where they are on.
    """
    g, end, again = g & LAST_COLUMN, (start + BLOCK) / fs, np.uint64(0)
    found, _, rest = find(mask, start, g, taus, fs, bipolar, False, columns, lines, lanes, first, todo, dues)
    for q in range(found):
        n, j = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE
        t = n & (taus - 1) & LAST_LANE
        b = column(t, g, taus)
        sign, before, _, sure = meet(n, j, t, b, bipolar, columns, lines, lanes)
        pull, missing, r = sign * (x[j] - before), sign * x[j] - lanes[BASE + n], 0.0
        grown = pull / missing
        if not (sure & (missing > 0.0) & (grown > 1.0 + 2.0 * EARLY * lanes[Z + n])):
            again |= BIT[n]
            continue
        if lanes[T_REF + n] > 0.0:
            r = small_log(pull, missing) * (lanes[TAU + n] * fs)
        room, place = fire(n, j, t, b, g, r, sign * grown, False, end, start, fs, ratio, columns, lines, lanes)
        if stirs(lanes[VIRTUAL + n], place, t, b, g, room, lanes[RECORD + n], bipolar, columns, lines):
            first[n], lanes[SINCE + n] = j, small_log(pull, missing) * (lanes[TAU + n] * fs)
            again |= BIT[n]
        elif lanes[WAKE + n] < end:
            awaken(n, columns[BULGE + b], lanes)
    return rest, again


@jit(_nrt=False, fastmath={"contract"})
def fire_in_turn(mask, x, start, g, taus, fs, ratio, bipolar, current, columns, lines, lanes, first, todo, dues, terms):
    """Let lanes of a mask fire, and wake, as often as they do in a block; the result is that of `fire_once`."""
    g, end, again = g & LAST_COLUMN, (start + BLOCK) / fs, np.uint64(0)
    found, due, rest = find(mask, start, g, taus, fs, bipolar, True, columns, lines, lanes, first, todo, dues)
    for _ in range(ROUNDS):
        if found + due == 0:
            break
        waking, due = due, 0
        for q in range(waking):
            n, j = dues[q] & LAST_LANE, (dues[q] >> 6) & LAST_SAMPLE
            t = n & (taus - 1) & LAST_LANE
            b = column(t, g, taus)
            r, grown, sign, over, sure = wakes(n, j, t, b, x, start, fs, bipolar, current, columns, lines, lanes)
            if not sure:
                again |= BIT[n]
                continue
            if over > 0.0:
                fire(n, j, t, b, g, r, sign * grown, True, end, start, fs, ratio, columns, lines, lanes)
            else:
                awaken(n, columns[BULGE + b], lanes)
            first[n], lanes[SINCE + n], v = j, r, lanes[VIRTUAL + n]
            coming = upcoming(n, j, v, current, t, b, g, end, start, fs, bipolar, columns, lines, lanes, first)
            found, due, again = enlist(n, coming, found, due, again, todo, dues)
        approach(found, x, g, taus, fs, bipolar, current, columns, lines, lanes, first, todo, terms)
        solve(found, terms)
        firing, found = found, 0
        for q in range(firing):
            n, j, grown = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE, terms[GROWTH + q]
            t = n & (taus - 1) & LAST_LANE
            b = column(t, g, taus)
            if grown == 0.0:
                again |= BIT[n]
                continue
            fire(n, j, t, b, g, terms[TIME + q], grown, False, end, start, fs, ratio, columns, lines, lanes)
            first[n], lanes[SINCE + n], v = j, terms[TIME + q], lanes[VIRTUAL + n]
            coming = upcoming(n, j, v, current, t, b, g, end, start, fs, bipolar, columns, lines, lanes, first)
            found, due, again = enlist(n, coming, found, due, again, todo, dues)
    for q in range(found):
        again |= BIT[todo[q] & LAST_LANE]
    for q in range(due):
        again |= BIT[dues[q] & LAST_LANE]
    return rest, again
