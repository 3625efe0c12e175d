"""What happens to most lanes in a block, in short: the level stands, and they fire.

All lanes find their next spikes' samples, then the times in them are solved for, then all take their spikes: so their
arithmetic overlaps. What is not that plain is left.
"""

from math import inf

import numpy as np

from .bits import beyond, lowest
from .blocks import (
    BIT,
    BLOCK,
    BULGE,
    CENTRE,
    GROWN,
    KEPT,
    LAST,
    LOOSE,
    NEXT,
    NOISE,
    OWNS,
    PITCH,
    RESPONSE,
    RUNNING,
    WIDTH,
    slot,
    stirs,
)
from .events import (
    BASE,
    COUNT,
    EARLY,
    MAX_SPIKES,
    PREVIOUS,
    RECORD,
    ROOM,
    SINCE,
    SQUARE,
    T_REF,
    TAU,
    VIRTUAL,
    WAKE,
    U,
    Z,
)
from .exponentials import small_exp, small_log
from .jit import jit
from .lif import SAFE
from .steps import LAST_LANE, LAST_SAMPLE, LAST_TAU

ROUNDS, CLOSE = 200, 2.0**-48
GAP, OVER, PULL, SLOPE, RATE, AFTER, HEIGHT, TIME, GROWTH, TERMS_SIZE = (WIDTH * i for i in range(10))


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def outside(v, place, room, record, both, lines):
    """Bit i says: a membrane that starts the block at R + v is at `room` after sample i, or on either side at `record`."""
    up = min(room, record)
    down = up if both else record
    middle, half = 0.5 * (up - down), (0.5 - 0.5 * CLOSE) * (up + down)
    return beyond(v, lines, KEPT + place, RESPONSE + place, middle, half)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def find(mask, start, g, taus, fs, bipolar, columns, lines, lanes, todo):
    """List the lanes of a mask that fire, with the samples in which they do: how many there are, and the lanes left out."""
    rest, found, both, end, centre = np.uint64(0), 0, 1.0 if bipolar else 0.0, (start + BLOCK) / fs, columns[CENTRE + g]
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t = n & (taus - 1) & LAST_TAU
        b, place = t if taus > 1 else g, t * PITCH
        u, record, room = lanes[U + n], lanes[RECORD + n], lanes[ROOM + n] - columns[LOOSE + b]
        if lanes[WAKE + n] < inf:
            asleep, awake = lanes[WAKE + n] >= end, lanes[BASE + n] * (SAFE - columns[BULGE + t])
            room = inf if asleep else awake - columns[LOOSE + b]
            if stirs(u - centre, place, t, b, g, room, record, bipolar, columns, lines):
                rest |= BIT[n]
            elif not asleep:
                lanes[WAKE + n], lanes[ROOM + n] = inf, awake
            continue
        if max(u, -both * u) >= room or abs(u) >= record:
            rest |= BIT[n]
            continue
        lanes[VIRTUAL + n], lanes[SINCE + n] = u - centre, 0.0
        samples = outside(u - centre, place, room, record, bipolar, lines)
        todo[found] = n + (lowest(samples | BIT[BLOCK]) << 6)
        found += 1 if samples else 0
    return found, rest


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def approach(found, x, g, taus, fs, ratio, bipolar, current, brief, columns, lines, lanes, first, todo, terms):
    """Write, for each lane listed, how its membrane comes to the level in its sample; `brief` needs no iteration: r and e^zr."""
    for q in range(found):
        n, j = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE
        t = n & (taus - 1) & LAST_TAU
        place, after, level, v, z = (
            t * PITCH + slot(j),
            t * PITCH + slot(j) + NEXT,
            lanes[BASE + n],
            lanes[VIRTUAL + n],
            lanes[Z + n],
        )
        before, then = v * lines[KEPT + place] + lines[RESPONSE + place], v * lines[KEPT + after] + lines[RESPONSE + after]
        sign = -1.0 if then < 0.0 and bipolar else 1.0
        over, pull = sign * then - level, sign * (x[j] - before)
        sure = (over > columns[NOISE + (t if taus > 1 else g)] + level * (1.0 - SAFE)) & (lanes[COUNT + n] < MAX_SPIKES)
        if brief:
            missing = sign * x[j] - level
            grown = pull / missing
            sure &= (missing > 0.0) & (grown > 1.0 + 2.0 * EARLY * z)
            terms[GROWTH + q] = grown if sure else 0.0
            if lanes[T_REF + n] > 0.0:
                terms[TIME + q] = small_log(pull, missing) * (lanes[TAU + n] * fs)
        else:
            terms[GAP + q], terms[OVER + q], terms[RATE + q] = level - sign * before, over, z
            terms[PULL + q] = 0.0 if current else pull
            terms[SLOPE + q] = sign * (x[j] / fs if current else x[j + 1] - x[j])
            terms[AFTER + q] = max(2.0 * EARLY, lanes[SINCE + n] if first[n] == j else 0.0)
        terms[HEIGHT + q] = sign * ratio * level * lines[GROWN + place] if sure else 0.0


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def solve(found, terms):
    """Time r in samples at which the membrane is at the level, and e^zr, or 0 where that is not sure.

    `gap` below the level at first and `over` above it at last, it rises by slope r + pull (1 - e^-zr). A parabola leads to
    Newton's iteration.
    """
    for q in range(found):
        gap, over, pull, slope, z = terms[GAP + q], terms[OVER + q], terms[PULL + q], terms[SLOPE + q], terms[RATE + q]
        rise, bend = gap + over, z * z * pull
        r = gap / rise
        r = min(max(r + 0.5 * bend * r * (r - 1.0) / (rise - bend * (r - 0.5)), 0.0), 1.0)
        kept, pace, step = 1.0, 0.0, 0.0
        for _ in range(2):
            kept = small_exp(-z * r)
            pace = slope + z * pull * kept
            step = (gap - slope * r - pull * (1.0 - kept)) / pace
            r += step
        ahead = z * step
        grown = (1.0 + ahead * (1.0 + 0.5 * ahead)) / kept
        sure = (step * step * abs(bend) * kept <= 2.0**-52 * pace) & (r > terms[AFTER + q]) & (r <= 1.0)
        terms[TIME + q], terms[GROWTH + q] = r, grown if sure else 0.0


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def take(found, again, start, g, taus, fs, bipolar, brief, columns, lines, lanes, first, todo, terms):
    """Let all lanes listed fire, and list those that fire again: how many they are, and what is to be looked at further."""
    kept, end, centre, unsure = 0, (start + BLOCK) / fs, columns[CENTRE + g], np.uint64(0)
    for q in range(found):
        n, j = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE
        t = n & (taus - 1) & LAST_TAU
        b, place, after, whole = t if taus > 1 else g, t * PITCH + slot(j), t * PITCH + slot(j) + NEXT, t * PITCH + LAST
        v, d = lanes[VIRTUAL + n], terms[HEIGHT + q] * terms[GROWTH + q]
        if d == 0.0:
            unsure |= BIT[n]
            continue
        own, running = lines[OWNS + whole] - lines[OWNS + after], lines[RUNNING + whole] - lines[RUNNING + after]
        lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * running)
        lanes[COUNT + n] += 1.0
        v -= d
        lanes[U + n] = v + centre
        room, i, record, awake = lanes[ROOM + n] - columns[LOOSE + b], after, lanes[RECORD + n], lanes[ROOM + n]
        if lanes[T_REF + n] > 0.0:
            time = (start + j + terms[TIME + q]) / fs
            lanes[PREVIOUS + n], lanes[WAKE + n], lanes[ROOM + n] = time, time + lanes[T_REF + n], inf
            wakes = lanes[WAKE + n] < end
            room, i = (room if wakes else inf), (place if wakes else after)
        if stirs(v, i, t, b, g, room, record, bipolar, columns, lines):
            samples = outside(v, t * PITCH, room, record, bipolar, lines) & ~(BIT[j] - np.uint64(1))
            if samples:
                first[n], lanes[VIRTUAL + n], lanes[SINCE + n] = j, v, terms[GROWTH + q] if brief else terms[TIME + q]
                if lanes[T_REF + n] > 0.0:
                    again |= BIT[n]
                else:
                    todo[kept] = n + (lowest(samples) << 6)
                    kept += 1
                continue
        if lanes[WAKE + n] < end:
            lanes[WAKE + n], lanes[ROOM + n] = inf, awake
    return kept, again, unsure


@jit(_nrt=False, fastmath={"contract"})
def fire_all(mask, x, start, g, taus, fs, ratio, bipolar, current, columns, lines, lanes, first, todo, terms):
    """Pass lanes of a mask through a block: (lanes to be looked at, lanes to be looked at after a spike)."""
    g &= LAST_TAU
    brief, again = current and lanes[TAU] < inf, np.uint64(0)
    found, rest = find(mask, start, g, taus, fs, bipolar, columns, lines, lanes, todo)
    for trial in range(ROUNDS):
        if found == 0:
            break
        approach(found, x, g, taus, fs, ratio, bipolar, current, brief, columns, lines, lanes, first, todo, terms)
        if not brief:
            solve(found, terms)
        found, again, unsure = take(found, again, start, g, taus, fs, bipolar, brief, columns, lines, lanes, first, todo, terms)
        if trial == 0:
            rest |= unsure
        else:
            again |= unsure
    for q in range(found):
        again |= BIT[todo[q] & LAST_LANE]
    return rest, again
