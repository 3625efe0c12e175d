"""Products with rows that are mostly 0, such as spikes: by their events, the columns of what is not.

`where` lists the events, row after row, and those of row r end at ends[r + 1].
"""

from .bits import SAMPLES, lowest, nonzero
from .jit import jit
from .vectors import gather, scatter


@jit(_nrt=False)
def list_events(rows, where, ends):
    """Fill `where`, with room for one more than `rows` has elements, and `ends`, which starts with 0."""
    for r in range(rows.shape[0]):
        ends[r + 1] = list_row(rows[r], where, ends[r])


@jit(_nrt=False, forceinline=True)
def list_row(row, where, n):
    whole = row.size - row.size % SAMPLES
    for i in range(0, whole, SAMPLES):
        mask = nonzero(row, i)
        while mask != 0:
            where[n] = i + lowest(mask)
            n += 1
            mask &= mask - 1
    for i in range(whole, row.size):
        where[n] = i
        n += row[i] != 0
    return n


@jit(_nrt=False)
def products(rows, where, ends, weights, bias, out):
    """out[r] = rows[r] @ weights + bias."""
    for r in range(rows.shape[0]):
        row = out[r]
        for i in range(row.size):
            row[i] = bias[i]
        gather(rows[r], where, ends[r], ends[r + 1], weights, row)


@jit(_nrt=False)
def add_outers(rows, where, ends, first, values, out):
    """out += rows.T @ values, of as many rows as there are values, from row `first` on."""
    for r in range(values.shape[0]):
        scatter(rows[first + r], where, ends[first + r], ends[first + r + 1], values[r], out)
