"""Recovery of band-limited signals: from neurons that see the continuous signal, from held samples, in pieces, and refused."""

import math
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from continuous import Sinusoids, fire, flip, interior_snr
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st

import sigdelta as sd

recover = partial(sd.decode_bandlimited, edges="keep")
B, FS, INF = 20.0, 500.0, math.inf
TEXTBOOK = {"drive": "current", "firing": "full", "bipolar": False}


def level_for(modulation, margin, tau):
    """Threshold at which x = 1 - modulation makes intervals of 1 / (2 B margin)."""
    interval = 1 / (2 * B * margin)
    return (1 - modulation) * (interval if tau == INF else -math.expm1(-interval / tau))


FAMILY = {
    "IF": lambda m, g: sd.LIF(level_for(m, g, INF), INF, **TEXTBOOK),
    "IF, half": lambda m, g: sd.LIF(level_for(m, g, INF), INF, drive="current"),
    "LIF": lambda m, g: sd.LIF(level_for(m, g, 0.02), 0.02, **TEXTBOOK),
    "LIF, potential": lambda m, g: sd.LIF(0.5 * level_for(m, g, 0.02), 0.02),
    "LIF, clamped": lambda m, g: sd.LIF(0.6 * level_for(m, g, 0.02), 0.02, 2e-3, **TEXTBOOK, refractory="clamp"),
    "adaptive": lambda m, g: sd.AdaptiveLIF(level_for(m, g, 0.02) * (1 - m), 0.01, 0.02, 0.1, 1.0, **TEXTBOOK),
    "adaptive, fixed": lambda m, g: sd.AdaptiveLIF(
        level_for(m, g, 0.02) * (1 - m), 0.01, 0.02, 0.1, 1.0, **TEXTBOOK, height="fixed"
    ),
    "multiplicative": lambda m, g: sd.MultiplicativeLIF(0.3 * level_for(m, g, 0.05), 0.1),
    "response": lambda m, g: sd.SpikeResponse(
        0.3 * level_for(m, g, 0.02), ((0.5, 5e-3), (0.5, 0.08)), ((0.01, 0.1),), drive="current"
    ),
    "ASDM": lambda m, g: sd.AsyncSigmaDelta((1.2 - m) / (2 * B * g * 0.02), 0.02, 2.2),
    "ASDM, leaky": lambda m, g: sd.AsyncSigmaDelta(0.5 * (1.8 - m) / (2 * B * g * 0.02), 0.02, 2.8, leaky=True),
    "ASDM, potential": lambda m, g: sd.AsyncSigmaDelta(0.5 * (1.8 - m) / (2 * B * g * 0.02), 0.02, 2.8, True, "potential"),
}


def seen(signal, neuron, stop):
    return (flip if isinstance(neuron, sd.AsyncSigmaDelta) else fire)(signal, neuron, stop, 1e-3)


def samples(signal, fs, stop):
    return signal(np.arange(round(stop * fs)) / fs)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.filterwarnings("ignore::sigdelta.RecoveryWarning")
def test_recovery_of_a_continuous_signal(name):
    for seed, (modulation, margin) in enumerate([(0.3, 1.0), (0.5, 1.3), (0.8, 1.6)]):
        signal, neuron = Sinusoids.random(seed, B, modulation, 2.0), FAMILY[name](modulation, margin)
        spikes = seen(signal, neuron, 2.0)
        snr = interior_snr(samples(signal, FS, 2.0), recover(spikes, FS, neuron, B), FS, B)
        margins = sd.recoverable(spikes, B)
        what = (
            f"recovery, {name}, modulation {modulation}, margins {margins.interval_margin:.2f} and {margins.rate_margin:.2f} (dB)"
        )
        check_fact(what, snr, 120, INF)


