"""Adam with a learning rate for every group of parameters."""

from fnmatch import fnmatch

import numpy as np


class Adam:
    """Steps down gradients, each divided by a running root mean square.

    Parameters
    ----------
    parameters : dict of str to ndarray
        Copied, and kept as float64 in ``parameters``.
    rate : float
        Learning rate; that of time constants is in units of `dt`.
    dt : float
        Time step in s.
    factors : dict of str to float
        By which a group's rate is multiplied, by a pattern such as ``hidden*.tau_*`` (the last that fits counts); 0: held fixed.
    clip : float
        The largest norm that all gradients together may have; longer ones are scaled.
    decay, square_decay, least : float
        Adam's beta_1, beta_2 and epsilon.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR (2015).

    Examples
    --------
    >>> adam = Adam({"a.bias": np.ones(1), "a.tau_m": np.ones(1)}, 0.1, dt=1e-3)
    >>> adam.step({"a.bias": np.ones(1), "a.tau_m": np.ones(1)})
    >>> {name: float(value[0].round(6)) for name, value in adam.parameters.items()}
    {'a.bias': 0.9, 'a.tau_m': 0.9999}
    """

    def __init__(self, parameters, rate, *, dt=1.0, factors=None, clip=np.inf, decay=0.9, square_decay=0.999, least=1e-8):
        self.parameters = {name: np.array(value, dtype=np.float64) for name, value in parameters.items()}
        self.rate, self.dt, self.clip, self.decays, self.least = rate, dt, clip, (decay, square_decay), least
        self.first = {name: np.zeros_like(value) for name, value in self.parameters.items()}
        self.second = {name: np.zeros_like(value) for name, value in self.parameters.items()}
        self.steps, self.factors = 0, {}
        for name in self.parameters:
            fits = [factor for pattern, factor in (factors or {}).items() if fnmatch(name, pattern)]
            self.factors[name] = fits[-1] if fits else 1.0

    @property
    def groups(self):
        """All that changes, for a checkpoint; beside the number of `steps`."""
        return {"parameters": self.parameters, "first": self.first, "second": self.second}

    def restore(self, groups, steps):
        """Go on from the `groups` and the number of steps of another."""
        self.parameters, self.first, self.second = (groups[name] for name in ("parameters", "first", "second"))
        self.steps = steps

    def step(self, gradients, scale=1.0):
        """Move every parameter; time constants stay at a tenth of a time step or above. `scale` multiplies all rates."""
        self.steps += 1
        norm = np.sqrt(sum(float(np.sum(np.square(gradients[name], dtype=np.float64))) for name in self.parameters))
        shrink, (a, b) = min(1.0, self.clip / norm) if norm > 0 else 1.0, self.decays
        for name, value in self.parameters.items():
            timed = ".tau" in name
            # the derivative by tau in units of dt
            gradient = shrink * gradients[name].astype(np.float64) * (self.dt if timed else 1.0)
            self.first[name] = a * self.first[name] + (1 - a) * gradient
            self.second[name] = b * self.second[name] + (1 - b) * gradient**2
            move = self.first[name] / (1 - a**self.steps) / (np.sqrt(self.second[name] / (1 - b**self.steps)) + self.least)
            value -= scale * self.rate * self.factors[name] * (self.dt if timed else 1.0) * move
            if timed:
                np.maximum(value, 0.1 * self.dt, out=value)
