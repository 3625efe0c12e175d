"""Encoding against numerical integration, option by option; its edges; what it refuses."""

import math
from itertools import product

import numpy as np
import pytest
from numba.core.config import DISABLE_JIT
from reference import integrate

import sigdelta as sd
from sigdelta.encoding import dispatch

FS = 1000.0
NEURONS = [
    sd.LIF(theta, tau, t_ref, drive, firing, bipolar)
    for drive, firing, bipolar, tau, t_ref in product(
        ("potential", "current"), ("half", "full"), (True, False), (12e-3, math.inf), (0.0, 3.3e-3)
    )
    for theta in [0.31 if tau < math.inf or drive == "potential" else 1.7e-3]
] + [
    sd.LIF(0.31, tau, t_ref, "current", "full", bipolar, "clamp")
    for bipolar, tau, t_ref in product((True, False), (12e-3,), (0.0, 0.7e-3, 3.3e-3))
]


def wandering(n, seed, drive):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(n))
    return x / x.std() + (0.5 if drive == "potential" else 1.0)


def described(neuron):
    return "-".join(str(value) for value in vars(neuron).values())


@pytest.mark.parametrize("neuron", NEURONS, ids=described)
def test_spikes_and_membrane_equal_numerical_integration(neuron):
    x = wandering(90, 3, neuron.drive)
    expected, trace = integrate(x, FS, neuron)
    code = sd.code(x, FS, neuron)
    assert len(expected) > 3
    assert code.spikes.heights.tolist() == expected[:, 1].tolist()
    assert np.abs(code.spikes.times - expected[:, 0]).max() < 1e-11
    before = np.array([np.all(np.abs(code.spikes.times - k / FS) > 2e-6 / FS) for k in range(x.size)])
    assert np.abs(code.membrane - trace)[before].max() < 1e-9 * neuron.threshold


@pytest.mark.parametrize("neuron", NEURONS[:32:5] + NEURONS[-2:], ids=described)
def test_a_call_that_runs_out_of_room_is_continued_to_the_bit(neuron, monkeypatch):
    x = wandering(3000, 4, neuron.drive)
    whole = sd.code(x, FS, neuron)
    make = dispatch.buffers
    monkeypatch.setattr(dispatch, "buffers", lambda size: make(7))
    pieces = sd.code(x, FS, neuron)
    assert len(whole.spikes) > 7
    assert pieces.spikes == whole.spikes
    assert np.array_equal(pieces.membrane, whole.membrane)


def test_channels_are_encoded_each_on_its_own():
    x = np.stack([wandering(2000, seed, "potential") for seed in range(5)])
    neuron = sd.LIF(0.1)
    for encoded in (sd.encode(x, FS, neuron), sd.code(x, FS, neuron).spikes):
        assert all(train == sd.encode(row, FS, neuron) for train, row in zip(encoded, x, strict=True))
    code = sd.code(x, FS, neuron)
    alone = sd.code(x[3], FS, neuron)
    for name in ("x", "y", "psp", "membrane"):
        assert np.array_equal(getattr(code, name)[3], getattr(alone, name))
    assert code.snr_db[3] == alone.snr_db
    assert code.error.shape == x.shape
    assert sd.potential(x, FS, neuron).shape == x.shape


def test_code_is_encode_potential_psp_and_snr():
    x = wandering(4000, 8, "current")
    for neuron in (sd.LIF(0.2), sd.LIF(0.2, drive="current", firing="full", t_ref=2e-3)):
        code = sd.code(x, FS, neuron)
        assert code.spikes == sd.encode(x, FS, neuron)
        assert np.array_equal(code.y, sd.potential(x, FS, neuron))
        assert np.array_equal(code.psp, sd.psp(code.spikes, FS))
        assert code.snr_db == sd.snr_db(code.y, code.psp)
        assert np.array_equal(code.x, x)


def test_potential_is_x_or_its_leaky_integral():
    x = wandering(300, 2, "current")
    assert np.array_equal(sd.potential(x, FS, sd.LIF()), x)
    alpha = math.exp(-1 / (FS * 12e-3))
    expected = [0.0]
    for value in x[:-1]:
        expected.append(alpha * expected[-1] + (1 - alpha) * value)
    assert sd.potential(x, FS, sd.LIF(tau_m=12e-3, drive="current")) == pytest.approx(expected, abs=1e-13)
    ideal = sd.potential(x, FS, sd.LIF(tau_m=math.inf, drive="current"))
    assert ideal == pytest.approx(np.concatenate([[0], np.cumsum(x)[:-1]]) / FS, abs=1e-13)


