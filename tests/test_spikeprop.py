"""SpikeProp against a dense search of the potential, finite differences, and what must hold for any network."""

import numpy as np
import pytest
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from sigdelta.learn import SpikeProp, fit, learn_evidence, learn_iris, learn_pattern, learn_xor
from sigdelta.learn.iris import receptive_times
from sigdelta.learn.xor import TARGETS, TIMES

DELAYS = (0.0, 1.3e-3, 4e-3)


def potential(t, times, weights, network):
    """Of one neuron at the times t: kernels summed one by one."""
    total = np.zeros_like(t)
    for time, row in zip(times, weights, strict=True):
        for delay, w in zip(network.delays, row, strict=True):
            s = t - time - delay
            total += np.where(s > 0, w * (np.exp(-s / network.tau_m) - np.exp(-2 * s / network.tau_m)), 0.0)
    return total


def searched(times, weights, network):
    """First crossing on a dense grid, refined; inf if there is none."""
    grid = np.linspace(0, times[np.isfinite(times)].max() + max(network.delays) + 5 * network.tau_m, 8001)
    above = potential(grid, times, weights, network) >= network.threshold
    if not above.any():
        return np.inf
    i = int(above.argmax())
    return brentq(
        lambda t: potential(np.array([t]), times, weights, network)[0] - network.threshold, grid[i - 1], grid[i], xtol=1e-16
    )


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(1.0, 8.0), st.floats(1e-3, 20e-3))
def test_spike_times_equal_a_dense_search(seed, strength, tau):
    rng, network = np.random.default_rng(seed), SpikeProp((4, 3), DELAYS, tau)
    weights, times = rng.uniform(-0.5, 1, (3, 4, 3)) * strength, rng.uniform(0, 10e-3, (2, 4))
    times[0, 0] = np.inf
    firing = network.run([weights], times)
    for p in range(2):
        for j in range(3):
            heard = np.isfinite(times[p])
            expected, found = searched(times[p, heard], weights[j, heard], network), firing.outputs[p, j]
            if np.isinf(expected) or np.isinf(found):
                peak = potential(np.linspace(0, 60e-3, 20001), times[p, heard], weights[j, heard], network).max()
                assert np.isinf(expected) == np.isinf(found) or peak == pytest.approx(1.0, abs=1e-5)
            else:
                assert found == pytest.approx(expected, rel=1e-9)
            if np.isfinite(found):
                assert potential(np.array([found]), times[p, heard], weights[j, heard], network)[0] == pytest.approx(
                    1.0, abs=1e-10
                )


def test_gradients_equal_finite_differences():
    rng, network = np.random.default_rng(3), SpikeProp((3, 5, 4, 2))
    weights, times = network.initial(1, mean=1.2), rng.uniform(0, 6e-3, (6, 3))
    pull, step = rng.standard_normal((6, 2)), 1e-5
    firing = network.run(weights, times)
    assert np.isfinite(firing.outputs).all()
    grads, worst = network.gradients(firing, pull), 0.0

    def loss(layer, index, change):
        moved = [w.copy() for w in weights]
        moved[layer][index] += change
        return (network.run(moved, times).outputs * pull).sum()

    for layer, grad in enumerate(grads):
        for index in np.ndindex(grad.shape):
            a, b, c, d = (loss(layer, index, k * step) for k in (-2, -1, 1, 2))
            worst = max(worst, abs((a - 8 * b + 8 * c - d) / (12 * step) - grad[index]) / np.abs(grad).max())
    check_fact("SpikeProp gradient against finite differences, 3 layers of weights, relative to the largest", worst, 1e-6)


def test_grazing_fires_and_its_gradient_is_refused_or_bounded():
    network = SpikeProp((1, 1), (0.0,))
    weights = [np.full((1, 1, 1), 4.0)]  # the kernel's summit is 1/4, at tau_m ln 2
    firing = network.run(weights, [[0.0]])
    assert firing.outputs[0, 0] == pytest.approx(4e-3 * np.log(2), rel=1e-12)
    assert firing.slopes[1][0, 0] == 0
    with pytest.raises(ValueError, match="grazes the threshold"):
        network.gradients(firing, [[1.0]])
    assert network.gradients(firing, [[1.0]], least_slope=1.0)[0][0, 0, 0] == pytest.approx(-0.25 * 4e-3)
    assert np.isinf(network.run([np.full((1, 1, 1), np.nextafter(4.0, 0))], [[0.0]]).outputs[0, 0])


def test_shifting_all_inputs_shifts_all_spikes_and_scaling_time_scales_them():
    rng, network = np.random.default_rng(5), SpikeProp((3, 5, 2))
    weights, times = network.initial(2, mean=1.2), rng.uniform(0, 6e-3, (10, 3))
    here = network.run(weights, times)
    assert np.allclose(network.run(weights, times + 2.0).outputs, here.outputs + 2.0, rtol=1e-12)
    slow = SpikeProp((3, 5, 2), tuple(2 * d for d in network.delays), 2 * network.tau_m)
    assert np.array_equal(slow.run(weights, 2 * times).outputs, 2 * here.outputs)


