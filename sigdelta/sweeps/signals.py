"""The signals of a sweep, and how they reach the workers."""

import hashlib
import os
import tempfile
from threading import Lock

import numpy as np

from .. import checks
from ..mapped import offset, pieces, root, write


class Signal:
    """A checked signal: `x`, `fs`, `rows` (a `Row` a channel), and `sha256` of its samples as float64."""

    def __init__(self, x, fs):
        self.x, self.fs = checks.stored_signal(x), checks.number("fs", fs)
        self.rows = [Row(row) for row in np.atleast_2d(self.x)]
        digest = hashlib.sha256()
        for row in self.rows:
            for piece in pieces(row.x):
                digest.update(piece)
        self.sha256 = digest.hexdigest()


class Row:
    """One channel. Threads see its array; pickled it is the name of a file, which workers map instead of being sent samples.

    A channel that does not live in a file yet is written into a temporary one, once, when it is first pickled.
    """

    def __init__(self, x=None, place=None):
        self._x, self._place, self._temporary, self._closed, self._lock = x, place, None, False, Lock()

    @property
    def x(self):
        """The samples, in the numbers of the file where there is one."""
        if self._x is None:
            path, dtype, begin, n = self._place
            try:
                self._x = np.memmap(path, dtype, "r", begin, (n,))
            except FileNotFoundError:
                raise FileNotFoundError(
                    f"a worker does not see the signal, in {path}: workers that share no files need an executor that sends it, "
                    "such as that of `sigdelta sweep --scheduler`"
                ) from None
        return self._x

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.x, dtype)

    def __reduce__(self):
        with self._lock:
            if self._place is None:
                if self._closed:
                    raise RuntimeError("this sweep is over")
                self._place = self._file()
        return Row, (None, self._place)

    def close(self):
        """Remove the temporary file, if there is one, and make none any more: an executor may still be pickling."""
        with self._lock:
            self._closed = True
            if self._temporary is not None:
                os.unlink(self._temporary)
                self._temporary = self._place = None

    def _file(self):
        whole = root(self._x)
        # what may be written may have lost its name
        if whole is not None and whole.mode == "r" and whole.filename is not None and self._x.flags.c_contiguous:
            place = os.path.abspath(whole.filename), self._x.dtype.str, offset(self._x), self._x.size
            if self._stands(*place):
                return place
        handle, self._temporary = tempfile.mkstemp(prefix="sigdelta-", suffix=".raw")
        with os.fdopen(handle, "wb") as file:
            write(file, [self._x])
        return self._temporary, "<f8", 0, self._x.size

    def _stands(self, path, dtype, begin, n):
        """Whether the samples are what is in that file now: another may have taken its name since it was mapped."""
        try:
            there = np.memmap(path, dtype, "r", begin, (n,))
        except (OSError, ValueError):
            return False
        return all(map(np.array_equal, pieces(there), pieces(self._x)))
