"""A leaky integrate-and-fire neuron driven by spikes, event by event.

Between events the membrane obeys u' = kappa - a u + sum of drive[n] exp(-b[n] t), whose solution is

    u(t) = u exp(-a t) + kappa overlap(t, a, 0) + sum of drive[n] overlap(t, a, b[n]),

the double exponential, or the alpha function where b[n] = a. Where the drive F(t) is monotone, exp(a t) u' is monotone too and
u has at most one extremum.
"""

from math import exp, expm1, inf

import numpy as np

from .filters import overlap
from .jit import jit
from .lif import SAFE

DEPTH, EPS = 64, 2.0**-54


@jit
def course(t, u, a, kappa, drive, b):
    """u(t), its slope and the slope of that slope; the slope without its constant parts, whose difference would be noise."""
    value, slope, bend = u + u * expm1(-a * t) + kappa * overlap(t, a, 0.0), kappa - a * u, 0.0
    for n in range(b.size):
        slope += drive[n]
    slope *= exp(-a * t)
    for n in range(b.size):
        shape = drive[n] * overlap(t, a, b[n])
        value, slope, bend = value + shape, slope - b[n] * shape, bend - b[n] * drive[n] * exp(-b[n] * t)
    return value, slope, bend - a * slope


@jit
def seek(low, high, level, sign, u, a, kappa, drive, b):
    """Where sign * u, which rises to `level` once between `low` and `high`, reaches it: Newton and bisection."""
    t = high
    for _ in range(100):
        value, slope, bend = course(t, u, a, kappa, drive, b)
        if sign * value >= level:
            high = t
        else:
            low = t
        after = t - (sign * value - level) / (sign * slope) if sign * slope > 0.0 else low
        if low < after < high:
            if abs(bend) * (after - t) ** 2 < EPS * high * abs(slope):
                return after
        else:
            after = 0.5 * (low + high)
            if not low < after < high:
                break
        t = after
    return high


@jit
def turn(low, high, u, a, kappa, drive, b):
    """The one extremum of u between `low` and `high`, and u there."""
    rising = course(low, u, a, kappa, drive, b)[1] > 0.0
    t = 0.5 * (low + high)
    for _ in range(100):
        value, slope, bend = course(t, u, a, kappa, drive, b)
        if (slope > 0.0) == rising:
            low = t
        else:
            high = t
        after = t - slope / bend if bend != 0.0 else low
        if not low < after < high:
            after = 0.5 * (low + high)
        if abs(after - t) <= EPS * high or not low < after < high:
            break
        t = after
    return t, value


@jit
def shape(low, high, start, a, kappa, drive, b, level, bipolar):
    """How u goes from `start` between two times: 0 no level in reach, 1 monotone, 2 at most one extremum, 3 unknown."""
    least, most, fall, climb = kappa, kappa, 0.0, 0.0
    for n in range(b.size):
        near, far = drive[n] * exp(-b[n] * low), drive[n] * exp(-b[n] * high)
        least, most = least + min(near, far), most + max(near, far)
        fall, climb = fall - b[n] * max(near, far), climb - b[n] * min(near, far)
    kept, room = exp(-a * (high - low)), overlap(high - low, a, 0.0)
    bottom, top = min(start, start * kept + least * room), max(start, start * kept + most * room)
    if top < level * SAFE and (not bipolar or bottom > -level * SAFE):
        return 0
    if least - a * top >= 0.0 or most - a * bottom <= 0.0:
        return 1
    return 2 if fall >= 0.0 or climb <= 0.0 else 3


