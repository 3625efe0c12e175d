"""Networks that learn to code."""

from .adam import Adam
from .codes import LearnedCode, at_rate, code_quality, learn_code, modulated_noise, search_code
from .coupled import LearnedPopulation, learn_population, population_at_rate, population_quality, search_population
from .digits import digits_data, learn_digits
from .ecg import ecg_data, learn_ecg, published_ecg
from .eprop import EProp, stored_gradients
from .evidence import learn_evidence
from .iris import learn_iris
from .losses import Loss, cross_entropy, mse, nll, spike_budget
from .modulated import learn_modulated_noise
from .pattern import learn_pattern
from .spikeprop import SpikeProp, fit
from .srnn import SRNN
from .tasks import Outcome, learn, outcome_json
from .training import Data, Learned, Settings, evaluate, train
from .xor import learn_xor

# each takes seed, epochs, checkpoint, resume and progress, and returns an Outcome; its first line of help is the task's
TASKS = {"code": learn_modulated_noise, "digits": learn_digits, "ecg": learn_ecg, "evidence": learn_evidence}
TASKS |= {"iris": learn_iris, "pattern": learn_pattern, "xor": learn_xor}

__all__ = [
    "SRNN", "TASKS", "Adam", "Data", "EProp", "Learned", "LearnedCode", "LearnedPopulation", "Loss", "Outcome",
    "Settings", "SpikeProp", "at_rate", "code_quality", "cross_entropy", "digits_data", "ecg_data", "evaluate", "fit",
    "learn", "learn_code", "learn_digits", "learn_ecg", "learn_evidence", "learn_iris", "learn_modulated_noise",
    "learn_pattern", "learn_population", "learn_xor", "modulated_noise", "mse", "nll", "outcome_json",
    "population_at_rate", "population_quality", "published_ecg", "search_code", "search_population", "spike_budget",
    "stored_gradients", "train",
]  # fmt: skip
