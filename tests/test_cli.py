"""The command line as a user meets it: the console script in a process of its own."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

import sigdelta as sd

COMMAND = str(Path(sys.executable).with_name("sigdelta"))
DOCS = Path(__file__).parent.parent / "docs" / "cli.md"
COMMANDS = ["sweep", "encode", "decode", "signals", "figure"]


def run(*args, code=0, cwd=None, text=True, **options):
    done = subprocess.run([COMMAND, *map(str, args)], capture_output=True, text=text, cwd=cwd, timeout=120, **options)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def refused(*args, code=1, cwd=None, **options):
    """The one line with which a call is refused."""
    done = run(*args, code=code, cwd=cwd, **options)
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith(("Usage:", "Try ", "sweeping"))]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def wav(tmp_path):
    t = np.arange(4000) / 8000
    path = tmp_path / "tone.wav"
    wavfile.write(path, 8000, np.round(20000 * np.sin(2 * np.pi * 5 * t)).astype(np.int16))
    return path


@pytest.mark.parametrize(
    "command", [[], *[[name] for name in COMMANDS], ["signals", "list"], ["signals", "show"], ["signals", "write"]]
)
def test_every_command_has_help_and_a_place_in_the_docs(command):
    text = run(*command, "--help").stdout
    assert text.startswith("Usage: sigdelta")
    if command and command[0] != "signals":
        assert f"## sigdelta {command[0]}" in DOCS.read_text()
    elif command:
        assert f"`{command[-1]}`" in DOCS.read_text() or command == ["signals"]


def test_every_command_of_the_group_is_tested_here():
    assert set(re.findall(r"^  (\w+)  ", run("--help").stdout.split("Commands:")[1], re.M)) == set(COMMANDS)


def test_version():
    assert run("--version").stdout.strip() == f"sigdelta, version {sd.__version__}"


def test_bare_sweep_tells_the_whole_story():
    done = run("sweep", "--threshold")
    lines = done.stdout.splitlines()
    rows = [line.split() for line in lines if re.match(r"\s+[\d.]+ ", line)]
    assert len(rows) == 40
    marks = [row[-1] if row[-1].isalpha() else "" for row in rows]
    assert marks.count("best") == 1
    assert marks[0] == "saturated"
    assert marks[-1] == "silent"
    best = rows[marks.index("best")]
    assert 0.2 < float(best[0]) < 0.4
    assert 15 < float(best[-2]) < 19
    assert float([row[0] for row, mark in zip(rows, marks, strict=True) if mark == "saturated"][-1]) == pytest.approx(
        0.1, rel=0.25
    )
    at_four = min(rows, key=lambda row: abs(float(row[0]) - 4))
    assert 0.5 < float(at_four[6]) < 1.5
    assert "highest SNR" in done.stdout
    assert "no spike" in done.stdout
    assert "-o sweep.png" in done.stderr
    assert "ecg" in lines[0]


def test_bare_sweep_loads_neither_scipy_signal_nor_matplotlib():
    script = (
        "import sys; from sigdelta.cli import group;"
        "group.main(['sweep', '--threshold', '--quiet'], standalone_mode=False);"
        "print([m for m in sys.modules if m == 'scipy.signal' or m.split('.')[0] == 'matplotlib'], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_help_loads_no_framework_but_click():
    script = (
        "import sys; from sigdelta.cli import group;"
        "group.main(['--help'], standalone_mode=False);"
        "print([m for m in ('numpy', 'numba', 'xarray', 'scipy', 'matplotlib') if m in sys.modules], file=sys.stderr)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr.strip() == "[]"


@pytest.mark.parametrize("form", ["csv", "json"])
def test_sweep_data_on_stdout_equal_the_library(form):
    text = run("sweep", "ecg", "--threshold", "0.1,0.4", "--saturation-rate", "250,inf", "--format", form, "--quiet").stdout
    x, fs = sd.recording("ecg")[:2]
    result = sd.sweep(x, fs, sd.LIF(), threshold=[0.1, 0.4], t_ref=[4e-3, 0.0])
    if form == "json":
        assert "snr_db" in text
        assert json.loads(text)
    else:
        import csv

        rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
        assert len(rows) == 4
        for row in rows:
            cell = result.sel(threshold=float(row["threshold"]), t_ref=float(row["t_ref"]))
            assert float(row["snr_db"]) == float(cell.snr_db)
            assert int(row["n_spikes"]) == int(cell.n_spikes)


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg", "nc", "csv", "json"])
def test_sweep_writes_pictures_and_data(suffix, tmp_path):
    path = tmp_path / f"sweep.{suffix}"
    done = run("sweep", "--threshold", "0.05:5:log8", "--saturation-rate", "250,500", "--stop", "5s", "-o", path)
    assert f"written to {path}" in done.stdout
    assert path.stat().st_size > 500
    assert os.listdir(tmp_path) == [path.name]


def test_the_order_of_bare_options_and_signal_is_free(wav):
    first = run("sweep", wav, "--threshold", "--quiet").stdout
    assert run("sweep", "--threshold", wav, "--quiet").stdout == first
    assert run("sweep", wav, "--quiet").stdout == first
    assert len(run("sweep", "--saturation-rate", "--threshold=0.1", wav, "--quiet").stdout.splitlines()) > 4


def test_a_file_named_like_a_number_is_the_signal(wav, tmp_path):
    wav.rename(tmp_path / "208.wav")
    assert "208.wav" in run("sweep", "--threshold", "208.wav", "--quiet", cwd=tmp_path).stdout


def test_several_signals_are_swept_by_one_range(wav, tmp_path):
    args = ("sweep", wav, "ecg", "--threshold", "--quiet")
    done = run(*args, "-o", tmp_path / "both.nc")
    assert [line.split()[1].rstrip(",") for line in done.stdout.splitlines() if line.startswith("signal ")] == ["tone.wav", "ecg"]
    both = sd.load_result(tmp_path / "both.nc")
    assert both.signal.values.tolist() == [str(wav), "ecg"]
    ecg = sd.recording("ecg")
    assert np.array_equal(both.threshold, sd.threshold_range(ecg.x, ecg.fs, sd.LIF()))
    alone = sd.sweep(ecg.x, ecg.fs, sd.LIF(t_ref=2e-3), threshold=both.threshold.values)
    assert np.array_equal(both.sel(signal="ecg").n_spikes, alone.n_spikes)
    run(*args, "-o", tmp_path / "both.svg")
    assert "tone.wav" in (tmp_path / "both.svg").read_text()


def test_ranges(wav):
    def thresholds(text):
        done = run("sweep", wav, "--threshold", text, "--format", "csv", "--quiet")
        rows = [line.split(",") for line in done.stdout.splitlines() if not line.startswith("#")]
        return [float(row[rows[0].index("threshold")]) for row in rows[1:]]

    assert thresholds("0.05:2:log5") == pytest.approx(np.geomspace(0.05, 2, 5).tolist())
    assert thresholds("0.05:2:lin4") == pytest.approx([0.05, 0.7, 1.35, 2])
    assert thresholds("0.1:0.4:step0.1") == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert thresholds("0.1,0.2") == [0.1, 0.2]
    assert thresholds("0.3") == [0.3]


def test_environment_variables_set_options(wav):
    done = run("sweep", wav, "--quiet", env=os.environ | {"SIGDELTA_SWEEP_THRESHOLD": "0.25"})
    assert "0.25" in done.stdout
    assert len(done.stdout.splitlines()) == 8


@pytest.mark.parametrize("suffix", ["npz", "csv"])
def test_speech_is_encoded_and_decoded_with_the_snr_of_the_library(suffix, tmp_path):
    speech = Path("/usr/share/sounds/alsa/Front_Center.wav")
    if not speech.exists():
        pytest.skip("needs the speech of Debian's alsa-utils")
    spikes, heard = tmp_path / f"speech.{suffix}", tmp_path / "heard.wav"
    encoded = run("encode", speech, "--threshold", "0.02", "-o", spikes).stdout
    decoded = run("decode", spikes, "--reference", speech, "-o", heard).stdout
    x, fs = sd.load(speech)[:2]
    expected = sd.snr_db(x, sd.psp(sd.encode(x, fs, sd.LIF(0.02)), fs))
    for text in (encoded, decoded):
        assert float(re.search(r"snr_db +(\S+)", text)[1]) == pytest.approx(expected, abs=1e-6)
    rate, samples = wavfile.read(heard)
    assert (rate, samples.dtype, samples.size) == (fs, np.float32, x.size)
    assert sd.snr_db(x, samples) == pytest.approx(expected, abs=1e-4)


def test_encode_writes_csv_to_stdout_and_decode_needs_a_rate(wav, tmp_path):
    done = run("encode", wav, "--threshold", "0.1")
    assert "time_s,height" in done.stdout
    assert "snr_db" in done.stderr
    (tmp_path / "spikes.csv").write_text(done.stdout)
    recording = sd.load(wav)
    assert sd.load_spikes(tmp_path / "spikes.csv") == sd.encode(recording.x, recording.fs, sd.LIF(0.1))
    assert "--fs" in refused("decode", tmp_path / "spikes.csv", code=2)


def test_textbook_and_clocked_neurons_from_the_command_line(wav, tmp_path):
    options = ["--drive", "current", "--firing", "full", "--unipolar", "--tau-m", "10ms", "--threshold", "0.05"]
    run("encode", wav, *options, "--clocked", "-o", tmp_path / "clocked.npz")
    run("encode", wav, *options, "--refractory", "clamp", "--saturation-rate", "100Hz", "-o", tmp_path / "clamp.npz")
    neuron = sd.LIF(0.05, 10e-3, drive="current", firing="full", bipolar=False)
    recording = sd.load(wav)
    assert sd.load_spikes(tmp_path / "clocked.npz") == sd.encode(recording.x, recording.fs, neuron, clocked=True)
    assert np.diff(sd.load_spikes(tmp_path / "clamp.npz").times).min() >= 0.01


def test_signals_list_show_write(tmp_path):
    names = [line.split()[0] for line in run("signals", "list").stdout.splitlines()]
    assert {"ecg", "grasshopper", "sine", "pink"} <= set(names)
    assert "360 Hz" in run("signals", "show", "ecg").stdout
    run("signals", "write", "ecg", "--stop", "2s", "-o", tmp_path / "ecg.csv")
    copy = sd.load(tmp_path / "ecg.csv")
    assert np.array_equal(copy.x, sd.recording("ecg").x[:720])
    assert copy.fs == 360
    for seed in ("1", "2"):
        run("signals", "write", "noise", "--seed", seed, "-o", tmp_path / f"{seed}.npz")
    assert np.array_equal(sd.load(tmp_path / "2.npz").x, sd.signals.noise(10.0, 1000.0, 20.0, seed=2))
    assert not np.array_equal(sd.load(tmp_path / "1.npz").x, sd.load(tmp_path / "2.npz").x)


def test_a_pipe_is_a_signal(wav):
    with open(wav, "rb") as file:
        piped = run("encode", "-", "--threshold", "0.1", "--quiet", stdin=file).stdout
    assert piped == run("encode", wav, "--threshold", "0.1", "--quiet").stdout
    text = "".join(f"{value}\n" for value in np.sin(np.arange(500) / 20))
    assert "rate" in run("sweep", "-", "--fs", "1kHz", "--quiet", input=text).stdout


def test_figure_list_one_and_all(tmp_path):
    assert len(run("figure", "--list").stdout.splitlines()) == 4
    run("figure", "spike-coding", "-o", tmp_path / "one.svg")
    assert (tmp_path / "one.svg").read_text().count("<svg") == 1
    run("figure", "--all", "-o", tmp_path / "all")
    assert sorted(path.suffix for path in (tmp_path / "all").iterdir()) == [".png"] * 4


BAD_CALLS = [
    (["sweep", "--threshold", "0.05:2:50"], 2, "did you mean 0.05:2:log50"),
    (["sweep", "--threshold", "0.1x"], 2, "unknown unit 'x'"),
    (["sweep", "--threshold", "0:1:log5"], 2, "positive ends"),
    (["sweep", "--threshold", "0.1:1:step0"], 2, "positive step"),
    (["sweep", "--threshold", "1:2:log1"], 2, "count from 2"),
    (["sweep", "--threshold", "-1"], 1, "threshold must be above 0 and finite, not -1"),
    (["sweep", "--threshold", "0"], 1, "threshold must be above 0"),
    (["sweep", "--threshold", "1e-15", "--saturation-rate", "inf"], 1, "134217728 (2**27)"),
    (["sweep", "--tau-m", "20"], 2, "did you mean 20ms?"),
    (["encode", "--tau-m", "20"], 2, "did you mean 20ms?"),
    (["encode", "--tau-m", "-20ms"], 1, "tau_m must be above 0"),
    (["sweep", "--saturation-rate", "-5"], 2, "--saturation-rate must be above 0"),
    (["sweep", "--saturation-rate", "0"], 2, "inf means no limit"),
    (["encode", "--saturation-rate", "0Hz"], 2, "--saturation-rate must be above 0"),
    (["sweep", "nowhere"], 2, "neither a file nor a name"),
    (["sweep", "nowhere.wav"], 1, "nowhere.wav"),
    (["sweep", "--threshold", "nowhere.csv"], 1, "nowhere.csv"),
    (["sweep", "."], 1, "directory"),
    (["sweep", "-o", "sweep.doc"], 2, ".pdf, .png, .svg"),
    (["sweep", "--tau-m", "-o", "sweep.png"], 2, "give one --tau-m"),
    (["sweep", "-o", "no/such/folder/sweep.png"], 1, "no/such/folder"),
    (["sweep", "--refractory", "clamp"], 1, 'firing="full"'),
    (["sweep", "--stop", "2s", "--start", "3s"], 1, "start"),
    (["encode", "--clocked"], 1, "clocked=True"),
    (["decode", "nowhere.npz", "--fs", "100"], 1, "nowhere.npz"),
    (["figure"], 2, "--all or --list"),
    (["figure", "nothing"], 2, "choose from error_against_threshold"),
    (["figure", "spike_coding", "-o", "x.doc"], 2, ".pdf, .png, .svg"),
]


@pytest.mark.parametrize(
    ("args", "code", "message"), BAD_CALLS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_calls_get_one_clear_line(args, code, message, tmp_path):
    assert message in refused(*args, code=code, cwd=tmp_path)
    assert os.listdir(tmp_path) == []


def test_bad_files_get_one_clear_line(wav, tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    cases = {
        written("empty.wav", b""): "empty",
        written("empty.csv", b""): "empty",
        written("cut.wav", wav.read_bytes()[:3000]): "cut.wav",
        written("text.csv", "time,x\n0,1\n0.1,hello\n0.2,3\n"): "hello",
        written("nan.csv", "time,x\n0,1\n0.1,nan\n0.2,3\n"): "finite",
        written("gap.csv", "time,x\n0,1\n0.1,2\n0.2,3\n0.5,3\n0.6,3\n"): "0.5",
        written("rate.csv", "1\n2\n3\n"): "fs",
        written("sound.xyz", b"abc"): ".wav",
    }
    for path, word in cases.items():
        assert word in refused("sweep", path), path
    assert "fs" in refused("sweep", tmp_path / "rate.csv", "--fs", "-3")
    assert "fs" in refused("sweep", tmp_path / "rate.csv", "--fs", "0")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_gets_one_clear_line(wav):
    wav.chmod(0)
    assert "ermission" in refused("sweep", wav)


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    for name in ("spikes.npz", "spikes.csv"):
        assert name in refused("encode", "--threshold", "0.05", "-o", tmp_path / name, preexec_fn=small_files)
    assert "sweep.png" in refused("sweep", "--quiet", "-o", tmp_path / "sweep.png", preexec_fn=small_files)
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_told():
    with open("/dev/full", "w") as full:
        done = subprocess.run([COMMAND, "encode", "--quiet"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_pipe_is_quiet():
    done = subprocess.run(f"'{COMMAND}' encode --threshold 0.01 --quiet | head -n 2", shell=True, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == ""


def test_ctrl_c_ends_a_sweep_with_130_and_leaves_the_old_file(tmp_path):
    np.save(tmp_path / "long.npy", np.random.default_rng(0).standard_normal(4_000_000))
    (tmp_path / "sweep.csv").write_text("old")
    args = ["sweep", tmp_path / "long.npy", "--fs", "10kHz", "--threshold", "0.01:1:log200", "-o", tmp_path / "sweep.csv"]
    process = subprocess.Popen([COMMAND, *map(str, args)], stderr=subprocess.PIPE, text=True)
    time.sleep(5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "interrupted" in said
    assert (tmp_path / "sweep.csv").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["long.npy", "sweep.csv"]
