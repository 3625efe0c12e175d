"""An append-only file of finished cells, from which an interrupted sweep goes on."""

import json
import os
import sys
from dataclasses import replace
from functools import reduce
from math import inf
from time import monotonic
from weakref import WeakSet
from zlib import crc32

from .. import __version__

# how many seconds a power failure may take at most
SYNC = 1.0
# the stores of this process
OPEN = WeakSet()


class Store:
    """Finished cells of one sweep, `rows`: index of the cell -> its row; a file that only grows, used by one process at a time.

    A line of the file is the CRC-32 of what follows in 8 hex digits, a space, and JSON whose numbers read back to the last bit:
    first the identity of the sweep, then ``[first cell, rows]`` for each chunk. A line that was being written when the process
    was killed has no end or a wrong checksum: it is cut off. The file is locked (flock), until its process ends, however it ends.
    """

    def __init__(self, path, identity, cells):
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"store must be a path, not {path!r}")
        self.path, self.rows, self._synced = os.fspath(path), {}, -inf
        if os.path.exists(path) and not os.path.isfile(path):
            raise ValueError(f"{path} cannot be a store, for it is no plain file: give another name")
        try:
            self._file = open(path, "a+b")  # noqa: SIM115 (closed by close)
        except OSError as error:
            raise type(error)(f"{str(path)!r} cannot be a store: {error.strerror}") from None
        try:
            self._lock()
            self._read(json.loads(json.dumps(identity)), cells)
        except BaseException:
            self._file.close()
            raise
        OPEN.add(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self._file:
            self._sync()

    def add(self, first, rows):
        """Write down the rows of consecutive cells; from then on the death of this process cannot take them."""
        self._write([first, rows])
        self.rows |= dict(enumerate(rows, first))

    def leave(self):
        """Close what a forked process has of the file: it would keep it locked as long as it lives."""
        self._file.raw.close()

    def _lock(self):
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(f"{self.path} is in use: another process is computing this sweep") from None

    def _write(self, what):
        self._file.write(_line(what))
        self._file.flush()
        if monotonic() - self._synced >= SYNC:
            self._sync()

    def _sync(self):
        os.fsync(self._file.fileno())
        self._synced = monotonic()

    def _read(self, identity, cells):
        self._file.seek(0)
        data = self._file.read()
        lines = data.splitlines(keepends=True)
        records = [_record(line) for line in lines]
        while records and records[-1] is None:
            records.pop()
        whole = sum(map(len, lines[: len(records)]))
        if None in records:
            number = records.index(None) + 1
            raise ValueError(f"{self.path}: line {number} is damaged: remove it, and its cells are computed again")
        if not records and not _line(identity).startswith(data):
            raise ValueError(f"{self.path} is no store of a sweep: give another name")
        self._file.truncate(whole)
        if not records:
            self._write(identity)
            return
        _same(self.path, records[0], identity)
        for number, record in enumerate(records[1:], 2):
            if not (isinstance(record, list) and len(record) == 2 and isinstance(record[0], int) and isinstance(record[1], list)):
                raise ValueError(f"{self.path}: line {number} is none of a store: remove it, and its cells are computed again")
            self.rows |= dict(enumerate(record[1], record[0]))
        if not all(0 <= index < cells for index in self.rows):
            raise ValueError(f"{self.path} holds other cells than this sweep: give another name")


def identity_of(signals, neuron, axes, decoder, seed):
    """All that decides the numbers of a sweep."""
    module, name = getattr(decoder, "__module__", None), getattr(decoder, "__qualname__", "<without a name>")
    if _called(module, name) != decoder:
        raise ValueError(f"decoder must be a function of a module, which a store knows by its name, not {decoder!r}")
    return {
        "sigdelta": __version__,
        "grid": [[name, *map(repr, values)] for name, values in axes.items()],
        "neuron": repr(replace(neuron, **{name: values[0] for name, values in axes.items()})),
        "decoder": f"{module}.{name}",
        "seed": seed,
        "fs": [signal.fs for signal in signals],
        "shape": [signal.x.shape for signal in signals],
        "signal": [signal.sha256 for signal in signals],
    }


def _called(module, name):
    """What has this name in a module, as pickle would find it."""
    try:
        return reduce(getattr, name.split("."), sys.modules[module])
    except (AttributeError, KeyError):
        return None


def _same(path, there, here):
    if not isinstance(there, dict) or set(there) != set(here):
        raise ValueError(f"{path} is no store of a sweep of this version: give another name")
    for name, value in here.items():
        if there[name] != value:
            its, ours = _differing(there[name], value)
            raise ValueError(f"{path} is of another sweep: its {name} is {its}, here it is {ours}")


def _differing(*values, most=100):
    """Two values as texts, the long ones around the first character that differs."""
    texts = [value if isinstance(value, str) else json.dumps(value) for value in values]
    differ = next((i for i, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), 0)
    first = max(0, differ - most // 2) if max(map(len, texts)) > most else 0
    return ["…" * (first > 0) + text[first : first + most] + "…" * (len(text) > first + most) for text in texts]


def _line(what):
    text = json.dumps(what).encode()
    return b"%08x %s\n" % (crc32(text), text)


def _record(line):
    """What a line holds, or None if it is not whole."""
    check, space, text = line[:8], line[8:9], line[9:-1]
    if not text or line[-1:] != b"\n" or space != b" " or check != b"%08x" % crc32(text):
        return None
    return json.loads(text)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [store.leave() for store in list(OPEN)])
