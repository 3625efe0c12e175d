"""From spikes back to signals."""

from .pulses import psp

__all__ = ["psp"]
