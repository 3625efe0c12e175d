"""The console script in a process of its own.

With `fresh` it is the script beside this Python, as a user calls it; else a fork of a Python that has loaded what commands need.
"""

import multiprocessing
import os
import subprocess
import sys
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

NOT_THE_ERROR = ("Usage:", "Try ", "sweeping", "tuning", "sigdelta: compiling kernels")
COMMAND = str(Path(sys.executable).with_name("sigdelta"))
LOADED = multiprocessing.get_context("forkserver")
ASKING = Lock()  # an exit code is read once, and a start reads those of all processes: two threads at a time would get 255
LOADED.set_forkserver_preload(["sigdelta.cli", "sigdelta.sweeps", "numba.np.arraymath", "matplotlib.pyplot"])


def call(*args, cwd=".", fresh=False, **options):
    """The completed process of a call; one with options of `subprocess.run` is fresh too."""
    args = [*map(str, args)]
    if fresh or options:
        return subprocess.run([COMMAND, *args], capture_output=True, text=True, timeout=120, cwd=cwd, **options)
    with TemporaryDirectory() as folder:
        streams = [Path(folder, name) for name in ("stdout", "stderr")]
        process = LOADED.Process(target=_forked, args=(args, os.path.abspath(cwd), streams))
        with ASKING:
            process.start()
        if not wait([process.sentinel], 120):
            process.kill()
            raise TimeoutError(f"sigdelta {' '.join(args)} is not done after 120 s")
        with ASKING:
            code = process.exitcode
        return subprocess.CompletedProcess(args, code, *(path.read_text() for path in streams))


def _forked(args, cwd, streams):
    os.chdir(cwd)
    for number, path in zip((1, 2), streams, strict=True):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    from sigdelta.cli import main

    main(args)


def run(*args, code=0, **options):
    done = call(*args, **options)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def refused(*args, code=1, **options):
    """The one line with which a call is refused."""
    return only_line(run(*args, code=code, **options))


def only_line(done):
    """The one line of stderr, without the hints on usage, and on kernels that were not compiled yet."""
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith(NOT_THE_ERROR)]
    assert len(lines) == 1, done.stderr
    return lines[0]
