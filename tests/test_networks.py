"""Neurons driven by spikes against numerical integration, dense search, and what must hold for any of them."""

import math
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import sigdelta as sd

settings.register_profile("networks", max_examples=40, deadline=None, derandomize=True)
settings.load_profile("networks")

NEURONS = (
    [
        sd.LIF(0.5, tau, t_ref, drive, firing, bipolar)
        for drive, firing, bipolar, tau, t_ref in product(
            ("potential", "current"), ("half", "full"), (True, False), (12e-3, math.inf), (0.0, 3.3e-3)
        )
        if not (drive == "current" and tau == math.inf)
    ]
    + [sd.LIF(0.5, 12e-3, 2.1e-3, "current", "full", bipolar, "clamp") for bipolar in (True, False)]
    + [sd.LIF(5e-3, math.inf, 1e-3, "current", "half")]
)
KERNELS = {"same": ((1.0, 12e-3),), "two": ((1.4, 9e-3), (-0.4, 30e-3)), "held": ((0.4, math.inf),)}


def trains(seed=1, kernels=("same", "two", "held"), n=25, stop=0.1):
    rng = np.random.default_rng(seed)
    return [
        sd.SpikeTrain(np.sort(rng.uniform(0, stop, n)), rng.choice([-0.5, 0.7, 1.0], n), 0.0, stop, KERNELS[kernel])
        for kernel in kernels
    ]


def listen(synapses, neuron, stop, bias=0.0):
    """Spikes (time, height): the differential equation between events, integrated, its crossings on a grid, refined."""
    level = neuron.threshold * (0.5 if neuron.firing == "half" else 1.0)
    signs = (1.0, -1.0) if neuron.bipolar else (1.0,)
    potential = neuron.drive == "potential"
    edges = sorted({0.0, stop} | {time for times, _, _ in synapses for time in times if time < stop})
    spikes, z, release = [], 0.0, -math.inf

    def heard(t, since):
        total = bias + 0.0 * t
        for times, heights, kernel in synapses:
            for time, height in zip(times, heights, strict=True):
                if time <= since:
                    total = total + sum(height * weight * np.exp(-(t - time) / tau) for weight, tau in kernel)
        return total

    def slope(t, z, since):
        if potential:
            return -z / neuron.tau_m
        return heard(t, since) if neuron.tau_m == math.inf else (heard(t, since) - z) / neuron.tau_m

    def membrane(t, z, since):
        return heard(t, since) - z if potential else z

    def fire(time, sign):
        nonlocal z, release
        spikes.append((time, sign * neuron.threshold))
        z += (1 if potential else -1) * sign * neuron.threshold
        release = time + neuron.t_ref if neuron.t_ref > 0 else -math.inf

    for base, end in pairwise(edges):
        t = base
        while release == -math.inf and (s := next((s for s in signs if s * membrane(t, z, base) > level * (1 + 1e-12)), 0)):
            fire(t, s)
        while t < end:
            waiting = release > -math.inf
            until = min(end, release) if waiting else end
            if waiting and neuron.refractory == "clamp":
                z, t = 0.0, until
            elif until > t:
                path = solve_ivp(
                    slope, (t, until), [z], method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True, args=(base,)
                ).sol
                grid = np.linspace(t, until, 300)
                u = membrane(grid, path(grid)[0], base)
                hits = [(i, s) for s in signs for i in np.flatnonzero((s * u[1:] >= level) & (s * u[:-1] < level))]
                if hits and not waiting:
                    i, s = min(hits)
                    t = brentq(lambda w: s * membrane(w, path(w)[0], base) - level, grid[i], grid[i + 1], xtol=1e-16)  # noqa: B023
                    z = path(t)[0]
                    fire(t, s)
                    continue
                t, z = until, path(until)[0]
            if waiting and release < end:
                release = -math.inf
                if s := next((s for s in signs if s * membrane(t, z, base) > level), 0):
                    fire(t, s)
    return np.array(spikes).reshape(-1, 2)