@jit
def crossing(u, a, kappa, drive, b, end, level, bipolar, rest):
    """First outward crossing of +level, or -level if bipolar, within `end`: (wait, sign), sign 0 if there is none.

    The interval is cut until on each part no level is in reach or u has at most one extremum. Reaching the level from inside
    counts, resting on it does not. `rest` is scratch, (DEPTH, 2).
    """
    depth = 1
    rest[0, 0], rest[0, 1] = 0.0, end
    while depth > 0:
        depth -= 1
        low, high = rest[depth, 0], rest[depth, 1]
        start, slope, _ = course(low, u, a, kappa, drive, b)
        kind, middle = shape(low, high, start, a, kappa, drive, b, level, bipolar), 0.5 * (low + high)
        if kind == 0:
            continue
        if kind == 3 and depth + 2 <= DEPTH and low < middle < high:
            rest[depth, 0], rest[depth, 1], rest[depth + 1, 0], rest[depth + 1, 1] = middle, high, low, middle
            depth += 2
            continue
        stop, last, _ = course(high, u, a, kappa, drive, b)
        bound, value = high, stop
        if kind == 2 and slope * last <= 0.0:
            bound, value = turn(low, high, u, a, kappa, drive, b)
        left, at_left = low, start
        for right, at_right in ((bound, value), (high, stop)):
            sign = 1.0 if at_right > at_left else -1.0
            if at_right != at_left and sign * at_right >= level and (sign > 0.0 or bipolar):
                if sign * at_left >= level:
                    return left, sign
                return seek(left, right, level, sign, u, a, kappa, drive, b), sign
            left, at_left = right, at_right
    return end, 0.0


@jit
def sample(k, since, until, start, fs, held, u, a, kappa, drive, b, membrane):
    """Fill `membrane` with u at the samples before `until`, u being the membrane at `since`; returns the next sample."""
    while k < membrane.size and start + (k + 1e-6) / fs < until:
        t = max(start + k / fs - since, 0.0)
        membrane[k] = u if held else course(t, u, a, kappa, drive, b)[0]
        k += 1
    return k


@jit
def synaptic(
    at, target, amount, gain, b, direct, a, kappa, u, start, stop, t_ref, level, height, bipolar, clamp, fs,
    times, heights, saturated, membrane,
):  # fmt: skip
    """Spike times of a neuron to which event i, at the time at[i], adds amount[i] exp(-b t) of the component target[i].

    A component drives u' with its `gain`; `direct` ones move u itself at once too. `u` is the membrane at the start.
    `membrane` takes u at every sample, or is empty. Returns the number of spikes written.
    """
    drive, rest = np.zeros(b.size), np.empty((DEPTH, 2))
    base, release, earliest, before, full, i, k, count = start, -inf, start, 0.0, level == height, 0, 0, 0
    while base < stop and count < times.size:
        leap = 0.0
        while i < at.size and at[i] <= base:
            drive[target[i]] += gain[target[i]] * amount[i]
            leap += amount[i] if direct else 0.0
            i += 1
        if not (clamp and release > -inf):
            u += leap
        end, s, fresh = min(at[i], stop) if i < at.size else stop, 0.0, True
        while count < times.size:
            held, late, wait, done = clamp and release > -inf, release > -inf, (end - base) - s, False
            sign = 1.0 if u > 0.0 else -1.0
            if late:
                done = release >= end
                wait = wait if done else max((release - base) - s, 0.0)
            elif (
                abs(u) < level
                or (abs(u) == level and not (full or (fresh and sign * before < level)))
                or not (bipolar or sign > 0.0)
            ):
                wait, sign = crossing(u, a, kappa, drive, b, wait, level, bipolar, rest)
                done = sign == 0.0
            else:
                wait = 0.0
            k = sample(k, base + s, end if done else base + (s + wait), start, fs, held, u, a, kappa, drive, b, membrane)
            u = u if held else course(wait, u, a, kappa, drive, b)[0]
            for n in range(b.size):
                drive[n] += drive[n] * expm1(-b[n] * wait)
            if done:
                break
            s, fresh, earliest = s + wait, False, release if late else max(min(base + (s + wait), end), earliest)
            if late:
                sign, release = (1.0 if u > 0.0 else -1.0), -inf
                if not (bipolar or sign > 0.0) or not (abs(u) > level or (full and abs(u) == level)):
                    continue
            elif wait > 0.0:
                u = sign * level
            u -= sign * height
            times[count], heights[count], saturated[count] = earliest, sign * height, late
            count += 1
            if t_ref > 0.0:
                release = earliest + t_ref
        before, base = u, end
    sample(k, base, inf, start, fs, clamp and release > -inf, u, a, kappa, drive, b, membrane)
    return count
