"""What happens to lanes in a block beside plain spikes: in every round the next event of each lane.

The pulse d of a spike at the time r of its sample i, in samples, is taken from the membrane as if it had been missing from the
block's start on, v - d a^-(i + r); what follows in the block is found in the same way, and the sum of u^2 is corrected for the
samples after it. What is too close to decide, or within a few millionths of a sample after its start, is passed carefully:
sample by sample, with kernels/events.py.
"""

from math import inf

import numpy as np

from .ahead import outside
from .bits import lowest
from .blocks import stirs
from .columns import BLOCK, COLUMNS, NEXT
from .events import awake_level, awaken, borders, carefully, see, set_limits
from .firing import ROUNDS, fire_in_turn, fire_once
from .jit import jit
from .octets import expand, expand_both, turn
from .steps import step
from .tables import (
    BIT,
    BULGE,
    EVENTS,
    EXTRA,
    FADES,
    FIRST,
    KEPT,
    LAST_COLUMN,
    LAST_LANE,
    LOOSE,
    PENDING,
    PITCH,
    RECORD,
    RESPONSE,
    ROOM,
    RUNNING,
    SEEN,
    SHARE,
    SINCE,
    STARTS,
    TAU,
    TURNED,
    VIRTUAL,
    WAKE,
    WIDTH,
    U,
    column,
    of_lane,
    slot,
)


@jit(_nrt=False, forceinline=True)
def marks(n, t, near, block):
    """Bit i says: sample i of the block ends at `near`, above the base level, or beyond; or at a new largest error."""
    lines, lanes, both = block.lines, block.lanes, block.rule.bipolar
    v, place, record, extra = lanes[VIRTUAL + n], t * PITCH, lanes[RECORD + n], lanes[EXTRA + n]
    if block.work is None or extra == 0.0:
        return outside(v, place, near, record, both, lines)
    found = np.uint64(0)
    for i in range(BLOCK):
        after = place + slot(i) + NEXT
        u = v * lines[KEPT + after] + lines[RESPONSE + after]
        up = min(near + extra * block.lines[FADES + i + 1], record)
        found |= BIT[i] if (u >= up) | (-u >= (up if both else record)) else np.uint64(0)
    return found


@jit(_nrt=False)
def leave(n, block):
    """Pass a lane that is in doubt to the end of the block."""
    carefully(n, block)
    _, b = of_lane(n, block)
    block.lanes[U + n] = block.lanes[VIRTUAL + n] + block.centre
    set_limits(n, block.columns[BULGE + b], block.lanes)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def lower(n, b, room, block):
    """`room`, the membrane from which on something may happen to lane n, less what rounding and bulges may add in column b."""
    columns = block.columns
    room -= columns[LOOSE + b]
    return room if block.work is None else room - (block.rule.sag + columns[BULGE + b]) * block.lanes[EXTRA + n]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def may_reach(n, t, b, place, room, block):
    """Whether lane n may reach `room`, or a new largest error, from the sample on that has this place in the lines."""
    room = lower(n, b, room, block)
    if block.work is not None:
        room += block.lanes[EXTRA + n] * block.lines[FADES + BLOCK]
    return stirs(block.lanes[VIRTUAL + n], place, t, b, room, block.lanes[RECORD + n], block)


@jit(_nrt=False, forceinline=True)
def settles(n, t, b, block):
    """Whether nothing more happens to lane n in the block, but that it may be woken."""
    lanes, bulge = block.lanes, block.columns[BULGE + b]
    place = t * PITCH + slot(min(block.lists[FIRST + n] & LAST_LANE, BLOCK - 1))
    if lanes[WAKE + n] >= block.end:
        return not may_reach(n, t, b, place + NEXT, lanes[ROOM + n], block)
    if borders(lanes[WAKE + n] * block.rule.fs) or may_reach(n, t, b, place, awake_level(n, bulge, lanes), block):
        return False
    awaken(n, bulge, lanes)
    return True


