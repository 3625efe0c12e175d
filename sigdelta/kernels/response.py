"""Neurons whose pulses and thresholds are sums of exponentials, event by event.

A component n has a time constant tau[n] and a share in the membrane u or in the threshold theta; the first `size[0]` are those of
the pulse (PSP), the next `size[1]` those of the threshold, and under current drive the last is the input's filter. Inside a
sample and between spikes

    u(t) = u + v t + sum p[n] (1 - exp(-t / tau[n])),      theta(t) = theta - sum q[n] (1 - exp(-t / tau[n])),

so each level +-(share of theta) is crossed where a sum of exponentials is zero.
"""

from math import expm1, inf

import numpy as np

from .exponentials import DEPTH, first_crossing
from .jit import jit
from .lif import SAFE

BLOCK, FINE = 16, 4


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
def balance(amount, size, x, y, u, filtered):
    """The first pulse component is what the others leave of y - u, y being the potential (x, where it shares the input's filter).

    A filter of its own has x - y to go.
    """
    amount[0] = y - u
    for j in range(1, size[0]):
        amount[0] -= amount[j]
    if filtered:
        amount[amount.size - 1] = x - y


@jit
def prepare(decay, last, gone, falls, weights):
    """Shares that are gone after a sample, and after blocks; weights of a block's samples in the input's filter, `last`."""
    for i in range(decay.size):
        falls[0, i], falls[1, i], falls[2, i] = -expm1(-BLOCK * decay[i]), -expm1(-FINE * decay[i]), -expm1(-decay[i])
        gone[i] = falls[2, i]
    for i in range(BLOCK):
        weights[i] = gone[last] * (1.0 + expm1((i + 1 - BLOCK) * decay[last]))


@jit
def kick(amount, size, jump, grow, height, theta):
    """What a spike adds to the pulse and to the threshold."""
    for j in range(size[0]):
        amount[j] += height * jump[j]
    for j in range(size[0], size[0] + size[1]):
        amount[j] += jump[j] + grow[j] * theta


@jit
def theta_of(amount, size, baseline):
    """The threshold: its baseline and its components."""
    theta = baseline
    for n in range(size[0], size[0] + size[1]):
        theta += amount[n]
    return theta


@jit
def crossing(amount, rate, size, u, v, share, theta, bipolar, gone, end, coefficients, rest):
    """First crossing of +-(share of theta) within `end`, in which gone[n] of component n decays: (wait, sign), sign 0 if none."""
    best, side = inf, 0.0
    for sign in (1.0, -1.0):
        if sign < 0.0 and not bipolar:
            break
        a = sign * u - share * theta
        top = a + max(sign * v * end, 0.0)
        for n in range(amount.size):
            if n < size[0] or n >= size[0] + size[1]:
                coefficients[n] = sign * amount[n]
            else:
                coefficients[n] = share * amount[n]
            top += max(coefficients[n] * gone[n], 0.0)
        if top >= 0.0:
            wait = first_crossing(a, sign * v, coefficients, rate, end, gone, rest)
            if wait < best:
                best, side = wait, sign
    return (best, side) if side != 0.0 else (end, 0.0)


@jit
def coast(x, k, u, y, amount, size, falls, weights, share, baseline, bipolar, current, merged):
    """Pass the samples in which no crossing is possible, in blocks, small blocks, or singly: (k, u, y) where it stops.

    In a block a share falls[block, n] of component n decays and the level is lowest at its end; the input's part stays between
    its extremes. `weights` are those of the input's filter.
    """
    ahead, last, block, passed = 0 if current else 1, 0 if merged else amount.size - 1, 0, 0
    while k < x.size - ahead:
        width = BLOCK if block == 0 else (FINE if block == 1 else 1)
        if k > x.size - ahead - width:
            block, passed = block + 1, 0
            continue
        low, high = span(x, k + ahead, width)
        balance(amount, size, x[k], 0.0 if merged else y, u, False)
        lead = amount[0] * falls[block, 0]
        if current:
            base = 0.0 if merged else y
            up, down, fresh = falls[block, last] * (high - base), falls[block, last] * (low - base), -falls[block, last] * base
            start, first = np.uint64(k), np.uint64(BLOCK - width)
            for i in range(np.uint64(width)):
                fresh += weights[first + i] * x[start + i]
        else:
            up, down, fresh = high - x[k], low - x[k], x[k + width] - x[k]
        if merged:
            up, down = max(up + lead, 0.0), min(down + lead, 0.0)
        else:
            up, down = max(up, 0.0) + max(lead, 0.0), min(down, 0.0) + min(lead, 0.0)
        change, theta = fresh + lead, baseline
        for n in range(1, size[0]):
            decay = amount[n] * falls[block, n]
            up, down, change = up + max(decay, 0.0), down + min(decay, 0.0), change + decay
        for n in range(size[0], size[0] + size[1]):
            theta += amount[n] * (1.0 - falls[block, n])
        room = share * theta * SAFE
        if u + up < room and (not bipolar or u + down > -room):
            for n in range(1, size[0] + size[1]):
                amount[n] -= amount[n] * falls[block, n]
            k, u, y = k + width, u + change, y + fresh if current else x[k + width]
            passed += 1
            if block > 0 and passed == FINE:
                block, passed = 0, 0
        elif block == 2:
            break
        else:
            block, passed = block + 1, 0
    return k, u, y


