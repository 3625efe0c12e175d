"""Kill a sweep with SIGKILL at 20 random moments, go on from its store, compare: python tests/benchmarks/resume.py.

20 of 20 must be identical to the sweep that was not disturbed; a cell that stands in the store is never computed again.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from test_store import SCRIPT, killed_and_resumed


def undisturbed(path):
    """What the sweep gives, and the seconds it takes, start-up left out."""
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    told = process.communicate()[0]
    return "ready\n" + told, time.perf_counter() - begin


def main():
    with tempfile.TemporaryDirectory() as folder:
        undisturbed(Path(folder) / "first")
        (expected, spent), same = undisturbed(Path(folder) / "whole"), 0
        for i, after in enumerate(np.random.default_rng().uniform(0.0, spent, 20)):
            told, found = killed_and_resumed(Path(folder) / f"{i}", after)
            same += told == expected
            print(f"killed after {after:.3f} s of {spent:.3f}: {found} of 300 cells were finished, identical: {told == expected}")
        print(f"SIGKILL at 20 random moments: {same} of 20 identical (must be 20)")
    return same != 20


if __name__ == "__main__":
    sys.exit(main())
