"""What happens to one neuron within one sample: crossings, spikes, the end of refractoriness; as kernels/lif.py has it.

The level is base + extra exp(-t / sigma); without `extra` it stands, and the neuron is a LIF neuron. `left` is the decay
exp(-(h - s) / tau) that remains in the sample. A decision closer than `margin` is left to the plain kernels.
"""

from math import exp, expm1, inf

import numpy as np

from .columns import NEXT
from .filters import first_sample
from .jit import jit
from .lif import SAFE
from .lif import crossing as standing
from .response import crossing as moving
from .tables import (
    BASE,
    BEFORE,
    BOOST,
    BULGE,
    COUNT,
    ENTRY,
    EXTRA,
    FADES,
    FIRST,
    FIXED,
    GROWN,
    IN_DOUBT,
    KEPT,
    LARGEST,
    LATE,
    LOOSE,
    NOISE,
    OWNS,
    PITCH,
    PREVIOUS,
    RECORD,
    RESPONSE,
    ROOM,
    ROUGH,
    SEEN,
    SINCE,
    SQUARE,
    T_REF,
    TAU,
    VIRTUAL,
    WAKE,
    U,
    Z,
    of_lane,
    slot,
)

NEW_RECORD = 1.0 + 2.0**-40
EARLY, DRIFT = 4e-6, 2.0**-52
MAX_SPIKES = 2**27
# so many, and so many a sample, may be more than a train holds: the plain kernels tell at once
FLOOD, FLOOD_RATE = 2**20, 16
ONE_OF_EACH = np.array([1, 1])


@jit(_nrt=False, forceinline=True)
def blur(time):
    """How far off the end of refractoriness may be by then, as a sum of times known to 53 bits, if the spike before is exact."""
    return 4.0 * DRIFT * time


@jit(_nrt=False, forceinline=True)
def borders(at):
    """Whether what happens at this time, in samples, may happen in the sample before, or after, if all is known."""
    return abs(at - int(at) - 0.5) > 0.5 - 2.0 * EARLY


@jit(_nrt=False)
def first(u, extra, v, p, tau, sigma, r, drop, base, bipolar, margin, work, rest):
    """First outward crossing of the level within r: (wait, sign, sure), sign 0 if there is none.

    It is sure if a level that is `margin` higher or lower gives the same. `work` is None where `extra` is always 0.
    """
    wait, sign, found = r, 0.0, 0.0
    for trial in range(2):
        if trial == 0:
            level = base
        elif sign == 0.0:
            level = base - margin
        elif sign * (u + (v * r + p * drop)) >= base + extra * exp(-r / sigma) + margin:
            return wait, sign, True
        else:
            level = base + margin
        if work is None:
            after, found = standing(u, v, p, tau, r, drop, level, bipolar)
        else:
            amount, rate, gone, coefficients = work[0], work[1], work[2], work[3]
            amount[0], amount[1], rate[0], rate[1], gone[0], gone[1] = p, extra, 1.0 / tau, 1.0 / sigma, drop, -expm1(-r / sigma)
            after, found = moving(amount, rate, ONE_OF_EACH, u, v, 1.0, level + extra, bipolar, gone, r, coefficients, rest)
        if trial == 0:
            wait, sign = after, found
    return wait, sign, found == sign


