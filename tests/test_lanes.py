"""The fast path of a sweep against encode, psp and measure called by hand."""

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.config import DISABLE_JIT

import sigdelta as sd
from sigdelta.kernels.columns import BLOCK, COLUMNS
from sigdelta.kernels.errors import decibels, error_stats
from sigdelta.kernels.exponentials import SMALL, small_exp, small_log
from sigdelta.sweeps.lanes import Lanes, group, supports

TAUS = (10.0, 33.0, 200.0, 3000.0, math.inf)


def by_hand(x, fs, neuron):
    spikes = sd.encode(x, fs, neuron)
    square, largest, spread = error_stats(sd.potential(x, fs, neuron), sd.psp(spikes, fs))
    fraction = sd.saturated_fraction(spikes, neuron)
    return len(spikes), spikes.rate, math.sqrt(square), largest, decibels(spread, square), fraction, len(spikes) == 0


def side_by_side(x, fs, neurons, cuts=()):
    """Rows of the neurons that have a fast path, the signal cut into pieces at `cuts`."""
    groups, rest = group(neurons, fs)
    rows = {}
    for places in groups:
        lanes = Lanes([neurons[i] for i in places], fs)
        pieces = np.split(x, sorted(cuts))
        for i, piece in enumerate(pieces):
            lanes.push(piece, final=i == len(pieces) - 1)
        rows |= dict(zip(places, lanes.rows(), strict=True))
    assert sorted([*rows, *rest]) == list(range(len(neurons)))
    return rows


def compare(x, fs, neurons, tolerance=1e-9):
    """Largest relative errors of rms, max and signal-to-noise ratio, and how many lanes were left to the plain path."""
    worst, doubts = np.zeros(3), 0
    for i, row in side_by_side(x, fs, neurons).items():
        if row is None:
            doubts += 1
            continue
        plain = by_hand(x, fs, neurons[i])
        assert (row[0], row[1], row[5], row[6]) == (plain[0], plain[1], plain[5], plain[6]), (neurons[i], row, plain)
        scale = max(float(np.abs(x).max()), neurons[i].threshold) * 1e-12
        errors = [abs(row[2] - plain[2]) / (plain[2] + scale), abs(row[3] - plain[3]) / (plain[3] + scale)]
        # a constant signal's variance is rounding in either path
        real = math.isfinite(plain[4]) and plain[2] * 10 ** (plain[4] / 20) > 1e-9 * float(np.abs(x).max())
        errors.append(abs(row[4] - plain[4]) * math.log(10) / 20 if real else 0.0)
        assert max(errors) <= tolerance, (neurons[i], row, plain)
        worst = np.maximum(worst, errors)
    return worst, doubts


