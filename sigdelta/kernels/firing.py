"""What happens to most lanes that are looked at: the level stands, and they fire.

All find the samples of their next spikes, or those in which they wake. Then in turns those that are due wake, and fire if they
are above the level; of the others the times are solved for, and they fire: in short loops, so that the arithmetic of many
lanes overlaps. What is not that plain is left to kernels/rounds.py.
"""

from math import inf

import numpy as np

from .ahead import awake_room, enlist, find, listed, upcoming
from .blocks import stirs
from .columns import BLOCK, NEXT, QUAD
from .events import EARLY, MAX_SPIKES, awaken, blur, roughness
from .exponentials import small_exps, small_log
from .jit import jit
from .steps import subtract
from .tables import (
    AFTER,
    BASE,
    BIT,
    BULGE,
    COUNT,
    EVENTS,
    FIRST,
    GAP,
    GROWN,
    GROWTH,
    KEPT,
    LAST_LANE,
    LATE,
    LOOSE,
    OVER,
    PENDING,
    PITCH,
    PREVIOUS,
    PULL,
    RATE,
    RECORD,
    RESPONSE,
    ROOM,
    SIDE,
    SINCE,
    SLOPE,
    T_REF,
    TAU,
    TIME,
    VIRTUAL,
    WAKE,
    Z,
    slot,
)

ROUNDS = 200


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def meet(n, j, t, b, block):
    """How lane n is in its sample j: (its side, the membrane at the start, how far over the level at the end, whether surely)."""
    lines, lanes = block.lines, block.lanes
    place, after, level, v = t * PITCH + slot(j), t * PITCH + slot(j) + NEXT, lanes[BASE + n], lanes[VIRTUAL + n]
    before, then = v * lines[KEPT + place] + lines[RESPONSE + place], v * lines[KEPT + after] + lines[RESPONSE + after]
    sign = -1.0 if then < 0.0 and block.rule.bipolar else 1.0
    over = sign * then - level
    return sign, before, over, (over > roughness(n, b, block)) & (lanes[COUNT + n] < MAX_SPIKES)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def approach(found, block):
    """Write, for each lane listed, how its membrane comes to the level in its sample."""
    x, lanes, lists, current = block.x, block.lanes, block.lists, block.rule.current
    for q in range(found):
        n, j, t, b = listed(EVENTS + q, block)
        sign, before, over, sure = meet(n, j, t, b, block)
        lanes[SIDE + q], lanes[GAP + q], lanes[OVER + q] = sign if sure else 0.0, lanes[BASE + n] - sign * before, over
        lanes[PULL + q], lanes[RATE + q] = 0.0 if current else sign * (x[j] - before), lanes[Z + n]
        lanes[SLOPE + q] = sign * (x[j] / block.rule.fs if current else x[j + 1] - x[j])
        lanes[AFTER + q] = max(2.0 * EARLY, lanes[SINCE + n] if lists[FIRST + n] == j else 0.0)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def solve(found, lanes):
    """Time r in samples at which the membrane is at the level, and e^zr by its side, or 0 where that is not sure.

    `gap` below the level at first and `over` above it at last, it rises by slope r + pull (1 - e^-zr). From a parabola one step
    of third order is taken, which is sure if what it leaves is below rounding. A few terms more make whole vectors.
    """
    for q in range((found + QUAD - 1) & -QUAD):
        gap, over, pull, slope, z = lanes[GAP + q], lanes[OVER + q], lanes[PULL + q], lanes[SLOPE + q], lanes[RATE + q]
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
        sure &= (r > lanes[AFTER + q]) & (r <= 1.0) & (abs(ahead) < 2.0**-12)
        lanes[TIME + q], lanes[GROWTH + q] = r, lanes[SIDE + q] * grown if sure else 0.0


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def wakes(n, j, t, b, block):
    """How lane n wakes in its sample j: (the time r, e^zr, its side, how far over the level, whether that is sure)."""
    x, columns, lines, lanes, current = block.x, block.columns, block.lines, block.lanes, block.rule.current
    r = lanes[WAKE + n] * block.rule.fs - (block.start + j)
    grown, kept = small_exps(lanes[Z + n] * r)
    before = lanes[VIRTUAL + n] * lines[KEPT + t * PITCH + slot(j)] + lines[RESPONSE + t * PITCH + slot(j)]
    slope, pull = x[j] / block.rule.fs if current else x[j + 1] - x[j], 0.0 if current else x[j] - before
    u, pace = before + (slope * r + pull * (1.0 - kept)), abs(slope) + lanes[Z + n] * abs(pull)
    sign, margin = -1.0 if u < 0.0 and block.rule.bipolar else 1.0, roughness(n, b, block)
    over, margin = sign * u - lanes[BASE + n], margin + pace * blur(block.start + BLOCK)
    guard = columns[LOOSE + b] + columns[BULGE + b] * lanes[BASE + n] + margin
    sure = ((over > margin) & (lanes[COUNT + n] < MAX_SPIKES)) | (over < -guard)
    return r, grown, sign, over, sure & (r > 2.0 * EARLY) & (r < 1.0 - 2.0 * EARLY)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def fire(n, j, t, b, r, grown, late, block):
    """Let lane n fire at the time r of sample j, where e^zr, by its sign, is `grown`; `late` if it does so as it wakes.

    Returns the membrane from which on something may follow, and from which sample on, known by its place in the lines.
    """
    place, room, lanes, rule = t * PITCH + slot(j), awake_room(n, b, block), block.lanes, block.rule
    subtract(n, t, place, rule.ratio * lanes[BASE + n] * block.lines[GROWN + place] * grown, block)
    if lanes[T_REF + n] > 0.0:
        time = lanes[WAKE + n] if late else (block.start + j + r) * (1.0 / rule.fs)
        lanes[LATE + n] += late
        lanes[PREVIOUS + n], lanes[WAKE + n], lanes[ROOM + n] = time, time + lanes[T_REF + n], inf
        if lanes[WAKE + n] < block.end:
            return room, place
        return inf, place + NEXT
    return room, place + NEXT


