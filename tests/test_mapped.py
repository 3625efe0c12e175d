"""Sweeps piece by piece: what whole arrays give, in constant memory, whatever the neuron."""

import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
from by_hand import by_hand
from facts import check_fact
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import FS, neurons, signals

import sigdelta as sd
from sigdelta import mapped
from sigdelta.formats import binary
from sigdelta.sweeps import cells
from sigdelta.sweeps.cells import measure_alone
from sigdelta.sweeps.signals import Row

X = np.sin(np.arange(3000) / 50) + 0.3 * np.random.default_rng(3).standard_normal(3000).cumsum() / 20


def test_a_mapped_signal_of_any_type_is_swept_like_the_same_in_memory(tmp_path):
    x = (100 * X).astype("int16")
    np.save(tmp_path / "x.npy", x)
    stored = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert sd.sweep(stored, FS, sd.LIF(), threshold=[5.0, 50.0]).identical(sd.sweep(x, FS, sd.LIF(), threshold=[5.0, 50.0]))
    assert np.array_equal(sd.threshold_range(stored, FS, sd.LIF()), sd.threshold_range(x, FS, sd.LIF()))


def check_row(x, fs, neuron, size):
    """A row from pieces of `size` samples beside one from whole arrays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped, "PIECE", size)
        row = measure_alone(x, fs, neuron, sd.psp)
    plain = by_hand(x, fs, neuron)
    assert (row[0], row[1], row[6]) == (plain[0], plain[1], plain[6])
    assert row[2:4] == pytest.approx(plain[2:4], rel=1e-12, abs=1e-14 * np.abs(x).max())
    assert row[5] == pytest.approx(plain[5], rel=1e-13)
    # the variance of a constant is rounding
    assert row[4] == pytest.approx(plain[4], abs=1e-9) or np.ptp(x) < 1e-9 * np.abs(x).max()
    return row


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data(), neurons(), st.integers(1, 400), st.sampled_from([2, 3, 16, 33, 100]))
def test_a_row_from_pieces_is_that_of_whole_arrays(data, kind, n, size):
    check_row(data.draw(signals(kind[0], n)), FS, kind[0], size)


@pytest.mark.parametrize("neuron", [sd.AdEx(), sd.Izhikevich(), sd.Izhikevich(tau_m=5e-3)])
@pytest.mark.parametrize("size", [2, 700, 10_000])
def test_pieces_are_fitted_together(neuron, size):
    x = (600.0 if isinstance(neuron, sd.AdEx) else 10.0) * (1.0 + X)
    assert check_row(x, 2000.0, neuron, size)[0] > 30


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_arrays_of_any_mode_and_stride_are_swept(tmp_path, mode):
    x = (100 * X).astype("int16")
    np.save(tmp_path / "x.npy", np.stack([x, -x], axis=1))
    stored = np.load(tmp_path / "x.npy", mmap_mode=mode)
    assert (mapped.root(stored) is None) == (mode == "c")
    for part in (np.s_[:, 0], np.s_[::-1, 1], np.s_[::-3, 0]):
        assert sd.sweep(stored[part], FS, sd.LIF(), threshold=[5.0]).identical(
            sd.sweep(np.array(stored[part]), FS, sd.LIF(), threshold=[5.0])
        )
    if mode != "r":
        stored[0] = 7
        sd.sweep(stored[:, 0], FS, sd.LIF(), threshold=[5.0])
        assert stored[0, 0] == 7


@pytest.mark.parametrize("dtype", ["complex128", "datetime64[s]", "S3"])
def test_what_is_no_number_is_refused_in_large_files_too(tmp_path, monkeypatch, dtype):
    monkeypatch.setattr(binary, "LARGE", 1000)
    np.save(tmp_path / "x.npy", np.ones(3000, dtype="int64").astype(dtype))
    with pytest.raises(TypeError, match=rf"x must hold real numbers, not .?{re.escape(dtype)}"):
        sd.load(tmp_path / "x.npy", fs=FS)


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_workers_find_what_may_be_written_though_its_name_is_gone(tmp_path, mode):
    (tmp_path / "x").write_bytes(X.tobytes())
    row = Row(np.memmap(tmp_path / "x", "f8", mode))
    if mode == "r+":
        (tmp_path / "x").unlink()
        (tmp_path / "x").write_bytes(bytes(X.nbytes))
    assert np.array_equal(np.asarray(pickle.loads(pickle.dumps(row))), X)
    row.close()


def test_a_psp_beyond_all_numbers_is_told_with_its_place(monkeypatch):
    monkeypatch.setattr(mapped, "PIECE", 100)
    x = np.concatenate([np.zeros(1000), [1e308, -1e308] * 300])
    with pytest.raises(ValueError, match=r"y_hat\[1003\] is .*inf: all samples must be finite \(\d+ of 1600 are not\)"):
        sd.sweep(x, FS, sd.NoisyLIF(5e307, t_ref=1e-3), t_ref=[1e-3])


def test_dense_stretches_are_short(monkeypatch):
    monkeypatch.setattr(cells, "SPIKES", 500)
    x, seen = 10 * X, []
    monkeypatch.setattr(cells, "FIRST", 100)
    monkeypatch.setattr(cells, "saturated_fraction", lambda spikes, neuron: seen.append(len(spikes)) or 0.0)
    row = measure_alone(x, FS, sd.NoisyLIF(0.05), sd.psp)
    assert sum(seen) == row[0] == len(sd.encode(x, FS, sd.NoisyLIF(0.05))) > 20_000
    assert max(seen[1:]) < 3000


def test_what_is_cut_out_of_a_file_and_scaled_stays_in_files(tmp_path, monkeypatch):
    monkeypatch.setattr(binary, "LARGE", 1000)
    np.save(tmp_path / "x.npy", np.stack([X, 2 * X]))
    whole = sd.load(tmp_path / "x.npy", fs=FS)
    part = sd.files.scaled(sd.load(tmp_path / "x.npy", fs=FS, start=0.5, stop=2.0), 3.0, -1.0)
    assert all(mapped.root(each) is not None for each in (whole.x, part.x, part.x[0]))
    assert np.array_equal(part.x, 3.0 * np.stack([X, 2 * X])[:, 500:2000] - 1.0)


LONG = """
import re, sys
import numpy as np, sigdelta as sd
from sigdelta.formats import binary
from sigdelta.kernels import errors, filters, lanes, lif
binary.LARGE = 2**20
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) / 1024
neurons = [
    sd.LIF(drive="current"),
    sd.LIF(drive="current", firing="full", t_ref=1e-3, refractory="clamp"),
    sd.NoisyLIF(),
    sd.MultiplicativeLIF(),
    sd.SigmaDelta(),
    sd.AdEx(tolerance=1e-4),
]
grid = lambda neuron: {} if isinstance(neuron, sd.AdEx) else {"threshold": [500.0, 1000.0]}
short = 1000.0 * np.sin(np.arange(1000) / 50)
for neuron in neurons:
    sd.sweep(short, 8000.0, neuron, **grid(neuron))
