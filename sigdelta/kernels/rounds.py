"""What happens to lanes in a block beside plain spikes: in every round the next event of each lane.

The pulse d of a spike at the time r of its sample i, in samples, is taken from the membrane as if it had been missing from the
block's start on, v - d a^-(i + r); what follows in the block is found in the same way, and the sum of u^2 is corrected for the
samples after it. What is too close to decide, or within a few millionths of a sample after its start, is passed carefully:
sample by sample, with kernels/events.py.
"""

from math import inf

import numpy as np

from .bits import lowest
from .blocks import stirs
from .columns import BLOCK, COLUMNS, NEXT
from .events import (
    EXTRA,
    RECORD,
    ROOM,
    SEEN,
    SINCE,
    TAU,
    VIRTUAL,
    WAKE,
    U,
    awake_level,
    awaken,
    borders,
    carefully,
    see,
    set_limits,
)
from .firing import ROUNDS, fire_in_turn, fire_once, outside
from .jit import jit
from .octets import expand, expand_both, turn
from .steps import LAST_COLUMN, LAST_LANE, roughness, step
from .tables import BIT, BULGE, CENTRE, KEPT, LOOSE, PITCH, RESPONSE, RUNNING, SHARE, STARTS, TURNED, WIDTH, column, slot


@jit(_nrt=False, forceinline=True)
def marks(n, t, near, both, tables, lanes, scratch):
    """Bit i says: sample i of the block ends at `near`, above the base level, or beyond; or at a new largest error."""
    v, place, lines, record = lanes[VIRTUAL + n], t * PITCH, tables.lines, lanes[RECORD + n]
    if scratch.work is None or lanes[EXTRA + n] == 0.0:
        return outside(v, place, near, record, both, lines)
    found = np.uint64(0)
    for i in range(BLOCK):
        after = place + slot(i) + NEXT
        u = v * lines[KEPT + after] + lines[RESPONSE + after]
        up = min(near + lanes[EXTRA + n] * tables.fades[i + 1], record)
        found |= BIT[i] if (u >= up) | (-u >= (up if both else record)) else np.uint64(0)
    return found


@jit(_nrt=False)
def leave(n, t, b, g, x, at, start, rows, sag, tables, rule, lanes, scratch):
    """Pass a lane that is in doubt to the end of the block."""
    bulge, loose = tables.columns[BULGE + b], tables.columns[LOOSE + b]
    noise = roughness(n, b, tables.columns, lanes)
    carefully(n, t, x, at, start, rows, bulge, loose, noise, sag, tables, rule, lanes, scratch)
    lanes[U + n] = lanes[VIRTUAL + n] + tables.columns[CENTRE + (g & LAST_COLUMN)]
    set_limits(n, bulge, lanes)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def lower(n, t, b, room, sag, tables, lanes, scratch):
    """`room`, the membrane from which on something may happen to lane n, less what rounding and bulges may add in column b."""
    room -= tables.columns[LOOSE + b]
    return room if scratch.work is None else room - (sag + tables.columns[BULGE + b]) * lanes[EXTRA + n]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def may_reach(n, t, b, g, place, room, sag, tables, rule, lanes, scratch):
    """Whether lane n may reach `room`, or a new largest error, from the sample on that has this place in the lines."""
    room = lower(n, t, b, room, sag, tables, lanes, scratch)
    if scratch.work is not None:
        room += lanes[EXTRA + n] * tables.fades[BLOCK]
    return stirs(lanes[VIRTUAL + n], place, t, b, g, room, lanes[RECORD + n], rule.bipolar, tables.columns, tables.lines)


@jit(_nrt=False, forceinline=True)
def settles(n, t, b, g, end, sag, tables, rule, lanes, scratch):
    """Whether nothing more happens to lane n in the block, which ends at the time `end`, but that it may be woken."""
    place, bulge = t * PITCH + slot(min(scratch.first[n] & LAST_LANE, BLOCK - 1)), tables.columns[BULGE + b]
    if lanes[WAKE + n] >= end:
        return not may_reach(n, t, b, g, place + NEXT, lanes[ROOM + n], sag, tables, rule, lanes, scratch)
    room = awake_level(n, bulge, lanes)
    if borders(lanes[WAKE + n] * rule.fs) or may_reach(n, t, b, g, place, room, sag, tables, rule, lanes, scratch):
        return False
    awaken(n, bulge, lanes)
    return True


