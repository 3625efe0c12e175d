"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations (see kernels/blocks.py). Where one is possible, its
membrane is compared with the level at every sample, and spikes are solved one by one. The pulse d of a spike at the end of
its sample i is taken from the membrane as if it had been missing from the block's start on, u - d / a^(i + 1); what follows in
the block is found in the same way, and the sum of u^2 is corrected for the samples after it.
"""

from math import inf

import numpy as np

from . import blocks as table
from .blocks import BIT, BLOCK, COLUMNS, ROWS, float_on, lay, lowest, respond, rest_of, scan
from .events import (
    ARMED,
    BASE,
    BOOST,
    COUNT,
    EARLY,
    EXTRA,
    FIXED,
    IN_DOUBT,
    LARGEST,
    MAX_SPIKES,
    PREVIOUS,
    SQUARE,
    T_REF,
    TAU,
    WAKE,
    U,
    events,
)
from .jit import jit
from .lif import SAFE

ROUNDING = 2.0**-44
DECAY, PASSED, OWN, BULGE, LOOSE, NOISE = range(6)
TOP, BOTTOM, CROSS, POWER = table.TOP, table.BOTTOM, table.CROSS, table.POWER
HIGH, LOW, Y = table.HIGH, table.LOW, table.Y


@jit
def begin(x, lanes, rule):
    """The membranes at the first sample: under potential drive the spikes by which they come back within the level."""
    for n in range(lanes.shape[1]):
        u, fresh, level = 0.0 if rule.current else x, True, lanes[BASE, n]
        while lanes[IN_DOUBT, n] == 0.0 and (abs(u) > level or (abs(u) == level and (fresh or rule.ratio == 1.0))):
            if u < 0.0 and not rule.bipolar:
                break
            height = lanes[FIXED, n] if lanes[FIXED, n] > 0.0 else rule.ratio * level
            u -= height if u > 0.0 else -height
            fresh, level = False, level + lanes[BOOST, n]
            lanes[COUNT, n] += 1
            lanes[EXTRA, n] += lanes[BOOST, n]
            lanes[PREVIOUS, n] = 0.0
            lanes[IN_DOUBT, n] = lanes[COUNT, n] >= 2**20
            if lanes[T_REF, n] > 0.0:
                lanes[WAKE, n], lanes[ARMED, n] = lanes[T_REF, n], inf
                break
        lanes[U, n] = u


@jit(fastmath={"contract"}, forceinline=True)
def suspect(u, extra, armed, wake, largest, end, decay, passed, loose, bulge, top, bottom, y, high, low, sag, fade, both):
    """Whether a lane may fire in a block, comes out of refractoriness in it, or may be further off than ever.

    Its membrane is u a^i + F_i and y_i - (y - u) a^i: the closer of both bounds counts.
    """
    near, far, close, away = u * decay, u * passed, (y - u) * decay, (y - u) * passed
    up = max(min(max(near, far) + top, high - min(close, away)), u)
    down = min(max(min(near, far) + bottom, low - max(close, away)), u)
    room = (armed + extra * fade) * SAFE - (loose + bulge * abs(u) + sag * extra)
    return (max(up, -both * down) >= room) | (wake < end) | (max(up, -down) > largest)


@jit(fastmath={"contract"}, forceinline=True)
def suspects(lanes, taus, c, end, per_tau, sag, fade, both, out):
    """The lanes that need a closer look, a bit each; lane n belongs to column c + n % taus of the block."""
    mask = np.uint64(0)
    u, extra, armed, wake, largest = lanes[U], lanes[EXTRA], lanes[ARMED], lanes[WAKE], lanes[LARGEST]
    if taus == 1:
        decay, passed, bulge, loose = per_tau[DECAY, 0], per_tau[PASSED, 0], per_tau[BULGE, 0], per_tau[LOOSE, 0]
        top, bottom, y, high, low = out[TOP + c], out[BOTTOM + c], out[Y + c], out[HIGH + c], out[LOW + c]
        for n in range(u.size):
            far = suspect(
                u[n], extra[n], armed[n], wake[n], largest[n], end, decay, passed, loose, bulge, top, bottom, y, high, low,
                sag, fade, both,
            )  # fmt: skip
            mask |= BIT[n] if far else np.uint64(0)
        return mask
    decay, passed, bulge, loose = per_tau[DECAY], per_tau[PASSED], per_tau[BULGE], per_tau[LOOSE]
    top, bottom, y = out[TOP : TOP + COLUMNS], out[BOTTOM : BOTTOM + COLUMNS], out[Y : Y + COLUMNS]
    high, low = out[HIGH : HIGH + COLUMNS], out[LOW : LOW + COLUMNS]
    for j in range(np.uint64(0), np.uint64(u.size), np.uint64(COLUMNS)):
        for t in range(np.uint64(COLUMNS)):
            n = j + t
            far = suspect(
                u[n], extra[n], armed[n], wake[n], largest[n], end, decay[t], passed[t], loose[t], bulge[t], top[t], bottom[t],
                y[t], high[t], low[t], sag, fade, both,
            )  # fmt: skip
            mask |= BIT[n] if far else np.uint64(0)
    return mask


@jit(fastmath={"contract"}, forceinline=True)
def add_squares(u, square, taus, c, per_tau, out):
    """Add the sum of u^2 over the block, of every lane as if it did not fire."""
    if taus == 1:
        own, cross, power = per_tau[OWN, 0], 2.0 * out[CROSS + c], out[POWER + c]
        for n in range(u.size):
            square[n] += u[n] * (u[n] * own + cross) + power
        return
    own, cross, power = per_tau[OWN], out[CROSS : CROSS + COLUMNS], out[POWER : POWER + COLUMNS]
    for j in range(np.uint64(0), np.uint64(u.size), np.uint64(COLUMNS)):
        for t in range(np.uint64(COLUMNS)):
            square[j + t] += u[j + t] * (u[j + t] * own[t] + 2.0 * cross[t]) + power[t]


@jit(fastmath={"contract"}, forceinline=True)
def pass_block(u, taus, c, per_tau, out):
    """Move u to the end of the block, of every lane as if it did not fire."""
    if taus == 1:
        passed, end = per_tau[PASSED, 0], out[BLOCK * COLUMNS + c]
        for n in range(u.size):
            u[n] = u[n] * passed + end
        return
    passed, end = per_tau[PASSED], out[BLOCK * COLUMNS : ROWS * COLUMNS]
    for j in range(np.uint64(0), np.uint64(u.size), np.uint64(COLUMNS)):
        for t in range(np.uint64(COLUMNS)):
            u[j + t] = u[j + t] * passed[t] + end[t]


@jit(forceinline=True)
def raise_largest(n, u, above, low, high, powers, t, response, lanes):
    """Take note of the errors at samples low ... high - 1 of the block, those in `above`."""
    above &= (BIT[high] - BIT[low]) if high > low else np.uint64(0)
    while above:
        i = lowest(above)
        above &= above - np.uint64(1)
        lanes[LARGEST, n] = max(lanes[LARGEST, n], abs(u * powers[t, i] + response[i]))


@jit(forceinline=True)
def inspect(mask, x, at, start, rows, c, powers, squares, fades, per_tau, sag, both, rule, out, response, lanes, work, rest):
    """Spikes and largest errors of the lanes of a mask, in a block of `rows` samples from x[at] on, sample `start` of all."""
    fs, taus, ready, ends = rule.fs, powers.shape[0], -1, (start + rows) / rule.fs >= rule.stop
    while mask:
        n = lowest(mask)
        mask &= mask - np.uint64(1)
        t = n % taus
        if ready != t:
            for i in range(BLOCK + 1):
                response[i] = out[i * COLUMNS + c + t]
            ready = t
        base, loose, bulge, noise = lanes[BASE, n], per_tau[LOOSE, t], per_tau[BULGE, t], per_tau[NOISE, t]
        u, extra, i, seen = lanes[U, n], lanes[EXTRA, n], 0, 0
        margin = noise + base * (1.0 - SAFE)
        brief = rule.current and lanes[T_REF, n] == 0.0 and lanes[BOOST, n] == 0.0 and lanes[TAU, n] < inf and not ends
        late = powers[t, 1] * (1.0 + 2.0 * EARLY * (1.0 - powers[t, 1]))
        while i < rows:
            guard = loose + bulge * abs(u) + sag * extra
            hits, above = scan(u, extra, powers, t, fades, response, base * SAFE - guard, both, lanes[LARGEST, n])
            j, due, wake = rows, False, lanes[WAKE, n]
            if wake < inf:
                j = max(int(wake * fs) - start, i)
                while j > i and wake < (start + j) / fs:
                    j -= 1
                while j < rows and wake >= (start + j + 1) / fs:
                    j += 1
                due = True
            else:
                if bulge > 0.0:
                    # between samples the membrane may rise above both, so a sample that begins near the level is looked at too
                    near = max(u * powers[t, i] + response[i], -both * (u * powers[t, i] + response[i]))
                    hits |= (hits << np.uint64(1)) | (BIT[i] if near >= base * SAFE - guard + extra * fades[i] else np.uint64(0))
                hits &= ~(BIT[i] - np.uint64(1))
                if hits != 0:
                    j = lowest(hits)
            if j >= rows:
                raise_largest(n, u, above, seen, rows, powers, t, response, lanes)
                break
            before, then = u * powers[t, j] + response[j], u * powers[t, j + 1] + response[j + 1]
            level = extra * fades[j + 1] + base * SAFE - guard
            if due and max(max(before, then), -both * min(before, then)) < level:
                lanes[WAKE, n], lanes[ARMED, n] = inf, base
                raise_largest(n, u, above, seen, j + 1, powers, t, response, lanes)
                i = seen = j + 1
                continue
            k = at + j
            if brief and not due:
                # an exponential carried back to the sample's start crosses where the membrane does: look for the next spike there
                sign, p = 1.0 if x[k] > before else -1.0, x[k] - before
                ahead = x[k] - sign * base
                left = powers[t, 1] * (p / ahead)
                if sign * then - base > margin and sign * ahead > 0.0 and left > late and (sign > 0.0 or both > 0.0):
                    raise_largest(n, u, above, seen, j + 1, powers, t, response, lanes)
                    d = sign * rule.ratio * base * left / powers[t, j + 1]
                    if j + 1 < rows:
                        lanes[SQUARE, n] -= d * (
                            (2.0 * u - d) * (squares[t, rows] - squares[t, j + 1]) + 2.0 * tail(response, powers, t, j + 1, rows)
                        )
                    u, i, seen = u - d, j, j + 1
                    lanes[COUNT, n] += 1.0
                    if lanes[COUNT, n] < MAX_SPIKES:
                        continue
            slope = 0.0 if rule.current else (x[k + 1] - x[k]) * fs
            pulse, jump, left = events(
                n, start + j, before, extra * fades[j], x[k], slope, powers[t, 1], margin, rule, lanes, work, rest
            )  # fmt: skip
            if lanes[IN_DOUBT, n] > 0.0:
                lanes[ARMED, n], lanes[WAKE, n], lanes[LARGEST, n] = inf, inf, inf
                break
            raise_largest(n, u, above, seen, j if jump != 0.0 else j + 1, powers, t, response, lanes)
            if jump != 0.0:
                lanes[SQUARE, n] += jump * (jump - 2.0 * before)
                lanes[LARGEST, n] = max(lanes[LARGEST, n], abs(before - jump))
            i = seen = j + 1
            if pulse != 0.0:
                d = pulse / powers[t, i]
                if i < rows:
                    lanes[SQUARE, n] -= d * (
                        (2.0 * u - d) * (squares[t, rows] - squares[t, i]) + 2.0 * tail(response, powers, t, i, rows)
                    )
                u -= d
                extra = left / fades[i] if left > 0.0 else 0.0
            lanes[ARMED, n] = base if lanes[WAKE, n] == inf else inf
        lanes[U, n], lanes[EXTRA, n] = u, extra


@jit(forceinline=True)
def tail(response, powers, t, begin, rows):
    """Sum of a^i F_i over the samples from `begin` to the block's last."""
    if rows == BLOCK:
        return rest_of(response, powers, t, begin)
    total = 0.0
    for i in range(begin, rows):
        total += powers[t, i] * response[i]
    return total


