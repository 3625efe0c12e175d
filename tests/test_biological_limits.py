"""AdEx and Izhikevich: what is refused when they are built, and what while they run; their presets."""

import math
from dataclasses import replace

import numpy as np
import pytest

import sigdelta as sd


@pytest.mark.parametrize(
    ("neuron", "options", "message"),
    [
        (sd.AdEx, {"c_m": 0}, "c_m must be above 0"),
        (sd.AdEx, {"g_l": -1}, "g_l must be above 0 and finite, not -1"),
        (sd.AdEx, {"delta_t": 0}, "delta_t must be above 0 and finite, not 0"),
        (sd.AdEx, {"delta_t": -2}, "delta_t must be above 0"),
        (sd.AdEx, {"tau_w": -0.1}, "tau_w must be above 0"),
        (sd.AdEx, {"a": math.nan}, "a must be above -inf"),
        (sd.AdEx, {"b": -200}, "b must be above -137.768 for this neuron, not -200: each spike would bring on the next"),
        (sd.Izhikevich, {"d": -5}, "d must be above -1.9 for this neuron, not -5"),
        (sd.AdEx, {"v_reset": 0.0}, "v_reset must be below v_cut = 0 mV, not 0"),
        (sd.AdEx, {"e_l": 5.0}, "e_l must be below v_cut = 0 mV, not 5"),
        (sd.AdEx, {"v_cut": -55.0}, "v_t must be below v_cut = -55 mV"),
        (sd.AdEx, {"delta_t": 0.1}, "504 delta_t above v_t and the exponential too steep"),
        (sd.AdEx, {"tolerance": 0.1}, "tolerance must lie between 1e-13"),
        (sd.Izhikevich, {"a": -0.02}, "a must be above 0"),
        (sd.Izhikevich, {"tau_m": 0}, "tau_m must be above 0"),
        (sd.Izhikevich, {"c": 30}, "c must be below v_peak = 30 mV, not 30"),
        (sd.Izhikevich, {"v_0": 31}, "v_0 must be below v_peak = 30 mV, not 31"),
        (sd.Izhikevich, {"b": math.inf}, "b must be above -inf and finite"),
        (sd.Izhikevich, {"tolerance": 1e-15}, "tolerance must lie between 1e-13"),
        (lambda name: sd.AdEx.preset(name), {"name": "bursty"}, "name must be one of 'tonic', 'adaptation'"),
        (lambda name: sd.Izhikevich.preset(name), {"name": "rs"}, "name must be one of 'RS', 'IB'"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(neuron, options, message):
    with pytest.raises(ValueError, match=message):
        neuron(**options)


def test_presets_can_be_changed_but_not_overwritten():
    assert sd.AdEx.preset("tonic", b=3.0) == replace(sd.AdEx.preset("tonic"), b=3.0)
    with pytest.raises(TypeError):
        sd.AdEx.presets["tonic"]["b"] = 1.0
    with pytest.raises(TypeError, match="must be a number"):
        sd.AdEx.preset("tonic", b="3")
    assert list(sd.AdEx.presets) == list(sd.AdEx.currents)


@pytest.mark.parametrize(
    ("neuron", "x", "message"),
    [
        (sd.AdEx(a=-200.0), -1.0, r"AdEx cannot be integrated at t = \S+ s: it diverges; there V = -\S+, w = \S+, input -1"),
        (sd.AdEx(), -1e300, r"AdEx cannot be integrated at t = \S+ s: it diverges"),
        (
            sd.Izhikevich(),
            -1e300,
            r"Izhikevich cannot be integrated at t = \S+ s: it diverges; there V = \S+, u = -13, input -1e\+300",
        ),
        (sd.AdEx(tau_w=1e-11), 100.0, r"it is too stiff: more than 10 million steps in one sample"),
        (sd.AdEx(), 1e13, r"too strong for this neuron: about \S+ spikes, and the limit is 134217728"),
        (sd.Izhikevich(), 1e308, r"too strong for this neuron: about \S+ spikes"),
    ],
)
def test_a_divergence_says_when_and_with_which_state(neuron, x, message):
    with pytest.raises(ValueError, match=message):
        sd.encode(np.full(2000, x), 1000.0, neuron)


def test_clocked_is_refused():
    for neuron in (sd.AdEx(), sd.Izhikevich()):
        with pytest.raises(ValueError, match="clocked=True is the model of LIF"):
            sd.encode(np.ones(5), 1000.0, neuron, clocked=True)
