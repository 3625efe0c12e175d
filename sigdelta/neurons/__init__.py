"""Neurons: parameters and their validation, no behaviour."""

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
