"""Products with arrays that are mostly 0, such as spikes: by their events, or dense where there are many."""

import numpy as np

from ..kernels.sparse import add_outers, list_events, products

DENSE = 0.2


class Events:
    """The rows of a matrix, and where they are not 0: of row r, the columns where[ends[r] : ends[r + 1]]."""

    def __init__(self, rows, where=None, ends=None):
        self.rows, self.where, self.ends = rows, where, ends
        if where is None:
            self.where, self.ends = empty_lists(rows.shape)
            list_events(rows, self.where, self.ends)

    @property
    def lists(self):
        """As the kernels want them."""
        return self.rows, self.where, self.ends

    @property
    def dense(self):
        return self.ends[-1] - self.ends[0] > DENSE * self.rows.size

    def product(self, weights, bias, out):
        """rows @ weights.T + bias, written into out."""
        out = out.reshape(-1, len(weights))
        if self.dense:
            np.matmul(self.rows, weights.T, out=out)
            out += bias
            return
        products(self.rows, self.where, self.ends, np.ascontiguousarray(weights.T), bias, out)

    def outer(self, values):
        """values.T @ rows."""
        if self.dense:
            return values.T @ self.rows
        out = np.zeros((self.rows.shape[1], values.shape[1]), values.dtype)
        add_outers(self.rows, self.where, self.ends, 0, values, out)
        return np.ascontiguousarray(out.T)


def empty_lists(shape):
    """Room for the `where` and `ends` of a matrix."""
    return np.empty(shape[0] * shape[1] + 1, np.int32), np.zeros(shape[0] + 1, np.int64)
