"""Closed forms: what a neuron's code can do, before any simulation. `closed_forms` puts them into one table."""

from .bounds import dynamic_range_db, error_bound, error_law, saturation_onset, silence_threshold
from .firing import firing_interval, firing_rate, published_transfer, rate_bias, steady_state
from .noise import clocked_noise, leak_law, sideband_noise, sideband_spectrum, time_grid_noise, time_grid_step
from .recovery import recovery_iterations, recovery_rate
from .summary import ClosedForm, closed_forms

__all__ = [
    "ClosedForm",
    "clocked_noise",
    "closed_forms",
    "dynamic_range_db",
    "error_bound",
    "error_law",
    "firing_interval",
    "firing_rate",
    "leak_law",
    "published_transfer",
    "rate_bias",
    "recovery_iterations",
    "recovery_rate",
    "saturation_onset",
    "sideband_noise",
    "sideband_spectrum",
    "silence_threshold",
    "steady_state",
    "time_grid_noise",
    "time_grid_step",
]
