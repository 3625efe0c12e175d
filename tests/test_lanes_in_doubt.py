"""What is close to its level, or cancels, is decided in the fast path of a sweep as by hand, or left to the plain path."""

import math
from dataclasses import replace

import numpy as np
import pytest
from by_hand import by_hand, compare, side_by_side, signals
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.config import DISABLE_JIT

import sigdelta as sd
from sigdelta.kernels.columns import BLOCK, COLUMNS
from sigdelta.sweeps.lanes import Lanes


@pytest.mark.skipif(DISABLE_JIT, reason="takes a spike after many samples, so that times are rounded coarsely")
def test_refractoriness_that_ends_within_rounding_of_a_sample_is_decided_as_by_hand_or_left():
    """Far above the level before the sample and just below it there: all depends on which side of it the time is rounded to."""
    rng, lanes = np.random.default_rng(5), 0
    for trial in range(900):
        fs, at, m = float(rng.choice([1000.0, 360.0, 44100.0, 250.0])), int(10 ** rng.uniform(3, 4.3)), int(rng.integers(2, 9))
        r, height = float(rng.choice([0.5, 0.25, 0.3, 0.1])), 10 ** rng.uniform(0.5, 3)
        at -= (at + m) % (BLOCK * COLUMNS) if trial % 2 else 0  # the kernels get the signal in pieces
        x = np.zeros(at + 100)
        x[100], x[at + 1], x[at + 2 : at + m] = -10 * height, 1 / r, height
        neuron = sd.LIF(1.0, math.inf, (m - r) / fs, firing="full", bipolar=False)
        times = sd.encode(x[: at + m - 1], fs, neuron).times
        early = ((at + m) / fs - (times[0] + neuron.t_ref)) * fs if len(times) == 1 else 0.0
        if not 0 < early < 1e-9:
            continue
        x[at + m] = 2 - height * early * 10 ** rng.uniform(-2, 0)
        row, plain = side_by_side(x, fs, [neuron])[0], by_hand(x, fs, neuron)
        lanes += 1
        assert row is None or (row[0], row[5]) == (plain[0], plain[5])
    assert lanes > 60


def test_jumps_of_many_thresholds_are_exact_or_left_to_the_plain_path():
    """Hundreds of spikes in a sample: what they take from the sum of the squared error is far larger than that."""
    rng, worst, doubts = np.random.default_rng(1), 0.0, 0
    for _ in range(60):
        n = int(10 ** rng.uniform(2, 3.5))
        x = rng.standard_normal(n) * (rng.random(n) < 10 ** rng.uniform(-2.5, -0.3)) * 10 ** rng.uniform(0, 1.7)
        neurons = [sd.LIF(10 ** rng.uniform(-1.4, -0.5), tau_m=float(rng.choice([0.08, 0.1, math.inf]))) for _ in range(3)]
        errors, left = compare(x, 100.0, neurons)
        worst, doubts = max(worst, errors[0]), doubts + left
    check_fact("lanes, jumps of many thresholds: largest relative error of rms", worst, 1e-9)
    check_fact("lanes, jumps of many thresholds: share left to the plain path", doubts / 180, 0.8)


@pytest.mark.parametrize("seed", [1589, 1685, 4589, 1682, 4521])
def test_rounding_that_adds_up_without_a_leak_does_not_decide(seed):
    # the membrane wakes at its level, or, the last two seeds, at the signal's end, but for what has been rounded off before
    x = np.round(np.cumsum(np.round(np.random.default_rng(seed).standard_normal(8000), 1)), 1)
    neurons = [sd.LIF(theta, tau_m=math.inf, t_ref=t) for theta in (0.1, math.pi) for t in (0.0015, 0.0025)]
    assert compare(x, 1000.0, neurons)[1] < 4


def test_a_membrane_that_never_leaks_keeps_its_error_whatever_it_has_summed():
    """The potential and the psp grow to a million times the error, which is their difference."""
    rng, worst, doubts = np.random.default_rng(1), 0.0, 0
    for trial in range(60):
        n, fs = int(10 ** rng.uniform(2, 4.4)), 10 ** rng.uniform(0, 4)
        noise = rng.standard_normal(n)
        x = (noise + rng.uniform(-1, 1), np.sin(np.arange(n) / rng.uniform(5, 300)), 10 * noise + 3)[trial % 3]
        firing, bipolar = str(rng.choice(["half", "full"])), bool(rng.integers(2))
        neuron = sd.LIF(np.abs(x).mean() / fs * 10 ** rng.uniform(-1.5, 1), math.inf, 0.0, "current", firing, bipolar)
        row, plain = side_by_side(x, fs, [neuron])[0], by_hand(x, fs, neuron)
        doubts += row is None
        if row is not None:
            assert row[0] == plain[0]
            worst = max(worst, abs(row[2] - plain[2]) / plain[2], abs(row[3] - plain[3]) / plain[3])
    check_fact("lanes without a leak: largest relative error of rms and max", worst, 1e-9)
    check_fact("lanes without a leak: left to the plain path, of 60", doubts, 6)


