"""The facts that the code is held to, each measured here and printed: pytest tests/test_facts.py -s."""

import math

import numpy as np
import pytest
from facts import check_fact
from reference import adaptive, pulses

import sigdelta as sd
from sigdelta.kernels.clocked import clocked


@pytest.mark.parametrize("fs", [100.0, 360.0, 1e3, 44.1e3, 1e5, 1e6, 1e7])
def test_first_spike_of_the_textbook_neuron(fs):
    """1000 pA into 250 pF and 10 ms (40 MOhm) makes 40 mV; the level is 15 mV."""
    neuron = sd.LIF(15.0, 10e-3, drive="current", firing="full", bipolar=False)
    first = sd.encode(np.full(math.ceil(6e-3 * fs) + 1, 40.0), fs, neuron).times[0]
    check_fact(f"first spike at fs={fs:g} Hz, relative error", abs(first / (-10e-3 * math.log(0.625)) - 1), 1e-13)
    assert first == pytest.approx(4.700036292457356e-3, rel=1e-13)


@pytest.mark.parametrize("firing", ["half", "full"])
@pytest.mark.parametrize("drive", ["potential", "current"])
def test_error_bound(firing, drive):
    fs, worst = 2000.0, -math.inf
    for seed, threshold in enumerate([0.02, 0.1, 0.5, 2.0]):
        x = np.cumsum(np.random.default_rng(seed).standard_normal(20_000)) * 0.1
        code = sd.code(x, fs, sd.LIF(threshold, firing=firing, drive=drive))
        level = threshold / 2 if firing == "half" else threshold
        worst = max(worst, (sd.max_error(code.y, code.psp) - level) / max(threshold, np.abs(code.y).max()))
    check_fact(f"largest |y - psp| above its bound, {firing}, {drive} drive, relative", worst, 1e-12)


def test_error_bound_on_the_electrocardiogram():
    ecg = sd.recording("ecg")
    spikes = sd.encode(ecg.x, ecg.fs, sd.LIF(0.05))
    check_fact(
        "ECG, default neuron, threshold 0.05 mV: largest error (mV)", sd.max_error(ecg.x, sd.psp(spikes, ecg.fs)), 0.025 + 1e-12
    )
    n = 10 * 360
    early = spikes[:10.1]
    by_hand = np.abs(ecg.x[:n] - pulses(early.times, early.heights, 20e-3, (np.arange(n) + 1e-6) / ecg.fs))
    check_fact("the same in the first 10 s, pulses summed one by one (mV)", by_hand.max(), 0.025 + 1e-6)


@pytest.mark.parametrize(("firing", "divisor"), [("half", 12), ("full", 3)])
def test_error_law(firing, divisor):
    fs = 100e3
    x = 40 + 30 * np.sin(4 * np.pi * np.arange(round(10 * fs)) / fs)
    errors = []
    for threshold in 0.4 / 2.0 ** np.arange(5):
        code = sd.code(x, fs, sd.LIF(threshold, 50e-3, drive="current", firing=firing))
        errors.append(sd.rms_error(code.y, code.psp))
        check_fact(
            f"rms error / law, {firing}, threshold {threshold:g}", errors[-1] / threshold * math.sqrt(divisor), 0.995, 1.005
        )
    steps = 20 * np.log10(np.array(errors[:-1]) / errors[1:])
    check_fact(f"dB per halving of the threshold, {firing}, least", steps.min(), 6.01, 6.03)
    check_fact(f"dB per halving of the threshold, {firing}, most", steps.max(), 6.01, 6.03)


