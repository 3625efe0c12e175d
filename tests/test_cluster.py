"""A sweep on a dask cluster: the same numbers, also when a worker is killed meanwhile."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command import COMMAND, only_line, refused, run

import sigdelta as sd
from sigdelta.sweeps import chunks

distributed = pytest.importorskip("distributed")

FS = 1000.0
X = np.cumsum(np.random.default_rng(5).standard_normal(20_000)) * 0.05
GRID = {"threshold": np.geomspace(1.0, 20.0, 40), "t_ref": [0.0, 4e-3]}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster


def killing(client, after):
    """A progress that kills one of the workers with SIGKILL once so many cells are done, and the workers it killed."""
    killed = []

    def progress(done, total):
        if done >= after and not killed:
            killed.append(client.submit(os.getpid, pure=False).result())
            os.kill(killed[0], signal.SIGKILL)

    return progress, killed


@pytest.mark.parametrize("wrapped", [False, True], ids=["get_executor", "--scheduler"])
def test_a_worker_that_dies_costs_only_its_chunks(cluster, monkeypatch, wrapped):
    from sigdelta.cli.cluster import Cluster

    monkeypatch.setattr(chunks, "CHUNK", 1e-3)
    serial = sd.sweep(X, FS, sd.LIF(), **GRID)
    with distributed.Client(cluster) as client:
        client.wait_for_workers(4)
        progress, killed = killing(client, 8)
        pool = Cluster(cluster.scheduler_address) if wrapped else client.get_executor()
        with pool:
            result = sd.sweep(X, FS, sd.LIF(), executor=pool, progress=progress, **GRID)
    assert len(killed) == 1
    assert result.identical(serial)


def test_a_signal_is_sent_to_each_worker_once(cluster):
    """Measured on the workers: one array, however many calls."""
    from sigdelta.cli.cluster import Cluster

    from sigdelta.sweeps.signals import Row

    row = Row(X)
    with Cluster(cluster.scheduler_address) as pool:
        places = [pool.submit(_place, row).result() for _ in range(40)]
    assert len(set(places)) == len({worker for worker, _ in places})


def _place(x):
    return os.getpid(), x.__array_interface__["data"][0]


def test_the_command_line_sweeps_several_files_on_a_cluster(cluster, wav, tmp_path):
    args = ("sweep", wav, "ecg", "--threshold", "--quiet", "-o")
    run(*args, tmp_path / "here.nc", fresh=True)
    run(*args, tmp_path / "there.nc", "--scheduler", cluster.scheduler_address, fresh=True)
    assert sd.load_result(tmp_path / "there.nc").identical(sd.load_result(tmp_path / "here.nc"))


def test_a_scheduler_that_is_not_there_is_told_in_one_line():
    assert "no dask scheduler answers at tcp://127.0.0.1:9" in refused(
        "sweep", "--quiet", "--scheduler", "tcp://127.0.0.1:9", fresh=True
    )


def test_a_scheduler_that_dies_is_told_in_one_line_and_what_is_finished_is_kept(tmp_path):
    np.save(tmp_path / "long.npy", np.tile(X, 50))
    told, kept = tmp_path / "scheduler.json", tmp_path / "kept"
    dask, where = Path(sys.executable).with_name("dask"), ["--scheduler-file", told, "--no-dashboard"]
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([dask, "scheduler", *where, "--host", "127.0.0.1", "--port", "0"], **options)
    wait_for(told.exists)
    worker = subprocess.Popen([dask, "worker", *where, "--nthreads", "1"], **options)
    args = ["sweep", "long.npy", "--fs", "1kHz", "--threshold", "1:20:log300", "--neuron", "multiplicative", "--resume", "kept"]
    address = json.loads(told.read_text())["address"]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    sweep = subprocess.Popen([COMMAND, *args, "--scheduler", address], cwd=tmp_path, text=True, **streams)
    wait_for(lambda: kept.exists() and kept.read_bytes().count(b"\n") > 2)
    scheduler.kill()
    said = sweep.communicate(timeout=60)[1]
    worker.kill()
    assert sweep.returncode == 1
    done = subprocess.CompletedProcess(args, 1, "", said)
    assert (
        only_line(done) == f"Error: the dask scheduler at {address} is gone; a sweep with --resume goes on from what is finished"
    )


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError
