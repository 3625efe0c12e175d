"""How good a code is."""

from .errors import max_error, nrmse, rms_error, saturated_fraction, snr_db

__all__ = ["max_error", "nrmse", "rms_error", "saturated_fraction", "snr_db"]
