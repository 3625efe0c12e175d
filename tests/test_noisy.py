"""The neuron with a noisy threshold: against numerical integration, for any signal, and in sweeps."""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.stats import kstest

import sigdelta as sd
from sigdelta.encoding import dispatch

FS = 1000.0


def wave(n, seed=3):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(n))
    return (x - x.mean()) / np.abs(x - x.mean()).max()


def test_a_noisier_threshold_codes_worse():
    x = wave(4000)
    clean = sd.code(x, FS, sd.LIF(0.05))
    mean = [
        np.mean([sd.code(x, FS, sd.NoisyLIF(0.05, threshold_noise=noise, seed=seed)).snr_db for seed in range(6)])
        for noise in (0.0, 0.1, 0.3, 1.0)
    ]
    assert mean[0] == pytest.approx(clean.snr_db, abs=1e-9)
    assert np.all(np.diff(mean) < -0.05), mean


NOISY = [
    sd.NoisyLIF(0.31, tau, t_ref, drive, firing, bipolar, threshold_noise=0.35, seed=4)
    for tau in (12e-3, math.inf) for t_ref in (0.0, 3.3e-3) for drive in ("potential", "current")
    for firing in ("half", "full") for bipolar in (True, False) if tau < math.inf or drive == "potential"
] + [sd.NoisyLIF(0.31, 12e-3, 3.3e-3, "current", "full", True, "clamp", threshold_noise=0.35)]  # fmt: skip


def described(neuron):
    return "-".join(str(value) for value in vars(neuron).values())


def factors(neuron, n):
    normal = np.random.default_rng(neuron.seed).standard_normal(n)
    spread = math.sqrt(math.log(1 + neuron.threshold_noise**2))
    return np.exp(spread * normal) / math.exp(spread**2 / 2)


def integrate(x, fs, neuron):
    """Spikes (time, height) by numerical integration, scanning a fine grid with a limit on either side of the membrane.

    q is the membrane (current drive), or the sum of pulses that the spikes left (potential drive).
    """
    current, theta = neuron.drive == "current", neuron.threshold
    levels = iter(theta * (0.5 if neuron.firing == "half" else 1.0) * factors(neuron, 10_000))
    here, spikes, q, release = next(levels), [], 0.0, -math.inf
    low, high = (-here if neuron.bipolar else -math.inf), here

    def fire(time, sign, u):
        nonlocal here, low, high, q, release
        spikes.append((time, sign * theta))
        u = 0.0 if neuron.refractory == "clamp" else u - sign * theta
        here, q = next(levels), (u if current else q + sign * theta)
        low, high = (-here if neuron.bipolar else -math.inf), here
        if neuron.bipolar:
            low, high = (min(low, u), high) if sign > 0 else (low, max(high, u))
        release = time + neuron.t_ref if neuron.t_ref else -math.inf

    for k in range(len(x)):
        rise = (x[k + 1] - x[k]) * fs if k + 1 < len(x) and not current else 0.0
        membrane = (lambda t, q: q) if current else (lambda t, q, k=k, rise=rise: x[k] + rise * t - q)
        t, end = 0.0, 1 / fs
        while t < end:
            waiting = release > -math.inf
            stop = max(min(end, release - k / fs), t) if waiting else end

            def flow(_, q, k=k, waiting=waiting):
                held = waiting and neuron.refractory == "clamp"
                return 0 * q if held or neuron.tau_m == math.inf else ((x[k] if current else 0.0) - q) / neuron.tau_m

            u = membrane(t, q)
            if not waiting and not low - 1e-12 <= u <= high + 1e-12:
                fire(k / fs + t, 1.0 if u > high else -1.0, u)
                continue
            if stop > t:
                course = solve_ivp(flow, (t, stop), [q], method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True).sol
                grid = np.linspace(t, stop, 300)
                u = membrane(grid, course(grid)[0])
                hit = None
                for i in range(0 if waiting else 1, 0 if waiting else grid.size):
                    if u[i] >= high or u[i] <= low:
                        hit = high if u[i] >= high else low
                        break
                    if -here < u[i] < here:
                        low, high = (-here if neuron.bipolar else -math.inf), here
                if hit is not None:
                    t = brentq(lambda w, m=membrane, c=course, e=hit: m(w, c(w)[0]) - e, grid[i - 1], grid[i], xtol=1e-16)
                    q = course(t)[0]
                    fire(k / fs + t, 1.0 if hit == high else -1.0, hit)
                    continue
                t, q = stop, course(stop)[0]
            if waiting and release < (k + 1) / fs:
                time, release, u = release, -math.inf, membrane(t, q)
                if u > high or u < low:
                    fire(time, 1.0 if u > high else -1.0, u)
                elif -here < u < here:
                    low, high = (-here if neuron.bipolar else -math.inf), here
    return np.array(spikes)


@pytest.mark.parametrize("neuron", NOISY, ids=described)
def test_noisy_spikes_equal_numerical_integration(neuron):
    x = 2.5 * wave(80) + 0.5
    expected = integrate(x, FS, neuron)
    spikes = sd.encode(x, FS, neuron)
    assert len(expected) > 5
    assert spikes.heights.tolist() == expected[:, 1].tolist()
    assert np.abs(spikes.times - expected[:, 0]).max() < 1e-11


