"""Every exact neuron on membranes that only just reach their level, or only just do not, against fifty-digit arithmetic."""

import math

import mpmath
import numpy as np
import pytest
from facts import check_fact, tell

import sigdelta as sd
from sigdelta.kernels.modulators import async_sigma_delta
from sigdelta.kernels.noisy import noisy_lif

CASES = 10_000
NONE = np.empty(0)


def buffers():
    return np.empty(4), np.empty(4), np.empty(4, bool)


def top_of(rise, size, tau):
    """Time and value of the extremum of rise t - size (1 - exp(-t / tau)), exactly."""
    at = -tau * mpmath.log(rise * tau / size)
    return at, rise * at - size * (1 - mpmath.exp(-at / tau))


def gaps(rng):
    """Distance of the level from the extremum, relative to it: inside (positive) or out of reach."""
    return 10.0 ** rng.uniform(-11.8, -1) * rng.choice([-1, 1])


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(50):
        yield


def test_no_flip_of_the_trigger_is_missed_and_none_invented():
    rng = np.random.default_rng(0)
    done = 0
    while done < CASES:
        tau, bias, start, sign = rng.uniform(0.1, 3), rng.uniform(0.5, 4), rng.uniform(0, 0.05), rng.choice([-1.0, 1.0])
        x = sign * np.array([start, start + bias / tau * math.exp(-rng.uniform(0.1, 0.9) / tau)])
        rise = abs(mpmath.mpf(x[1]) - mpmath.mpf(x[0]))
        at, drop = top_of(rise, mpmath.mpf(bias), mpmath.mpf(tau))
        bottom = float(abs(mpmath.mpf(x[0])) + drop)
        gap = gaps(rng) * max(1.0, bias, abs(x[1]))
        level = -bottom - gap
        if level <= start or not 0 < at < 1:
            continue
        done += 1
        times, heights, saturated = buffers()
        state = np.array([0.0, x[0], 0.0, 0.0, 0.0])
        count = async_sigma_delta(x, 1.0, tau, level, bias, True, False, state, times, heights, saturated, NONE)
        flips = times[1:count][times[1:count] <= 1.0]
        assert (flips.size > 0) == (gap > 0)
        if gap > 0:
            wait = mpmath.mpf(flips[0])
            u = abs(mpmath.mpf(x[0])) + rise * wait - bias * (1 - mpmath.exp(-wait / tau))
            assert abs(u + level) < 1e-14 * max(1.0, bias, abs(x[1]))
            assert flips[0] <= float(at) + 1e-7
            assert heights[1] == -sign * 2 * bias
    tell(f"trigger: {done} grazing cases, none missed, none invented")


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_no_spike_of_the_noisy_neuron_is_missed_and_none_invented(side):
    """A jump fires once and leaves a pulse that decays under a falling signal; the level that follows is near the top of that."""
    rng = np.random.default_rng(1)
    done = 0
    while done < CASES:
        tau, start = rng.uniform(0.1, 3), rng.uniform(0.6, 1.4)
        x = side * np.array([start, start - math.exp(-rng.uniform(0.1, 0.9) / tau) / tau])
        fall = abs(mpmath.mpf(x[1]) - mpmath.mpf(x[0]))
        at, bulge = top_of(fall, mpmath.mpf(1), mpmath.mpf(tau))
        top = float(mpmath.mpf(start) - 1 - bulge)
        gap = gaps(rng) * max(1.0, abs(x[1]))
        level = top - gap
        if level <= abs(start - 1) or not 0 < at < 1 or abs(start - 1 - fall) >= level:
            continue
        done += 1
        times, heights, saturated = buffers()
        state = np.array([0.0, x[0], 0.0, -np.inf, -np.inf, 0.5, 0.0])
        count = noisy_lif(
            x, 1.0, tau, 0.0, 0.5, 1.0, False, True, False, False, np.array([level, 9.0, 9.0, 9.0]) / 0.5, state, times, heights,
            saturated, NONE,
        )  # fmt: skip
        later = times[1:count][times[1:count] <= 1.0]
        assert heights[0] == side
        assert times[0] == 0.0
        assert (later.size > 0) == (gap > 0)
        if gap > 0:
            wait = mpmath.mpf(later[0])
            u = mpmath.mpf(start) - 1 - fall * wait + (1 - mpmath.exp(-wait / tau))
            assert abs(u - level) < 1e-14 * max(1.0, abs(x[1]))
            assert later[0] <= float(at) + 1e-7
    tell(f"noisy neuron, side {side:g}: {done} grazing cases, none missed, none invented")


