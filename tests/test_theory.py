"""Every closed form against simulation."""

import math

import numpy as np
import pytest
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from orbits import BAND, HARMONICS, ideal_orbit, modulated

import sigdelta as sd

FS = 1000.0
IDEAL = sd.LIF(0.01, math.inf, drive="current")
SLOW = sd.LIF(0.01, math.inf, 10e-3, "current")


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
        (lambda: sd.theory.error_law(sd.AdaptiveLIF()), TypeError, "neuron must be LIF, without noise, not Adaptive"),
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


def test_bounds_refuse_a_threshold_that_moves():
    for neuron in (sd.AdaptiveLIF(), sd.NoisyLIF(), sd.SigmaDelta()):
        with pytest.raises(TypeError, match="without noise"):
            sd.theory.error_law(neuron)
    with pytest.raises(TypeError, match="without noise"):
        sd.theory.error_bound(sd.AdaptiveLIF())
    with pytest.raises(ValueError, match="peak must be at least 0"):
        sd.theory.silence_threshold(-1.0, sd.LIF())


@pytest.mark.parametrize(
    "neuron",
    [
        sd.AdaptiveLIF(0.1, 0.5, t_ref=3e-3),
        sd.AdaptiveLIF(0.1, 0.5, t_ref=3e-3, firing="full", height="fixed"),
        sd.AdaptiveLIF(0.1, 0.5, t_ref=5e-3, drive="current"),
        sd.MultiplicativeLIF(0.1, 0.2, t_ref=4e-3),
    ],
    ids=["potential", "fixed", "current", "multiplicative"],
)
def test_onset_of_saturation_of_adaptive_neurons(neuron):
    onset = sd.theory.saturation_onset(neuron)
    low, high = (sd.encode(np.full(6000, share * onset), FS, neuron).saturated[-50:] for share in (1 - 1e-4, 1 + 1e-4))
    assert high.all()
    assert not low.any()
    fixed = sd.LIF(0.1, neuron.kernel[0][1], neuron.t_ref, firing=neuron.firing)
    assert sd.theory.dynamic_range_db(neuron) > sd.theory.dynamic_range_db(fixed)


def test_multiplicative_adaptation_may_never_saturate():
    neuron = sd.MultiplicativeLIF(t_ref=1e-3)
    assert sd.theory.saturation_onset(neuron) == math.inf
    assert not sd.encode(np.full(3000, 1e4), FS, neuron).saturated[-50:].any()


@pytest.mark.parametrize("firing", ["half", "full"])
def test_dynamic_range_from_the_first_spike_to_saturation(firing):
    neuron = sd.LIF(0.3, tau_m=15e-3, t_ref=2e-3, firing=firing)
    onset = sd.theory.saturation_onset(neuron)
    least = onset * 10 ** (-sd.theory.dynamic_range_db(neuron) / 20)
    assert saturates(onset * (1 + 1e-6), neuron)
    assert len(sd.encode(np.full(3000, least * (1 + 1e-9)), FS, neuron)) > 0
    assert len(sd.encode(np.full(3000, least * (1 - 1e-9)), FS, neuron)) == 0
    assert sd.theory.dynamic_range_db(sd.LIF()) == math.inf
    assert sd.theory.dynamic_range_db(sd.LIF(1.0, math.inf, 1e-3, "current")) == math.inf


@settings(max_examples=100, deadline=None)
@given(
    st.floats(0.3, 40.0),
    st.sampled_from([("half", "integrate"), ("full", "integrate"), ("full", "clamp")]),
    st.sampled_from([0.0, 1.3e-3, 9e-3]),
    st.sampled_from([5e-3, 20e-3, math.inf]),
    st.sampled_from(["potential", "current"]),
    st.booleans(),
)
def test_interval_and_rate_of_any_constant_input(value, rule, t_ref, tau_m, drive, negative):
    firing, refractory = rule
    drive = "current" if refractory == "clamp" else drive
    threshold = 5e-3 if (tau_m, drive) == (math.inf, "current") else 1.0
    neuron = sd.LIF(threshold, tau_m, t_ref, drive, firing, True, refractory)
    interval = sd.theory.firing_interval(neuron, -value if negative else value)
    assert sd.theory.firing_rate(neuron, value) == 1 / interval
    spikes = sd.encode(np.full(1500, -value if negative else value), FS, neuron)
    if interval == math.inf:
        assert len(spikes[0.5:]) == 0
    elif interval < 0.3:
        late = spikes.times[spikes.times > 0.75]
        assert np.diff(late) == pytest.approx(interval, rel=1e-9)
        assert late.size > 1
        positive = sd.LIF(threshold, tau_m, t_ref, drive, firing, False, refractory)
        assert sd.theory.firing_interval(positive, -value) == math.inf


@pytest.mark.parametrize("neuron", [sd.AdaptiveLIF(0.1, 0.5, t_ref=3e-3), sd.MultiplicativeLIF(0.1, 0.2, t_ref=6e-3)])
@pytest.mark.parametrize("value", [0.04, 0.3, 2.0, 50.0])
def test_interval_of_adaptive_neurons_with_a_refractory_period(neuron, value):
    times = sd.encode(np.full(6000, value), FS, neuron).times
    interval = sd.theory.firing_interval(neuron, value)
    assert times.size == 0 if interval == math.inf else np.diff(times)[-5:] == pytest.approx(interval, rel=1e-9)


