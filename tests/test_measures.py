"""Measures against numpy, their limits and refusals."""

import math

import numpy as np
import pytest

import sigdelta as sd

Y = np.random.default_rng(2).standard_normal((3, 500)).cumsum(axis=1)
Y_HAT = Y + np.random.default_rng(3).standard_normal((3, 500)) * [[0.1], [1.0], [0.0]]

WITH_NUMPY = {
    sd.rms_error: lambda y, z: np.sqrt(np.mean((y - z) ** 2, axis=-1)),
    sd.max_error: lambda y, z: np.abs(y - z).max(axis=-1),
    sd.nrmse: lambda y, z: np.sqrt(np.mean((y - z) ** 2, axis=-1)) / y.std(axis=-1),
    sd.snr_db: lambda y, z: 10 * np.log10(y.var(axis=-1) / np.mean((y - z) ** 2, axis=-1)),
}


@pytest.mark.parametrize("measure", WITH_NUMPY, ids=lambda measure: measure.__name__)
def test_measures_equal_their_definitions_row_by_row(measure):
    with np.errstate(divide="ignore"):
        expected = WITH_NUMPY[measure](Y, Y_HAT)
    got = measure(Y, Y_HAT)
    assert got == pytest.approx(expected, rel=1e-12)
    assert [measure(y, z) for y, z in zip(Y, Y_HAT, strict=True)] == got.tolist()
    assert type(measure(Y[0], Y_HAT[0])) is float


def test_without_error_or_without_signal():
    assert sd.snr_db([1.0, 2.0], [1.0, 2.0]) == math.inf
    assert sd.snr_db([1.0, 1.0], [1.0, 2.0]) == -math.inf
    assert sd.snr_db([1.0, 1.0], [1.0, 1.0]) == math.inf
    assert sd.nrmse([1.0, 1.0], [1.0, 2.0]) == math.inf
    assert sd.nrmse([1.0, 1.0], [1.0, 1.0]) == 0.0


@pytest.mark.parametrize("measure", WITH_NUMPY, ids=lambda measure: measure.__name__)
def test_bad_pairs_are_named(measure):
    with pytest.raises(ValueError, match=r"same shape, not \(2,\) and \(3,\)"):
        measure([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"y_hat\[1\] is nan"):
        measure([1.0, 2.0], [1.0, math.nan])
    with pytest.raises((ValueError, TypeError), match="y is empty"):
        measure([], [])