@settings(max_examples=60, deadline=None)
@given(
    x=st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 0.5 + 1e-13, 0.5 - 1e-13, 0.75, 1.0, 1.5]), min_size=1, max_size=150),
    hold=st.integers(1, 40),
    drive=st.sampled_from(["potential", "current"]),
    firing=st.sampled_from(["half", "full"]),
    bipolar=st.booleans(),
)
def test_signals_that_hug_the_level_are_decided_as_by_hand_or_left_alone(x, hold, drive, firing, bipolar):
    x = np.repeat(x, hold)
    base = sd.LIF(drive=drive, firing=firing, bipolar=bipolar)
    neurons = [
        replace(base, threshold=threshold, tau_m=tau, t_ref=t_ref)
        for threshold in (0.25, 0.5, 1.0)
        for tau in (10.0, 64.0, math.inf)
        for t_ref in (0.0, 3.0)
    ]
    assert max(compare(x, 1.0, neurons)[0]) <= 1e-9


def test_spikes_within_a_millionth_of_a_sample_count_at_that_sample():
    """The crossing comes 1e-8 ... 1e-5 of a sample after one: what psp adds there, the error shows."""
    level, tau, fs, doubts = 0.5, 50.0, 1.0, 0
    for share in (1e-8, 3e-7, 0.99e-6, 1.01e-6, 1e-5):
        for drive in ("potential", "current"):
            slope = 0.1
            x = np.array([0.0, level - slope * share, level - slope * share + slope, 0.3] + 40 * [0.2])
            if drive == "current":
                x = np.array([level, *np.full(60, 5.0)])
            neurons = [
                sd.LIF(theta, tau_m=tau, drive=drive, firing="full") for theta in _just_above(x, drive, tau, fs, share, level)
            ]
            doubts += compare(x, fs, neurons)[1]
    assert doubts <= 5, "of 20"


def _just_above(x, drive, tau, fs, share, level):
    if drive == "potential":
        return [level]
    y = sd.potential(x, fs, sd.LIF(tau_m=tau, drive=drive))
    return [y[k] + share * (y[k + 1] - y[k]) for k in (1, 5, 17)]


def test_long_membranes_side_by_side_on_blocks_that_average_to_zero_are_exact_or_left_to_the_plain_path():
    i, worst, lanes, doubts = np.arange(3200), np.zeros(3), 0, 0
    noise = np.random.default_rng(2).standard_normal((100, 32))
    taus = np.array([300.0, 1e3, 1e4, 1e5, 1e6, 9e6])
    for x in (np.sign(np.sin(2 * np.pi * (i + 0.5) / 32)), 1.0 - 2.0 * (i % 2), np.cos(2 * np.pi * 15 * i / 32),
              np.sin(2 * np.pi * i / 16), (noise - noise.mean(axis=1, keepdims=True)).ravel()):  # fmt: skip
        swing = float(np.abs(np.cumsum(x)).max())
        for share in (0.003, 0.03, 0.3):
            some, left = compare(x, 1.0, [sd.LIF(share * swing / tau, tau_m=tau, drive="current") for tau in taus])
            worst, lanes, doubts = np.maximum(worst, some), lanes + taus.size, doubts + left
    check_fact("lanes, long membranes on blocks that average to zero: largest relative error of rms", worst[0], 1e-9)
    check_fact("lanes, long membranes on blocks that average to zero: share left to the plain path", doubts / lanes, 0.5)


def test_a_threshold_too_low_for_the_signal_is_left_to_the_plain_path():
    lanes = Lanes([sd.LIF(1e-9), sd.LIF(1.0)], 1000.0)
    lanes.push(np.sin(np.arange(3000.0) / 50), final=True)
    low, high = lanes.rows()
    assert low is None
    assert high is not None


@pytest.mark.parametrize("drive", ["potential", "current"])
def test_thresholds_so_low_that_the_sums_cancel_are_left_to_the_plain_path(drive):
    x = 1.0 + 0.3 * np.random.default_rng(6).standard_normal(3000)
    left = {}
    for tau in (33.0, 3000.0, 5e5, 1e9):
        lowest = 1e-4 if tau < 1e5 else 1e-7
        errors, left[tau] = compare(x, 1.0, [sd.LIF(theta, tau_m=tau, drive=drive) for theta in np.geomspace(lowest, 1.0, 9)])
        assert errors.max() <= 1e-9
    assert 0 < sum(left.values()) < 4 * 9, left


def test_slow_membranes_on_short_signals_are_exact_or_left_to_the_plain_path():
    rng, left = np.random.default_rng(5), 0
    for _ in range(300):
        x = next(signals(rng, int(rng.integers(2, 100)))) * 10.0 ** rng.uniform(-3, 3) + rng.choice([0.0, 30.0])
        tau, size = 10.0 ** rng.uniform(3.5, 4.5), np.abs(x).max()
        _, doubts = compare(x, 1.0, [sd.LIF(share * size, drive="current", tau_m=tau) for share in (1e-3, 0.3)])
        left += doubts
    assert 0 < left < 30, left


