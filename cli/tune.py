"""sigdelta tune: the threshold that reaches a target, or keeps within a budget."""

import shlex
from dataclasses import fields, replace

import click

import sigdelta as sd

from .neurons import make_neuron, shown
from .options import (
    NeuronCommand,
    Quantity,
    Range,
    describe,
    neuron_options,
    quiet_option,
    read_signal,
    reference,
    signal_options,
)
from .output import name_units, note, output_option, pictures, progress_bar, write


@click.command(cls=NeuronCommand)
@click.argument("signal", default="ecg")
@click.option("--target-snr", type=float, metavar="DB", help="Seek the fewest spikes that reach this SNR.")
@click.option("--max-rate", type=Quantity("rate"), help="Seek the best SNR with at most this firing rate.")
@signal_options
@click.option("--threshold", type=Range("amplitude"), default="auto", help="Try thresholds (Δ) from the lowest to the highest "
              "of these.  [bare or absent: max|y|/500 to 3 max|y|]")  # fmt: skip
@click.option("--saturation-rate", type=Range("rate"), help="Maximum firing rate, 1 / refractory period.  [default: no limit]")
@click.option("--tau-m", type=Range("time"), help="Membrane time constant; several: tuned too.  [lif: 20ms]")
@neuron_options
@output_option
@quiet_option
@click.pass_context
def tune(
    ctx, signal, target_snr, max_rate, channel, fs, start, stop, gain, offset, threshold, saturation_rate, neuron, preset,
    output, quiet, **settings
):  # fmt: skip
    """Find the threshold that codes SIGNAL well enough with the fewest spikes, or best within a budget of spikes.

    Up to three parameters with several values, as in --tau-m 5ms,50ms, are tuned together, between the lowest and the highest.

    \b
    sigdelta tune speech.wav --target-snr 20
    sigdelta tune speech.wav --max-rate 80 -o tuned.png
    """
    if (target_snr is None) == (max_rate is None):
        raise click.UsageError("give either --target-snr or --max-rate")
    drawn = pictures(output, signal)
    rates = None if saturation_rate == "auto" else saturation_rate
    settings["tau_m"] = None if settings["tau_m"] == "auto" else settings["tau_m"]
    chosen, over = _ranges(*make_neuron(ctx, neuron, settings, rates, preset), threshold)
    if drawn and len(over) > 1:
        raise click.UsageError(f"a picture shows one parameter, not {', '.join(over)}: fix the others, or write the data")
    recording = read_signal(signal, channel, fs, start, stop, quiet, 0, gain, offset)
    found = _found(recording, chosen, over, target_snr, max_rate, quiet)
    note(found.grid, channel=channel, start=start, stop=stop, gain=gain, offset=offset)
    units = sd.neurons.potential_units(found.neuron, recording.units)
    write(output, found.grid, lambda path: _draw(found, path))
    _print(found, over, recording, units)
    for path in output:
        click.echo(f"written to {path}")
    if not (output or quiet):
        read = {"channel": channel, "fs": fs, "start": start, "stop": stop, "gain": gain, "offset": offset}
        units = {"fs": "Hz", "start": "s", "stop": "s"}
        words = ["sigdelta", "encode", signal, *_options(found.neuron, neuron)]
        for key, each in read.items():
            words += [f"--{key}", str(each) + units.get(key, "")] if each is not None else []
        click.echo(f"to use it: {shlex.join(words)} -o spikes.npz; a picture: add -o tuned.png", err=True)


def _ranges(neuron, many, threshold):
    """The neuron, and the fields to tune with the ends of their ranges."""
    over = {name: (min(values), max(values)) for name, values in many.items()}
    if not hasattr(neuron, "threshold"):
        if threshold != "auto":
            raise click.UsageError(f"{type(neuron).__name__} has no --threshold")
    elif threshold == "auto":
        over = {"threshold": None} | over
    elif len(threshold) > 1:
        over = {"threshold": (min(threshold), max(threshold))} | over
    else:
        neuron = replace(neuron, threshold=threshold[0])
    if not over:
        raise click.UsageError(f"give a range of a parameter of {type(neuron).__name__} to tune, such as --tau-m 5ms,50ms")
    return neuron, over


def _draw(found, output):
    with sd.plots.style():
        sd.plots.save(sd.plots.plot_tuning(found)[0].figure, output)


def _found(recording, neuron, over, target_snr, max_rate, quiet):
    with progress_bar("tuning", quiet) as progress:
        found = sd.tune(recording.x, recording.fs, neuron, target_snr=target_snr, max_rate=max_rate, over=over, progress=progress)
    name_units(found.grid, recording.units)
    found.grid.attrs["signal"] = describe(recording)
    return found


def _print(found, over, recording, units):
    asked = f"SNR of {found.target_snr:g} dB" if found.max_rate is None else f"at most {found.max_rate:g} Hz"
    click.echo(f"signal     {describe(recording)}")
    click.echo(f"neuron     {found.neuron}")
    click.echo(f"error      {reference(found.neuron)}")
    click.echo(f"asked for  {asked}")
    for name in over:
        low, high = found.flat[name]
        unit = f" {units}" if name == "threshold" and units else ""
        click.echo(f"{name:<9}  {shown(name, getattr(found.neuron, name))}{unit}")
        click.echo(f"flat       {name} {shown(name, low)} to {shown(name, high)}{unit}: SNR within 0.5 dB, rate within 5 %")
    click.echo(f"snr_db     {found.snr_db:.6f}")
    click.echo(f"rate       {found.rate:.4g} Hz")


def _options(neuron, name):
    """The options that make this neuron: its threshold, and what is not as it is by default."""
    words = ["--neuron", name] if name != "lif" else []
    for each in fields(neuron):
        value = getattr(neuron, each.name)
        if each.name == "bipolar" and value != each.default:
            words.append("--bipolar" if value else "--unipolar")
        elif each.name == "threshold" or value != each.default:
            words += [f"--{each.name.replace('_', '-')}", shown(each.name, value)]
    return words
