"""The leaky integrate-and-fire neuron, event by event.

Inside a sample and between spikes the membrane is

    u(t) = u + v t + p (1 - exp(-t / tau_m)),

under current drive with v = 0, p = x - u (ideal integrator: v = x, p = 0), under potential drive with v the slope of
the signal and p = y - u (ideal integrator: p = 0). It has at most one extremum, hence at most two monotone pieces.
"""

from math import exp, expm1, inf, log, log1p

import numpy as np

from .jit import jit

BLOCK = 16
EPS = 2.0**-54
SAFE = 1.0 - 2.0**-40


@jit
def root(u, v, p, tau, level, a, b):
    """Time in [a, b] at which the increasing piece u + v t + p (1 - exp(-t / tau)) reaches `level`.

    The piece is concave for p > 0 and convex for p < 0, so Newton's iteration started at `a` and `b` respectively
    moves monotonically towards the root. A step d leaves an error of |f'' / 2 f'| d^2; it ends where that, or
    rounding, stops the movement.
    """
    direction, pace = (1.0 if p > 0.0 else -1.0), p / tau
    t = a if p > 0.0 else b
    for _ in range(100):
        decayed = -expm1(-t / tau)
        bend = pace * (1.0 - decayed)
        slope = v + bend
        if not slope > 0.0:
            break
        after = min(max(t - ((u - level) + (v * t + p * decayed)) / slope, a), b)
        step = (after - t) * direction
        if not step > 0.0:
            break
        t = after
        if abs(bend) * step * step < EPS * b * tau * slope:
            break
    return t


@jit
def crossing(u, v, p, tau, r, drop, level, bipolar):
    """First outward crossing of +level, or -level if bipolar, within r: (wait, sign); sign 0 if there is none.

    `drop` is 1 - exp(-r / tau). Reaching the level from inside counts, resting on it does not.
    """
    end = u + (v * r + p * drop)
    if p == 0.0 or v == 0.0:
        sign = 1.0 if end > u else -1.0
        if end == u or sign * end < level or (sign < 0.0 and not bipolar):
            return r, 0.0
        gap = level - sign * u
        if p == 0.0:
            return min(max(gap / (sign * v), 0.0), r), sign
        share = gap / (sign * p)
        rest = (sign * (u + p) - level) / (sign * p)
        if share >= 0.5 and rest <= 0.0:
            return r, sign
        wait = -tau * (log1p(-share) if share < 0.5 else log(rest))
        return min(max(wait, 0.0), r), sign
    turn, at_turn = r, end
    if v * p < 0.0 and (v + p / tau) * (v + p / tau * (1.0 - drop)) < 0.0:
        t = tau * log(-p / (v * tau))
        if 0.0 < t < r:
            turn, at_turn = t, u + (v * t - p * expm1(-t / tau))
    a, left = 0.0, u
    for b, right in ((turn, at_turn), (r, end)):
        sign = 1.0 if right > left else -1.0
        if right != left and sign * right >= level and (sign > 0.0 or bipolar):
            return root(sign * u, sign * v, sign * p, tau, level, a, b), sign
        a, left = b, right
    return r, 0.0


@jit
def span(x, k, n):
    """Smallest and largest of the n samples from k on."""
    start = np.uint64(k)
    low = high = x[start]
    for i in range(np.uint64(n)):
        value = x[start + i]
        low, high = min(low, value), max(high, value)
    return low, high


@jit
def blend(x, k, weights):
    """Sum of weights[i] x[k + i] over a block."""
    start, total = np.uint64(k), 0.0
    for i in range(np.uint64(BLOCK)):
        total += weights[i] * x[start + i]
    return total


