"""How good a code is."""

from .alignment import best_delay, lowpassed
from .converter import SineFit, enob, fit_sine, sfdr_db, sinad_db
from .distances import van_rossum, victor_purpura
from .errors import max_error, nrmse, rms_error, snr_db
from .information import channel_capacity, discrete_information, information_rate
from .noise import inband_noise, noise_spectrum
from .statistics import IntervalStatistics, interval_statistics, saturated_fraction, silent_fraction, spikes_per_nyquist_interval

__all__ = [
    "IntervalStatistics",
    "SineFit",
    "best_delay",
    "channel_capacity",
    "discrete_information",
    "enob",
    "fit_sine",
    "inband_noise",
    "information_rate",
    "interval_statistics",
    "lowpassed",
    "max_error",
    "noise_spectrum",
    "nrmse",
    "rms_error",
    "saturated_fraction",
    "sfdr_db",
    "silent_fraction",
    "sinad_db",
    "snr_db",
    "spikes_per_nyquist_interval",
    "van_rossum",
    "victor_purpura",
]
