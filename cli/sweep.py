"""sigdelta sweep: the main job."""

import math
import os
from dataclasses import fields, replace
from itertools import product
from pathlib import Path

import click

import sigdelta as sd

from .neurons import RATES, make_neuron
from .options import NeuronCommand, Range, describe, neuron_options, quiet_option, read_signal, reference, signal_options
from .output import name_units, note, output_option, pictures, progress_bar, write

TAUS, MOST = [5e-3, 10e-3, 20e-3, 50e-3], 10**7
COLUMNS = {
    "threshold": ("threshold", "{:.4g}", 1),
    "tau_m": ("tau_m (ms)", "{:.4g}", 1e3),
    "saturation_rate": ("saturation (Hz)", "{:.4g}", 1),
    "rate": ("rate (Hz)", "{:.4g}", 1),
    "saturated_fraction": ("saturated (%)", "{:.1f}", 100),
    "rms_error": ("rms error", "{:.4g}", 1),
    "max_error": ("max error", "{:.4g}", 1),
    "snr_db": ("SNR (dB)", "{:.2f}", 1),
}


VALUES = ("rate", "saturated_fraction", "rms_error", "max_error", "snr_db")


@click.command(cls=NeuronCommand)
@click.argument("signals", nargs=-1, metavar="[SIGNAL]...")
@signal_options
@click.option("--threshold", type=Range("amplitude"), default="auto", help="Thresholds (Δ, quantisation step).  "
              "[bare or absent: 40 from max|y|/500 to 3 max|y|]")  # fmt: skip
@click.option("--saturation-rate", type=Range("rate"), help="Maximum firing rates, 1 / refractory period; inf: no limit.  "
              "[bare: 125, 250, 500, 1000 Hz; default: 500Hz]")  # fmt: skip
