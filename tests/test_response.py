"""Adaptive, multiplicative and general spike response neurons: against integration, as cases of one another, in theory."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from facts import check_fact
from numba.core.config import DISABLE_JIT
from reference import adaptive, integrate_response
from test_facts import onset

import sigdelta as sd
from sigdelta.encoding.lif import _fewest
from sigdelta.kernels.exponentials import DEPTH, first_crossing
from sigdelta.kernels.lif import crossing as lif_crossing

FS = 1000.0
ADAPTIVE = [
    sd.AdaptiveLIF(0.2, 0.3, 12e-3, 40e-3, increment, t_ref, drive, firing, bipolar, height=height)
    for drive, firing, bipolar, height, t_ref, increment in [
        ("potential", "half", True, "threshold", 0.0, 0.5),
        ("potential", "full", True, "threshold", 0.0, None),
        ("potential", "half", True, "fixed", 2.3e-3, 0.2),
        ("potential", "full", False, "threshold", 2.3e-3, 0.5),
        ("current", "half", True, "threshold", 0.0, 0.5),
        ("current", "full", True, "fixed", 0.0, 0.2),
        ("current", "half", False, "threshold", 2.3e-3, 0.5),
        ("current", "full", False, "threshold", 0.0, None),
    ]
]
MULTIPLICATIVE = [
    sd.MultiplicativeLIF(0.1, m_f, t_ref=t_ref, bipolar=b) for m_f, t_ref, b in [(0.1, 0.0, True), (1.0, 2e-3, False)]
]
CLAMPED = [
    sd.AdaptiveLIF(0.2, 0.3, 12e-3, 40e-3, 0.5, 2.3e-3, "current", "full", refractory="clamp", height=height)
    for height in ("threshold", "fixed")
]
GENERAL = [
    sd.SpikeResponse(0.2, ((0.6, 4e-3), (0.4, 60e-3)), ((0.05, 10e-3), (0.1, 80e-3)), False, 7e-3, drive="current"),
    sd.SpikeResponse(0.2, ((0.6, 7e-3), (0.4, 60e-3)), ((0.3, 10e-3),), True, 7e-3, drive="current", firing="full"),
    sd.SpikeResponse(0.2, ((1.0, 9e-3),), ((0.3, 10e-3),), True, 7e-3, height="fixed"),
    sd.SpikeResponse(0.2, ((1.2, 30e-3), (-0.2, 10e-3)), ((0.05, 20e-3),), drive="potential", bipolar=False),
]


def wandering(n, seed, drive):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(n))
    return x / x.std() + (0.5 if drive == "potential" else 1.0)


@pytest.mark.parametrize("neuron", ADAPTIVE + CLAMPED + MULTIPLICATIVE + GENERAL, ids=str)
def test_spikes_equal_numerical_integration(neuron):
    x = wandering(90, 3, neuron.drive)
    multiplicative = getattr(neuron, "multiplicative", hasattr(neuron, "m_f"))
    expected = integrate_response(x, FS, neuron, neuron.tau_m, multiplicative)
    spikes = sd.encode(x, FS, neuron)
    assert len(spikes) == len(expected) > 5
    check_fact("spike times against integration (s)", np.abs(spikes.times - expected[:, 0]).max(), 1e-9)
    assert spikes.heights == pytest.approx(expected[:, 1], rel=1e-9)


@pytest.mark.parametrize("neuron", ADAPTIVE + MULTIPLICATIVE + GENERAL, ids=str)
def test_the_membrane_is_the_error_and_scaling_and_past_hold_to_the_bit(neuron):
    x = wandering(3000, 5, neuron.drive)
    code = sd.code(x, FS, neuron)
    assert np.abs(code.membrane - code.error).max() < 1e-12 * max(np.abs(code.y).max(), code.spikes.heights.max())
    assert code.spikes == sd.encode(x, FS, neuron)
    other = np.concatenate([x[:1500], wandering(700, 6, neuron.drive)])
    past = [sd.encode(each, FS, neuron)[:1.499].times for each in (x, other)]
    assert np.array_equal(*past)
    late = np.flatnonzero(code.spikes.saturated)
    assert np.array_equal(code.spikes.times[late], code.spikes.times[late - 1] + neuron.t_ref)
    assert np.all(code.spikes.times[1:] >= code.spikes.times[:-1] + neuron.t_ref)
    scaled = {"threshold": neuron.threshold * 4}
    if isinstance(neuron, sd.AdaptiveLIF):
        scaled["beta"] = neuron.beta * 4
    if isinstance(neuron, sd.SpikeResponse) and not neuron.multiplicative:
        scaled["threshold_kernel"] = tuple((4 * amount, tau) for amount, tau in neuron.threshold_kernel)
    assert np.array_equal(sd.encode(4 * x, FS, replace(neuron, **scaled)).times, code.spikes.times)


@pytest.mark.parametrize("drive", ["potential", "current"])
@pytest.mark.parametrize("t_ref", [0.0, 1.7e-3])
@pytest.mark.parametrize("firing", ["half", "full"])
def test_lif_adaptive_and_multiplicative_are_special_cases(drive, t_ref, firing):
    x = wandering(1500 if DISABLE_JIT else 4000, 8, drive)
    options = {"t_ref": t_ref, "drive": drive, "firing": firing}
    plain = sd.encode(x, FS, sd.LIF(0.1, 20e-3, **options))
    general = sd.SpikeResponse(0.1, ((1.0, 20e-3),), **options)
    for same in (sd.AdaptiveLIF(0.1, 0.0, **options), sd.AdaptiveLIF(0.1, 0.5, increment=0.0, **options), general):
        spikes = sd.encode(x, FS, same)
        assert spikes.heights == pytest.approx(plain.heights, rel=1e-12)
        assert spikes.times == pytest.approx(plain.times, abs=1e-12)
    neuron = sd.AdaptiveLIF(0.1, 0.4, 20e-3, 50e-3, 0.2, **options)
    as_general = sd.encode(x, FS, replace(general, threshold_kernel=((0.4 * 0.2, 50e-3),)))
    assert sd.encode(x, FS, neuron) == as_general
    if firing == "half":
        multiplicative = sd.MultiplicativeLIF(0.1, 0.2, 7e-3, t_ref=t_ref, drive=drive)
        kernels = {"kernel": multiplicative.kernel, "threshold_kernel": multiplicative.threshold_kernel, "multiplicative": True}
        assert sd.encode(x, FS, multiplicative) == sd.encode(x, FS, sd.SpikeResponse(0.1, tau_m=7e-3, **kernels, **options))


def test_a_clamped_adaptive_neuron_without_adaptation_is_the_clamped_lif():
    x = wandering(3000, 1, "current")
    options = {"drive": "current", "firing": "full", "refractory": "clamp", "t_ref": 2e-3}
    plain, adaptive_one = sd.code(x, FS, sd.LIF(0.2, **options)), sd.code(x, FS, sd.AdaptiveLIF(0.2, 0.0, **options))
    assert adaptive_one.spikes.times == pytest.approx(plain.spikes.times, abs=1e-12)
    assert adaptive_one.membrane == pytest.approx(plain.membrane, abs=1e-11)
    assert len(sd.encode(x, FS, sd.AdaptiveLIF(0.2, 0.5, increment=0.5, **options))) < len(plain.spikes)


def bulging(rng, most=4):
    """A sum of up to `most` exponentials with a summit inside (0, 1), and the summit to fifty digits; or None."""
    m = rng.integers(1, most + 1)
    tau, c = 10 ** rng.uniform(-1.5, 1.5, m), rng.standard_normal(m) * 10 ** rng.uniform(-1, 1, m)
    v = rng.standard_normal() * rng.integers(0, 2) * 10 ** rng.uniform(-1, 1)
    t = np.linspace(0, 1, 801)
    i = int((v * t - np.expm1(-t[:, None] / tau) @ c).argmax())
    if i in (0, 800):
        return None
    terms = [(mpmath.mpf(a), mpmath.mpf(1) / mpmath.mpf(b)) for a, b in zip(c, tau, strict=True)]
    at = mpmath.mpf(t[i])
    for _ in range(60):
        parts = [a * b * mpmath.exp(-b * at) for a, b in terms]
        bend = -sum(part * b for part, (_, b) in zip(parts, terms, strict=True))
        step = (v + sum(parts)) / bend if bend else mpmath.mpf(1)
        at -= step
        if abs(step) < mpmath.mpf(10) ** -25:
            break
    if not t[i - 1] <= at <= t[i + 1]:
        return None
    top = v * at + sum(a * (1 - mpmath.exp(-b * at)) for a, b in terms)
    return v, c, tau, float(at), top, np.abs(c).max() + abs(v)


def solved_for_sums(a, v, c, tau):
    return first_crossing(a, v, c, 1 / tau, 1.0, -np.expm1(-1 / tau), np.empty((DEPTH, 2)))


def solved_for_lif(a, v, c, tau):
    """The membrane starts at 0 and the level is -a."""
    wait, sign = lif_crossing(0.0, v, c[0], tau[0], 1.0, -np.expm1(-1 / tau[0]), -a, False)
    return wait if sign > 0 else math.inf


@pytest.mark.parametrize(("solved", "most"), [(solved_for_sums, 4), (solved_for_lif, 1)])
def test_no_grazing_crossing_is_missed_and_none_invented(solved, most):
    mpmath.mp.dps = 50
    rng, cases, missed, invented, late = np.random.default_rng(7), 0, 0, 0, 0.0
    while cases < 10_000:
        case = bulging(rng, most)
        if case is None:
            continue
        v, c, tau, at, top, scale = case
        for _ in range(8):
            margin = 10 ** rng.uniform(-11.9, -2) * scale
            for sign in (1, -1):
                a = float(sign * margin - top)
                truth = mpmath.mpf(a) + top
                if a >= 0 or abs(truth) < 1e-12 * scale:
                    continue
                cases += 1
                wait = solved(a, v, c, tau)
                missed += truth > 0 and not wait <= at * (1 + 1e-6)
                invented += truth < 0 and wait <= 1.0
                if wait <= 1.0 and truth > 0:
                    late = max(late, abs(a + v * wait - np.expm1(-wait / tau) @ c) / scale)
    check_fact(f"{solved.__name__}: grazing crossings missed, of {cases}", missed, 0)
    check_fact(f"{solved.__name__}: grazing crossings invented, of {cases}", invented, 0)
    check_fact("distance from the level where it is crossed, relative", late, 1e-14)


def test_clocked_adaptive_neuron_on_noise():
    rng, n = np.random.default_rng(2), 100_000
    x, tau_m, tau_adp, fs = np.abs(rng.standard_normal(n)) * 0.3, 20.0, 150.0, 1.0
    neuron = sd.AdaptiveLIF(0.01, 1.8, tau_m, tau_adp, drive="current", firing="full", bipolar=False)
    code = sd.code(x, fs, neuron, clocked=True)
    u, theta, s = adaptive(x, math.exp(-1 / tau_m), math.exp(-1 / tau_adp), 0.01, 1.8)
    y, heard, worst = 0.0, 0.0, 0.0
    for t in range(n):
        y = math.exp(-1 / tau_m) * y + (1 - math.exp(-1 / tau_m)) * x[t]
        heard = math.exp(-1 / tau_m) * heard + (s[t - 1] * theta[t] if t else 0.0)
        worst = max(worst, abs(y - heard - u[t]))
    check_fact("clocked adaptive: y - psp - u in the recursion / max|y|", worst / np.abs(code.y).max(), 1e-14)
    check_fact("the same through psp", np.abs(code.error - code.membrane).max() / np.abs(code.y).max(), 1e-12)
    assert len(code.spikes) > 5000


def test_range_and_mean_error_of_the_clocked_adaptive_neuron():
    options = {"tau_m": 20.0, "drive": "current", "firing": "full", "bipolar": False}

    def every_step(neuron):
        def saturates(value):
            times = sd.encode(np.full(12_000, value), 1.0, neuron, clocked=True).times
            return times.size > 6000 and bool(np.all(np.diff(times[-6000:]) == 1))

        return saturates

    neuron = sd.AdaptiveLIF(0.01, 1.8, tau_adp=150.0, **options)
    adapting = onset(every_step(neuron), 1.0, 100.0)
    check_fact("adaptive, clocked: onset of saturation", adapting, 38.9125, 38.9325)
    check_fact("its range over LIF", adapting / onset(every_step(sd.LIF(0.01, **options)), 0.01, 1.0), 181 * 0.99, 181 * 1.01)
    for height, low, high in (("fixed", 9.75, 9.85), ("threshold", 0.738, 0.748)):
        code = sd.code(np.full(20_000, 10.0), 1.0, replace(neuron, height=height), clocked=True)
        check_fact(f"mean |error| at R I = 10, height {height}", np.abs(code.error[-10_000:]).mean(), low, high)


def test_explicit_euler_converges_to_the_event_driven_neuron_at_first_order():
    neuron = sd.AdaptiveLIF(0.3, 0.4, 20e-3, 60e-3, 0.5, drive="current", firing="full", bipolar=False)
    x = np.stack([wandering(40, seed, "current") for seed in range(40)])
    exact, steps, errors = sd.encode(x, FS, neuron), [50, 100, 200, 400, 800], []
    for n in steps:
        dt, u, eta, times = 1 / (FS * n), np.zeros(len(x)), np.zeros(len(x)), [[] for _ in x]
        for k in range(x.shape[1] * n):
            u, eta = u + dt * (x[:, k // n] - u) / 20e-3, eta * (1 - dt / 60e-3)
            fired = u > 0.3 + 0.4 * eta
            if fired.any():
                u, eta = u - fired * (0.3 + 0.4 * eta), eta + 0.5 * fired
                for i in np.flatnonzero(fired):
                    times[i].append((k + 1) * dt)
        pairs = zip(times, exact, strict=True)
        off = np.concatenate([np.abs(mine - train.times) for mine, train in pairs if len(mine) == len(train)])
        assert off.size > 100
        errors.append(off.mean())
    check_fact("order of convergence of explicit Euler", -np.polyfit(np.log(steps), np.log(errors), 1)[0], 0.9, 1.1)


def spikes_at(snr, make, x):
    """Spikes needed for that SNR, between the thresholds of a sweep."""
    codes = [sd.code(x, FS, make(theta)) for theta in np.geomspace(0.05, 2, 14)]
    ratios, counts = np.array([code.snr_db for code in codes]), np.array([float(len(code.spikes)) for code in codes])
    order = np.argsort(ratios)
    return np.exp(np.interp(snr, ratios[order], np.log(counts[order])))


@pytest.mark.parametrize(("offset", "low", "high"), [(0.0, 0.8, 1.1), (3.0, 0.3, 0.5)])
def test_power_law_against_exponential_on_pink_noise(offset, low, high):
    x = offset + sd.signals.pink(30.0, FS, bandwidth=50.0, seed=1)
    law, exponential = (spikes_at(12.0, make, x) for make in (lambda theta: sd.SpikeResponse.power_law(theta, 0.5), sd.LIF))
    check_fact(
        f"power law (exponent 0.5): spikes at 12 dB / those of LIF, 1/f noise + {offset} rms", law / exponential, low, high
    )


@pytest.mark.parametrize("error", [0.1, 0.01, 0.003])
def test_a_power_law_is_fitted_to_the_stated_error(error):
    neuron = sd.SpikeResponse.power_law(0.1, 0.7, 4e-3, 3.0, error)
    t = np.linspace(0, 3.0, 20_001)
    pulse = sum(weight * np.exp(-t / tau) for weight, tau in neuron.kernel)
    assert np.abs(pulse - (1 + t / 4e-3) ** -0.7).max() <= error * 1.01
    assert pulse[0] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: sd.AdaptiveLIF(beta=-1), ValueError, "beta must be at least 0"),
        (lambda: sd.AdaptiveLIF(tau_adp=0), ValueError, "tau_adp must be above 0"),
        (lambda: sd.AdaptiveLIF(increment=-0.1), ValueError, "increment must be at least 0"),
        (lambda: sd.AdaptiveLIF(height="tall"), ValueError, "height must be one of 'threshold', 'fixed'"),
        (lambda: sd.AdaptiveLIF(refractory="clamp"), ValueError, "has a meaning only with"),
        (lambda: sd.MultiplicativeLIF(m_f=-1), ValueError, "m_f must be at least 0"),
        (lambda: sd.MultiplicativeLIF(tau_eta=-1), ValueError, "tau_eta must be above 0"),
        (lambda: sd.SpikeResponse(kernel=((2.0, 0.1),)), ValueError, "kernel must start at 1"),
        (lambda: sd.SpikeResponse(kernel=((3.0, 5e-3), (-2.0, 50e-3))), ValueError, "or the loop is unstable"),
        (lambda: sd.SpikeResponse(threshold_kernel=((-0.1, 0.1),)), ValueError, "must not lower the threshold"),
        (lambda: sd.SpikeResponse(kernel=3), TypeError, "kernel must be"),
        (lambda: sd.SpikeResponse(kernel=((True, 0.02),)), TypeError, "kernel weight must be a number, not True"),
        (lambda: sd.SpikeResponse(kernel=()), ValueError, "kernel must have at least one"),
        (lambda: sd.SpikeResponse(threshold_kernel=3), TypeError, "threshold_kernel must be"),
        (lambda: sd.SpikeResponse(threshold_kernel=None), TypeError, "threshold_kernel must be"),
        (lambda: sd.SpikeResponse.power_law(error=1e-9), ValueError, "cannot be reached"),
        (
            lambda: sd.encode(np.ones(3), 10.0, sd.MultiplicativeLIF(), clocked=True),
            ValueError,
            "clocked=True is the model of LIF",
        ),
        (lambda: sd.theory.steady_state(sd.LIF(t_ref=1e-3), 1.0), ValueError, "needs t_ref=0"),
    ],
)
def test_what_cannot_work_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_any_parameter_can_be_an_axis_of_a_sweep():
    x = wandering(2000, 4, "potential")
    result = sd.sweep(x, FS, sd.AdaptiveLIF(0.1), beta=[0.0, 0.5], tau_adp=[0.05, 0.2])
    assert result.n_spikes.dims == ("beta", "tau_adp")
    cell = sd.code(x, FS, sd.AdaptiveLIF(0.1, 0.5, tau_adp=0.2))
    assert float(result.snr_db.sel(beta=0.5, tau_adp=0.2)) == pytest.approx(cell.snr_db, rel=1e-9)
    assert int(sd.sweep(x, FS, sd.MultiplicativeLIF(), m_f=[0.1, 0.5]).n_spikes[1]) > 0


def test_a_kernel_is_a_value_or_an_axis_of_a_sweep():
    x, pulse, long = wandering(2000, 4, "potential"), ((1.0, 20e-3),), ((0.5, 5e-3), (0.5, 80e-3))
    result = sd.sweep(x, FS, sd.SpikeResponse(0.1), kernel=(pulse, long), threshold_kernel=[(), ((0.1, 0.02),)])
    assert result.n_spikes.dims == ("kernel", "threshold_kernel")
    assert result.kernel.values.tolist() == ["1:20ms", "0.5:5ms,0.5:80ms"]
    for kernel, row in zip((pulse, long), result.n_spikes.values, strict=True):
        assert int(row[0]) == len(sd.encode(x, FS, sd.SpikeResponse(0.1, kernel)))
        held = sd.sweep(x, FS, sd.SpikeResponse(0.1), kernel=kernel, threshold_kernel=((0.1, 0.02),))
        assert int(held.n_spikes) == row[1] == len(sd.encode(x, FS, sd.SpikeResponse(0.1, kernel, ((0.1, 0.02),))))
    with pytest.raises(ValueError, match="kernel must start at 1"):
        sd.sweep(x, FS, sd.SpikeResponse(0.1), kernel=[pulse, ((0.5, 0.02),)])
    with pytest.raises(TypeError, match="kernel must be"):
        sd.sweep(x, FS, sd.SpikeResponse(0.1), kernel=[pulse, 3])


def test_from_rest_on_the_level_only_the_way_back_up_is_a_crossing():
    end, rest = 4.0, np.empty((DEPTH, 2))
    there = first_crossing(0.0, 1.0, np.array([-3.0]), np.array([1.0]), end, -np.expm1([-end]), rest)
    assert there - 3 * -np.expm1(-there) == pytest.approx(0, abs=1e-14)
    assert there > 2.8
    assert first_crossing(0.0, 0.0, np.array([0.0]), np.array([1.0]), end, -np.expm1([-end]), rest) == math.inf
    assert first_crossing(0.0, 0.0, np.array([1.0]), np.array([1.0]), end, -np.expm1([-end]), rest) == 0.0


def test_a_flood_of_spikes_is_refused_before_it_is_simulated():
    for neuron in (sd.AdaptiveLIF(0.1, beta=0.0), sd.AdaptiveLIF(0.1), sd.AdaptiveLIF(0.1, height="fixed")):
        with pytest.raises(ValueError, match=r"threshold 0\.1 is too low for this signal"):
            sd.encode(np.full(100, 1e300), 1000.0, neuron)


def test_what_counts_as_a_flood_is_never_more_than_what_comes():
    rng = np.random.default_rng(0)
    for _ in range(10 if DISABLE_JIT else 300):
        x, drive = rng.standard_normal(200) * 10 ** rng.uniform(-1, 2), ("potential", "current")[rng.integers(2)]
        height, firing = ("threshold", "fixed")[rng.integers(2)], ("half", "full")[rng.integers(2)]
        threshold, beta = 10 ** rng.uniform(-2, 0), 10 ** rng.uniform(-2, 1)
        neuron = sd.AdaptiveLIF(threshold, beta, drive=drive, firing=firing, height=height)
        area = np.abs(x).sum() / 1000 / neuron.tau_m
        area += abs(x[0]) + np.abs(np.diff(x)).sum() if drive == "potential" else 0.0
        assert _fewest(neuron, area, 0.2 / neuron.tau_m + 400) <= len(sd.encode(x, 1000.0, neuron))
