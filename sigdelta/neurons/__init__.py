"""Neurons: parameters and their validation, no behaviour."""

from .lif import LIF
from .response import AdaptiveLIF, MultiplicativeLIF, SpikeResponse

__all__ = ["LIF", "AdaptiveLIF", "MultiplicativeLIF", "SpikeResponse"]
