"""Many neurons on one signal: counts, and errors at the samples, a block of samples at a time.

A lane is a neuron. Without a spike it passes a block in a few operations (see kernels/blocks.py). Where one is possible, its
membrane is compared with the level at every sample, and spikes are solved one by one. The pulse d of a spike at the end of
its sample i is taken from the membrane as if it had been missing from the block's start on, u - d / a^(i + 1); what follows in
the block is found in the same way, and the sum of u^2 is corrected for the samples after it.
"""

from math import inf, log

import numpy as np

from . import blocks as table
from .bits import beyond, lowest
from .blocks import BIT, BLOCK, COLUMNS, CROSSES, ROWS, float_on, lay, respond
from .events import (
    ARMED,
    BASE,
    BOOST,
    COUNT,
    EARLY,
    EXTRA,
    FADE,
    FIXED,
    IN_DOUBT,
    LARGEST,
    MAX_SPIKES,
    PREVIOUS,
    REST,
    SKIP,
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


@jit(_nrt=False)
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


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def suspect(u, extra, armed, wake, largest, end, decay, passed, loose, bulge, top, bottom, y, high, low, sag, fade, both):
    """Whether a lane may fire in a block, comes out of refractoriness in it, or may be further off than ever.

    Its membrane is u a^i + F_i and y_i - (y - u) a^i: the closer of both bounds counts.
    """
    near, far, close, away = u * decay, u * passed, (y - u) * decay, (y - u) * passed
    up = max(min(max(near, far) + top, high - min(close, away)), u)
    down = min(max(min(near, far) + bottom, low - max(close, away)), u)
    room = (armed + extra * fade) * SAFE - (loose + bulge * abs(u) + sag * extra)
    return (max(up, -both * down) >= room) | (wake < end) | (max(up, -down) > largest)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
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


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
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


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
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


@jit(_nrt=False)
def following(wake, start, i, rows, fs):
    """The sample of the block, i or later, in which `wake` lies; `rows` if it lies beyond."""
    j = min(max(int(wake * fs) - start, i), rows)
    while j > i and wake < (start + j) / fs:
        j -= 1
    while j < rows and wake >= (start + j + 1) / fs:
        j += 1
    return j


@jit(_nrt=False, forceinline=True)
def marks(u, extra, t, rows, room, both, largest, adaptive, powers, response, fades):
    """Bit i says: sample i of the block ends at the level or further off than `largest`."""
    if adaptive and extra > 0.0:
        found = np.uint64(0)
        for i in range(rows):
            v = u * powers[t, i + 1] + response[i + 1]
            found |= BIT[i] if max(v, -both * v) >= room + extra * fades[i + 1] or abs(v) > largest else np.uint64(0)
        return found
    near = min(room, largest)
    return beyond(u, powers[t], 1, response, 1, near, -near if both > 0.0 else -largest) & (BIT[rows] - np.uint64(1))


@jit(_nrt=False, forceinline=True)
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
        sums, cross, square = CROSSES + c + t, out[CROSS + c + t], squares[t, rows]
        base, loose, bulge, noise = lanes[BASE, n], per_tau[LOOSE, t], per_tau[BULGE, t], per_tau[NOISE, t]
        u, extra, i, largest = lanes[U, n], lanes[EXTRA, n], 0, lanes[LARGEST, n]
        margin, decay = noise + base * (1.0 - SAFE), powers[t, 1]
        brief = rule.current and lanes[BOOST, n] == 0.0 and lanes[TAU, n] < inf and not ends
        late = decay * (1.0 + 2.0 * EARLY * (1.0 - decay))
        # an error counts once its sample is known not to begin with a spike
        held, holds = abs(u + response[0]), 0
        while i < rows:
            guard = loose + bulge * abs(u) + sag * extra
            room, wake, due = base * SAFE - guard, lanes[WAKE, n], False
            todo = marks(u, extra, t, rows, room, both, largest, work is not None, powers, response, fades)
            stop = BLOCK
            if wake < inf:
                stop, due = (
                    min(max(int(wake * fs) - start, i), rows) if lanes[REST, n] > 0.0 else following(wake, start, i, rows, fs),
                    True,
                )
            elif bulge > 0.0:
                # between samples the membrane may rise above both, so a sample that begins near the level is looked at too
                near = max(u * powers[t, i] + response[i], -both * (u * powers[t, i] + response[i]))
                todo |= (todo << np.uint64(1)) | (BIT[i] if near >= room + extra * fades[i] else np.uint64(0))
            todo &= (BIT[rows] - np.uint64(1)) & ~(BIT[i] - np.uint64(1))
            j, before, then = rows, 0.0, 0.0
            if due:
                todo = (todo & (BIT[stop] - np.uint64(1))) | (BIT[stop] if stop < rows else np.uint64(0))
            while todo:
                k = lowest(todo)
                todo &= todo - np.uint64(1)
                before, then = u * powers[t, k] + response[k], u * powers[t, k + 1] + response[k + 1]
                level = room + extra * fades[k + 1]
                if k == stop or (not due and max(max(before, then), -both * min(before, then)) >= level):
                    j = k
                    break
                if abs(then) > largest and k + 1 < rows:
                    largest, held, holds = max(largest, held), abs(then), k + 1
            if j >= rows:
                break
            if due and max(max(before, then), -both * min(before, then)) < level:
                lanes[WAKE, n], lanes[ARMED, n] = inf, base
                i = j + 1
                if i < rows:
                    largest, held, holds = max(largest, held), abs(then), i
                continue
            k = at + j
            if due and lanes[REST, n] > 0.0:
                # what the membrane was when t_ref ended
                u_then = x[k] + (then - x[k]) / lanes[REST, n]
                if brief and (max(u_then, -both * u_then) if both > 0.0 else u_then) < base - margin:
                    lanes[WAKE, n], lanes[ARMED, n], i = inf, base, j
                    continue
                lanes[WAKE, n] = (start + j + 1) / fs + lanes[TAU, n] * log(lanes[REST, n])
            if brief and not due:
                # an exponential carried back to the sample's start crosses where the membrane does: look for the next spike there
                sign, p = 1.0 if x[k] > before else -1.0, x[k] - before
                ahead = x[k] - sign * base
                left = decay * (p / ahead)
                if sign * then - base > margin and sign * ahead > 0.0 and left > late and (sign > 0.0 or both > 0.0):
                    d = (sign * rule.ratio * base / powers[t, j + 1]) * left
                    lanes[SQUARE, n] -= (
                        d * ((2.0 * u - d) * (square - squares[t, j + 1]) + 2.0 * (cross - out[sums + (j + 1) * COLUMNS]))
                        if j + 1 < rows
                        else 0.0
                    )
                    u, i = u - d, j
                    lanes[COUNT, n] += 1.0
                    if lanes[T_REF, n] > 0.0:
                        fade, then = left * lanes[FADE, n], start + j + lanes[SKIP, n]
                        lanes[REST, n] = fade / decay if fade <= decay else fade
                        lanes[WAKE, n], lanes[ARMED, n] = (then + (0.5 if fade <= decay else 1.5)) / fs, inf
                    if lanes[COUNT, n] < MAX_SPIKES:
                        continue
            slope = 0.0 if rule.current else (x[k + 1] - x[k]) * fs
            pulse, jump, left = events(
                n, start + j, before, extra * fades[j], x[k], slope, decay, margin, rule, lanes, work, rest
            )  # fmt: skip
            if lanes[IN_DOUBT, n] > 0.0:
                lanes[ARMED, n], lanes[WAKE, n], largest = inf, inf, inf
                break
            if jump != 0.0:
                lanes[SQUARE, n] += jump * (jump - 2.0 * before)
                if holds == j:
                    held = 0.0
                largest = max(largest, abs(before - jump))
            i = j + 1
            if pulse != 0.0:
                d = pulse / powers[t, i]
                if i < rows:
                    lanes[SQUARE, n] -= d * ((2.0 * u - d) * (square - squares[t, i]) + 2.0 * (cross - out[sums + i * COLUMNS]))
                u -= d
                extra = left / fades[i] if left > 0.0 else 0.0
            if i < rows:
                largest, held, holds = max(largest, held), abs(u * powers[t, i] + response[i]), i
            lanes[ARMED, n] = base if lanes[WAKE, n] == inf else inf
        lanes[U, n], lanes[EXTRA, n], lanes[LARGEST, n] = u, extra, max(largest, held)


@jit(_nrt=False)
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


@jit(_nrt=False)
def cut(rows, decays, out):
    """The sums of the first `rows` samples only."""
    for c in range(COLUMNS):
        out[CROSS + c] = out[POWER + c] = 0.0
        for i in range(rows):
            f = out[i * COLUMNS + c]
            out[CROSS + c] += decays[i * COLUMNS + c] * f
            out[POWER + c] += f * f
