"""sigdelta figure: the gallery."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import click

import sigdelta as sd

from .options import read_signal
from .output import PICTURES, ending


def _names():
    return sorted(module.name for module in pkgutil.iter_modules(sd.figures.__path__))


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Names and claims.")
@click.option("--all", "everything", is_flag=True, help="Every figure that can be made here, into the folder -o.")
@click.option(
    "-o", "--output", type=click.Path(), help="Picture (.pdf, .png, .svg), or a folder with --all.  [default: NAME.png]"
)
@click.option("--sounds", type=click.Path(), help="Write what can be heard of `recordings` into this folder, as WAV.")
@click.option("--signal", help="A recording of yours instead of the speech of `recordings`.")
def figure(name, listed, everything, output, sounds, signal):
    """Compute and draw a figure of the gallery.

    \b
    sigdelta figure --list
    sigdelta figure error_against_threshold -o error.pdf
    sigdelta figure recordings --sounds heard
    """
    names = _names()
    if listed:
        for each in names:
            click.echo(f"{each:<26}  {importlib.import_module(f'sigdelta.figures.{each}').__doc__.splitlines()[0]}")
        return
    if everything == bool(name):
        raise click.UsageError("give one NAME, --all or --list")
    if everything and (sounds or signal):
        raise click.UsageError("--sounds and --signal go with one NAME")
    if everything:
        _write_all(names, Path(output or "."))
        return
    name = name.replace("-", "_")
    if name not in names:
        raise click.UsageError(f"no figure is called {name!r}: choose from {', '.join(names)}")
    module, path = importlib.import_module(f"sigdelta.figures.{name}"), Path(output or f"{name}.png")
    ending(path, PICTURES)
    data = module.compute(*_own_signal(module, name, signal))
    if sounds and "sounds" not in data:
        raise click.UsageError(f"{name} has nothing to be heard: --sounds is for recordings")
    _save(module, data, path)
    if sounds:
        _write_sounds(data["sounds"], Path(sounds))


def _write_all(names, folder):
    """Every figure that can be made on this machine; one line about each other, and exit code 1 if there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    left_out = 0
    for name in names:
        module = importlib.import_module(f"sigdelta.figures.{name}")
        try:
            data = module.compute()
        except (ImportError, FileNotFoundError) as error:
            click.echo(f"{name} is left out: {error}", err=True)
            left_out += 1
            continue
        _save(module, data, folder / f"{name}.png")
    if left_out:
        click.echo(f"sigdelta: {left_out} of {len(names)} figures left out", err=True)
        click.get_current_context().exit(1)


def _own_signal(module, name, signal):
    if signal is None:
        return ()
    if "signal" not in inspect.signature(module.compute).parameters:
        raise click.UsageError(f"{name} takes no signal: --signal is for recordings")
    return (read_signal(signal, None, None, None, None),)


def _save(module, data, path):
    with sd.plots.style():
        sd.plots.save(module.draw(data), path)
    click.echo(f"written to {path}")


def _write_sounds(sounds, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (x, fs) in sounds.items():
        sd.save(sd.Recording(x, fs, "", name, None), folder / f"{name}.wav")
    click.echo(f"{len(sounds)} sounds written to {folder}")
