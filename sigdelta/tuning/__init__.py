"""Which neuron codes a signal best, at what cost, and where its law holds."""

from .curves import rate_distortion, validity
from .optimum import Tuning, tune

__all__ = ["Tuning", "rate_distortion", "tune", "validity"]
