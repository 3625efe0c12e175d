"""Derivatives of a spike that stand in for the one that it does not have."""

from math import exp, factorial, log, pi, sqrt

import numpy as np

SURROGATES = ("gaussian", "multi-gaussian", "triangular")


def smooth_shape(network):
    """The surrogate as `kernels.surrogates.smooth_spikes` wants it: gamma, sigma and lobes, negative lobes being the triangle."""
    return np.array([network.gamma, network.sigma, _lobes(network)])


def surrogate_shape(network, dtype):
    """The surrogate as `kernels.surrogates.surrogates` wants it: shape and series, of the type of the membrane."""
    single, h, sigma, fraction = dtype == np.float32, _lobes(network), network.sigma, np.finfo(dtype).nmant
    if h < 0:
        shape = (network.gamma, network.gamma / sigma, 0, 0, 0, 0)
    else:
        # E is a Gaussian as wide as the lobes, 6 sigma: 72 sigma away e^-72 is left of it, and of the cosh beside it cosh(2)
        peak = network.gamma / (sigma * sqrt(2 * pi))
        widths = 1 / (72 * sigma**2 * log(2)), 1 / (36 * sigma), 72 * sigma
        shape = ((1 + h) * peak, h * peak / 3 * exp(-1 / 72), *widths, 1.5 * 2**fraction)
    # of cosh few are needed, E = exp(-18 x) being beside it: what term n leaves is at most (n / 18 e)^n / (2 n)!
    terms = (7, 3) if single else (15, 7)
    series = [log(2) ** i / factorial(i) for i in range(terms[0])], [1 / factorial(2 * i) for i in range(terms[1])]
    return tuple(dtype.type(each) for each in shape), tuple(tuple(dtype.type(each) for each in reversed(one)) for one in series)


def _lobes(network):
    return {"gaussian": 0.0, "multi-gaussian": network.lobes, "triangular": -1.0}[network.surrogate]
