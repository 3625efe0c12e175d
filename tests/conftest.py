"""Kernels are cached by the file of the caller: drop the cache when any kernel is newer, or callers go stale."""

from pathlib import Path

import numpy as np
import pytest

import sigdelta

FOLDER = Path(sigdelta.__file__).parent / "kernels"


def pytest_configure(config):
    newest = max(path.stat().st_mtime for path in FOLDER.glob("*.py"))
    for path in FOLDER.glob("__pycache__/*.nb[ic]"):
        if path.stat().st_mtime < newest:
            path.unlink(missing_ok=True)


@pytest.fixture
def wav(tmp_path):
    t = np.arange(4000) / 8000
    from scipy.io import wavfile

    path = tmp_path / "tone.wav"
    wavfile.write(path, 8000, np.round(20000 * np.sin(2 * np.pi * 5 * t)).astype(np.int16))
    return path
