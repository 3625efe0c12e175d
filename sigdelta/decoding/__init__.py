"""From spikes back to signals."""

from .lowpass import LowpassDecoder, decode_lowpass
from .pulses import psp

__all__ = ["LowpassDecoder", "decode_lowpass", "psp"]
