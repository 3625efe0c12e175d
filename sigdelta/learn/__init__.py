"""Networks that learn to code."""

from .adam import Adam
from .eprop import EProp, stored_gradients
from .losses import Loss, cross_entropy, mse, nll, spike_budget
from .pattern import learn_pattern
from .spikeprop import SpikeProp, fit
from .srnn import SRNN
from .training import Data, Learned, Settings, evaluate, train

__all__ = [
    "SRNN",
    "Adam",
    "Data",
    "EProp",
    "Learned",
    "Loss",
    "Settings",
    "SpikeProp",
    "cross_entropy",
    "evaluate",
    "fit",
    "learn_pattern",
    "mse",
    "nll",
    "spike_budget",
    "stored_gradients",
    "train",
]
