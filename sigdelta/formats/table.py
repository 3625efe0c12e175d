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


def choose(table, channel):
    """A `Table` of the one channel with that number or label."""
    n, i = len(table.channels), None
    if isinstance(channel, str) and channel in table.labels:
        i = table.labels.index(channel)
    elif isinstance(channel, int | np.integer) and not isinstance(channel, bool) and -n <= channel < n:
        i = int(channel)
    if i is None:
        labels = [repr(label) for label in table.labels if label]
        known = f"0 to {n - 1}{' or ' if labels else ''}{', '.join(labels)}"
        raise ValueError(f"there is no channel {channel!r}: choose from {known}")
    columns = {key: [getattr(table, key)[i]] for key in ("channels", "rates", "units", "labels")}
    return table._replace(**columns)
