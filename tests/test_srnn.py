"""Recurrent spiking networks: their gradients against finite differences, forward mode and torch; their input checked."""

import math

import numpy as np
import pytest
from duals import derivatives
from facts import check_fact

import sigdelta as sd
from sigdelta.learn import SRNN

SURROGATES = ("gaussian", "multi-gaussian", "triangular")
READOUTS = ("leaky", "spiking")


def network(surrogate="multi-gaussian", readout="leaky", **options):
    settings = {"hidden": (5, 4), "surrogate": surrogate, "readout": readout, "dt": 1.0, "resistance": 1.5, **options}
    return SRNN(3, settings.pop("hidden"), 2, **settings)


def setting(net, seed=0, steps=14, batch=2, firing=3.0):
    """Parameters that differ from neuron to neuron, an input, and weights of the outputs in the loss."""
    rng = np.random.default_rng(seed)
    p = net.initial(seed, tau_m=5.0, tau_adp=9.0, b0=0.3, beta=0.7, tau_out=4.0, gain=firing, recurrent_gain=firing, spread=0.3)
    p = {name: value + 0.1 * rng.standard_normal(value.shape) * (".bias" in name) for name, value in p.items()}
    return p, rng.standard_normal((steps, batch, net.inputs)), rng.standard_normal((steps, batch, net.outputs))


def largest(found, wanted):
    """Largest relative difference of any group of parameters, and the group."""
    assert set(found) == set(wanted)
    errors = {name: np.abs(found[name] - wanted[name]).max() / np.abs(wanted[name]).max() for name in wanted}
    name = max(errors, key=errors.get)
    return errors[name], name


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_gradients_in_smooth_mode_are_finite_differences(surrogate, readout):
    net = network(surrogate, readout)
    p, x, weights = setting(net, seed=2)
    budget = {name: np.random.default_rng(9).standard_normal((14, 2, n)) for name, n in (("hidden0", 5), ("hidden1", 4))}

    def loss(p):
        run = net.run(p, x, smooth=True)
        return (run.outputs * weights).sum() + sum((run.states[name].spikes[1:] * w).sum() for name, w in budget.items())

    run = net.run(p, x, smooth=True)
    for state in run.states.values():
        v = np.abs(state.u - state.cell[3] - state.cell[4] * state.eta)[1:]
        assert surrogate != "triangular" or min(v.min(), np.abs(v - net.sigma).min()) > 3e-4, "away from kinks"
    wanted = {name: np.empty_like(value) for name, value in p.items()}
    for name, value in p.items():
        h = 1e-4 * max(1.0, np.abs(value).max())
        for index in np.ndindex(value.shape):
            loss_at = []
            for step in (-2 * h, -h, h, 2 * h):
                moved = value.copy()
                moved[index] += step
                loss_at.append(loss(p | {name: moved}))
            wanted[name][index] = (loss_at[0] - 8 * loss_at[1] + 8 * loss_at[2] - loss_at[3]) / (12 * h)
    error, name = largest(net.gradients(run, weights, budget), wanted)
    check_fact(f"BPTT, {surrogate}, {readout}: against finite differences, worst of {len(p)} groups ({name})", error, 1e-7)


@pytest.mark.parametrize("detached", [False, True])
@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_gradients_are_those_of_forward_mode(surrogate, readout, detached):
    net = network(surrogate, readout)
    p, x, weights = setting(net, seed=1)
    run = net.run(p, x)
    assert all(0.02 < state.spikes[1:].mean() < 0.7 for state in run.states.values())
    outputs, slopes = zip(*(derivatives(net, p, x[:, b], weights[:, b], detached) for b in range(2)), strict=True)
    assert run.outputs == pytest.approx(np.stack(outputs, 1), abs=1e-13)
    wanted = {name: slopes[0][name] + slopes[1][name] for name in p}
    error, name = largest(net.gradients(run, weights, detached=detached), wanted)
    cut = ", recurrent path cut" if detached else ""
    check_fact(f"BPTT, {surrogate}, {readout}{cut}: against forward mode, worst of {len(p)} groups ({name})", error, 1e-12)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_gradients_are_those_of_torch(surrogate, readout):
    torch = pytest.importorskip("torch")
    from autograd import torch_gradients

    net = network(surrogate, readout, hidden=(30, 20))
    p, x, weights = setting(net, seed=5, steps=100, batch=8)
    run = net.run(p, x)
    outputs, wanted = torch_gradients(torch, net, p, x, weights)
    assert np.array_equal(run.outputs > 0, outputs > 0)
    assert run.outputs == pytest.approx(outputs, abs=1e-12)
    error, name = largest(net.gradients(run, weights), wanted)
    check_fact(f"BPTT, {surrogate}, {readout}: against torch, worst of {len(p)} groups ({name})", error, 1e-10)


