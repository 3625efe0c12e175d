"""Reading and writing signals, spikes and results; what is written is whole or not there."""

import json
import os
import struct
import tempfile
import zlib
from contextlib import contextmanager
from dataclasses import fields
from math import ceil, isfinite
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np
import xarray as xr

from . import checks
from .filters import WienerFilter
from .formats import READERS, binary, text
from .formats.table import choose
from .spikes import SpikeTrain

SIGNALS, SPIKES, RESULTS = (".wav", ".npy", ".npz", ".csv", ".tsv"), (".npz", ".csv"), (".nc", ".csv", ".json")
# what readers raise on files that are not what their names say
DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    OSError,
    EOFError,
    RuntimeError,
    struct.error,
    BadZipFile,
    zlib.error,
)


class Recording(NamedTuple):
    """A signal: x of shape (n,) or (channels, n), fs in Hz, units, name, and the recorded neuron's SpikeTrain or None."""

    x: np.ndarray
    fs: float
    units: str
    name: str
    spikes: SpikeTrain | None


def load(path, channel=None, fs=None, start=None, stop=None):
    """Read a signal file: WAV, NPY, NPZ, CSV, TSV; with the `io` extra FLAC, OGG, AU (µ-law), EDF, HDF5.

    Parameters
    ----------
    path : str or path
        The ending says the format. Integer sound is read as -1 ... 1; arrays are (channels, n); text has a column a channel, and
        may have one of time stamps (named time or t, or the first of several without names that increases), which give fs.
    channel : int or str, optional
        One channel, by number (-1: the last) or by label; all of them if not given.
    fs : float, optional
        Rate in Hz, for files that hold none.
    start, stop : float, optional
        The part to take, in s from the beginning of the file.

    Returns
    -------
    Recording
        ``x`` of shape (n,) where there is one channel, else (channels, n).

    Raises
    ------
    OSError, ValueError, TypeError, ImportError
        A file that is missing, unreadable, damaged or empty, an unknown format or channel, no rate or one that differs from
        `fs`, irregular time stamps, samples that are not finite, less than two samples, an extra that is not installed.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> path = tempfile.mkdtemp() + "/lab.csv"
    >>> sd.save([0.0, 1.0, 0.5], path, fs=100.0)
    >>> sd.load(path).x, sd.load(path).fs
    (array([0. , 1. , 0.5]), 100.0)
    """
    path = Path(path)
    suffix = _suffix(path, READERS, "signal", read=True)
    with _naming(path):
        table = READERS[suffix](path)
        if channel is not None:
            table = choose(table, channel)
        if len({(np.size(column), rate) for column, rate in zip(table.channels, table.rates, strict=True)}) > 1:
            raise ValueError(f"its channels differ in rate or length: choose one with channel, of {', '.join(table.labels)}")
        rate = _one_rate(table.rates[0], fs)
        x = _enough(np.stack(table.channels) if len(table.channels) > 1 else np.asarray(table.channels[0]))
        cut = excerpt(Recording(x, rate, table.units[0], table.name or path.name, None), start, stop)
        return cut._replace(x=checks.signal(_enough(cut.x)).copy())


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


def load_spikes(path):
    """Read the SpikeTrain that `save` wrote to an .npz or .csv file.

    Parameters
    ----------
    path : str or path
        NPZ with the fields of SpikeTrain, or CSV: ``time_s,height`` under ``# start=``, ``# stop=`` and ``# tau_m=`` (or
        ``# kernel=weight:tau;weight:tau``).

    Returns
    -------
    SpikeTrain

    Raises
    ------
    OSError, ValueError, TypeError
        A file that is missing, damaged or no spike train.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> path = tempfile.mkdtemp() + "/spikes.csv"
    >>> sd.save(sd.SpikeTrain([0.25], [-1.0], 0.0, 1.0, ((1.0, 20e-3),)), path)
    >>> sd.load_spikes(path)
    <SpikeTrain: 1 spikes in [0, 1) s, 1 Hz>
    """
    path = Path(path)
    suffix = _suffix(path, SPIKES, "spike", read=True)
    with _naming(path):
        if suffix == ".npz":
            return SpikeTrain(**_npz_fields(path, SpikeTrain, "spike train"))
        return text.read_spikes(path)


def load_wiener(path):
    """Read the WienerFilter that `save` wrote to an .npz file.

    Raises
    ------
    OSError, ValueError, TypeError
        A file that is missing, damaged or no Wiener filter.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> path = tempfile.mkdtemp() + "/filter.npz"
    >>> sd.save(sd.WienerFilter([0.5, 1.0, 0.5], 0.0, 1, 100.0, ((1.0, 20e-3),), 1e-6, 0.0, 10.0, 200), path)
    >>> sd.load_wiener(path)
    <WienerFilter: 3 taps at 100 Hz, 0.01 s ahead, fitted on 200 spikes in [0, 10) s>
    """
    path = Path(path)
    _suffix(path, (".npz",), "filter", read=True)
    with _naming(path):
        return WienerFilter(**_npz_fields(path, WienerFilter, "Wiener filter"))


def load_result(path):
    """Read the xarray.Dataset of a sweep from the .nc file that `save` wrote.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> path = tempfile.mkdtemp() + "/sweep.nc"
    >>> sd.save(sd.sweep([0.0, 1.0, 0.0], 10.0, sd.LIF(), threshold=[0.1, 0.2]), path)
    >>> sd.load_result(path).threshold.values
    array([0.1, 0.2])
    """
    path = Path(path)
    _suffix(path, (".nc",), "result", read=True)
    with _naming(path):
        return xr.load_dataset(path, engine="scipy")


