"""From spikes back to signals."""

from .pulses import psp
from .streams import Decoder

__all__ = ["Decoder", "psp"]
