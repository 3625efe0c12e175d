"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations, vectorised over the lanes (see kernels/blocks.py);
those that may fire, come out of refractoriness or be further off than ever are looked at one by one: most of them fire, and
that is all (see kernels/firing.py); the others are passed in rounds (see kernels/rounds.py).
"""

import numpy as np

from .blocks import describe_blocks, describe_taus, note_lags, note_moments, note_size, reaches, read
from .columns import BLOCK, COLUMNS
from .events import set_limits
from .jit import jit
from .rounds import rounds
from .tables import (
    BASE,
    BIT,
    BOOST,
    BULGE,
    CENTRE,
    COUNT,
    CROSS,
    END,
    ENTRY,
    EXTRA,
    FADES,
    FIXED,
    IN_DOUBT,
    LOOSE,
    LOST,
    OWN,
    PASSED,
    POWER,
    PREVIOUS,
    RECORD,
    ROOM,
    SQUARE,
    T_REF,
    WAKE,
    Block,
    U,
    column,
)


@jit(_nrt=False)
def begin(size, taus, x, columns, lanes, rule):
    """The membranes at the first sample: under potential drive the spikes by which they come back within the level."""
    for n in range(size):
        u, fresh, level = 0.0 if rule.current else x, True, lanes[BASE + n]
        while lanes[IN_DOUBT + n] == 0.0 and (abs(u) > level or (abs(u) == level and (fresh or rule.ratio == 1.0))):
            if u < 0.0 and not rule.bipolar:
                break
            height = lanes[FIXED + n] if lanes[FIXED + n] > 0.0 else rule.ratio * level
            u -= height if u > 0.0 else -height
            fresh, level = False, level + lanes[BOOST + n]
            lanes[COUNT + n] += 1
            lanes[EXTRA + n] += lanes[BOOST + n]
            lanes[PREVIOUS + n] = 0.0
            lanes[IN_DOUBT + n] = lanes[COUNT + n] >= 2**20
            if lanes[T_REF + n] > 0.0:
                lanes[WAKE + n] = lanes[T_REF + n]
                break
        lanes[U + n] = u
        set_limits(n, columns[BULGE + column(n & (taus - 1), 0, taus)], lanes)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspect(n, t, c, centre, end, sag, fade, both, adaptive, columns, lanes):
    """The bit of a lane, if it needs a closer look in the block that column c describes, for time constant t.

    The sum of u^2 over the block is added as if it did not fire, less sum d^2 where that is found at the end.
    """
    u, own, cross, power = lanes[U + n], columns[OWN + t], 2.0 * columns[CROSS + c], columns[POWER + c]
    v, room = u - centre, lanes[ROOM + n] - columns[LOOSE + c]
    if adaptive:
        room += lanes[EXTRA + n] * (fade - sag)
    lanes[SQUARE + n] += u * (u * own + cross) + power
    found = reaches(v, v * columns[PASSED + t], room, lanes[RECORD + n], c, both, columns) | (lanes[WAKE + n] < end)
    return BIT[n] if found else np.uint64(0)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspects(size, taus, g, end, sag, fade, both, adaptive, columns, lanes):
    """The lanes that need a closer look in block g, a bit each; lane n belongs to time constant n % taus."""
    # the compiler vectorises loops whose length it does not know
    mask, centre = np.uint64(0), columns[CENTRE + g]
    if taus == 1:
        for n in range(size):
            mask |= suspect(n, 0, g, centre, end, sag, fade, both, adaptive, columns, lanes)
        return mask
    for j in range(0, size, COLUMNS):
        part, own, found = lanes[j:], columns[column(j & (taus - 1), g, taus) :], np.uint64(0)
        for t in range(min(taus, COLUMNS)):
            found |= suspect(t, t, t, centre, end, sag, fade, both, adaptive, own, part)
        mask |= found << np.uint64(j)
    return mask


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def pass_block(size, taus, g, fade, adaptive, columns, lanes):
    """Move u to the end of the block, of every lane as if it did not fire."""
    centre = columns[CENTRE + g]
    if taus == 1:
        decay, end = columns[PASSED], centre + columns[END + g]
        for n in range(size):
            lanes[U + n] = (lanes[U + n] - centre) * decay + end
    else:
        for j in range(0, size, COLUMNS):
            part, own = lanes[j:], columns[column(j & (taus - 1), g, taus) :]
            for t in range(min(taus, COLUMNS)):
                part[U + t] = (part[U + t] - centre) * own[PASSED + t] + (centre + own[END + t])
    if adaptive:
        for n in range(size):
            lanes[EXTRA + n] *= fade


@jit(_nrt=False)
def sweep(size, taus, x, start, n_blocks, rows, lines, columns, rule, lanes, lists, work, rest):
    """Pass blocks of `rows` samples, the first of which is x[0], sample `start` of all.

    x holds one more sample than they have, and if they are no multiple of COLUMNS as many as if they were.
    """
    current, fade, adaptive = rule.current, lines[FADES + BLOCK], work is not None
    for first in range(0, n_blocks, COLUMNS):
        many = min(COLUMNS, n_blocks - first)
        read(x, first * BLOCK, current, columns[LOST] > 0.0, columns)
        note_size(many, rows, columns)
        if taus > 1:
            note_moments(many, columns)
            if current and rows == BLOCK:
                note_lags(many, columns)
        elif current:  # each drive is compiled by itself
            describe_blocks(many, rows, float(start + first * BLOCK), True, columns)
        else:
            describe_blocks(many, rows, float(start + first * BLOCK), False, columns)
        for g in range(many):
            at = (first + g) * BLOCK
            if taus > 1 and current:
                describe_taus(g, min(size, taus), rows, float(start + at), True, columns)
            elif taus > 1:
                describe_taus(g, min(size, taus), rows, float(start + at), False, columns)
            end = (start + at + rows) / rule.fs
            mask = suspects(size, taus, g, end, rule.sag, fade, rule.bipolar, adaptive, columns, lanes)
            if mask:
                end, centre, samples = (start + at + BLOCK) / rule.fs, columns[CENTRE + g], x[at:]
                rounds(
                    mask, Block(g, start + at, rows, centre, end, taus, samples, lines, columns, rule, lanes, lists, work, rest)
                )
            columns[ENTRY] = abs(x[at + rows] - x[at + rows - 1])
            pass_block(size, taus, g, fade, adaptive, columns, lanes)
