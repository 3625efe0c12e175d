"""sigdelta sweep: the main job."""

from pathlib import Path

import click

import sigdelta as sd

from .options import (
    PICTURES,
    BareOptions,
    Range,
    describe,
    neuron_options,
    quiet_option,
    read_signal,
    reference,
    save_picture,
    signal_options,
)

DATA = (".nc", ".csv", ".json")
RATES = [125.0, 250.0, 500.0, 1000.0]
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


@click.command(cls=BareOptions)
@click.argument("signals", nargs=-1, metavar="[SIGNAL]...")
@signal_options
@click.option("--threshold", type=Range("amplitude"), default="auto", help="Thresholds (Δ, quantisation step).  "
              "[bare or absent: 40 from max|y|/500 to 3 max|y|]")  # fmt: skip
@click.option("--saturation-rate", type=Range("rate"), default="500Hz", show_default=True,
              help="Maximum firing rates, 1 / refractory period; inf: no limit.  [bare: 125, 250, 500, 1000 Hz]")  # fmt: skip
@click.option("--tau-m", type=Range("time"), default="20ms", show_default=True,
              help="Membrane time constants.  [bare: 5, 10, 20, 50 ms]")  # fmt: skip
@neuron_options
@click.option("-o", "--output", type=click.Path(), help="Write a picture (.pdf, .png, .svg) or the data (.nc, .csv, .json).")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="On stdout.")  # fmt: skip
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Threads.  [default: all cores]")
@quiet_option
def sweep(
    signals, channel, fs, start, stop, threshold, saturation_rate, tau_m, output, form, jobs, quiet, **fields
):  # fmt: skip
    """Code each SIGNAL at many thresholds and measure the error of each.

    SIGNAL is a file (WAV, CSV, NPY, FLAC, EDF …), - for a pipe, or a name of `sigdelta signals list`; without one, a bundled
    electrocardiogram is used. Ranges: 0.05:2:log50, 0.05:2:lin40, 0.1:1:step0.1, 0.1,0.2 or 0.1.

    \b
    sigdelta sweep --threshold
    sigdelta sweep speech.wav --threshold 0.001:1:log60 --saturation-rate 250,500,inf -o sweep.pdf
    """
    suffix = Path(output).suffix.lower() if output else None
    if suffix is not None and suffix not in (*PICTURES, *DATA):
        raise click.UsageError(f"-o {output}: the name must end in one of {', '.join((*PICTURES, *DATA))}")
    if suffix in PICTURES and len(tau_m) > 1:
        raise click.UsageError("a picture shows thresholds and saturation rates: give one --tau-m, or write the data")
    names = list(dict.fromkeys(signals)) or ["ecg"]
    recordings = [read_signal(name, channel, fs, start, stop, quiet) for name in names]
    neuron = sd.LIF(**fields)
    results = _compute(recordings, neuron, threshold, saturation_rate, tau_m, jobs, quiet)
    if suffix in PICTURES:
        _draw(results, output)
    elif suffix in DATA or form != "table":
        together = results[0] if len(results) == 1 else sd.join_sweeps(dict(zip(names, results, strict=True)))
        if suffix in DATA:
            sd.save(together, output)
    if form != "table":
        click.echo(sd.files.to_text(together, form), nl=False)
        return
    for i, result in enumerate(results):
        click.echo("\n" * (i > 0), nl=False)
        _print(result, neuron)
    if output:
        click.echo(f"written to {output}")
    elif not quiet:
        click.echo("a picture: add -o sweep.png (or .pdf, .svg); the data: -o sweep.nc (or .csv, .json)", err=True)


def _compute(recordings, neuron, threshold, saturation_rate, tau_m, jobs, quiet):
    rates = RATES if saturation_rate == "auto" else saturation_rate
    if not all(rate > 0 for rate in rates):
        raise click.UsageError(f"--saturation-rate must be above 0, not {min(rates):g}; inf means no limit")
    axes = {"t_ref": [1 / rate for rate in rates], "tau_m": [5e-3, 10e-3, 20e-3, 50e-3] if tau_m == "auto" else tau_m}
    grid = {name: values if len(values) > 1 else values[0] for name, values in axes.items()}
    if threshold == "auto":
        longest = sd.LIF(tau_m=max(axes["tau_m"]), drive=neuron.drive)
        ranges = [sd.threshold_range(each.x, each.fs, longest).tolist() for each in recordings]
        threshold = max(ranges, key=max)
    from concurrent.futures import ThreadPoolExecutor

    results = []
    with click.progressbar(length=len(recordings), label="sweeping", file=click.get_text_stream("stderr"), hidden=quiet) as bar:

        def progress(done, total):
            bar.length = total * len(recordings)
            bar.update(done + total * len(results) - bar.pos)

        with ThreadPoolExecutor(jobs) as pool:
            for each in recordings:
                result = sd.sweep(each.x, each.fs, neuron, executor=pool, progress=progress, threshold=threshold, **grid)
                for name in ("threshold", "rms_error", "max_error"):
                    result[name].attrs["units"] = each.units or "units of the signal"
                result.attrs["signal"] = describe(each)
                results.append(result)
    return results


def _draw(results, output):
    with sd.plots.style():
        axes = sd.plots.plot_sweeps({result.attrs["signal"]: result for result in results})
        save_picture(axes[0, 0].figure, output)


def _print(result, neuron):
    fixed = "" if result.tau_m.ndim else f", tau_m {1e3 * float(result.tau_m):g} ms"
    click.echo(f"signal  {result.attrs['signal']}")
    click.echo(f"neuron  {type(neuron).__name__}, {neuron.drive} drive, {neuron.firing} firing, "
               f"{'bipolar' if neuron.bipolar else 'unipolar'}, {neuron.refractory}{fixed}")  # fmt: skip
    click.echo(f"error   {reference(neuron)}\n")
    click.echo(_table(result))
    click.echo("\nbest: highest SNR of a line; saturated: at least 10 % of the time at the saturation rate; silent: no spike")


def _table(result):
    dims = [name for name in ("tau_m", "t_ref") if name in result.dims]
    flat = result.assign(region=sd.regions(result)).stack(row=[*dims, "threshold"])
    shown = [name for name in COLUMNS if name != "tau_m" or "tau_m" in dims]
    head = [COLUMNS[name][0] for name in shown] + [""]
    units = flat.rms_error.attrs["units"]
    for name in ("threshold", "rms_error", "max_error"):
        if len(units) <= 6:
            head[shown.index(name)] += f" ({units})"
    rows = []
    for i in range(flat.sizes["row"]):
        row = flat.isel(row=i)
        cells = [COLUMNS[name][1].format(float(row[name]) * COLUMNS[name][2]) for name in shown]
        rows.append([*cells, str(row.region.item())])
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [
        "  ".join([*(cell.rjust(width) for cell, width in zip(row, widths[:-1], strict=False)), row[-1]]) for row in [head, *rows]
    ]
    return "\n".join(line.rstrip() for line in lines)
