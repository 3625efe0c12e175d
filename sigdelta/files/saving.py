"""Writing signals, spikes and results; what is written is whole or not there."""

import json
import os
import tempfile
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

import numpy as np
import xarray as xr

from .. import checks
from ..filters import WienerFilter
from ..formats import binary, text
from ..spikes import SpikeTrain
from .recordings import RESULTS, SIGNALS, SPIKES, WHOLE, Recording, one_rate, suffix_of


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
        suffix = suffix_of(path, SPIKES, "spike")
    elif isinstance(what, WienerFilter):
        suffix = suffix_of(path, (".npz",), "filter")
    elif isinstance(what, xr.Dataset):
        suffix = suffix_of(path, RESULTS, "result")
    else:
        suffix = suffix_of(path, SIGNALS, "signal")
        what = what if isinstance(what, Recording) else Recording(what, fs, "", path.stem, None)
        what = what._replace(x=checks.signal(what.x))
        if suffix != ".npy":
            what = what._replace(fs=checks.number("fs", one_rate(what.fs, fs)))
    with replacing(path) as temporary:
        if suffix == ".wav":
            binary.write_wav(temporary, what.x, what.fs)
        elif suffix == ".npy":
            np.save(temporary, what.x)
        elif suffix == ".npz":
            named = dict(zip(what._fields, what[:4], strict=False)) if isinstance(what, Recording) else vars(what)
            np.savez(temporary, **named)
        elif suffix == ".nc":
            _narrowed(what).to_netcdf(temporary, engine="scipy")
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


def _narrowed(result):
    """NetCDF of scipy's kind holds no 64-bit integers: larger ones become floats that say so, as long as floats are exact."""
    for name, each in result.variables.items():
        most = max(map(abs, map(int, (each.min(), each.max())))) if each.dtype.kind in "iu" and each.size else 0
        if most > 2**53:
            raise ValueError(f"{name} holds whole numbers beyond 2**53, which NetCDF cannot: write .csv or .json")
        if most >= 2**31:
            place = result.assign_coords if name in result.coords else result.assign
            result = place({name: (each.dims, each.values.astype(np.float64), each.attrs | {WHOLE: 1})})
    return result


def _strict(value):
    if isinstance(value, dict):
        return {key: _strict(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
