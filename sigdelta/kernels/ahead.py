"""What is next for a lane in its block: a spike, the end of refractoriness, or a new largest error; and the lists of those."""

from math import inf

import numpy as np

from .bits import beyond, lowest
from .blocks import stirs
from .columns import BLOCK, NEXT
from .events import awake_level, awaken, borders
from .jit import jit
from .tables import (
    BIT,
    BULGE,
    EVENTS,
    FIRST,
    KEPT,
    LAST_LANE,
    LAST_SAMPLE,
    LOOSE,
    PENDING,
    PITCH,
    RECORD,
    RESPONSE,
    ROOM,
    SINCE,
    VIRTUAL,
    WAKE,
    U,
    of_lane,
    slot,
)

CLOSE = 2.0**-48
DUE, NOTHING, ELSE = 1 << 12, -1, -2


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
def awake_room(n, b, block):
    """The membrane from which on something may happen to lane n when it is awake."""
    return awake_level(n, block.columns[BULGE + b], block.lanes) - block.columns[LOOSE + b]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def upcoming(n, j, v, bounded, t, b, block):
    """What is next for lane n from sample j on, up to the block's end: NOTHING, ELSE, or what `enlist` takes.

    That is n + 64 i for a spike, or a new largest error, in sample i, and DUE more if refractoriness ends in it and may end above
    the level, or so close to a sample that it may end in another. ELSE is a new largest error before that. A lane that is sure to
    end it below is awake from that sample on. With `bounded` a bound tells first whether there may be anything.
    """
    columns, lines, lanes, bipolar, end = block.columns, block.lines, block.lanes, block.rule.bipolar, block.end
    place, bulge, wake, record = t * PITCH, columns[BULGE + b], lanes[WAKE + n], lanes[RECORD + n]
    room, ahead = awake_room(n, b, block), ~(BIT[j] - np.uint64(1))
    if end <= wake < inf:
        if stirs(v, place + slot(j), t, b, inf, record, block):
            return ELSE if outside(v, place, inf, record, bipolar, lines) & ahead else NOTHING
        return NOTHING
    at = min(wake, end) * block.rule.fs - block.start
    if bounded and not stirs(v, place + slot(j), t, b, room, record, block):
        if wake < end:
            if borders(at):
                return n + (min(max(int(at), j), LAST_SAMPLE) << 6) + DUE
            awaken(n, bulge, lanes)
        return NOTHING
    samples = outside(v, place, room, record, bipolar, lines) & ahead
    if wake < inf:
        stop = min(max(int(at), j), LAST_SAMPLE)
        before = BIT[stop] - np.uint64(1)
        far = samples & before and stirs(v, place + slot(j), t, b, inf, record, block)
        if far and farthest(v, place, samples & before, lines) >= record:
            return ELSE
        if stop == j or borders(at) or samples & (BIT[stop] | BIT[stop] >> np.uint64(1)):
            return n + (stop << 6) + DUE
        samples &= ~before
        awaken(n, bulge, lanes)
        block.lists[FIRST + n], lanes[SINCE + n] = stop, 0.0
    return n + (lowest(samples) << 6) if samples else NOTHING


@jit(_nrt=False, forceinline=True)
def enlist(n, coming, found, due, rest, lists):
    """Write what is `upcoming` for lane n in the list of those that fire, that wake, or that are left out."""
    if coming >= DUE:
        lists[PENDING + due] = coming - DUE
        due += 1
    elif coming >= 0:
        lists[EVENTS + found] = coming
        found += 1
    elif coming == ELSE:
        rest |= BIT[n]
    return found, due, rest


@jit(_nrt=False, forceinline=True)
def listed(place, block):
    """A lane that `enlist` wrote there, its sample, its time constant and the column that describes the block to it."""
    n = block.lists[place] & LAST_LANE
    t, b = of_lane(n, block)
    return n, (block.lists[place] >> 6) & LAST_SAMPLE, t, b


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def find(mask, solved, block):
    """List the lanes of a mask that fire, and those that may fire as they wake, with the samples in which they do.

    Returns how many there are of both, and the lanes left out: without `solved` those are that may fire as they wake.
    """
    columns, lines, lanes, lists, bipolar = block.columns, block.lines, block.lanes, block.lists, block.rule.bipolar
    rest, found, due, both = np.uint64(0), 0, 0, 1.0 if bipolar else 0.0
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t, b = of_lane(n, block)
        u, record, room = lanes[U + n], lanes[RECORD + n], lanes[ROOM + n] - columns[LOOSE + b]
        lanes[VIRTUAL + n], lists[FIRST + n], lanes[SINCE + n] = u - block.centre, 0, 0.0
        if lanes[WAKE + n] < inf:
            coming = ELSE
            if abs(u) < record:
                coming = upcoming(n, 0, u - block.centre, True, t, b, block)
            coming = coming if solved or coming < DUE else ELSE
            found, due, rest = enlist(n, coming, found, due, rest, lists)
            continue
        if max(u, -both * u) >= room or abs(u) >= record:
            rest |= BIT[n]
            continue
        samples = outside(u - block.centre, t * PITCH, room, record, bipolar, lines)
        lists[EVENTS + found] = n + (lowest(samples | BIT[BLOCK]) << 6)
        found += 1 if samples else 0
    return found, due, rest