@pytest.mark.parametrize("seed", [11, 70, 87, 114])
def test_refractoriness_that_ends_at_the_level_is_decided_as_by_hand_or_left_alone(seed):
    # rounded samples, and a wait of 1.5 of them: the level is met within rounding of its end
    fs, rng = 15031.25, np.random.default_rng(seed)
    x = np.round(next(signals(rng, 3533)), 1)
    neurons = [sd.LIF(10.0 ** rng.uniform(-1.5, 0.5), tau_m=math.inf, t_ref=1.5 / fs) for _ in range(60)]
    assert compare(x, fs, neurons)[1] < 50


@pytest.mark.parametrize("drive", ["potential", "current"])
def test_short_membranes_far_from_zero_are_exact_or_left_to_the_plain_path(drive):
    # a pulse is up to 35 times as large at a block's start
    x = 500.0 + np.random.default_rng(1).standard_normal(1500)
    _, doubts = compare(x, 1.0, [sd.LIF(theta, drive=drive, tau_m=9.0) for theta in np.geomspace(1.0, 60.0, 40)])
    assert 0 < doubts < 40, doubts


def test_a_neuron_that_wakes_below_its_level_after_a_late_spike_above_it_fires_no_more_than_it_may():
    # the last late spike leaves the membrane above the level, where refractoriness ends it is below, and then it hugs the level
    tail = [0, 1.5, 2.5, 3.5, 5.1, 6.3, 7.3, 8.3, 9.2, 10, 8.9, 7.5, 6.6, 5.9, 5.8, 4.5, 4, 3.6, 3.2, 2.9, 2.6, 2.3, 2.1, 1.9]
    tail += [1.7, 1.5, 1.4, 1.2, 1.1, 1, 0.9, 0.9, 0.8]
    x = np.concatenate([[0, 0, 0, 60], np.zeros(28), tail, np.full(8, 0.8)])
    assert compare(x, 1.0, [sd.LIF(2.0, tau_m=8.0, t_ref=t) for t in (1.39, *np.linspace(1.3, 1.5, 21))])[1] == 0


@pytest.mark.parametrize("n", [1, 2, 3, 31, 33])
def test_a_slow_membrane_that_hardly_moved_is_left_to_the_plain_path(n):
    """The block's centre is a million times the potential, and what its rounding leaves of that is no error any more."""
    for x in 1000.0 * np.random.default_rng(0).standard_normal((20, n)):
        worst, _ = compare(x, 8000.0, [sd.LIF(500.0, tau_m=tau, drive="current") for tau in (1.0, 100.0, 1000.0)])
        assert worst.max() <= 1e-9


def test_rounding_that_a_slow_membrane_carries_from_block_to_block_does_not_decide():
    """The potential peaks where the signal turns, after thousands of blocks: thresholds just below and just above the peak."""
    x, tau = np.append(5 + np.arange(100_000) / 100_000, np.full(2000, -20.0)), 9.9e6
    top, near = float(sd.potential(x, 1.0, sd.LIF(tau_m=tau, drive="current")).max()), np.geomspace(1e-13, 1e-8, 20)
    neurons = [sd.LIF(top * (1 + d), tau, drive="current", firing="full", bipolar=False) for d in (*-near, *near)]
    assert 0 < compare(x, 1.0, neurons)[1] < 40


def test_rounding_that_a_burst_leaves_does_not_decide():
    """The signal, far below the level of a unipolar neuron before, just reaches it later, or just does not."""
    left = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        burst, peak = -1e6 * rng.uniform(0.5, 1.5, 30), np.sin(np.pi * np.arange(1, 81) / 81)
        x = np.concatenate([np.zeros(rng.integers(70)), burst, peak, np.zeros(40)])
        near = (-1e-6, -1e-11, -1e-12, 1e-12, 1e-11, 1e-6)
        left += compare(x, 1000.0, [sd.LIF(float(x.max()) * (1 + d), firing="full", bipolar=False) for d in near])[1]
    assert 0 < left <= 4 * 60


def test_the_signal_to_noise_ratio_of_slow_membranes_is_exact_or_left_to_the_plain_path():
    left = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        period, tau = rng.choice([2, 4, 8, 16, 20, 32, 33]), float(rng.choice([1e4, 1e5, 1e6]))
        x = np.sin(2 * np.pi * np.arange(2463) / period) * rng.choice([1, 30])
        x[: rng.integers(1, 30)] += 10 ** rng.uniform(0, 3)
        left += compare(x, 1.0, [sd.LIF(1e9, tau_m=tau, drive="current")])[1]
    assert 0 < left < 50


def test_sums_beyond_the_largest_number_are_left_to_the_plain_path():
    x = 1e153 * np.random.default_rng(0).standard_normal(3000)
    assert compare(x, 1000.0, [sd.LIF(1e152, tau_m=tau, drive="current") for tau in (0.1, 1.0, 1e3)])[1] > 0
