"""Chunks of a sweep cover it once, whatever computes them, and the samples reach workers of every kind."""

import math
import os
import pickle
import signal
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import pytest

import sigdelta as sd
from sigdelta.sweeps import chunks
from sigdelta.sweeps.signals import Row

FS = 1000.0
X = np.cumsum(np.random.default_rng(5).standard_normal(3000)) * 0.05
GRID = {"threshold": [0.05, 0.3, 50.0], "t_ref": [0.0, 4e-3], "tau_m": [10e-3, math.inf]}


@pytest.mark.parametrize("size", [1e-9, 20e-6, 1e9])
def test_the_result_does_not_depend_on_the_chunks(monkeypatch, size):
    channels = np.stack([X, -2 * X])
    whole = sd.sweep(channels, FS, sd.NoisyLIF(), seed=1, **GRID)
    monkeypatch.setattr(chunks, "CHUNK", size)
    assert sd.sweep(channels, FS, sd.NoisyLIF(), seed=1, **GRID).identical(whole)


@pytest.mark.parametrize("missing", [set(range(12)), set(), {0, 1, 5, 11}, {3}, {1, 2, 3, 4, 6, 7, 8}])
def test_chunks_cover_what_is_missing_once(monkeypatch, missing):
    monkeypatch.setattr(chunks, "CHUNK", 2.5 * chunks.COST * X.size)
    parts = chunks.cut(100, Row(X), FS, list(range(12)), {100 + i for i in set(range(12)) - missing})
    assert [(each.first - 100 + i, cell) for each in parts for i, cell in enumerate(each.neurons)] == [
        (i, i) for i in sorted(missing)
    ]
    assert all(len(each.neurons) <= 3 for each in parts)


@pytest.mark.parametrize("drive", ["potential", "current"])
def test_neurons_that_fire_often_are_cut_into_more_chunks_of_whole_passes(drive):
    row, fs = Row(np.tile(X, 200_000 // X.size)), 1000.0

    def widths(theta, t_ref=0.0):
        neurons = [sd.LIF(theta, drive=drive, t_ref=t_ref)] * 100
        return [len(each.neurons) for each in chunks.cut(0, row, fs, neurons)]

    assert widths(10.0) == [100]
    assert widths(1e-4) == [16] * 6 + [4]
    assert widths(1e-4, t_ref=1.0) == [100]  # at most one spike a second


@pytest.mark.parametrize("kind", ["array", "float64", "float32", "int16"])
def test_processes_map_the_signal_instead_of_being_sent_it(tmp_path, kind):
    x = (10 * X).astype("int16" if kind == "int16" else "float32")
    if kind != "array":
        path = tmp_path / "x.npy"
        np.save(path, np.stack([x, x]).astype(kind))
        row = Row(np.load(path, mmap_mode="r")[1])
    else:
        row = Row(x)
    sent = pickle.dumps(row)
    assert len(sent) < 500
    assert sent == pickle.dumps(row)
    assert np.array_equal(np.asarray(pickle.loads(sent)), x)
    row.close()
    if kind == "array":
        with pytest.raises(FileNotFoundError, match="a worker does not see the signal"):
            np.asarray(pickle.loads(sent))


@pytest.mark.parametrize("change", ["replaced", "shorter", "removed"])
def test_a_mapped_file_whose_name_is_another_file_now_is_sent_as_it_was(tmp_path, change):
    path, x = tmp_path / "x.npy", X.copy()
    np.save(path, x)
    mapped = np.load(path, mmap_mode="r")
    if change == "removed":
        path.unlink()
    else:
        np.save(tmp_path / "y.npy", 1 - x if change == "replaced" else x[:9])
        os.replace(tmp_path / "y.npy", path)
    row = Row(mapped)
    assert np.array_equal(np.asarray(pickle.loads(pickle.dumps(row))), x)
    row.close()


def test_a_row_makes_no_file_once_its_sweep_is_over():
    row = Row(X)
    row.close()
    with pytest.raises(RuntimeError, match="this sweep is over"):
        pickle.dumps(row)


def test_an_executor_without_length_is_one_too():
    class Idle(ThreadPoolExecutor):
        def __len__(self):
            return 0

        def submit(self, *args):
            seen.append(args)
            return super().submit(*args)

    seen = []
    with Idle(1) as pool:
        sd.sweep(X, FS, sd.LIF(), executor=pool, threshold=[0.1])
    assert seen


def test_chunks_of_a_dead_worker_are_tried_again_or_it_is_told(monkeypatch):
    with ThreadPoolExecutor(1) as pool, monkeypatch.context() as patch:
        tried = []

        def once(row, fs, neurons, decoder, measure=chunks.measure):
            tried.append(row)
            if len(tried) < 3:
                raise BrokenExecutor("worker gone")
            return measure(row, fs, neurons, decoder)

        patch.setattr(chunks, "measure", once)
        assert sd.sweep(X, FS, sd.LIF(), executor=pool, threshold=[0.1]).n_spikes.size == 1
        assert len(tried) == 3
    monkeypatch.setattr(chunks, "measure", _die)
    with ProcessPoolExecutor(2) as pool, pytest.raises(BrokenExecutor, match="workers died and the sweep cannot go on"):
        sd.sweep(X, FS, sd.LIF(), executor=pool, **GRID)


def _die(row, fs, neurons, decoder):
    os.kill(os.getpid(), signal.SIGKILL)
