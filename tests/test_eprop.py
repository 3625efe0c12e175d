"""Online e-prop against the adjoint, which goes backwards through a stored history, and against a derivation by hand."""

import numpy as np
import pytest
from facts import check_fact

from sigdelta.learn import SRNN
from sigdelta.learn.eprop import EProp, stored_gradients

STEPS, BATCH = 60, 3


def setting(recurrent=True, adaptive=True, outputs=2, seed=0, n=7, **options):
    """A network of neurons that differ, busy, with its input and targets."""
    network = SRNN(inputs=4, hidden=(n,), outputs=outputs, recurrent=recurrent, resistance=1.3, **options)
    rng = np.random.default_rng(seed)
    p = network.initial(seed, spread=0.4, b0=0.05, beta=0.9 if adaptive else 0.0, tau_adp=30e-3)
    if adaptive:
        p["hidden0.beta"][::3] = 0.0
    p["readout.tau_m"][:] = 12e-3
    p["hidden0.bias"] = rng.uniform(0, 0.3, n)
    x = (rng.random((STEPS, BATCH, 4)) < 0.3) * 1.5
    return network, p, x, rng.standard_normal((STEPS, BATCH, outputs)), rng


def online(network, p, x, target, feedback=None, parts=1, **options):
    watch = EProp(network, p, x.shape[1], feedback=feedback, **options)
    y = [watch.observe(a, b) for a, b in zip(np.array_split(x, parts), np.array_split(target, parts), strict=True)]
    return watch, np.concatenate(y)


def distance(grads, expected):
    assert grads.keys() == expected.keys()
    return max(np.abs(grads[name] - expected[name]).max() / max(np.abs(expected[name]).max(), 1e-3) for name in expected)


@pytest.mark.parametrize("surrogate", ["multi-gaussian", "gaussian", "triangular"])
@pytest.mark.parametrize("adaptive", [True, False])
def test_online_equals_the_adjoint_with_the_recurrent_path_cut(surrogate, adaptive):
    network, p, x, target, _ = setting(surrogate=surrogate, adaptive=adaptive)
    run = network.run(p, x)
    assert 5 < run.rates["hidden0"] < 500
    watch, y = online(network, p, x, target)
    error = run.outputs - target
    check_fact("online e-prop's outputs against the stored run", np.abs(y - run.outputs).max(), 1e-12)
    check_fact(
        "online e-prop against the adjoint, recurrent path cut", distance(watch.gradients(), stored_gradients(run, error)), 1e-12
    )
    assert watch.loss == pytest.approx(0.5 * (error**2).sum(), rel=1e-12)
    assert distance(watch.gradients(), network.gradients(run, error)) > 1e-3, "the cut path carries something"


@pytest.mark.parametrize("adaptive", [True, False])
def test_without_recurrence_online_equals_full_back_propagation(adaptive):
    network, p, x, target, _ = setting(recurrent=False, adaptive=adaptive)
    run = network.run(p, x)
    watch, _ = online(network, p, x, target)
    full = network.gradients(run, run.outputs - target)
    check_fact("online e-prop against full BPTT, no recurrence", distance(watch.gradients(), full), 1e-12)


def test_random_feedback_rate_cost_and_cross_entropy():
    network, p, x, _, rng = setting(outputs=3)
    target = np.eye(3)[rng.integers(0, 3, (STEPS, BATCH))]
    feedback, weight = rng.standard_normal((7, 3)), rng.random(STEPS)
    run = network.run(p, x)
    watch = EProp(network, p, BATCH, feedback=feedback, loss="cross-entropy")
    watch.observe(x, target, weight)
    odds = np.exp(run.outputs)
    odds /= odds.sum(2, keepdims=True)
    rates = run.states["hidden0"].spikes[1:].mean((0, 1))
    d_spikes = np.broadcast_to(5.0 * (rates - 0.02) / (STEPS * BATCH), (STEPS, BATCH, 7))
    expected = stored_gradients(run, weight[:, None, None] * (odds - target), {"hidden0": d_spikes}, feedback)
    check_fact("online random e-prop, rates and cross-entropy", distance(watch.gradients(20.0, 5.0), expected), 1e-12)
    assert watch.loss == pytest.approx(-(weight[:, None, None] * target * np.log(odds)).sum(), rel=1e-12)
    assert np.allclose(watch.rates, rates * 1000, rtol=1e-12)


def test_a_stream_watched_in_parts_gives_the_same_to_the_bit():
    network, p, x, target, _ = setting()
    (one, y), (many, y_parts) = (online(network, p, x, target, parts=parts) for parts in (1, 7))
    assert np.array_equal(y, y_parts)
    a, b = one.gradients(), many.gradients()
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_one_neuron_by_hand():
    """One input spike and a silent neuron: the trace is psi times the response, less the reset that it would have caused."""
    network = SRNN(inputs=1, hidden=(1,), outputs=1, recurrent=False, surrogate="triangular", gamma=0.3, sigma=2.0)
    p = network.initial(0, b0=1.0, beta=0.0)
    p["hidden0.input"][:], p["readout.input"][:] = 0.5, 2.0
    x = np.zeros((30, 1, 1))
    x[0] = 1.0
    watch, y = online(network, p, x, np.full((30, 1, 1), -1.0))
    assert not y.any()
    a, response, heard, expected = np.exp(-1 / 20), 1 - np.exp(-1 / 20), 0.0, 0.0
    for t in range(30):
        slope = 0.3 * (1 - abs(0.5 * (1 - a) * a**t - 1.0) / 2.0)
        heard = a * heard + (1 - a) * slope * response
        expected += 2.0 * heard
        response *= a - slope
    assert watch.gradients()["hidden0.input"][0, 0] == pytest.approx(expected, rel=1e-13)


def test_float32_follows_float64():
    network, p, x, target, _ = setting(adaptive=False, seed=3)
    single, double = (online(network, p, x, target, dtype=dtype)[0] for dtype in (np.float32, np.float64))
    assert all(value.dtype == np.float32 for value in single.gradients().values())
    assert distance(single.gradients(), double.gradients()) < 1e-4


def test_what_it_refuses():
    network, p, x, target, _ = setting()
    with pytest.raises(ValueError, match=r"one hidden layer and a leaky readout, not 2"):
        EProp(SRNN(4, (3, 3), 2), {}, 1)
    with pytest.raises(ValueError, match=r"readout\.tau_m must be one value"):
        EProp(network, p | {"readout.tau_m": np.array([1e-2, 2e-2])}, 1)
    with pytest.raises(ValueError, match=r"feedback must have the shape \(neurons, outputs\) = \(7, 2\), not \(2, 7\)"):
        EProp(network, p, 1, feedback=np.ones((2, 7)))
    watch = EProp(network, p, BATCH)
    with pytest.raises(ValueError, match=r"x must have the shape \(steps, 3, 4\)"):
        watch.observe(x[..., :3], target)
    with pytest.raises(ValueError, match="target must have the shape"):
        watch.observe(x, target[:-1])
    with pytest.raises(ValueError, match="weight must have the shape"):
        watch.observe(x, target, np.ones(3))
    with pytest.raises(ValueError, match=r"x\[\(0, 0, 0\)\] is nan"):
        watch.observe(np.full_like(x, np.nan), target)
    with pytest.raises(ValueError, match="feedback must have the shape"):
        stored_gradients(network.run(p, x), target, feedback=np.ones((2, 7)))