@jit(_nrt=False)
def events(n, k, s, u, extra, x, slope, turn, margin, block):
    """Pass sample k of all of lane n from the time s in it on, with the membrane u and the level base + extra there.

    `turn` is how much faster it may move in a sample beside, in which refractoriness may end as well as close to it.

    Returns the sum of the spikes' pulses at the sample's end, that of those which count at its start (at most a millionth of a
    sample after it), and `extra` at the end.
    """
    rule, lanes, work, rest = block.rule, block.lanes, block.work, block.rest
    fs, sigma, bipolar, full = rule.fs, rule.sigma, rule.bipolar, rule.ratio == 1.0
    tau, base, t_ref, fixed, wake = lanes[TAU + n], lanes[BASE + n], lanes[T_REF + n], lanes[FIXED + n], lanes[WAKE + n]
    h, now, after, pulse, jump = 1.0 / fs, k / fs, (k + 1) / fs, 0.0, 0.0
    v = x if rule.current and tau == inf else slope
    while True:
        p = 0.0 if tau == inf else (x + slope * s) - u
        late, stamp = wake < inf, now
        if late:
            if wake >= after:
                break
            wait = max((wake - now) - s, 0.0)
            pace = abs(v) + abs(p) / tau + turn
            u += v * wait - p * expm1(-wait / tau)
            s, stamp, wake, sign = s + wait, wake, inf, (1.0 if u > 0.0 else -1.0)
            extra = extra * exp(-wait / sigma) if extra > 0.0 else 0.0
            beyond = abs(u) - (base + extra)
            if bipolar or sign > 0.0:
                lanes[IN_DOUBT + n] += abs(beyond) < margin + pace * blur(after)
            if not (bipolar or sign > 0.0) or beyond < 0.0 or (beyond == 0.0 and not full):
                continue
        else:
            r = h - s
            wait, sign, sure = first(u, extra, v, p, tau, sigma, r, -expm1(-r / tau), base, bipolar, margin, work, rest)
            lanes[IN_DOUBT + n] += not sure
            if sign == 0.0:
                break
            s += wait
            extra = extra * exp(-wait / sigma) if extra > 0.0 else 0.0
            u = sign * (base + extra)
            stamp = min(now + s, after)
        stamp = max(stamp, lanes[PREVIOUS + n])
        if lanes[IN_DOUBT + n] > 0.0 or stamp >= rule.stop:
            break
        height = sign * (fixed if fixed > 0.0 else rule.ratio * (base + extra))
        u -= height
        pulse += height * exp(-(h - s) / tau)
        if s <= EARLY * h and first_sample(stamp, 0.0, fs) <= k:
            jump += height * exp(min((stamp - now) / tau, 1.0))
        lanes[COUNT + n] += 1
        lanes[LATE + n] += late
        lanes[IN_DOUBT + n] += lanes[COUNT + n] >= min(FLOOD + k * FLOOD_RATE, MAX_SPIKES)
        extra += lanes[BOOST + n]
        lanes[PREVIOUS + n] = stamp
        if t_ref > 0.0:
            wake = stamp + t_ref
    lanes[WAKE + n] = wake
    return pulse, jump, extra * exp(-(h - s) / sigma) if extra > 0.0 else 0.0


@jit(_nrt=False, forceinline=True)
def note_drift(n, lanes):
    """Note how far rounding may have taken the membrane of lane n: without a leak it adds up from spike to spike."""
    if not lanes[Z + n] > 0.0:
        swing = lanes[BASE + n] + abs(lanes[U + n]) + abs(lanes[VIRTUAL + n])
        lanes[ROUGH + n] = max(lanes[ROUGH + n], (1.0 - SAFE) * lanes[BASE + n] + DRIFT * lanes[COUNT + n] * swing)


@jit(_nrt=False, forceinline=True)
def awake_level(n, bulge, lanes):
    """The membrane from which on something may happen to lane n when it is awake, beside what depends on the block."""
    return lanes[BASE + n] * (1.0 - bulge) - lanes[ROUGH + n]


@jit(_nrt=False, forceinline=True)
def set_limits(n, bulge, lanes):
    """The membrane below which nothing happens to lane n, beside what depends on the block."""
    note_drift(n, lanes)
    lanes[ROOM + n] = awake_level(n, bulge, lanes) if lanes[WAKE + n] == inf else inf
    lanes[RECORD + n] = lanes[LARGEST + n] * NEW_RECORD
    if lanes[IN_DOUBT + n] > 0.0:
        lanes[WAKE + n] = lanes[ROOM + n] = lanes[RECORD + n] = inf


