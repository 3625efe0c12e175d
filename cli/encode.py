"""sigdelta encode: a signal into spikes."""

from dataclasses import replace

import click

import sigdelta as sd

from .neurons import make_neuron
from .options import NeuronCommand, Quantity, describe, neuron_options, quiet_option, read_signal, reference, signal_options
from .output import spare


@click.command(cls=NeuronCommand)
@click.argument("signal", default="ecg")
@signal_options
@click.option("--threshold", type=Quantity("amplitude"), help="Threshold (Δ, quantisation step).  [default: max|y| / 20]")
@click.option("--saturation-rate", type=Quantity("rate"), help="Maximum firing rate.  [default: no limit]")
@click.option("--tau-m", type=Quantity("time"), help="Membrane time constant.  [lif: 20ms]")
@neuron_options
@click.option("--clocked", is_flag=True, help="One decision a sample (time-stepped); current drive, full firing only.")
@click.option("-o", "--output", type=click.Path(), help="Spike file, .npz or .csv.  [default: CSV on stdout]")
@quiet_option
@click.pass_context
def encode(
    ctx, signal, channel, fs, start, stop, gain, offset, neuron, preset, saturation_rate, clocked, output, quiet, **settings
):  # fmt: skip
    """Encode SIGNAL into spikes and tell how well they code it.

    \b
    sigdelta encode speech.wav --threshold 0.02 -o speech.npz
    sigdelta decode speech.npz --fs 48kHz -o decoded.wav
    """
    if output:
        spare(output, signal)
    recording = read_signal(signal, channel, fs, start, stop, quiet, 0, gain, offset)
    rates = None if saturation_rate is None else [saturation_rate]
    chosen, many = make_neuron(ctx, neuron, settings, rates, preset)
    if many:
        raise click.UsageError(f"encode takes one value of --{next(iter(many)).replace('_', '-')}: sweep takes several")
    if settings["threshold"] is None and preset is None and hasattr(chosen, "threshold"):
        peak = float(sd.threshold_range(recording.x, recording.fs, chosen, n=2)[-1]) / 3
        chosen = replace(chosen, threshold=peak / 20)
    code = sd.code(recording.x, recording.fs, chosen, clocked=clocked)
    if output:
        sd.save(code.spikes, output)
    else:
        click.echo(sd.files.to_text(code.spikes, "csv"), nl=False)
    if not quiet:
        units = sd.neurons.potential_units(chosen, recording.units)
        units = f" {units}" if units else ""
        saturated = sd.saturated_fraction(code.spikes, chosen)
        click.echo(f"signal     {describe(recording)}", err=not output)
        click.echo(f"neuron     {chosen}", err=not output)
        click.echo(
            f"spikes     {len(code.spikes)}, {code.spikes.rate:.4g} Hz, saturated {100 * saturated:.1f} % of the time",
            err=not output,
        )
        click.echo(f"error      {reference(chosen)}", err=not output)
        click.echo(f"max_error  {sd.max_error(code.y, code.psp):.6g}{units}", err=not output)
        click.echo(f"snr_db     {code.snr_db:.6f}", err=not output)
        if output:
            click.echo(f"written to {output}")
