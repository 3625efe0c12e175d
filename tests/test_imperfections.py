"""Jitter, loss, insertion and noisy thresholds: their statistics, what they leave alone, and what they cost."""

import math

import numpy as np
import pytest
from facts import tell
from scipy.stats import kstest

import sigdelta as sd
from sigdelta.imperfections import insert, jitter, lose

FS = 1000.0
KERNEL = ((1.0, 20e-3),)
SPREAD = sd.SpikeTrain(np.arange(0.5, 20_000), np.resize([1.0, -2.0], 20_000), 0.0, 20_000.0, KERNEL, np.arange(20_000) % 3 == 0)
ALL = [lambda s, seed: jitter(s, 2e-3, seed), lambda s, seed: lose(s, 0.3, seed), lambda s, seed: insert(s, 50.0, seed)]


def wave(n, seed=3):
    x = np.cumsum(np.random.default_rng(seed).standard_normal(n))
    return (x - x.mean()) / np.abs(x - x.mean()).max()


def test_jitter_has_its_standard_deviation_and_moves_whole_spikes():
    moved = jitter(SPREAD, 10e-3, seed=5)
    shift = moved.times - SPREAD.times
    assert shift.std() == pytest.approx(10e-3, rel=0.02)
    assert abs(shift.mean()) < 4 * 10e-3 / math.sqrt(len(SPREAD))
    assert kstest(shift / 10e-3, "norm").pvalue > 0.01
    assert np.array_equal(moved.heights, SPREAD.heights)
    assert np.array_equal(moved.saturated, SPREAD.saturated)
    assert jitter(SPREAD, 0.0, seed=5) == SPREAD


def test_jitter_keeps_order_and_reflects_at_the_edges_of_the_window():
    train = sd.SpikeTrain([3.0, 3.5, 4.999], [1.0, 2.0, 3.0], 3.0, 5.0, KERNEL)
    for seed in range(200):
        moved = jitter(train, 0.3, seed)
        assert len(moved) == 3
        assert np.all(np.diff(moved.times) >= 0)
        assert sorted(moved.heights) == [1.0, 2.0, 3.0]
    wide = jitter(sd.SpikeTrain(np.full(20_000, 3.0), np.ones(20_000), 3.0, 5.0, KERNEL), 0.1, 1)
    assert kstest((wide.times - 3.0) / 0.1, "halfnorm").pvalue > 0.01
    far = jitter(sd.SpikeTrain(np.full(20_000, 4.0), np.ones(20_000), 3.0, 5.0, KERNEL), 100.0, 1)
    assert kstest((far.times - 3.0) / 2.0, "uniform").pvalue > 0.01


def test_loss_has_its_probability_and_no_memory():
    left = lose(SPREAD, 0.3, seed=2)
    kept = np.isin(SPREAD.times, left.times)
    assert 1 - len(left) / len(SPREAD) == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / len(SPREAD)))
    assert np.array_equal(left.heights, SPREAD.heights[kept])
    assert np.array_equal(left.saturated, SPREAD.saturated[kept])
    assert abs(np.corrcoef(kept[1:], kept[:-1])[0, 1]) < 4 / math.sqrt(len(SPREAD))
    assert lose(SPREAD, 0.0, seed=2) == SPREAD
    assert len(lose(SPREAD, 1.0, seed=2)) == 0
    assert np.all(np.isin(lose(SPREAD, 0.6, seed=2).times, left.times))


def test_inserted_spikes_are_a_poisson_process():
    more = insert(SPREAD, 0.7, seed=4)
    new = ~np.isin(more.times, SPREAD.times)
    assert np.array_equal(more.times[~new], SPREAD.times)
    assert np.array_equal(more.saturated[~new], SPREAD.saturated)
    assert not more.saturated[new].any()
    assert new.sum() == pytest.approx(14_000, abs=4 * math.sqrt(14_000))
    assert kstest(np.diff(more.times[new]) * 0.7, "expon").pvalue > 0.01
    values, counts = np.unique(more.heights[new], return_counts=True)
    assert values.tolist() == [-2.0, -1.0, 1.0, 2.0]
    assert counts == pytest.approx(np.full(4, 3500), abs=4 * math.sqrt(3500))
    assert insert(SPREAD, 0.0, seed=4) == SPREAD
    totals = [len(insert(SPREAD[:1000], 0.05, seed)) - 1000 for seed in range(400)]
    assert np.var(totals) / np.mean(totals) == pytest.approx(1.0, abs=0.25)


def test_inserted_heights_follow_the_train_or_what_is_asked():
    train = sd.SpikeTrain([0.5], [-0.3], 0.0, 100.0, KERNEL)
    assert set(insert(train, 1.0, 1).heights) == {-0.3}
    assert set(insert(train, 1.0, 1, height=2.0).heights) == {-0.3, -2.0}
    empty = sd.SpikeTrain([], [], 0.0, 100.0, KERNEL)
    assert set(insert(empty, 1.0, 1, height=2.0).heights) == {2.0, -2.0}
    with pytest.raises(ValueError, match="height is needed to insert spikes into an empty train"):
        insert(empty, 1.0, 1)


