"""Information against channels of known capacity, and its refusals."""

import math

import numpy as np
import pytest
from facts import check_fact

import sigdelta as sd

RNG = np.random.default_rng(7)


def gaussian_channel(seed, strength, end=100.0, fs=200.0, bandwidth=40.0, duration=40.0):
    """Gaussian x, flat up to `end`; x with noise that grows with frequency, through a filter; and the bits per s in the band."""
    n, rng = round(duration * fs), np.random.default_rng(seed)
    x = sd.signals.noise(duration + 5, fs, end, seed=seed)[:n] * math.sqrt(end / bandwidth)
    share = np.fft.rfftfreq(4 * n, 1 / fs) / bandwidth
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(4 * n)) * np.sqrt(0.2 + share), 4 * n)[:n]
    noise *= math.sqrt(fs / (2 * bandwidth)) / strength
    grid = (np.arange(4000) + 0.5) / 4000
    capacity = bandwidth * np.mean(np.log2(1 + strength**2 / (0.2 + grid)))
    return x, np.convolve(x + noise, [0.05, 1.0, 0.05], mode="same"), capacity


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_gaussian_channel_of_known_capacity(strength):
    found = []
    for seed in range(100):
        x, x_hat, capacity = gaussian_channel(seed, strength)
        found.append(sd.information_rate(x, x_hat, 200.0, bandwidth=40.0))
    rate, low, high, _ = np.array(found).T
    off = (rate.mean() - capacity) / (rate.std() / math.sqrt(rate.size))
    name = f"information_rate, Gaussian channel of {capacity:.5g} bits/s"
    check_fact(f"{name}: mean of 100 estimates (bits/s)", rate.mean(), 0.997 * capacity - 0.1, 1.003 * capacity + 0.1)
    check_fact(f"{name}: its deviation in standard errors", abs(off), 4)
    check_fact(f"{name}: share of 95 % intervals that hold it", np.mean((low < capacity) & (capacity < high)), 0.9, 1.0)


def test_a_band_that_ends_abruptly_counts_a_little_low():
    ratios = [sd.information_rate(x, x_hat, 200.0, bandwidth=40.0).bits_per_second / capacity
              for x, x_hat, capacity in (gaussian_channel(seed, 30.0, end=40.0) for seed in range(30))]  # fmt: skip
    check_fact("information_rate at 36 dB, x ending at the band's end, over the capacity", np.mean(ratios), 0.985, 1.0)


def test_a_reconstruction_that_tells_nothing_has_no_information():
    found = np.array([sd.information_rate(*RNG.standard_normal((2, 4000)), 100.0)[:3] for _ in range(200)])
    check_fact("information_rate of independent noise, mean (bits/s)", abs(found[:, 0].mean()), 0.1)
    assert np.mean((found[:, 1] < 0) & (found[:, 2] > 0)) > 0.9


def test_the_rate_needs_no_gain_and_divides_by_the_spikes():
    x, x_hat, _ = gaussian_channel(0, 1.0)
    train = sd.SpikeTrain(np.arange(400) / 10, np.ones(400), 0.0, 40.0, ((1.0, 0.1),))
    plain = sd.information_rate(x, x_hat, 200.0, bandwidth=40.0)
    scaled = sd.information_rate(x + 7.0, -1e-6 * x_hat, 200.0, bandwidth=40.0, spikes=train)
    assert scaled[:3] == pytest.approx(plain[:3], rel=1e-9)
    assert math.isnan(plain.bits_per_spike)
    assert scaled.bits_per_spike == pytest.approx(plain.bits_per_second / 10)
    narrow = sd.information_rate(x, x_hat, 200.0, bandwidth=40.0, confidence=0.5)
    assert plain.low < narrow.low < narrow.high < plain.high


