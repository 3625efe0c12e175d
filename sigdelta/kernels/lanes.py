"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations (see kernels/blocks.py). Where one is possible, its
membrane is compared with the level at every sample, and spikes are solved one by one; a spike's pulse d at the end of its sample i
is taken from the membrane as if it had been missing from the block's start on, u - d / a^(i + 1), so that what follows in the block is
found in the same way, and the sum of u^2 is corrected for the samples after it.
"""

from math import inf

import numpy as np

from . import blocks as table
from .blocks import BIT, BLOCK, COLUMNS, float_on, lay, lowest, respond, rest_of, scan
from .events import events
from .jit import jit
from .lif import SAFE

ROUNDING = 2.0**-44
TOP, BOTTOM, CROSS, POWER, Y = table.TOP, table.BOTTOM, table.CROSS, table.POWER, table.Y


@jit
def begin(x, lanes, rule):
    """The membranes at the first sample: under potential drive the spikes by which they come back within the level."""
    for l in range(lanes.u.size):
        u, fresh, level = 0.0 if rule.current else x, True, lanes.base[l]
        while not lanes.in_doubt[l] and (abs(u) > level or (abs(u) == level and (fresh or rule.ratio == 1.0))):
            if u < 0.0 and not rule.bipolar:
                break
            height = lanes.fixed[l] if lanes.fixed[l] > 0.0 else rule.ratio * level
            u -= height if u > 0.0 else -height
            fresh, level = False, level + lanes.boost[l]
            lanes.count[l] += 1
            lanes.extra[l] += lanes.boost[l]
            lanes.previous[l] = 0.0
            lanes.in_doubt[l] = lanes.count[l] >= 2**20
            if lanes.t_ref[l] > 0.0:
                lanes.wake[l], lanes.armed[l] = lanes.t_ref[l], inf
                break
        lanes.u[l] = u


@jit
def suspect(u, extra, armed, wake, largest, end, decay, passed, top, bottom, loose, bulge, sag, fade, both):
    """Whether a lane may fire in a block, comes out of refractoriness in it, or may be further off than ever."""
    near, far = u * decay, u * passed
    up, down = max(near, far) + top, min(near, far) + bottom
    room = (armed + extra * fade) * SAFE - (loose + bulge * abs(u) + sag * extra)
    return (max(up, -both * down) >= room) | (wake < end) | (max(max(up, -down), abs(u)) > largest)


@jit
def suspects(lanes, taus, c, end, looses, bulges, sag, fade, both, powers, out):
    """The lanes that need a closer look, a bit each; lane l belongs to column c + l % taus of the block."""
    mask = np.uint64(0)
    u, extra, armed, wake, largest = lanes.u, lanes.extra, lanes.armed, lanes.wake, lanes.largest
    if taus == 1:
        decay, passed, top, bottom = powers[0, 1], powers[0, BLOCK], out[TOP + c], out[BOTTOM + c]
        loose, bulge = looses[0], bulges[0]
        for l in range(u.size):
            far = suspect(
                u[l], extra[l], armed[l], wake[l], largest[l], end, decay, passed, top, bottom, loose, bulge, sag, fade, both
            )  # fmt: skip
            mask |= BIT[l] if far else np.uint64(0)
        return mask
    for j in range(0, u.size, COLUMNS):
        for t in range(COLUMNS):
            l = j + t
            far = suspect(
                u[l], extra[l], armed[l], wake[l], largest[l], end, powers[t, 1], powers[t, BLOCK], out[TOP + t],
                out[BOTTOM + t], looses[t], bulges[t], sag, fade, both,
            )  # fmt: skip
            mask |= BIT[l] if far else np.uint64(0)
    return mask


@jit(fastmath={"contract"})
def pass_block(lanes, taus, c, squares, powers, out, add):
    """Add the sum of u^2 over the block (`add`), or move u to its end, of every lane as if it did not fire."""
    u, square = lanes.u, lanes.square
    if taus == 1:
        own, cross, power, passed, end = squares[0], 2.0 * out[CROSS + c], out[POWER + c], powers[0, BLOCK], out[BLOCK * COLUMNS + c]
        if add:
            for l in range(u.size):
                square[l] += u[l] * (u[l] * own + cross) + power
        else:
            for l in range(u.size):
                u[l] = u[l] * passed + end
        return
    for j in range(0, u.size, COLUMNS):
        if add:
            for t in range(COLUMNS):
                square[j + t] += u[j + t] * (u[j + t] * squares[t] + 2.0 * out[CROSS + t]) + out[POWER + t]
        else:
            for t in range(COLUMNS):
                u[j + t] = u[j + t] * powers[t, BLOCK] + out[BLOCK * COLUMNS + t]


@jit
def raise_largest(l, u, above, low, high, powers, response, lanes):
    """Take note of the errors at samples low ... high - 1 of the block, those in `above`."""
    for i in range(low, high):
        if above & BIT[i]:
            lanes.largest[l] = max(lanes.largest[l], abs(u * powers[i] + response[i]))


@jit
def inspect(l, x, at, start, rows, powers, squares, fades, loose, bulge, sag, noise, both, rule, lanes, scratch):
    """One lane's spikes and largest error in a block that begins at x[at], sample `start` of all, and has `rows` samples."""
    fs, response, base, h = rule.fs, scratch.response, lanes.base[l], 1.0 / rule.fs
    u, extra, i = lanes.u[l], lanes.extra[l], 0
    margin = noise + base * (1.0 - SAFE)
    while i < rows:
        guard = loose + bulge * abs(u) + sag * extra
        hits, above = scan(u, extra, powers, fades, response, base * SAFE - guard, both, lanes.largest[l])
        j, due, wake = rows, False, lanes.wake[l]
        if wake < inf:
            j = max(int(wake * fs) - start, i)
            while j > i and wake < (start + j) / fs:
                j -= 1
            while j < rows and wake >= (start + j + 1) / fs:
                j += 1
            due = True
        else:
            hits &= ~(BIT[i] - np.uint64(1))
            if hits:
                j = lowest(hits)
        if j >= rows:
            raise_largest(l, u, above, i, rows, powers, response, lanes)
            break
        before, then = u * powers[j] + response[j], u * powers[j + 1] + response[j + 1]
        level = extra * fades[j + 1] + base * SAFE - guard
        if due and max(max(before, then), -both * min(before, then)) < level:
            lanes.wake[l], lanes.armed[l] = inf, base
            raise_largest(l, u, above, i, j + 1, powers, response, lanes)
            i = j + 1
            continue
        k = at + j
        slope = 0.0 if rule.current else (x[k + 1] - x[k]) * fs
        pulse, jump, left = events(
            l, start + j, before, extra * fades[j], x[k], slope, powers[1], margin, rule, lanes, scratch
        )  # fmt: skip
        if lanes.in_doubt[l]:
            lanes.armed[l], lanes.wake[l], lanes.largest[l] = inf, inf, inf
            return
        raise_largest(l, u, above, i, j if jump != 0.0 else j + 1, powers, response, lanes)
        if jump != 0.0:
            lanes.square[l] += jump * (jump - 2.0 * before)
            lanes.largest[l] = max(lanes.largest[l], abs(before - jump))
        i = j + 1
        if pulse != 0.0:
            d = pulse / powers[i]
            if i < rows:
                lanes.square[l] -= d * ((2.0 * u - d) * (squares[rows] - squares[i]) + 2.0 * tail(response, powers, i, rows))
            u -= d
            extra = left / fades[i] if left > 0.0 else 0.0
        lanes.armed[l] = base if lanes.wake[l] == inf else inf
    lanes.u[l], lanes.extra[l] = u, extra


