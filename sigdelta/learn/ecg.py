"""Waves of the heartbeat, named at every step of a level-crossing code (QT database)."""

from pathlib import Path

import numpy as np

from .losses import nll
from .srnn import SRNN
from .tasks import learn
from .training import Data, Settings

FOLDER = "../shared/data/qtdb"
WAVES = ("P", "PQ", "QR", "RS", "ST", "TP")
WARMUP, DT = 10, 1e-3
NETWORK = SRNN(4, (36,), 6, readout="spiking", surrogate="multi-gaussian", dt=DT)
# the hidden layer does not adapt; thresholds and adaptation strengths are given, time constants of the two layers learned faster
FACTORS = {"*.b0": 0.0, "*.beta": 0.0, "hidden0.tau_*": 15.0, "readout.tau_*": 10.0}


def ecg_data(folder=FOLDER):
    """Training and test sequences: events 0, 1 or -1 of four channels, and the wave of every step, -1 for the first ten.

    Parameters
    ----------
    folder : str or path
        With QTDB_train.mat and QTDB_test.mat, as distributed with B. Yin's Efficient-spiking-networks.

    Returns
    -------
    tuple of two Data
        618 and 141 sequences of 1301 steps. Steps of no wave, after the last one's end, count as the first class, as they did
        for the published figures.

    Raises
    ------
    OSError
        Files that are not there.
    """
    from scipy.io import loadmat

    parts = []
    for name in ("QTDB_train.mat", "QTDB_test.mat"):
        path = Path(folder) / name
        if not path.exists():
            raise FileNotFoundError(f"the ecg task needs {path}: give the folder of QTDB_train.mat and QTDB_test.mat as data")
        file = loadmat(path)
        labels = file["y"].transpose(1, 0, 2).argmax(-1)
        labels[:WARMUP] = -1
        parts.append(Data(file["x"].transpose(1, 0, 2).astype(np.float32), labels))
    return tuple(parts)


def published_ecg(folder=FOLDER, seed=0, sequences=141):
    """Published weights of the network, and a start: membranes and spikes at a uniform draw below the threshold, traces at it.

    References
    ----------
    B. Yin, F. Corradi, S. M. Bohte, ICONS (2020).
    """
    path = Path(folder) / "srnn_ecg_weights.npz"
    if not path.exists():
        raise FileNotFoundError(f"the published weights are not there: {path}")
    with np.load(path) as file:
        w = {name: file[name].astype(np.float64) for name in file}
    parameters, start, rng, b0 = {}, {}, np.random.default_rng(seed), 0.1
    names = (("hidden0", "i2h", "h", 0.0), ("readout", "h2o", "o", 1.8))
    for (layer, source, short, beta), n in zip(names, (36, 6), strict=True):
        parameters |= {f"{layer}.input": w[f"{source}_weight"], f"{layer}.bias": w[f"{source}_bias"]}
        parameters |= {f"{layer}.{tau}": DT * w[f"{tau}_{short}"] for tau in ("tau_m", "tau_adp")}
        parameters |= {f"{layer}.b0": np.full(n, b0), f"{layer}.beta": np.full(n, beta)}
        start[layer] = (b0 * rng.random((sequences, n)), b0, b0 * rng.random((sequences, n)))
    parameters["hidden0.recurrent"] = w["h2h_weight"]
    parameters["hidden0.bias"] = parameters["hidden0.bias"] + w["h2h_bias"]
    return parameters, start


def learn_ecg(seed=0, epochs=120, data=FOLDER, **options):
    """The ecg task: 36 recurrent neurons and a spiking readout; a tenth of the training sequences are kept for validation."""
    training, test = ecg_data(data)
    training, validation = training.split(0.1, seed)
    hidden = NETWORK.initial(seed, tau_m=20 * DT, tau_adp=7 * DT, b0=0.1, beta=0.0, tau_out=20 * DT, spread=0.25, gain=6.0,
                             recurrent_gain=3.0)  # fmt: skip
    adaptive = {"readout.tau_adp": np.full(6, 100 * DT), "readout.b0": np.full(6, 0.01), "readout.beta": np.full(6, 1.8)}
    settings = Settings(epochs=epochs, batch=16, rate=3e-2, factors=FACTORS, halve_every=35, clip=1.0, seed=seed)
    return learn("ecg", NETWORK, hidden | adaptive, nll, (training, validation, test), settings, **options)