@jit(_nrt=False, forceinline=True)
def write_out(mask, x, at, g, taus, current, columns, lines):
    """Write out the responses of the time constants of the lanes of a mask."""
    centre = columns[CENTRE + (g & LAST_COLUMN)] if current else 0.0
    if taus == 1:
        expand(columns, STARTS + (g & LAST_COLUMN), x, at, centre, columns[SHARE], current, lines, KEPT, RESPONSE, RUNNING)
        return
    turn(x, at, centre, lines, TURNED)
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
def enter(mask, again, x, at, start, rows, g, taus, sag, tables, rule, lanes, scratch):
    """List the lanes of a mask that can be passed in rounds, and those that are to be passed on; how many there are."""
    count, ends = 0, (start + rows) / rule.fs >= rule.stop
    both = 1.0 if rule.bipolar else 0.0
    while again:
        scratch.pending[count] = lowest(again)
        lanes[SEEN + scratch.pending[count]] = -1.0
        again &= again - np.uint64(1)
        count += 1
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t, u = n & (taus - 1) & LAST_LANE, lanes[U + n]
        b = column(t, g, taus)
        scratch.first[n], lanes[SINCE + n], lanes[SEEN + n] = 0, 0.0, -1
        lanes[VIRTUAL + n] = u - tables.columns[CENTRE + (g & LAST_COLUMN)]
        see(n, 0, abs(u), lanes)
        room = lower(n, t, b, lanes[ROOM + n], sag, tables, lanes, scratch)
        if scratch.work is not None:
            room += lanes[EXTRA + n]
        if ends or (lanes[WAKE + n] == inf and max(u, -both * u) >= room):
            leave(n, t, b, g, x, at, start, rows, sag, tables, rule, lanes, scratch)
        elif lanes[WAKE + n] == inf or not settles(n, t, b, g, (start + BLOCK) / rule.fs, sag, tables, rule, lanes, scratch):
            scratch.pending[count] = n
            count += 1
    return count


@jit(_nrt=False, forceinline=True)
def look(n, t, b, g, start, sag, tables, rule, lanes, scratch):
    """The samples of the block, from the first that is not decided on, in which something may happen to lane n."""
    wake, j, bulge = lanes[WAKE + n], scratch.first[n] & LAST_LANE, tables.columns[BULGE + b]
    decided, awake = BIT[j] - np.uint64(1), awake_level(n, bulge, lanes)
    stop = BLOCK if wake == inf else min(max(int(wake * rule.fs) - start, 0), BLOCK)
    if wake == inf or j < stop < BLOCK:
        todo = marks(n, t, lower(n, t, b, awake, sag, tables, lanes, scratch), rule.bipolar, tables, lanes, scratch) & ~decided
        if wake == inf:
            return todo
        if not borders(wake * rule.fs) and not todo & (BIT[stop + 1] - np.uint64(1)):
            awaken(n, bulge, lanes)
            scratch.first[n], lanes[SINCE + n] = stop, 0.0
            return todo
    todo = np.uint64(0)
    if may_reach(n, t, b, g, t * PITCH + slot(min(j, BLOCK - 1)) + NEXT, inf, sag, tables, rule, lanes, scratch):
        todo = marks(n, t, inf, rule.bipolar, tables, lanes, scratch) & (BIT[stop] - np.uint64(1))
    return (todo | (BIT[stop] if stop < BLOCK else np.uint64(0))) & ~decided


@jit(_nrt=False, forceinline=True)
def rounds(mask, x, at, start, rows, g, taus, sag, tables, rule, lanes, scratch):
    """Pass the lanes of a mask through a block of `rows` samples from x[at] on, sample `start` of all."""
    again, samples, trial = np.uint64(0), x[at:], 0
    write_out(mask, x, at, g, taus, rule.current, tables.columns, tables.lines)
    if scratch.work is None and (start + rows) / rule.fs < rule.stop:
        fs, ratio, bipolar, columns, lines = rule.fs, rule.ratio, rule.bipolar, tables.columns, tables.lines
        first, todo, dues = scratch.first, scratch.todo, scratch.pending
        if rule.current and lanes[TAU] < inf:
            mask, again = fire_once(mask, samples, start, g, taus, fs, ratio, bipolar, columns, lines, lanes, first, todo, dues)
        else:
            mask, again = fire_in_turn(
                mask, samples, start, g, taus, fs, ratio, bipolar, rule.current, columns, lines, lanes, first, todo, dues,
                scratch.terms,
            )  # fmt: skip
    count = enter(mask, again, x, at, start, rows, g, taus, sag, tables, rule, lanes, scratch)
    end = (start + BLOCK) / rule.fs
    while count:
        found, kept, trial = 0, 0, trial + 1
        for q in range(count):
            n = scratch.pending[q] & LAST_LANE
            t = n & (taus - 1) & LAST_LANE
            todo = look(n, t, column(t, g, taus), g, start, sag, tables, rule, lanes, scratch)
            scratch.pending[found], scratch.todo[found] = n, todo
            found += 1 if todo else 0
        for q in range(found):
            n = scratch.pending[q] & LAST_LANE
            t, j = n & (taus - 1) & LAST_LANE, lowest(scratch.todo[q])
            b = column(t, g, taus)
            if trial >= ROUNDS or not step(n, t, b, g, j, samples, start, sag, tables, rule, lanes, scratch):
                leave(n, t, b, g, x, at, start, rows, sag, tables, rule, lanes, scratch)
            elif not settles(n, t, b, g, end, sag, tables, rule, lanes, scratch):
                scratch.pending[kept] = n
                kept += 1
        count = kept
