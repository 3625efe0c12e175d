"""What a sweep has finished is not lost, and nothing but that sweep goes on from it."""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial, wraps
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import sigdelta as sd
from sigdelta.sweeps import chunks
from sigdelta.sweeps.store import Store

FS = 1000.0
X = np.cumsum(np.random.default_rng(5).standard_normal(3000)) * 0.05
GRID = {"threshold": [0.05, 0.1, 0.3, 50.0], "t_ref": [0.0, 4e-3]}
ALONE = sd.sweep(X, FS, sd.LIF(), **GRID)


@pytest.fixture
def one_by_one(monkeypatch):
    """Chunks of one cell, and the neurons that were computed."""
    seen = []

    def measure(row, fs, neurons, decoder, measure=chunks.measure):
        seen.extend(neurons)
        return measure(row, fs, neurons, decoder)

    monkeypatch.setattr(chunks, "CHUNK", 1e-9)
    monkeypatch.setattr(chunks, "WIDTH", 1)
    monkeypatch.setattr(chunks, "measure", measure)
    return seen


def indices(path):
    """Cells that a store holds, in the order in which they were written."""
    records = [json.loads(line[9:]) for line in Path(path).read_text().splitlines()[1:]]
    return [first + i for first, rows in records for i in range(len(rows))]


def test_a_stored_sweep_is_the_sweep_and_computes_nothing_twice(tmp_path, one_by_one):
    path = tmp_path / "store"
    assert sd.sweep(X, FS, sd.LIF(), store=path, **GRID).identical(ALONE)
    assert len(one_by_one) == 8
    seen = []
    assert sd.sweep(X, FS, sd.LIF(), store=path, progress=lambda *at: seen.append(at), **GRID).identical(ALONE)
    assert len(one_by_one) == 8
    assert seen == [(8, 8)]
    assert sorted(indices(path)) == list(range(8))


def test_a_sweep_goes_on_from_any_byte_at_which_its_store_ends(tmp_path, one_by_one):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    whole = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for size in sorted({0, 1, 8, 9, ends[0] - 1, *ends, *(end - 1 for end in ends), *range(ends[-2], len(whole), 20)}):
        path.write_bytes(whole[:size])
        one_by_one.clear()
        assert sd.sweep(X, FS, sd.LIF(), store=path, **GRID).identical(ALONE)
        assert len(one_by_one) == 8 - max(sum(end <= size for end in ends) - 1, 0)
        assert sorted(indices(path)) == list(range(8))


@pytest.mark.parametrize("tail", [b"\0" * 300, b"00000000 [3, [[1, 2]]]\n", b"garbage\r\n", b"\xff"])
def test_what_was_torn_at_the_end_is_cut_off(tmp_path, tail):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    assert sd.sweep(X, FS, sd.LIF(), store=path, **GRID).identical(ALONE)
    assert path.read_bytes() == whole


def test_any_damaged_byte_before_the_last_line_is_told(tmp_path, one_by_one):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    whole = path.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for place in random.Random(0).sample(range(last - 1), 40):
        damaged = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"line {whole[:place].count(10) + 1} is damaged"):
            sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
        assert path.read_bytes() == damaged


class Louder:
    def __init__(self, gain):
        self.gain = gain

    def decode(self, spikes, fs):
        return self.gain * sd.psp(spikes, fs)


OTHERS = {
    "its signal": lambda path: sd.sweep(2 * X, FS, sd.LIF(), store=path, **GRID),
    "its fs": lambda path: sd.sweep(X, 2 * FS, sd.LIF(), store=path, **GRID),
    "its neuron": lambda path: sd.sweep(X, FS, sd.LIF(firing="full"), store=path, **GRID),
    "its grid": lambda path: sd.sweep(X, FS, sd.LIF(), store=path, threshold=[0.1], t_ref=[0.0]),
    "its decoder": lambda path: sd.sweep(X, FS, sd.LIF(), store=path, decoder=sd.encode, **GRID),
    "its shape": lambda path: sd.sweep(X.reshape(2, -1), FS, sd.LIF(), store=path, **GRID),
    "its grid ": lambda path: sd.sweep(X, FS, sd.LIF(), store=path, **dict(reversed(GRID.items()))),
    "its seed": lambda path: sd.sweep(X, FS, sd.LIF(), store=path, seed=1, **GRID),
}


@pytest.mark.parametrize("what", OTHERS)
def test_the_store_of_another_sweep_is_refused_and_left_alone(tmp_path, what):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=f"is of another sweep: {what.strip()} is"):
        OTHERS[what](path)
    assert path.read_bytes() == before


def test_what_the_grid_replaces_does_not_make_another_sweep(tmp_path, one_by_one):
    for neuron in (sd.LIF(), sd.LIF(threshold=7.0, t_ref=3.0)):
        sd.sweep(X, FS, neuron, store=tmp_path / "store", **GRID)
    assert len(one_by_one) == 8