@pytest.mark.parametrize("change", ALL)
def test_seeds_decide_and_the_trains_of_a_list_differ(change):
    train = sd.encode(wave(3000), FS, sd.LIF(0.05))
    assert change(train, 7) == change(train, 7)
    assert change(train, 7) != change(train, 8)
    pair = change([train, train], 7)
    assert pair[0] == change(train, 7)
    assert pair[0] != pair[1]
    assert change(train, 7).kernel == train.kernel


@pytest.mark.parametrize(
    ("change", "strengths"),
    [
        (jitter, [0.0, 0.1e-3, 0.5e-3, 2e-3, 8e-3]),
        (lose, [0.0, 0.01, 0.05, 0.2, 0.6]),
        (insert, [0.0, 3.0, 12.0, 50.0, 200.0]),
    ],
)
def test_the_code_gets_worse_with_every_step_of_imperfection(change, strengths):
    x = wave(4000)
    spikes = sd.encode(x, FS, sd.LIF(0.05))
    mean = [np.mean([sd.snr_db(x, sd.psp(change(spikes, strength, seed), FS)) for seed in range(6)]) for strength in strengths]
    assert mean[0] == pytest.approx(sd.snr_db(x, sd.psp(spikes, FS)))
    assert np.all(np.diff(mean) < -0.5), mean


TRAIN = sd.SpikeTrain([0.1], [1.0], 0.0, 1.0, KERNEL)


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: jitter(TRAIN, -1.0, 0), ValueError, "sigma must be at least 0 and finite, not -1"),
        (lambda: jitter(TRAIN, 1.0, -1), ValueError, "seed must be at least 0, not -1"),
        (lambda: jitter(TRAIN, 1.0, 1.5), TypeError, "seed must be a whole number, not 1.5"),
        (lambda: jitter([1.0], 1.0, 0), TypeError, "spikes must be a SpikeTrain or a list of them"),
        (lambda: lose(TRAIN, 1.5, 0), ValueError, "probability must be from 0 to 1, not 1.5"),
        (lambda: lose([], 0.5, 0), TypeError, "spikes must be a SpikeTrain"),
        (lambda: insert(TRAIN, math.inf, 0), ValueError, "rate must be at least 0 and finite"),
        (lambda: insert(TRAIN, 1.0, 0, height=-1.0), ValueError, "height must be above 0"),
        (lambda: sd.NoisyLIF(threshold_noise=-0.1), ValueError, "threshold_noise must be at least 0"),
        (lambda: sd.NoisyLIF(seed=None), TypeError, "seed must be a whole number"),
        (lambda: sd.NoisyLIF(threshold=0), ValueError, "threshold must be above 0"),
        (lambda: sd.encode([1.0], FS, sd.NoisyLIF(), clocked=True), ValueError, "clocked=True has no meaning for NoisyLIF"),
    ],
)
def test_bad_imperfections_are_named(build, error, message):
    with pytest.raises(error, match=message):
        build()


TABLE = {
    "none": (lambda neuron, x, seed: sd.encode(x, 2000.0, neuron), {None: 36.8}),
    "jitter": (
        lambda neuron, x, seed, sigma: sd.imperfections.jitter(sd.encode(x, 2000.0, neuron), sigma, seed),
        {0.1e-3: 34.7, 0.5e-3: 29.8, 2e-3: 24.0, 8e-3: 13.2},
    ),
    "loss": (
        lambda neuron, x, seed, share: sd.imperfections.lose(sd.encode(x, 2000.0, neuron), share, seed),
        {0.01: 31.8, 0.05: 23.5, 0.2: 13.4, 0.6: 4.4},
    ),
    "insertion": (
        lambda neuron, x, seed, rate: sd.imperfections.insert(sd.encode(x, 2000.0, neuron), rate, seed),
        {3.0: 35.5, 12.0: 32.9, 50.0: 28.4, 200.0: 22.9},
    ),
    "threshold noise": (
        lambda neuron, x, seed, noise: sd.encode(x, 2000.0, sd.NoisyLIF(neuron.threshold, threshold_noise=noise, seed=seed)),
        {0.1: 36.7, 0.3: 35.8, 1.0: 29.2},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_mean_snr_of_the_table_in_the_docs(name):
    change, values = TABLE[name]
    for amount, expected in values.items():
        signals = [sd.signals.noise(10.0, 2000.0, 20.0, seed) for seed in range(10)]
        extra = () if amount is None else (amount,)
        ratios = [sd.snr_db(x, sd.psp(change(sd.LIF(0.05), x, seed, *extra), 2000.0)) for seed, x in enumerate(signals)]
        tell(f"{name} {amount} | measured {np.mean(ratios):.2f} dB")
        assert np.mean(ratios) == pytest.approx(expected, abs=0.06)
