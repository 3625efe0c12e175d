"""Sound, arrays and recordings; what reads or writes them is imported where it is used."""

import warnings
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np

from ..mapped import LARGE, spooled
from .table import Table, as_table

CUT = "is truncated: it ends before the length that its header tells"


@contextmanager
def _refusing_cuts():
    """Libraries only warn of a truncated file, and hand out what is left."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told = [str(warning.message) for warning in caught]
    if any("prematurely" in line or "truncated" in line or ("Updating header" in line and "-1" not in line) for line in told):
        raise ValueError(CUT)


def read_wav(path):
    """WAV: integers become -1 ... 1; what scipy cannot read (µ-law, A-law) goes to soundfile."""
    from scipy.io import wavfile

    large = _is_large(path)
    try:
        with _refusing_cuts():
            fs, x = wavfile.read(path, mmap=True) if large else wavfile.read(_with_length(path))
    except ValueError as error:
        if large and "mmap=True" in str(error):
            fs, x = wavfile.read(path)
        elif "Unknown wave file format" in str(error):
            return read_sound(path)
        else:
            raise
    change = None
    if x.dtype == np.uint8:
        change = partial(_scaled, middle=128.0, peak=128.0)
    elif x.dtype.kind == "i":
        change = partial(_scaled, middle=0.0, peak=2.0 ** (8 * x.dtype.itemsize - 1))
    if isinstance(x, np.memmap):
        # scipy maps for writing, where pages cannot be given back
        x = spooled(list(np.atleast_2d(np.memmap(path, x.dtype, "r", x.offset, x.shape).T)), change).T
    elif change:
        x = change(x)
    return as_table(x.T, float(fs))


def _scaled(x, middle, peak):
    return (x - middle) / peak


def _is_large(path):
    """Whether a WAV is to be mapped: it is large, and its header tells its length; one that is cut is refused."""
    size = Path(path).stat().st_size
    with open(path, "rb") as file:
        mark, told = file.read(4), int.from_bytes(file.read(4), "little")
    if size < LARGE or mark != b"RIFF" or told == 0 or told >= 0x7FFF0000:
        return False
    if told + 8 > size:
        raise ValueError(CUT)
    return True


def _with_length(path):
    """The bytes of a WAV; a program that wrote it into a pipe knew no lengths, and set 0 or the largest."""
    data = bytearray(Path(path).read_bytes())
    told = int.from_bytes(data[4:8], "little")
    if data[:4] == b"RIFF" and (told == 0 or told >= 0x7FFF0000):
        data[4:8] = (len(data) - 8).to_bytes(4, "little")
        start = data.find(b"data") + 8
        size = int.from_bytes(data[start - 4 : start], "little")
        if start > 8 and (size == 0 or size >= 0x7FFF0000):
            data[start - 4 : start] = (len(data) - start).to_bytes(4, "little")
    elif data[:4] == b"RIFF" and told + 8 > len(data):
        raise ValueError(CUT)
    return BytesIO(data)


def write_wav(path, x, fs):
    """WAV of 32-bit floats, mono or a channel a row of x."""
    from scipy.io import wavfile

    if fs != round(fs) or fs >= 2**32:
        raise ValueError(f"WAV holds whole rates only, not fs={fs:g} Hz: write .npz or .csv")
    if np.abs(x).max() > np.finfo(np.float32).max:
        raise ValueError(f"WAV holds float32 only, not {np.abs(x).max():g}: write .npz or .csv")
    wavfile.write(path, round(fs), np.ascontiguousarray(x.T, dtype=np.float32))


def read_sound(path):
    """FLAC, OGG, AU and whatever else libsndfile reads."""
    soundfile = _extra("soundfile", "io")
    with open(path, "rb") as file:
        mark, start, size = (file.read(4) for _ in range(3))
    if Path(path).suffix.lower() in (".au", ".snd") and mark not in (b".snd", b"dns."):
        raise ValueError("is no AU file")
    start, size = int.from_bytes(start), int.from_bytes(size)
    if mark == b".snd" and size < 2**32 - 1 and start + size > Path(path).stat().st_size:
        raise ValueError(CUT)
    try:
        x, fs = soundfile.read(path, always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"is no sound file that can be read: {error.error_string}") from None
    return as_table(x.T, float(fs))


def read_npy(path):
    """One array of shape (n,) or (channels, n)."""
    x = np.load(path, mmap_mode="r" if Path(path).stat().st_size >= LARGE else None, allow_pickle=False)
    if not isinstance(x, np.ndarray):
        raise ValueError("holds several arrays: name it .npz")
    return as_table(_wide(x))


def read_npz(path):
    """An array x with fs, units and name, or one array, or one array a channel."""
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    if {"times", "heights"} <= set(arrays):
        raise ValueError("holds a spike train, not a signal: use load_spikes")
    fs = float(arrays.pop("fs").item()) if np.size(arrays.get("fs", ())) == 1 else None
    if "x" in arrays:
        units, name = (str(arrays[key]) if key in arrays else None for key in ("units", "name"))
        return as_table(arrays["x"], fs, units or "", name=name)
    long = {key: array for key, array in arrays.items() if array.ndim > 0}
    if len(long) == 1:
        return as_table(_wide(*long.values()), fs)
    if not long or {array.ndim for array in long.values()} != {1}:
        raise ValueError(f"must hold an array x, or one array, or one a channel, not {', '.join(arrays) or 'nothing'}")
    return Table([*long.values()], [fs] * len(long), [""] * len(long), [*long])


def read_hdf5(path):
    """The array x, or every array of numbers, with fs and units from its attributes, its group or the file."""
    h5py = _extra("h5py", "io")
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and item.ndim in (1, 2) and item.dtype.kind in "biuf":
            found[name] = item

    with h5py.File(path, "r") as file:
        file.visititems(visit)
        chosen = {"x": found["x"]} if "x" in found else found
        if not chosen:
            raise ValueError("holds no array of numbers")
        channels, rates, units, labels = [], [], [], []
        for name, item in chosen.items():
            notes = {**file.attrs, **item.parent.attrs, **item.attrs}
            rows = np.atleast_2d(_wide(item[()]))
            channels += list(rows)
            fs = next((float(np.ravel(notes[key])[0]) for key in ("fs", "sampling_rate", "sample_rate") if key in notes), None)
            told = notes.get("units", "")
            rates += [fs] * len(rows)
            units += [told.decode() if isinstance(told, bytes) else str(told)] * len(rows)
            labels += [name if len(rows) == 1 else f"{name}[{i}]" for i in range(len(rows))]
    return Table(channels, rates, units, labels)


def read_edf(path):
    """Every signal of an EDF file, each with its own rate and units."""
    edfio = _extra("edfio", "io")
    with _refusing_cuts():
        edf = edfio.read_edf(path)
    if not edf.signals:
        raise ValueError("holds no signal")
    return Table(
        [each.data for each in edf.signals],
        [float(each.sampling_frequency) for each in edf.signals],
        [each.physical_dimension for each in edf.signals],
        [each.label for each in edf.signals],
    )


def _wide(x):
    """`x`, which must not look like samples x channels."""
    if x.ndim == 2 and x.shape[0] > x.shape[1]:
        raise ValueError(f"holds an array of shape {x.shape}: channels come first, so transpose it")
    return x


def _extra(module, extra):
    """Import a module of an extra, or say how to install it."""
    try:
        return __import__(module)
    except ImportError:
        raise ImportError(f"this format needs {module}: pip install 'sigdelta[{extra}]'") from None
