"""Modulators: the integrator with a Schmitt trigger, event by event, and the clocked sigma-delta modulator."""

from math import expm1, inf

from .jit import jit
from .lif import crossing


@jit
def async_sigma_delta(x, first, more, fs, tau, level, bias, leaky, current, state, times, heights, saturated, membrane):
    """Flip times of z = +-bias in the loop

        tau du/dt = x - z - u (leaky) or x - z (ideal),   z flips to +-bias where u comes to +-level from inside;

    under potential drive (leaky) u = x - r, tau dr/dt = z - r. Between samples and flips u(t) = u + v t + p (1 - exp(-t / tau)),
    the membrane of `lif`, and so are its crossings. `state` is (sample, u, time since that sample, z or 0 at the start, last
    flip) and is updated, so that a call is continued by the next one as in `lif`. A flip's height is its jump of z. `membrane`
    takes u at every sample, or is empty. Returns the number of flips written.
    """
    n, h = x.size - (1 if more and not current else 0), 1.0 / fs
    share = -expm1(-h / tau)
    k, u, s, z, previous, count = int(state[0]) - first, state[1], state[2], state[3], state[4], 0
    if z == 0.0:
        z = bias if x[0] >= 0.0 else -bias
        times[0], heights[0], saturated[0], count = 0.0, z, False, 1
    while k < n and count < times.size:
        if membrane.size > 0 and s == 0.0:
            membrane[k] = u
        now, after = (first + k) / fs, (first + k + 1) / fs
        slope = 0.0 if current or k + 1 == x.size else (x[k + 1] - x[k]) * fs
        while count < times.size:
            v, p = (slope, (x[k] + slope * s - u) - z) if leaky else ((x[k] - z) / tau, 0.0)
            r = h - s
            drop = share if s == 0.0 else -expm1(-r / tau)
            side = -1.0 if z > 0.0 else 1.0
            wait, sign = crossing(side * u, side * v, side * p, tau, r, drop, level, False)
            if sign == 0.0:
                u, s = u + (v * r + p * drop), h
                break
            u, s, z = side * level, s + wait, side * bias
            previous = max(min(now + s, after), previous)
            times[count], heights[count], saturated[count] = previous, 2.0 * z, False
            count += 1
        if s >= h:
            k, s = k + 1, 0.0
    state[0], state[1], state[2], state[3], state[4] = first + k, u, s, z, previous
    return count


@jit
def sigma_delta(x, first, fs, tau, threshold, second, ternary, current, state, times, heights, saturated, membrane):
    """The recursion, with alpha = exp(-1 / (fs tau)), y the free potential, and q = +-threshold (or 0, `ternary`) the decisions:

        u = alpha u + (y[k] - alpha y[k-1]),   q = Q(u) or Q(u + alpha s) (`second`),   u = u - q,   s = alpha s + u.

    The spike of sample k stands at k / fs and is saturated where it leaves the quantizer an error beyond its half step.
    `membrane`[k] takes u after the decision, unless it is empty. `state` is (sample, u, s, the sample before), at first zeros,
    and is updated, so that a call is continued by the next one. Returns the number of spikes written.
    """
    share = -expm1(-1.0 / (fs * tau))
    gain = 1.0 / fs if tau == inf else share
    k, u, s, before, count = int(state[0]) - first, state[1], state[2], state[3], 0
    half = 0.5 * threshold
    while k < x.size and count < times.size:
        u += gain * before - share * u if current else (x[k] - before) + share * (before - u)
        before = x[k]
        s -= share * s
        goal = u + s if second else u
        q = threshold if goal >= 0.0 else -threshold
        if ternary and abs(goal) <= half:
            q = 0.0
        u -= q
        s += u
        if q != 0.0:
            times[count], heights[count] = (first + k) / fs, q
            saturated[count] = abs(goal - q) > (half if ternary else threshold)
            count += 1
        if membrane.size > 0:
            membrane[k] = u
        k += 1
    state[0], state[1], state[2], state[3] = first + k, u, s, before
    return count