@click.option("--tau-m", type=Range("time"), help="Membrane time constants.  [bare: 5, 10, 20, 50 ms; lif: 20ms]")
@neuron_options
@output_option
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="On stdout.")  # fmt: skip
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Threads.  [default: all cores]")
@click.option("--scheduler", metavar="ADDRESS", help="Compute on the workers of this dask scheduler, as in tcp://host:8786.")
@click.option("--resume", type=click.Path(dir_okay=False), metavar="FILE",
              help="Keep what is finished in FILE, and go on from what stands there.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="Of neurons that draw random numbers.")
@quiet_option
@click.pass_context
def sweep(
    ctx, signals, channel, fs, start, stop, gain, offset, threshold, saturation_rate, neuron, preset, output, form, jobs,
    scheduler, resume, seed, quiet, **settings
):  # fmt: skip
    """Code each SIGNAL at many thresholds and measure the error of each.

    SIGNAL is a file (WAV, CSV, NPY, FLAC, EDF …), - for a pipe, or a name of `sigdelta signals list`; without one, a bundled
    electrocardiogram is used. Ranges: 0.05:2:log50, 0.05:2:lin40, 0.1:1:step0.1, 0.1,0.2 or 0.1.

    \b
    sigdelta sweep --threshold
    sigdelta sweep speech.wav --threshold 0.001:1:log60 --saturation-rate 250,500,inf -o sweep.pdf
    sigdelta sweep --neuron adaptive --beta 0,0.1,0.5 --threshold
    sigdelta sweep recordings/*.wav --resume recordings.sweep -o recordings.nc
    """
    drawn = pictures(output, *signals)
    if resume and any(Path(path).resolve() == Path(resume).resolve() for path in output):
        raise click.UsageError(f"--resume {resume}: that is the output too: give another name")
    settings["tau_m"] = TAUS if settings["tau_m"] == "auto" else settings["tau_m"]
    limited = "t_ref" in {each.name for each in fields(sd.neurons.FAMILY.get(neuron, sd.LIF))}
    if saturation_rate is None and limited and not (preset or "t_ref" in ctx.meta["sigdelta.fields"]):
        saturation_rate = [500.0]
    chosen, grid = make_neuron(ctx, neuron, settings, RATES if saturation_rate == "auto" else saturation_rate, preset)
    if drawn and set(grid) - {"t_ref"}:
        raise click.UsageError("a picture shows thresholds and saturation rates: give one value of the rest, or write the data")
    names = list(dict.fromkeys(signals)) or ["ecg"]
    recordings = {name: read_signal(name, channel, fs, start, stop, quiet, 0, gain, offset) for name in names}
    grid = _with_thresholds(recordings.values(), chosen, threshold, grid)
    cells = len(names) * math.prod(len(values) for values in grid.values())
    if cells > MOST:
        raise click.UsageError(f"that is {cells:g} cells: at most {MOST:g} make one sweep")
    result = _compute(recordings, chosen, grid, jobs, scheduler, quiet, seed=seed, store=resume)
    note(result, channel=channel, start=start, stop=stop, gain=gain, offset=offset)
    write(output, result, lambda path: _draw(result, path))
    if form != "table":
        click.echo(sd.files.to_text(result, form), nl=False)
        return
    for i, (name, recording) in enumerate(recordings.items()):
        click.echo("\n" * (i > 0) + f"signal  {describe(recording)}")
        _print(result.sel(signal=name) if len(recordings) > 1 else result, chosen)
    for path in output:
        click.echo(f"written to {path}")
    if not (output or quiet):
        click.echo("a picture: add -o sweep.png (or .pdf, .svg); the data: -o sweep.nc (or .csv, .json)", err=True)


def _with_thresholds(recordings, neuron, threshold, grid):
    """The grid with its thresholds first: those given, or the range of the signal, and neuron, that needs the highest."""
    if not hasattr(neuron, "threshold"):
        if threshold != "auto":
            raise click.UsageError(f"{type(neuron).__name__} has no --threshold")
    elif threshold == "auto":
        # of all time constants the potential of the shortest is the largest, but without a leak
        ends = {name: {min(grid[name]), max(grid[name])} for name in ("tau_m", "drive") if name in grid}
        alike = [replace(neuron, **dict(zip(ends, values, strict=True))) for values in product(*ends.values())]
        ranges = [sd.threshold_range(each.x, each.fs, one).tolist() for each in recordings for one in alike]
        grid = {"threshold": max(ranges, key=max)} | grid
    else:
        grid = {"threshold": threshold} | grid
    if not grid:
        raise click.UsageError(f"give several values of a parameter of {type(neuron).__name__}, such as --a 2,4,8")
    return grid


def _compute(recordings, neuron, grid, jobs, scheduler, quiet, **options):
    """One sweep of all recordings, by their names; of one alone without the dimension `signal`."""
    x, fs = ({name: getattr(each, field) for name, each in recordings.items()} for field in ("x", "fs"))
    if len(recordings) == 1:
        (x,), (fs,) = x.values(), fs.values()
    with progress_bar("sweeping", quiet) as progress:
        try:
            with _pool(jobs, scheduler) as pool:
                result = sd.sweep(x, fs, neuron, executor=pool, progress=progress, **options, **grid)
        except KeyboardInterrupt:
            if options["store"]:
                click.echo(f"\nsigdelta: {options['store']} holds what is finished: the same call goes on from there", err=True)
            raise
    units = {each.units for each in recordings.values()}
    name_units(result, units.pop() if len(units) == 1 else "")
    if len(recordings) == 1:
        result.attrs["signal"] = next(iter(recordings))
    return result


def _pool(jobs, scheduler):
    if scheduler is None:
        from .threads import Threads

        return Threads(jobs or os.cpu_count())
    from .cluster import Cluster

    return Cluster(scheduler)


def _draw(result, output):
    with sd.plots.style():
        axes = sd.plots.plot_sweeps(result)
        sd.plots.save(axes[0, 0].figure, output)


def _print(result, neuron):
    names = [each.name for each in fields(neuron) if each.name not in ("t_ref", *result.dims)]
    held = {name: float(result[name]) for name in names if name in result.coords}
    fixed = [name for name in ("drive", "firing", "refractory", "bipolar") if hasattr(neuron, name) and name not in result.dims]
    options = [{True: "bipolar", False: "unipolar"}.get(getattr(neuron, name), getattr(neuron, name)) for name in fixed]
    click.echo(f"neuron  {type(neuron).__name__}, {', '.join(options + [f'{name} {value:g}' for name, value in held.items()])}")
    click.echo(f"error   {'PSP against the free potential' if 'drive' in result.dims else reference(neuron)}\n")
    click.echo(_table(result))
    click.echo("\nbest: highest SNR of a line; saturated: at least 10 % of the time at the saturation rate; silent: no spike")


def _table(result):
    along = "threshold" if "threshold" in result.dims else next(name for name in result.dims)
    table = result.assign(region=sd.regions(result)).transpose(..., along)
    dims = ["saturation_rate" if name == "t_ref" else name for name in result.dims]
    lead = ["saturation_rate"] if "saturation_rate" in result.coords and "saturation_rate" not in dims else []
    shown = [*sorted(dims, key=lambda name: name != along), *lead, *(name for name in COLUMNS if name in VALUES)]
    columns = {name: COLUMNS.get(name, (name, "{:.4g}", 1)) for name in shown}
    head = [columns[name][0] for name in shown] + [""]
    units = table.rms_error.attrs["units"]
    for name in {"threshold", "rms_error", "max_error"} & set(shown):
        if len(units) <= 6:
            head[shown.index(name)] += f" ({units})"
    flat = {name: table[name].broadcast_like(table.region).values.ravel().tolist() for name in [*shown, "region"]}
    cells = [[_cell(value, *columns[name][1:]) for value in flat[name]] for name in shown]
    rows = [[*row, region] for *row, region in zip(*cells, flat["region"], strict=True)]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [
        "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths, strict=True))][:-1] + row[-1:])
        for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value, form, scale):
    return form.format(value * scale) if isinstance(value, float) else str(value)