def signals(rng, n):
    noise = rng.standard_normal(n)
    smooth = np.convolve(noise, np.exp(-np.arange(200) / 50), "same") / 5
    yield noise + 0.5
    yield smooth + rng.choice([0.0, 3.0])
    yield np.repeat(rng.standard_normal(n // 40 + 1), 40)[:n]


@pytest.mark.parametrize("drive", ["potential", "current"])
@pytest.mark.parametrize("firing", ["half", "full"])
@pytest.mark.parametrize("bipolar", [True, False])
@pytest.mark.parametrize("kind", [sd.LIF, sd.AdaptiveLIF])
def test_every_option_equals_the_plain_path(drive, firing, bipolar, kind):
    rng = np.random.default_rng(0)
    worst, doubts, lanes = np.zeros(3), 0, 0
    for n in (1, 2, 31, 32, 33, 700) if DISABLE_JIT else (1, 2, 31, 32, 33, 700, 3001):
        for x in signals(rng, n):
            fs = 10.0 ** rng.uniform(2, 5)
            base = kind(drive=drive, firing=firing, bipolar=bipolar)
            neurons = []
            for tau in TAUS:
                for t_ref in (0.0, 0.0, 1.5, 20.0, 77.7):
                    threshold = 10.0 ** rng.uniform(-1.3, 0.7) * (200 / fs if drive == "current" and tau == math.inf else 1)
                    more = {}
                    if kind is sd.AdaptiveLIF:
                        beta = rng.choice([0.0, 1.0, 5.0]) * threshold
                        height = str(rng.choice(["threshold", "fixed"]))
                        more = {"beta": beta, "tau_adp": 150 / fs, "increment": 0.3, "height": height}
                    neurons.append(replace(base, threshold=threshold, tau_m=tau / fs, t_ref=t_ref / fs, **more))
            some, left = compare(x, fs, neurons, 1e-9 if kind is sd.LIF else 1e-8)
            worst, doubts, lanes = np.maximum(worst, some), doubts + left, lanes + len(neurons)
    name = f"lanes, {kind.__name__}, {drive}, {firing}, {'bipolar' if bipolar else 'unipolar'}"
    check_fact(f"{name}: largest relative error of rms", worst[0], 1e-9 if kind is sd.LIF else 1e-8)
    check_fact(f"{name}: share of lanes left to the plain path", doubts / lanes, 0.02)


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


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(1, 2200),
    cuts=st.lists(st.integers(0, 2200) | st.sampled_from([512, 513, 514, 1025]), max_size=12),
)
def test_pieces_do_not_matter_to_the_bit(seed, n, cuts):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n).cumsum()
    drive = str(rng.choice(["potential", "current"]))
    neurons = [
        sd.LIF(theta, tau_m=tau, t_ref=t_ref, drive=drive) for theta, tau, t_ref in rng.uniform([0.1, 9, 0], [3, 90, 9], (20, 3))
    ]
    neurons += [sd.AdaptiveLIF(neuron.threshold, tau_m=20.0, tau_adp=50.0, drive=drive) for neuron in neurons]
    neurons += [sd.LIF(theta, tau_m=20.0, drive=drive) for theta in (0.1, 0.2, 0.5, 1.0, 2.0)]
    whole = side_by_side(x, 1.0, neurons)
    pieces = side_by_side(x, 1.0, neurons, [min(cut, n - 1) for cut in cuts])
    assert repr(whole) == repr(pieces)


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


def test_what_has_no_fast_path_is_left_to_the_plain_one():
    clamped = sd.LIF(t_ref=2e-3, drive="current", firing="full", refractory="clamp")
    hasty = [sd.AdaptiveLIF(tau_adp=1e-3), sd.AdaptiveLIF(tau_m=math.inf)]
    others = [clamped, sd.LIF(tau_m=5e-3), sd.LIF(tau_m=1.1e4), sd.MultiplicativeLIF(), *hasty]
    fast = [sd.LIF(), sd.LIF(tau_m=1e4), sd.LIF(tau_m=math.inf)]
    assert [supports(neuron, 1000.0) for neuron in others + fast] == [False] * 6 + [True] * 3
    assert group([*others, sd.LIF()], 1000.0) == ([[6]], [0, 1, 2, 3, 4, 5])


@pytest.mark.parametrize("seed", range(12))
def test_any_offset_and_time_constants_equal_the_plain_path(seed):
    rng = np.random.default_rng(seed)
    base = sd.LIF() if seed % 2 else sd.AdaptiveLIF(height=str(rng.choice(["threshold", "fixed"])))
    base = replace(base, drive=str(rng.choice(["potential", "current"])), firing=str(rng.choice(["half", "full"])))
    for x in signals(rng, int(rng.integers(1, 4000))):
        fs, x = 10.0 ** rng.uniform(2, 5), x * 10 ** rng.uniform(-2, 2) + rng.choice([0.0, 100.0]) * rng.random()
        neurons = []
        for tau in (10.0, 33.0, 200.0, 3000.0):
            for t_ref in (0.0, 0.7, 1.0, 3.0, 32.0, 50.5):
                theta, more = 10.0 ** rng.uniform(-1.5, 0.7) * float(np.abs(x).max()), {}
                if not seed % 2:
                    more = {"beta": rng.choice([0.0, 1.0, 5.0]) * theta, "tau_adp": tau * 10.0 ** rng.uniform(-1.2, 1) / fs}
                neurons.append(replace(base, threshold=theta, tau_m=tau / fs, t_ref=t_ref / fs, **more))
        assert compare(x, fs, neurons, 1e-9 if seed % 2 else 1e-8)[1] == 0


