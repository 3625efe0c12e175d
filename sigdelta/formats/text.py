"""Columns of numbers as text, under lines of `# key=value`: signals and spikes are read, all is written."""

import csv
import re
from contextlib import suppress
from io import StringIO
from pathlib import Path

import numpy as np

from ..spikes import SpikeTrain
from .table import as_table

TIME_UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}


def read_text(path):
    """Numbers in columns, split by commas, semicolons, tabs or blanks, with or without a row of names.

    Lines that begin with # may give fs, units and name as key=value. A column is time stamps if its name is time or t,
    perhaps with a unit; without names, if it is the first of several and strictly increases.
    """
    notes, rows = split_notes(path)
    if not rows:
        raise ValueError("is empty: it holds no numbers")
    first = rows[0][1]
    mark = next((mark for mark in "\t,;" if mark in first), None)
    names = next(csv.reader([first], delimiter=mark)) if mark else first.split()
    names = [name.strip() for name in names]
    if any(_is_number(name) for name in names):
        names = None
    else:
        rows = rows[1:]
    if names and not mark and rows and len(rows[0][1].split()) == 1:
        names = [first]
    x = _numbers(rows, mark, len(names) if names else None)
    fs, units = float(notes["fs"]) if "fs" in notes else None, notes.get("units", "")
    column, scale = _time_column(names, x)
    if column is not None:
        stamped, doubt = _rate(x[column] * scale, [line for line, _ in rows])
        if fs is not None and not abs(fs - stamped) <= doubt + 1e-9 * stamped:
            raise ValueError(f"fs is {fs:g} Hz in its notes, and {stamped:g} Hz by its time stamps")
        fs = stamped if fs is None else fs
        x = np.delete(x, column, axis=0)
        names = names and [*names[:column], *names[column + 1 :]]
        if not x.size:
            raise ValueError("holds time stamps only, and no signal")
    return as_table(x, fs, units, names, notes.get("name"))


def split_notes(path):
    """The `# key=value` lines of a text file as a dict, and its other lines, numbered from 1."""
    notes, rows = {}, []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8-sig").splitlines(), 1):
        line = line.strip()
        if line.startswith("#"):
            key, equals, value = line[1:].partition("=")
            if equals:
                notes[key.strip()] = value.strip()
        elif line:
            rows.append((number, line))
    return notes, rows


def _numbers(rows, mark, width):
    """The columns of the numbered lines `rows`; what is no number is named with its line."""
    if not rows:
        raise ValueError("is empty: it holds names, and no numbers")
    with suppress(ValueError):
        x = np.loadtxt([line for _, line in rows], delimiter=mark, ndmin=2, comments=None)
        if width in (None, x.shape[1]):
            return x.T
    width = width or len(rows[0][1].split(mark))
    for number, line in rows:
        cells = line.split(mark)
        for cell in cells:
            if not _is_number(cell):
                raise ValueError(f"line {number}: {cell.strip()[:40]!r} is not a number")
        if len(cells) != width:
            raise ValueError(f"line {number} has {len(cells)} columns, where {width} are expected")
    raise ValueError("is no table of numbers")


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _time_column(names, x):
    """Index of the column of time stamps, or None, and its unit in s."""
    if names is None:
        with np.errstate(invalid="ignore"):
            steps = np.diff(x[0])
        return (0 if x.shape[0] > 1 and steps.size and np.all(steps > 0) else None), 1.0
    for i, name in enumerate(names):
        match = re.fullmatch(r"(times?|timestamps?|t|seconds)(?:[\s_(\[/]+([a-zµ]+)[)\]]?)?", name.lower())
        if match and (match[2] or "s") in TIME_UNITS:
            return i, TIME_UNITS[match[2] or "s"]
        if match and match[1].startswith("time"):
            raise ValueError(f"column {name!r} has an unknown unit of time: use {', '.join(TIME_UNITS)}")
    return None, 1.0


