"""What must hold for any signal and any neuron."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import sigdelta as sd
from sigdelta.kernels.lif import crossing

rates = st.sampled_from([50.0, 360.0, 1000.0, 44100.0, 1e6])
values = st.one_of(st.floats(-3, 3), st.sampled_from([0.0, 0.5, -0.5, 1.0, -1.0]))
signals = st.lists(values, min_size=1, max_size=40).map(np.array)


@st.composite
def neurons(draw, **fixed):
    clamp = fixed.get("refractory", draw(st.sampled_from(["integrate", "integrate", "clamp"]))) == "clamp"
    options = {
        "threshold": draw(st.floats(0.05, 4)),
        "tau_m": draw(st.sampled_from([1e-4, 3e-3, 20e-3, 1.0, math.inf])),
        "t_ref": draw(st.sampled_from([0.0, 1e-5, 1e-3, 7e-3])),
        "drive": "current" if clamp else draw(st.sampled_from(["potential", "current"])),
        "firing": "full" if clamp else draw(st.sampled_from(["half", "full"])),
        "bipolar": draw(st.booleans()),
        "refractory": "clamp" if clamp else "integrate",
    }
    return sd.LIF(**options | fixed)


def scaled(x, fs, neuron):
    """The ideal integrator's potential is in x seconds: give it a threshold that its potential can reach."""
    if neuron.tau_m == math.inf and neuron.drive == "current":
        return replace(neuron, threshold=neuron.threshold * 10 / fs)
    return neuron


def scale(code):
    return max(code.neuron.threshold, np.abs(code.y).max())


def settled(code):
    """Samples whose psp counts no spike of the future: psp counts those up to (k + 1e-6) / fs."""
    k = np.arange(code.x.size)
    ahead = np.searchsorted(code.spikes.times, (k + 2e-6) / code.fs) > np.searchsorted(
        code.spikes.times, k / code.fs, side="right"
    )
    return ~ahead


@given(signals, rates, neurons(t_ref=0.0, bipolar=True, refractory="integrate"))
def test_the_error_never_leaves_its_bound(x, fs, neuron):
    code = sd.code(x, fs, scaled(x, fs, neuron))
    error = np.abs(code.error)[settled(code)]
    assert np.all(error <= sd.theory.error_bound(code.neuron) + 1e-12 * scale(code))
    assert np.all(np.abs(code.membrane) <= sd.theory.error_bound(code.neuron) + 1e-12 * scale(code))


@given(signals, rates, neurons(t_ref=0.0, bipolar=False, refractory="integrate", drive="current"))
def test_a_unipolar_neuron_keeps_the_bound_under_a_current_that_is_never_negative(x, fs, neuron):
    code = sd.code(np.abs(x), fs, scaled(x, fs, neuron))
    assert np.all(
        np.abs(code.error)[settled(code)] <= neuron.threshold / (2 if neuron.firing == "half" else 1) + 1e-12 * scale(code)
    )


@given(signals, rates, neurons(refractory="integrate"))
def test_the_membrane_is_the_coding_error(x, fs, neuron):
    code = sd.code(x, fs, scaled(x, fs, neuron))
    assert np.all(np.abs(code.membrane - code.error)[settled(code)] <= 1e-12 * scale(code))


@given(signals, rates, neurons(), st.integers(-40, 40))
def test_scaling_by_a_power_of_two_changes_no_bit_of_the_times(x, fs, neuron, power):
    c = 2.0**power
    neuron = scaled(x, fs, neuron)
    spikes, again = sd.encode(x, fs, neuron), sd.encode(c * x, fs, replace(neuron, threshold=c * neuron.threshold))
    assert np.array_equal(spikes.times, again.times)
    assert np.array_equal(c * spikes.heights, again.heights)
    assert np.array_equal(spikes.saturated, again.saturated)


@given(signals, rates, neurons(), st.data())
def test_the_past_does_not_depend_on_the_future(x, fs, neuron, data):
    m = data.draw(st.integers(0, x.size))
    other = np.concatenate([x[:m], data.draw(signals)])
    neuron = scaled(x, fs, neuron)
    trains = [sd.encode(each, fs, neuron) for each in (x, other)]
    edge = min(m if neuron.drive == "current" else m - 1, x.size, other.size) / fs
    before = [(train.times[train.times < edge], train.heights[train.times < edge]) for train in trains]
    assert np.array_equal(before[0][0], before[1][0])
    assert np.array_equal(before[0][1], before[1][1])