@pytest.mark.parametrize("neuron", NEURONS, ids=lambda neuron: "-".join(str(value) for value in vars(neuron).values()))
def test_spikes_equal_numerical_integration(neuron):
    inputs, weights, delay = trains(), (0.9, -1.1, 0.8), 2e-3
    got = sd.propagate(inputs, weights, neuron, delay=delay, bias=0.2)
    synapses = [
        (train.times + delay, weight * train.heights, train.kernel) for train, weight in zip(inputs, weights, strict=True)
    ]
    expected = listen(synapses, neuron, 0.1, 0.2)
    assert len(expected) > 3
    assert got.heights.tolist() == expected[:, 1].tolist()
    assert np.abs(got.times - expected[:, 0]).max() < 1e-11


@pytest.mark.parametrize("neuron", NEURONS, ids=lambda neuron: "-".join(str(value) for value in vars(neuron).values()))
def test_the_membrane_is_the_potential_less_the_psp(neuron):
    neuron = replace(neuron, refractory="integrate")
    for tau_syn in (None, 3e-3, 12e-3):
        code = sd.propagation(trains(), (0.9, -1.1, 0.8), neuron, 3e3, tau_syn=tau_syn, delay=2e-3, bias=0.2)
        assert np.abs(code.membrane - code.error).max() < 1e-12
        assert code.spikes == sd.propagate(trains(), (0.9, -1.1, 0.8), neuron, tau_syn=tau_syn, delay=2e-3, bias=0.2)


def test_a_clamped_membrane_is_held_and_starts_anew():
    neuron = sd.LIF(0.3, 12e-3, 4e-3, "current", "full", bipolar=False, refractory="clamp")
    code = sd.propagation(trains(n=60), (1.0, 1.0, 1.0), neuron, 10e3)
    since = np.arange(code.x.size) / code.fs - code.spikes.times[:, None]
    held = np.any((since > 0) & (since < neuron.t_ref - 1e-9), axis=0)
    assert len(code.spikes) > 5
    assert np.all(code.membrane[held] == 0)
    started = np.arange(code.x.size) / code.fs > code.spikes.times[0]
    assert np.all(code.membrane[~held & started] != 0)


def test_a_spike_train_is_heard_as_the_signal_it_codes():
    """S_i -> S_j -> S_k: each neuron codes what it hears within its bound, and with it the first signal."""
    x = np.sin(np.arange(3000) / 200) + 0.3 * np.sin(np.arange(3000) / 31)
    first = sd.encode(x, 1e3, sd.LIF(0.1))
    second = sd.propagation(first, 1.0, sd.LIF(0.2), 1e3)
    third = sd.propagation(second.spikes, 1.0, sd.LIF(0.3, tau_m=10e-3), 1e3)
    assert np.array_equal(second.y, sd.psp(first, 1e3))
    assert np.array_equal(third.y, sd.psp(second.spikes, 1e3))
    assert np.abs(second.error).max() <= 0.1 + 1e-12
    assert np.abs(third.error).max() <= 0.15 + 1e-12
    assert np.abs(x - third.psp).max() <= 0.05 + 0.1 + 0.15 + 1e-12


def test_one_spike_is_the_synapse_itself():
    spike = sd.SpikeTrain([0.01], [2.0], 0.0, 0.1, ((1.0, 5e-3),))
    t = np.arange(1000) / 1e4 - 0.013
    for tau_syn, tau in ((None, 5e-3), (2e-3, 2e-3), (20e-3, 20e-3)):
        neuron = sd.LIF(100.0, 20e-3, drive="current")
        code = sd.propagation(spike, 0.5, neuron, 1e4, tau_syn=tau_syn, delay=3e-3)
        shape = t / tau * np.exp(-t / tau) if tau == 20e-3 else tau / (tau - 20e-3) * (np.exp(-t / tau) - np.exp(-t / 20e-3))
        assert code.y == pytest.approx(np.where(t > 0, shape, 0.0), abs=1e-13)
        assert code.membrane == pytest.approx(code.y, abs=1e-14)
        assert code.x[131] == pytest.approx(math.exp(-1e-4 / tau))
    relayed = sd.propagate(spike, 0.5, sd.LIF(1.0, bipolar=False, firing="full"), delay=3e-3)
    assert relayed.times.tolist() == [0.01 + 3e-3]


