"""The one decorator of the kernels: compiled once per machine, cached on disk, GIL released."""

import os
import sys

import numba
from numba.core import event

OPTIONS = {"nogil": True, "error_model": "numpy"}
_said = set()


def _say_once(line):
    if line not in _said:
        _said.add(line)
        print(f"sigdelta: {line}", file=sys.stderr)


class _Announcer(event.Listener):
    """Says so, once, when a kernel of this package is not in the cache and has to be compiled."""

    def on_start(self, event):
        own = event.data["dispatcher"].py_func.__module__.startswith(__package__)
        if own and os.environ.get("SIGDELTA_QUIET", "0") == "0":
            _say_once("compiling kernels, once per machine (seconds; half a minute for a large sweep)")

    def on_end(self, event):
        pass


event.register("numba:compile", _Announcer())


def jit(function=None, **more):
    """Compile `function` with numba; without a writable cache, compile it anew in every process."""
    if function is None:
        return lambda function: jit(function, **more)
    if more.get("forceinline"):  # only other kernels call it, so that it compiles in less time
        more |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    try:
        return numba.njit(cache=True, **OPTIONS, **more)(function)
    except RuntimeError:
        _say_once("no writable cache folder, kernels are compiled in every run (set NUMBA_CACHE_DIR)")
        return numba.njit(**OPTIONS, **more)(function)
