"""Every closed form against simulation."""

import math

import numpy as np
import pytest

import sigdelta as sd

FS = 1000.0


def saturates(value, neuron):
    """Whether, under a constant signal and once settled, every spike is saturated."""
    n = round((40 * neuron.t_ref + 20 * min(neuron.tau_m, 1.0)) * FS)
    spikes = sd.encode(np.full(n, value), FS, neuron)
    late = spikes.saturated[len(spikes) // 2 :]
    return late.size > 0 and bool(late.all())


@pytest.mark.parametrize("firing", ["half", "full"])
@pytest.mark.parametrize("t_ref", [1e-3, 7.3e-3])
def test_onset_of_saturation_of_a_constant_potential(firing, t_ref):
    neuron = sd.LIF(0.3, tau_m=15e-3, t_ref=t_ref, firing=firing)
    onset = sd.theory.saturation_onset(neuron)
    assert saturates(onset * (1 + 1e-6), neuron)
    assert not saturates(onset * (1 - 1e-4), neuron)


@pytest.mark.parametrize("firing", ["half", "full"])
def test_onset_of_saturation_of_an_ideal_integrator(firing):
    neuron = sd.LIF(0.3, tau_m=math.inf, t_ref=5e-3, firing=firing, drive="current")
    onset = sd.theory.saturation_onset(neuron)
    assert onset == 60.0
    assert saturates(onset * (1 + 1e-3), neuron)
    assert not saturates(onset * (1 - 1e-3), neuron)
    assert sd.theory.saturation_onset(sd.LIF(0.3, math.inf, 5e-3)) == math.inf


def test_no_onset_without_limit_and_none_for_clamped_neurons():
    assert sd.theory.saturation_onset(sd.LIF()) == math.inf
    with pytest.raises(ValueError, match="clamp"):
        sd.theory.saturation_onset(sd.LIF(firing="full", drive="current", refractory="clamp"))


@pytest.mark.parametrize("firing", ["half", "full"])
def test_silence_begins_where_the_peak_no_longer_reaches_the_level(firing):
    x = 1.7 * np.sin(np.arange(3000) / 100)
    edge = sd.theory.silence_threshold(float(np.abs(x).max()), sd.LIF(firing=firing))
    assert len(sd.encode(x, FS, sd.LIF(edge * (1 - 1e-9), firing=firing))) > 0
    assert len(sd.encode(x, FS, sd.LIF(edge * (1 + 1e-9), firing=firing))) == 0


@pytest.mark.parametrize("firing", ["half", "full"])
def test_error_bound_and_law(firing):
    x = 40 + 30 * np.sin(4 * np.pi * np.arange(100_000) / 100e3)
    neuron = sd.LIF(0.2, tau_m=50e-3, drive="current", firing=firing)
    code = sd.code(x, 100e3, neuron)
    assert sd.max_error(code.y, code.psp) <= sd.theory.error_bound(neuron) * (1 + 1e-9)
    assert sd.max_error(code.y, code.psp) >= sd.theory.error_bound(neuron) * 0.99
    assert sd.rms_error(code.y, code.psp) == pytest.approx(sd.theory.error_law(neuron), rel=0.005)
    assert sd.theory.error_bound(sd.LIF(t_ref=1e-3)) == math.inf


@pytest.mark.parametrize(
    ("form", "error", "message"),
    [
        (
            lambda: sd.theory.saturation_onset(sd.AdaptiveLIF(t_ref=1e-3)),
            TypeError,
            "neuron must be LIF, without noise, not Adaptive",
        ),
        (lambda: sd.theory.saturation_onset(sd.NoisyLIF(t_ref=1e-3)), TypeError, "without noise"),
        (lambda: sd.theory.error_bound(sd.NoisyLIF()), TypeError, "neuron must be LIF or AsyncSigmaDelta, without noise"),
        (lambda: sd.theory.error_law(sd.AdEx()), TypeError, "neuron must be LIF"),
        (lambda: sd.theory.silence_threshold(-1.0, sd.LIF()), ValueError, "peak must be at least 0"),
        (
            lambda: sd.theory.silence_threshold(1.0, sd.AdEx()),
            TypeError,
            "neuron must be LIF or AdaptiveLIF or MultiplicativeLIF",
        ),
        (lambda: sd.theory.steady_state(sd.AdEx(), 1.0), TypeError, "neuron must be LIF or AdaptiveLIF or MultiplicativeLIF"),
        (lambda: sd.theory.steady_state(sd.SpikeResponse(), 1.0), TypeError, "not SpikeResponse"),
        (lambda: sd.theory.steady_state(sd.LIF(), math.nan), ValueError, "potential must be .* not nan"),
        (lambda: sd.theory.published_transfer(sd.LIF(), 1.0, 1.0), TypeError, "neuron must be MultiplicativeLIF"),
    ],
)
def test_closed_forms_refuse_neurons_that_they_do_not_describe(form, error, message):
    with pytest.raises(error, match=message):
        form()
