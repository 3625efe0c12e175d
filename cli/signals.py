"""sigdelta signals: what there is to encode."""

import click

import sigdelta as sd

from .options import Quantity, add_options, describe, read_signal

made = add_options(
    click.argument("name"),
    click.option("--fs", type=Quantity("rate"), help="Sampling rate, for synthetic signals and files that hold none."),
    click.option("--channel", help="Channel of a file that has several."),
    click.option("--start", type=Quantity("time"), help="Take from here on."),
    click.option("--stop", type=Quantity("time"), help="Take up to here."),
    click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of synthetic signals that are random."
    ),
)


@click.group()
def signals():
    """List, show and write the signals that come with sigdelta."""


@signals.command("list")
def list_signals():
    """Names that every command takes as SIGNAL."""
    for name, line in sd.signals.catalogue().items():
        click.echo(f"{name:<12}  {line}")


@signals.command()
@made
def show(name, fs, channel, start, stop, seed):
    """Describe a signal or a file: length, rate, range, spread."""
    recording = read_signal(name, channel, fs, start, stop, seed=seed)
    x = recording.x
    click.echo(describe(recording))
    click.echo(f"samples {x.size}, minimum {x.min():.6g}, maximum {x.max():.6g}, mean {x.mean():.6g}, std {x.std():.6g}")
    if recording.spikes is not None:
        click.echo(f"recorded spikes {len(recording.spikes)}, {recording.spikes.rate:.4g} Hz")


@signals.command()
@made
@click.option("-o", "--output", type=click.Path(), required=True, help="Signal file, .wav, .npy, .npz, .csv or .tsv.")
def write(name, fs, channel, start, stop, seed, output):
    """Write a signal to a file."""
    recording = read_signal(name, channel, fs, start, stop, seed=seed)
    sd.save(recording, output)
    click.echo(f"{describe(recording)}\nwritten to {output}")
