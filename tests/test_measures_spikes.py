"""Statistics and distances of spike trains, against definitions, tiny cases and a slow reference."""

import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sigdelta as sd

KERNEL = ((1.0, 0.1),)


def train(times, heights=None, stop=10.0):
    times = np.sort(np.asarray(times, float))
    return sd.SpikeTrain(times, np.ones(times.size) if heights is None else heights, 0.0, stop, KERNEL)


def signed(spikes):
    return train([t for t, _ in spikes], [h for _, h in sorted(spikes)])


TRAINS = st.lists(st.tuples(st.floats(0, 9.99), st.sampled_from([-1.0, 0.5, 1.0])), max_size=7).map(sorted).map(signed)


def test_saturated_fraction_counts_saturated_spikes_or_the_time_held():
    neuron = sd.LIF(t_ref=0.1)
    spikes = sd.SpikeTrain([0.2, 0.3, 0.95], [1, 1, 1], 0.0, 1.0, neuron.kernel, [False, True, True])
    assert sd.saturated_fraction(spikes, neuron) == pytest.approx(0.2)
    clamp = sd.LIF(t_ref=0.1, drive="current", firing="full", refractory="clamp")
    assert sd.saturated_fraction(spikes, clamp) == pytest.approx(0.25)
    assert sd.saturated_fraction(spikes, sd.LIF()) == 0.0
    crowd = sd.SpikeTrain(np.linspace(0, 0.9, 50), np.ones(50), 0.0, 1.0, neuron.kernel, np.ones(50, bool))
    assert sd.saturated_fraction(crowd, neuron) == 1.0


@settings(max_examples=50, deadline=None)
@given(TRAINS, st.floats(0.0, 3.0))
def test_silent_fraction_counts_the_instants_without_a_recent_spike(spikes, window):
    t = (np.arange(20_000) + 0.5) * 10 / 20_000
    heard = np.zeros(t.size, bool)
    for each in spikes.times:
        heard |= (t >= each) & (t < each + window)
    assert sd.silent_fraction(spikes, window) == pytest.approx(1 - heard.mean(), abs=1e-3)


def test_silent_fraction_at_its_ends():
    assert sd.silent_fraction(train([])) == 1.0
    assert sd.silent_fraction(train([0.0]), math.inf) == 0.0
    assert sd.silent_fraction(train([4.0])) == pytest.approx(0.97)


def test_interval_statistics_of_regular_and_of_poisson_trains():
    regular = sd.interval_statistics(train(np.arange(0.0, 10.0, 0.125)))
    assert regular == pytest.approx((0.125, 0.0, 0.0, 0.125, 0.125))
    poisson = train(np.random.default_rng(0).uniform(0, 10_000, 50_000), stop=10_000.0)
    found = sd.interval_statistics(poisson)
    assert (found.mean, found.cv, found.lv) == pytest.approx((0.2, 1.0, 1.0), rel=0.02)
    assert all(math.isnan(value) for value in sd.interval_statistics(train([1.0])))
    two = sd.interval_statistics(train([1.0, 1.5]))
    assert two.mean == two.min == two.max == 0.5
    assert math.isnan(two.cv)
    assert math.isnan(two.lv)
    assert sd.interval_statistics(train([1.0, 1.0, 1.0])).lv == 0.0


def test_spikes_per_nyquist_interval():
    assert sd.spikes_per_nyquist_interval(train(np.arange(40) / 4), 0.5) == 4.0


def moves(a, b, cost):
    """Victor-Purpura's distance by trying every way to pair spikes in order."""
    if not a or not b:
        return len(a) + len(b)
    shift = cost * abs(a[0] - b[0]) + moves(a[1:], b[1:], cost)
    return min(1 + moves(a[1:], b, cost), 1 + moves(a, b[1:], cost), shift)


@settings(max_examples=40, deadline=None)
@given(TRAINS, TRAINS, st.floats(0.0, 30.0))
def test_victor_purpura_is_the_cheapest_way(a, b, cost):
    signs = [[[t for t, h in zip(each.times, each.heights, strict=True) if h * sign > 0] for each in (a, b)] for sign in (1, -1)]
    assert sd.victor_purpura(a, b, cost) == pytest.approx(sum(moves(*pair, cost) for pair in signs), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(TRAINS, TRAINS, st.floats(0.05, 2.0))
def test_van_rossum_is_the_integral_of_the_difference(a, b, tau):
    t = np.concatenate([a.times, b.times])
    amounts = np.sign(np.concatenate([a.heights, -b.heights]))
    # the integral of exp(-(t-s)/tau) exp(-(t-r)/tau) from max(s, r) on is tau/2 exp(-|s-r|/tau)
    square = amounts @ np.exp(-np.abs(t[:, None] - t) / tau) @ amounts
    assert sd.van_rossum(a, b, tau) == pytest.approx(math.sqrt(max(square, 0.0)), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(TRAINS, TRAINS, TRAINS)
def test_both_are_distances(a, b, c):
    for distance in (lambda *pair: sd.van_rossum(*pair, 0.3), lambda *pair: sd.victor_purpura(*pair, 4.0)):
        assert distance(a, a) == pytest.approx(0.0, abs=1e-6)
        assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-6)
        assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-6


def test_known_distances():
    one, far, none, minus = train([1.0]), train([1.0, 9.0]), train([]), train([1.0], [-1.0])
    assert sd.van_rossum(one, none, 0.1) == pytest.approx(1.0)
    assert sd.van_rossum(train([1.0]), train([9.0]), 0.1) == pytest.approx(math.sqrt(2))
    assert sd.van_rossum(one, minus, 0.1) == pytest.approx(2.0)
    assert sd.van_rossum(far, none, math.inf) == 2.0
    assert sd.victor_purpura(one, none, 3.0) == 1.0
    assert sd.victor_purpura(one, minus, 3.0) == 2.0
    assert sd.victor_purpura(one, train([1.25]), 3.0) == pytest.approx(0.75)
    assert sd.victor_purpura(one, train([2.0]), 3.0) == 2.0
    for tiny in (0.0, 5e-324, 1e-300):
        assert sd.victor_purpura(far, train([0.5, 7.0, 8.0]), tiny) == 1.0
    assert sd.victor_purpura(one, train([1.0 + 1e-12]), 1e308) == 2.0
    assert sd.victor_purpura(far, train([0.5, 7.0, 9.0]), math.inf) == 3.0


def test_refusals(monkeypatch):
    with pytest.raises(ValueError, match="share one window"):
        sd.van_rossum(train([]), train([], stop=9.0), 0.1)
    with pytest.raises(ValueError, match="tau must be above 0"):
        sd.van_rossum(train([]), train([]), 0.0)
    with pytest.raises(ValueError, match="cost must be at least 0"):
        sd.victor_purpura(train([]), train([]), -1.0)
    many = train(np.linspace(0, 9, 10_000))
    with pytest.raises(ValueError, match="100000000 pairs"):
        sd.victor_purpura(many, many, 1.0)
    for measure in (sd.silent_fraction, sd.interval_statistics, lambda spikes: sd.spikes_per_nyquist_interval(spikes, 1.0)):
        with pytest.raises(TypeError, match="spikes must be a SpikeTrain"):
            measure([0.1, 0.2])
    monkeypatch.setitem(sys.modules, "elephant", None)
    with pytest.raises(ImportError, match=r"pip install 'sigdelta\[distances\]'"):
        sd.van_rossum(train([]), train([]), 1.0)
