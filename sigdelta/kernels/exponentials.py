"""First zero of a constant, a slope and exponentials, g(t) = a + v t + sum of c[i] (1 - exp(-rate[i] t))."""

from math import expm1, factorial

import numpy as np

from .jit import jit

DEPTH, EPS = 64, 2.0**-54


@jit
def evaluate(t, a, v, c, rate):
    """g(t) and its first and second derivative."""
    total, slope, bend = a + v * t, v, 0.0
    for i in range(c.size):
        gone = -expm1(-t * rate[i])
        kept = c[i] * rate[i] * (1.0 - gone)
        total, slope, bend = total + c[i] * gone, slope + kept, bend - kept * rate[i]
    return total, slope, bend


@jit
def solve(low, high, at_low, at_high, a, v, c, rate):
    """Zero of g, which rises through it once between `low` and `high`: Newton's iteration, kept in the bracket by bisection.

    A step d leaves an error of |g'' / 2 g'| d^2; it ends where that, or the bracket, is below rounding.
    """
    t = low + (high - low) * (at_low / (at_low - at_high))
    for _ in range(100):
        f, slope, bend = evaluate(t, a, v, c, rate)
        if f >= 0.0:
            high = t
        else:
            low = t
        after = t - f / slope if slope > 0.0 else high
        if not low <= after <= high:
            after = 0.5 * (low + high)
        elif abs(bend) * (after - t) ** 2 < EPS * high * slope:
            return after
        if after == t or not low < after < high:
            return high
        t = after
    return t


@jit
def turn(low, high, a, v, c, rate):
    """Zero of g', which has one between `low` and `high`, and g there."""
    falling = evaluate(low, a, v, c, rate)[1] > 0.0
    t = 0.5 * (low + high)
    for _ in range(100):
        f, slope, bend = evaluate(t, a, v, c, rate)
        if (slope > 0.0) == falling:
            low = t
        else:
            high = t
        after = t - slope / bend if bend != 0.0 else low
        if not low < after < high:
            after = 0.5 * (low + high)
        if abs(after - t) <= EPS * high or not low < after < high:
            break
        t = after
    return t, f


@jit
def first_crossing(a, v, c, rate, end, gone, rest):
    """First t in [0, end] at which g comes from below to 0 (touching counts, resting there does not), or inf.

    `gone` holds 1 - exp(-rate end). The interval is cut until on each part a bound keeps g below 0, or g is monotone, or it
    bends one way only: then its extremum is found, and the crossing between known places. `rest` is scratch, (DEPTH, 2).
    """
    depth = 1
    rest[0, 0], rest[0, 1] = 0.0, end
    while depth > 0:
        depth -= 1
        low, high = rest[depth, 0], rest[depth, 1]
        width, whole = high - low, low == 0.0 and high == end
        start, stop, at_start = low, high, a if low == 0.0 else evaluate(low, a, v, c, rate)[0]
        at_stop, top, bend_least, bend_most = at_start + v * width, at_start + max(v * width, 0.0), 0.0, 0.0
        slope_least = slope_most = first_slope = last_slope = v
        for i in range(c.size):
            amount = c[i] if low == 0.0 else c[i] * (1.0 + expm1(-low * rate[i]))
            lost = gone[i] if whole else -expm1(-width * rate[i])
            near, far = amount * rate[i], amount * rate[i] * (1.0 - lost)
            at_stop, top = at_stop + amount * lost, top + max(amount * lost, 0.0)
            first_slope, last_slope = first_slope + near, last_slope + far
            slope_least, slope_most = slope_least + min(near, far), slope_most + max(near, far)
            bend_least, bend_most = bend_least - max(near, far) * rate[i], bend_most - min(near, far) * rate[i]
        if top < 0.0 or slope_most <= 0.0:
            continue
        if slope_least < 0.0:
            middle = 0.5 * (low + high)
            if bend_least < 0.0 < bend_most and depth + 2 <= DEPTH and low < middle < high:
                rest[depth, 0], rest[depth, 1], rest[depth + 1, 0], rest[depth + 1, 1] = middle, high, low, middle
                depth += 2
                continue
            if first_slope > 0.0 > last_slope:
                stop, at_stop = turn(low, high, a, v, c, rate)
            elif first_slope < 0.0 < last_slope:
                start, at_start = turn(low, high, a, v, c, rate)
        if at_stop >= 0.0 and at_stop > at_start:
            if at_start >= 0.0:
                return start
            return solve(start, stop, at_start, at_stop, a, v, c, rate) if at_stop > 0.0 else stop
    return np.inf


SMALL = 0.125
_OF_EXP, _OF_LOG = tuple(1.0 / factorial(i) for i in range(12)), tuple(2.0 / (2 * i + 1) for i in range(8))


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def polynomial_of_8(x, square, c, i):
    """c[i] + c[i + 1] x + ... + c[i + 7] x^7, in pairs of pairs, which do not wait for one another."""
    low = (c[i] + c[i + 1] * x) + (c[i + 2] + c[i + 3] * x) * square
    high = (c[i + 4] + c[i + 5] * x) + (c[i + 6] + c[i + 7] * x) * square
    return low + high * (square * square)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def small_exps(x):
    """(exp(x), exp(-x)) for |x| <= SMALL, from their even and odd parts."""
    c, square = _OF_EXP, x * x
    fourth = square * square
    even = ((c[0] + c[2] * square) + (c[4] + c[6] * square) * fourth) + (c[8] + c[10] * square) * (fourth * fourth)
    odd = ((c[1] + c[3] * square) + (c[5] + c[7] * square) * fourth) + (c[9] + c[11] * square) * (fourth * fourth)
    return even + x * odd, even - x * odd


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def small_exp(x):
    """exp(x) for |x| <= SMALL."""
    return small_exps(x)[0]


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def small_log(a, b):
    """log(a / b) where its size is at most SMALL: with y = (a - b) / (a + b) it is 2 (y + y^3 / 3 + y^5 / 5 ...)."""
    y = (a - b) / (a + b)
    return y * polynomial_of_8(y * y, (y * y) * (y * y), _OF_LOG, 0)
