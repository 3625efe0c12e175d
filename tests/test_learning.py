"""Losses against sums by hand, training that resumes to the bit, and what is refused on the way."""

import dataclasses

import numpy as np
import pytest
from facts import check_fact

from sigdelta.learn import SRNN, Adam, Data, Settings, cross_entropy, evaluate, mse, nll, spike_budget, train
from sigdelta.learn.checkpoints import load_checkpoint

NETWORK = SRNN(3, (12,), 4)
QUICK = Settings(epochs=4, batch=5, factors={"*.b0": 0.0, "hidden0.tau_*": 3.0}, halve_every=2, budget=50.0, strength=1e-3)


def data(seed=0, n=16, steps=30):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    x = 4 * rng.random((steps, n, 3)) * (1 + (labels[:, None] >> np.arange(3)) % 2)
    return Data(x, np.tile(labels, (steps, 1)))


def start(network=NETWORK):
    return network.initial(0, b0=0.1, gain=5.0)


def differences(call, at, h=1e-6):
    slopes = np.empty_like(at)
    for index in np.ndindex(at.shape):
        there, back = at.copy(), at.copy()
        there[index] += h
        back[index] -= h
        slopes[index] = (call(there) - call(back)) / (2 * h)
    return slopes


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (nll, np.array([[-1, 0, 1], [2, 0, -1], [3, 3, 1]])),
        (cross_entropy, np.array([3, 0, 1])),
        (mse, np.random.default_rng(1).standard_normal((3, 3, 4))),
    ],
)
def test_losses_are_their_formulas_and_their_derivatives_are_differences(loss, targets):
    outputs = np.random.default_rng(0).standard_normal((3, 3, 4))
    found = loss(outputs, targets)
    if loss is mse:
        assert found.value == pytest.approx(np.mean((outputs - targets) ** 2))
    else:
        seen, labels = (outputs, targets) if loss is nll else (outputs.mean(0)[None], targets[None])
        terms = [(seen[i], label) for i, label in np.ndenumerate(labels) if label >= 0]
        wanted = -np.mean([each[label] - np.log(np.exp(each).sum()) for each, label in terms])
        assert found.value == pytest.approx(wanted)
        assert (found.hits, found.counted) == (sum(each.argmax() == label for each, label in terms), len(terms))
    assert found.d_outputs == pytest.approx(differences(lambda o: loss(o, targets).value, outputs), abs=1e-8)


def test_a_spike_budget_punishes_only_what_is_above_it():
    run = NETWORK.run(start(), data().x, smooth=True)
    spikes = run.states["hidden0"].spikes[1:]
    rates = spikes.mean((0, 1)) / NETWORK.dt
    budget = float(np.median(rates))
    penalty, slopes = spike_budget(run, budget, 2.0)
    assert penalty == pytest.approx(np.mean(np.maximum(rates / budget - 1, 0) ** 2))
    assert (slopes["hidden0"][0, 0] > 0).tolist() == (rates > budget).tolist()
    assert spike_budget(run, 2 * float(rates.max()), 2.0)[0] == 0


def test_adam_is_its_formula_and_time_constants_stay_positive():
    rng, rate, value = np.random.default_rng(0), 0.1, 1.0
    adam, first, second = Adam({"a.bias": np.ones(1), "a.tau_m": np.full(1, 2e-3), "a.b0": np.ones(1)}, rate, dt=1e-3,
                               factors={"*.b0": 0.0}), 0.0, 0.0  # fmt: skip
    for n in range(1, 40):
        g = rng.standard_normal()
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
        value -= rate * (first / (1 - 0.9**n)) / (np.sqrt(second / (1 - 0.999**n)) + 1e-8)
        adam.step({"a.bias": np.array([g]), "a.tau_m": np.ones(1), "a.b0": np.ones(1)})
    assert adam.parameters["a.bias"][0] == pytest.approx(value, rel=1e-12)
    assert adam.parameters["a.tau_m"][0] == pytest.approx(1e-4)
    assert adam.parameters["a.b0"][0] == 1.0
    clipped = Adam({"a.bias": np.ones(2)}, rate, clip=1.0)
    clipped.step({"a.bias": np.array([3.0, 4.0])})
    assert clipped.first["a.bias"] == pytest.approx([0.06, 0.08])


def test_training_learns_and_is_seeded():
    settings = dataclasses.replace(QUICK, epochs=20, rate=0.05, halve_every=0)
    first, again = (train(NETWORK, start(), nll, data(), data(1), settings) for _ in range(2))
    assert first.curves == again.curves
    assert first.curves["loss"][-1] < 0.7 * first.curves["loss"][0]
    assert np.array_equal(first.parameters["hidden0.b0"], start()["hidden0.b0"])
    assert not np.array_equal(first.parameters["hidden0.tau_m"], start()["hidden0.tau_m"])
    seen = evaluate(NETWORK, first.parameters, nll, data(1))
    assert seen["accuracy"] == first.curves["accuracy"][first.epoch - 1] == max(first.curves["accuracy"])


def test_a_resumed_training_ends_at_the_same_bits(tmp_path):
    whole = train(NETWORK, start(), nll, data(), data(1), QUICK, checkpoint=tmp_path / "whole.npz")
    path = tmp_path / "half.npz"
    train(NETWORK, start(), nll, data(), data(1), dataclasses.replace(QUICK, epochs=2), checkpoint=path)
    resumed = train(NETWORK, start(), nll, data(), data(1), QUICK, checkpoint=path, resume=True)
    assert resumed.curves == whole.curves
    unequal = sum(not np.array_equal(resumed.parameters[name], value) for name, value in whole.parameters.items())
    check_fact("groups of parameters that differ after a resumed training", unequal, 0)
    with np.load(path) as one, np.load(tmp_path / "whole.npz") as other:
        assert all(np.array_equal(one[name], other[name]) for name in other)
    assert not list(tmp_path.glob(".*")), "no temporary file stays"


