"""Networks that learn to code."""

from .adam import Adam
from .codes import LearnedCode, at_rate, code_quality, learn_code, learn_modulated_noise, modulated_noise, search_code
from .digits import digits_data, learn_digits
from .ecg import ecg_data, learn_ecg, published_ecg
from .losses import Loss, cross_entropy, mse, nll, spike_budget
from .srnn import SRNN
from .tasks import Outcome, learn, outcome_json
from .training import Data, Learned, Settings, evaluate, train

# each takes seed, epochs, checkpoint, resume and progress, and returns an Outcome; its first line of help is the task's
TASKS = {"code": learn_modulated_noise, "digits": learn_digits, "ecg": learn_ecg}

__all__ = [
    "SRNN", "TASKS", "Adam", "Data", "Learned", "LearnedCode", "Loss", "Outcome", "Settings", "at_rate", "code_quality",
    "cross_entropy", "digits_data", "ecg_data", "evaluate", "learn", "learn_code", "learn_digits", "learn_ecg",
    "learn_modulated_noise", "modulated_noise", "mse", "nll", "outcome_json", "published_ecg", "search_code", "spike_budget",
    "train",
]  # fmt: skip
