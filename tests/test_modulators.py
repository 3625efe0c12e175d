"""Asynchronous and clocked sigma-delta modulators, and send-on-delta, against slow references of their own."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import sigdelta as sd
from sigdelta.encoding import dispatch

FS = 1000.0
IDEAL, LEAKY = sd.AsyncSigmaDelta(0.3, 12e-3, 1.3), sd.AsyncSigmaDelta(0.3, 12e-3, 1.3, leaky=True)
ASYNC = [IDEAL, LEAKY, replace(LEAKY, drive="potential", bias=6.0)]
rates = st.sampled_from([50.0, 1000.0, 44100.0])
signals = st.lists(st.one_of(st.floats(-0.7, 0.7), st.sampled_from([0.0, 0.5, -0.5])), min_size=1, max_size=30).map(np.array)
loops = st.builds(
    lambda threshold, steps, leaky: (sd.AsyncSigmaDelta(threshold, 20e-3, 1.0, leaky=leaky), steps),
    st.floats(0.02, 0.59), st.floats(0.5, 50), st.booleans(),
)  # fmt: skip


def described(neuron):
    return "-".join(str(value) for value in vars(neuron).values())


def wave(n, seed=3, peak=0.8):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(n))
    x -= x.mean()
    return peak * x / np.abs(x).max()


def trigger(x, fs, neuron):
    """Flips (time, jump of z) and the integrator at the samples, from numerical integration of the loop between flips."""
    tau, level, current = neuron.tau_m, neuron.threshold / 2, neuron.drive == "current"
    z = neuron.bias if x[0] >= 0 else -neuron.bias
    flips, trace, q = [(0.0, z)], [], 0.0
    for k in range(len(x)):
        rise = (x[k + 1] - x[k]) * fs if k + 1 < len(x) and not current else 0.0
        membrane = (lambda t, q: q) if current else (lambda t, q, k=k, rise=rise: x[k] + rise * t - q)
        t, end = 0.0, 1 / fs
        trace.append(membrane(0.0, q))
        while t < end:

            def flow(_, q, z=z, k=k):
                return ((x[k] - z - (q if neuron.leaky else 0.0)) if current else (z - q)) / tau

            course = solve_ivp(flow, (t, end), [q], method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True).sol
            grid = np.linspace(t, end, 300)
            beyond = np.sign(z) * membrane(grid, course(grid)[0]) <= -level
            if not beyond[1:].any():
                q = course(end)[0]
                break
            i = int(np.argmax(beyond[1:]))
            goal = -np.sign(z) * level
            at = brentq(lambda w, m=membrane, c=course, g=goal: m(w, c(w)[0]) - g, grid[i], grid[i + 1], xtol=1e-16)
            t, q, z = at, course(at)[0], -z
            flips.append((k / fs + at, 2 * z))
    return np.array(flips), np.array(trace)


@pytest.mark.parametrize("neuron", ASYNC, ids=described)
def test_flips_equal_numerical_integration(neuron):
    x = wave(70)
    flips, trace = trigger(x, FS, neuron)
    code = sd.code(x, FS, neuron)
    assert len(flips) > 8
    assert code.spikes.heights.tolist() == flips[:, 1].tolist()
    assert np.abs(code.spikes.times - flips[:, 0]).max() < 1e-11
    assert np.abs(code.membrane - trace).max() < 1e-9


@pytest.mark.parametrize("c", [0.0, 0.3, -0.8])
def test_a_constant_gives_the_intervals_of_lazar_and_toth(c):
    """Two kappa delta over b - x and over b + x, with kappa = tau_m, delta = threshold / 2."""
    times = sd.encode(np.full(3000, c), FS, IDEAL).times
    up, down = (IDEAL.tau_m * IDEAL.threshold / (IDEAL.bias + sign * c) for sign in (-1, 1))
    first = np.diff(times)[1:]
    assert sorted({round(value, 9) for value in first}) == sorted({round(up, 9), round(down, 9)})
    assert first[:-1] + first[1:] == pytest.approx(up + down, rel=1e-10)
    if c == 0:
        assert (len(times) - 1) / 3.0 == pytest.approx(IDEAL.bias / (IDEAL.tau_m * IDEAL.threshold), rel=1e-2)


def test_the_integral_of_the_signal_between_flips_is_known_from_them_alone():
    """The t-transform, (-1)^k (2 kappa delta - b (t_{k+1} - t_k)); no interval outside 2 kappa delta / (b +- c)."""
    x = wave(2000)
    spikes = sd.encode(x, FS, IDEAL)
    area = np.interp(spikes.times, np.arange(x.size + 1) / FS, np.append(0.0, np.cumsum(x) / FS))
    held, charge = np.diff(spikes.times), IDEAL.tau_m * IDEAL.threshold
    z = np.cumsum(spikes.heights)[:-1]
    assert np.diff(area)[1:] == pytest.approx((z * held - np.sign(z) * charge)[1:], abs=1e-15)
    peak = np.abs(x).max()
    assert held[1:].min() >= charge / (IDEAL.bias + peak) * (1 - 1e-9)
    assert held[1:].max() <= charge / (IDEAL.bias - peak) * (1 + 1e-9)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(signals, rates, loops)
def test_the_asynchronous_error_stays_within_its_bound(x, fs, loop):
    neuron, steps = loop
    neuron = replace(neuron, tau_m=steps / fs)
    code = sd.code(x, fs, neuron)
    after = code.spikes.times * fs % 1.0
    assume(not np.any((after > 0) & (after < 2e-6)))
    assert np.abs(code.error).max() <= neuron.error_bound * (1 + 1e-9)
    assert np.abs(code.membrane).max() <= neuron.level
    if neuron.leaky:
        assert np.abs(code.error - code.membrane).max() < 1e-11
    else:
        u = code.membrane
        area = np.append(0.0, np.cumsum(x))[:-1] / fs
        k = np.arange(x.size) / fs
        fed = sum(height * np.maximum(k - time, 0.0) for time, height in zip(code.spikes.times, code.spikes.heights, strict=True))
        assert u == pytest.approx((area - fed) / neuron.tau_m, abs=1e-11)


@pytest.mark.parametrize("neuron", ASYNC, ids=described)
@pytest.mark.parametrize("power", [-30, -1, 1, 30])
def test_scaling_by_a_power_of_two_changes_no_bit(neuron, power):
    c = 2.0**power
    spikes = sd.encode(wave(400), FS, neuron)
    again = sd.encode(c * wave(400), FS, replace(neuron, threshold=c * neuron.threshold, bias=c * neuron.bias))
    assert np.array_equal(spikes.times, again.times)
    assert np.array_equal(c * spikes.heights, again.heights)


CLOCKED = [
    sd.SigmaDelta(0.05, tau, order, levels, drive)
    for tau in (30e-3, 1.0) for order in (1, 2) for levels in (2, 3) for drive in ("current", "potential")
]  # fmt: skip


TEXTBOOK = [sd.SigmaDelta(1e-3, math.inf, order, levels) for order in (1, 2) for levels in (2, 3)]


@pytest.mark.parametrize("neuron", ASYNC + CLOCKED, ids=described)
def test_the_past_does_not_depend_on_the_future_and_signs_mirror(neuron):
    x, m = wave(600), 333
    other = np.concatenate([x[:m], wave(300, 9)])
    edge = (m if neuron.drive == "current" else m - 1) / FS
    before = [train[:edge] for train in (sd.encode(x, FS, neuron), sd.encode(other, FS, neuron))]
    assert np.array_equal(before[0].times, before[1].times)
    assert np.array_equal(before[0].heights, before[1].heights)
    if neuron not in CLOCKED:
        mirrored, spikes = sd.encode(-x, FS, neuron), sd.encode(x, FS, neuron)
        assert np.array_equal(spikes.times, mirrored.times)
        assert np.array_equal(spikes.heights, -mirrored.heights)


@pytest.mark.parametrize("neuron", ASYNC, ids=described)
def test_a_call_that_runs_out_of_room_is_continued_to_the_bit(neuron, monkeypatch):
    x = wave(1000)
    whole, make = sd.code(x, FS, neuron), dispatch.buffers
    monkeypatch.setattr(dispatch, "buffers", lambda size: make(7))
    pieces = sd.code(x, FS, neuron)
    assert len(whole.spikes) > 7
    assert pieces.spikes == whole.spikes
    assert np.array_equal(pieces.membrane, whole.membrane)


def test_an_overloaded_trigger_waits_and_comes_back():
    x = np.concatenate([np.zeros(100), np.full(50, 3.0), np.full(400, -0.2)])
    for neuron in (IDEAL, LEAKY):
        code = sd.code(x, FS, neuron)
        during = code.spikes[0.11:0.15]
        assert len(during) == 0
        assert np.abs(code.membrane[100:151]).max() > 1.5
        assert np.abs(code.membrane[-100:]).max() <= neuron.level
        assert len(code.spikes[0.4:]) > 5


def diagram(x, second, alpha, quantize):
    """Candy's block diagram, in units of the step: accumulators with delayed feedback of the last output."""
    one = two = q = 0.0
    out = []
    for value in np.append(0.0, x)[:-1]:
        one = alpha * (one - q) + value
        two = alpha * (two - q) + one
        q = quantize(two if second else one)
        out.append(q)
    return np.array(out)


