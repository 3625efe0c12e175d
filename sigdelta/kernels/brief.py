"""The commonest thing that happens to a lane in a block, in short: under current drive, the level standing, it fires once.

The spike's time needs no iteration: u moves towards x as w e^-zr, so that at the level e^zr is w / (x - level). First all lanes
find their samples, then they all take their spikes, so that their arithmetic overlaps; what is not that plain is left.
"""

from math import inf

import numpy as np

from .bits import beyond, lowest
from .blocks import (
    BIT,
    BLOCK,
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
    slot,
    stirs,
)
from .events import BASE, COUNT, EARLY, MAX_SPIKES, RECORD, ROOM, SEEN, SINCE, SQUARE, T_REF, TAU, VIRTUAL, WAKE, U, Z
from .exponentials import small_log
from .jit import jit
from .lif import SAFE
from .steps import LAST_LANE, LAST_SAMPLE, LAST_TAU, PREVIOUS

CLOSE = 2.0**-48


@jit(_nrt=False, fastmath={"contract"})
def fire_once(mask, x, start, g, taus, fs, ratio, bipolar, columns, lines, lanes, first, todo):
    """Pass lanes of a mask that fire at most once in the block: (lanes to be looked at, lanes to be looked at after a spike)."""
    rest, again, found = np.uint64(0), np.uint64(0), 0
    end, centre = (start + BLOCK) / fs, columns[CENTRE + (g & LAST_TAU)]
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t = n & (taus - 1) & LAST_TAU
        b, place = (t if taus > 1 else g) & LAST_TAU, t * PITCH
        u, record, room = lanes[U + n], lanes[RECORD + n], lanes[ROOM + n] - columns[LOOSE + b]
        up = min(room, record)
        down = up if bipolar else record
        middle, half = 0.5 * (up - down), (0.5 - 0.5 * CLOSE) * (up + down)
        if lanes[WAKE + n] < inf:
            asleep = lanes[WAKE + n] >= end
            room = inf if asleep else lanes[BASE + n] * SAFE - columns[LOOSE + b]
            if stirs(u - centre, place, t, b, g, room, record, bipolar, columns, lines):
                rest |= BIT[n]
            elif not asleep:
                lanes[WAKE + n], lanes[ROOM + n] = inf, lanes[BASE + n] * SAFE
            continue
        if abs(u - middle) >= half:
            rest |= BIT[n]
            continue
        samples = beyond(u - centre, lines, KEPT + place, RESPONSE + place, middle, half)
        todo[found] = n + (lowest(samples) << 6)
        found += 1 if samples else 0
    for q in range(found):
        n, j = todo[q] & LAST_LANE, (todo[q] >> 6) & LAST_SAMPLE
        t = n & (taus - 1) & LAST_TAU
        b, place, after = (t if taus > 1 else g) & LAST_TAU, t * PITCH + slot(j), t * PITCH + slot(j) + NEXT
        whole, level = t * PITCH + LAST, lanes[BASE + n]
        v = lanes[U + n] - centre
        before, then = v * lines[KEPT + place] + lines[RESPONSE + place], v * lines[KEPT + after] + lines[RESPONSE + after]
        sign = -1.0 if then < 0.0 and bipolar else 1.0
        w, missing = x[j] - before, x[j] - sign * level
        grown, outside = w / missing, sign * then - level
        if not (
            (outside > columns[NOISE + b] + level * (1.0 - SAFE)) & (sign * missing > 0.0)
            & (grown > 1.0 + 2.0 * EARLY * lanes[Z + n]) & (lanes[COUNT + n] < MAX_SPIKES)
        ):  # fmt: skip
            rest |= BIT[n]
            continue
        d = sign * ratio * level * lines[GROWN + place] * grown
        own, running = lines[OWNS + whole] - lines[OWNS + after], lines[RUNNING + whole] - lines[RUNNING + after]
        lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * running)
        lanes[COUNT + n] += 1.0
        v -= d
        lanes[U + n] = v + centre
        room, i = lanes[ROOM + n] - columns[LOOSE + b], after
        if lanes[T_REF + n] > 0.0:
            time = (start + j + small_log(w, missing) * (lanes[TAU + n] * fs)) / fs
            lanes[PREVIOUS + n], lanes[WAKE + n], lanes[ROOM + n] = time, time + lanes[T_REF + n], inf
            wakes = lanes[WAKE + n] < end
            room, i = (room if wakes else inf), (place if wakes else after)
        if stirs(v, i, t, b, g, room, lanes[RECORD + n], bipolar, columns, lines):
            again |= BIT[n]
            first[n], lanes[VIRTUAL + n], lanes[SINCE + n], lanes[SEEN + n] = j, v, grown, -1.0
        elif lanes[WAKE + n] < end:
            lanes[WAKE + n], lanes[ROOM + n] = inf, level * SAFE
    return rest, again