@pytest.mark.parametrize(("firing", "at_once"), [("half", 10), ("full", 10)])
def test_a_jump_of_the_first_sample_fires_at_one_instant_until_back_within_the_level(firing, at_once):
    spikes = sd.encode([1.03, 1.03, 1.03], FS, sd.LIF(0.1, firing=firing))
    assert (spikes.times == 0.0).sum() == at_once
    assert not spikes.saturated.any()
    assert (sd.encode([-1.03, -1.03], FS, sd.LIF(0.1, firing=firing)).times == 0.0).sum() == at_once
    assert len(sd.encode([-1.03, -1.03], FS, sd.LIF(0.1, firing=firing, bipolar=False))) == 0


def test_a_signal_that_only_touches_the_level_fires():
    hat = np.array([0.0, 0.25, 0.5, 0.25, 0.0])
    for neuron, heights in ((sd.LIF(0.5, firing="full"), [0.5]), (sd.LIF(1.0), [1.0, -1.0]), (sd.LIF(1.0, bipolar=False), [1.0])):
        spikes = sd.encode(hat, FS, neuron)
        assert spikes.heights.tolist() == heights
        assert set(spikes.times) == {2 / FS}
        assert len(sd.encode(np.nextafter(hat, 0), FS, neuron)) == 0


@pytest.mark.parametrize("bipolar", [True, False])
def test_resting_on_a_level_is_no_crossing(bipolar):
    spikes = sd.encode(np.full(1000, 0.5), FS, sd.LIF(1.0, math.inf, bipolar=bipolar))
    assert spikes.times.tolist() == [0.0]
    spikes = sd.encode(np.full(1000, 0.5), FS, sd.LIF(1.0, math.inf, t_ref=2e-3, bipolar=bipolar))
    assert spikes.times.tolist() == [0.0]


def test_time_ends_before_the_duration():
    ramp = np.arange(5) / 4.0
    neuron = sd.LIF(1.0, tau_m=math.inf, drive="current", firing="full", bipolar=False)
    assert len(sd.encode(np.ones(4), 4.0, neuron)) == 0
    assert sd.encode(np.ones(5), 4.0, neuron).times.tolist() == [1.0]
    assert sd.encode(ramp, 4.0, sd.LIF(1.0, tau_m=math.inf)).times.tolist() == [0.5]
    assert len(sd.encode([0.7], 100.0, sd.LIF())) == 1


def test_saturated_spikes_are_those_fired_when_t_ref_ends():
    neuron = sd.LIF(0.1, t_ref=5e-3)
    spikes = sd.encode(np.concatenate([np.zeros(50), np.full(100, 3.0), np.zeros(100)]), FS, neuron)
    late = np.flatnonzero(spikes.saturated)
    assert late.size > 15
    assert np.array_equal(spikes.times[late], spikes.times[late - 1] + neuron.t_ref)
    assert not spikes.saturated[0]
    assert np.all(np.diff(spikes.times)[~spikes.saturated[1:]] > neuron.t_ref)


def test_a_clamped_neuron_loses_its_input():
    neuron = sd.LIF(0.5, 10e-3, 4e-3, "current", "full", bipolar=False, refractory="clamp")
    spikes = sd.encode(np.ones(100), FS, neuron)
    assert np.diff(spikes.times) == pytest.approx(4e-3 + 10e-3 * math.log(2), rel=1e-12)
    assert not spikes.saturated.any()
    assert sd.saturated_fraction(spikes, neuron) == pytest.approx(len(spikes) * 4e-3 / 0.1)


def test_spike_times_do_not_depend_on_the_sampling_of_a_held_current():
    x = wandering(40, 6, "current")
    neuron = sd.LIF(0.2, drive="current")
    coarse, fine = sd.encode(x, FS, neuron), sd.encode(np.repeat(x, 50), 50 * FS, neuron)
    assert coarse.times == pytest.approx(fine.times, abs=1e-14)


