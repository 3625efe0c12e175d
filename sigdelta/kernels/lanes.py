"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations, vectorised over the lanes (see kernels/blocks.py);
those that may fire, come out of refractoriness or be further off than ever are passed in rounds (see kernels/rounds.py).
"""

import numpy as np

from .blocks import (
    BIT,
    BLOCK,
    BULGE,
    CENTRE,
    COLUMNS,
    CROSS,
    END,
    LOOSE,
    LOST,
    OWN,
    PASSED,
    POWER,
    float_on,
    loosen,
    reaches,
    read,
    recount,
    respond,
)
from .events import BASE, BOOST, COUNT, EXTRA, FIXED, IN_DOUBT, PREVIOUS, RECORD, ROOM, SQUARE, T_REF, WAKE, U, set_limits
from .jit import jit
from .rounds import rounds


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
        set_limits(n, columns[BULGE + n % taus], lanes)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspect(n, c, t, end, sag, fade, both, adaptive, columns, lanes):
    """The bit of a lane, if it needs a closer look in the block that column c describes, for time constant t."""
    v, room = lanes[U + n] - columns[CENTRE + c], lanes[ROOM + n] - columns[LOOSE + c]
    if adaptive:
        room += lanes[EXTRA + n] * (fade - sag)
    found = reaches(v, v * columns[PASSED + t], room, lanes[RECORD + n], c, both, columns) | (lanes[WAKE + n] < end)
    return BIT[n] if found else np.uint64(0)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspects(size, taus, c, end, sag, fade, both, adaptive, columns, lanes):
    """The lanes that need a closer look in a block, a bit each; lane n belongs to column c + n % taus."""
    # the compiler vectorises loops whose length it does not know
    mask = np.uint64(0)
    if taus == 1:
        for n in range(size):
            mask |= suspect(n, c, 0, end, sag, fade, both, adaptive, columns, lanes)
        return mask
    for j in range(0, size, COLUMNS):
        part, found = lanes[j:], np.uint64(0)
        for t in range(taus):
            found |= suspect(t, t, t, end, sag, fade, both, adaptive, columns, part)
        mask |= found << np.uint64(j)
    return mask


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def add_squares(size, taus, c, columns, lanes):
    """Add the sum of u^2 over the block, of every lane as if it did not fire."""
    if taus == 1:
        own, cross, power = columns[OWN], 2.0 * columns[CROSS + c], columns[POWER + c]
        for n in range(size):
            lanes[SQUARE + n] += lanes[U + n] * (lanes[U + n] * own + cross) + power
        return
    for j in range(0, size, COLUMNS):
        part = lanes[j:]
        for t in range(taus):
            u = part[U + t]
            part[SQUARE + t] += u * (u * columns[OWN + t] + 2.0 * columns[CROSS + t]) + columns[POWER + t]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def pass_block(size, taus, c, fade, adaptive, columns, lanes):
    """Move u to the end of the block, of every lane as if it did not fire."""
    if taus == 1:
        decay, middle, end = columns[PASSED], columns[CENTRE + c], columns[CENTRE + c] + columns[END + c]
        for n in range(size):
            lanes[U + n] = (lanes[U + n] - middle) * decay + end
    else:
        for j in range(0, size, COLUMNS):
            part = lanes[j:]
            for t in range(taus):
                middle = columns[CENTRE + t]
                part[U + t] = (part[U + t] - middle) * columns[PASSED + t] + (middle + columns[END + t])
    if adaptive:
        for n in range(size):
            lanes[EXTRA + n] *= fade


@jit(_nrt=False, forceinline=True)
def describe(g, blocks, taus, rows, passed, current, columns):
    """Complete the columns of `blocks` blocks, or those of the time constants in block g, after `passed` samples."""
    respond(g, taus == 1, current, columns)
    if rows < BLOCK:
        recount(rows, taus, current, columns)
    float_on(blocks, taus, rows, passed, current, columns)
    loosen(blocks * taus, columns)


@jit(_nrt=False)
def sweep(size, taus, x, start, n_blocks, rows, sag, tables, rule, lanes, scratch):
    """Pass blocks of `rows` samples, the first of which is x[0], sample `start` of all.

    x holds one more sample than they have, and if they are no multiple of COLUMNS as many as if they were.
    """
    current, columns, fade, adaptive = rule.current, tables.columns, tables.fades[BLOCK], scratch.work is not None
    for first in range(0, n_blocks, COLUMNS):
        many = min(COLUMNS, n_blocks - first)
        read(x, first * BLOCK, current, columns[LOST] > 0.0, columns)
        for g in range(many):
            at = (first + g) * BLOCK
            if g == 0 or taus > 1:
                describe(g, many if taus == 1 else 1, taus, rows, start + at, current, columns)
            c = g if taus == 1 else 0
            mask = suspects(size, taus, c, (start + at + rows) / rule.fs, sag, fade, rule.bipolar, adaptive, columns, lanes)
            add_squares(size, taus, c, columns, lanes)
            if mask:
                rounds(mask, x, at, start + at, rows, c, taus, sag, tables, rule, lanes, scratch)
            pass_block(size, taus, c, fade, adaptive, columns, lanes)
