"""From spikes back to signals."""

from .bandlimited import decode_bandlimited
from .density import Recoverable, RecoveryWarning, recoverable
from .lowpass import decode_lowpass
from .pulses import psp
from .streams import Decoder
from .wiener import decode_wiener, fit_wiener

__all__ = [
    "Decoder",
    "Recoverable",
    "RecoveryWarning",
    "decode_bandlimited",
    "decode_lowpass",
    "decode_wiener",
    "fit_wiener",
    "psp",
    "recoverable",
]