@jit
def coast(x, k, u, gain, reach, fall, weights, bulge, level, bipolar, current, more, membrane):
    """Pass the samples in which no crossing is possible: (k, u, waits) where it stops, with u the membrane at sample k.

    After i samples a share fall[i - 1] of u is gone, and the input has added, under current drive, at most `reach` times its
    extreme in a block, under potential drive its own change. A block is passed at once if that keeps u inside the level, else
    sample by sample, as far as it goes. Under potential drive the membrane may bulge between samples, by (h / tau)^2 / 8 of
    the reconstruction at most.

    Where `more` samples follow, it waits for them at the head of a block of which too few are known. Rounding is monotone: what
    is not quiet as far as it is known will not be quiet as a whole, so that a crossing found in it is final.
    """
    ahead, share, lost = 0 if current else 1, fall[0], fall[BLOCK - 1]
    while k < x.size - ahead:
        width, after = min(BLOCK, x.size - ahead - k), u
        low, high = span(x, k + ahead, BLOCK) if width == BLOCK else span(x, k + ahead, width)
        if current:
            fade, room = -lost * u, level * SAFE
            up, down = reach * high + fade, reach * low + fade
        else:
            fade, room = lost * (x[k] - u), level * SAFE - bulge * abs(x[k] - u)
            up, down = (high - x[k]) + max(fade, 0.0), (low - x[k]) + min(fade, 0.0)
        quiet = u + max(up, 0.0) < room and (not bipolar or u + min(down, 0.0) > -room)
        if width == BLOCK:
            after = u + ((blend(x, k, weights) if current else x[k + BLOCK] - x[k]) + fade)
            if quiet and membrane.size == 0:
                k, u = k + BLOCK, after
                continue
        begin, here, e, p = k, u, 0.0, x[k] - u
        room = level - bulge * abs(p)
        for i in range(width):
            if current:
                e = (e + gain * x[begin + i]) - share * e
                then = u + (e - fall[i] * u)
            else:
                then = u + ((x[begin + i + 1] - x[begin]) + fall[i] * p)
            if not (quiet or (max(here, then) < room and (not bipolar or min(here, then) > -room))):
                return begin + i, here, False
            if membrane.size > 0:
                membrane[begin + i] = here
            here = then
        if more and width < BLOCK:
            return k, u, True
        k, u = k + width, after if width == BLOCK else here
    return k, u, more


@jit
def lif(
    x, first, more, fs, tau, t_ref, level, height, bipolar, clamp, current, state, times, heights, saturated, membrane
):  # fmt: skip
    """Spike times of the neuron driven by x, solved in closed form or by Newton's iteration.

    x[0] is sample `first` of the signal, and `more` says whether samples follow the last one. `state` is (sample, u, time since
    that sample, end of refractoriness or -inf, last spike or -inf) and is updated, so that a call that filled `times`, or
    came to the end of x, is continued by the next one, with x from that sample on. `membrane` takes u at every sample, or is
    empty. Returns the number of spikes written.
    """
    n, h, full = x.size - (1 if more and not current else 0), 1.0 / fs, level == height
    share, bulge = -expm1(-h / tau), 0.0 if current else min(1.0, 0.125 * (h / tau) ** 2)
    fall, weights, gain = np.empty(BLOCK), np.empty(BLOCK), h if tau == inf else share
    for i in range(BLOCK):
        fall[i], weights[i] = -expm1(-(i + 1) * h / tau), gain * exp((i + 1 - BLOCK) * h / tau)
    reach = BLOCK * h if tau == inf else fall[BLOCK - 1]
    k, u, s, release = int(state[0]) - first, state[1], state[2], state[3]
    previous, count = state[4], 0
    while k < n and count < times.size:
        if s == 0.0 and release == -inf:
            k, u, waits = coast(x, k, u, gain, reach, fall, weights, bulge, level, bipolar, current, more, membrane)
            if waits or k >= n:
                break
        if membrane.size > 0 and s == 0.0:
            membrane[k] = u
        now, after = (first + k) / fs, (first + k + 1) / fs
        slope = 0.0 if current or k + 1 == x.size else (x[k + 1] - x[k]) * fs
        while count < times.size:
            if tau == inf:
                v, p = (x[k] if current else slope), 0.0
            else:
                v, p = slope, (x[k] + slope * s) - u
            held = clamp and release > -inf
            r = h - s
            drop = share if s == 0.0 else -expm1(-r / tau)
            if release > -inf:
                if release >= after:
                    u = u if held else u + (v * r + p * drop)
                    s = h
                    break
                wait = max((release - now) - s, 0.0)
                u = u if held else u + (v * wait - p * expm1(-wait / tau))
                s, sign, late = s + wait, (1.0 if u > 0.0 else -1.0), True
                stamp, release = release, -inf
                if not (bipolar or sign > 0.0) or not (abs(u) > level or (full and abs(u) == level)):
                    continue
            else:
                sign, late = (1.0 if u > 0.0 else -1.0), False
                fresh = previous == -inf and first + k == 0 and s == 0.0
                inside = abs(u) < level or (abs(u) == level and not (full or fresh)) or not (bipolar or sign > 0.0)
                if inside:
                    wait, sign = crossing(u, v, p, tau, r, drop, level, bipolar)
                    if sign == 0.0:
                        u, s = u + (v * r + p * drop), h
                        break
                    s, u = s + wait, sign * level
                stamp = min(now + s, after)
            u -= sign * height
            previous = max(stamp, previous)
            times[count], heights[count], saturated[count] = previous, sign * height, late
            count += 1
            if t_ref > 0.0:
                release = previous + t_ref
            if membrane.size > 0 and s <= 1e-6 * h:
                membrane[k] = u if s == 0.0 or clamp else membrane[k] - sign * height
        if s >= h:
            k, s = k + 1, 0.0
    state[0], state[1], state[2], state[3], state[4] = first + k, u, s, release, previous
    return count
