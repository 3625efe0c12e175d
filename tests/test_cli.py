"""The command line as a user meets it."""

import dataclasses
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from click.testing import CliRunner
from command import NOT_THE_ERROR, refused, run
from scipy.io import wavfile

import sigdelta as sd

DOCS = Path(__file__).parent.parent / "docs" / "cli.md"
COMMANDS = [
    "sweep", "plot", "tune", "encode", "decode", "measure", "theory", "signals", "neurons", "figure", "learn", "demo",
]  # fmt: skip


@pytest.mark.parametrize(
    "command", [[], *[[name] for name in COMMANDS], ["signals", "list"], ["signals", "show"], ["signals", "write"]]
)
def test_every_command_has_help_and_a_place_in_the_docs(command):
    text = run(*command, "--help", fresh=True).stdout
    assert text.startswith("Usage: sigdelta")
    if command and command[0] != "signals":
        assert f"## sigdelta {command[0]}" in DOCS.read_text()
    elif command:
        assert f"`{command[-1]}`" in DOCS.read_text() or command == ["signals"]


def test_every_command_of_the_group_is_tested_here():
    assert set(re.findall(r"^  (\w+)  ", run("--help").stdout.split("Commands:")[1], re.M)) == set(COMMANDS)


def test_version():
    assert run("--version", fresh=True).stdout.strip() == f"sigdelta, version {sd.__version__}"


