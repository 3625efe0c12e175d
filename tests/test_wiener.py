"""The Wiener decoder against an explicit least-squares problem, on held-out parts, and its file."""

from dataclasses import replace

import numpy as np
import pytest
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

import sigdelta as sd

PULSE = ((1.0, 20e-3),)
RNG = np.random.default_rng(6)


def heard(train, fs, n):
    """What the filter sees: every spike as scipy's cubic B-spline."""
    spline, k = BSpline.basis_element([0, 1, 2, 3, 4], extrapolate=False), np.arange(n)
    pulses = (h * np.nan_to_num(spline(k - (t - train.start) * fs)) for t, h in zip(train.times, train.heights, strict=True))
    return sum(pulses, np.zeros(n))


def by_hand(train, x, fs, n, ahead, ridge):
    """Taps and offset of an explicit least-squares problem with a column of ones and rows for the ridge."""
    s = heard(train, fs, x.size)
    rows = range(n - 1 - ahead, x.size - ahead)
    design = np.array([np.r_[s[k + ahead - n + 1 : k + ahead + 1][::-1], 1.0] for k in rows])
    penalty = np.sqrt(ridge * s.var() * len(rows)) * np.eye(n, n + 1)
    solution = np.linalg.lstsq(np.r_[design, penalty], np.r_[x[rows.start : rows.stop], np.zeros(n)], rcond=None)[0]
    return solution[:n], solution[n], design @ solution


def train_of(seed, count=120, stop=3.0, start=-1.0):
    rng = np.random.default_rng(seed)
    return sd.SpikeTrain(
        np.sort(rng.uniform(start, start + stop, count)), 2 + rng.standard_normal(count), start, start + stop, PULSE
    )


@given(
    st.integers(0, 2**32),
    st.integers(4, 30),
    st.floats(0.0, 1.0),
    st.sampled_from([1e-6, 1e-3, 0.3]),
)
@settings(max_examples=15, deadline=None)
def test_the_fit_is_the_least_squares_solution(seed, n, share, ridge):
    fs, train = 100.0, train_of(seed)
    x = 5 + np.random.default_rng(seed).standard_normal(300).cumsum()
    ahead = min(int(share * n), n - 1)
    wiener = sd.fit_wiener(train, x, fs, length=n / fs, delay=ahead / fs, ridge=ridge)
    taps, offset, x_hat = by_hand(train, x, fs, n, ahead, ridge)
    size = np.abs(taps).max()
    assert wiener.taps == pytest.approx(taps, abs=1e-7 * size)
    assert wiener.offset == pytest.approx(offset, abs=1e-7 * max(size, abs(offset)))
    got = sd.decode_wiener(train, fs, wiener)
    assert np.array_equal(np.flatnonzero(np.isfinite(got)), np.arange(n - 1 - ahead, 300 - ahead))
    assert sd.decode_wiener(train, fs, wiener, edges="trim") == pytest.approx(x_hat, abs=1e-7 * np.abs(x).max())


def test_a_filter_that_made_the_signal_is_found():
    fs, train, taps = 200.0, train_of(1, 500, 20.0), RNG.standard_normal(9)
    x = np.convolve(heard(train, fs, 4000), taps)[4:4004] + 3.0
    wiener = sd.fit_wiener(train, x, fs, length=9 / fs, ridge=0.0)
    assert (wiener.ahead, wiener.taps.size) == (4, 9)
    assert wiener.taps == pytest.approx(taps, abs=1e-10)
    assert wiener.offset == pytest.approx(3.0, abs=1e-10)


def test_a_decoder_hears_nothing_beyond_its_delay():
    fs, train = 100.0, train_of(2)
    x = RNG.standard_normal(300).cumsum()
    for delay in (0.0, 0.05):
        wiener = sd.fit_wiener(train, x, fs, length=0.2, delay=delay)
        early = sd.decode_wiener(replace(train[-1.0:1.0], stop=train.stop), fs, wiener, edges="keep")
        late = sd.decode_wiener(train, fs, wiener, edges="keep")
        first = round((2.0 - delay) * fs)
        assert np.array_equal(np.abs(early - late)[: first + 1] > 1e-9, np.zeros(first + 1, bool))
        assert np.abs(early - late)[first + 1 : first + 10].max() > 1e-6


def test_times_within_a_sample_are_heard():
    """A coder with a threshold of 0.05, at 250 Hz, against the same spikes moved to samples and fitted in the same way."""
    fs = 250.0
    fine = sd.signals.noise(40.0, 5e3, bandwidth=10.0)
    train, x = sd.encode(fine, 5e3, sd.LIF(0.05)), fine[::20]
    binned = replace(train, times=np.floor(train.times * fs) / fs)
    found = []
    for each in (train, binned):
        wiener = sd.fit_wiener(each[0.0:20.0], x[:5000], fs, length=0.3)
        x_hat = sd.decode_wiener(each[20.0:40.0], fs, wiener)
        inner = np.isfinite(x_hat)
        found.append(sd.snr_db(x[5000:][inner], x_hat[inner]))
    check_fact("decode_wiener at 250 Hz, spikes at their times: SNR (dB)", found[0], 57.0, 61.0)
    check_fact("the same over spikes rounded to samples (dB)", found[0] - found[1], 6.0, 12.0)


