"""Populations: how the error falls, and each member's membrane rebuilt from all spikes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sigdelta as sd

settings.register_profile("populations", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("populations")

FS = 10e3
T = np.arange(20_000) / FS
X = np.sin(2 * np.pi * 2.3 * T) + 0.4 * np.sin(2 * np.pi * 7.1 * T + 1)
STEADY = 40 + 30 * np.sin(4 * np.pi * T)
SIZES = np.array([1, 2, 4, 8, 16, 32])


def errors(x, neuron, sizes=SIZES, **options):
    codes = [sd.population(x, FS, neuron, n, **options) for n in sizes.tolist()]
    return np.array([sd.rms_error(code.y[4000:], code.psp[4000:]) for code in codes]) / neuron.threshold


def exponent(values, sizes=SIZES):
    return np.polyfit(np.log(sizes), np.log(values), 1)[0]


@pytest.mark.parametrize(
    ("x", "neuron"),
    [
        (X, sd.LIF(0.5, math.inf)),
        (STEADY, sd.LIF(0.5, 50e-3, drive="current")),
        (1.5 + X, sd.LIF(0.02, math.inf, drive="current", firing="full", bipolar=False)),
    ],
)
def test_even_phases_code_n_times_as_finely(x, neuron):
    fine = errors(x, neuron)
    assert exponent(fine) == pytest.approx(-1, abs=0.03)
    assert fine[-1] == pytest.approx(fine[0] / 32, rel=0.06)


def test_random_phases_gain_the_square_root():
    rows = [errors(STEADY, sd.LIF(0.5, 50e-3, drive="current"), stagger="random", seed=seed) for seed in range(24)]
    assert exponent(np.sqrt(np.mean(np.square(rows), axis=0))) == pytest.approx(-0.5, abs=0.06)


def test_thresholds_apart_gain_where_phases_are_kept():
    apart = errors(STEADY, sd.LIF(0.5, 50e-3, drive="current"), stagger="threshold")
    assert apart[-1] < 0.3 * apart[0]


def test_a_leaky_neuron_forgets_its_phase_and_weak_inhibition_tells_members_apart():
    neuron, sizes = sd.LIF(0.5), np.array([1, 8])
    alone = errors(X, neuron, sizes)
    assert alone[1] == pytest.approx(alone[0], rel=0.02)
    assert errors(X, neuron, sizes, inhibition=0.05)[1] < 0.7 * alone[0]


def test_full_inhibition_makes_one_neuron_of_n_times_the_rate():
    neuron = sd.LIF(0.1, t_ref=5e-3)
    one, apart, joined = (sd.population(X, FS, neuron, n, inhibition=g) for n, g in ((1, 0.0), (4, 0.0), (4, 1.0)))
    assert one.snr_db < 5
    assert apart.snr_db < 5
    assert joined.snr_db > 25
    assert joined.gain == 1.0
    assert joined.snr_db == pytest.approx(sd.code(X, FS, replace(neuron, t_ref=0.0)).snr_db, abs=1.0)


@pytest.mark.parametrize(("firing", "drive"), [("half", "potential"), ("full", "potential"), ("half", "current")])
def test_full_inhibition_without_refractoriness_is_one_neuron(firing, drive):
    neuron = sd.LIF(0.1, 30e-3, firing=firing, drive=drive)
    code, alone = sd.population(3 * X, FS, neuron, 5, inhibition=1.0), sd.encode(3 * X, FS, neuron)
    assert [len(train) for train in code.spikes] == [len(alone), 0, 0, 0, 0]
    assert code.spikes[0].times == pytest.approx(alone.times, abs=1e-13)
    assert np.array_equal(code.spikes[0].heights, alone.heights)


def test_members_in_one_state_stay_in_it():
    """Else a rounding error would leave the others beyond the opposite level, and they would fire at each other for ever."""
    for seed in range(25):
        rng = np.random.default_rng(seed)
        x = np.cumsum(rng.standard_normal(200)) / rng.choice([1, 3, 10])
        for drive, firing in (("potential", "half"), ("current", "half"), ("current", "full")):
            neuron = sd.LIF(rng.uniform(0.05, 0.5), rng.choice([2e-3, 20e-3, 0.1]), drive=drive, firing=firing)
            counts = [len(train) for train in sd.population(x, 1e3, neuron, 4, inhibition=1.0).spikes]
            assert counts == [len(sd.encode(x, 1e3, neuron)), 0, 0, 0]
    resting = sd.population(np.full(50, 0.5), 1e3, sd.LIF(1.0, math.inf), 3, inhibition=1.0)
    assert [len(train) for train in resting.spikes] == [1, 0, 0]


def test_members_alone_are_encoded_alone():
    neuron = sd.LIF(0.3)
    code = sd.population(X, FS, neuron, 3, stagger="threshold", spread=1.0)
    for train, theta in zip(code.spikes, (0.3, 0.3 * math.sqrt(2), 0.6), strict=True):
        assert train == sd.encode(X, FS, sd.LIF(theta))
    assert code.psp == pytest.approx(sd.psp(code.spikes, FS).mean(axis=0), abs=1e-14)
    assert code.snr_db == sd.snr_db(code.y, code.psp)
    assert sd.population(X, FS, neuron, 1).spikes[0] == sd.encode(X, FS, neuron)
    adaptive = sd.population(X, FS, sd.AdaptiveLIF(0.3), 2, stagger="threshold")
    assert adaptive.spikes[0] == sd.encode(X, FS, sd.AdaptiveLIF(0.3))
    tiny = sd.population(X, FS, neuron, 2, inhibition=1e-14).spikes
    assert tiny[1].times == pytest.approx(sd.encode(X, FS, neuron).times, abs=1e-10)


def replay(x, fs, code, fine):
    """Membranes just before each spike, and on a grid `fine` times the samples: the potential less every pulse, one by one."""
    neuron, n, g = code.neurons[0], len(code.neurons), code.inhibition
    grid = np.arange((x.size - 1) * fine) / (fs * fine)
    if neuron.drive == "potential":
        y, at = np.interp(grid, np.arange(x.size) / fs, x), lambda t: np.interp(t, np.arange(x.size) / fs, x)
    else:
        y, steps = sd.potential(np.repeat(x, fine), fs * fine, neuron)[: grid.size], np.append(sd.potential(x, fs, neuron), 0.0)

        def at(t):
            k = min(int(t * fs * (1 + 1e-15)), x.size - 1)
            return x[k] + (steps[k] - x[k]) * math.exp(-(t - k / fs) / neuron.tau_m)

    spikes = sorted((t, j, h) for j, train in enumerate(code.spikes) for t, h in zip(train.times, train.heights, strict=True))
    pulses, before, now = np.zeros(n), [], 0.0
    grids = y + code.offsets[:, None] * np.exp(-grid / neuron.tau_m)
    while spikes:
        t = spikes[0][0]
        pulses, now = pulses * math.exp(-(t - now) / neuron.tau_m), t
        instant = [spike for spike in spikes if spike[0] == t]
        spikes = spikes[len(instant) :]
        u = at(t) + code.offsets * math.exp(-t / neuron.tau_m) - pulses
        before.append((u, instant))
        for _, j, h in instant:
            shares = np.where(np.arange(n) == j, h, g * h)
            pulses = pulses + shares
            grids -= shares[:, None] * np.where(grid >= t, np.exp(-(grid - t) / neuron.tau_m), 0.0)
    return grid, grids, before


@given(
    st.integers(0, 10**6), st.sampled_from([2, 3, 5]), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from(["half", "full"]),
    st.sampled_from(["potential", "current"]), st.sampled_from([2e-3, 20e-3]), st.sampled_from(["none", "phase"]),
)  # fmt: skip
def test_coupled_members_fire_when_and_only_when_they_reach_their_level(seed, n, inhibition, firing, drive, tau, stagger):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(40)) / 3
    neuron = sd.LIF(0.5, tau, 0.0, drive, firing)
    code = sd.population(x, 1e3, neuron, n, stagger=stagger, inhibition=inhibition)
    grid, membranes, before = replay(x, 1e3, code, 50)
    inside = np.all([np.abs(grid - t) > 1e-9 for t in {u[1][0][0] for u in before}] or [grid >= 0], axis=0)
    assert np.abs(membranes[:, inside]).max() <= neuron.level + 1e-9
    for u, instant in before:
        first = max(abs(u[j]) for _, j, _ in instant)
        if instant[0][0] > 0:
            assert first == pytest.approx(neuron.level, abs=1e-9)
        assert first >= neuron.level - 1e-9


@pytest.mark.parametrize("refractory", ["integrate", "clamp"])
def test_coupled_members_rest_after_a_spike(refractory):
    neuron = sd.LIF(0.1, 20e-3, 3e-3, "current", "full", False, refractory)
    code = sd.population(3 + X, FS, neuron, 5, inhibition=0.5)
    assert sum(map(len, code.spikes)) > 100
    for train in code.spikes:
        assert np.all(train.times[1:] >= train.times[:-1] + neuron.t_ref)
    loose = sd.population(3 + X, FS, neuron, 5, inhibition=0.5)
    assert all(a == b for a, b in zip(code.spikes, loose.spikes, strict=True))
    past = sd.population((3 + X)[:9000], FS, neuron, 5, inhibition=0.5)
    assert all(np.array_equal(a.times, b.times[: len(a)]) for a, b in zip(past.spikes, code.spikes, strict=True))
    doubled = sd.population(2 * (3 + X), FS, replace(neuron, threshold=0.2), 5, inhibition=0.5)
    assert all(np.array_equal(a.times, b.times) for a, b in zip(doubled.spikes, code.spikes, strict=True))


REFUSED = [
    ((0,), {}, ValueError, "n must be at least 1"),
    ((2.0,), {}, TypeError, "n must be a whole number"),
    ((True,), {}, TypeError, "n must be a whole number"),
    ((3,), {"stagger": "even"}, ValueError, "stagger must be one of"),
    ((3,), {"stagger": "random"}, ValueError, "needs a seed"),
    ((3,), {"inhibition": -0.1}, ValueError, "inhibition must be at least 0"),
    ((3,), {"inhibition": 1.1}, ValueError, "inhibition must be from 0 to 1"),
    ((3,), {"inhibition": 1.0, "stagger": "phase"}, ValueError, "at most 0.9 for members with offsets"),
    ((3,), {"stagger": "threshold", "spread": 0.0}, ValueError, "spread must be above 0"),
]


@pytest.mark.parametrize(("args", "options", "error", "message"), REFUSED)
def test_bad_input_is_named(args, options, error, message):
    with pytest.raises(error, match=message):
        sd.population(X, FS, sd.LIF(0.1), *args, **options)


def test_what_cannot_be_a_member_is_refused():
    with pytest.raises(TypeError, match="neuron must be LIF where"):
        sd.population(X, FS, sd.AdaptiveLIF(0.3), 3)
    with pytest.raises(TypeError, match="neuron must be"):
        sd.population(X, FS, None, 3, stagger="none")
    with pytest.raises(TypeError, match="needs a neuron with a threshold"):
        sd.population(X, FS, sd.AdEx(), 3, stagger="threshold")
    with pytest.raises(ValueError, match="x must have 1 dim"):
        sd.population([X, X], FS, sd.LIF(), 3)
    for inhibition in (0.0, 0.5):
        with pytest.raises(ValueError, match="too low for this signal"):
            sd.population(X, FS, sd.LIF(1e-12), 3, inhibition=inhibition)
