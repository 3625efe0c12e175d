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
    if output:
        ending(output, PICTURES, result)
    loaded, path = sd.load_result(result), output or Path(result).with_suffix(".png")
    if "rms_error" not in loaded or "n_samples" not in {*loaded.attrs, *loaded.coords}:
        raise ValueError(f"{result} is no result of a sweep")
    try:
        with sd.plots.style():
            sd.plots.save(sd.plots.plot_sweeps(loaded)[0, 0].figure, path)
    except (AttributeError, LookupError) as error:
        raise ValueError(f"{result} lacks what its figure needs: {error}") from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError(f"{result} cannot be drawn: {error}") from error
    click.echo(f"written to {path}")
