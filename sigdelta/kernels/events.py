"""What happens to one neuron within one sample: crossings, spikes, the end of refractoriness; as kernels/lif.py has it.

The level is base + extra exp(-t / sigma); without `extra` it stands, and the neuron is a LIF neuron. `left` is the decay
exp(-(h - s) / tau) that remains in the sample: a spike's pulse at its end needs no logarithm where the input is constant.
A decision closer than `margin` is left to the plain kernels.
"""

from math import exp, expm1, inf, log
from typing import NamedTuple

import numpy as np

from .filters import first_sample
from .jit import jit
from .lif import crossing as standing
from .response import crossing as moving

EARLY = 4e-6
MAX_SPIKES = 2**27


class Rule(NamedTuple):
    """What the lanes of a group share: fs, duration in s, height over level, time constant of `extra`, and the options."""

    fs: float
    stop: float
    ratio: float
    sigma: float
    bipolar: bool
    current: bool


# Rows of the table of lanes, a column each: parameters, then state. `armed` is the level, or inf while the lane is refractory,
# and `wake` the end of that, or inf. `boost` is what a spike adds to the level, `fixed` its height if positive. A lane
# `in_doubt` is done with: it needs the plain kernels.
# `skip` whole samples of t_ref and `fade`, the decay over what is missing to one more, give the sample in which it ends without
# a logarithm: `wake` is then its middle, and `rest` the decay from the end of t_ref to the sample's; 0 where `wake` is exact.
TAU, T_REF, BASE, BOOST, FIXED, SKIP, FADE = range(7)
U, EXTRA, ARMED, WAKE, REST, PREVIOUS, SQUARE, LARGEST, COUNT, LATE, IN_DOUBT, PARTS = range(7, 19)
ONE_OF_EACH = np.array([1, 1])


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


@jit(_nrt=False, forceinline=True)
def events(n, k, u, extra, x, slope, decay, margin, rule, lanes, work, rest):
    """Pass sample k of lane n, with the membrane u and the level base + extra at its start.

    Returns the sum of the spikes' pulses at the sample's end, that of those which count at its start (at most a millionth of a
    sample after it), and `extra` at the end.
    """
    fs, sigma, bipolar, full = rule.fs, rule.sigma, rule.bipolar, rule.ratio == 1.0
    tau, base, t_ref, fixed, wake = lanes[TAU, n], lanes[BASE, n], lanes[T_REF, n], lanes[FIXED, n], lanes[WAKE, n]
    h, now, after = 1.0 / fs, k / fs, (k + 1) / fs
    timed = t_ref > 0.0 or lanes[BOOST, n] > 0.0 or after >= rule.stop
    s, left, pulse, jump = 0.0, decay, 0.0, 0.0
    v = x if rule.current and tau == inf else slope
    while True:
        p = 0.0 if tau == inf else (x + slope * s) - u
        late, stamp = wake < inf, now
        if late:
            if wake >= after:
                break
            wait = max((wake - now) - s, 0.0)
            u += v * wait - p * expm1(-wait / tau)
            s, stamp, wake, sign = s + wait, wake, inf, (1.0 if u > 0.0 else -1.0)
            left = exp(-(h - s) / tau)
            extra = extra * exp(-wait / sigma) if extra > 0.0 else 0.0
            beyond = abs(u) - (base + extra)
            if bipolar or sign > 0.0:
                lanes[IN_DOUBT, n] += abs(beyond) < margin
            if not (bipolar or sign > 0.0) or beyond < 0.0 or (beyond == 0.0 and not full):
                continue
        elif v == 0.0 and extra == 0.0 and p != 0.0:
            sign, target = (1.0 if p > 0.0 else -1.0), u + p
            if sign < 0.0 and not bipolar:
                break
            beyond = sign * (u + p * (1.0 - left)) - base
            lanes[IN_DOUBT, n] += abs(beyond) < margin
            if beyond < 0.0:
                break
            left = min(left * (p / (target - sign * base)), 1.0)
            u = sign * base
            s = max(h + tau * log(left), s) if timed or left < decay * (1.0 + EARLY * h / tau) else h
        else:
            wait, sign, sure = first(
                u, extra, v, p, tau, sigma, h - s, 1.0 - left, base, bipolar, margin, work, rest
            )  # fmt: skip
            lanes[IN_DOUBT, n] += not sure
            if sign == 0.0:
                break
            s += wait
            left = exp(-(h - s) / tau)
            extra = extra * exp(-wait / sigma) if extra > 0.0 else 0.0
            u = sign * (base + extra)
        if lanes[IN_DOUBT, n] > 0.0:
            break
        if not late:
            stamp = min(now + s, after)
        stamp = max(stamp, lanes[PREVIOUS, n])
        if stamp >= rule.stop:
            break
        height = sign * (fixed if fixed > 0.0 else rule.ratio * (base + extra))
        u -= height
        pulse += height * left
        if s <= EARLY * h and first_sample(stamp, 0.0, fs) <= k:
            jump += height * exp(min((stamp - now) / tau, 1.0))
        lanes[COUNT, n] += 1
        lanes[LATE, n] += late
        lanes[IN_DOUBT, n] += lanes[COUNT, n] >= MAX_SPIKES
        extra += lanes[BOOST, n]
        if timed:
            lanes[PREVIOUS, n] = stamp
        if t_ref > 0.0:
            wake = stamp + t_ref
    lanes[WAKE, n], lanes[REST, n] = wake, 0.0
    return pulse, jump, extra * exp(-(h - s) / sigma) if extra > 0.0 else 0.0