@pytest.mark.parametrize("neuron", TEXTBOOK + CLOCKED, ids=described)
def test_decisions_equal_the_block_diagram(neuron):
    x = wave(3000, peak=0.7)
    x, alpha = x - x[0], math.exp(-1 / (FS * neuron.tau_m))
    if neuron.drive == "current":
        gain = 1 / FS if neuron.tau_m == math.inf else 1 - alpha
        x = x * neuron.threshold / gain
        fed = x * gain / neuron.threshold
    else:
        fed = np.append(x[1:] - alpha * x[:-1], 0.0) / neuron.threshold
    rounded = {2: lambda v: 1.0 if v >= 0 else -1.0, 3: lambda v: float(abs(v) > 0.5) * math.copysign(1, v)}
    q = diagram(fed, neuron.order == 2, alpha, rounded[neuron.levels])
    code = sd.code(x, FS, neuron)
    k = np.round(code.spikes.times * FS).astype(int)
    assert np.array_equal(code.spikes.times, k / FS)
    assert np.array_equal(k, np.flatnonzero(q))
    assert np.array_equal(code.spikes.heights, q[k] * neuron.threshold)
    assert np.abs(code.error - code.membrane).max() < 1e-11 * max(1.0, np.abs(code.y).max())


@settings(max_examples=150, deadline=None, derandomize=True)
@given(signals, rates, st.sampled_from([2, 3]), st.sampled_from([0.6, 20.0, math.inf]))
def test_the_first_order_keeps_its_bound_up_to_the_range_it_states(x, fs, levels, steps):
    neuron = sd.SigmaDelta(0.1, steps / fs, 1, levels)
    x = x / 0.7 * neuron.input_range(fs)
    code = sd.code(x, fs, neuron)
    assert np.abs(code.error).max() <= neuron.level * (1 + 1e-9)
    assert not np.any(np.abs(code.membrane) > neuron.level * (1 + 1e-9))
    beyond = sd.code(np.full(200, 1.2 * neuron.input_range(fs)), fs, neuron)
    assert np.abs(beyond.error).max() > 1.05 * neuron.level
    assert beyond.spikes.saturated.any()


