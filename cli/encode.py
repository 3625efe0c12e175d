"""sigdelta encode: a signal into spikes."""

import click

import sigdelta as sd

from .options import Quantity, describe, neuron_options, quiet_option, read_signal, reference, signal_options


@click.command()
@click.argument("signal", default="ecg")
@signal_options
@click.option("--threshold", type=Quantity("amplitude"), help="Threshold (Δ, quantisation step).  [default: max|y| / 20]")
@click.option("--saturation-rate", type=Quantity("rate"), default="inf", show_default=True, help="Maximum firing rate.")
@click.option("--tau-m", type=Quantity("time"), default="20ms", show_default=True, help="Membrane time constant.")
@neuron_options
@click.option("--clocked", is_flag=True, help="One decision a sample (time-stepped); current drive, full firing only.")
@click.option("-o", "--output", type=click.Path(), help="Spike file, .npz or .csv.  [default: CSV on stdout]")
@quiet_option
def encode(signal, channel, fs, start, stop, threshold, saturation_rate, tau_m, clocked, output, quiet, **fields):
    """Encode SIGNAL into spikes and tell how well they code it.

    \b
    sigdelta encode speech.wav --threshold 0.02 -o speech.npz
    sigdelta decode speech.npz --fs 48kHz -o decoded.wav
    """
    if not saturation_rate > 0:
        raise click.UsageError(f"--saturation-rate must be above 0, not {saturation_rate:g}; inf means no limit")
    recording = read_signal(signal, channel, fs, start, stop, quiet)
    neuron = sd.LIF(tau_m=tau_m, t_ref=1 / saturation_rate, **fields)
    if threshold is None:
        threshold = float(sd.threshold_range(recording.x, recording.fs, neuron, n=2)[-1]) / 60
    neuron = sd.LIF(threshold, tau_m, 1 / saturation_rate, **fields)
    code = sd.code(recording.x, recording.fs, neuron, clocked=clocked)
    if output:
        sd.save(code.spikes, output)
    else:
        click.echo(sd.files.to_text(code.spikes, "csv"), nl=False)
    if not quiet:
        units = f" {recording.units}" if recording.units else ""
        saturated = sd.saturated_fraction(code.spikes, neuron)
        click.echo(f"signal     {describe(recording)}", err=not output)
        click.echo(f"neuron     {neuron}", err=not output)
        click.echo(
            f"spikes     {len(code.spikes)}, {code.spikes.rate:.4g} Hz, saturated {100 * saturated:.1f} % of the time",
            err=not output,
        )
        click.echo(f"error      {reference(neuron)}", err=not output)
        click.echo(f"max_error  {sd.max_error(code.y, code.psp):.6g}{units}", err=not output)
        click.echo(f"snr_db     {code.snr_db:.6f}", err=not output)
        if output:
            click.echo(f"written to {output}")
