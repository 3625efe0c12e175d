"""Reading signals, spikes and results; what is wrong with a file is told under its name."""

import struct
import zlib
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import xarray as xr

from .. import checks, mapped
from ..filters import WienerFilter
from ..formats import READERS, text
from ..formats.table import choose
from ..spikes import SpikeTrain
from .recordings import RESULT_FORMAT, SPIKES, WHOLE, Recording, excerpt, one_rate, suffix_of

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
        ``x`` of shape (n,) where there is one channel, else (channels, n). From 32 MB on a WAV or NPY file is mapped rather
        than read, and ``x`` cannot be written to; samples that are not float64 there are converted into a temporary file.

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
    suffix = suffix_of(path, READERS, "signal", read=True)
    with _naming(path):
        table = READERS[suffix](path)
        if channel is not None:
            table = choose(table, channel)
        if len({(np.size(column), rate) for column, rate in zip(table.channels, table.rates, strict=True)}) > 1:
            raise ValueError(f"its channels differ in rate or length: choose one with channel, of {', '.join(table.labels)}")
        rate = one_rate(table.rates[0], fs)
        x = _enough(_together(table.channels))
        cut = excerpt(Recording(x, rate, table.units[0], table.name or path.name, None), start, stop)
        x = checks.stored_signal(_enough(cut.x))
        return cut._replace(x=x.copy() if mapped.root(x) is None else x)


def _together(channels):
    """Arrays of one length as one float64 array, (n,) or (channels, n), that is not in memory if they are not."""
    if mapped.root(channels[0]) is None:
        return np.stack(channels) if len(channels) > 1 else np.asarray(channels[0])
    for channel in channels:
        checks.real("x", channel, (1,))
    if len(channels) == 1 and channels[0].dtype == np.float64 and channels[0].flags.c_contiguous:
        return channels[0]
    x = mapped.spooled(channels)
    return x if len(channels) > 1 else x[0]


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
    suffix = suffix_of(path, SPIKES, "spike", read=True)
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
    suffix_of(path, (".npz",), "filter", read=True)
    with _naming(path):
        return WienerFilter(**_npz_fields(path, WienerFilter, "Wiener filter"))


def load_result(path):
    """Read the xarray.Dataset of a sweep from the .nc file that `save` wrote, of this version or an older one.

    Raises
    ------
    OSError, ValueError
        A file that is missing, damaged, no NetCDF, or of a newer format than this version knows.

    Examples
    --------
    >>> import tempfile, sigdelta as sd
    >>> path = tempfile.mkdtemp() + "/sweep.nc"
    >>> sd.save(sd.sweep([0.0, 1.0, 0.0], 10.0, sd.LIF(), threshold=[0.1, 0.2]), path)
    >>> sd.load_result(path).threshold.values
    array([0.1, 0.2])
    """
    path = Path(path)
    suffix_of(path, (".nc",), "result", read=True)
    with _naming(path):
        try:
            result = xr.load_dataset(path, engine="scipy")
        except TypeError:
            raise ValueError("is no NetCDF file of version 3, as `save` writes") from None
        except (IndexError, ValueError) as error:
            raise ValueError("is damaged, or was cut off: it takes a whole copy") from error
        there = int(result.attrs.get("format", 0))
        if there > RESULT_FORMAT:
            version = result.attrs.get("sigdelta_version", "a newer version")
            raise ValueError(f"was written by sigdelta {version} in format {there}: this version reads up to {RESULT_FORMAT}")
        if not result.variables:
            raise ValueError("holds no result")
        return _widened(result)


def _widened(result):
    """NetCDF of scipy's kind holds no 64-bit integers, and reads text as objects: back to what a sweep gives."""
    for name, each in result.variables.items():
        kind = np.int64 if WHOLE in each.attrs else {"i": np.int64, "O": str}.get(each.dtype.kind)
        if kind is not None:
            widened = result[name].astype(kind)
            widened.attrs.pop(WHOLE, None)
            result[name] = widened
    result.attrs = {name: value.item() if isinstance(value, np.generic) else value for name, value in result.attrs.items()}
    return result


def _npz_fields(path, kind, name):
    """The fields of a dataclass in an .npz file, numbers as such."""
    with np.load(path, allow_pickle=False) as file:
        missing = {each.name for each in fields(kind)} - set(file)
        if missing:
            raise ValueError(f"is no {name}: it lacks {', '.join(sorted(missing))}")
        return {key: value.item() if value.ndim == 0 else value for key, value in dict(file).items()}


def _enough(x):
    if x.shape[-1] < 2:
        raise ValueError(f"holds {x.shape[-1]} sample(s): at least 2 are needed")
    return x


@contextmanager
def _naming(path):
    """Every complaint about the content of a file begins with its name."""
    try:
        yield
    except DAMAGE as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"{path}: {error}") from error