@pytest.mark.parametrize(("levels", "most"), [(2, 5.0), (3, 3.5)])
def test_the_second_order_stays_bounded_up_to_nine_tenths_of_a_step(levels, most):
    neuron = sd.SigmaDelta(1 / FS, math.inf, 2, levels)
    t = np.arange(20_000) / FS
    for frequency in (0.0, 0.37, 1.1, 7.3, 31.0, 99.0):
        code = sd.code(neuron.input_range(FS) * np.cos(2 * math.pi * frequency * t), FS, neuron)
        assert np.abs(code.membrane).max() * FS < most
        assert np.abs(np.cumsum(code.membrane)).max() * FS < 15
    lost = sd.code(np.full(20_000, 1.05), FS, neuron)
    assert np.abs(lost.membrane).max() * FS > 100


def noise_in_band(neuron, ratio, seed, n=2**13):
    """Power in dB, in a band of 1 Hz, of the decisions without the four tones that they code, at an oversampling ratio."""
    fs, n = 2.0 * ratio, n * ratio // 128
    t, rng = np.arange(n) / fs, np.random.default_rng(seed)
    tones = 2 * math.pi * np.array([0.13, 0.37, 0.61, 0.83])[:, None] * t
    x = np.sin(tones + rng.uniform(0, 2 * math.pi, (4, 1))).sum(0)
    step = 1 / fs if neuron.tau_m == math.inf else -math.expm1(-1 / (fs * neuron.tau_m))
    spikes = sd.encode(0.5 * x / np.abs(x).max(), fs, replace(neuron, threshold=step))
    q, window = np.zeros(n), np.hanning(n)
    q[np.round(spikes.times * fs).astype(int)] = np.sign(spikes.heights)
    basis = np.concatenate([np.cos(tones), np.sin(tones), np.ones((1, n))]).T
    rest = q - basis @ np.linalg.lstsq(basis * window[:, None], q * window, rcond=None)[0]
    power = np.abs(np.fft.rfft(rest * window)) ** 2 / (window**2).sum() / n * 2
    return 10 * math.log10(power[np.fft.rfftfreq(n, 1 / fs) <= 1.0].sum())