@jit
def sweep(
    x, start, n_blocks, rows, per_tau, sag, powers, squares, fades, decays, source, out, free, rule, response, lanes, work, rest
):
    """Pass blocks of `rows` samples, the first of which is x[0], sample `start` of all; x holds one more than they have."""
    taus, both, fs, current = powers.shape[0], 1.0 if rule.bipolar else 0.0, rule.fs, rule.current
    side = COLUMNS // taus
    for t in range(taus):
        per_tau[OWN, t] = squares[t, rows]
    for first in range(0, n_blocks, side):
        many = min(side, n_blocks - first)
        hold = 1.0 / fs if lanes[TAU][0] == inf else 0.0
        lay(x, first * BLOCK, many, taus, current, hold, source)
        respond(source, decays, out)
        float_on(x, first * BLOCK, many, taus, current, decays, rows, free, out)
        for g in range(many):
            at, c = (first + g) * BLOCK, g * taus
            if rows < BLOCK:
                cut(rows, decays, out)
            for t in range(taus):
                span, y = max(out[TOP + c + t], -out[BOTTOM + c + t]), abs(out[Y + c + t])
                reach = span * (2.0 + 2.0 / decays[table.SHARE + c + t]) if current and per_tau[BULGE, t] > 0.0 else 0.0
                free[4, t] += out[POWER + c + t]
                per_tau[NOISE, t] = ROUNDING * (y + span)
                per_tau[LOOSE, t] = per_tau[BULGE, t] * (y + reach) + per_tau[NOISE, t]
            mask = suspects(lanes, taus, c, (start + at + rows) / fs, per_tau, sag, fades[BLOCK], both, out)
            add_squares(lanes[U], lanes[SQUARE], taus, c, per_tau, out)
            if mask:
                inspect(
                    mask, x, at, start + at, rows, c, powers, squares, fades, per_tau, sag, both, rule, out, response, lanes,
                    work, rest,
                )  # fmt: skip
            pass_block(lanes[U], taus, c, per_tau, out)
            if fades[BLOCK] < 1.0:
                for n in range(lanes.shape[1]):
                    lanes[EXTRA, n] *= fades[BLOCK]


@jit
def cut(rows, decays, out):
    """The sums of the first `rows` samples only."""
    for c in range(COLUMNS):
        out[CROSS + c] = out[POWER + c] = 0.0
        for i in range(rows):
            f = out[i * COLUMNS + c]
            out[CROSS + c] += decays[i * COLUMNS + c] * f
            out[POWER + c] += f * f
