"""From spikes back to signals."""

from .bandlimited import BandlimitedDecoder, decode_bandlimited
from .density import Recoverable, RecoveryWarning, recoverable
from .pulses import psp

__all__ = ["BandlimitedDecoder", "Recoverable", "RecoveryWarning", "decode_bandlimited", "psp", "recoverable"]
