"""Sound, arrays and recordings; what reads or writes them is imported where it is used."""

import warnings

import numpy as np

from .table import Table, as_table

STREAMED = 0x7FFF0000


def read_wav(path):
    from scipy.io import wavfile

    with open(path, "rb") as file:
        head = file.read(8)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fs, x = wavfile.read(path)
    except ValueError as error:
        if "Unknown wave file format" not in str(error):
            raise
        return read_sound(path)
    # a program that writes into a pipe cannot know the length, and says the largest instead
    streamed = int.from_bytes(head[4:8], "little") >= STREAMED
    if any("prematurely" in str(warning.message) for warning in caught) and not streamed:
        raise ValueError("is truncated: it ends before the length that its header tells")
    if x.dtype == np.uint8:
        x = (x - 128.0) / 128.0
    elif x.dtype.kind == "i":
        x = x / 2.0 ** (8 * x.dtype.itemsize - 1)
    return as_table(x.T, float(fs))


def write_wav(path, x, fs):
    from scipy.io import wavfile

    if fs != round(fs):
        raise ValueError(f"WAV holds whole rates only, not fs={fs:g} Hz: write .npz or .csv")
    wavfile.write(path, round(fs), np.ascontiguousarray(x.T, dtype=np.float32))


def read_sound(path):
    soundfile = _extra("soundfile", "io")
    try:
        x, fs = soundfile.read(path, always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"is no sound file that can be read: {error.error_string}") from None
    return as_table(x.T, float(fs))


def read_npy(path):
    return as_table(_wide(np.load(path, allow_pickle=False)))


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    if {"times", "heights"} <= set(arrays):
        raise ValueError("holds a spike train, not a signal: use load_spikes")
    fs = float(arrays["fs"]) if np.ndim(arrays.get("fs", ())) == 0 and "fs" in arrays else None
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
            rates += [next((float(notes[key]) for key in ("fs", "sampling_rate", "sample_rate") if key in notes), None)] * len(
                rows
            )
            units += [str(notes.get("units", ""))] * len(rows)
            labels += [name if len(rows) == 1 else f"{name}[{i}]" for i in range(len(rows))]
    return Table(channels, rates, units, labels)


def read_edf(path):
    edf = _extra("edfio", "io").read_edf(path)
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