@pytest.mark.parametrize("tau", [0.3e-3, 2e-3, 20e-3])
def test_spike_times_do_not_depend_on_the_sampling_of_a_line(tau):
    """Between samples the membrane bulges: what crosses the level there, and only there, must not be missed."""
    x = 0.2 * np.random.default_rng(1).standard_normal(6000)
    line = np.interp(np.arange(6000 * 50) / 50, np.arange(6000), x)
    for firing in ("half", "full"):
        coarse, fine = (sd.encode(*signal, sd.LIF(0.2, tau, firing=firing)) for signal in ((x, FS), (line, 50 * FS)))
        fine = fine[: 5999 / FS]
        assert len(coarse) > 500
        assert coarse[: 5999 / FS].heights.tolist() == fine.heights.tolist()
        assert coarse[: 5999 / FS].times == pytest.approx(fine.times, abs=1e-13)


X = np.ones(10)
REFUSED = [
    ((X, 0.0), ValueError, "fs must be above 0 and finite, not 0"),
    ((X, -1.0), ValueError, "fs must be above 0 and finite, not -1"),
    ((X, math.nan), ValueError, "fs must be above 0"),
    ((X, "fast"), TypeError, "fs must be a number"),
    (([], FS), (ValueError, TypeError), "x is empty"),
    ((1.0, FS), ValueError, "x must have 1 or 2"),
    ((np.ones((2, 2, 2)), FS), ValueError, r"shape \(2, 2, 2\)"),
    (([1.0, math.nan], FS), ValueError, r"x\[1\] is nan"),
    (([[0.0, 0.0], [1.0, -math.inf]], FS), ValueError, r"x\[\(1, 1\)\] is -inf"),
    ((["a", "b"], FS), TypeError, "real numbers"),
    (([1j, 2j], FS), TypeError, "real numbers"),
]


@pytest.mark.parametrize(("args", "error", "message"), REFUSED)
@pytest.mark.parametrize("function", [sd.encode, sd.code, sd.potential])
def test_bad_signals_are_named(function, args, error, message):
    with pytest.raises(error, match=message):
        function(*args, sd.LIF())


def test_what_is_no_neuron_is_refused():
    for neuron in (None, sd.LIF, 0.1):
        for function in (sd.encode, sd.code, sd.potential):
            with pytest.raises(TypeError, match="neuron must be a neuron"):
                function(X, FS, neuron)


@pytest.mark.parametrize("neuron", [sd.LIF(1e-12), sd.LIF(1e-12, drive="current"), sd.LIF(1e-12, math.inf)])
def test_more_spikes_than_memory_are_refused_with_their_number(neuron):
    x = np.sin(np.arange(2000) / 7) + 1.0
    with pytest.raises(ValueError, match=r"threshold 1e-12 is too low .* up to \S+ spikes, and the limit is 134217728") as caught:
        sd.encode(x, FS, neuron)
    told = float(str(caught.value).split("up to ")[1].split()[0])
    theta = 1e-3 if DISABLE_JIT else 1e-4
    denser = sd.LIF(theta, neuron.tau_m, 0.0, neuron.drive)
    assert 0.5 < told / (len(sd.encode(x, FS, denser)) * theta / 1e-12) < 3


def test_x_is_not_changed_and_integers_are_signals():
    x = np.array([0, 3, -2, 5, 1])
    assert sd.encode(x, FS, sd.LIF()) == sd.encode(x.astype(float), FS, sd.LIF())
    assert x.tolist() == [0, 3, -2, 5, 1]


def test_on_the_level_when_t_ref_ends_the_full_rule_fires_and_the_half_rule_waits():
    full = sd.encode([0.0, 1.0, 2.0, 2.0, 2.0], 1.0, sd.LIF(1.0, math.inf, 1.0, firing="full"))
    assert full.times.tolist() == [1.0, 2.0]
    assert full.saturated.tolist() == [False, True]
    half = sd.encode([0.0, 1.0, 3.0, 3.0, 3.0], 1.0, sd.LIF(2.0, math.inf, 1.0))
    assert half.times.tolist() == [1.0]
    assert sd.encode([0.0, 1.0, 3.1, 3.1, 3.1], 1.0, sd.LIF(2.0, math.inf, 1.0)).times.tolist() == [1.0, 2.0]
