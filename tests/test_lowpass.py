"""The low-pass decoder: its filter against scipy's, its spectrum, its sums, and what it makes of an integrator's spikes."""

import math
from itertools import pairwise

import numpy as np
import pytest
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import firwin

import sigdelta as sd

PULSE = ((1.0, math.inf),)
RNG = np.random.default_rng(4)


def one_spike(time, stop, height=1.0, kernel=PULSE):
    return sd.SpikeTrain([time], [height], 0.0, stop, kernel)


@pytest.mark.parametrize(("fs", "bandwidth", "transition"), [(100.0, 12.0, 6.0), (333.3, 20.0, None), (1000.0, 500.0, 90.0)])
def test_spikes_anywhere_meet_the_filter_of_scipy(fs, bandwidth, transition):
    fine = 64
    half = sd.LowpassDecoder(fs, bandwidth, transition=transition).edge
    width = bandwidth / 4 if transition is None else transition
    taps = firwin(2 * half * fine + 1, bandwidth + width / 2, window=("kaiser", 0.1102 * 132.3), scale=False, fs=fs * fine)
    taps, n = taps * fs * fine, 8 * half
    for place in (half * fine + 1, 2 * half * fine + 31, 4 * half * fine, 5 * half * fine + 63):
        got = sd.decode_lowpass(one_spike(place / (fs * fine), n / fs), fs, bandwidth, transition=transition, edges="keep")
        index = np.arange(n) * fine - place + half * fine
        expected = np.where((index >= 0) & (index < taps.size), taps[index.clip(0, taps.size - 1)], 0.0)
        assert np.abs(got - expected).max() < 1e-7 * taps.max()
        inside = (index > 0) & (index < taps.size - 1)
        assert np.abs(got - expected)[inside].max() < 1e-9 * taps.max()


def test_spectrum_of_the_filter():
    """Responses to one spike at 37 phases of a sample are the samples, 37 times finer, of the filter itself."""
    fs, bandwidth, fine = 100.0, 20.0, 37
    n = round(8 * fs)
    rows = [sd.decode_lowpass(one_spike(4.0 - phase / (fine * fs), n / fs), fs, bandwidth, edges="keep") for phase in range(fine)]
    response = np.stack(rows, axis=1).ravel()
    gain = np.abs(np.fft.rfft(response, 2**18)) / (fs * fine)
    frequency = np.fft.rfftfreq(2**18, 1 / (fs * fine))
    ripple = np.abs(gain[frequency <= bandwidth] - 1).max()
    check_fact("decode_lowpass: ripple of the pass band (dB)", 20 * math.log10(ripple), -140.0)
    check_fact("decode_lowpass: gain in the stop band (dB)", 20 * math.log10(gain[frequency >= 1.25 * bandwidth].max()), -140.0)


def test_the_filter_has_no_delay():
    out = sd.decode_lowpass(one_spike(2.0, 4.0), 100.0, 20.0, edges="keep")
    assert out[108:200] == pytest.approx(out[292:200:-1], abs=1e-12 * out[200])
    assert out.sum() / 100.0 == pytest.approx(1.0, abs=2e-7)


def test_a_spike_counts_by_its_area():
    unit = sd.decode_lowpass(one_spike(2.0, 4.0), 100.0, 20.0, edges="keep")
    for kernel, area in [(((1.0, 20e-3),), 0.02), (((0.7, 5e-3), (-0.3, 0.5)), 0.0035 - 0.15), (((2.0, math.inf),), 2.0)]:
        got = sd.decode_lowpass(one_spike(2.0, 4.0, -3.0, kernel), 100.0, 20.0, edges="keep")
        assert got == pytest.approx(-3.0 * area * unit, abs=1e-12)


@given(st.integers(0, 2**32), st.lists(st.floats(0.0, 3.0), max_size=8), st.sampled_from(["mark", "trim", "keep"]))
@settings(max_examples=40, deadline=None)
def test_pieces_of_a_train_give_the_same_samples_to_the_bit(seed, cuts, edges):
    rng = np.random.default_rng(seed)
    fs, start = rng.uniform(150, 400), rng.uniform(-5, 5)
    times = start + np.sort(rng.uniform(0.0, 3.0, 200))
    train = sd.SpikeTrain(times, rng.standard_normal(200), start, start + 3.0, PULSE)
    whole = sd.decode_lowpass(train, fs, 20.0, edges=edges)
    decoder = sd.LowpassDecoder(fs, 20.0, edges=edges)
    borders = sorted({start, train.stop, *(min(start + cut, train.stop) for cut in cuts)})
    pieces = [decoder.push(train[a:b]) for a, b in pairwise(borders)]
    assert np.array_equal(np.concatenate([*pieces, decoder.finish()]), whole, equal_nan=True)
    again = np.concatenate([decoder.push(train), decoder.finish()])
    assert np.array_equal(again, whole, equal_nan=True)


def test_memory_and_delay_of_the_pieces_are_bounded():
    decoder, given_out = sd.LowpassDecoder(1000.0, 50.0, edges="keep"), 0
    for second in range(200):
        times = second + np.arange(100) / 100
        given_out += decoder.push(sd.SpikeTrain(times, np.full(100, 0.01), second, second + 1.0, PULSE)).size
        assert given_out == max(0, 1000 * (second + 1) - decoder.edge)
        assert decoder._sums.size < 1000 + 2 * decoder.edge + 4