@pytest.mark.parametrize(("firing", "power", "leading"), [("half", 2, -1 / 12), ("full", 1, -1 / 2)])
def test_bias_of_reading_the_rate(firing, power, leading):
    tau, ratios = 50e-3, []
    for value in (2.0, 4.0, 8.0):
        neuron = sd.LIF(0.1, tau, firing=firing, drive="current")
        times = sd.encode(np.full(4000, value), FS, neuron).times
        interval = (times[-1] - times[-11]) / 10
        bias = 0.1 * tau / interval / value - 1
        check_fact(
            f"rate bias {firing}, value {value:g}, simulation - theory", abs(bias - sd.theory.rate_bias(neuron, value)), 1e-11
        )
        ratios.append(bias / (leading * (interval / tau) ** power))
    check_fact(f"rate bias {firing} / leading order at T / tau = 1/80", ratios[-1], 0.99, 1.0)
    assert abs(ratios[0] - 1) > 1.5 * abs(ratios[1] - 1) > 2.25 * abs(ratios[2] - 1)


def test_bias_of_the_ideal_integrator_of_saturation_and_of_silence():
    assert sd.theory.rate_bias(sd.LIF(0.01, math.inf, drive="current"), 3.0) == pytest.approx(0, abs=1e-15)
    assert sd.theory.rate_bias(sd.LIF(1.0), 0.1) == -1
    limited = sd.LIF(1.0, t_ref=10e-3)
    assert sd.theory.rate_bias(limited, -100.0) == pytest.approx(1.0 * 20e-3 / 10e-3 / 100 - 1)


def test_iterations_of_the_decoder_keep_their_bound():
    """x <- x + A (z - x) on the Fourier coefficients of a periodic signal; A puts the area of an interval at its middle."""
    signal = modulated(HARMONICS**2.0)
    times = ideal_orbit(160, signal)
    k = np.arange(-BAND, BAND + 1)
    x_k = np.concatenate([signal[::-1].conj(), [1.0], signal])
    edges = np.append(times, times[0] + 1)
    bounds = np.exp(2j * np.pi * np.outer(edges, k))
    with np.errstate(invalid="ignore", divide="ignore"):
        integrals = np.where(k == 0, np.diff(edges)[:, None], np.diff(bounds, axis=0) / (2j * np.pi * k))
    operator = np.exp(-2j * np.pi * np.outer(k, (edges[1:] + edges[:-1]) / 2)) @ integrals
    r = sd.theory.recovery_rate(BAND, np.diff(edges).max())
    step = np.linalg.norm(np.eye(k.size) - operator, 2)
    error, ratio = [], 0.0
    guess = operator @ x_k
    for i in range(40):
        error.append(np.linalg.norm(guess - x_k) / np.linalg.norm(x_k))
        assert error[-1] <= max(r ** (i + 1), 1e-14)
        ratio = max(ratio, error[-1] / error[-2]) if i and error[-1] > 1e-12 else ratio
        guess = guess + operator @ (x_k - guess)
    check_fact(f"iterative decoder, r = {r:.3f}: error ratio of an iteration", ratio, step)
    enough = sd.theory.recovery_iterations(BAND, np.diff(edges).max(), 1e-9)
    assert error[enough] <= 1e-9
    assert r ** (enough + 1) <= 1e-9 < r**enough


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sd.theory.firing_interval(sd.LIF(), math.nan), ValueError, "value must be above -inf and finite, not nan"),
        (lambda: sd.theory.firing_interval(sd.AdEx(), 1.0), TypeError, "neuron must be LIF"),
        (lambda: sd.theory.rate_bias(sd.LIF(tau_m=math.inf), 1.0), ValueError, "by no rate"),
        (lambda: sd.theory.rate_bias(sd.LIF(), 0.0), ValueError, "must not be 0"),
        (lambda: sd.theory.rate_bias(sd.AdaptiveLIF(), 1.0), TypeError, "neuron must be LIF"),
        (lambda: sd.theory.leak_law(sd.LIF(), 1.0, 0.0), ValueError, "it needs firing="),
        (
            lambda: sd.theory.leak_law(sd.LIF(drive="current"), [1.0, -1.0], 0.0),
            ValueError,
            "x must be positive everywhere, not -1",
        ),
        (lambda: sd.theory.sideband_spectrum(sd.LIF(), 1.0, 0.5, 5.0), ValueError, "ideal integrator"),
        (lambda: sd.theory.sideband_spectrum(IDEAL, 1.0, 1.0, 5.0), ValueError, "amplitude must be below the mean, 1, not 1"),
        (lambda: sd.theory.sideband_noise(SLOW, 1.0, 0.5, 5.0, 20.0), ValueError, "must not saturate, as it does from 1 on"),
        (lambda: sd.theory.sideband_noise(IDEAL, 1.0, 0.5, 5.0, 0.0), ValueError, "bandwidth must be above 0"),
        (lambda: sd.theory.time_grid_noise(IDEAL, 100.0, -1.0, 20.0), ValueError, "dt must be above 0"),
        (lambda: sd.theory.time_grid_step(IDEAL, 100.0, 20.0, 0.0, 60.0), ValueError, "signal_power must be above 0"),
        (lambda: sd.theory.clocked_noise(sd.LIF(), 100.0, 20.0), TypeError, "needs a SigmaDelta"),
        (lambda: sd.theory.clocked_noise(sd.SigmaDelta(), 100.0, 20.0), ValueError, "needs ideal integrators"),
        (lambda: sd.theory.recovery_iterations(20.0, 0.03, 1e-6), ValueError, "it must be below 0.025 s"),
        (lambda: sd.theory.recovery_iterations(20.0, 0.01, 1.0), ValueError, "target_error must be below 1"),
    ],
)
def test_what_has_no_closed_form_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
