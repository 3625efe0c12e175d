"""Neurons: parameters and their validation, no behaviour."""

from .lif import LIF

__all__ = ["LIF"]
