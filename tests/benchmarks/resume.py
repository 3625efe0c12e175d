"""Kill a sweep with SIGKILL at 20 random moments, go on from its store, compare: python tests/benchmarks/resume.py.

20 of 20 must be identical to the sweep that was not disturbed; a cell that stands in the store is never computed again.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from test_store import killed_and_resumed, run_script


def main():
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        expected = run_script(Path(folder) / "whole")
        spent, same = time.perf_counter() - begin, 0
        for i, after in enumerate(np.random.default_rng().uniform(0.0, spent, 20)):
            told, found = killed_and_resumed(Path(folder) / f"{i}", after)
            same += told == expected
            print(f"killed after {after:.3f} s of {spent:.3f}: {found} of 300 cells were finished, identical: {told == expected}")
        print(f"SIGKILL at 20 random moments: {same} of 20 identical (must be 20)")
    return same != 20


if __name__ == "__main__":
    sys.exit(main())
