"""How far an approximation is from its signal."""

from math import inf, log10

import numpy as np

from .jit import jit


@jit
def add_errors(y, y_hat, sums):
    """Add samples to `sums`: their number, the squares of y - y_hat, its largest magnitude, and of y the mean and the spread.

    The spread is the sum of (y - mean)^2; those of two parts are joined as by Chan, Golub and LeVeque (1983).
    """
    n, square, largest, mean, spread = sums
    total = around = 0.0
    for k in range(y.size):
        error = y[k] - y_hat[k]
        square += error * error
        largest = max(largest, abs(error))
        total += y[k]
    center = total / y.size
    for k in range(y.size):
        around += (y[k] - center) ** 2
    apart, share = center - mean, y.size / (n + y.size)
    sums[:] = n + y.size, square, largest, mean + share * apart, spread + around + n * share * apart**2


@jit
def error_stats(y, y_hat):
    """Mean square and largest magnitude of y - y_hat, and the variance of y."""
    sums = np.zeros(5)
    add_errors(y, y_hat, sums)
    n, square, largest, _, spread = sums
    return square / n, largest, spread / n


@jit
def decibels(signal, noise):
    """10 log10(signal / noise) of two powers: inf without noise, -inf without signal."""
    if noise == 0.0:
        return inf
    return 10.0 * log10(signal / noise) if signal > 0.0 else -inf


@jit
def snr(y, y_hat):
    """Variance of y over the mean square of y - y_hat, in dB."""
    square, _, spread = error_stats(y, y_hat)
    return decibels(spread, square)
