"""Handwritten digits, read row by row."""

import numpy as np

from .losses import cross_entropy
from .srnn import SRNN
from .tasks import learn
from .training import Data, Settings

HOLD, DT = 4, 1e-3
NETWORK = SRNN(8, (64,), 10, surrogate="multi-gaussian", dt=DT)


def digits_data(hold=HOLD, seed=0):
    """Training, validation and test images of 8 x 8: each row of 8 grey values, from 0 to 1, is held for `hold` steps.

    Returns
    -------
    tuple of three Data
        1077, 270 and 450 sequences of 8 hold steps, and a digit each.

    Raises
    ------
    ImportError
        Without the `learn` extra.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("digits come with scikit-learn: pip install 'sigdelta[learn]'") from error
    images, labels = load_digits(return_X_y=True)
    x = np.repeat(images.reshape(-1, 8, 8).transpose(1, 0, 2) / 16, hold, axis=0).astype(np.float32)
    rest, test = Data(x, labels).split(0.25, seed)
    training, validation = rest.split(0.2, seed)
    return training, validation, test


def learn_digits(seed=0, epochs=40, fixed=False, **options):
    """The digits task: 64 recurrent neurons, whose time constants are learned, or `fixed` at where they start."""
    parameters = NETWORK.initial(seed, tau_m=5 * DT, tau_adp=20 * DT, b0=0.1, beta=1.8, tau_out=10 * DT, gain=10.0,
                                 recurrent_gain=3.0)  # fmt: skip
    factors = {"*.b0": 0.0, "*.beta": 0.0, "*.tau_*": 0.0 if fixed else 10.0}
    settings = Settings(epochs=epochs, batch=64, rate=1e-2, factors=factors, halve_every=25, clip=1.0, seed=seed)
    return learn("digits", NETWORK, parameters, cross_entropy, digits_data(seed=seed), settings, **options)