@pytest.mark.parametrize("neuron", NOISY[::3], ids=described)
def test_without_noise_it_is_a_lif_and_it_continues_to_the_bit(neuron, monkeypatch):
    x = 2.5 * wave(2000) + 0.5
    plain = {name: value for name, value in vars(neuron).items() if name not in ("threshold_noise", "seed")}
    spikes, quiet = sd.encode(x, FS, sd.LIF(**plain)), sd.encode(x, FS, replace(neuron, threshold_noise=0.0))
    assert np.array_equal(spikes.heights, quiet.heights)
    assert np.abs(spikes.times - quiet.times).max() < 1e-11
    assert np.array_equal(spikes.saturated, quiet.saturated)
    whole, make = sd.code(x, FS, neuron), dispatch.buffers
    monkeypatch.setattr(dispatch, "buffers", lambda size: make(7))
    pieces = sd.code(x, FS, neuron)
    assert pieces.spikes == whole.spikes
    assert np.array_equal(pieces.membrane, whole.membrane)


def test_the_factors_can_be_read_from_the_spikes():
    """An ideal integrator of a constant fires its spike i at (i + factor i) threshold / x."""
    neuron = sd.NoisyLIF(1e-3, math.inf, 0.0, "current", "full", False, threshold_noise=0.2, seed=9)
    spikes = sd.encode(np.ones(20_000), FS, neuron)
    read = spikes.times / 1e-3 - np.arange(len(spikes))
    assert read.mean() == pytest.approx(1.0, abs=4 * 0.2 / math.sqrt(len(spikes)))
    assert read.std() == pytest.approx(0.2, rel=0.03)
    assert kstest(np.log(read), "norm", (np.log(read).mean(), np.log(read).std())).pvalue > 0.01
    assert abs(np.corrcoef(read[1:], read[:-1])[0, 1]) < 4 / math.sqrt(len(spikes))


values = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 0.5, -0.5, 1.0, -1.0]))
signals = st.lists(values, min_size=1, max_size=40).map(np.array)
neurons = st.builds(
    lambda theta, tau, drive, firing, noise, seed: sd.NoisyLIF(
        theta, tau, 0.0, drive if tau < math.inf else "potential", firing, threshold_noise=noise, seed=seed
    ),
    st.floats(0.05, 4), st.sampled_from([1e-4, 20e-3, math.inf]), st.sampled_from(["potential", "current"]),
    st.sampled_from(["half", "full"]), st.sampled_from([0.0, 0.1, 0.5, 2.0]), st.integers(0, 99),
)  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True)
@given(signals, neurons, st.integers(-30, 30), st.data())
def test_what_holds_for_any_signal_and_any_noise(x, neuron, power, data):
    code, c = sd.code(x, FS, neuron), 2.0**power
    spread = factors(neuron, len(code.spikes) + 1)
    bound = max(neuron.level * spread.max(), neuron.threshold - neuron.level * spread.min())
    scale = max(neuron.threshold, np.abs(code.y).max())
    after = code.spikes.times * FS % 1.0
    assume(not np.any((after > 0) & (after < 2e-6)))
    assert np.abs(code.membrane - code.error).max() <= 1e-11 * scale
    assert np.abs(code.membrane).max() <= bound + 1e-12 * scale
    again = sd.encode(c * x, FS, replace(neuron, threshold=c * neuron.threshold))
    assert np.array_equal(code.spikes.times, again.times)
    assert np.array_equal(c * code.spikes.heights, again.heights)
    m = data.draw(st.integers(0, x.size))
    other = sd.encode(np.concatenate([x[:m], data.draw(signals)]), FS, neuron)
    edge = min((m if neuron.drive == "current" else m - 1) / FS, other.stop)
    assert np.array_equal(code.spikes.times[code.spikes.times < edge], other.times[other.times < edge])


def test_a_sweep_gives_every_cell_a_seed_of_its_own():
    x = np.stack([wave(1500), wave(1500)])
    neuron = sd.NoisyLIF(threshold_noise=0.3, seed=1)
    result = sd.sweep(x, FS, neuron, seed=5, threshold=[0.05, 0.05, 0.1])
    for i, (channel, j) in enumerate(np.ndindex(2, 3)):
        seed = int(np.random.SeedSequence([5, i]).generate_state(1)[0])
        alone = sd.code(x[channel], FS, replace(neuron, threshold=[0.05, 0.05, 0.1][j], seed=seed))
        assert result.n_spikes.values[channel, j] == len(alone.spikes)
        assert result.snr_db.values[channel, j] == pytest.approx(alone.snr_db, rel=1e-9)
    assert len(np.unique(result.snr_db.values)) == 6
    with ThreadPoolExecutor(2) as pool:
        assert sd.sweep(x, FS, neuron, executor=pool, seed=5, threshold=[0.05, 0.05, 0.1]).identical(result)
    fixed = sd.sweep(x[0], FS, neuron, threshold=[0.05, 0.05]).snr_db.values
    assert fixed[0] == fixed[1] == pytest.approx(sd.code(x[0], FS, replace(neuron, threshold=0.05)).snr_db, rel=1e-9)