@pytest.mark.parametrize("density", [0.05, 0.9])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_single_precision_agrees(surrogate, density):
    net = network(surrogate, hidden=(40, 30))
    p, x, weights = setting(net, seed=1, steps=12, firing=2.0)
    x = np.random.default_rng(1).random(x.shape) < density
    double, single = net.run(p, x), net.run(p, x, dtype=np.float32)
    assert all(np.array_equal(single.states[name].spikes, double.states[name].spikes) for name in double.states)
    assert single.outputs.dtype == np.float32
    assert largest(net.gradients(single, weights), net.gradients(double, weights))[0] < 2e-5


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_the_surrogate_is_its_formula_at_any_distance(surrogate, dtype):
    from duals import surrogate as formula

    from sigdelta.kernels.surrogates import surrogates
    from sigdelta.learn.surrogates import surrogate_shape

    v = np.concatenate([[0.0], np.geomspace(1e-3, 1e9, 60)])
    v = np.concatenate([v, -v]).astype(dtype)
    out = np.empty_like(v)
    surrogates(v, *surrogate_shape(network(surrogate), np.dtype(dtype)), out)
    assert out == pytest.approx(
        [formula(float(each), surrogate, 0.5, 0.5, 0.15) for each in v], rel=0, abs=12 * float(np.finfo(dtype).eps)
    )


def test_a_neuron_is_the_clocked_adaptive_neuron():
    fs = 1000.0
    x = 3 + 2 * sd.signals.noise(2.0, fs, bandwidth=5.0, seed=1)
    neuron = sd.AdaptiveLIF(0.05, 1.8, 15e-3, 80e-3, drive="current", firing="full", bipolar=False)
    code = sd.code(x, fs, neuron, clocked=True)
    net = SRNN(1, (), 1, readout="spiking", dt=1 / fs)
    p = net.initial(0, tau_out=15e-3, tau_adp=80e-3, b0=0.05, beta=1.8) | {"readout.input": np.ones((1, 1))}
    state = net.run(p, x[:, None, None]).states["readout"]
    assert len(code.spikes) > 100
    assert state.spikes[1:-2].sum() == len(code.spikes)
    check_fact("identity y - psp = u of the network's neuron", np.abs(state.u[:-1, 0, 0] - code.error).max(), 1e-12)


def test_start_goes_on_where_a_run_ended():
    net = network()
    p, x, _ = setting(net, steps=30)
    whole = net.run(p, x)
    first = net.run(p, x[:13])
    start = {name: (state.u[-1], state.eta[-1], state.spikes[-1]) for name, state in first.states.items()}
    rest = net.run(p, x[13:], start=start)
    for name, state in whole.states.items():
        assert rest.states[name].u == pytest.approx(state.u[13:], abs=1e-14)


def test_arrays_of_another_run_may_be_written_over():
    net = network(readout="spiking", hidden=(30, 20))
    p, x, weights = setting(net, steps=40)
    fresh = net.run(p, x)
    outputs, wanted = fresh.outputs.copy(), net.gradients(fresh, weights)
    again = net.run(p, x, reuse=net.run(p, -x, smooth=True))
    assert np.array_equal(again.outputs, outputs)
    assert all(np.array_equal(value, wanted[name]) for name, value in net.gradients(again, weights).items())
    shorter = net.run(p, x[:5], reuse=again)
    assert np.array_equal(shorter.outputs, outputs[:5])


def test_what_is_wrong_is_named():
    net = network()
    p, x, weights = setting(net)
    for wrong, words in (
        (x[:, :, :2], r"x must have the shape \(steps, batch, 3\), not the shape \(14, 2, 2\): pad shorter"),
        ([np.zeros((3, 3)), np.zeros((4, 3))], "not sequences of unequal length: pad shorter sequences with zeros"),
        (np.where(x > 0, np.nan, x), "x must be finite"),
    ):
        with pytest.raises(ValueError, match=words):
            net.run(p, wrong)
    for name, value, words in (
        ("hidden0.tau_m", -p["hidden0.tau_m"], r"hidden0.tau_m must be finite and positive: it has -"),
        ("hidden1.input", p["hidden0.input"], r"hidden1.input must have the shape \(4, 5\), not \(5, 3\)"),
        ("hidden2.b0", p["hidden1.b0"], r"parameters are those of another network, which differs from this one in hidden2.b0"),
    ):
        with pytest.raises(ValueError, match=words):
            net.run({**p, name: value}, x)
    with pytest.raises(ValueError, match="dtype must be float64 or float32, not int64"):
        net.run(p, x, dtype=np.int64)
    with pytest.raises(ValueError, match=r"d_outputs must have the shape of the outputs, \(14, 2, 2\), not"):
        net.gradients(net.run(p, x), weights[:5])
    for options, words in (
        ({"hidden": ()}, "hidden must be a tuple"),
        ({"hidden": (0,)}, "hidden must be at least 1, not 0"),
        ({"readout": "linear"}, "readout must be one of 'leaky', 'spiking', not 'linear'"),
        ({"surrogate": "step"}, "surrogate must be one of"),
        ({"dt": 0.0}, "dt must be above 0"),
        ({"sigma": math.nan}, "sigma must be above 0"),
    ):
        with pytest.raises(ValueError, match=words):
            network(**options)