def _rate(t, lines):
    """Rate in Hz of regular time stamps in s, and its doubt: they may be rounded to the digits that they are written with."""
    if t.size < 2:
        raise ValueError("holds one sample: at least 2 are needed")
    if not np.isfinite(t).all():
        k = int(np.argmin(np.isfinite(t)))
        raise ValueError(f"time stamps must be finite: row {k + 1} (line {lines[k]}) is at {t[k]} s")
    steps = np.diff(t)
    step = float(np.median(steps))
    digits = next((d for d in range(10) if np.all(np.abs(t * 10.0**d - np.round(t * 10.0**d)) <= 1e-6)), None)
    grain = 4 * float(np.spacing(np.abs(t).max()))
    rounding = 0.0 if digits is None or np.ptp(steps) <= 1e-6 * step + grain else 10.0**-digits
    bad = ~((steps > 0) & (np.abs(steps - step) <= max(1e-3 * step, 1.001 * min(rounding, step / 2)) + grain))
    drift = ~(np.abs(t - np.linspace(t[0], t[-1], t.size)) <= step / 2)
    if bad.any() or drift.any():
        k = int(np.argmax(bad)) + 1 if bad.any() else int(np.argmax(drift))
        raise ValueError(
            f"time stamps are irregular: row {k + 1} (line {lines[k]}) is at {t[k]:.9g} s, {t[k] - t[k - 1]:.6g} s after the "
            f"row before, where {step:.6g} s is the rule; resample the signal first"
        )
    fs = (t.size - 1) / (t[-1] - t[0])
    doubt = fs * (max(rounding, 1e-9 * step) / (t[-1] - t[0]) + 1e-12)
    near = [float(round(fs)), float(f"{fs:.9g}"), 1 / max(round(1 / fs), 1)]
    return float(next((value for value in near if abs(value - fs) <= doubt), fs)), doubt


def join(notes, names, columns, mark=","):
    """Columns as text: notes as `# key=value`, the names, a row a line; numbers to the last bit, words quoted if need be."""
    text = StringIO()
    text.writelines(f"# {key}={' '.join(str(value).split())}\n" for key, value in notes.items())
    writer = csv.writer(text, delimiter=mark, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(map(str, row) for row in zip(*columns, strict=True))
    return text.getvalue()


def write_signal(x, fs, units, name, mark):
    """A signal as a column of time stamps and one a channel."""
    rows = np.atleast_2d(x)
    notes = {key: value for key, value in (("fs", fs), ("units", units), ("name", name)) if value}
    names = ["time_s", *(["x"] if len(rows) == 1 else [f"x{i}" for i in range(len(rows))])]
    return join(notes, names, [(np.arange(rows.shape[1]) / fs).tolist(), *rows.tolist()], mark)


def write_spikes(train):
    """A SpikeTrain as time_s,height (and saturated, where there are any) under its window and kernel."""
    if len(train.kernel) == 1 and train.kernel[0][0] == 1.0:
        decay = {"tau_m": train.tau_m}
    else:
        decay = {"kernel": ";".join(f"{weight!r}:{tau!r}" for weight, tau in train.kernel)}
    names, columns = ["time_s", "height"], [train.times.tolist(), train.heights.tolist()]
    if train.saturated.any():
        names, columns = [*names, "saturated"], [*columns, train.saturated.astype(int).tolist()]
    return join({"start": train.start, "stop": train.stop} | decay, names, columns)


def read_spikes(path):
    """The SpikeTrain that `write_spikes` wrote."""
    notes, rows = split_notes(path)
    names = rows[0][1].split(",") if rows else []
    if names[:2] != ["time_s", "height"]:
        raise ValueError("is no spike train: it must hold columns time_s,height")
    if not {"start", "stop"} <= set(notes) or not {"tau_m", "kernel"} & set(notes):
        raise ValueError("is no spike train: lines '# start=', '# stop=' and '# tau_m=' must stand above time_s,height")
    columns = [[] for _ in names]
    for number, line in rows[1:]:
        try:
            for column, cell in zip(columns, line.split(","), strict=True):
                column.append(float(cell))
        except ValueError:
            raise ValueError(f"line {number}: {line[:40]!r} must be {len(names)} numbers") from None
    words = [("1", notes["tau_m"])] if "tau_m" in notes else [each.split(":") for each in notes["kernel"].split(";")]
    if not all(len(pair) == 2 and all(map(_is_number, pair)) for pair in words):
        raise ValueError("must have lines like '# tau_m=0.02' or '# kernel=0.5:0.005;0.5:0.08' above time_s,height")
    pairs = [(float(weight), float(tau)) for weight, tau in words]
    saturated = np.array(columns[2], dtype=bool) if len(names) > 2 else None
    return SpikeTrain(columns[0], columns[1], float(notes["start"]), float(notes["stop"]), pairs, saturated)
