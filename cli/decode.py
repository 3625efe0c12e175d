"""sigdelta decode: spikes back into a signal."""

import click

import sigdelta as sd

from .options import Quantity, quiet_option, read_signal


@click.command()
@click.argument("spikes", type=click.Path())
@click.option("--fs", type=Quantity("rate"), help="Sampling rate of the result.  [default: that of the reference]")
@click.option("--reference", help="The signal that was encoded: prints the SNR against it.")
@click.option("--drive", type=click.Choice(["potential", "current"]), default="potential", show_default=True,
              help="How the reference drove the neuron.")  # fmt: skip
@click.option("--channel", help="Channel of the reference.")
@click.option("-o", "--output", type=click.Path(), help="Signal file, .wav, .npy, .npz, .csv or .tsv.  [default: CSV on stdout]")
@quiet_option
def decode(spikes, fs, reference, drive, channel, output, quiet):
    """Decode a spike file into the post-synaptic potential it causes.

    \b
    sigdelta decode speech.npz --reference speech.wav -o decoded.wav
    """
    if fs is None and reference is None:
        raise click.UsageError("give --fs, the sampling rate of the result, or --reference, the signal that was encoded")
    train = sd.load_spikes(spikes)
    original = None if reference is None else read_signal(reference, channel, fs, None, None, quiet)
    fs = original.fs if fs is None else fs
    decoded = sd.Recording(sd.psp(train, fs), fs, original.units if original else "", spikes, None)
    if output:
        sd.save(decoded, output)
    else:
        click.echo(sd.files.to_text(decoded, "csv"), nl=False)
    if original is not None:
        y = sd.potential(original.x, fs, sd.LIF(tau_m=train.tau_m, drive=drive))
        click.echo(f"snr_db     {sd.snr_db(y, decoded.x):.6f}", err=not output)
    if output and not quiet:
        click.echo(f"written to {output}")
