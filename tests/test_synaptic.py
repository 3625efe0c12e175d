"""First crossings of a membrane that spikes drive, against dense search and 50 digits."""

import mpmath
import numpy as np
import pytest

from sigdelta.kernels.synaptic import DEPTH, crossing


def low_pass(t, a, b):
    return t * np.exp(-a * t) if a == b else (np.exp(-b * t) - np.exp(-a * t)) / (a - b)


@pytest.mark.parametrize("seed", range(4))
def test_no_crossing_is_missed_or_invented(seed):
    """A level just below, or just above, the highest point of the membrane on a dense grid."""
    rng, rest, count = np.random.default_rng(seed), np.empty((DEPTH, 2)), 0
    for _ in range(1500):
        a, end = rng.choice([0.0, 10.0, 50.0, 200.0, 3000.0]), rng.choice([1e-3, 0.05, 1.0])
        b = rng.choice([0.0, 5.0, 10.0, 20.0, 50.0, 51.0, 90.0, 500.0, 4000.0], rng.integers(1, 5), replace=False)
        drive, u, kappa = 100 * rng.standard_normal(b.size), rng.uniform(-1, 1), rng.choice([0.0, 20.0]) * rng.standard_normal()
        t = np.concatenate([[0.0], np.geomspace(1e-6, 1, 3000) * end])
        course = (
            u * np.exp(-a * t) + kappa * low_pass(t, a, 0.0) + sum(d * low_pass(t, a, e) for d, e in zip(drive, b, strict=True))
        )
        for side, bipolar in ((course, False), (np.abs(course), True)):
            top = side.max()
            if top <= 1.01 * abs(u):
                continue
            count += 1
            wait, sign = crossing(u, a, kappa, drive, b, end, top * (1 - 1e-6), bipolar, rest)
            assert sign == np.sign(course[np.argmax(side)])
            assert wait <= t[np.argmax(side)] * (1 + 1e-12)
            assert side[t < wait * (1 - 1e-9)].max() < top
            assert crossing(u, a, kappa, drive, b, end, top * (1 + 1e-3), bipolar, rest)[1] == 0
    assert count > 1000


def exact(t, u, a, kappa, drive, b):
    """The membrane in 50 digits."""
    t, a = mpmath.mpf(t), mpmath.mpf(a)

    def low_pass(b):
        return t * mpmath.exp(-a * t) if a == b else (mpmath.exp(-b * t) - mpmath.exp(-a * t)) / (a - b)

    total = u * mpmath.exp(-a * t) + kappa * low_pass(mpmath.mpf(0))
    return total + sum(d * low_pass(mpmath.mpf(each)) for d, each in zip(drive.tolist(), b.tolist(), strict=True))


def test_grazing_peaks_cross_or_not_as_in_fifty_digits():
    """One spike of an exponential synapse, just strong enough to lift the membrane to its level, or just not."""
    rng, rest = np.random.default_rng(3), np.empty((DEPTH, 2))
    with mpmath.workdps(50):
        for case in range(10_000):
            a, b = rng.choice([10.0, 50.0, 200.0]), np.array([rng.choice([20.0, 50.0, 50.0 * (1 + 1e-9), 500.0])])
            ma, mb = mpmath.mpf(float(a)), mpmath.mpf(float(b[0]))
            peak = 1 / ma if ma == mb else mpmath.log(ma / mb) / (ma - mb)
            top = exact(peak, 0.0, float(a), 0.0, np.ones(1), b)
            strength = np.array([float((1 + (-1) ** case * mpmath.mpf(10) ** -rng.integers(3, 12)) / top)])
            wait, sign = crossing(0.0, a, 0.0, strength, b, 1.0, 1.0, True, rest)
            crosses = exact(peak, 0.0, float(a), 0.0, strength, b) >= 1
            assert (sign == 1.0) == crosses
            assert not crosses or (
                wait <= float(peak) * (1 + 1e-9) and abs(exact(wait, 0.0, float(a), 0.0, strength, b) - 1) < 1e-14
            )