@pytest.mark.parametrize("crossover", [0.5, 0.0, 0.1, 0.9])
def test_z_channel(crossover):
    """Input 1 is lost with the probability `crossover`: log2(1 + (1 - p) p^(p / (1 - p))) bits."""
    exact = math.log2(1 + (1 - crossover) * crossover ** (crossover / (1 - crossover)))
    capacity = sd.channel_capacity([[1.0, 0.0], [crossover, 1 - crossover]])
    check_fact(f"capacity of the Z-channel at {crossover:g} (bits)", capacity.bits, exact - 1e-10, exact + 1e-10)
    if crossover == 0.5:
        assert round(capacity.bits, 4) == 0.3219


def test_information_of_the_z_channel_from_counts():
    exact, found = math.log2(1.25), []
    joint = np.array([[0.6, 0.0], [0.2, 0.2]])
    for _ in range(2000):
        found.append(sd.discrete_information(RNG.multinomial(200, joint.ravel()).reshape(2, 2)))
    bits, low, high = np.array(found).T
    check_fact("information of the Z-channel from 200 uses, mean of 2000 (bits)", bits.mean(), exact - 0.005, exact + 0.005)
    check_fact("share of 95 % intervals that hold it", np.mean((low < exact) & (exact < high)), 0.92, 0.98)


def test_counts_of_independent_pairs_are_not_taken_for_information():
    biased, found = [], []
    for _ in range(500):
        counts = RNG.multinomial(1000, np.full(40, 1 / 40)).reshape(5, 8)
        found.append(sd.discrete_information(counts).bits)
        joint = counts / 1000
        biased.append(np.sum(joint * np.log2(joint / (joint.sum(1, keepdims=True) * joint.sum(0)))))
    assert np.mean(biased) > 0.015
    check_fact("information of independent pairs, mean of 500 (bits)", abs(np.mean(found)), 0.001)


def test_other_capacities():
    erased, flipped = 0.3, 0.11
    entropy = -flipped * math.log2(flipped) - (1 - flipped) * math.log2(1 - flipped)
    assert sd.channel_capacity([[1 - flipped, flipped], [flipped, 1 - flipped]]).bits == pytest.approx(1 - entropy, abs=1e-10)
    assert sd.channel_capacity([[0.7, 0.0, erased], [0.0, 0.7, erased]]).bits == pytest.approx(0.7, abs=1e-10)
    assert sd.channel_capacity(np.eye(8)).bits == pytest.approx(3.0, abs=1e-10)
    assert sd.channel_capacity(np.full((3, 4), 0.25)).bits == 0.0


NOISE = RNG.standard_normal(1000)
OTHER = NOISE + RNG.standard_normal(1000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_hat": OTHER[:999]}, r"same shape, not \(1000,\) and \(999,\)"),
        ({"x_hat": np.r_[math.nan, OTHER[1:]]}, r"x_hat\[0\] is nan"),
        ({"x_hat": np.zeros(1000)}, "x_hat must vary, not be 0"),
        ({"x": np.ones(1000)}, "x must vary, not be 1"),
        ({"bandwidth": 60.0}, "bandwidth must be at most fs / 2 = 50 Hz, not 60"),
        ({"segment": 3.0}, r"segment must be from 4 / bandwidth = 0\.08 s to a fifth of the signal, 2 s, not 3 s"),
        ({"segment": 0.05}, r"not 0\.05 s"),
        ({"x_hat": -3 * NOISE}, "without error there is no finite information rate"),
        ({"x": sd.signals.noise(10.0, 100.0, 20.0)}, "x has no power in some of its band"),
        ({"confidence": 1.0}, "confidence must be below 1, not 1"),
    ],
)
def test_bad_signals_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        sd.information_rate(**{"x": NOISE, "x_hat": OTHER, "fs": 100.0} | changes)


def test_other_bad_calls_are_refused():
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain with spikes"):
        sd.information_rate(NOISE, OTHER, 100.0, spikes=100)
    for counts in ([[1, -1]], [[0.5, 2]], [[1, 0]]):
        with pytest.raises(ValueError, match="counts must be whole, not negative, and at least two in all"):
            sd.discrete_information(counts)
    for channel in ([[0.5, 0.4]], [[1.5, -0.5]]):
        with pytest.raises(ValueError, match="channel must have rows of probabilities"):
            sd.channel_capacity(channel)
