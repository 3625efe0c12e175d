"""sigdelta plot: the figure of a result."""

from pathlib import Path

import click

import sigdelta as sd

from .output import PICTURES, ending


@click.command()
@click.argument("result", type=click.Path())
@click.option("-o", "--output", type=click.Path(), help="Picture (.pdf, .png, .svg).  [default: that of RESULT, as .png]")
def plot(result, output):
    """Draw the figure of a sweep again, from the RESULT (.nc) that it wrote.

    \b
    sigdelta sweep speech.wav -o speech.nc
    sigdelta plot speech.nc -o speech.pdf
    """
    path = Path(output) if output else Path(result).with_suffix(".png")
    ending(path, PICTURES)
    loaded = sd.load_result(result)
    with sd.plots.style():
        sd.plots.save(sd.plots.plot_sweeps(loaded)[0, 0].figure, path)
    click.echo(f"written to {path}")