def test_a_part_that_was_not_fitted_is_decoded_by_the_filter():
    fs = 500.0
    x = sd.signals.noise(40.0, fs, bandwidth=10.0)
    train = sd.encode(x, fs, sd.LIF(0.3))
    wiener = sd.fit_wiener(train[0.0:20.0], x[:10_000], fs)
    rows = sd.decode_wiener([train[20.0:30.0], train[30.0:40.0]], fs, wiener)
    for row, part in zip(rows, (x[10_000:15_000], x[15_000:]), strict=True):
        inner = np.isfinite(row)
        assert sd.snr_db(part[inner], row[inner]) > sd.snr_db(part, sd.psp(train, fs)[10_000:15_000]) + 10


def test_a_ridge_shrinks_the_taps():
    train, x = train_of(3), RNG.standard_normal(300)
    sizes = [np.abs(sd.fit_wiener(train, x, 100.0, ridge=ridge).taps).sum() for ridge in (0.0, 1e-2, 1.0, 100.0)]
    assert np.all(np.diff(sizes) < 0)


def test_a_filter_survives_its_file(tmp_path):
    train, x = train_of(4), RNG.standard_normal(300)
    wiener, path = sd.fit_wiener(train, x, 100.0, ridge=1e-3), tmp_path / "filter.npz"
    sd.save(wiener, path)
    back = sd.load_wiener(path)
    assert repr(back) == repr(wiener)
    assert all(np.array_equal(getattr(back, name), value) for name, value in vars(wiener).items())
    assert [type(each) for each in vars(back).values()] == [type(each) for each in vars(wiener).values()]
    assert np.array_equal(
        sd.decode_wiener(train, 100.0, back, edges="keep"), sd.decode_wiener(train, 100.0, wiener, edges="keep")
    )
    with pytest.raises(ValueError, match=r"filter\.npz: is no spike train: it lacks heights"):
        sd.load_spikes(path)
    sd.save(train, path)
    with pytest.raises(ValueError, match=r"filter\.npz: is no Wiener filter: it lacks ahead"):
        sd.load_wiener(path)
    with pytest.raises(ValueError, match=r"a filter file must end in \.npz"):
        sd.save(wiener, tmp_path / "filter.csv")
    path.write_bytes(b"PK no zip")
    with pytest.raises(ValueError, match=r"filter\.npz: "):
        sd.load_wiener(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.arange(299.0)}, "x must have the 300 samples"),
        ({"x": np.ones(300)}, "x must vary, not be 1 at every sample"),
        ({"spikes": train_of(1, 9)}, "spikes holds 9 spikes: a fit needs at least 10"),
        ({"length": 0.03}, r"length must be from 4 samples to half the signal, 0\.04 to 1\.5 s, not 0\.03"),
        ({"length": 1.6}, r"to 1\.5 s, not 1\.6"),
        ({"length": 100.0}, "makes 10000 taps: at most 4096"),
        ({"delay": 0.2}, r"delay must be less than length 0\.2 s, not 0\.2"),
        ({"delay": -0.1}, "delay must be at least 0"),
        ({"ridge": -1e-3}, "ridge must be at least 0"),
        ({"fs": 0.0}, "fs must be above 0"),
        ({"spikes": sd.SpikeTrain(np.zeros(20), np.zeros(20), 0.0, 3.0, PULSE)}, "do not determine 21 taps with ridge=1e-06"),
    ],
)
def test_bad_fits_are_refused(changes, message):
    call = {"spikes": train_of(1), "x": np.arange(300.0), "fs": 100.0} | changes
    with pytest.raises(ValueError, match=message):
        sd.fit_wiener(**call)
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain"):
        sd.fit_wiener([train_of(1)], np.arange(300.0), 100.0)


def test_a_filter_of_something_else_is_refused():
    train = train_of(5)
    wiener = sd.fit_wiener(train, np.arange(300.0), 100.0)
    with pytest.raises(ValueError, match="fs must be the 100 Hz at which the filter was fitted, not 200"):
        sd.decode_wiener(train, 200.0, wiener)
    with pytest.raises(ValueError, match="on which the filter was fitted, not"):
        sd.decode_wiener(replace(train, kernel=((1.0, 0.1),)), 100.0, wiener)
    with pytest.raises(ValueError, match=r"lasts 0\.2 s: it must be longer than the filter, 0\.21 s"):
        sd.decode_wiener(train[0.0:0.2], 100.0, wiener)
    with pytest.raises(TypeError, match="wiener must be a WienerFilter"):
        sd.decode_wiener(train, 100.0, wiener.taps)
    with pytest.raises(TypeError, match="spikes must be a SpikeTrain or a list"):
        sd.decode_wiener(train.times, 100.0, wiener)
    with pytest.raises(ValueError, match="edges must be one of"):
        sd.decode_wiener(train, 100.0, wiener, edges="nan")
    for changes, message in (({"ahead": 21}, "ahead must be from 0 to 20, not 21"), ({"stop": -2.0}, "stop must be above -1")):
        with pytest.raises(ValueError, match=message):
            replace(wiener, **changes)
