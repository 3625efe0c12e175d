"""The console script beside this Python, in a process of its own."""

import subprocess
import sys
from pathlib import Path

NOT_THE_ERROR = ("Usage:", "Try ", "sweeping", "sigdelta: compiling kernels")
COMMAND = str(Path(sys.executable).with_name("sigdelta"))


def call(*args, text=True, **options):
    return subprocess.run([COMMAND, *map(str, args)], capture_output=True, text=text, timeout=120, **options)


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