def test_help_loads_no_framework_but_click():
    script = (
        "import sys; from sigdelta.cli import group;"
        "group.main(['--help'], standalone_mode=False);"
        "print([m for m in ('numpy', 'numba', 'xarray', 'scipy', 'matplotlib') if m in sys.modules], file=sys.stderr)"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr.strip() == "[]"


def test_neurons_are_listed_with_their_options_and_sources():
    text = run("neurons", fresh=True).stdout
    for name, neuron in sd.neurons.FAMILY.items():
        assert f"\n{name}: " in "\n" + text
        assert all(f"--{field.name.replace('_', '-')}" in text for field in dataclasses.fields(neuron))
    assert "Bohte" in text
    assert run("neurons", "adaptive").stdout == sd.AdaptiveLIF.__doc__ + "\n"


def test_any_neuron_and_any_of_its_parameters_from_the_command_line(tmp_path):
    args = (
        "sweep",
        "--neuron",
        "adaptive",
        "--beta",
        "0,0.5",
        "--tau-adp=50ms,150ms",
        "--threshold",
        "0.1,0.2",
        "--height",
        "fixed",
    )
    run(*args, "--quiet", "-o", tmp_path / "a.nc")
    ecg, result = sd.recording("ecg"), sd.load_result(tmp_path / "a.nc")
    assert result.snr_db.dims == ("threshold", "beta", "tau_adp")
    neuron = sd.AdaptiveLIF(0.2, 0.5, tau_adp=0.05, t_ref=2e-3, height="fixed")
    assert int(result.n_spikes.sel(threshold=0.2, beta=0.5, tau_adp=0.05)) == len(sd.encode(ecg.x, ecg.fs, neuron))
    assert "beta" in run(*args, "--quiet", "--stop", "5s").stdout
    run("encode", "--neuron", "multiplicative", "--m-f", "0.3", "--threshold", "0.1", "-o", tmp_path / "m.npz")
    assert sd.load_spikes(tmp_path / "m.npz") == sd.encode(ecg.x, ecg.fs, sd.MultiplicativeLIF(0.1, 0.3))
    options = ("--kernel", "0.6:4ms,0.4:60ms", "--multiplicative", "true", "--threshold-kernel", "0.2:20ms", "--threshold", "0.1")
    run("encode", "--neuron", "response", *options, "-o", tmp_path / "r.npz")
    kernels = {"kernel": ((0.6, 4e-3), (0.4, 60e-3)), "threshold_kernel": ((0.2, 20e-3),), "multiplicative": True}
    assert sd.load_spikes(tmp_path / "r.npz") == sd.encode(ecg.x, ecg.fs, sd.SpikeResponse(0.1, **kernels))
    scaled = run(
        "sweep",
        "--neuron",
        "adex",
        "--preset",
        "tonic",
        "--b",
        "0,60",
        "--gain",
        "50",
        "--offset",
        "500",
        "-o",
        tmp_path / "x.nc",
    )
    assert "rms error (mV)" in scaled.stdout
    result = sd.sweep(50 * ecg.x + 500, ecg.fs, sd.AdEx.preset("tonic"), b=[0.0, 60.0])
    assert sd.load_result(tmp_path / "x.nc").n_spikes.values.tolist() == result.n_spikes.values.tolist()
    assert result.rms_error.attrs["units"] == "mV"


@pytest.mark.parametrize("suffix", ["npz", "csv"])
def test_speech_is_encoded_and_decoded_with_the_snr_of_the_library(suffix, tmp_path):
    speech = Path("/usr/share/sounds/alsa/Front_Center.wav")
    if not speech.exists():
        pytest.skip("needs the speech of Debian's alsa-utils")
    spikes, heard = tmp_path / f"speech.{suffix}", tmp_path / "heard.wav"
    encoded = run("encode", speech, "--threshold", "0.02", "-o", spikes, fresh=True).stdout
    decoded = run("decode", spikes, "--reference", speech, "-o", heard, fresh=True).stdout
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
    names = [line.split()[0] for line in run("signals", "list", fresh=True).stdout.splitlines()]
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


def test_figure_list_one_and_all(tmp_path, monkeypatch):
    listed = [line.split()[0] for line in run("figure", "--list").stdout.splitlines()]
    assert listed == sorted(module.name for module in pkgutil.iter_modules(sd.figures.__path__))
    run("figure", "spike-coding", "-o", tmp_path / "one.svg", fresh=True)
    assert (tmp_path / "one.svg").read_text().count("<svg") == 1
    figure = importlib.import_module("sigdelta.cli.figure")
    monkeypatch.setattr(figure, "_names", lambda: ["signal_approximation", "spike_coding"])
    done = CliRunner().invoke(figure.figure, ["--all", "-o", str(tmp_path / "all")])
    assert done.exit_code == 0
    assert sorted(os.listdir(tmp_path / "all")) == ["signal_approximation.png", "spike_coding.png"]


def test_figure_all_goes_on_past_what_is_missing_and_says_so(tmp_path, monkeypatch):
    figure = importlib.import_module("sigdelta.cli.figure")
    monkeypatch.setattr(figure, "_names", lambda: ["biology", "recordings", "spike_coding"])
    monkeypatch.setattr("sigdelta.signals.recordings.find_spec", lambda name: None)
    monkeypatch.setattr("sigdelta.figures.recordings.SPOKEN", tmp_path / "nothing.wav")
    before = plt.get_fignums()
    done = CliRunner().invoke(figure.figure, ["--all", "-o", str(tmp_path / "all")])
    assert (done.exit_code, os.listdir(tmp_path / "all")) == (1, ["spike_coding.png"])
    assert [line for line in done.stderr.splitlines() if not line.startswith(NOT_THE_ERROR)] == [
        "biology is left out: this recording comes with nitime: pip install 'sigdelta[recordings]'",
        f"recordings is left out: the spoken words are {tmp_path / 'nothing.wav'} of Debian's package alsa-utils: "
        "install it, or give --signal",
        "sigdelta: 2 of 3 figures left out",
    ]
    assert plt.get_fignums() == before, "a figure that is written is closed"


def test_figure_recordings_writes_what_can_be_heard(wav, tmp_path):
    done = run("figure", "recordings", "--signal", wav, "-o", tmp_path / "one.png", "--sounds", tmp_path / "heard")
    assert done.stdout.splitlines()[-1] == f"8 sounds written to {tmp_path / 'heard'}"
    given, ecg = sd.load(wav), sd.recording("ecg")
    for name, recording, fs in (("speech", given, 8000.0), ("ecg", ecg, 14400.0)):
        sounds = {
            which: sd.load(tmp_path / "heard" / f"{name}_{which}.wav")
            for which in ("original", "40_percent", "10_percent", "2.5_percent")
        }
        assert {each.fs for each in sounds.values()} == {fs}
        scale = max(np.abs(each.x).max() for each in sounds.values())
        assert scale == 1.0
        original = sounds.pop("original").x
        assert np.corrcoef(original, recording.x)[0, 1] == pytest.approx(1, abs=1e-6)
        peak = np.abs(recording.x).max()
        for share, each in zip((0.4, 0.1, 0.025), sounds.values(), strict=True):
            expected = sd.code(recording.x, recording.fs, sd.LIF(share * peak)).snr_db
            assert sd.snr_db(original, each.x) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "options",
    [
        "--target-snr 5 --tau-m 50ms --firing full --stop 10s --saturation-rate 500",
        "--max-rate 80 --neuron response --kernel 0.6:4ms,0.4:60ms --start 2s --stop 12s --gain 2 --offset -1",
        "--target-snr 12 --drive current --tau-m inf --unipolar --offset 1 --stop 5s",
    ],
)
def test_what_tune_tells_to_use_is_what_it_found(tmp_path, options):
    found = run("tune", "ecg", *options.split())
    words = re.search(r"to use it: sigdelta (.*) -o spikes\.npz;", found.stderr)[1].split()
    used = run(*words, "-o", tmp_path / "spikes.npz")
    told, same = (float(re.search(r"snr_db +(\S+)", done.stdout)[1]) for done in (found, used))
    assert same == pytest.approx(told, abs=1e-3)