@jit(_nrt=False, forceinline=True)
def write_out(mask, block):
    """Write out the responses of the time constants of the lanes of a mask."""
    taus, current, columns, lines, g = (
        block.taus,
        block.rule.current,
        block.columns,
        block.lines,
        block.g & LAST_COLUMN,
    )
    centre = block.centre if current else 0.0
    if taus == 1:
        expand(columns, STARTS + g, block.x, centre, columns[SHARE], current, lines, KEPT, RESPONSE, RUNNING)
        return
    turn(block.x, centre, lines, TURNED)
    if taus < WIDTH:
        mask |= mask >> np.uint64(2 * COLUMNS)
        mask = (mask | mask >> np.uint64(COLUMNS) if taus == COLUMNS else mask) & (BIT[taus] - np.uint64(1))
    while mask:
        t = lowest(mask) & LAST_LANE
        mask &= mask - np.uint64(1)
        other = lowest(mask) & LAST_LANE if mask else WIDTH  # there are lines for one more
        mask &= mask - np.uint64(1)
        share, other_share = columns[SHARE + column(t, g, taus)], columns[SHARE + column(other, g, taus)]
        expand_both(TURNED, centre, share, other_share, current, lines, t * PITCH, other * PITCH, KEPT, RESPONSE, RUNNING)


@jit(_nrt=False, forceinline=True)
def enter(mask, again, block):
    """List the lanes of a mask that can be passed in rounds, and those that are to be passed on; how many there are."""
    rule, lanes, lists = block.rule, block.lanes, block.lists
    count, ends, both = 0, (block.start + block.rows) / rule.fs >= rule.stop, 1.0 if rule.bipolar else 0.0
    while again:
        lists[PENDING + count] = lowest(again)
        lanes[SEEN + lists[PENDING + count]] = -1.0
        again &= again - np.uint64(1)
        count += 1
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        (t, b), u = of_lane(n, block), lanes[U + n]
        lists[FIRST + n], lanes[SINCE + n], lanes[SEEN + n] = 0, 0.0, -1
        lanes[VIRTUAL + n] = u - block.centre
        see(n, 0, abs(u), lanes)
        room = lower(n, b, lanes[ROOM + n], block)
        if block.work is not None:
            room += lanes[EXTRA + n]
        if ends or (lanes[WAKE + n] == inf and max(u, -both * u) >= room):
            leave(n, block)
        elif lanes[WAKE + n] == inf or not settles(n, t, b, block):
            lists[PENDING + count] = n
            count += 1
    return count


@jit(_nrt=False, forceinline=True)
def look(n, t, b, block):
    """The samples of the block, from the first that is not decided on, in which something may happen to lane n."""
    lanes, lists, bulge = block.lanes, block.lists, block.columns[BULGE + b]
    wake, j, wake_at = lanes[WAKE + n], lists[FIRST + n] & LAST_LANE, lanes[WAKE + n] * block.rule.fs
    decided, awake = BIT[j] - np.uint64(1), awake_level(n, bulge, lanes)
    stop = BLOCK if wake == inf else min(max(int(wake_at) - block.start, 0), BLOCK)
    if wake == inf or j < stop < BLOCK:
        todo = marks(n, t, lower(n, b, awake, block), block) & ~decided
        if wake == inf:
            return todo
        if not borders(wake_at) and not todo & (BIT[stop + 1] - np.uint64(1)):
            awaken(n, bulge, lanes)
            lists[FIRST + n], lanes[SINCE + n] = stop, 0.0
            return todo
    todo = np.uint64(0)
    if may_reach(n, t, b, t * PITCH + slot(min(j, BLOCK - 1)) + NEXT, inf, block):
        todo = marks(n, t, inf, block) & (BIT[stop] - np.uint64(1))
    return (todo | (BIT[stop] if stop < BLOCK else np.uint64(0))) & ~decided


@jit(_nrt=False, forceinline=True)
def rounds(mask, block):
    """Pass the lanes of a mask through a block."""
    again, rule, lists, trial = np.uint64(0), block.rule, block.lists, 0
    write_out(mask, block)
    if block.work is None and (block.start + block.rows) / rule.fs < rule.stop:
        if rule.current and block.lanes[TAU] < inf:
            mask, again = fire_once(mask, block)
        else:
            mask, again = fire_in_turn(mask, block)
    count = enter(mask, again, block)
    while count:
        found, kept, trial = 0, 0, trial + 1
        for q in range(count):
            n = lists[PENDING + q] & LAST_LANE
            t, b = of_lane(n, block)
            todo = look(n, t, b, block)
            lists[PENDING + found], lists[EVENTS + found] = n, todo
            found += 1 if todo else 0
        for q in range(found):
            n, j = lists[PENDING + q] & LAST_LANE, lowest(np.uint64(lists[EVENTS + q]))
            t, b = of_lane(n, block)
            if trial >= ROUNDS or not step(n, t, b, j, block):
                leave(n, block)
            elif not settles(n, t, b, block):
                lists[PENDING + kept] = n
                kept += 1
        count = kept
