"""Sweeps, and what is found by them: curves, maps, tuning, rate against distortion, validity."""

from math import ceil
from pathlib import Path
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.ticker import LogFormatter, MaxNLocator

from .style import GREY, MARKERS, RED, label, plain

# so many saturation rates have a line in the legend; a range on a logarithmic axis is so wide at least; a line of a title is so
# long; so many signals stand side by side
LINES, NARROW, LINE, ACROSS = 6, 2.0, 44, 6
# without the yellow, which is pale on white
SHADES = ListedColormap(plt.get_cmap("viridis")(np.linspace(0.0, 0.9, 256)))


def plot_sweep(result, axes=None):
    """Error, firing rate and saturation against threshold, one line per saturation rate: more than six are told by a colour bar.

    result : Dataset from `sweep`, with a threshold axis and at most a t_ref axis beside it
    axes : three Axes, optional, drawn on if given
    """
    extra = set(result.dims) - {"threshold", "t_ref"}
    if "threshold" not in result.dims or extra:
        raise ValueError(
            f"plot_sweep draws a sweep over threshold, with or without t_ref, not over {', '.join(result.dims)}: "
            "select the rest first, as in result.sel(tau_m=20e-3)"
        )
    if axes is None:
        axes = plt.subplots(3, 1, sharex=True, figsize=(7, 6.2), height_ratios=(2, 1, 1))[1]
    lines = result if "t_ref" in result.dims else result.expand_dims("t_ref")
    limited = {"t_ref", "saturation_rate"} & set(result.variables)
    limits = result.saturation_rate.values.ravel() if limited else np.array([np.inf])
    finite = limits[np.isfinite(limits)]
    shades = ScalarMappable(LogNorm(finite.min(), finite.max()), SHADES) if np.unique(finite).size > LINES else None
    ends = set()
    for i, limit in enumerate(limits):
        line = lines.isel(t_ref=i).sortby("threshold")
        mark = {"marker": MARKERS[i % 5], "ms": 3, "markevery": 2 if lines.sizes["threshold"] > 20 else 1}
        name = f"{limit:.4g} Hz" if np.isfinite(limit) else "no limit"
        if shades is not None:
            mark["ls"] = "-"
            mark["color"], name = (shades.to_rgba(limit), None) if np.isfinite(limit) else ("black", name)
        axes[0].plot(line.threshold, line.rms_error.where(line.rms_error > 0), label=name, **mark)
        axes[1].plot(line.threshold, line.rate.where(line.rate > 0), **mark)
        axes[2].plot(line.threshold, 100 * line.saturated_fraction, **mark)
        heard = line.isel(threshold=~line.silent.values)
        if heard.sizes["threshold"]:
            best = heard.isel(threshold=int(heard.snr_db.argmax("threshold")))
            axes[0].plot(best.threshold, best.rms_error, marker="*", ms=10, color=axes[0].lines[-1].get_color(), ls="")
        ends.update(line.threshold.values[line.silent.values][:1])
    for ax in axes:
        if ends:
            ax.axvspan(min(ends), float(result.threshold.max()), color=GREY, alpha=0.2, lw=0)
        ax.set_xscale("log" if float(result.threshold.max()) > NARROW * float(result.threshold.min()) else "linear")
    for ax, values in zip(axes, (result.rms_error, result.rate), strict=False):
        shown = values.where(values > 0)
        # panels that share an axis are logarithmic if one of them has to be
        if float(shown.max()) > NARROW * float(shown.min()):
            ax.set_yscale("log")
    axes[0].set_ylabel(label("rms error", result.rms_error.attrs.get("units")))
    axes[1].set_ylabel("firing rate (Hz)")
    axes[2].set(ylim=(-4, 104), ylabel="saturated (% of time)")
    axes[-1].set_xlabel(label("threshold", result.threshold.attrs.get("units")))
    if shades is None:
        axes[0].legend(title="saturation rate (★ best SNR)", title_fontsize=7.5)
    else:
        axes[0].plot([], [], marker="*", ms=10, color=GREY, ls="", label="best SNR")
        axes[0].legend()
        bar = axes[0].figure.colorbar(shades, ax=list(axes), label="saturation rate (Hz)", format=LogFormatter())
        bar.ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    if ends:
        axes[-1].text(min(ends), 98, "silent ", fontsize=7.5, rotation=90, va="top")
    return axes


def plot_map(result, value="snr_db", ax=None):
    """One variable of a sweep over threshold and saturation rate, as colours with contours.

    result : Dataset from `sweep`, with axes threshold and t_ref
    value : the variable
    ax : Axes, optional, drawn on if given
    """
    if set(result.dims) != {"threshold", "t_ref"}:
        raise ValueError(f"plot_map draws a sweep over threshold and t_ref, not over {', '.join(result.dims)}")
    if min(result.sizes.values()) < 2:
        sizes = f"{result.sizes['threshold']} and {result.sizes['t_ref']}"
        raise ValueError(f"plot_map needs two thresholds and two values of t_ref at least, not {sizes}")
    if not result.t_ref.min() > 0:
        raise ValueError("plot_map needs t_ref above 0: a saturation rate without a limit has no place on its axis")
    ax = plt.gca() if ax is None else ax
    drawn = result[value].where(~result.silent).transpose("t_ref", "threshold")
    ax.set(xscale="log", yscale="log", ylabel="saturation rate (Hz)", facecolor="0.25")
    mesh = ax.pcolormesh(result.threshold, result.saturation_rate, drawn, cmap="viridis", shading="nearest", rasterized=True)
    levels = MaxNLocator(8).tick_values(*mesh.get_clim())
    # labels on the lines would crowd where they are close: the colour bar tells their values
    colors = ["white" if mesh.norm(level) < 0.5 else "black" for level in levels]
    lines = ax.contour(result.threshold, result.saturation_rate, drawn, levels, colors=colors, linewidths=0.5)
    ax.set_xlabel(label("threshold", result.threshold.attrs.get("units")))
    name = label(result[value].attrs["long_name"], result[value].attrs["units"])
    ax.figure.colorbar(mesh, ax=ax, ticks=levels, label=name).add_lines(lines)
    return ax


