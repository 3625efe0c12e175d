"""What goes wrong at the command line: one clear line, the right exit code, nothing half-written."""

import os
import re
import resource
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from command import COMMAND, call, only_line, refused

import sigdelta as sd

BAD_CALLS = [
    (["sweep", "--threshold", "0.05:2:50"], 2, "did you mean 0.05:2:log50"),
    (["sweep", "--threshold", "0.05:2:log"], 2, "did you mean 0.05:2:log50, :lin50 or :step50?"),
    (["sweep", "--threshold", "0.1x"], 2, "unknown unit 'x' of an amplitude"),
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
    (["sweep", "--tau-m", "-o", "sweep.png"], 2, "a picture shows thresholds and saturation rates"),
    (["sweep", "--neuron", "adaptiv"], 2, "choose from lif, adaptive, multiplicative"),
    (["neurons", "lof"], 2, "choose from lif, adaptive"),
    (["encode", "--neuron", "adaptive", "--bata", "3"], 2, "adaptive has no --bata: it has --threshold, --beta"),
    (["encode", "--neuron", "adaptive", "--tau-adp", "20"], 2, "did you mean 20ms?"),
    (["encode", "--neuron", "adaptive", "--beta", "1,2"], 2, "encode takes one value of --beta"),
    (["encode", "--neuron", "adaptive", "--beta"], 2, "--beta needs a value"),
    (["encode", "--neuron", "multiplicative", "--firing", "full"], 2, "multiplicative has no --firing"),
    (["encode", "--neuron", "adaptive", "--beta", "-1"], 1, "beta must be at least 0"),
    (["encode", "--preset", "tonic"], 2, "lif has no presets"),
    (["encode", "--neuron", "adaptive", "--beta", "nan"], 2, "--beta: 'nan' is not an amplitude"),
    (["sweep", "--neuron", "response", "--kernel", "0.5"], 2, "--kernel must be weight:tau,..., such as 0.5:5ms,0.5:80ms"),
    (["sweep", "--neuron", "sigma-delta", "--order", "1,two"], 2, "--order must be a whole number, not 'two'"),
    (["sweep", "--neuron", "sigma-delta", "--order", "1,3"], 1, "order must be from 1 to 2, not 3"),
    (["sweep", "--firing", "half,ful"], 2, "'ful' is not one of"),
    (["encode", "--firing", "half,full"], 2, "encode takes one value of --firing"),
    (["encode", "--neuron", "adex", "--t-ref", "2ms"], 2, "adex has no --t-ref"),
    (["encode", "--neuron", "adex", "--gain", "1e300"], 1, "the input is too strong for this neuron"),
    (["encode", "--neuron", "adex", "--preset", "tonc"], 1, "must be one of 'tonic', 'adaptation'"),
    (["sweep", "--neuron", "adex"], 2, "give several values of a parameter of AdEx"),
    (["sweep", "--neuron", "adex", "--threshold", "1,2"], 2, "AdEx has no --threshold"),
    (["sweep", "-o", "no/such/folder/sweep.png"], 2, "there is no folder no/such/folder"),
    (["sweep", "--threshold", "0.1:1:log100000", "--saturation-rate", "1:9:log1000"], 2, "1e+08 cells: at most 1e+07"),
    (["sweep", "-o", ""], 2, "the name must end in one of"),
    (["sweep", "--resume", "sweep.nc", "-o", "sweep.nc"], 2, "--resume sweep.nc: that is the output too"),
    (["plot", "no/such.nc"], 1, "sigdelta: no/such.nc: No such file or directory"),
    (["sweep", "-o", "sweep.nc", "-o", "sweep.txt"], 2, "-o sweep.txt: the name must end in one of"),
    (["sweep", "--refractory", "clamp"], 1, 'firing="full"'),
    (["sweep", "--stop", "2s", "--start", "3s"], 1, "start"),
    (["encode", "--clocked"], 1, "clocked=True"),
    (["decode", "nowhere.npz", "--fs", "100"], 1, "nowhere.npz"),
    (["sweep", "--threshold", "0.1", "--t-ref", "20ms", "--saturation-rate", "500"], 2, "are one thing: give either"),
    (["sweep", "ecg", "--channel", "aVF", "--threshold", "0.1"], 2, "ecg has one channel: --channel aVF is none of it"),
    (["tune"], 2, "either --target-snr or --max-rate"),
    (["tune", "--max-rate", "80", "--target-snr", "20"], 2, "either --target-snr or --max-rate"),
    (["tune", "--target-snr", "90", "--stop", "3s", "--saturation-rate", "200"], 1, "out of reach: the best is"),
    (["tune", "--max-rate", "0"], 1, "max_rate must be above 0"),
    (["tune", "--max-rate", "80", "--threshold", "0.1"], 2, "give a range of a parameter of LIF to tune"),
    (["tune", "--max-rate", "80", "--tau-m", "5ms,20ms", "-o", "x.png"], 2, "a picture shows one parameter"),
    (["measure", "sine", "ecg"], 1, "one rate is needed"),
    (["measure", "ecg", "nowhere.wav"], 1, "nowhere.wav"),
    (["measure", "ecg", "ecg", "--bandwidth", "200"], 1, "bandwidth must be below fs / 2 = 180 Hz"),
    (["figure"], 2, "--all or --list"),
    (["figure", "nothing"], 2, "choose from adaptation"),
    (["figure", "spike_coding", "-o", "x.doc"], 2, ".pdf, .png, .svg"),
    (["figure", "spike_coding", "--sounds", "heard"], 2, "spike_coding has nothing to be heard"),
    (["figure", "spike_coding", "--signal", "ecg"], 2, "spike_coding takes no signal"),
    (["figure", "recordings", "--signal", "nowhere.wav"], 1, "nowhere.wav"),
    (["figure", "--all", "--sounds", "heard"], 2, "go with one NAME"),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What every bad call did, in an empty folder of its own: the processes run on all cores."""
    folders = [tmp_path_factory.mktemp("bad") for _ in BAD_CALLS]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda args, folder: call(*args, cwd=folder), [args for args, _, _ in BAD_CALLS], folders))
    return [(each, os.listdir(folder)) for each, folder in zip(done, folders, strict=True)]


@pytest.mark.parametrize("i", range(len(BAD_CALLS)), ids=[" ".join(args) for args, _, _ in BAD_CALLS])
def test_bad_calls_get_one_clear_line(i, outcomes):
    (_, code, message), (done, left) = BAD_CALLS[i], outcomes[i]
    assert done.returncode == code, done.stderr
    assert message in only_line(done)
    assert left == []


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


def test_ctrl_c_ends_a_sweep_with_130_and_leaves_the_old_file(tmp_path, tmp_path_factory):
    # kernels that are not compiled yet are not waited for
    cold = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path_factory.mktemp("cold"))}
    np.save(tmp_path / "long.npy", np.random.default_rng(0).standard_normal(4_000_000))
    (tmp_path / "sweep.csv").write_text("old")
    args = ["sweep", tmp_path / "long.npy", "--fs", "10kHz", "--threshold", "0.01:1:log20000", "-o", tmp_path / "sweep.csv"]
    process = subprocess.Popen([COMMAND, *map(str, args)], stderr=subprocess.PIPE, text=True, env=cold)
    time.sleep(5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "interrupted" in said
    assert (tmp_path / "sweep.csv").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["long.npy", "sweep.csv"]


@pytest.mark.parametrize("command", ["sweep", "tune", "encode"])
def test_no_output_replaces_the_signal_nor_waits_to_be_refused(tmp_path, command):
    signal, folder = tmp_path / "x.csv", tmp_path / "folder.csv"
    np.savetxt(signal, np.sin(np.arange(500) / 20))
    folder.mkdir()
    before = signal.read_bytes()
    goal = ["--target-snr", "10"] if command == "tune" else []
    assert "that file is read, and would be lost" in refused(command, signal, "--fs", "1kHz", *goal, "-o", signal, code=2)
    assert signal.read_bytes() == before
    assert "that is a folder" in refused(command, signal, "--fs", "1kHz", *goal, "-o", folder, code=2)


def test_plot_says_what_is_wrong_with_a_result(tmp_path):
    result = sd.sweep(np.sin(np.arange(500) / 20), 1000.0, sd.LIF(), threshold=[0.1, 0.2], tau_m=[0.01, 0.02])
    path, one = tmp_path / "result.nc", result.isel(tau_m=0)
    for drawn, wrong in (
        (result, "result.nc cannot be drawn: plot_sweep draws a sweep over threshold"),
        (one.drop_vars("rate"), "result.nc lacks what its figure needs: .*rate"),
        (one.drop_attrs(deep=False).assign_attrs(n_samples=500), "result.nc lacks what its figure needs: 'fs'"),
        (one.assign_attrs(fs=0.0), "result.nc cannot be drawn: .*zero"),
    ):
        drawn.to_netcdf(path, engine="scipy")
        assert re.search(wrong, refused("plot", path))
