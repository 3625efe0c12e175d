"""Leaky integrate-and-fire neurons that share a signal and inhibit each other, event by event."""

from math import expm1, inf

import numpy as np

from .jit import jit
from .lif import crossing


@jit
def earliest(u, v, target, tau, r, release, now, s, after, level, full, fresh, bipolar):
    """First event of any neuron within r: (wait, neuron, sign, late); neuron -1 if there is none, the lowest on a tie."""
    drop, best, who, side, tardy = -expm1(-r / tau), inf, -1, 0.0, False
    for j in range(u.size):
        wait, sign, late = 0.0, 1.0 if u[j] > 0.0 else -1.0, release[j] > -inf
        if late:
            wait = max((release[j] - now) - s, 0.0) if release[j] < after else inf
        elif abs(u[j]) < level[j] or (abs(u[j]) == level[j] and not (full or fresh)) or not (bipolar or sign > 0.0):
            p = 0.0 if tau == inf else target - u[j]
            wait, sign = crossing(u[j], v, p, tau, r, drop, level[j], bipolar)
            wait = wait if sign != 0.0 else inf
        if wait < best:
            best, who, side, tardy = wait, j, sign, late
    return best, who, side, tardy


@jit
def advance(u, v, target, tau, wait, release, clamp):
    """Every membrane after `wait`, those that are held excepted."""
    gone = -expm1(-wait / tau)
    for j in range(u.size):
        if not (clamp and release[j] > -inf):
            u[j] += v * wait + (0.0 if tau == inf else (target - u[j]) * gone)


@jit
def joint(x, fs, tau, t_ref, level, height, bipolar, clamp, current, inhibition, u, times, heights, saturated, sender):
    """Spikes of all neurons, in order, by `sender`; a spike of one takes `inhibition` of its pulse from the others.

    `u` holds the membranes at the start. Neurons in the same state stay so to the bit. Returns the number of spikes written.
    """
    h, full, count, last = 1.0 / fs, level[0] == height[0], 0, 0.0
    release = np.full(u.size, -inf)
    for k in range(x.size):
        now, after, s = k / fs, (k + 1) / fs, 0.0
        slope = 0.0 if current or k + 1 == x.size else (x[k + 1] - x[k]) * fs
        v = x[k] if current and tau == inf else slope
        while count < times.size:
            fresh, r, target = k == 0 and s == 0.0 and count == 0, h - s, x[k] + slope * s
            wait, i, sign, late = earliest(u, v, target, tau, r, release, now, s, after, level, full, fresh, bipolar)
            if i < 0:
                advance(u, v, target, tau, r, release, clamp)
                break
            before = u[i]
            beyond = not late and wait == 0.0 and abs(before) >= level[i]
            tied = u == before
            advance(u, v, target, tau, wait, release, clamp)
            s += wait
            stamp = release[i] if late else min(now + s, after)
            if late:
                release[i], sign = -inf, 1.0 if u[i] > 0.0 else -1.0
                if not (bipolar or sign > 0.0) or not (abs(u[i]) > level[i] or (full and abs(u[i]) == level[i])):
                    continue
            elif not beyond:
                for j in range(u.size):
                    if tied[j] and not (clamp and release[j] > -inf):
                        u[j] = sign * level[i]
            for j in range(u.size):
                if j == i:
                    u[j] -= sign * height[i]
                elif not (clamp and release[j] > -inf):
                    u[j] -= inhibition * (sign * height[i])
            last = max(stamp, last)
            times[count], heights[count], saturated[count], sender[count] = last, sign * height[i], late, i
            count += 1
            if t_ref > 0.0:
                release[i] = last + t_ref
        if count == times.size:
            break
    return count