def plot_sweeps(results):
    """A column of `plot_sweep` for each of several sweeps, side by side, six of them at most.

    results : dict of title to Dataset, or one Dataset, of several signals or of one
    """
    if isinstance(results, dict):
        titled = list(results.items())
    else:
        each = [results.isel(signal=i) for i in range(results.sizes["signal"])] if "signal" in results.dims else [results]
        titled = [(_title(result), result) for result in each]
    n = len(titled)
    bands = ceil(n / ACROSS)
    across = ceil(n / bands)
    size, heights = (max(7, 4 * across), 6.2 * bands), (2, 1, 1) * bands
    rows = plt.subplots(3 * bands, across, sharex=True, sharey="row", squeeze=False, figsize=size, height_ratios=heights)[1]
    for i in range(3, 3 * bands):
        rows[i, 0].sharey(rows[i % 3, 0])
    for ax in rows[2::3].ravel():
        ax.tick_params(labelbottom=True)
    axes = rows.reshape(bands, 3, across).swapaxes(0, 1).reshape(3, -1)
    for ax in axes[:, n:].ravel():
        ax.remove()
    axes = axes[:, :n]
    for (title, result), column in zip(titled, axes.T, strict=True):
        plot_sweep(result, axes=column)
        column[0].set_title(title)
    return axes


def _title(result):
    """Name, duration and rate of the signal, which stand in the attributes of one sweep, and beside the signals of several."""
    notes = {**result.attrs, **{key: each.item() for key, each in result.coords.items() if each.ndim == 0}}
    name, duration = Path(notes.get("signal", "x")).name, int(notes["n_samples"]) / notes["fs"]
    name = name if len(name) <= 2 * LINE else f"{name[: LINE - 1]}…{name[-LINE:]}"
    return plain("\n".join(wrap(f"{name}, {duration:g} s at {notes['fs']:g} Hz", LINE, break_on_hyphens=False)))


def plot_tuning(result, axes=None):
    """SNR and firing rate against the tuned parameter, with what was chosen (★) and how flat it is (grey).

    result : Tuning of one parameter
    axes : two Axes, optional, drawn on if given
    """
    if len(result.grid.dims) > 1:
        raise ValueError(f"plot_tuning draws one tuned parameter, not {', '.join(result.grid.dims)}")
    if axes is None:
        axes = plt.subplots(2, 1, sharex=True, figsize=(7, 5))[1]
    ((name, (low, high)),) = result.flat.items()
    grid = result.grid.isel({name: ~result.grid.silent.values})
    chosen = getattr(result.neuron, name)
    for ax, line, value in ((axes[0], grid.snr_db, result.snr_db), (axes[1], grid.rate, result.rate)):
        ax.axvspan(low, high, color=GREY, alpha=0.35, lw=0)
        ax.plot(grid[name], line, marker="o", ms=3)
        ax.plot([chosen], [value], marker="*", ms=11, color=RED, ls="")
    asked, limit = (axes[0], result.target_snr) if result.max_rate is None else (axes[1], result.max_rate)
    asked.axhline(limit, color="black", ls=":", lw=0.8, label="target" if result.max_rate is None else "budget")
    asked.legend(loc="lower left")
    code = f"{result.snr_db:.2f} dB at {result.rate:.4g} Hz"
    axes[0].set_title(f"★ {name} {chosen:.4g}: {code}; grey: within 0.5 dB and 5 % of the rate")
    axes[0].set(xscale="log", ylabel="signal-to-noise ratio (dB)")
    axes[1].set(yscale="log", ylabel="firing rate (Hz)", xlabel=label(grid[name].attrs["long_name"], grid[name].attrs["units"]))
    return axes


def plot_rate_distortion(result, ax=None):
    """SNR against firing rate, a line a neuron: up and to the left is better.

    result : Dataset from `rate_distortion`
    ax : Axes, optional, drawn on if given
    """
    ax = plt.gca() if ax is None else ax
    for i, name in enumerate(result.neuron.values):
        curve = result.sel(neuron=name)
        curve = curve.isel(threshold=~curve.silent.values)
        ax.plot(curve.rate, curve.snr_db, marker=MARKERS[i % 5], ms=3.5, markevery=2, label=name)
    ax.set(xscale="log", xlabel="firing rate (Hz)", ylabel="signal-to-noise ratio (dB)")
    ax.legend()
    return ax


def plot_validity(result, ax=None):
    """How far measured and predicted error differ, and the border within which the law holds.

    result : Dataset from `validity`, of at least two intervals and two bandwidths
    ax : Axes, optional, drawn on if given
    """
    ax = plt.gca() if ax is None else ax
    drawn, within = result.ratio_db.transpose("bandwidth", "interval"), result.attrs["within_db"]
    most = max(float(abs(drawn).max()), within)
    mesh = ax.pcolormesh(
        result.interval, result.bandwidth, drawn, cmap="RdBu_r", vmin=-most, vmax=most, shading="nearest", rasterized=True
    )
    ax.contour(result.interval, result.bandwidth, abs(drawn), levels=[within], colors="black")
    ax.set(xscale="log", yscale="log", title=f"within the line the law holds to {within:g} dB")
    ax.set(xlabel=label("interval / time constant", "1"), ylabel=label("bandwidth × time constant", "1"))
    ax.figure.colorbar(mesh, ax=ax, label="measured over predicted error (dB)")
    return ax