def test_groups_hold_neurons_that_differ_in_the_swept_fields_only():
    neurons = [sd.LIF(theta, tau_m=tau) for theta in (0.1, 0.2) for tau in np.geomspace(0.01, 1, 40)]
    neurons += [sd.LIF(theta, drive="current") for theta in np.geomspace(0.01, 1, 100)]
    groups, rest = group(neurons, 1000.0)
    assert rest == []
    assert sorted(i for places in groups for i in places) == list(range(180))
    assert [len(places) for places in groups] == [64, 16, 64, 36]


@pytest.mark.parametrize("drive", ["potential", "current"])
@pytest.mark.parametrize("kind", [sd.LIF, sd.AdaptiveLIF])
def test_more_time_constants_than_a_table_holds_equal_the_plain_path(kind, drive):
    x = 1.0 + 0.3 * np.random.default_rng(8).standard_normal(700)
    for count, each in ((17, 1), (40, 1), (20, 2), (64, 1)):
        taus = np.geomspace(0.01, 0.4, count)
        neurons = [kind(theta, tau_m=tau, drive=drive) for theta in (0.3, 0.5)[:each] for tau in taus]
        assert [len(places) for places in group(neurons, 1000.0)[0]] == [count * each]
        assert compare(x, 1000.0, neurons, 1e-9 if kind is sd.LIF else 1e-8)[1] == 0


@pytest.mark.parametrize("drive", ["potential", "current"])
@pytest.mark.parametrize("shortest", [8.0, 12.0, 13.0, 40.0, 3e3])
def test_time_constants_of_any_length_side_by_side_equal_the_plain_path(shortest, drive):
    rng = np.random.default_rng(10)
    taus = shortest * np.array([1.0, 1.1, 3.0, 30.0, 1e3, 1e5]) / 1e3
    for x in (2.0 + rng.standard_normal(1500), np.cumsum(rng.standard_normal(1500)) / 40):
        for theta in (0.5, 2.0):
            errors, doubts = compare(x, 1e3, [sd.LIF(theta, tau_m=tau, drive=drive) for tau in taus])
            assert doubts <= 2
            check_fact(
                f"lanes, time constants from {shortest:g} samples on, {drive}: largest relative error of rms", errors[0], 1e-9
            )


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


@numba.njit
def short(x):
    return small_exp(x), small_log(math.exp(x), 1.0)


def test_short_exponentials_and_logarithms_are_right_to_the_last_bits():
    for x in np.linspace(-SMALL, SMALL, 501):
        assert short(x) == pytest.approx((math.exp(x), x), rel=5e-16, abs=2e-16)


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


@pytest.mark.parametrize("firing", ["half", "full"])
@pytest.mark.parametrize("bipolar", [True, False])
@pytest.mark.parametrize("tau", [20.0, math.inf])
def test_spikes_at_the_end_of_refractoriness_equal_the_plain_path(tau, bipolar, firing):
    # strong input, so that neurons often wake above the level, or fall below it just before
    rng, late = np.random.default_rng(7), 0
    for drive in ("potential", "current"):
        if tau == math.inf and drive == "potential":
            continue
        x = 4.0 * np.convolve(rng.standard_normal(9000), np.exp(-np.arange(60) / 15), "same")
        x, waits = x if bipolar else np.abs(x), np.geomspace(0.3, 70.0, 40)
        neurons = [sd.LIF(4.0, tau_m=tau, t_ref=t, drive=drive, firing=firing, bipolar=bipolar) for t in waits]
        _, doubts = compare(x, 1.0, neurons)
        late += sum(sd.saturated_fraction(sd.encode(x, 1.0, neuron), neuron) * x.size / neuron.t_ref for neuron in neurons)
        assert doubts == 0
    assert late > 500, late


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