@pytest.mark.parametrize("tau", [math.inf, 2.0])
@pytest.mark.parametrize("levels", [2, 3])
@pytest.mark.parametrize(("order", "slope"), [(1, -9.03), (2, -15.05)])
def test_doubling_the_clock_shapes_the_noise_by_9_and_15_db(order, slope, levels, tau):
    neuron, ratios = sd.SigmaDelta(1.0, tau, order, levels), np.array([16, 32, 64, 128, 256])
    power = [np.mean([noise_in_band(neuron, ratio, seed) for seed in range(4)]) for ratio in ratios]
    assert np.polyfit(np.log2(ratios), power, 1)[0] == pytest.approx(slope, abs=0.6)


def send_on_delta(x, fs, delta):
    """Sends (time, sign) whenever a line through the samples has moved by delta since the last message; 0 is known at first."""
    sent, messages = 0.0, []
    for k in range(len(x)):
        start, goal = (x[k - 1], x[k]) if k else (0.0, x[0])
        while abs(goal - sent) >= delta:
            sent += math.copysign(delta, goal - sent)
            where = (sent - start) / (goal - start) if k else 1.0
            messages.append(((k - 1 + where) / fs, math.copysign(1.0, goal - start)))
    return np.array(messages)


def test_send_on_delta_is_the_ideal_integrator_firing_fully_at_the_potential():
    x, delta = wave(800, 5, 1.7), 0.13
    messages = send_on_delta(x, FS, delta)
    spikes = sd.encode(x, FS, sd.LIF(delta, math.inf, firing="full"))
    stay = messages[:, 0] < spikes.stop
    assert len(spikes) > 50
    assert spikes.heights.tolist() == (messages[stay, 1] * delta).tolist()
    assert np.abs(spikes.times - messages[stay, 0]).max() < 1e-12


def test_modulators_sweep():
    x = wave(500)
    result = sd.sweep(x, FS, IDEAL, threshold=[0.05, 0.2], bias=[1.0, 2.0])
    by_hand = sd.code(x, FS, replace(IDEAL, threshold=0.2, bias=1.0))
    assert float(result.snr_db.sel(threshold=0.2, bias=1.0)) == pytest.approx(by_hand.snr_db, rel=1e-9)
    assert sd.sweep(x, FS, sd.SigmaDelta(0.1), order=[1, 2], levels=[2, 3]).n_spikes.values[:, 0].tolist() == [500, 500]


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: sd.AsyncSigmaDelta(threshold=0), ValueError, "threshold must be above 0 and finite, not 0"),
        (lambda: sd.AsyncSigmaDelta(bias=-1), ValueError, "bias must be above 0"),
        (lambda: sd.AsyncSigmaDelta(tau_m=math.inf), ValueError, "tau_m must be above 0 and finite"),
        (lambda: sd.AsyncSigmaDelta(drive="potential"), ValueError, "needs leaky=True"),
        (lambda: sd.AsyncSigmaDelta(2.0, leaky=True), ValueError, "bias must be above threshold / 2"),
        (lambda: sd.AsyncSigmaDelta(leaky=1), TypeError, "leaky must be True or False"),
        (lambda: sd.SigmaDelta(order=3), ValueError, "order must be from 1 to 2, not 3"),
        (lambda: sd.SigmaDelta(levels=2.0), TypeError, "levels must be a whole number, not 2.0"),
        (lambda: sd.SigmaDelta(drive="x"), ValueError, "drive must be one of"),
        (lambda: sd.SigmaDelta(tau_m=0), ValueError, "tau_m must be above 0"),
        (lambda: sd.encode([1.0], FS, IDEAL, clocked=True), ValueError, "has no clock: use SigmaDelta"),
        (
            lambda: sd.encode(wave(100), FS, sd.AsyncSigmaDelta(1e-12)),
            ValueError,
            r"threshold 1e-12 is too low for bias 1: up to",
        ),
        (lambda: sd.encode([math.nan], FS, IDEAL), ValueError, r"x\[0\] is nan"),
    ],
)
def test_bad_modulators_are_named(build, error, message):
    with pytest.raises(error, match=message):
        build()
