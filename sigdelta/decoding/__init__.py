"""From spikes back to signals."""

from .lowpass import LowpassDecoder, decode_lowpass
from .pulses import psp
from .wiener import decode_wiener, fit_wiener

__all__ = ["LowpassDecoder", "decode_lowpass", "decode_wiener", "fit_wiener", "psp"]