HOLDING = {
    "IF": sd.LIF(0.01, INF, **TEXTBOOK),
    "LIF": sd.LIF(0.2, 0.02, **TEXTBOOK),
    "LIF, half": sd.LIF(0.2, 0.02, drive="current"),
    "LIF, saturated": sd.LIF(0.2, 0.02, 3.5e-3, **TEXTBOOK),
    "LIF, clamped": sd.LIF(0.1, 0.02, 4e-3, **TEXTBOOK, refractory="clamp"),
    "adaptive": sd.AdaptiveLIF(0.1, 0.05, 0.02, 0.1, 0.5, drive="current"),
    "adaptive, fixed": sd.AdaptiveLIF(0.1, 0.05, 0.02, 0.1, 0.5, drive="current", height="fixed"),
    "multiplicative": sd.MultiplicativeLIF(0.1, 0.1),
    "response": sd.SpikeResponse(0.1, ((0.5, 5e-3), (0.5, 0.08)), ((0.01, 0.1),), drive="current"),
    "ASDM": sd.AsyncSigmaDelta(1.0, 0.02, 2.2),
    "ASDM, leaky": sd.AsyncSigmaDelta(1.0, 0.02, 2.8, leaky=True),
    "LIF, potential": sd.LIF(0.1, 0.02),
    "send on delta": sd.LIF(0.05, INF, firing="full"),
    "adaptive, potential": sd.AdaptiveLIF(0.1, 0.05, 0.02, 0.1, 0.5),
    "ASDM, potential": sd.AsyncSigmaDelta(1.0, 0.02, 2.8, True, "potential"),
}


def held(neuron):
    return "linear" if neuron.drive == "potential" else "zero"


@pytest.mark.parametrize("name", HOLDING)
@pytest.mark.filterwarnings("ignore::sigdelta.RecoveryWarning")
def test_recovery_of_held_samples(name):
    """fs / 2 B = 4; some margins are below 1, and the recovery is exact all the same."""
    neuron, fs = HOLDING[name], 8 * B
    x = samples(Sinusoids.random(3, B, 0.6, 4.0), fs, 4.0)
    spikes = sd.encode(x, fs, neuron)
    x_hat = recover(spikes, fs, neuron, B, hold=held(neuron))
    assert name != "LIF, saturated" or spikes.saturated.sum() > 20
    check_fact(f"recovery of held samples, {name} (dB)", interior_snr(x, x_hat, fs, B), 120, INF)


def test_a_continuous_decoder_sees_the_hold():
    """Without hold="zero" the result is close to X(f) sinc(f / fs) exp(-i pi f / fs), not to the samples."""
    fs = 80 * B
    signal = Sinusoids.random(3, B, 0.6, 4.0)
    x = samples(signal, fs, 4.0)
    f = signal.omega / (2 * np.pi)
    signal.phasors = signal.phasors * np.sinc(f / fs) * np.exp(-1j * np.pi * f / fs)
    x_hat = recover(sd.encode(x, fs, HOLDING["IF"]), fs, HOLDING["IF"], B)
    after_hold, against_samples = (interior_snr(y, x_hat, fs, B) for y in (samples(signal, fs, 4.0), x))
    assert after_hold > against_samples + 20
    check_fact("continuous recovery of held samples, against the hold's spectrum (dB)", after_hold, 50, INF)


def test_a_grid_bound_encoder():
    """Times rounded to a grid, 1 / 100 and less of the mean interval (modulation 0.4, margin 1): no decoder can undo that."""
    neuron, signal, fs = sd.LIF(level_for(0.4, 1.0, INF), INF, **TEXTBOOK), Sinusoids.random(5, B, 0.4, 6.0), 4 * B
    spikes, x = fire(signal, neuron, 6.0, 1e-3), samples(signal, fs, 6.0)
    check_fact("the same from exact times (dB)", interior_snr(x, recover(spikes, fs, neuron, B), fs, B), 120, INF)
    for ratio, expected in ((1e-2, 31), (1e-3, 51), (1e-4, 71)):
        dt = ratio * neuron.threshold
        rounded = replace(spikes, times=np.round(spikes.times / dt) * dt)
        snr = interior_snr(x, recover(rounded, fs, neuron, B), fs, B)
        check_fact(f"recovery from times on a grid, dt / ISI = {ratio:g} (dB)", snr, expected - 2, expected + 2)


