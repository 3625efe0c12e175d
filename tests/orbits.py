"""Slow references in continuous time: one period of spikes under 1 + 2 Re sum x_k exp(2 pi i k t), t in s, k = 1 ... BAND."""

import numpy as np
from scipy.optimize import brentq

BAND = 20
HARMONICS = np.arange(1, BAND + 1)


def modulated(phases, depth=0.5):
    """Coefficients x_k of A sum cos(2 pi k t + phases[k]), A such that the largest modulation is `depth`; phases (..., BAND)."""
    waves = np.exp(1j * np.asarray(phases)) @ np.exp(2j * np.pi * np.outer(HARMONICS, np.arange(4096) / 4096))
    return depth / np.abs(waves.real).max(-1)[..., None] * np.exp(1j * np.asarray(phases)) / 2


def at(x_k, t):
    """Sum of the waves 2 Re x_k exp(2 pi i k t) at the times t; x_k (..., BAND) with t (..., n)."""
    wave, turn = np.exp(2j * np.pi * t), 1.0
    total = 0.0
    for k in HARMONICS:
        turn = turn * wave
        total = total + 2 * (x_k[..., k - 1, None] * turn).real
    return total


def ideal_orbit(n, x_k):
    """Spike times of an ideal integrator, (..., n): where the integral of the drive from 0 is (i + 1/2) / n.

    Newton's iteration on the closed form, bisection where it would leave the bracket.
    """
    integral_k = x_k / (2j * np.pi * HARMONICS)
    goal = (np.arange(n) + 0.5) / n + at(integral_k, np.zeros(1))
    t = np.broadcast_to((np.arange(n) + 0.5) / n, goal.shape).copy()
    low, high = t - 0.5, t + 0.5
    for _ in range(60):
        beyond = t + at(integral_k, t) - goal
        low, high = np.where(beyond < 0, t, low), np.where(beyond > 0, t, high)
        step = beyond / (1 + at(x_k, t))
        t = np.where((t - step >= low) & (t - step <= high), t - step, (low + high) / 2)
        if np.abs(step).max() < 1e-15:
            return t
    raise ArithmeticError("Newton's iteration does not settle")


def lif_orbit(n, x_k, tau):
    """Threshold and times of a half-firing LIF under current drive that fires n times a period and closes on itself.

    Spike after spike from the periodic potential, in closed form; the threshold is found by shooting.
    """
    y_k = 2 * x_k / (1 + 2j * np.pi * HARMONICS * tau)
    slope_k = 2j * np.pi * HARMONICS * y_k

    def shoot(threshold):
        times = [0.0]
        wait = threshold * tau
        for _ in range(n):
            last = times[-1]
            heard = 1 + (np.exp(2j * np.pi * HARMONICS * last) @ y_k).real + threshold / 2
            for _ in range(50):
                turns, decayed = np.exp(2j * np.pi * HARMONICS * (last + wait)), heard * np.exp(-wait / tau)
                step = (1 + (turns @ y_k).real - decayed - threshold / 2) / ((turns @ slope_k).real + decayed / tau)
                wait -= step
                if abs(step) < 1e-15:
                    break
            else:
                raise ArithmeticError("Newton's iteration does not settle")
            times.append(last + wait)
        return np.array(times)

    threshold = brentq(lambda each: shoot(each)[-1] - 1, 0.97 / (n * tau), 1.03 / (n * tau), xtol=1e-17, rtol=1e-15)
    return threshold, shoot(threshold)[:-1]


def coefficients(times, area, harmonics=HARMONICS):
    """Fourier coefficients at the harmonics of 1 Hz of one period of pulses of that area; times (..., n)."""
    return area * np.exp(-2j * np.pi * np.asarray(harmonics) * times[..., None]).sum(-2)


def decibels(x_k, c_k):
    """SNR of coefficients against the signal's, over the last axis."""
    return 10 * np.log10((np.abs(x_k) ** 2).sum(-1) / (np.abs(c_k - x_k) ** 2).sum(-1))
