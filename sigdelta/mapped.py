"""Arrays that live in files: read piece by piece, so that a long recording never fills the memory."""

import mmap
import tempfile

import numpy as np

PIECE = 2**18
# bytes from which a file is mapped rather than read
LARGE = 2**25


def frozen(x):
    """A view that is read-only, as all signals are: kernels would be compiled once more for one that may be written."""
    view = x.view()
    view.flags.writeable = False
    return view


def pieces(x):
    """Consecutive pieces of the 1-D array `x`, contiguous, float64, `frozen`; of a mapped file each gives its memory back."""
    for first in range(0, x.size, PIECE):
        part = x[first : first + PIECE]
        yield frozen(np.ascontiguousarray(part, dtype=np.float64))
        _release(part)


def root(x):
    """The np.memmap that the array `x` is a view of, or None, as where the file is not what was written in memory (mode "c")."""
    while x is not None and not (isinstance(x, np.memmap) and isinstance(x.base, mmap.mmap)):
        x = x.base if isinstance(x, np.ndarray) else None
    return x if x is not None and x.mode != "c" else None


def offset(x):
    """Where the view `x` of a mapped file begins, in bytes from the beginning of the file."""
    return root(x).offset + _address(x) - _address(root(x))


def spooled(rows, change=None):
    """`rows`, 1-D arrays of one length, after `change`, as a float64 array in a file without a name, mapped read-only."""
    with tempfile.TemporaryFile() as file:
        write(file, rows, change)
        return np.memmap(file, dtype=np.float64, mode="r", shape=(len(rows), rows[0].size))


def write(file, rows, change=None):
    """Append `rows`, 1-D arrays, after `change`, to an open file as raw float64."""
    for row in rows:
        for piece in pieces(row):
            file.write(memoryview(piece if change is None else change(piece)).cast("B"))
    file.flush()


def _release(part):
    """Pages of a mapped file count as memory of the process until they are given back; read again, they come from the cache."""
    whole = root(part)
    if whole is None or not hasattr(whole.base, "madvise"):
        return
    ends = [_address(each) - _address(np.frombuffer(whole.base, np.uint8)) for each in (part, part[-1:])]
    first, last = min(ends) // mmap.PAGESIZE * mmap.PAGESIZE, max(ends) + part.itemsize
    whole.base.madvise(mmap.MADV_DONTNEED, first, last - first)


def _address(x):
    return x.__array_interface__["data"][0]