@jit(_nrt=False, fastmath={"contract"})
def fire_once(mask, block):
    """Let lanes of a mask fire once in a block, under current drive: as w / (x - level) is e^zr, no time needs to be solved for.

    Returns the lanes that are to be looked at, and those that are from where they are on.
    """
    x, lanes, fs, again = block.x, block.lanes, block.rule.fs, np.uint64(0)
    found, _, rest = find(mask, False, block)
    for q in range(found):
        n, j, t, b = listed(EVENTS + q, block)
        sign, before, _, sure = meet(n, j, t, b, block)
        pull, missing, r = sign * (x[j] - before), sign * x[j] - lanes[BASE + n], 0.0
        grown = pull / missing
        if not (sure & (missing > 0.0) & (grown > 1.0 + 2.0 * EARLY * lanes[Z + n])):
            again |= BIT[n]
            continue
        if lanes[T_REF + n] > 0.0:
            r = small_log(pull, missing) * (lanes[TAU + n] * fs)
        room, place = fire(n, j, t, b, r, sign * grown, False, block)
        if stirs(lanes[VIRTUAL + n], place, t, b, room, lanes[RECORD + n], block):
            block.lists[FIRST + n], lanes[SINCE + n] = j, small_log(pull, missing) * (lanes[TAU + n] * fs)
            again |= BIT[n]
        elif lanes[WAKE + n] < block.end:
            awaken(n, block.columns[BULGE + b], lanes)
    return rest, again


@jit(_nrt=False, fastmath={"contract"})
def fire_in_turn(mask, block):
    """Let lanes of a mask fire, and wake, as often as they do in a block; the result is that of `fire_once`."""
    lanes, lists, current, again = block.lanes, block.lists, block.rule.current, np.uint64(0)
    found, due, rest = find(mask, True, block)
    for _ in range(ROUNDS):
        if found + due == 0:
            break
        waking, due = due, 0
        for q in range(waking):
            n, j, t, b = listed(PENDING + q, block)
            r, grown, sign, over, sure = wakes(n, j, t, b, block)
            if not sure:
                again |= BIT[n]
                continue
            if over > 0.0:
                fire(n, j, t, b, r, sign * grown, True, block)
            else:
                awaken(n, block.columns[BULGE + b], lanes)
            lists[FIRST + n], lanes[SINCE + n] = j, r
            coming = upcoming(n, j, lanes[VIRTUAL + n], current, t, b, block)
            found, due, again = enlist(n, coming, found, due, again, lists)
        approach(found, block)
        solve(found, lanes)
        firing, found = found, 0
        for q in range(firing):
            (n, j, t, b), grown = listed(EVENTS + q, block), lanes[GROWTH + q]
            if grown == 0.0:
                again |= BIT[n]
                continue
            fire(n, j, t, b, lanes[TIME + q], grown, False, block)
            lists[FIRST + n], lanes[SINCE + n] = j, lanes[TIME + q]
            coming = upcoming(n, j, lanes[VIRTUAL + n], current, t, b, block)
            found, due, again = enlist(n, coming, found, due, again, lists)
    for q in range(found):
        again |= BIT[lists[EVENTS + q] & LAST_LANE]
    for q in range(due):
        again |= BIT[lists[PENDING + q] & LAST_LANE]
    return rest, again
