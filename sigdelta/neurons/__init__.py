"""Neurons: parameters and their validation, no behaviour."""

from math import inf

from .biological import AdEx, Izhikevich
from .lif import LIF
from .modulators import AsyncSigmaDelta, SigmaDelta
from .noisy import NoisyLIF
from .response import AdaptiveLIF, MultiplicativeLIF, SpikeResponse

__all__ = [
    "FAMILY",
    "LIF",
    "AdEx",
    "AdaptiveLIF",
    "AsyncSigmaDelta",
    "Izhikevich",
    "MultiplicativeLIF",
    "NoisyLIF",
    "SigmaDelta",
    "SpikeResponse",
]

FAMILY = {
    "lif": LIF,
    "adaptive": AdaptiveLIF,
    "multiplicative": MultiplicativeLIF,
    "response": SpikeResponse,
    "noisy": NoisyLIF,
    "adex": AdEx,
    "izhikevich": Izhikevich,
    "async-sigma-delta": AsyncSigmaDelta,
    "sigma-delta": SigmaDelta,
}


def potential_units(neuron, units):
    """Units of a neuron's potential, and so of its threshold and error, for a signal in `units`.

    They are its own, or the signal's; where it integrates a current without a leak, those by seconds.
    """
    own = getattr(neuron, "y_units", None)
    pure = getattr(neuron, "drive", None) == "current" and getattr(neuron, "tau_m", None) == inf
    return own or (f"{units}·s" if units and pure else units)