def test_tune_says_what_it_found_and_how_flat_it_is(tmp_path):
    done = run("tune", "ecg", "--stop", "10s", "--target-snr", "20", "-o", tmp_path / "tuned.png", fresh=True)
    said = dict(re.findall(r"^(threshold|snr_db|rate) +([\d.]+)", done.stdout, re.M))
    ecg = sd.recording("ecg")
    code = sd.code(ecg.x[:3600], ecg.fs, sd.LIF(float(said["threshold"])))
    assert float(said["snr_db"]) == pytest.approx(code.snr_db, abs=0.05)
    assert 20 <= float(said["snr_db"]) < 20.5
    low, high = re.search(r"flat +threshold ([\d.]+) to ([\d.]+) mV: SNR within 0.5 dB", done.stdout).groups()
    assert float(low) <= float(said["threshold"]) <= float(high)
    assert (tmp_path / "tuned.png").stat().st_size > 10_000
    both = run("tune", "ecg", "--stop", "5s", "--max-rate", "80Hz", "--tau-m", "5ms,50ms", "-o", tmp_path / "grid.nc")
    assert re.search(r"^tau_m +\d", both.stdout, re.M)
    grid = sd.load_result(tmp_path / "grid.nc")
    assert grid.snr_db.dims == ("threshold", "tau_m")
    assert grid.attrs["stop"] == 5.0


def test_measure_prints_every_measure_with_its_unit(tmp_path):
    ecg = sd.recording("ecg")
    train = sd.encode(ecg.x, ecg.fs, sd.LIF(0.2))
    heard = sd.psp(train, ecg.fs)
    sd.save(train, tmp_path / "ecg.npz")
    np.save(tmp_path / "heard.npy", heard)
    args = ["measure", "ecg", tmp_path / "heard.npy", "--fs", "360Hz", "--bandwidth", "40Hz", "--spikes", tmp_path / "ecg.npz"]
    table = run(*args, fresh=True).stdout
    assert re.search(r"^rms_error +0\.057\d+ +mV$", table, re.M)
    found = json.loads(run(*args, "--format", "json").stdout)
    assert found["snr_db"] == {"value": pytest.approx(sd.snr_db(ecg.x, heard), rel=1e-12), "units": "dB"}
    assert found["snr_db_filtered"]["value"] == sd.snr_db(ecg.x, heard, fs=ecg.fs, bandwidth=40.0)
    assert found["silent_fraction"]["value"] == sd.silent_fraction(train)
    assert found["spikes_per_nyquist_interval"]["value"] == train.rate / 80
    rows = run("measure", "sine", "sine", "--sine", "--format", "csv").stdout.splitlines()
    assert rows[0] == "measure,value,units"
    assert {"snr_db,inf,dB", "max_error,0.0,units of the signal"} < set(rows)
    assert float(next(row for row in rows if row.startswith("sinad_db")).split(",")[1]) > 200
