"""From spikes back to signals."""

from .lowpass import decode_lowpass
from .pulses import psp
from .streams import Decoder
from .wiener import decode_wiener, fit_wiener

__all__ = ["Decoder", "decode_lowpass", "decode_wiener", "fit_wiener", "psp"]
