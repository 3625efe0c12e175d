"""How good a code is."""

from .errors import max_error, nrmse, rms_error, saturated_fraction, snr_db
from .information import channel_capacity, discrete_information, information_rate

__all__ = [
    "channel_capacity",
    "discrete_information",
    "information_rate",
    "max_error",
    "nrmse",
    "rms_error",
    "saturated_fraction",
    "snr_db",
]
