"""Files: what is read is what was written, to the bit, and what is wrong is refused with its name and place."""

import math
import os
import re
import struct
import sys
from pathlib import Path

import edfio
import h5py
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import sigdelta as sd

TONE = 0.8 * np.sin(np.arange(2000) / 20)
PAIR = TONE.reshape(2, 1000)
TEN = np.arange(20.0).reshape(2, 10)
PCM = np.round(2e4 * TONE[:50]).astype(np.int16)
TRAIN = sd.SpikeTrain([0.5, 2.5, 7.0], [1.0, -1.0, 2.0], 0.0, 10.0, ((1.0, 0.02),))


def put(path, content, **options):
    if isinstance(content, str | bytes):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.update(content)
    elif path.suffix[:3] == ".np":
        np.savez(path, **content) if isinstance(content, dict) else np.save(path, content)
    else:
        soundfile.write(path, content.T, 8000, **options)
    return path


def stamps(t):
    return "time,x\n" + "".join(f"{each!r},{i}\n" for i, each in enumerate(np.asarray(t, float).tolist()))


def same_bits(a, b):
    return a.shape == np.shape(b) and a.dtype == np.float64 and a.tobytes() == np.asarray(b, float).tobytes()


@pytest.mark.parametrize("shape", [(50,), (2, 50)])
@pytest.mark.parametrize(("subtype", "bits"), [("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24), ("PCM_32", 32)])
def test_integer_wav_is_read_as_minus_one_to_one(subtype, bits, shape, tmp_path):
    x = np.random.default_rng(bits).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), shape)
    x[..., :2] = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    back = sd.load(put(tmp_path / "a.wav", np.int32(x << (32 - bits)), subtype=subtype))
    assert same_bits(back.x, x / 2 ** (bits - 1))
    assert (back.fs, back.name, back.spikes) == (8000.0, "a.wav", None)


@pytest.mark.parametrize(("samples", "subtype"), [(PCM, "PCM_16"), (PCM, "PCM_24"), (PAIR[:, :20], "FLOAT"), (TONE[:60], "ULAW")])
def test_a_wav_cut_anywhere_is_refused(samples, subtype, tmp_path):
    whole = put(tmp_path / "a.wav", samples, subtype=subtype).read_bytes()
    for length in range(1, len(whole)):
        with pytest.raises(ValueError, match=r"cut\.wav: "):
            sd.load(put(tmp_path / "cut.wav", whole[:length]))
    with pytest.raises(ValueError, match="is truncated"):
        sd.load(put(tmp_path / "cut.wav", whole[:-24]))


@pytest.mark.parametrize(("riff", "data"), [(0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFFFFF, 0x7FFFFFDB), (0, 0)])
def test_a_wav_from_a_pipe_is_read_to_its_end(riff, data, tmp_path):
    whole = put(tmp_path / "a.wav", PCM).read_bytes()
    put(tmp_path / "a.wav", whole[:4] + struct.pack("<I", riff) + whole[8:40] + struct.pack("<I", data) + whole[44:])
    assert same_bits(sd.load(tmp_path / "a.wav").x, PCM / 32768)


SOUND = [("a.WAV", "FLOAT", 3e-8), ("a.wav", "DOUBLE", 0), ("a.wav", "ULAW", 0.02), ("a.wav", "ALAW", 0.02)]
SOUND += [("a.au", "ULAW", 0.02), ("a.ogg", "VORBIS", 0.05), ("a.flac", "PCM_16", 2e-5)]


@pytest.mark.parametrize(("name", "subtype", "loss"), SOUND)
def test_sound_is_read_as_closely_as_its_code_allows(name, subtype, loss, tmp_path):
    back = sd.load(put(tmp_path / name, PAIR, subtype=subtype))
    assert (back.x.shape, back.fs) == (PAIR.shape, 8000.0)
    assert np.abs(back.x - PAIR).max() <= loss


def test_edf_signals_of_two_rates_are_chosen_by_label(tmp_path):
    path, eeg = tmp_path / "a.edf", edfio.EdfSignal(TONE, 200.0, label="EEG Cz", physical_dimension="uV")
    edfio.Edf([eeg, edfio.EdfSignal(TONE[:100], 10.0, label="Resp")]).write(path)
    for channel, message in ((None, "one with channel, of EEG Cz, Resp"), ("Nose", "no channel 'Nose': .* 'EEG Cz', 'Resp'")):
        with pytest.raises(ValueError, match=rf"a\.edf: .*{message}"):
            sd.load(path, channel)
    for channel, fs, units, x in (("EEG Cz", 200.0, "uV", TONE), ("Resp", 10.0, "", TONE[:100])):
        back = sd.load(path, channel)
        assert (back.fs, back.units) == (fs, units)
        assert back.x == pytest.approx(x, abs=2e-5)
    put(path, path.read_bytes()[:-50])
    with pytest.raises(ValueError, match=r"a\.edf: "):
        sd.load(path, "EEG Cz")


@pytest.mark.parametrize("place", ["lab/x", "lab", "/"])
@pytest.mark.parametrize(("fs", "units"), [(250, "mV"), (np.array([250.0]), np.bytes_("mV"))])
def test_hdf5_takes_fs_from_the_array_its_group_or_the_file(fs, units, place, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["lab/x"], file["lab/note"] = PAIR, "text"
        file[place].attrs.update({"fs": fs, "units": units})
    back = sd.load(tmp_path / "a.h5")
    assert same_bits(back.x, PAIR)
    assert back[1:4] == (250.0, "mV", "a.h5")
    assert same_bits(sd.load(tmp_path / "a.h5", channel="lab/x[1]").x, TONE[1000:])


@pytest.mark.parametrize(("module", "suffix"), [("soundfile", "flac"), ("soundfile", "au"), ("h5py", "h5"), ("edfio", "edf")])
def test_a_missing_extra_is_named(module, suffix, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{module}: pip install 'sigdelta\[io\]'"):
        sd.load(put(tmp_path / f"a.{suffix}", "something"))


TIMED = "time,x\n0,1\n0.01,2\n0.02,4\n"
READ = [
    *(("a.txt", TIMED.replace(",", mark), {}, [1, 2, 4]) for mark in ",;\t "),
    *(("a.txt", text, {}, [1, 2, 4]) for text in ("\ufeff" + TIMED, TIMED[7:], TIMED[7:].replace(",", "  "))),
    ("a.csv", "Time (ms),x,y\r\n0,1,3\r\n10,2,4\r\n20,4,5\r\n", {}, [[1, 2, 4], [3, 4, 5]]),
    ("a.tsv", "x\tt_us\n1\t5\n2\t10005\n4\t20005\n", {"fs": 100}, [1, 2, 4]),
    ("a.csv", "\ufeff# fs=100\n# a remark\n\n1\n2\n4\n", {}, [1, 2, 4]),
    ("a.csv", '"left ear",right\n1,3\n2,4\n4,5\n', {"fs": 100.0, "channel": "left ear"}, [1, 2, 4]),
    ("a.csv", "left,right\n1,3\n2,4\n4,5\n", {"fs": 100.0, "channel": -2}, [1, 2, 4]),
    ("a.txt", "voltage (mV)\n1\n2\n4\n", {"fs": 100.0}, [1, 2, 4]),
    ("a.txt", "nan\n1\n2\n4\n", {"fs": 100.0, "start": 0.01}, [1, 2, 4]),
    ("a.npy", TEN.astype(np.int32), {"fs": 100.0, "start": 0.03, "stop": 0.07}, TEN[:, 3:7]),
    ("a.npy", TEN, {"fs": 100.0, "start": 0.031, "stop": 99.0}, TEN[:, 4:]),
    *(("a.npz", {"any": np.array([1, 2, 4]), "fs": fs}, {}, [1, 2, 4]) for fs in (100, np.array([[100.0]]))),
    ("a.npz", {"left": TEN[0], "right": TEN[1], "fs": 100.0}, {}, TEN),
    ("a.npz", {"left": TEN[0], "right": TEN[1, :3], "fs": 100.0}, {"channel": "right"}, TEN[1, :3]),
]


@pytest.mark.parametrize(("name", "content", "options", "x"), READ)
def test_arrays_and_text_are_read(name, content, options, x, tmp_path):
    back = sd.load(put(tmp_path / name, content), **options)
    assert same_bits(back.x, x)
    assert back[1:] == (100.0, "", name, None)


NO_FS = [(None, "is not known: give fs"), (-5.0, "must be above 0 and finite, not -5"), (0, "must be ab"), ("9", "must be a num")]
CUTS = [(10, None, "before the end, 10 s"), (5, 5, "start 5 s .* stop 5 s"), (-1, 5, "at least 0"), (3.2, 4.1, "holds 1 sample")]
ONE = [("a.csv", "time,x\n0,1\n"), ("a.csv", "5\n"), ("a.npy", np.zeros(0)), ("a.wav", PCM[:0])]
REFUSED = [
    *(("a.npy", TEN, {"fs": fs}, f"fs {message}") for fs, message in NO_FS),
    *(("a.npy", TEN, {"fs": 1.0, "start": start, "stop": stop}, message) for start, stop, message in CUTS),
    *(("a.npy", TEN, {"fs": 1.0, "channel": each}, f"no channel {each}: choose from 0 to 1$") for each in (2, -3, True, 1.0)),
    *(("a.csv", "l,r\n1,2\n2,3\n", {"channel": each}, "no channel .*: choose from 0 to 1 or 'l', 'r'") for each in (2, "m")),
    *((name, content, {"fs": 8000.0}, "at least 2 are needed") for name, content in ONE),
    *((f"a{suffix}", "garbage" * 30, {"fs": 8000.0}, "") for suffix in sd.files.READERS),
    ("a.wav", PCM, {"fs": 44100}, "fs is 8000 Hz here: it cannot be fs=44100"),
    ("a.csv", "# fs=0\n1\n2\n", {}, "fs must be above 0"),
    ("a.csv", "# fs=50\n" + TIMED, {}, "fs"),
    ("a.npy", TEN.T, {"fs": 1.0}, r"\(10, 2\): channels come first, so transpose"),
    ("a.h5", {"a": "text"}, {"fs": 1.0}, "holds no array of numbers"),
    ("a.npy", TEN * 1j, {"fs": 1.0}, "real numbers"),
    ("a.npy", np.array([{}, "code"], dtype=object), {"fs": 1.0}, "allow_pickle"),
    ("a.npy", b"PK\x05\x06" + bytes(18), {"fs": 1.0}, ""),
    ("a.npz", {"a": TEN, "b": TEN[0]}, {"fs": 1.0}, "array x, or one array, or one a channel, not a, b"),
    ("a.npz", {"a": TEN[0], "b": PCM}, {"fs": 1.0}, "rate or length: choose one with channel, of a, b"),
    ("a.npz", vars(TRAIN), {"fs": 1.0}, "holds a spike train, not a signal: use load_spikes"),
    ("a.csv", stamps([0, 0.1, 0.2, 0.5, 0.6, 0.9]), {}, r"irregular: row 4 \(line 5\) is at 0.5 s, 0.3 s after"),
    ("a.csv", "# a\n\n" + stamps([0, 0.1, 0.2, 0.15, 0.4]), {}, r"row 4 \(line 7\) is at 0.15 s, -0.05 s after"),
    *(("a.csv", stamps([0, 0.1, 0.2, float(bad), 0.4, 0.5]), {}, rf"row 4 \(line 5\) is at {bad} s") for bad in ("nan", "inf")),
    ("a.csv", "time_min,x\n0,1\n1,2\n", {}, "'time_min' has an unknown unit of time: use s, sec"),
    ("a.csv", "# fs=10\n1\n2\nwörld\n", {}, "line 4: 'wörld' is not a number"),
    ("a.csv", "time,x\n0,1\n0.1\n0.2,3\n", {}, "line 3 has 1 columns, where 2 are expected"),
    ("a.txt", "0 1\n0.1 2 3\n", {}, "line 2 has 3 columns, where 2 are expected"),
    *(("a.csv", text, {}, "is empty") for text in ("", "# fs=1\n \n")),
    ("a.csv", "time,x\n", {}, "is empty: it holds names, and no numbers"),
    ("a.csv", "# fs=10\n1\nnan\n2\n", {}, r"x\[1\] is nan: all samples must be finite \(1 of 3 are not\)"),
    ("a.csv", "# fs=10\n1\ninf\ninf\n", {}, r"x\[1\] is inf"),
    ("a.npy", np.where(TEN == 13, -np.inf, TEN), {"fs": 1.0}, r"x\[\(1, 3\)\] is -inf"),
    ("a.xyz", "abc", {}, r"a signal file must end in \.wav, .*, not '\.xyz'"),
]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(("name", "content", "options", "message"), REFUSED)
def test_what_is_wrong_is_refused_with_its_place(name, content, options, message, tmp_path):
    with pytest.raises((ValueError, TypeError), match=rf"{re.escape(name)}:? .*{message}"):
        sd.load(put(tmp_path / name, content), **options)


@pytest.mark.parametrize("first", [0, 1.7e9])
@pytest.mark.parametrize(("fs", "digits", "n"), [(360.0, 3, 3600), (128.0, 3, 3600), (44100.0, 6, 3600), (1000 / 3, 3, 30)])
def test_rounded_time_stamps_are_accepted(fs, digits, n, first, tmp_path):
    t = np.round(first + np.arange(n) / fs, digits)
    assert sd.load(put(tmp_path / "a.csv", stamps(t))).fs == pytest.approx(fs, rel=1e-4)


NUMBERS = st.floats(-1e300, 1e300)
KERNEL = st.lists(st.tuples(NUMBERS, st.floats(1e-300)), min_size=1, max_size=3)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.booleans()), max_size=9), NUMBERS, KERNEL)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_spikes_come_back_to_the_bit(tmp_path_factory, spikes, edge, kernel):
    table = np.array(sorted(spikes), float).reshape(-1, 3).T
    start, stop = min([edge, *table[0]]), math.nextafter(max([edge, *table[0]]), math.inf)
    for path in (tmp_path_factory.getbasetemp() / f"spikes.{suffix}" for suffix in ("npz", "csv")):
        train = sd.SpikeTrain(table[0], table[1], start, stop, kernel, table[2] == 1)
        sd.save(train, path)
        assert sd.load_spikes(path) == train


