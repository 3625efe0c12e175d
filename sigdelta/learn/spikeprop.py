"""SpikeProp: networks in which every neuron fires once, and learns when."""

from dataclasses import dataclass

import numpy as np

from .. import checks
from ..kernels.spikeprop import fire, fire_back


@dataclass(frozen=True)
class SpikeProp:
    """Layers of neurons that code by the time of a single spike, solved for exactly, and the exact gradients of these times.

    Every connection is a bundle of synapses with a delay and a weight each. A spike that arrives adds w (exp(-s / tau_m) -
    exp(-2 s / tau_m)) to the potential, s after its arrival, and a neuron fires when its potential first reaches the threshold.

    Parameters
    ----------
    sizes : tuple of int
        Neurons of each layer, inputs first.
    delays : tuple of float
        Of the synapses of every connection, in s.
    tau_m : float
        In s; the rise has the time constant tau_m / 2, which makes spike times roots of a quadratic.
    threshold : float

    References
    ----------
    S. M. Bohte, J. N. Kok, H. La Poutre, "Error-backpropagation in temporally encoded networks of spiking neurons", Neurocomputing 48,
    17 (2002).

    Examples
    --------
    >>> network = SpikeProp(sizes=(2, 1), delays=(0.0,))
    >>> firing = network.run([np.full((1, 2, 1), 3.0)], [[0.0, 1e-3]])
    >>> firing.outputs.round(6)
    array([[0.001018]])
    """

    sizes: tuple
    delays: tuple = tuple(k * 1e-3 for k in range(1, 17))
    tau_m: float = 4e-3
    threshold: float = 1.0

    def __post_init__(self):
        sizes = tuple(checks.whole("sizes", size, 1) for size in self.sizes)
        if len(sizes) < 2:
            raise ValueError(f"sizes must name at least an input and an output layer, not {sizes}")
        delays = tuple(checks.number("delays", delay, open_low=False) for delay in self.delays)
        if not delays:
            raise ValueError("delays is empty: a connection needs at least one")
        values = {"tau_m": checks.number("tau_m", self.tau_m), "threshold": checks.number("threshold", self.threshold)}
        for name, value in (values | {"sizes": sizes, "delays": delays}).items():
            object.__setattr__(self, name, value)
