"""The psp against pulses summed one by one."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from facts import check_fact
from reference import pulses

import sigdelta as sd

RNG = np.random.default_rng(9)
TIMES = np.sort(RNG.uniform(2.0, 5.0, 300))
HEIGHTS = RNG.standard_normal(300)


@pytest.mark.parametrize("fs", [100.0, 333.3, 10e3])
@pytest.mark.parametrize("kernel", [((1.0, 20e-3),), ((0.7, 5e-3), (-0.3, 0.5)), ((1.0, math.inf),), ((1.0, 1e-9),)])
def test_psp_is_the_sum_of_the_pulses(fs, kernel):
    train = sd.SpikeTrain(TIMES, HEIGHTS, 2.0, 5.0, kernel)
    at = 2.0 + (np.arange(round(3 * fs)) + 1e-6) / fs
    expected = sum(weight * pulses(TIMES, HEIGHTS, tau, at) for weight, tau in kernel)
    size = np.abs(expected).max()
    assert np.abs(sd.psp(train, fs) - expected).max() < 3e-6 * max(size, 1e-3) / min(1.0, fs * 20e-3)


def test_sums_without_a_leak_are_rounded_once():
    """Else what every step rounds off piles up, and the error is the small difference of two such sums."""
    n, fs = 200_000, 1024.0
    x, at = np.random.default_rng(1).standard_normal(n) + 0.5, np.linspace(1, n - 1, 50).astype(int)
    y = sd.potential(x, fs, sd.LIF(tau_m=math.inf, drive="current"))[at]
    psp = sd.psp(sd.SpikeTrain(np.arange(n) / fs, x, 0.0, n / fs, ((1.0, math.inf),)), fs)[at]
    for found, sums in ((y, [math.fsum(x[:k]) / fs for k in at]), (psp, [math.fsum(x[: k + 1]) for k in at])):
        worst = np.max(np.abs(found - sums) / np.spacing(sums))
        check_fact("rounding of a sum without a leak, in units of its last place", worst, 1)


def test_a_spike_on_a_sample_counts_there_whatever_the_rounding():
    for fs in (1e3, 360.0, 44.1e3, 1e6 / 3):
        k = np.arange(1, 2000, 37)
        for nudge in (-1e-16, 0.0, 1e-16):
            train = sd.SpikeTrain(k / fs * (1 + nudge), np.ones(k.size), 0.0, 2000 / fs, ((1.0, math.inf),))
            out = sd.psp(train, fs)
            assert np.array_equal(np.flatnonzero(np.diff(out)) + 1, k)


def test_a_window_of_a_train_is_decoded_on_its_own():
    train = sd.SpikeTrain(TIMES, HEIGHTS, 2.0, 5.0, ((1.0, 20e-3),))
    part = sd.psp(train[3.0:4.0], 1000.0)
    at = 3.0 + (np.arange(1000) + 1e-6) / 1000
    inside = (TIMES >= 3.0) & (TIMES < 4.0)
    assert part == pytest.approx(pulses(TIMES[inside], HEIGHTS[inside], 20e-3, at), abs=1e-5)


def test_trains_of_one_duration_make_rows_and_others_are_refused():
    long, short = (sd.SpikeTrain([0.1], [1.0], 0.0, stop, ((1.0, 20e-3),)) for stop in (1.0, 0.5))
    assert np.array_equal(sd.psp([long, long], 100.0)[1], sd.psp(long, 100.0))
    with pytest.raises(ValueError, match="differ in duration"):
        sd.psp([long, short], 100.0)


def test_no_spikes_no_signal():
    train = sd.SpikeTrain([], [], 0.0, 0.5, ((1.0, 20e-3),))
    assert np.array_equal(sd.psp(train, 100.0), np.zeros(50))


@pytest.mark.parametrize("wrong", [None, [], [1.0], np.ones(3)])
def test_what_is_no_train_is_refused(wrong):
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain or a list"):
        sd.psp(wrong, 100.0)


@pytest.mark.parametrize("fs", [0.0, -1.0, math.inf, math.nan])
def test_bad_rates_are_refused(fs):
    with pytest.raises(ValueError, match="fs must be above 0 and finite"):
        sd.psp(sd.SpikeTrain([], [], 0.0, 0.5, ((1.0, 20e-3),)), fs)


def test_a_rate_that_makes_too_many_samples_is_refused():
    with pytest.raises(ValueError, match="choose a lower rate"):
        sd.psp(sd.SpikeTrain([], [], 0.0, 0.5, ((1.0, 20e-3),)), 1e300)


def rising(times, heights, kernel, rise, at):
    """The pulses of a kernel low-passed by `rise`, in 40 digits, one at a time."""
    with mpmath.workdps(40):
        total = [mpmath.mpf(0)] * len(at)
        for weight, tau in kernel:
            a, b = 1 / mpmath.mpf(rise), 0 if tau == math.inf else 1 / mpmath.mpf(tau)
            for time, height in zip(times, heights, strict=True):
                for k in np.flatnonzero(at >= time):
                    t = mpmath.mpf(float(at[k])) - mpmath.mpf(float(time))
                    shape = a * t * mpmath.exp(-a * t) if a == b else a / (a - b) * (mpmath.exp(-b * t) - mpmath.exp(-a * t))
                    total[k] += float(height) * weight * shape
        return np.array([float(value) for value in total])


@pytest.mark.parametrize("rise", [1e-6, 5e-3, 20e-3, 20e-3 * (1 + 1e-9), 20e-3 * (1 - 2e-16), 3.0])
@pytest.mark.parametrize("kernel", [((1.0, 20e-3),), ((0.7, 5e-3), (-0.3, 0.5)), ((1.0, math.inf),)])
def test_a_rising_psp_is_the_sum_of_its_pulses(kernel, rise):
    times, fs = np.sort(RNG.uniform(2.0, 2.2, 12)), 500.0
    heights = RNG.standard_normal(12)
    expected = rising(times, heights, kernel, rise, 2.0 + np.arange(100) / fs)
    got = sd.psp(sd.SpikeTrain(times, heights, 2.0, 2.2, kernel), fs, rise=rise)
    assert np.abs(got - expected).max() < 1e-13 * np.abs(heights).sum()


def test_a_rise_that_nears_tau_or_nothing_has_no_step():
    train = sd.SpikeTrain(TIMES, HEIGHTS, 2.0, 5.0, ((1.0, 20e-3),))
    alpha = sd.psp(train, 1000.0, rise=20e-3)
    for gap in (1e-3, 1e-6, 1e-9, 1e-12, 1e-15):
        for sign in (1, -1):
            assert np.abs(sd.psp(train, 1000.0, rise=20e-3 * (1 + sign * gap)) - alpha).max() < 3 * gap + 1e-14
    plain = sd.psp(train, 1000.0)
    assert np.array_equal(plain, sd.psp(train, 1000.0, 0.0))
    for rise in (1e-9, 1e-12, 1e-200, 5e-324):
        assert np.abs(sd.psp(train, 1000.0, rise=rise) - plain).max() < 1e3 * rise + 1e-13


def test_a_rise_low_passes_and_keeps_the_area():
    spike = sd.SpikeTrain([0.01], [1.0], 0.0, 1.0, ((1.0, 20e-3),))
    for rise in (1e-3, 20e-3, 50e-3):
        out = sd.psp(spike, 100e3, rise=rise)
        assert np.all(out[:1001] == 0)
        assert out.sum() / 100e3 == pytest.approx(20e-3, rel=1e-6)
        slower = sd.psp(replace(spike, kernel=((1.0, rise),)), 100e3, rise=20e-3)
        assert out / 20e-3 == pytest.approx(slower / rise, abs=1e-12)


def test_a_rising_psp_of_many_samples_does_not_drift():
    train = sd.SpikeTrain([0.0], [1.0], 0.0, 20.0, ((1.0, math.inf),))
    assert sd.psp(train, 10e3, rise=1e-3)[100_000:] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("rise", [-1e-3, math.inf, math.nan])
def test_bad_rises_are_refused(rise):
    with pytest.raises(ValueError, match="rise must be at least 0 and finite"):
        sd.psp(sd.SpikeTrain([], [], 0.0, 0.5, ((1.0, 20e-3),)), 100.0, rise=rise)


@pytest.mark.parametrize("rise", [0.0, 5e-3])
def test_a_spike_just_after_a_sample_is_right_at_all_later_samples(rise):
    times = (np.arange(1, 60) + 0.9e-6) / 100.0
    out = sd.psp(sd.SpikeTrain(times, np.ones(59), 0.0, 0.7, ((1.0, 1.0),)), 100.0, rise=rise)
    for k in range(2, 70):
        age = k / 100.0 - times[times < (k - 0.5) / 100.0]
        pulse = np.exp(-age) if rise == 0 else (np.exp(-age) - np.exp(-age / rise)) / (1 - rise)
        newest = 1.0 if k < 60 and rise == 0 else 0.0
        assert out[k] == pytest.approx(pulse.sum() + newest, abs=3e-6 if k < 60 else 1e-12)