def test_pieces_of_any_size_give_the_same_to_the_bit():
    signal = np.random.default_rng(0).standard_normal(120)
    fs = 8 * B
    x = 1 + 0.2 * np.interp(np.arange(round(60 * fs)) / fs, np.arange(120) / 2, signal)
    for neuron in (HOLDING["IF"], HOLDING["adaptive, fixed"], HOLDING["ASDM, leaky"], HOLDING["LIF, potential"]):
        spikes = sd.encode(x, fs, neuron)
        whole = recover(spikes, fs, neuron, B, hold=held(neuron))
        for size in (0.37, 7.0, 59.0):
            decoder = sd.Decoder(fs, "bandlimited", neuron=neuron, bandwidth=B, hold=held(neuron), edges="keep")
            cuts = [*np.arange(0, 60.0, size), 60.0]
            parts = [decoder.push(spikes[a:b]) for a, b in pairwise(cuts)]
            assert parts[-1].size < x.size / 2 or size > 30
            assert np.array_equal(np.concatenate([*parts, decoder.finish()]), whole)


def test_windows_agree_with_one_solution(monkeypatch):
    fs, n = 4 * B, round(80 * 4 * B)
    t = np.arange(n) / fs
    x = 1 + 0.3 * np.sin(2 * np.pi * 19.0 * t) * np.cos(2 * np.pi * 0.9 * t)
    neuron = sd.LIF(0.7 / (2 * B), INF, **TEXTBOOK)
    spikes = sd.encode(x, fs, neuron)
    windows = recover(spikes, fs, neuron, B, hold="zero")
    monkeypatch.setattr("sigdelta.decoding.bandlimited.CORE", 10**6)
    once = recover(spikes, fs, neuron, B, hold="zero")
    check_fact("recovery in windows against one solution (dB)", interior_snr(once, windows, fs, B), 150, INF)


@pytest.mark.filterwarnings("ignore::sigdelta.RecoveryWarning")
def test_several_neurons_that_coded_one_signal():
    """Each of them is below the Nyquist rate, together they are above."""
    signal, fs = Sinusoids.random(7, B, 0.5, 4.0), 4 * B
    x = samples(signal, fs, 4.0)
    neurons = [sd.LIF(1 / 35, INF, **TEXTBOOK), sd.LIF(0.52, 0.04, **TEXTBOOK), sd.LIF(1 / 38, INF, **TEXTBOOK)]
    trains = [fire(signal, neuron, 4.0, 1e-3) for neuron in neurons]
    assert all(sd.recoverable(train, B).rate_margin < 1 for train in trains)
    with pytest.raises(ValueError, match="must be above 40 Hz"):
        recover(trains[0], fs, neurons[0], B)
    assert sd.recoverable(trains, B).rate_margin > 2
    x_hat = recover(trains, fs, neurons, B, joint=True)
    check_fact("recovery from three neurons, each below the Nyquist rate (dB)", interior_snr(x, x_hat, fs, B), 120, INF)


def test_channels_are_decoded_one_by_one():
    fs = 8 * B
    x = np.stack([samples(Sinusoids.random(seed, B, 0.5, 2.0), fs, 2.0) for seed in range(2)])
    trains = sd.encode(x, fs, HOLDING["LIF"])
    both = sd.decode_bandlimited(trains, fs, HOLDING["LIF"], B, hold="zero")
    alone = recover(trains[1], fs, HOLDING["LIF"], B, hold="zero")
    edge = round(10 / B * fs)
    assert both.shape == x.shape
    assert np.isnan(both[:, :edge]).all()
    assert np.isnan(both[:, -edge:]).all()
    assert np.array_equal(both[1, edge:-edge], alone[edge:-edge])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), k=st.integers(-20, 20), modulation=st.floats(0.0, 0.8), leaky=st.booleans())
def test_scaling_by_powers_of_two(seed, k, modulation, leaky):
    fs = 8 * B
    x = samples(Sinusoids.random(seed, B, modulation, 1.0), fs, 1.0)
    neuron = sd.LIF(0.1, 0.02, **TEXTBOOK) if leaky else sd.LIF(0.2 / 40, INF, **TEXTBOOK)
    larger = replace(neuron, threshold=neuron.threshold * 2.0**k)
    plain = recover(sd.encode(x, fs, neuron), fs, neuron, B, hold="zero")
    scaled = recover(sd.encode(x * 2.0**k, fs, larger), fs, larger, B, hold="zero")
    assert np.array_equal(plain * 2.0**k, scaled)


