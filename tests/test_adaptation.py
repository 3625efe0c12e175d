"""Adaptation in theory: highest rates, exponents, periodic firing, transfer functions."""

import math

import numpy as np
import pytest
from facts import check_fact

import sigdelta as sd


def rate(value, neuron):
    spikes = sd.encode(np.full(40_000, value), 100e3, neuron)
    return 1 / np.diff(spikes.times)[-20:].mean()


@pytest.mark.parametrize(("m_f", "limit"), [(0.1, 699.5), (0.3, 254.1), (1.0, 96.2)])
def test_a_multiplicative_neuron_reaches_a_highest_rate(m_f, limit):
    neuron = sd.MultiplicativeLIF(0.1, m_f)
    exact = 1 / (15e-3 * math.log1p(m_f))
    assert exact == pytest.approx(limit, abs=0.05)
    check_fact(f"rate at S = 1e4 / its limit, m_f {m_f}", rate(1e4, neuron) / exact, 0.999, 1.001)


def test_additive_adaptation_fires_with_the_root_of_the_input_and_lif_in_proportion():
    neuron = sd.AdaptiveLIF(0.1, 0.1, 50e-3, 15e-3, 1.0)
    rates = [rate(value, neuron) for value in (1e4 / 1.1, 1e4, 1.1e4)]
    check_fact("additive: local exponent at S = 1e4", math.log(rates[2] / rates[0]) / math.log(1.21), 0.49, 0.51)
    check_fact("additive: rate / sqrt(S / (a tau_gamma tau_eta))", rates[1] * math.sqrt(0.1 * 15e-3 * 50e-3 / 1e4), 0.99, 1.01)
    check_fact("LIF: exponent", math.log2(rate(100.0, sd.LIF(0.1, 50e-3)) / rate(50.0, sd.LIF(0.1, 50e-3))), 0.999, 1.001)


def mean_psp(spikes, tau, n=20):
    """Time average over n whole intervals: a pulse's integral is tau times what it loses."""
    area = before = 0.0
    for i, (time, height) in enumerate(zip(spikes.times, spikes.heights, strict=True)):
        after = before + height
        if i + 1 < len(spikes):
            before = after * math.exp(-(spikes.times[i + 1] - time) / tau)
            area += tau * (after - before) if i >= len(spikes) - 1 - n else 0.0
    return area / (spikes.times[-1] - spikes.times[-1 - n])


@pytest.mark.parametrize(
    ("value", "interval", "off"), [(0.06, 119.904e-3, 0.440), (0.1, 55.1049e-3, 0.099), (0.2, 26.1212e-3, 0.020)]
)
def test_mean_psp_of_the_multiplicative_neuron(value, interval, off):
    neuron = sd.MultiplicativeLIF()
    exact, height, mean = sd.theory.steady_state(neuron, value)
    assert exact == pytest.approx(interval, rel=1e-5)
    simulated = mean_psp(sd.encode(np.full(50_000, value), 10e3, neuron), 50e-3)
    check_fact(f"mean psp, simulation / theory - 1, S {value}", abs(simulated / mean - 1), 1e-6)
    check_fact(
        "published transfer / mean - 1", sd.theory.published_transfer(neuron, value, height) / mean - 1, off - 6e-4, off + 6e-4
    )


@pytest.mark.parametrize(
    "neuron", [sd.LIF(0.1), sd.AdaptiveLIF(0.1, 0.5), sd.AdaptiveLIF(0.1, 0.5, firing="full", height="fixed")]
)
def test_steady_state_of_other_neurons(neuron):
    interval, height, mean = sd.theory.steady_state(neuron, 1.3)
    spikes = sd.encode(np.full(30_000, 1.3), 10e3, neuron)
    assert np.diff(spikes.times)[-1] == pytest.approx(interval, rel=1e-9)
    assert spikes.heights[-1] == pytest.approx(height, rel=1e-9)
    assert mean_psp(spikes, 20e-3) == pytest.approx(mean, rel=1e-8)
    assert sd.theory.steady_state(neuron, 0.01) == (math.inf, 0.1, 0.0)