@given(signals, rates, neurons(bipolar=True))
def test_a_bipolar_neuron_codes_the_negative_signal_by_negative_spikes(x, fs, neuron):
    neuron = scaled(x, fs, neuron)
    spikes, mirrored = sd.encode(x, fs, neuron), sd.encode(-x, fs, neuron)
    assert np.array_equal(spikes.times, mirrored.times)
    assert np.array_equal(spikes.heights, -mirrored.heights)


@given(signals, rates, neurons())
def test_spikes_are_ordered_wait_out_t_ref_and_lie_in_time(x, fs, neuron):
    spikes = sd.encode(x, fs, scaled(x, fs, neuron))
    assert np.all(spikes.times[1:] >= spikes.times[:-1] + neuron.t_ref)
    assert np.all((spikes.times >= 0) & (spikes.times < x.size / fs))
    late = np.flatnonzero(spikes.saturated)
    assert np.array_equal(spikes.times[late], spikes.times[late - 1] + neuron.t_ref)
    assert neuron.bipolar or np.all(spikes.heights > 0)


def exact(u, v, p, tau):
    return lambda t: u + v * t + p * (1 - mpmath.exp(-t / tau))


@given(st.floats(-0.9, 0.9), st.floats(0.05, 50), st.booleans(), st.floats(0.05, 0.95), st.floats(-8, 0), st.booleans())
def test_no_crossing_of_a_membrane_that_bulges_is_missed_and_none_invented(u, speed, rises, where, margin, inside):
    """The bulge tops out at a known place of the step; the level is set just below or above its top, to fifty digits."""
    mpmath.mp.dps = 50
    tau, r = 1.0, 1.0
    sign = 1 if rises else -1
    v = -sign * speed
    p = -v * tau * math.exp(where * r / tau)
    f = exact(*map(mpmath.mpf, (u, v, p)), mpmath.mpf(tau))
    turn = tau * mpmath.log(mpmath.mpf(p) / (-mpmath.mpf(v) * tau))
    top = sign * f(turn)
    gap = 10.0**margin * (float(top) - sign * u)
    level = float(top) - gap if inside else float(top) + gap
    scale = abs(u) + abs(v) + abs(p)
    if level <= abs(u) or gap < 1e-13 * scale or (not inside and level <= -sign * float(f(mpmath.mpf(r)))):
        return
    wait, got = crossing(u, v, p, tau, r, -math.expm1(-r / tau), level, True)
    if not inside:
        assert got == 0.0
        return
    assert got == sign
    assert 0 <= wait <= float(turn) + 1e-9
    assert abs(sign * f(mpmath.mpf(wait)) - level) < 1e-14 * scale
    truth = mpmath.findroot(lambda t: sign * f(t) - level, (0, turn), solver="anderson", tol=1e-40)
    slope = abs(float(mpmath.diff(f, truth)))
    assert abs(wait - float(truth)) < 1e-14 * scale / max(slope, 1e-7 * scale)


@pytest.mark.parametrize("fs", [1e2, 1e3, 1e4, 1e5, 1e6])
@pytest.mark.parametrize("drive", ["current", "potential"])
def test_long_quiet_stretches_lose_no_digits(fs, drive):
    """A spike after ten thousand quiet samples stands where one sample of that length puts it."""
    neuron = sd.LIF(1.0, tau_m=1e4 / fs, drive=drive, firing="full")
    x = np.full(20_000, 1 / (1 - math.exp(-1))) if drive == "current" else np.arange(20_000) / 1e4
    assert sd.encode(x, fs, neuron).times[0] == pytest.approx(1e4 / fs, rel=1e-12)


@pytest.mark.parametrize(("v", "p"), [(1.0, 0.5), (3.0, -0.5), (0.0, 1.0), (1.0, 0.0)])
def test_reaching_the_level_at_the_very_end_of_a_step_counts(v, p):
    drop = -math.expm1(-0.5)
    end = 0.1 + (v * 0.5 + p * drop)
    assert crossing(0.1, v, p, 1.0, 0.5, drop, end, True) == (pytest.approx(0.5, rel=1e-15), 1.0)
    assert crossing(-0.1, -v, -p, 1.0, 0.5, drop, end, True) == (pytest.approx(0.5, rel=1e-15), -1.0)
    assert crossing(-0.1, -v, -p, 1.0, 0.5, drop, end, False)[1] == 0.0
    assert crossing(0.1, v, p, 1.0, 0.5, drop, math.nextafter(end, 9.0), True)[1] == 0.0
