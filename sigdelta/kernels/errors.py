"""How far an approximation is from its signal."""

from math import inf, log10

from .jit import jit


@jit
def error_stats(y, y_hat):
    """Mean square and largest magnitude of y - y_hat, and the variance of y."""
    square = largest = total = spread = 0.0
    for k in range(y.size):
        error = y[k] - y_hat[k]
        square += error * error
        largest = max(largest, abs(error))
        total += y[k]
    mean = total / y.size
    for k in range(y.size):
        spread += (y[k] - mean) ** 2
    return square / y.size, largest, spread / y.size


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
