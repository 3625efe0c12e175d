"""The fast path of a sweep against encode, psp and measure called by hand."""

import math
from dataclasses import replace

import numba
import numpy as np
import pytest
from by_hand import compare, side_by_side, signals
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.config import DISABLE_JIT

import sigdelta as sd
from sigdelta.kernels.exponentials import SMALL, small_exp, small_log
from sigdelta.sweeps.lanes import group, supports

TAUS = (10.0, 33.0, 200.0, 3000.0, math.inf)


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


@numba.njit
def short(x):
    return small_exp(x), small_log(math.exp(x), 1.0)


def test_short_exponentials_and_logarithms_are_right_to_the_last_bits():
    for x in np.linspace(-SMALL, SMALL, 501):
        assert short(x) == pytest.approx((math.exp(x), x), rel=5e-16, abs=2e-16)


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