def test_edges_are_marked_trimmed_or_kept():
    train = sd.SpikeTrain(np.arange(300) / 100, np.full(300, 0.01), 0.0, 3.0, PULSE)
    edge = sd.LowpassDecoder(200.0, 20.0).edge
    marked, trimmed, kept = (sd.decode_lowpass(train, 200.0, 20.0, edges=edges) for edges in ("mark", "trim", "keep"))
    assert marked.size == kept.size == 600
    assert np.array_equal(np.flatnonzero(np.isfinite(marked)), np.arange(edge, 600 - edge))
    assert np.array_equal(trimmed, kept[edge : 600 - edge])
    assert np.abs(trimmed - 1).max() < 2e-7
    assert 0.4 < kept[0] < 0.8


def test_trains_of_one_duration_make_rows():
    trains = [sd.SpikeTrain(np.sort(RNG.uniform(0, 4, 50)), np.ones(50), 0.0, 4.0, PULSE) for _ in range(2)]
    rows = sd.decode_lowpass(trains, 100.0, 20.0)
    assert np.array_equal(rows[1], sd.decode_lowpass(trains[1], 100.0, 20.0), equal_nan=True)
    with pytest.raises(ValueError, match="differ in duration"):
        sd.decode_lowpass([trains[0], trains[1][0.0:3.0]], 100.0, 20.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bandwidth": 60.0}, r"bandwidth must be at most fs / 2 = 50 Hz, not 60"),
        ({"bandwidth": 0.0}, "bandwidth must be above 0"),
        ({"transition": 1e300}, "transition must be at most fs = 100 Hz, not 1e\\+300"),
        ({"transition": -1.0}, "transition must be above 0"),
        ({"fs": math.nan}, "fs must be above 0"),
        ({"edges": "nan"}, "edges must be one of 'mark', 'trim', 'keep'"),
        ({"bandwidth": 1.0}, r"the recording lasts 4 s: the filter needs more than 37\.08 s"),
        ({"bandwidth": 1e-4}, "choose a wider transition"),
        ({"bandwidth": 5e-324}, "choose a wider transition"),
        ({"fs": 1e300}, "choose a wider transition"),
    ],
)
def test_bad_calls_are_refused(changes, message):
    call = {"fs": 100.0, "bandwidth": 20.0} | changes
    with pytest.raises(ValueError, match=message):
        sd.decode_lowpass(one_spike(2.0, 4.0), **call)


def test_bad_trains_are_refused():
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain or a list"):
        sd.decode_lowpass(np.arange(3.0), 100.0, 20.0)
    for kernel in (((1.0, 0.1), (-0.5, 0.2)), ((1.0, 0.1), (1.0, math.inf))):
        with pytest.raises(ValueError, match="has the area"):
            sd.decode_lowpass(one_spike(2.0, 4.0, kernel=kernel), 100.0, 20.0)
    decoder = sd.LowpassDecoder(100.0, 20.0)
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain"):
        decoder.push([one_spike(2.0, 4.0)])
    with pytest.raises(ValueError, match="the recording lasts 0 s"):
        decoder.finish()
    train = sd.SpikeTrain([1.0, 4.5], [1.0, 1.0], 0.0, 9.0, PULSE)
    decoder.push(train[0.0:4.0])
    with pytest.raises(ValueError, match=r"must begin at 4\.0 s, where the last one ended, not at 5\.0 s"):
        decoder.push(train[5.0:6.0])
    with pytest.raises(ValueError, match="must have the kernel"):
        decoder.push(sd.SpikeTrain([], [], 4.0, 5.0, ((1.0, 0.1),)))


def tones(fs, seed, bandwidth=20.0, duration=10.0):
    """1 + 20 tones of random frequency and phase, modulating by 0.5 at most, and the same as `encode` holds it, low-passed."""
    rng = np.random.default_rng(seed)
    frequency, phase = rng.uniform(0.3, bandwidth, 20), rng.uniform(0, 2 * np.pi, 20)

    def total(t, gain):
        return sum(g * np.cos(2 * np.pi * f * t + p) for f, p, g in zip(frequency, phase, gain, strict=True))

    wave = total(np.arange(round(duration * fs)) / fs, np.ones(20))
    size = 0.5 / np.abs(wave).max()
    return 1 + size * wave, lambda t: 1 + size * total(t - 0.5 / fs, np.sinc(frequency / fs))


@pytest.mark.parametrize(("r", "required"), [(2, 32.0), (4, 64.0), (8, 118.0)])
def test_low_passed_spikes_of_an_ideal_integrator(r, required):
    fs, out, bandwidth = 20e3, 200.0, 20.0
    neuron = sd.LIF(1 / (2 * bandwidth * r), math.inf, drive="current", firing="full", bipolar=False)
    for seed in range(3):
        x, held = tones(fs, seed)
        x_hat = sd.decode_lowpass(sd.encode(x, fs, neuron), out, bandwidth)
        inner = np.isfinite(x_hat)
        reference = held(np.arange(x_hat.size) / out)
        snr = sd.snr_db(reference[inner], x_hat[inner])
        check_fact(f"decode_lowpass, 20 tones below 20 Hz, 10 s, r = {r}, seed {seed}: SNR (dB)", snr, required, math.inf)


@pytest.mark.parametrize(("firing", "bias"), [("full", -0.5), ("half", 0.0)])
def test_the_mean_membrane_is_what_a_leak_hides(firing, bias):
    """Constant current x: the area decodes x less the mean membrane, x T / 2 tau (full) or x (T / tau)^2 / 12 (half)."""
    tau, fs = 50e-3, 10e3
    neuron = sd.LIF(0.02, tau, drive="current", firing=firing, bipolar=False)
    spikes = sd.encode(np.full(40_000, 1.0), fs, neuron)
    ratio = np.diff(spikes.times[-2:])[0] / tau
    x_hat = sd.decode_lowpass(spikes[1.0:], 100.0, 20.0, edges="trim")
    assert x_hat.mean() - 1 == pytest.approx(bias * ratio - (ratio**2 / 12 if bias == 0 else -(ratio**2) / 12), rel=0.02)
