"""Kernels are cached by the file of the caller: drop the cache when any kernel is newer, or callers go stale.

Kernels as plain Python are some hundred times slower: hypothesis draws fewer examples for them.

Facts that tests measure are printed at the end, under -s or --facts, whichever process measured them.
"""

import signal
from pathlib import Path

import facts
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numba.core.config import DISABLE_JIT

import sigdelta

FOLDER = Path(sigdelta.__file__).parent / "kernels"
# that a loaded machine is slow says nothing of the package
SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("sigdelta", max_examples=20 if DISABLE_JIT else 150, derandomize=True, **SLOW)
settings.load_profile("sigdelta")
# what a shell starts in the background ignores Ctrl-C, and so would the processes that tests interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--facts", action="store_true", help="print every measured fact at the end")


def pytest_configure(config):
    newest = max(path.stat().st_mtime for path in FOLDER.glob("*.py"))
    for path in FOLDER.glob("__pycache__/*.nb[ic]"):
        if path.stat().st_mtime < newest:
            path.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def measured(request):
    facts.measured_facts = request.node.user_properties


def pytest_terminal_summary(terminalreporter, config):
    if config.option.facts or config.option.capture == "no":
        reports = [each for group in ("passed", "failed") for each in terminalreporter.stats.get(group, [])]
        for line in (
            line for report in reports if report.when == "call" for key, line in report.user_properties if key == "fact"
        ):
            terminalreporter.write_line(line)


@pytest.fixture
def wav(tmp_path):
    t = np.arange(4000) / 8000
    from scipy.io import wavfile

    path = tmp_path / "tone.wav"
    wavfile.write(path, 8000, np.round(20000 * np.sin(2 * np.pi * 5 * t)).astype(np.int16))
    return path
