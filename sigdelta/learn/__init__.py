"""Networks that learn to code."""

from .adam import Adam
from .losses import Loss, cross_entropy, mse, nll, spike_budget
from .srnn import SRNN
from .training import Data, Learned, Settings, evaluate, train

__all__ = [
    "SRNN",
    "Adam",
    "Data",
    "Learned",
    "Loss",
    "Settings",
    "cross_entropy",
    "evaluate",
    "mse",
    "nll",
    "spike_budget",
    "train",
]