def drawn(kind, rng):
    """A neuron of that kind with random time constants, under potential drive."""
    taus, firing = (10.0 ** rng.uniform(-1.5, 0.7, 4)).tolist(), ("half", "full")[rng.integers(2)]
    part = float(rng.uniform(0.1, 0.9))
    if kind == "AdaptiveLIF":
        return sd.AdaptiveLIF(1.0, 0.5 * part, taus[0], taus[1], 1.0, firing=firing)
    if kind == "MultiplicativeLIF":
        return sd.MultiplicativeLIF(1.0, 0.5 * part, 1.0, taus[1], taus[0], drive="potential")
    if kind == "SpikeResponse":
        pulse, jumps = ((part, taus[0]), (1 - part, taus[1])), ((0.1 * part, taus[2]), (0.05, taus[3]))
        return sd.SpikeResponse(1.0, pulse, jumps, bool(rng.integers(2)), firing=firing)
    return sd.LIF(1.0, taus[0], firing=firing)


def pulse_and_level(neuron, t):
    """At t after a spike of height 1: the pulse, the level that it raised, and the slope of their sum, in fifty digits."""
    share = mpmath.mpf(0.5 if neuron.firing == "half" else 1.0)
    pulse = [(mpmath.mpf(weight), mpmath.mpf(tau)) for weight, tau in neuron.kernel]
    jumps = [(share * mpmath.mpf(amount), mpmath.mpf(tau)) for amount, tau in getattr(neuron, "threshold_kernel", ())]
    slope = -sum(weight / tau * mpmath.exp(-t / tau) for weight, tau in pulse + jumps)
    fading = (sum(weight * mpmath.exp(-t / tau) for weight, tau in terms) for terms in (pulse, jumps))
    return next(fading), share + next(fading), slope


@pytest.mark.parametrize("kind", ["LIF", "AdaptiveLIF", "MultiplicativeLIF", "SpikeResponse"])
def test_no_spike_of_the_family_is_missed_and_none_invented(kind):
    """A jump fires at t = 0, pulse and threshold decay while the signal falls: the membrane reaches its level, or just not."""
    rng, done, missed, invented, late = np.random.default_rng(5), 0, 0, 0, 0.0
    while done < CASES // 4:
        neuron, side, at = drawn(kind, rng), float(rng.choice([-1.0, 1.0])), mpmath.mpf(float(rng.uniform(0.05, 0.95)))
        pulse, level, slope = pulse_and_level(neuron, at)
        start = float(pulse + level - slope * at + gaps(rng))
        x = np.array([start, start + float(slope)])
        fall = mpmath.mpf(float(x[1])) - mpmath.mpf(float(x[0]))
        # the distance from the level is stationary at `at`: rounding the slope moves its summit in second order only
        top = mpmath.mpf(start) + fall * at - pulse - level
        low = sum(pulse_and_level(neuron, mpmath.mpf(0))[:2]), pulse_and_level(neuron, mpmath.mpf(1))
        first = 0.5 if neuron.firing == "half" else 1.0
        if not first <= start < low[0] or x[1] - low[1][0] <= -low[1][1] or abs(top) < 1e-12 * max(1.0, abs(x[1])):
            continue
        done += 1
        train = sd.encode(side * x, 1.0, neuron)
        later = train.times[1:][train.times[1:] <= 1.0]
        assert train.times[0] == 0.0
        missed += top > 0 and later.size == 0
        invented += top < 0 and later.size > 0
        if top > 0 and later.size > 0:
            wait = mpmath.mpf(float(later[0]))
            pulse, level, _ = pulse_and_level(neuron, wait)
            late = max(late, float(abs(mpmath.mpf(start) + fall * wait - pulse - level)) / max(1.0, abs(x[1])))
            assert later[0] <= float(at) + 1e-6
    check_fact(f"{kind}, whole neuron: grazing crossings missed, of {done}", missed, 0)
    check_fact(f"{kind}, whole neuron: grazing crossings invented, of {done}", invented, 0)
    check_fact(f"{kind}: distance from the level where it is crossed, relative", late, 1e-14)
