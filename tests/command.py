"""The console script beside this Python, in a process of its own."""

import subprocess
import sys
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("sigdelta"))


def run(*args, code=0, cwd=None, text=True, **options):
    done = subprocess.run([COMMAND, *map(str, args)], capture_output=True, text=text, cwd=cwd, timeout=120, **options)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done


def refused(*args, code=1, cwd=None, **options):
    """The one line with which a call is refused."""
    done = run(*args, code=code, cwd=cwd, **options)
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith(("Usage:", "Try ", "sweeping"))]
    assert len(lines) == 1, done.stderr
    return lines[0]