def test_a_silent_neuron_has_no_gradient_and_is_woken():
    network = SpikeProp((1, 2, 1), (1e-3,))
    weights = [np.array([[[8.0]], [[0.1]]]), np.array([[[8.0], [3.0]]])]
    firing = network.run(weights, [[0.0]])
    assert np.isfinite(firing.times[1][0]).tolist() == [True, False]
    hidden, output = network.gradients(firing, [[1.0]])
    assert hidden[1] == 0
    assert output[0, 1] == 0
    assert hidden[0] != 0
    with pytest.raises(ValueError, match="0 where an output is silent"):
        network.gradients(network.run([weights[0] * 0, weights[1]], [[0.0]]), [[1.0]])
    lesson = fit(network, [weights[0], weights[1] * 0.1], [[0.0]], [[5e-3]], cycles=400, revive=0.05)
    assert lesson.errors[0] == pytest.approx(35.0**2)
    assert lesson.errors[-1] < 1e-3


def test_a_pattern_by_itself_and_nothing_heard():
    network = SpikeProp((3, 5, 1))
    weights = network.initial(0)
    together = network.run(weights, TIMES).outputs
    assert np.array_equal(np.vstack([network.run(weights, t[None]).outputs for t in TIMES]), together)
    assert np.isinf(network.run(weights, np.full((1, 3), np.inf)).outputs).all()


def test_receptive_fields():
    x, low, high = np.array([[1.0, 5.0]]), np.array([0.0, 5.0]), np.array([2.0, 9.0])
    times = receptive_times(x, low, high, fields=5, span=10e-3)
    assert times.shape == (1, 11)
    assert times[0, 2] == 0, "the middle field's centre is the middle of the range"
    assert times[0, 5] == times[0, 6], "the low end lies between two fields"
    assert times[0, -1] == 0


def test_xor_is_learned():
    outcomes = [learn_xor(seed) for seed in range(20)]
    assert all(outcome.metrics["converged"] for outcome in outcomes)
    check_fact("XOR, mean cycles over 20 seeds", np.mean([outcome.metrics["cycles"] for outcome in outcomes]), 250)


def test_what_it_refuses():
    network = SpikeProp((3, 5, 1))
    weights = network.initial(0)
    for call, message in (
        (lambda: SpikeProp((3,)), "sizes must name at least"),
        (lambda: SpikeProp((3, 1), ()), "delays is empty"),
        (lambda: SpikeProp((3, 1), (-1e-3,)), "delays must be at least 0"),
        (lambda: network.run(weights[:1], TIMES), "weights must have the shapes"),
        (lambda: network.run(weights, TIMES[:, :2]), "times must have the shape"),
        (lambda: network.run(weights, TIMES * np.nan), "times must be numbers, or inf"),
        (lambda: network.gradients(network.run(weights, TIMES), [[1.0]]), "d_outputs must have the shape"),
        (lambda: fit(network, weights, TIMES, TARGETS[:2]), "targets must have the shape"),
        (lambda: fit(network, weights, TIMES, TARGETS, least_slope=0.0), "least_slope must be above 0"),
        (lambda: learn_xor(0, resume=True), "resume"),
        (lambda: learn_pattern(0, resume=True), "resume"),
        (lambda: learn_pattern(0, method="bptt", online=True), "online must be False"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_pattern_online_and_stored_learn_alike():
    online, stored = (learn_pattern(0, 3, method="random", online=online) for online in (True, False))
    assert online.curves["nmse"] == pytest.approx(stored.curves["nmse"], rel=1e-9)
    assert stored.outputs == pytest.approx(online.outputs, rel=1e-9)


@pytest.mark.parametrize(
    ("learn", "half", "epochs", "options"),
    [
        (learn_xor, 25, 60, {}),
        (learn_iris, 10, 21, {}),
        (learn_pattern, 100, 130, {"method": "adaptive"}),
        (learn_evidence, 10, 13, {"batch": 4, "method": "random"}),
    ],
)
def test_a_resumed_task_ends_at_the_same_bits(learn, half, epochs, options, tmp_path):
    path = tmp_path / "half.npz"
    whole = learn(1, epochs, **options)
    learn(1, half, checkpoint=path, **options)
    seen = []
    resumed = learn(1, epochs, checkpoint=path, resume=True, progress=lambda epoch, *_: seen.append(epoch), **options)
    assert half // 10 * 10 <= min(seen) <= half + 1, "it goes on, and does not start anew"
    assert resumed.curves == whole.curves
    assert np.array_equal(resumed.outputs, whole.outputs)
    assert {**resumed.metrics, "seconds": 0} == {**whole.metrics, "seconds": 0}
    with pytest.raises(ValueError, match="checkpoint of another"):
        learn(2, epochs, checkpoint=path, resume=True, **options)


@pytest.mark.slow
def test_xor_100_seeds():
    outcomes = [learn_xor(seed) for seed in range(100)]
    cycles = [outcome.metrics["cycles"] for outcome in outcomes if outcome.metrics["converged"]]
    check_fact("XOR, of 100 seeds converged to SSE < 1 within 300 cycles", len(cycles), 95, 100)
    check_fact("XOR, mean cycles", np.mean(cycles), 250)


@pytest.mark.slow
def test_iris_10_splits():
    check_fact("iris, mean test accuracy of 10 splits", np.mean([learn_iris(s).metrics["test"] for s in range(10)]), 0.95, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "limit"), [("bptt", 0.03), ("symmetric", 0.06), ("random", 0.2)])
def test_pattern_3_seeds(method, limit):
    outcomes = [learn_pattern(seed, method=method) for seed in range(3)]
    check_fact(f"pattern, {method}: normalised mse, mean of 3 seeds", np.mean([o.metrics["nmse"] for o in outcomes]), limit)


@pytest.mark.slow
def test_evidence():
    outcome = learn_evidence(0)
    check_fact("evidence, test error of 512 trials", outcome.metrics["test_error"], 0.07)
    check_fact("evidence, iterations", outcome.metrics["iterations"], 500)