def test_simultaneous_spikes_are_one_event():
    up, down = (sd.SpikeTrain([0.02], [height], 0.0, 0.1, ((1.0, 5e-3),)) for height in (1.0, -1.0))
    assert len(sd.propagate([up, down], [3.0, 3.0], sd.LIF(0.5))) == 0
    assert sd.propagate([up, up], [0.25, 0.25], sd.LIF(0.5, firing="full")).times.tolist() == [0.02]
    assert sd.propagate(up, 0.25, sd.LIF(0.5, tau_m=5e-3)).times.tolist() == [0.02]
    assert len(sd.propagate(up, 0.2499999, sd.LIF(0.5))) == 0
    leaving = sd.propagate(up, 0.25, sd.LIF(0.5))
    assert leaving.times.tolist() == [0.02, 0.02]
    assert leaving.heights.tolist() == [0.5, -0.5]
    assert set(sd.propagate(up, 5.0, sd.LIF(0.5, tau_m=5e-3)).times) == {0.02}


weights = st.floats(-2, 2).filter(lambda w: abs(w) > 1e-3)
some = {
    "seed": st.integers(0, 10**6), "row": st.tuples(weights, weights, weights),
    "tau_syn": st.sampled_from([None, 1e-3, 20e-3, 0.3]),
    "neuron": st.builds(
        sd.LIF, st.floats(0.1, 1.0), st.sampled_from([5e-3, 20e-3]), st.sampled_from([0.0, 2e-3]),
        st.sampled_from(["potential", "current"]), st.sampled_from(["half", "full"]), st.booleans(),
    ),
}  # fmt: skip


@given(**some, shift=st.sampled_from([2.0**-9, 2.0**-6]), power=st.integers(-20, 20))
def test_what_must_hold_for_any_neuron_that_listens(seed, row, tau_syn, neuron, shift, power):
    inputs = [sd.SpikeTrain(np.round(t.times * 2**30) / 2**30, t.heights, 0.0, 1.0, t.kernel) for t in trains(seed)]
    got = sd.propagate(inputs, row, neuron, tau_syn=tau_syn)
    assert np.all(np.diff(got.times) >= 0)
    assert np.all(got.times[1:] >= got.times[:-1] + neuron.t_ref)
    scaled = sd.propagate(
        inputs, np.array(row) * 2.0**power, replace(neuron, threshold=neuron.threshold * 2.0**power), tau_syn=tau_syn
    )
    assert np.array_equal(scaled.times, got.times)
    late = sd.propagate(inputs, row, neuron, tau_syn=tau_syn, delay=shift)
    n = min(len(got), len(late))
    assert abs(len(got) - len(late)) <= np.sum(got.times >= 1.0 - shift - 1e-9)
    assert np.abs(late.times[:n] - got.times[:n] - shift).max(initial=0) < 1e-11
    cut = [train[0.0:0.05] for train in inputs]
    past = sd.propagate(cut, row, neuron, tau_syn=tau_syn)
    assert past.times == pytest.approx(got.times[: len(past)], abs=1e-14)
    assert np.all(got.times[len(past) :] >= 0.05)
    if neuron.t_ref == 0 and neuron.bipolar:
        code = sd.propagation(inputs, row, neuron, 1e3, tau_syn=tau_syn)
        assert np.abs(code.error).max() <= neuron.level + 1e-11 * max(1, np.abs(code.y).max())


def test_a_neuron_that_rests_on_its_level_is_not_woken_by_nothing():
    up, down = (sd.SpikeTrain([0.01, 0.03], [1.0, height], 0.0, 0.1, ((1.0, math.inf),)) for height in (1.0, -1.0))
    for weights in ((0.25, 0.25), (0.5, 0.0)):
        assert len(sd.propagate([up, down], weights, sd.LIF(1.0, math.inf))) == 1