def test_early_stopping_keeps_the_best(tmp_path):
    stopped = train(NETWORK, start(), nll, data(), data(5), dataclasses.replace(QUICK, epochs=60, patience=3, rate=0.3))
    epochs = len(stopped.curves["accuracy"])
    assert epochs < 60
    assert epochs - stopped.epoch == 3
    assert max(stopped.curves["accuracy"]) == stopped.curves["accuracy"][stopped.epoch - 1]


def test_divergence_says_where_and_keeps_the_last_good_checkpoint(tmp_path):
    path, calls = tmp_path / "good.npz", []

    def breaks(outputs, targets):
        calls.append(1)
        found = nll(outputs, targets)
        # four batches and a validation an epoch: the second batch of the second epoch
        return found._replace(value=np.nan, d_outputs=np.nan * found.d_outputs) if len(calls) == 7 else found

    with pytest.raises(ValueError, match=r"diverged at step 6 \(epoch 2\): the loss is nan, .*: readout.input, .*hidden0.tau_m"):
        train(NETWORK, start(), breaks, data(), data(1), QUICK, checkpoint=path)
    state, groups = load_checkpoint(path, *about(path), dict.fromkeys(("parameters", "first", "second", "best"), start()))
    assert state["epoch"] == 1
    assert all(np.isfinite(value).all() for value in groups["parameters"].values())


def about(path):
    import json

    with np.load(path) as file:
        return (json.loads(str(file["about"])),)


def test_checkpoints_of_something_else_are_refused(tmp_path):
    path = tmp_path / "one.npz"
    train(NETWORK, start(), nll, data(), data(1), dataclasses.replace(QUICK, epochs=1), checkpoint=path)
    other = SRNN(3, (13,), 4)
    with pytest.raises(ValueError, match=r"another network: its hidden0.b0 is \(12,\), and must be \(13,\)"):
        train(other, start(other), nll, data(), data(1), QUICK, checkpoint=path, resume=True)
    with pytest.raises(ValueError, match=r"another training, with rate=0.01: start anew"):
        train(NETWORK, start(), nll, data(), data(1), dataclasses.replace(QUICK, rate=0.02), checkpoint=path, resume=True)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"one.npz is no checkpoint of sigdelta's, or damaged"):
        train(NETWORK, start(), nll, data(), data(1), QUICK, checkpoint=path, resume=True)
    with pytest.raises(FileNotFoundError, match=r"none.npz is not there: there is nothing to resume"):
        train(NETWORK, start(), nll, data(), data(1), QUICK, checkpoint=tmp_path / "none.npz", resume=True)
    with pytest.raises(ValueError, match=r"checkpoint must be the name of an .npz file, not 'a.txt'"):
        train(NETWORK, start(), nll, data(), data(1), QUICK, checkpoint="a.txt")
    with pytest.raises(ValueError, match="resume=True needs the checkpoint"):
        train(NETWORK, start(), nll, data(), data(1), QUICK, resume=True)


def test_data_that_do_not_fit_together_are_named():
    good = data()
    ragged = [good.x[:, 0], good.x[:20, 1]]
    for wrong, words in (
        (
            good._replace(x=ragged),
            r"data.x must be an array .* of a sequence or more, not list: pad sequences of unequal length",
        ),
        (good.take(slice(0, 0)), r"not \(30, 0, 3\)"),
        (
            good._replace(targets=good.targets[:, :10]),
            r"data.targets must be those of 16 sequences, but have the shape \(30, 10\)",
        ),
        (good._replace(targets=good.targets[0, :10]), r"have the shape \(10,\)"),
    ):
        with pytest.raises(ValueError, match=words):
            train(NETWORK, start(), nll, wrong, good, QUICK)
    with pytest.raises(ValueError, match=r"validation.x must be"):
        train(NETWORK, start(), nll, good, good._replace(x=ragged), QUICK)


def test_wrong_labels_and_settings_are_named():
    outputs = np.zeros((2, 3, 4))
    for labels, words in (
        ([[0, 1, 4], [0, 0, 0]], r"labels must be from 0 to 3, or -1 where they do not count: labels\[0, 2\] is 4"),
        ([[0, 1, -2], [0, 0, 0]], r"labels\[0, 2\] is -2"),
        ([0, 1, 2], r"labels must have the shape \(2, 3\), not \(3,\): pad shorter sequences with -1"),
        ([[-1] * 3] * 2, "labels are all -1"),
    ):
        with pytest.raises(ValueError, match=words):
            nll(outputs, labels)
    with pytest.raises(TypeError, match="labels must be whole numbers, not float64"):
        nll(outputs, [[0.5] * 3] * 2)
    with pytest.raises(ValueError, match=r"targets must have the shape of the outputs, \(2, 3, 4\), not \(2, 3, 1\)"):
        mse(outputs, np.zeros((2, 3, 1)))
    for options, words in (({"epochs": 0}, "epochs must be at least 1"), ({"rate": -1.0}, "rate must be above 0"),
                           ({"factors": {"*.b0": -1.0}}, r"factors\['\*.b0'\] must be at least 0")):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            Settings(**options)