@jit
def response(
    x, fs, tau, size, jump, grow, filter_tau, baseline, share, fixed, t_ref, bipolar, clamp, current, state, amount,
    times, heights, saturated, membrane,
):  # fmt: skip
    """Spike times of a neuron driven by x.

    A spike of sign s and height h, the threshold just before it (or `fixed`, if that is positive), adds s h jump[n] to
    component n of the pulse (where the jumps add up to 1), and jump[n] + grow[n] theta to component n of the threshold. It is
    fired at share * theta. `state` is (sample, u, time since that sample, end of refractoriness or -inf, last spike or -inf,
    potential), and with `amount`, the components, is updated, so that a call that filled `times` is continued by the next.
    Returns the number of spikes written.
    """
    n, h, merged, filtered = x.size, 1.0 / fs, current and filter_tau == tau[0] < inf, current and tau.size > size[0] + size[1]
    last = 0 if merged else tau.size - 1
    gone, part, coefficients, rest = np.empty(tau.size), np.empty(tau.size), np.empty(tau.size), np.empty((DEPTH, 2))
    falls, weights, rate = np.empty((3, tau.size)), np.empty(BLOCK), 1.0 / tau
    prepare(h * rate, last, gone, falls, weights)
    k, u, s, release, previous, y, count = int(state[0]), state[1], state[2], state[3], state[4], state[5], 0
    while k < n and count < times.size:
        if s == 0.0 and release == -inf and membrane.size == 0 and (merged or filtered or not current):
            k, u, y = coast(x, k, u, y, amount, size, falls, weights, share, baseline, bipolar, current, merged)
            if k >= n:
                break
        if membrane.size > 0 and s == 0.0:
            membrane[k] = u
        now, after = k / fs, (k + 1) / fs
        slope = 0.0 if current or k + 1 == n else (x[k + 1] - x[k]) * fs
        v = x[k] if current and not (merged or filtered) else slope
        while count < times.size:
            balance(amount, size, x[k], x[k] if merged else y, u, filtered)
            held, theta = clamp and release > -inf, theta_of(amount, size, baseline)
            wait, late, sign = h - s, False, 0.0
            for i in range(tau.size):
                part[i] = gone[i] if s == 0.0 else -expm1(-wait * rate[i])
            if release > -inf:
                if release < after:
                    wait, late, sign = max((release - now) - s, 0.0), True, 1.0
            else:
                sign = 1.0 if u > 0.0 else -1.0
                first = previous == -inf and k == 0 and s == 0.0
                level = share * theta
                if abs(u) < level or (abs(u) == level and not (share == 1.0 or first)) or not (bipolar or sign > 0.0):
                    wait, sign = crossing(amount, rate, size, u, v, share, theta, bipolar, part, wait, coefficients, rest)
                else:
                    wait = 0.0
            if sign != 0.0:
                for i in range(tau.size):
                    part[i] = -expm1(-wait * rate[i])
            fresh = v * wait + (amount[last] * part[last] if filtered else 0.0)
            change = fresh
            for i in range(size[0]):
                change += amount[i] * part[i]
            for i in range(size[0] + size[1]):
                amount[i] -= amount[i] * part[i]
            u, y = u if held else u + change, y + fresh
            s = h if sign == 0.0 else s + wait
            if sign == 0.0:
                break
            theta = theta_of(amount, size, baseline)
            stamp = min(now + s, after)
            if late:
                sign, stamp, release = (1.0 if u > 0.0 else -1.0), release, -inf
                if not (bipolar or sign > 0.0) or not (abs(u) > share * theta or (share == 1.0 and abs(u) == share * theta)):
                    continue
            elif wait > 0.0:
                u = sign * share * theta
            height = fixed if fixed > 0.0 else theta
            u = 0.0 if clamp and t_ref > 0.0 else u - sign * height
            kick(amount, size, jump, grow, sign * height, theta)
            previous = max(stamp, previous)
            times[count], heights[count], saturated[count] = previous, sign * height, late
            count += 1
            if t_ref > 0.0:
                release = previous + t_ref
            if membrane.size > 0 and s <= 1e-6 * h:
                membrane[k] = u if s == 0.0 or clamp else membrane[k] - sign * height
        if s >= h:
            k, s = k + 1, 0.0
            if not current and k < n:
                y = x[k]
    state[0], state[1], state[2], state[3], state[4], state[5] = k, u, s, release, previous, y
    return count