def save(what, path, fs=None):
    """Write a signal, spikes or a result; an existing file is replaced at once, when the new one is complete.

    Parameters
    ----------
    what : Recording, array_like, SpikeTrain, WienerFilter or xarray.Dataset
        A signal goes to .wav (float32), .npy, .npz, .csv, .tsv; spikes to .npz, .csv; a filter to .npz; a result to .nc,
        .csv, .json.
    path : str or path
        The ending says the format.
    fs : float, optional
        Rate in Hz of a plain array.

    Raises
    ------
    OSError, ValueError, TypeError
        A folder that is missing, a full disk, an unknown format, a rate that is missing or that WAV cannot hold.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> sd.save(sd.recording("ecg"), tempfile.mkdtemp() + "/ecg.wav")
    """
    path = Path(path)
    if isinstance(what, SpikeTrain):
        suffix = _suffix(path, SPIKES, "spike")
    elif isinstance(what, WienerFilter):
        suffix = _suffix(path, (".npz",), "filter")
    elif isinstance(what, xr.Dataset):
        suffix = _suffix(path, RESULTS, "result")
    else:
        suffix = _suffix(path, SIGNALS, "signal")
        what = what if isinstance(what, Recording) else Recording(what, fs, "", path.stem, None)
        what = what._replace(x=checks.signal(what.x))
        if suffix != ".npy":
            what = what._replace(fs=checks.number("fs", _one_rate(what.fs, fs)))
    with replacing(path) as temporary:
        if suffix == ".wav":
            binary.write_wav(temporary, what.x, what.fs)
        elif suffix == ".npy":
            np.save(temporary, what.x)
        elif suffix == ".npz":
            named = dict(zip(what._fields, what[:4], strict=False)) if isinstance(what, Recording) else vars(what)
            np.savez(temporary, **named)
        elif suffix == ".nc":
            what.to_netcdf(temporary, engine="scipy")
        else:
            Path(temporary).write_text(to_text(what, suffix[1:]), encoding="utf-8")


@contextmanager
def replacing(path):
    """Context that gives a temporary name beside `path`, and renames it at the end; on an error, no trace stays."""
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory: give the name of a file")
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(f"{path} may not be written")
    if path.exists() and not path.is_file():
        yield str(path)
        return
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise type(error)(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, path.stat().st_mode if path.exists() else 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        raise type(error)(f"{path} could not be written: {error.strerror or error}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def to_text(what, form):
    """A SpikeTrain, Recording (csv, tsv) or Dataset (csv, json) as text, to the last bit; in JSON nan and inf are null.

    Examples
    --------
    >>> import sigdelta as sd
    >>> print(sd.files.to_text(sd.SpikeTrain([0.25], [-1.0], 0.0, 1.0, ((1.0, 20e-3),)), "csv"))
    # start=0.0
    # stop=1.0
    # tau_m=0.02
    time_s,height
    0.25,-1.0
    <BLANKLINE>
    """
    if isinstance(what, SpikeTrain):
        return text.write_spikes(what)
    if not isinstance(what, xr.Dataset):
        return text.write_signal(*what[:4], "\t" if form == "tsv" else ",")
    if form == "json":
        return json.dumps(_strict(what.to_dict()), allow_nan=False, indent=1) + "\n"
    names = [*what.dims, *(name for name in what.coords if name not in what.dims), *what.data_vars]
    return text.join(what.attrs, names, [each.values.ravel().tolist() for each in xr.broadcast(*(what[name] for name in names))])


def _npz_fields(path, kind, name):
    """The fields of a dataclass in an .npz file, numbers as such."""
    with np.load(path, allow_pickle=False) as file:
        missing = {each.name for each in fields(kind)} - set(file)
        if missing:
            raise ValueError(f"is no {name}: it lacks {', '.join(sorted(missing))}")
        return {key: value.item() if value.ndim == 0 else value for key, value in dict(file).items()}


def _suffix(path, known, kind, read=False):
    """The ending of a file's name, which must be known; a file to read must hold something."""
    if read:
        with open(path, "rb") as file:
            if not file.read(1):
                raise ValueError(f"{path} is empty")
    suffix = path.suffix.lower()
    if suffix not in known:
        raise ValueError(f"{path}: a {kind} file must end in {', '.join(known)}, not {suffix!r}")
    return suffix


def _enough(x):
    if x.shape[-1] < 2:
        raise ValueError(f"holds {x.shape[-1]} sample(s): at least 2 are needed")
    return x


def _one_rate(inside, given):
    """The rate of the file, or the one given; they must not differ."""
    given = None if given is None else checks.number("fs", given)
    if inside is None and given is None:
        raise ValueError("fs is not known: give fs, the sampling rate in Hz")
    if inside is not None and given is not None and abs(inside - given) > 1e-9 * given:
        raise ValueError(f"fs is {inside:g} Hz here: it cannot be fs={given:g}")
    return checks.number("fs", given if inside is None else inside)


@contextmanager
def _naming(path):
    """Every complaint about the content of a file begins with its name."""
    try:
        yield
    except DAMAGE as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{path}: {error}") from error


def _strict(value):
    if isinstance(value, dict):
        return {key: _strict(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
