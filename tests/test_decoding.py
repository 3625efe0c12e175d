"""The psp against pulses summed one by one."""

import math

import numpy as np
import pytest
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
