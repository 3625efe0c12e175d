"""One-pole filters: the free potential, and the sum of decaying pulses that spikes cause.

What the free potential, or a psp that does not rise, rounds off is kept and added to the next step (Kahan 1965): without a leak
it would pile up, and the error, the small difference of two large sums, would be lost in it.
"""

from math import ceil, exp, expm1, inf

import numpy as np

from .jit import jit


@jit
def leaky_integral(x, fs, tau, state, y):
    """y at every sample, for tau dy/dt = x - y (ideal integrator: dy/dt = x), x held over each sample.

    `state` is (y at the first sample, what it rounded off), zeros where a signal begins, and is updated for the next samples.
    """
    share = -expm1(-1.0 / (fs * tau))
    gain = 1.0 / fs if tau == inf else share
    total, rest = state[0], state[1]
    for k in range(x.size):
        y[k] = total
        step = (gain * x[k] - share * total) + rest
        after = total + step
        total, rest = after, step - (after - total)
    state[0], state[1] = total, rest


@jit
def first_sample(time, start, fs):
    """Index of the first sample k with time <= start + (k + 1e-6) / fs."""
    return int(ceil((time - start) * fs - 1e-6))  # noqa: RUF046 (a float in jitted code)


@jit
def continue_pulses(times, heights, start, first, fs, weight, tau, state, out):
    """Add weight * heights[i] * exp(-(t - times[i]) / tau) to `out`, whose sample k stands at start + (first + k) / fs.

    A spike up to a millionth of a sample after k counts there, a trifle higher, so that it is right at all later samples.
    `state` is (sum of the pulses, what it rounded off) and is updated, so that a call is continued by the next one, with the next
    samples and the spikes that were not due. Returns how many were.
    """
    share, end = -expm1(-1.0 / (fs * tau)), first + out.size
    total, rest, i = state[0], state[1], 0
    due = first_sample(times[0], start, fs) if times.size else end
    for k in range(first, end):
        step = rest - share * total
        while due <= k:
            step += weight * heights[i] * exp(min((times[i] - (start + k / fs)) / tau, 1.0))
            i += 1
            due = first_sample(times[i], start, fs) if i < times.size else end
        after = total + step
        total, rest = after, step - (after - total)
        out[k - first] += total
    state[0], state[1] = total, rest
    return i


@jit
def add_pulses(times, heights, start, fs, weight, tau, out):
    """`continue_pulses` from the first sample on."""
    continue_pulses(times, heights, start, 0, fs, weight, tau, np.zeros(2), out)


@jit
def overlap(t, a, b):
    """Integral of exp(-a (t - s)) exp(-b s) over s in [0, t]: an exponential low-passed by another, t exp(-a t) where a = b."""
    z = abs(a - b) * t
    return t * exp(-min(a, b) * t) * (-expm1(-z) / z if z > 0.0 else 1.0)


@jit
def continue_rising_pulses(times, heights, start, first, fs, weight, tau, rise, state, out):
    """Add weight * heights[i] * overlap(t - times[i], 1 / rise, 1 / tau) to `out`, as `continue_pulses` does.

    `state` is (sum of the rising pulses, sum of the exponentials that feed them).
    """
    a, b, h, end = 1.0 / rise, 1.0 / tau, 1.0 / fs, first + out.size
    fall, share, feed = -expm1(-h * a), -expm1(-h * b), overlap(h, a, b)
    total, source, i = state[0], state[1], 0
    due = first_sample(times[0], start, fs) if times.size else end
    for k in range(first, end):
        total += feed * source - fall * total
        source -= share * source
        while due <= k:
            wait = start + k / fs - times[i]
            source += weight * heights[i] * exp(min(-wait * b, 1.0))
            total += weight * heights[i] * overlap(wait, a, b)
            i += 1
            due = first_sample(times[i], start, fs) if i < times.size else end
        out[k - first] += total
    state[0], state[1] = total, source
    return i


@jit
def add_rising_pulses(times, heights, start, fs, weight, tau, rise, out):
    """`continue_rising_pulses` from the first sample on."""
    continue_rising_pulses(times, heights, start, 0, fs, weight, tau, rise, np.zeros(2), out)
