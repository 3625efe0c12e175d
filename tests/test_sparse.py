"""Products by events against dense ones, for every number of columns that the stretches of a row can make."""

from itertools import pairwise

import numpy as np
import pytest

from sigdelta.kernels.bits import power_of_two
from sigdelta.kernels.jit import jit
from sigdelta.kernels.sparse import add_outers, list_events, products


@jit
def powers(x, out):
    for i in range(x.size):
        out[i] = power_of_two(x[i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_and_outers_are_dense_ones(dtype):
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 5, 8, 31, 32, 33, 64, 100, 127, 128, 197):
        rows = (rng.standard_normal((6, 70)) * (rng.random((6, 70)) < [[0.0], [0.05], [0.1], [0.3], [0.9], [1.0]])).astype(dtype)
        rows[1, 3], rows[2, 4] = np.nan, -0.0
        where, ends = np.empty(rows.size + 1, np.int32), np.zeros(7, np.int64)
        list_events(rows, where, ends)
        assert [where[first:last].tolist() for first, last in pairwise(ends)] == [np.flatnonzero(row).tolist() for row in rows]
        rows[1, 3] = 0.5
        weights, bias, values = (rng.standard_normal(shape).astype(dtype) for shape in ((70, n), n, (5, n)))
        out, outer = np.full((6, n), np.nan, dtype), rng.standard_normal((70, n)).astype(dtype)
        wanted = outer + rows[1:].T @ values
        products(rows, where, ends, weights, bias, out)
        add_outers(rows, where, ends, 1, values, outer)
        assert out == pytest.approx(rows @ weights + bias, abs=200 * float(np.finfo(dtype).eps))
        assert outer == pytest.approx(wanted, abs=200 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize(("dtype", "lowest"), [(np.float32, -126), (np.float64, -1022)])
def test_powers_of_two_come_from_the_last_bits(dtype, lowest):
    n = np.arange(lowest, 1 - lowest)
    out = np.empty(n.size, dtype)
    powers((1.5 * 2.0 ** np.finfo(dtype).nmant + n).astype(dtype), out)
    assert np.array_equal(out, np.ldexp(dtype(1), n))
