"""What benchmarks share: time on one thread, and other packages in environments of their own."""

import json
import os
import statistics
import subprocess
import time
import venv
from pathlib import Path

SINGLE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def timed(call, times, clock=time.perf_counter):
    """Median seconds of a call after a first one, and what it returned."""
    spent, result = [], call()
    for _ in range(times):
        begin = clock()
        result = call()
        spent.append(clock() - begin)
    return statistics.median(spent), result


def run_apart(folder, packages, script, *words):
    """`run_script` in the environment .peers/`folder`, made with these packages."""
    python = Path(".peers") / folder / "bin" / "python"
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
    if subprocess.run([python, "-m", "pip", "install", "-q", *packages], capture_output=True).returncode:
        return None, f"{' '.join(packages)} cannot be installed"
    return run_script(python, script, *words)


def run_script(python, script, *words):
    """What a script prints last, as JSON, on one thread; None, and why, where it fails."""
    done = subprocess.run([python, script, *words], capture_output=True, text=True, env=os.environ | SINGLE)
    if done.returncode:
        return None, done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.splitlines()[-1]), None