@jit
def tail(response, powers, begin, rows):
    """Sum of a^i F_i over the samples from `begin` to the block's last."""
    if rows == BLOCK:
        return rest_of(response, powers, begin)
    total = 0.0
    for i in range(begin, rows):
        total += powers[i] * response[i]
    return total


@jit
def sweep(x, start, n_blocks, rows, bulges, sag, powers, squares, fades, decays, source, out, free, looses, rule, lanes, scratch):
    """Pass the blocks from sample `start`, which is x[0], on; x holds a sample more than they have. A last, short one has `rows`."""
    taus, both, fs, current = powers.shape[0], 1.0 if rule.bipolar else 0.0, rule.fs, rule.current
    side = COLUMNS // taus
    own = squares[:, rows].copy()
    for first in range(0, n_blocks, side):
        many = min(side, n_blocks - first)
        hold = 1.0 / fs if lanes.tau[0] == inf else 0.0
        lay(x, first * BLOCK, many, taus, current, hold, source)
        respond(source, decays, out)
        float_on(x, first * BLOCK, many, taus, current, decays, rows, free, out)
        for g in range(many):
            at, c = (first + g) * BLOCK, g * taus
            if rows < BLOCK:
                cut(rows, decays, out)
            for t in range(taus):
                span, y = max(out[TOP + c + t], -out[BOTTOM + c + t]), abs(out[Y + c + t])
                reach = span * (2.0 + 2.0 / decays[table.SHARE + c + t]) if current and bulges[t] > 0.0 else 0.0
                looses[t] = bulges[t] * (y + reach) + ROUNDING * (y + span)
            mask = suspects(
                lanes, taus, c, (start + at + rows) / fs, looses, bulges, sag, fades[BLOCK], both, powers, out
            )  # fmt: skip
            pass_block(lanes, taus, c, own, powers, out, True)
            ready = -1
            while mask:
                l = lowest(mask)
                mask &= mask - np.uint64(1)
                t = l % taus
                if ready != t:
                    for i in range(BLOCK + 1):
                        scratch.response[i] = out[i * COLUMNS + c + t]
                    ready = t
                span = max(out[TOP + c + t], -out[BOTTOM + c + t])
                inspect(
                    l, x, at, start + at, rows, powers[t], squares[t], fades, looses[t], bulges[t], sag,
                    ROUNDING * (abs(out[Y + c + t]) + span), both, rule, lanes, scratch,
                )  # fmt: skip
            pass_block(lanes, taus, c, own, powers, out, False)
            for l in range(lanes.u.size):
                lanes.extra[l] *= fades[BLOCK]


@jit
def cut(rows, decays, out):
    """The sums of the first `rows` samples only."""
    for c in range(COLUMNS):
        out[CROSS + c] = out[POWER + c] = 0.0
        for i in range(rows):
            f = out[i * COLUMNS + c]
            out[CROSS + c] += decays[i * COLUMNS + c] * f
            out[POWER + c] += f * f
