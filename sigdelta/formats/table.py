"""What a reader of signal files returns."""

from typing import NamedTuple

import numpy as np


class Table(NamedTuple):
    """The channels of a file: arrays, rates in Hz (None: not in the file), units, labels, and a name if it holds one."""

    channels: list
    rates: list
    units: list
    labels: list
    name: str | None = None


def as_table(x, fs=None, units="", labels=None, name=None):
    """A `Table` of an array of shape (n,) or (channels, n)."""
    if x.ndim not in (1, 2):
        raise ValueError(f"must hold an array of shape (n,) or (channels, n), not {x.shape}")
    x = np.atleast_2d(x)
    n = x.shape[0]
    return Table(list(x), [fs] * n, [units] * n, labels or [""] * n, name)