NOT_SAVED = [
    (TONE, "a.wav", 360.5, r"WAV holds whole rates .*not fs=360\.5 Hz"),
    (TONE, "a.wav", 1e10, "WAV holds whole rates"),
    ([0.0, 1e300], "a.wav", 8000.0, "WAV holds float32 only"),
    (sd.Recording(TONE, 5.0, "", "", None), "a.npz", 6.0, "fs is 5 Hz here: it cannot be fs=6"),
    (TONE, "a.txt", 1.0, r"signal file must end in \.wav"),
    (TRAIN, "a.wav", None, r"spike file must end in \.npz, \.csv, not '\.wav'"),
]


@pytest.mark.parametrize(("what", "name", "fs", "message"), NOT_SAVED)
def test_what_a_file_cannot_hold_is_not_written(what, name, fs, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sd.save(what, tmp_path / name, fs)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("error", [OSError(28, "disk full"), RuntimeError("disk full"), KeyboardInterrupt("disk full")])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(error, tmp_path, monkeypatch):
    def half(path, x):
        Path(path).write_text("half")
        raise error

    monkeypatch.setattr(np, "save", half)
    with pytest.raises(type(error), match=r"^(.*a\.npy could not be written: )?disk full"):
        sd.save(TONE, put(tmp_path / "a.npy", "old"))
    assert (tmp_path / "a.npy").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.npy"]


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_mode_follows_umask_or_the_old_file(mask, tmp_path):
    before = os.umask(mask)
    sd.save(TONE, tmp_path / "a.npy")
    assert os.umask(before) == mask
    assert (tmp_path / "a.npy").stat().st_mode & 0o777 == 0o666 & ~mask
    (tmp_path / "a.npy").chmod(0o640)
    sd.save(-TONE, tmp_path / "a.npy")
    assert (tmp_path / "a.npy").stat().st_mode & 0o777 == 0o640


def test_the_target_of_a_link_is_replaced(tmp_path):
    (tmp_path / "a.npy").symlink_to(put(tmp_path / "b.npy", "old"))
    sd.save(TONE, tmp_path / "a.npy")
    assert (tmp_path / "a.npy").is_symlink()
    assert same_bits(np.load(tmp_path / "b.npy"), TONE)
    assert sorted(os.listdir(tmp_path)) == ["a.npy", "b.npy"]


def test_folders_and_missing_files_are_named(tmp_path):
    for load in (sd.load, sd.load_spikes, sd.load_result):
        with pytest.raises(FileNotFoundError, match=r"none\.npz"):
            load(tmp_path / "none.npz")
    (tmp_path / "a.npy").mkdir()
    for act, hint in ((sd.load, ""), (lambda path: sd.save(TONE, path), "is a directory: give the name of a file")):
        with pytest.raises(IsADirectoryError, match=rf"a\.npy.*{hint}"):
            act(tmp_path / "a.npy")
    with pytest.raises(FileNotFoundError, match=r"no/such/b\.npy cannot be written: No such file"):
        sd.save(TONE, tmp_path / "no" / "such" / "b.npy")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_permissions_are_kept(tmp_path):
    path = put(tmp_path / "a.npy", TONE)
    path.chmod(0o444)
    with pytest.raises(PermissionError, match=r"a\.npy may not be written"):
        sd.save(-TONE, path)
    path.chmod(0)
    with pytest.raises(PermissionError, match=r"a\.npy"):
        sd.load(path)
    assert os.listdir(tmp_path) == ["a.npy"]