def test_long_values_are_shown_where_they_differ(tmp_path):
    thresholds = np.geomspace(0.1, 1, 300)
    sd.sweep(X, FS, sd.LIF(), store=tmp_path / "store", threshold=thresholds)
    thresholds[250] *= 1.001
    with pytest.raises(ValueError, match=r"its grid is .*, here it is ") as refusal:
        sd.sweep(X, FS, sd.LIF(), store=tmp_path / "store", threshold=thresholds)
    assert str(thresholds[250]) in str(refusal.value)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize(
    "decoder",
    [lambda spikes, fs: sd.psp(spikes, fs), Louder(0.5).decode, wraps(sd.psp)(partial(sd.psp, delay=0.01))],
)
def test_a_decoder_without_a_name_of_its_own_has_no_store(tmp_path, decoder):
    with pytest.raises(ValueError, match="decoder must be a function of a module"):
        sd.sweep(X, FS, sd.LIF(), store=tmp_path / "store", decoder=decoder, **GRID)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("line", [b"[1, 2]", b"[1]", b'"no"', b"[1.5, []]"])
def test_a_line_that_is_whole_but_none_of_a_store_is_told(tmp_path, line):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    with path.open("ab") as file:
        file.write(b"%08x %s\n" % (crc32(line), line))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"store: line {before.count(10)} is none of a store"):
        sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    assert path.read_bytes() == before


def hold(path, ready):
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool, Store(path, {}, 9) as store:
        store.add(0, [[1]])
        ready.put([pool.submit(os.getpid).result() for _ in range(2)])
        time.sleep(60)


def test_workers_that_were_forked_do_not_keep_a_store_locked(tmp_path):
    """They have a copy of its file, which would keep the lock as long as they live: after the sweep, and after a SIGKILL."""
    path, ready = tmp_path / "store", multiprocessing.get_context("spawn").SimpleQueue()
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        for _ in range(2):
            assert ALONE.identical(sd.sweep(X, FS, sd.LIF(), executor=pool, store=tmp_path / "twice", **GRID))
    holder = multiprocessing.get_context("spawn").Process(target=hold, args=(path, ready))
    holder.start()
    workers = ready.get()
    with pytest.raises(BlockingIOError, match="in use"):
        Store(path, {}, 9)
    holder.kill()
    holder.join()
    try:
        with Store(path, {}, 9) as store:
            assert store.rows == {0: [1]}
    finally:
        for worker in set(workers):
            os.kill(worker, signal.SIGKILL)


def test_the_store_of_another_version_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "store"
    sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    monkeypatch.setattr("sigdelta.sweeps.store.__version__", "9.9")
    with pytest.raises(ValueError, match=r"its sigdelta is .*, here it is 9\.9"):
        sd.sweep(X, FS, sd.LIF(), store=path, **GRID)


@pytest.mark.parametrize("content", [b"RIFF\0\0\0\0", b"time_s,height\n", b"\n", b"[1, 2]\n"])
def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "speech.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no store of a sweep"):
        sd.sweep(X, FS, sd.LIF(), store=path, **GRID)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("", OSError, "'' cannot be a store: No such file"),
        (os.devnull, ValueError, "/dev/null cannot be a store, for it is no plain file"),
    ],
)
def test_what_cannot_be_a_store_is_told(path, error, said):
    with pytest.raises(error, match=said):
        sd.sweep(X, FS, sd.LIF(), store=path, **GRID)


def test_one_process_at_a_time(tmp_path):
    path = tmp_path / "store"
    with Store(path, {}, 1), pytest.raises(BlockingIOError, match="in use"):
        Store(path, {}, 1)
    with Store(path, {}, 1) as store:
        assert store.rows == {}


def test_all_numbers_come_back_to_the_last_bit(tmp_path):
    rows = [[3, 0.1 + 0.2, 5e-324, float("inf"), -float("inf"), float("nan"), True]]
    path = tmp_path / "store"
    with Store(path, {}, 9) as store:
        store.add(7, rows)
    with Store(path, {}, 9) as store:
        assert repr(store.rows) == repr({7: rows[0]})


SCRIPT = """
import sys, numpy as np, sigdelta as sd
from sigdelta.sweeps import chunks
chunks.CHUNK = 1e-9
x = np.cumsum(np.random.default_rng(5).standard_normal(5_000)) * 0.05
grid = {"threshold": np.geomspace(1, 20, 150).tolist(), "tau_m": [10e-3, 20e-3]}
print("ready", flush=True)
result = sd.sweep(x, 1000.0, sd.NoisyLIF(), seed=3, store=sys.argv[1], **grid)
print(result.to_dict())
"""


def run_script(path):
    return subprocess.run([sys.executable, "-c", SCRIPT, path], capture_output=True, text=True, check=True).stdout


def killed_and_resumed(path, after):
    """What the sweep of SCRIPT gives, killed after so many seconds and run again; how many cells were finished."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = max(path.read_bytes().count(b"\n") - 1, 0) if path.exists() else 0
    told = run_script(path)
    assert sorted(indices(path)) == list(range(300))
    return told, found


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_random_moments_and_resumed_it_is_the_same(tmp_path):
    expected = run_script(tmp_path / "whole")
    for i, after in enumerate(np.random.default_rng(1).uniform(0.0, 1.5, 3)):
        assert killed_and_resumed(tmp_path / f"{i}", after)[0] == expected