@pytest.mark.filterwarnings("ignore::sigdelta.RecoveryWarning")
def test_a_train_cut_from_a_longer_one():
    """What is lost is the membrane at the cut; where the neuron's rule needs all of the past, the cut is refused."""
    fs = 8 * B
    x = samples(Sinusoids.random(11, B, 0.6, 6.0), fs, 6.0)
    for name in ("LIF", "adaptive", "ASDM", "ASDM, leaky"):
        neuron = HOLDING[name]
        part = recover(sd.encode(x, fs, neuron)[2.0:6.0], fs, neuron, B, hold="zero")
        check_fact(f"recovery of a cut train, {name} (dB)", interior_snr(x[round(2 * fs) :], part, fs, B), 120, INF)
    for name in ("LIF, potential", "multiplicative", "adaptive, fixed"):
        neuron = HOLDING[name]
        with pytest.raises(ValueError, match="start at 2 s"):
            recover(sd.encode(x, fs, neuron)[2.0:6.0], fs, neuron, B)


def test_iterative_decoder_on_a_periodic_signal():
    """x <- x + A (y - x), A of Lazar and Toth: integrals over the intervals, spread by the sinc kernel from their middles.

    On trigonometric polynomials up to frequency K / T (bandwidth B = K / T) the iteration is a small matrix, built here by hand.
    """
    K, period = 12, 1.0
    k = np.arange(-K, K + 1)
    rng = np.random.default_rng(0)
    for interval_margin in (1.05, 1.4, 2.2):
        c = rng.standard_normal(K) + 1j * rng.standard_normal(K)
        c = np.concatenate([np.conj(c[::-1]), [0], c]) * 0.03
        c[K] = 1.0
        r = 1 / interval_margin
        gaps = rng.uniform(0.5, 1.0, 200) * r * period / (2 * K)
        ends = np.cumsum(np.append(0.0, gaps))
        ends = ends[: np.searchsorted(ends, period)]
        ends = np.append(ends, ends[0] + period)
        r = 2 * K / period * np.diff(ends).max()
        waves = np.exp(2j * np.pi * np.outer(ends, k) / period)
        step = np.where(k == 0, 1.0, 2j * np.pi * k / period)
        integrals = np.where(k == 0, np.diff(ends)[:, None], np.diff(waves, axis=0) / step)
        middles = (ends[1:] + ends[:-1]) / 2
        spread = np.exp(-2j * np.pi * np.outer(k, middles) / period) / period
        left = np.eye(2 * K + 1) - spread @ integrals
        norm, found, errors = np.linalg.norm(left, 2), spread @ (integrals @ c), []
        for _ in range(60):
            errors.append(np.linalg.norm(found - c) / np.linalg.norm(c))
            found = found + spread @ (integrals @ c - integrals @ found)
        errors = np.array(errors)
        large = errors[1:] > 1e-12
        worst = np.max(errors / np.maximum(r ** np.arange(1, 61), 1e-14))
        check_fact(f"iterative decoder, r = {r:.3f}: largest error over max(r^(l+1), 1e-14)", worst, 1)
        check_fact("its largest ratio of errors over ||I - A||", np.max((errors[1:] / errors[:-1])[large]) / norm, 1 + 1e-6)


def test_density():
    times = np.arange(1, 100) / 100
    train = sd.SpikeTrain(times, np.full(99, 0.01), 0.0, 1.0, ((1.0, INF),))
    neuron = sd.LIF(0.01, INF, **TEXTBOOK)
    assert sd.recoverable(train, 40.0).missing == ""
    assert "mean rate, 99 Hz, is below 2 B = 120 Hz" in sd.recoverable(train, 60.0).missing
    gap = replace(train, times=np.delete(times, 50), heights=np.full(98, 0.01), saturated=None)
    margin = sd.recoverable(gap, 40.0)
    assert margin.interval_margin == pytest.approx(1 / 1.6)
    assert "longest interval, 0.02 s" in margin.missing
    with pytest.warns(sd.RecoveryWarning, match=r"from 0\.5 to 0\.52 s"):
        recover(gap, 930.0, neuron, 40.0)
    with pytest.raises(ValueError, match=r"99 equations, 0\.825 of what bandwidth 60 Hz needs.*must be above 120 Hz"):
        recover(train, 930.0, neuron, 60.0)
    late = replace(train, saturated=np.arange(99) % 2 == 1)
    assert sd.recoverable(late, 40.0).rate_margin == pytest.approx(50 / 80)
    with pytest.raises(ValueError, match="not saturated"):
        recover(late, 930.0, neuron, 40.0)


