"""Networks that learn to code."""

from .srnn import SRNN

__all__ = ["SRNN"]