@jit(_nrt=False, forceinline=True)
def awaken(n, bulge, lanes):
    """Lane n is awake again, or will be before anything happens to it."""
    lanes[WAKE + n], lanes[ROOM + n] = inf, awake_level(n, bulge, lanes)


@jit(_nrt=False, forceinline=True)
def see(n, i, error, lanes):
    """Note the error at sample i, if it is the largest so far; a spike right after may still take it back."""
    if error > lanes[LARGEST + n]:
        if lanes[SEEN + n] != i:
            lanes[BEFORE + n], lanes[SEEN + n] = lanes[LARGEST + n], i
        lanes[LARGEST + n], lanes[RECORD + n] = error, error * NEW_RECORD


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def roughness(n, b, block):
    """How far rounding may have taken lane n from the membrane in the block of column b."""
    return block.columns[NOISE + b] + block.lanes[ROUGH + n]


@jit(_nrt=False)
def carefully(n, block):
    """Let lane n pass the rest of a block, sample by sample."""
    (t, b), x, rule, lanes, columns, lines = of_lane(n, block), block.x, block.rule, block.lanes, block.columns, block.lines
    current, fs, noise, bulge, loose = rule.current, rule.fs, roughness(n, b, block), columns[BULGE + b], columns[LOOSE + b]
    for j in range(block.lists[FIRST + n], block.rows):
        v, r, place, after = lanes[VIRTUAL + n], lanes[SINCE + n], t * PITCH + slot(j), t * PITCH + slot(j) + NEXT
        u = v * lines[KEPT + place] + lines[RESPONSE + place]
        then = v * lines[KEPT + after] + lines[RESPONSE + after]
        extra = lanes[EXTRA + n] * lines[FADES + j]
        if r == 0.0:
            see(n, j, abs(u), lanes)
        lanes[SINCE + n] = 0.0
        note_drift(n, lanes)
        guard = loose + lanes[ROUGH + n] + bulge * lanes[BASE + n] + (rule.sag + bulge) * extra
        room, both = lanes[BASE + n] + lanes[EXTRA + n] * lines[FADES + j + 1] - guard, 1.0 if rule.bipolar else 0.0
        quiet = r == 0.0 and lanes[WAKE + n] == inf and max(max(u, then), -both * min(u, then)) < room
        if quiet or inf > lanes[WAKE + n] >= (block.start + j + 1) / fs:
            continue
        slope, turn = 0.0 if current else x[j + 1] - x[j], columns[ENTRY] if j == 0 else 0.0
        for i in range(max(j - 1, 0), min(j + 2, x.size - 1)):
            turn = max(turn, abs(x[i + 1] - x[i]))
        turn *= fs if not current else fs * lanes[Z + n] if lanes[Z + n] > 0.0 else 1.0
        if r > 0.0:
            u = u + x[j] / fs * r if current and lanes[Z + n] == 0.0 else (x[j] + slope * r) - (x[j] - u) * exp(-lanes[Z + n] * r)
            extra *= exp(-r / (fs * rule.sigma)) if extra > 0.0 else 1.0
        pulse, jump, left = events(n, block.start + j, r / fs, u, extra, x[j], slope * fs, turn, noise, block)
        if lanes[IN_DOUBT + n] > 0.0:
            return
        if jump != 0.0:
            lanes[SQUARE + n] += jump * (jump - 2.0 * u)
            if lanes[SEEN + n] == j:
                lanes[LARGEST + n], lanes[SEEN + n] = lanes[BEFORE + n], -1
            see(n, j, abs(u - jump), lanes)
        lanes[EXTRA + n] = left / lines[FADES + j + 1] if left > 0.0 else 0.0
        d, cross = pulse * lines[GROWN + after], 0.0
        own = lines[OWNS + t * PITCH + slot(block.rows - 1) + NEXT] - lines[OWNS + after]
        for i in range(j + 1, block.rows):
            place = t * PITCH + slot(i)
            cross += lines[KEPT + place] * lines[RESPONSE + place]
        lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * cross)
        lanes[VIRTUAL + n] = v - d
