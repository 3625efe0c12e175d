"""A recording, and what reading and writing share."""

from math import ceil
from typing import NamedTuple

import numpy as np

from .. import checks, mapped
from ..spikes import SpikeTrain

SIGNALS, SPIKES, RESULTS = (".wav", ".npy", ".npz", ".csv", ".tsv"), (".npz", ".csv"), (".nc", ".csv", ".json")
# of what `save` writes of a sweep; results without a number are older, and differ in nothing that is read
RESULT_FORMAT = 1
# marks floats that are whole numbers, in files that hold no large ones
WHOLE = "whole_numbers"


class Recording(NamedTuple):
    """A signal: x of shape (n,) or (channels, n), fs in Hz, units, name, and the recorded neuron's SpikeTrain or None."""

    x: np.ndarray
    fs: float
    units: str
    name: str
    spikes: SpikeTrain | None


def excerpt(recording, start=None, stop=None):
    """The part of a Recording from `start` to `stop`, in s from its beginning; a stop beyond its end means the end.

    Recorded spikes keep their times; the window of their train says where the part begins.

    Examples
    --------
    >>> import sigdelta as sd
    >>> sd.files.excerpt(sd.recording("ecg"), 1.0, 3.0).x.size
    720
    """
    x, fs, spikes = recording.x, recording.fs, recording.spikes
    n = x.shape[-1]
    start = 0.0 if start is None else checks.number("start", start, open_low=False)
    stop = n / fs if stop is None else checks.number("stop", stop, finite=False)
    if start >= min(stop, n / fs):
        raise ValueError(f"start {start:g} s must be before stop {stop:g} s and before the end, {n / fs:g} s")
    first, last = (min(ceil(edge * fs - 1e-6), n) for edge in (start, min(stop, n / fs)))
    if first == last:
        raise ValueError(f"there is no sample from start {start:g} s to stop {stop:g} s: samples stand {1 / fs:g} s apart")
    if spikes is not None and (first, last) != (0, n):
        spikes = spikes[spikes.start + first / fs : spikes.start + last / fs]
    return recording._replace(x=x[..., first:last], spikes=spikes)


def scaled(recording, gain=1.0, offset=0.0):
    """The Recording whose signal is gain * x + offset; one that lives in a file goes into another, without a name.

    Examples
    --------
    >>> import sigdelta as sd
    >>> ecg = sd.recording("ecg")
    >>> bool((sd.files.scaled(ecg, 2.0, 1.0).x == 2.0 * ecg.x + 1.0).all())
    True
    """
    x, gain = recording.x, checks.number("gain", gain, low=-np.inf)
    offset = checks.number("offset", offset, low=-np.inf)
    if mapped.root(x) is None:
        x = gain * np.asarray(x, dtype=np.float64) + offset
    else:
        x = mapped.spooled(list(np.atleast_2d(x)), lambda piece: gain * piece + offset).reshape(x.shape)
    return recording._replace(x=x)


def suffix_of(path, known, kind, read=False):
    """The ending of a file's name, which must be known; a file to read must hold something."""
    if read:
        with open(path, "rb") as file:
            if not file.read(1):
                raise ValueError(f"{path} is empty")
    suffix = path.suffix.lower()
    if suffix not in known:
        raise ValueError(f"{path}: a {kind} file must end in {', '.join(known)}, not {suffix!r}")
    return suffix


def one_rate(inside, given):
    """The rate of the file, or the one given; they must not differ."""
    given = None if given is None else checks.number("fs", given)
    if inside is None and given is None:
        raise ValueError("fs is not known: give fs, the sampling rate in Hz")
    if inside is not None and given is not None and abs(inside - given) > 1e-9 * given:
        raise ValueError(f"fs is {inside:g} Hz here: it cannot be fs={given:g}")
    return checks.number("fs", given if inside is None else inside)