from scipy.io import wavfile
before = peak()
for i, path in enumerate(sys.argv[1:]):
    x = sd.load(path, fs=8000.0).x
    sd.threshold_range(x, 8000.0, neurons[0])
    for neuron in neurons[: 6 if i == 0 else 1]:
        sd.sweep(x, 8000.0, neuron, **grid(neuron))
kernels = lanes.sweep, lif.lif, filters.leaky_integral, filters.continue_pulses, errors.add_errors
print(peak() - before, max(len(kernel.signatures) for kernel in kernels))
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="peak memory is read from /proc")
def test_recordings_of_any_format_and_neurons_of_any_kind_take_constant_memory_and_the_kernels_of_short_ones(tmp_path):
    from scipy.io import wavfile
    from scipy.signal import lfilter

    x = (2000 * lfilter([0.045], [1, -0.999], np.random.default_rng(0).standard_normal(8_000_000))).astype(np.int16)
    np.save(tmp_path / "x.npy", x)
    wavfile.write(tmp_path / "x.wav", 8000, x)
    np.save(tmp_path / "y.npy", x[::2] / 7)
    paths = [tmp_path / name for name in ("x.npy", "x.wav", "y.npy")]
    done = subprocess.run([sys.executable, "-c", LONG, *paths], capture_output=True, text=True, check=True)
    memory, compiled = done.stdout.split()
    check_fact("sweeps of 8e6 samples in files, six kinds of neurons: memory over that of short ones, MB (one float64 array: 64)",
               float(memory), 100.0)  # fmt: skip
    assert compiled == "1"
