"""Surrogate derivatives of a spike, and the smooth spike that has them."""

from math import erf, sqrt

from .bits import power_of_two
from .jit import jit


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def polynomial(x, series):
    """By Horner's scheme, `series` being the coefficients, the highest power first."""
    total = series[0]
    for k in range(1, len(series)):
        total = total * x + series[k]
    return total


@jit(_nrt=False, fastmath={"contract"})
def surrogates(v, shape, series, out):
    """Derivative of a spike by v, for a row: a E^36 - b E cosh(d v) with E = 2^(-c v^2), or the triangle max(0, a - b |v|).

    `shape` is (a, b, c, d, end, magic), and c = 0 for the triangle; beyond `end` nothing is left of E. `series` are those of 2^x
    and cosh(sqrt(x)). Adding `magic` to a number rounds it to a whole one.
    """
    a, b, c, d, end, magic = shape
    if c == 0:
        nothing = a - a
        for i in range(v.size):
            out[i] = max(nothing, a - b * abs(v[i]))
        return
    for i in range(v.size):
        x = min(abs(v[i]), end)
        square = x * x
        whole = magic - c * square
        e = power_of_two(whole) * polynomial((magic - whole) - c * square, series[0])
        four = (e * e) * (e * e)
        sixteen = (four * four) * (four * four)
        out[i] = a * (four * (sixteen * sixteen)) - b * e * polynomial((d * d) * square, series[1])


@jit
def smooth_spikes(v, gamma, sigma, lobes, out):
    """Integral of the surrogate up to v, for a row; with lobes < 0 that of the triangle."""
    for i in range(v.size):
        if lobes < 0:
            x = min(max(v[i] / sigma, -1.0), 1.0)
            out[i] = gamma * sigma * (0.5 + x - 0.5 * x * abs(x))
        else:
            z = v[i] / (sigma * sqrt(2.0))
            wings = erf(z / 6 - sqrt(0.5) / 6) + erf(z / 6 + sqrt(0.5) / 6)
            out[i] = 0.5 * gamma * (1 - lobes + (1 + lobes) * erf(z) - lobes * wings)