def test_refusals():
    neuron = sd.LIF(0.1, 0.02, **TEXTBOOK)
    x = np.ones(2000)
    spikes = sd.encode(x, 1000.0, neuron)
    decode = sd.decode_bandlimited
    for other in (sd.NoisyLIF(0.1, 0.02), sd.AdEx(), sd.Izhikevich(), sd.SigmaDelta(0.1), 5):
        with pytest.raises(ValueError, match=r"decode_bandlimited (needs a neuron|cannot know)"):
            decode(spikes, 1000.0, other, B)
    with pytest.raises(ValueError, match="not its train"):
        decode(spikes, 1000.0, replace(neuron, tau_m=0.03), B)
    with pytest.raises(ValueError, match=r"heights\[0\] is 0\.1 where .* gives 0\.2"):
        decode(spikes, 1000.0, replace(neuron, threshold=0.2), B)
    with pytest.raises(ValueError, match='drive="potential"'):
        decode(spikes, 1000.0, neuron, B, hold="linear")
    with pytest.raises(ValueError, match="fs / 2 at most"):
        decode(spikes, 30.0, neuron, B, hold="zero")
    with pytest.raises(ValueError, match="hold must be one of"):
        decode(spikes, 1000.0, neuron, B, hold="first")
    with pytest.raises(ValueError, match="bandwidth must be above 0"):
        decode(spikes, 1000.0, neuron, 0.0)
    with pytest.raises(TypeError, match="SpikeTrain"):
        decode(x, 1000.0, neuron, B)
    with pytest.raises(TypeError, match="joint=True needs a list"):
        decode(spikes, 1000.0, neuron, B, joint=True)
    with pytest.raises(ValueError, match="one train a neuron, 2"):
        decode([spikes] * 3, 1000.0, [neuron] * 2, B, joint=True)
    clocked = sd.encode(0.5 * x, 1000.0, neuron, clocked=True)
    with pytest.warns(sd.RecoveryWarning, match="as those of a clocked encoder"):
        decode(clocked, 1000.0, neuron, B)
    decoder = sd.Decoder(1000.0, "bandlimited", neuron=neuron, bandwidth=B, edges="keep")
    decoder.push(spikes[0:1.0])
    with pytest.raises(ValueError, match=r"must start at 1\.0"):
        decoder.push(spikes[1.5:2.0])
    with pytest.raises(ValueError, match="nothing is exact: give a longer one"):
        decode(spikes[0.0:1e-3], 1000.0, neuron, B)
    with pytest.raises(ValueError, match="give 0 equations"):
        recover(spikes[0.0:1e-3], 1000.0, neuron, B)
    with pytest.raises(ValueError, match="nothing to finish"):
        sd.Decoder(1000.0, "bandlimited", neuron=neuron, bandwidth=B, edges="keep").finish()
    decoder.finish()
    with pytest.raises(ValueError, match="at its end"):
        decoder.push(spikes[1.0:2.0])


def test_an_empty_piece_changes_nothing():
    neuron = HOLDING["ASDM"]
    spikes = sd.encode(samples(Sinusoids.random(2, B, 0.5, 3.0), 8 * B, 3.0), 8 * B, neuron)[1.0:3.0]
    cut = float(spikes.times[0])
    decoder = sd.Decoder(8 * B, "bandlimited", neuron=neuron, bandwidth=B, hold="zero", edges="keep")
    parts = [decoder.push(spikes[1.0:cut]), decoder.push(spikes[cut:3.0]), decoder.finish()]
    assert np.array_equal(np.concatenate(parts), recover(spikes, 8 * B, neuron, B, hold="zero"))


def test_rows_at_the_end_of_a_window_stay_inside_it():
    """A window with one long interval has wide rows; the short ones at its end must not reach beyond it, in memory either."""
    from sigdelta.kernels.bandlimited import project

    side = np.zeros(4)
    plain = getattr(project, "py_func", project)
    plain(np.array([0, 2]), np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 0.0, 0.0]]), np.array([1.0, 2.0]), np.zeros(4), side)
    assert side.tolist() == [1.0, 2.0, 13.0, 16.0]
