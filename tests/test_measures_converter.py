"""Delay, band, sine tests and noise spectra, against signals that are known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sigdelta as sd

FS = 1000.0
T = np.arange(6000) / FS


def smooth(t, seed=0, top=100.0):
    """Forty tones up to `top` Hz, exact at any instant."""
    rng = np.random.default_rng(seed)
    f, phase = rng.uniform(0.5, top, 40), rng.uniform(0, 2 * np.pi, 40)
    return np.cos(2 * np.pi * np.outer(t, f) + phase).sum(axis=1)


@settings(max_examples=25, deadline=None)
@given(delay=st.floats(-0.2, 0.2), seed=st.integers(0, 99), top=st.floats(5.0, 400.0))
def test_any_delay_of_a_band_limited_signal_is_found(delay, seed, top):
    y, late = smooth(T, seed, top), smooth(T - delay, seed, top)
    assert sd.best_delay(y, late, FS) == pytest.approx(delay, abs=1e-8)
    assert sd.snr_db(y, late, fs=FS, delay="best") > 110
    assert sd.snr_db(y, late, fs=FS, delay=delay) > 110


def test_noise_is_what_is_left_when_the_delay_is_gone():
    y = smooth(T)
    noise = np.random.default_rng(1).standard_normal(T.size)
    late = smooth(T - 4.56e-3) + 0.1 * y.std() * noise
    assert sd.best_delay(y, late, FS) == pytest.approx(4.56e-3, abs=2e-5)
    assert sd.snr_db(y, late, fs=FS, delay="best") == pytest.approx(20.0, abs=0.15)
    assert sd.snr_db(y, late) < 10


def test_of_a_periodic_signal_the_nearest_period_is_taken():
    y, late = (np.sin(2 * np.pi * 9.97 * (T - lag)) for lag in (0.0, 7.77e-3))
    assert sd.best_delay(y, late, FS) == pytest.approx(7.77e-3, abs=1e-9)


def test_a_longest_delay_is_kept():
    y, late = smooth(T), smooth(T - 30e-3)
    assert abs(sd.best_delay(y, late, FS, longest=5e-3)) <= 5e-3


def test_channels_have_delays_of_their_own():
    y = np.stack([smooth(T, 1), smooth(T, 2)])
    late = np.stack([smooth(T - 2e-3, 1), smooth(T + 3.5e-3, 2)])
    assert sd.best_delay(y, late, FS) == pytest.approx([2e-3, -3.5e-3], abs=1e-8)
    both = sd.snr_db(y, late, fs=FS, delay="best", bandwidth=150.0)
    alone = [sd.snr_db(*rows, fs=FS, delay="best", bandwidth=150.0) for rows in zip(y, late, strict=True)]
    assert both == pytest.approx(alone)
    assert both.min() > 100


@pytest.mark.parametrize("bandwidth", [10.0, 100.0, 420.0])
def test_the_filter_keeps_its_band_and_stops_the_rest(bandwidth):
    inside = smooth(T, 3, bandwidth)
    kept = sd.lowpassed(inside, FS, bandwidth)
    cut = (T.size - kept.size) // 2
    assert kept == pytest.approx(inside[cut : T.size - cut], abs=2e-4 * np.abs(inside).max())
    edge = min(1.25 * bandwidth, FS / 2)
    beyond = np.cos(2 * np.pi * (edge + 0.9 * (FS / 2 - edge)) * T)
    assert np.abs(sd.lowpassed(beyond, FS, bandwidth)).max() < 2e-5


def test_errors_outside_the_band_do_not_count():
    y = smooth(T, top=40.0)
    late = y + np.cos(2 * np.pi * 200 * T) + 0.01 * np.sqrt(2) * y.std() * np.cos(2 * np.pi * 20 * T)
    assert sd.snr_db(y, late, fs=FS, bandwidth=50.0) == pytest.approx(40.0, abs=0.1)
    assert sd.snr_db(y, late) < 20


def test_refusals_of_alignment_and_filter():
    with pytest.raises(ValueError, match="fs is not given"):
        sd.snr_db(T, T, bandwidth=10.0)
    with pytest.raises(ValueError, match="one of 'best'"):
        sd.snr_db(T, T, fs=FS, delay="auto")
    with pytest.raises(ValueError, match=r"below fs / 2 = 500 Hz, not 500"):
        sd.snr_db(T, T, fs=FS, bandwidth=500.0)
    with pytest.raises(ValueError, match=r"too few for a filter of bandwidth 0.1 Hz: at least \d+"):
        sd.lowpassed(T, FS, 0.1)
    with pytest.raises(ValueError, match="too few for a delay"):
        sd.snr_db(T, T, fs=FS, delay=5.99)
    with pytest.raises(ValueError, match="80 samples are too few: delays up to 20"):
        sd.best_delay(T[:80], T[:80], FS)
    with pytest.raises(ValueError, match="y_hat is constant"):
        sd.best_delay(T, 0 * T, FS)


@settings(max_examples=50, deadline=None)
@given(f=st.floats(1.0, 480.0), amplitude=st.floats(1e-3, 1e3), phase=st.floats(-3.1, 3.1), offset=st.floats(-5, 5))
def test_the_sine_fit_finds_any_sine(f, amplitude, phase, offset):
    x = amplitude * (offset + np.cos(2 * np.pi * f * T + phase))
    fit = sd.fit_sine(x, FS)
    known = sd.fit_sine(x, FS, f)
    assert fit.frequency == pytest.approx(f, rel=1e-9)
    for each in (fit, known):
        assert (each.amplitude, each.offset) == pytest.approx((amplitude, amplitude * offset), rel=1e-7, abs=1e-7 * amplitude)
        assert abs(np.angle(np.exp(1j * (each.phase - phase)))) < 1e-6
        assert each.residual < 1e-9 * amplitude * (1 + abs(offset))


@pytest.mark.parametrize("bits", [4, 8, 12])
def test_a_uniform_quantiser_has_its_bits(bits):
    t = np.arange(200_000) / 1e5
    step = 2.0**-bits
    # mid-rise, so that the full scale of 2**bits codes is used and nothing is clipped
    x = step * (np.floor(0.5 * np.sin(2 * np.pi * 123.4567 * t) / step) + 0.5)
    # the error of a sine is not quite uniform: Bessel terms, which fall as the root of the number of steps (Blachman 1985)
    close = 5 * 2 ** (-bits / 2)
    assert sd.sinad_db(x, 1e5) == pytest.approx(6.0206 * bits + 1.7609, abs=close)
    assert sd.enob(x, 1e5, full_scale=1.0) == pytest.approx(bits, abs=close / 6.02)
    assert sd.enob(x, 1e5) == pytest.approx((sd.sinad_db(x, 1e5) - 10 * np.log10(1.5)) / (20 * np.log10(2)), abs=1e-9)
    assert sd.enob(0.5 * x, 1e5, full_scale=1.0) == pytest.approx(sd.enob(x, 1e5, full_scale=1.0) + 1, abs=1e-9)


def test_lines_of_known_size_and_nothing_else_count():
    f = 37.0123
    x = 3 + np.cos(2 * np.pi * f * T) + 1e-2 * np.cos(2 * np.pi * 3 * f * T + 1) + 3e-2 * np.cos(2 * np.pi * 313.7 * T)
    assert sd.sfdr_db(x, FS) == pytest.approx(20 * np.log10(1 / 3e-2), abs=0.02)
    assert sd.sfdr_db(x, FS, bandwidth=150.0) == pytest.approx(40.0, abs=0.03)
    assert sd.sinad_db(x, FS) == pytest.approx(-10 * np.log10(1e-4 + 9e-4), abs=1e-3)
    assert sd.sinad_db(x, FS, bandwidth=150.0) == pytest.approx(40.0, abs=0.01)
    assert sd.sinad_db(np.stack([x, 2 * x]), FS) == pytest.approx([sd.sinad_db(x, FS)] * 2)
    assert sd.sinad_db(x, FS, frequency=f) == pytest.approx(sd.sinad_db(x, FS), abs=1e-6)


def test_refusals_of_sine_tests():
    with pytest.raises(ValueError, match="x is constant"):
        sd.sinad_db(np.ones(100), FS)
    with pytest.raises(ValueError, match="at least 8"):
        sd.enob(np.arange(5.0), FS)
    with pytest.raises(ValueError, match="to fs / 2 = 500 Hz, not 500"):
        sd.sfdr_db(T, FS, frequency=500.0)
    with pytest.raises(ValueError, match="lies above the bandwidth"):
        sd.sinad_db(T, FS, frequency=90.0, bandwidth=50.0)
    with pytest.raises(ValueError, match="full_scale"):
        sd.enob(T, FS, full_scale=0.0)


def test_noise_spectrum_and_inband_noise_of_known_errors():
    rng = np.random.default_rng(4)
    y, white = smooth(np.arange(100_000) / FS), 0.3 * rng.standard_normal(100_000)
    frequencies, density = sd.noise_spectrum(y, y + white, FS, resolution=5.0)
    assert frequencies[[0, 1, -1]].tolist() == [0.0, 5.0, 500.0]
    assert density[1:-1].mean() == pytest.approx(0.09 / 500, rel=0.02)
    assert sd.inband_noise(y, y + white, FS, 100.0) == pytest.approx(0.3 * math.sqrt(0.2), rel=0.02)
    assert sd.inband_noise(y, y + white, FS, 500.0) == pytest.approx(0.3, rel=0.01)
    t = np.arange(y.size) / FS
    tone = 2 * np.cos(2 * np.pi * 61.3 * t) + 0.5
    assert sd.inband_noise(y, y + tone, FS, 70.0) == pytest.approx(math.sqrt(2.25), rel=1e-3)
    assert sd.inband_noise(y, y + tone, FS, 50.0) == pytest.approx(0.5, rel=1e-3)
    pair = np.stack([y, y]), np.stack([y + tone, y])
    assert sd.inband_noise(*pair, FS, 70.0) == pytest.approx([1.5, 0.0], rel=1e-3)
    assert sd.noise_spectrum(*pair, FS)[1].shape == (2, 6251)


def test_refusals_of_noise():
    with pytest.raises(ValueError, match="at least 32000 are needed"):
        sd.inband_noise(T, T, FS, 1.0)
    with pytest.raises(ValueError, match="at most fs / 2"):
        sd.inband_noise(T, T, FS, 600.0)
    with pytest.raises(ValueError, match=r"choose from 0\.166667 to 500 Hz"):
        sd.noise_spectrum(T, T, FS, resolution=0.01)
