"""sigdelta figure: the gallery."""

import importlib
import pkgutil
from pathlib import Path

import click

import sigdelta as sd

from .output import PICTURES, ending, save_picture


def _names():
    return sorted(module.name for module in pkgutil.iter_modules(sd.figures.__path__))


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Names and claims.")
@click.option("--all", "everything", is_flag=True, help="Every figure, into the folder -o.")
@click.option(
    "-o", "--output", type=click.Path(), help="Picture (.pdf, .png, .svg), or a folder with --all.  [default: NAME.png]"
)
def figure(name, listed, everything, output):
    """Compute and draw a figure of the gallery.

    \b
    sigdelta figure --list
    sigdelta figure error_against_threshold -o error.pdf
    """
    names = _names()
    if listed:
        for each in names:
            click.echo(f"{each:<26}  {importlib.import_module(f'sigdelta.figures.{each}').__doc__.splitlines()[0]}")
        return
    if everything == bool(name):
        raise click.UsageError("give one NAME, --all or --list")
    if name and name.replace("-", "_") not in names:
        raise click.UsageError(f"no figure is called {name!r}: choose from {', '.join(names)}")
    if everything:
        folder = Path(output or ".")
        folder.mkdir(parents=True, exist_ok=True)
        for each in names:
            _write(each, folder / f"{each}.png")
    else:
        name = name.replace("-", "_")
        _write(name, Path(output or f"{name}.png"))


def _write(name, path):
    ending(path, PICTURES)
    module = importlib.import_module(f"sigdelta.figures.{name}")
    with sd.plots.style():
        save_picture(module.draw(module.compute()), path)
    click.echo(f"written to {path}")