def test_a_layer_is_its_neurons_one_by_one():
    inputs, rng = trains(), np.random.default_rng(0)
    matrix, delays = rng.standard_normal((4, 3)), rng.uniform(0, 5e-3, (4, 3))
    neurons = [sd.LIF(theta, drive="current") for theta in (0.1, 0.2, 0.3, 0.4)]
    layer = sd.propagate(inputs, matrix, neurons, delay=delays, tau_syn=(1e-3, 2e-3, 5e-3))
    seen = sd.propagation(inputs, matrix, neurons, 1e3, delay=delays, tau_syn=(1e-3, 2e-3, 5e-3))
    for i, train in enumerate(layer):
        assert train == sd.propagate(inputs, matrix[i], neurons[i], delay=delays[i], tau_syn=(1e-3, 2e-3, 5e-3))
    assert seen.spikes == layer
    assert seen.membrane.shape == (4, 100)
    assert np.array_equal(seen.psp, sd.psp(layer, 1e3))
    assert sd.propagate(inputs, matrix, neurons[0])[0] == sd.propagate(inputs, matrix[0], neurons[0])
    assert len(sd.propagate(layer, np.ones(4), neurons[0])) > 0


def test_a_window_need_not_start_at_nothing():
    inputs = [sd.SpikeTrain(np.round(t.times * 2**20) / 2**20, t.heights, 0.0, 0.1, t.kernel) for t in trains()]
    later = [replace(t, times=t.times + 2.0, start=2.0, stop=2.1) for t in inputs]
    for neuron in (sd.LIF(0.5, t_ref=1e-3), sd.LIF(0.3, drive="current")):
        here, there = (sd.propagation(each, (0.9, -1.1, 0.8), neuron, 1e3, bias=0.2) for each in (inputs, later))
        assert len(here.spikes) > 5
        assert there.spikes.times == pytest.approx(here.spikes.times + 2.0, abs=1e-13)
        for name in ("x", "y", "psp", "membrane"):
            assert getattr(there, name) == pytest.approx(getattr(here, name), abs=1e-11)
        assert (there.spikes.start, there.spikes.stop) == (2.0, 2.1)


def test_many_spikes_of_one_input():
    spike = sd.SpikeTrain([0.0], [1.0], 0.0, 0.1, ((1.0, 20e-3),))
    assert len(sd.propagate(spike, 500.0, sd.LIF(0.01))) >= 50_000
    with pytest.raises(ValueError, match=r"2\*\*27"):
        sd.propagate(spike, 1e12, sd.LIF(0.01))


TRAIN = trains()[0]
REFUSED = [
    ((None, 1.0, sd.LIF()), {}, TypeError, "inputs must be a SpikeTrain or a list"),
    (([], 1.0, sd.LIF()), {}, TypeError, "inputs must be a SpikeTrain or a list"),
    (([TRAIN, TRAIN[0.0:0.05]], (1, 1), sd.LIF()), {}, ValueError, "one window"),
    ((TRAIN, (1.0, 2.0), sd.LIF()), {}, ValueError, "weights must have one column for each of the 1 inputs"),
    ((TRAIN, math.nan, sd.LIF()), {}, ValueError, r"weights\[0\] is nan"),
    ((TRAIN, "strong", sd.LIF()), {}, TypeError, "weights must hold real numbers"),
    ((TRAIN, 1.0, None), {}, TypeError, "neuron must be LIF"),
    ((TRAIN, [[1.0], [1.0]], [sd.LIF()]), {}, ValueError, "1 neurons need a row"),
    ((TRAIN, 1.0, sd.LIF()), {"delay": -1e-3}, ValueError, "delay must be at least 0"),
    ((TRAIN, 1.0, sd.LIF()), {"delay": [1e-3, 1e-3]}, ValueError, "delay of shape"),
    ((TRAIN, 1.0, sd.LIF()), {"tau_syn": 0.0}, ValueError, "tau_syn must be above 0"),
    ((TRAIN, 1.0, sd.LIF()), {"tau_syn": math.nan}, ValueError, "tau_syn"),
    ((TRAIN, 1.0, sd.LIF()), {"bias": math.inf}, ValueError, "bias must be above -inf and finite"),
    ((replace(TRAIN, heights=1e300 * TRAIN.heights), 1e300, sd.LIF()), {}, ValueError, "is not finite"),
]


@pytest.mark.parametrize(("args", "options", "error", "message"), REFUSED)
def test_bad_input_is_named(args, options, error, message):
    with pytest.raises(error, match=message):
        sd.propagate(*args, **options)
    with pytest.raises(error, match=message):
        sd.propagation(*args, 1e3, **options)
