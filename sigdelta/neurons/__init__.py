"""Neurons: parameters and their validation, no behaviour."""

from .biological import AdEx, Izhikevich
from .lif import LIF
from .modulators import AsyncSigmaDelta, SigmaDelta
from .noisy import NoisyLIF
from .response import AdaptiveLIF, MultiplicativeLIF, SpikeResponse

__all__ = [
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
