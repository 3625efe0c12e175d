"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations, vectorised over the lanes (see kernels/blocks.py);
those that may fire, come out of refractoriness or be further off than ever are passed in rounds (see kernels/rounds.py).
"""

import numpy as np

from .blocks import (
    BIT,
    BLOCK,
    BOTTOM,
    BULGE,
    COLUMNS,
    CROSS,
    END,
    LOOSE,
    OWN,
    PASSED,
    POWER,
    REFERENCE,
    TOP,
    Y,
    float_on,
    follow,
    lay,
    loosen,
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
def pass_one(u, extra, room, record, c, passed, top, bottom, slack, fade, own, cross, power, both):
    """Whether a lane needs a closer look in a block, and what the block adds to its sum of u^2 as if it did not fire."""
    v = u - c
    far = v * passed
    up, down, near = max(v, far) + top, min(v, far) + bottom, min(room + extra * fade - slack, record)
    return (up >= near) | (-down >= (near if both else record)), u * (u * own + 2.0 * cross) + power


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspects(size, lanes, taus, c, columns, sag, fade, both):
    """The lanes that need a closer look, a bit each, and the sum of u^2; lane n belongs to column c + n % taus of the block."""
    mask = np.uint64(0)
    u, extra, room = lanes[U : U + size], lanes[EXTRA : EXTRA + size], lanes[ROOM : ROOM + size]
    record, square = lanes[RECORD : RECORD + size], lanes[SQUARE : SQUARE + size]
    if taus == 1:
        slack, own, cross, power, decay = (
            columns[LOOSE + c],
            columns[OWN],
            columns[CROSS + c],
            columns[POWER + c],
            columns[PASSED],
        )
        reference, top, bottom = (
            columns[REFERENCE + c],
            columns[REFERENCE + c] + columns[TOP + c],
            columns[REFERENCE + c] + columns[BOTTOM + c],
        )
        for n in range(size):
            look, more = pass_one(
                u[n], extra[n], room[n], record[n], reference, decay, top, bottom, slack, fade - sag, own, cross, power, both
            )  # fmt: skip
            mask |= BIT[n] if look else np.uint64(0)
            square[n] += more
        return mask
    slack, own, passed = columns[LOOSE : LOOSE + COLUMNS], columns[OWN : OWN + COLUMNS], columns[PASSED : PASSED + COLUMNS]
    cross, power = columns[CROSS : CROSS + COLUMNS], columns[POWER : POWER + COLUMNS]
    reference, top, bottom = (
        columns[REFERENCE : REFERENCE + COLUMNS],
        columns[TOP : TOP + COLUMNS],
        columns[BOTTOM : BOTTOM + COLUMNS],
    )
    for j in range(np.uint64(0), np.uint64(size), np.uint64(COLUMNS)):
        for t in range(np.uint64(COLUMNS)):
            n = j + t
            look, more = pass_one(
                u[n], extra[n], room[n], record[n], reference[t], passed[t], reference[t] + top[t], reference[t] + bottom[t],
                slack[t], fade - sag, own[t], cross[t], power[t], both,
            )  # fmt: skip
            mask |= BIT[n] if look else np.uint64(0)
            square[n] += more
    return mask


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def pass_block(size, u, taus, c, columns):
    """Move u to the end of the block, of every lane as if it did not fire."""
    if taus == 1:
        decay, reference = columns[PASSED], columns[REFERENCE + c]
        end = reference + columns[END + c]
        for n in range(size):
            u[n] = (u[n] - reference) * decay + end
        return
    reference, end = columns[REFERENCE : REFERENCE + COLUMNS], columns[END : END + COLUMNS]
    passed = columns[PASSED : PASSED + COLUMNS]
    for j in range(np.uint64(0), np.uint64(size), np.uint64(COLUMNS)):
        for t in range(np.uint64(COLUMNS)):
            u[j + t] = (u[j + t] - reference[t]) * passed[t] + (reference[t] + end[t])


@jit(_nrt=False)
def sweep(size, taus, x, start, n_blocks, rows, sag, tables, source, rule, lanes, scratch):
    """Pass blocks of `rows` samples, the first of which is x[0], sample `start` of all; x holds one more than they have."""
    current, columns, fade, side = rule.current, tables.columns, tables.fades[BLOCK], COLUMNS if rule.current and taus == 1 else 1
    for first in range(0, n_blocks, side):
        many = min(side, n_blocks - first)
        if current:
            for c in range(COLUMNS):
                columns[REFERENCE + c] = columns[Y + (0 if taus == 1 else c)]
            if taus == 1:
                lay(x, first * BLOCK, many, source, columns)
                respond(source, 0, True, columns)
            else:
                respond(x, first * BLOCK, False, columns)
        else:
            follow(x, first * BLOCK, taus, tables.powers, source, columns)
        if rows < BLOCK:
            recount(x, first * BLOCK, rows, taus, current, columns)
        float_on(many, taus, rows, (start // BLOCK) + first, current, columns)
        loosen(columns)
        for g in range(many):
            at, c = (first + g) * BLOCK, g
            mask = suspects(size, lanes, taus, c, columns, sag, fade, rule.bipolar)
            if mask:
                rounds(mask, x, at, start + at, rows, c, taus, sag, tables, rule, lanes, scratch)
            pass_block(size, lanes[U : U + size], taus, c, columns)
            if fade < 1.0:
                for n in range(size):
                    lanes[EXTRA + n] *= fade
