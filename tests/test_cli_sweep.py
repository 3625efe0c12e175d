"""`sigdelta sweep` and `sigdelta plot` as a user meets them."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from command import COMMAND, refused, run
from sigdelta.cli import group

import sigdelta as sd


def test_bare_sweep_tells_the_whole_story():
    done = run("sweep", "--threshold", fresh=True)
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


def test_quiet_is_quiet_while_kernels_compile_too(tmp_path):
    cold = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    args = "sweep", "--neuron", "sigma-delta", "--stop", "0.5s", "--threshold", "0.5,1"
    assert "compiling kernels" in run(*args, env=cold).stderr
    assert run(*args, "-q", env=cold | {"NUMBA_CACHE_DIR": str(tmp_path / "other")}).stderr == ""


def test_quiet_ends_with_its_command(capsys):
    group.main(["sweep", "--stop", "1s", "--threshold", "0.5", "-q"], standalone_mode=False)
    assert "best" in capsys.readouterr().out
    assert "SIGDELTA_QUIET" not in os.environ


@pytest.mark.parametrize("options", ["current --tau-m 2ms,500ms", "current,potential", "potential,current"])
def test_bare_thresholds_reach_the_silent_end_of_every_neuron(tmp_path, options):
    np.save(tmp_path / "noise.npy", np.random.default_rng(0).standard_normal(3000))
    command = [
        "sweep",
        tmp_path / "noise.npy",
        "--fs",
        "10kHz",
        "--drive",
        *options.split(),
        "--saturation-rate",
        "inf",
        "--threshold",
    ]
    run(*command, "-o", tmp_path / "a.nc")
    result = sd.load_result(tmp_path / "a.nc")
    assert result.silent.isel(threshold=-1).all()


def test_bare_sweep_loads_neither_scipy_signal_nor_matplotlib():
    script = (
        "import sys; from sigdelta.cli import group;"
        "group.main(['sweep', '--threshold', '--quiet'], standalone_mode=False);"
        "print([m for m in sys.modules if m == 'scipy.signal' or m.split('.')[0] == 'matplotlib'], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


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
    done = run(
        "sweep", "--threshold", "0.05:5:log8", "--saturation-rate", "250,500", "--stop", "5s", "-o", path, fresh=suffix == "png"
    )
    assert f"written to {path}" in done.stdout
    assert path.stat().st_size > 500
    assert os.listdir(tmp_path) == [path.name]
    if suffix == "nc":
        result = sd.load_result(path)
        assert {result[name].attrs["units"] for name in ("threshold", "rms_error", "max_error")} == {"mV"}


def test_what_was_cut_out_and_scaled_stands_in_the_attributes(wav, tmp_path):
    path = tmp_path / "cut.nc"
    run("sweep", wav, "--start", "0.1s", "--stop", "0.3s", "--gain", "2", "--offset", "0.5", "--threshold", "0.1,0.2", "-o", path)
    found = sd.load_result(path).attrs
    assert [found[name] for name in ("start", "stop", "gain", "offset")] == [0.1, 0.3, 2.0, 0.5]
    assert "channel" not in found


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


def test_whole_numbers_words_and_kernels_are_axes_of_a_sweep_too(tmp_path):
    ecg = sd.recording("ecg")
    common = ("--threshold", "0.1", "--stop", "5s", "-q", "-o", tmp_path / "axes.nc")
    run("sweep", "--neuron", "sigma-delta", "--order", "1,2", "--drive", "current,potential", *common)
    cell = sd.load_result(tmp_path / "axes.nc").n_spikes.squeeze().sel(order=2, drive="potential")
    assert int(cell) == len(sd.encode(ecg.x[: 5 * 360], ecg.fs, sd.SigmaDelta(0.1, order=2, drive="potential")))
    run("sweep", "--neuron", "response", "--kernel", "1:20ms;0.5:5ms,0.5:80ms", "--saturation-rate", "inf", *common)
    cell = sd.load_result(tmp_path / "axes.nc").n_spikes.squeeze().sel(kernel="0.5:5ms,0.5:80ms")
    assert int(cell) == len(sd.encode(ecg.x[: 5 * 360], ecg.fs, sd.SpikeResponse(0.1, ((0.5, 5e-3), (0.5, 80e-3)))))


def test_plot_draws_again_what_the_sweep_drew(wav, tmp_path):
    args = ("sweep", wav, "ecg", "--threshold", "0.05:5:log8", "--quiet")
    done = run(*args, "-o", tmp_path / "both.svg", "-o", tmp_path / "both.nc").stdout
    assert [line.split("/")[-1] for line in done.splitlines() if "written to" in line] == ["both.svg", "both.nc"]
    assert "again.svg" in run("plot", tmp_path / "both.nc", "-o", tmp_path / "again.svg", fresh=True).stdout
    paths = [re.findall(r' d="([^"]*)"', (tmp_path / name).read_text()) for name in ("both.svg", "again.svg")]
    assert paths[0] == paths[1]
    assert len(paths[0]) > 20
    assert "must end in one of .pdf" in refused("plot", tmp_path / "both.nc", "-o", "x.doc", code=2)
    assert "must end in .nc" in refused("plot", wav)


def test_an_interrupted_sweep_goes_on_from_its_store(tmp_path):
    np.save(tmp_path / "long.npy", np.cumsum(np.random.default_rng(0).standard_normal(100_000)))
    neuron = ["--neuron", "multiplicative"]  # one that has no fast path
    args = ["sweep", "long.npy", "--fs", "10kHz", "--threshold", "20:1000:log300", *neuron, "--resume", "kept", "-o", "sweep.csv"]
    process = subprocess.Popen([COMMAND, *args], stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    while not (tmp_path / "kept").exists() or (tmp_path / "kept").read_bytes().count(b"\n") < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "kept holds what is finished: the same call goes on from there" in said
    assert sorted(os.listdir(tmp_path)) == ["kept", "long.npy"]
    before = (tmp_path / "kept").read_bytes()
    run(*args, cwd=tmp_path)
    assert (tmp_path / "kept").read_bytes().startswith(before)
    run(*args[:-4], "-o", "whole.csv", cwd=tmp_path)
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "sweep.csv").read_bytes()
    assert "kept is of another sweep: its grid is" in refused(*args[:5], "1,2", *args[6:], cwd=tmp_path)
