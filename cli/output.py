"""What commands give: pictures and data by the ending of their name, progress meanwhile, units beside the numbers."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import click

import sigdelta as sd

PICTURES, DATA = (".pdf", ".png", ".svg"), (".nc", ".csv", ".json")

output_option = click.option(
    "-o", "--output", type=click.Path(), multiple=True,
    help="Write a picture (.pdf, .png, .svg) or the data (.nc, .csv, .json); may be repeated.",
)  # fmt: skip


def ending(path, known):
    """The ending of an output's name, which must be known, as its folder must exist."""
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise click.UsageError(f"-o {path}: the name must end in one of {', '.join(known)}")
    if not Path(path).absolute().parent.is_dir():
        raise click.UsageError(f"-o {path}: there is no folder {Path(path).parent}")
    if Path(path).is_dir():
        raise click.UsageError(f"-o {path}: that is a folder: give the name of a file")
    if not os.access(path if Path(path).exists() else Path(path).absolute().parent, os.W_OK):
        raise click.UsageError(f"-o {path}: may not be written")
    return suffix


def spare(path, *read):
    """Refuse to write an output over one of the files that are read."""
    if path and Path(path).exists() and any(other and Path(path).resolve() == Path(other).resolve() for other in read):
        raise click.UsageError(f"-o {path}: that file is read, and would be lost: give another name")


def pictures(outputs, read=()):
    """Those of the outputs, pictures or data, that are pictures; none may be a file that is read."""
    for path in outputs:
        spare(path, *read)
    return [path for path in outputs if ending(path, (*PICTURES, *DATA)) in PICTURES]


def write(outputs, data, draw):
    """Write each output: first the data, then pictures, with draw(path)."""
    drawn = pictures(outputs)
    for path in outputs:
        if path not in drawn:
            sd.save(data, path)
    for path in drawn:
        draw(path)


@contextmanager
def progress_bar(label, quiet):
    """A bar on stderr, as the progress(done, total) that the library calls."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=quiet) as bar:

        def progress(done, total):
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def name_units(result, neuron, units):
    """Thresholds and errors of a result get the units of the potential: the neuron's own, or those of the signal."""
    for name in {"threshold", "rms_error", "max_error"} & set(result.variables):
        result[name].attrs["units"] = getattr(neuron, "y_units", units) or "units of the signal"
