"""Kernels are cached by the file of the caller: drop the cache when any kernel is newer, or callers go stale."""

from pathlib import Path

import sigdelta

FOLDER = Path(sigdelta.__file__).parent / "kernels"


def pytest_configure(config):
    newest = max(path.stat().st_mtime for path in FOLDER.glob("*.py"))
    for path in FOLDER.glob("__pycache__/*.nb[ic]"):
        if path.stat().st_mtime < newest:
            path.unlink(missing_ok=True)
