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


def spare(path, *read):
    """Refuse an output that cannot be written, or would replace one of the files that are read."""
    place = Path(path)
    if not place.absolute().parent.is_dir():
        raise click.UsageError(f"-o {path}: there is no folder {place.parent}")
    if place.is_dir():
        raise click.UsageError(f"-o {path}: that is a folder: give the name of a file")
    if not os.access(place if place.exists() else place.absolute().parent, os.W_OK):
        raise click.UsageError(f"-o {path}: may not be written")
    if place.exists() and any(other and place.resolve() == Path(other).resolve() for other in read):
        raise click.UsageError(f"-o {path}: that file is read, and would be lost: give another name")


def ending(path, known, *read):
    """The ending of an output's name, which must be known; the output is one that `spare` lets pass."""
    suffix = Path(path).suffix.lower()
    if suffix not in known:
        raise click.UsageError(f"-o {path}: the name must end in one of {', '.join(known)}")
    spare(path, *read)
    return suffix


def pictures(outputs, *read):
    """Those of the outputs, pictures or data, that are pictures; none may be a file that is read."""
    return [path for path in outputs if ending(path, (*PICTURES, *DATA), *read) in PICTURES]


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


def name_units(result, units):
    """What a result has in units of x is in those of the signal."""
    for each in result.variables.values():
        if "units" in each.attrs:
            each.attrs["units"] = each.attrs["units"].replace("units of x", units or "units of the signal")


def note(result, **given):
    """Options that were given, of those that decide the numbers, stand in the result's attributes."""
    result.attrs |= {name: value for name, value in given.items() if value is not None}
