"""sigdelta theory: the closed forms, before any simulation."""

import csv
import json
import math
import sys

import click

import sigdelta as sd

from .neurons import make_neuron
from .options import NeuronCommand, Quantity, neuron_options


@click.command(cls=NeuronCommand)
@click.option("--threshold", type=Quantity("amplitude"), help="Threshold (Δ, quantisation step).  [lif: 1]")
@click.option("--saturation-rate", type=Quantity("rate"), help="Maximum firing rate.  [default: no limit]")
@click.option("--tau-m", type=Quantity("time"), help="Membrane time constant; inf: ideal integrator.  [lif: 20ms]")
@neuron_options
@click.option("--potential", type=Quantity("amplitude"), help="Constant part of the signal: adds interval, rate, bias.")
@click.option("--amplitude", type=Quantity("amplitude"), help="Amplitude of a sinusoid on top: adds the SNR by the error law.")
@click.option("--bandwidth", type=Quantity("rate"),
              help="Band of signal and decoder: adds, with the other two, sidebands, leak, recovery.")  # fmt: skip
@click.option("--target-snr", type=float, help="Wanted SNR in dB: adds the threshold, time step and iterations it takes.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.pass_context
def theory(ctx, neuron, preset, saturation_rate, potential, amplitude, bandwidth, target_snr, form, **settings):
    """Print the closed forms of a neuron, and for each the range where it holds or why it does not hold here.

    \b
    sigdelta theory --threshold 0.1 --saturation-rate 500Hz --potential 0.5
    sigdelta theory --tau-m inf --drive current --threshold 0.003 --potential 1 --amplitude 0.5 --bandwidth 20Hz --target-snr 60
    """
    rates = None if saturation_rate is None else [saturation_rate]
    chosen, many = make_neuron(ctx, neuron, settings, rates, preset)
    if many:
        raise click.UsageError(f"theory takes one value of --{next(iter(many)).replace('_', '-')}: sweep takes several")
    rows = sd.theory.closed_forms(chosen, potential=potential, amplitude=amplitude, bandwidth=bandwidth, target_snr_db=target_snr)
    if form == "json":
        finite = [each._replace(value=each.value if math.isfinite(each.value) else None)._asdict() for each in rows]
        click.echo(json.dumps(finite, indent=1))
        return
    if form == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([rows[0]._fields, *rows])
        return
    click.echo(f"neuron  {chosen}\n")
    for name, value, unit, holds in rows:
        click.echo(f"{name:<16}  {_shown(value, unit):<14}  {holds}")
    click.echo("\nx: the unit of the signal")


def _shown(value, unit):
    if value != value:
        return "-"
    scaled, unit = (1e3 * value, "ms") if unit == "s" else (value, unit)
    return f"{scaled:.4g}" + (f" {unit}" if unit != "1" else "")