def onset(saturates, low, high):
    """Where `saturates` turns true, by bisection."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if saturates(middle) else (middle, high)
    return high


@pytest.mark.parametrize(("firing", "theory"), [("half", 0.5 / math.tanh(0.1)), ("full", 1 / (1 - math.exp(-0.2)))])
def test_onset_of_saturation(firing, theory):
    neuron = sd.LIF(1.0, tau_m=20e-3, t_ref=4e-3, firing=firing)

    def saturates(value):
        return sd.encode(np.full(3000, value), 1000.0, neuron).saturated[-100:].all()

    check_fact(f"onset of saturation / theory, {firing}", onset(saturates, 0.1, 20.0) / theory, 1 - 1e-9, 1 + 1e-9)
    assert sd.theory.saturation_onset(neuron) == pytest.approx(theory, rel=1e-14)


@pytest.mark.parametrize("firing", ["half", "full"])
def test_onset_of_saturation_of_the_ideal_integrator(firing):
    neuron = sd.LIF(1.0, math.inf, 4e-3, "current", firing)

    def saturates(value):
        return sd.encode(np.full(4000, value), 1000.0, neuron).saturated[-100:].all()

    check_fact(f"ideal integrator, onset current, {firing}", onset(saturates, 100.0, 400.0), 250 * (1 - 1e-2), 250 * (1 + 1e-2))
    held = sd.encode(np.full(4000, 9.8), 1000.0, sd.LIF(1.0, math.inf, 4e-3))
    assert held.times.tolist() == pytest.approx([4e-3 * i for i in range(10)])
    assert sd.theory.saturation_onset(sd.LIF(1.0, math.inf, 4e-3)) == math.inf


def test_scaling_causality_and_refractoriness():
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.standard_normal(20_000)) * 0.1
    other = x.copy()
    other[9_000:] = rng.standard_normal(11_000)
    for drive, m in (("current", 9_000), ("potential", 8_999)):
        neuron = sd.LIF(0.1, t_ref=1.3e-3, drive=drive)
        times = sd.encode(x, 1000.0, neuron).times
        scaled = [sd.encode(x * 2.0**k, 1000.0, sd.LIF(0.1 * 2.0**k, t_ref=1.3e-3, drive=drive)).times for k in (-30, -1, 7)]
        check_fact(f"spikes moved by scaling with 2^k, {drive}", sum(not np.array_equal(times, each) for each in scaled), 0)
        changed = sd.encode(other, 1000.0, neuron).times
        past, again = times[times < m / 1000], changed[changed < m / 1000]
        check_fact(f"spikes moved by a changed future, {drive}", float(not np.array_equal(past, again)), 0)
        check_fact(f"spikes before times[i-1] + t_ref, {drive}", int(np.sum(times[1:] < times[:-1] + 1.3e-3)), 0)


def run_clocked(x, fs, tau_m, tau_adp, b0, beta, bipolar=False):
    buffers = np.empty(x.size), np.empty(x.size), np.empty(x.size, bool)
    membrane = np.empty(x.size)
    jump = -math.expm1(-1 / (fs * tau_adp))
    n = clocked(x, 0, fs, tau_m, tau_adp, b0, beta, jump, 0.0, bipolar, np.zeros(5), *buffers, membrane)
    n = np.searchsorted(buffers[0][:n], x.size / fs)
    return buffers[0][:n], buffers[1][:n], membrane


@pytest.mark.parametrize("seed", range(6))
def test_identity_of_the_clocked_adaptive_neuron(seed):
    rng = np.random.default_rng(seed)
    n, fs = 2000, 1000.0
    tau_m, tau_adp, b0, beta = rng.uniform(2e-3, 60e-3), rng.uniform(10e-3, 1.0), rng.uniform(0.01, 0.5), rng.uniform(0, 2)
    x = np.abs(rng.standard_normal(n)) * 3
    alpha, rho = math.exp(-1 / (fs * tau_m)), math.exp(-1 / (fs * tau_adp))
    u, theta, s = adaptive(x, alpha, rho, b0, beta)
    y = np.zeros(n + 1)
    heard = np.zeros(n + 1)
    for t in range(n):
        y[t + 1] = alpha * y[t] + (1 - alpha) * x[t]
        heard[t + 1] = alpha * heard[t] + (s[t - 1] * theta[t] if t else 0.0)
    scale = max(theta.max(), np.abs(y).max())
    check_fact(f"clocked identity in the recursion, seed {seed}", np.abs(y[1:] - heard[1:] - u).max() / scale, 1e-14)
    times, heights, membrane = run_clocked(x, fs, tau_m, tau_adp, b0, beta)
    assert membrane[1:] == pytest.approx(u[:-1], abs=1e-12 * scale)
    train = sd.SpikeTrain(times, heights, 0.0, n / fs, ((1.0, tau_m),))
    error = sd.potential(x, fs, sd.LIF(tau_m=tau_m, drive="current")) - sd.psp(train, fs)
    check_fact(f"clocked identity through psp, seed {seed}", np.abs(error - membrane).max() / scale, 1e-12)


def test_range_of_the_clocked_adaptive_neuron():
    tau_m, tau_adp, fs = 20.0, 100.0, 1.0

    def fires_every_step(b0, beta):
        def saturates(value):
            times = run_clocked(np.full(8000, value), fs, tau_m, tau_adp, b0, beta)[0]
            return times.size > 4000 and np.all(np.diff(times[-4000:]) == 1)

        return saturates

    adapting, fixed = onset(fires_every_step(0.01, 1.8), 1.0, 100.0), onset(fires_every_step(0.01, 0.0), 0.01, 1.0)
    predicted = (0.01 + 1.8) * (1 / (1 - math.exp(-1 / tau_m)) + 1)
    check_fact(
        "current at which the clocked adaptive neuron fires every step", adapting, 38.9225 * (1 - 1e-5), 38.9225 * (1 + 1e-5)
    )
    check_fact("the same / (b0 + beta) (1 / (1 - alpha) + 1)", adapting / predicted, 1 - 1e-9, 1 + 1e-9)
    check_fact("range of the clocked adaptive neuron over LIF", adapting / fixed, 181 * (1 - 1e-9), 181 * (1 + 1e-9))
