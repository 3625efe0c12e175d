"""The leaky integrate-and-fire neuron with a comparator that errs: a new level after every spike."""

from math import expm1, inf

from .jit import jit
from .lif import crossing

INSIDE = 1.0 - 2.0**-53


@jit
def next_event(u, v, p, tau, r, drop, level, guard, bipolar):
    """First of leaving and, for a membrane that a spike has put beyond the opposite level, coming inside: (wait, sign, entered).

    `guard` is 0, or where that spike put the membrane; until it is inside, that side fires at `guard`. Sign 0: nothing within r.
    """
    if guard == 0.0:
        wait, sign = crossing(u, v, p, tau, r, drop, level, bipolar)
        return wait, sign, False
    side = 1.0 if guard > 0.0 else -1.0
    out, leaves = crossing(side * u, side * v, side * p, tau, r, drop, abs(guard), False)
    back, enters = crossing(-side * u, -side * v, -side * p, tau, r, drop, -level, False)
    if leaves > 0.0 and (enters == 0.0 or out <= back):
        return out, side, False
    return back, side * enters, enters > 0.0


@jit
def noisy_lif(
    x, first, more, fs, tau, t_ref, level, height, full, bipolar, clamp, current, factors, state, times, heights, saturated,
    trace,
):  # fmt: skip
    """Spike times of `lif` where spike i is followed by the level factors[i] * level, and takes `height` away.

    `state` is (sample, u, time since that sample, end of refractoriness or -inf, last spike or -inf, present level, guard) and is
    updated, so that a call is continued by the next one as in `lif`. `trace` takes u at every sample, or is empty. Returns the
    number of spikes written.
    """
    n, h, share, count = x.size - (1 if more and not current else 0), 1.0 / fs, -expm1(-1.0 / (fs * tau)), 0
    k, u, s, release, previous, here, guard = int(state[0]) - first, state[1], state[2], state[3], state[4], state[5], state[6]
    while k < n and count < times.size:
        if trace.size > 0 and s == 0.0:
            trace[k] = u
        now, after = (first + k) / fs, (first + k + 1) / fs
        slope = 0.0 if current or k + 1 == x.size else (x[k + 1] - x[k]) * fs
        while count < times.size:
            if tau == inf:
                v, p = (x[k] if current else slope), 0.0
            else:
                v, p = slope, (x[k] + slope * s) - u
            held, r, sign, late = clamp and release > -inf, h - s, (1.0 if u > 0.0 else -1.0), release > -inf
            drop = share if s == 0.0 else -expm1(-r / tau)
            if late:
                if release >= after:
                    u, s = u if held else u + (v * r + p * drop), h
                    break
                wait = max((release - now) - s, 0.0)
                u, s = u if held else u + (v * wait - p * expm1(-wait / tau)), s + wait
                stamp, release, sign = release, -inf, (1.0 if u > 0.0 else -1.0)
                guard = guard if guard * u > 0.0 and here <= abs(u) <= abs(guard) else 0.0
                beyond = abs(u) > here or (full and abs(u) == here)
                if guard != 0.0 or not beyond or not (bipolar or sign > 0.0):
                    continue
            else:
                fresh = previous == -inf and first + k == 0 and s == 0.0
                inside = abs(u) < here or (abs(u) == here and not (full or fresh)) or not (bipolar or sign > 0.0)
                if inside or guard != 0.0:
                    wait, sign, entered = next_event(u, v, p, tau, r, drop, here, guard, bipolar)
                    if sign == 0.0:
                        u, s = u + (v * r + p * drop), h
                        break
                    u, s = sign * (here if guard == 0.0 or entered else abs(guard)), s + wait
                    if entered:
                        guard, u = 0.0, (u * INSIDE if full else u)
                        continue
                stamp = min(now + s, after)
            u = 0.0 if clamp else u - sign * height
            here = level * factors[count]
            guard = u if bipolar and u * sign < 0.0 and abs(u) >= here else 0.0
            previous = max(stamp, previous)
            times[count], heights[count], saturated[count] = previous, sign * height, late
            count += 1
            if t_ref > 0.0:
                release = previous + t_ref
            if trace.size > 0 and s <= 1e-6 * h:
                trace[k] = u if s == 0.0 or clamp else trace[k] - sign * height
        if s >= h:
            k, s = k + 1, 0.0
    state[0], state[1], state[2], state[3], state[4], state[5], state[6] = first + k, u, s, release, previous, here, guard
    return count
