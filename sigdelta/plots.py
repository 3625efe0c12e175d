"""Drawing results on axes. Nothing is computed here: arrays and results in, Axes out."""

from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

BLUE, RED, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "0.55"
STYLE = str(files("sigdelta") / "sigdelta.mplstyle")


def style():
    """Context in which figures get the shipped style: ``with sd.plots.style(): ...``."""
    return plt.style.context(STYLE)


def plot_spikes(spikes, ax=None, color="black"):
    """Raster of a train: a tick up for a positive spike, down for a negative one.

    spikes : SpikeTrain
    ax : Axes, optional, drawn on if given
    color : of the ticks
    """
    ax = plt.gca() if ax is None else ax
    up = spikes.heights > 0
    ax.vlines(spikes.times[up], 0, 1, color=color, lw=0.8)
    ax.vlines(spikes.times[~up], -1, 0, color=color, lw=0.8)
    ax.axhline(0, color=GREY, lw=0.5)
    ax.set(xlim=(spikes.start, spikes.stop), ylim=(-1.1, 1.1) if not up.all() else (-0.1, 1.1), yticks=[], xlabel="time (s)")
    ax.set_ylabel("spikes")
    return ax


def plot_code(code, ax=None, band=None, units=""):
    """Free potential and its reconstruction, with the band in which the error must stay.

    code : Code of one channel
    ax : Axes, optional, drawn on if given
    band : half-width of the error band around y, in units of the signal
    units : of the signal, for the label
    """
    ax = plt.gca() if ax is None else ax
    t = np.arange(code.y.size) / code.fs
    if band is not None:
        ax.fill_between(t, code.y - band, code.y + band, color=RED, alpha=0.2, lw=0, label=f"y ± {band:.3g}")
    ax.plot(t, code.y, color=RED, ls="-", label="free potential y")
    ax.plot(t, code.psp, color=BLUE, ls="-", lw=0.9, label="PSP")
    ax.set(xlabel="time (s)", ylabel=_label("potential", units), xlim=(0, t[-1] if t[-1] > 0 else 1))
    ax.legend(loc="upper right", ncols=3)
    return ax


def plot_sweep(result, axes=None):
    """Error, firing rate and saturation against threshold, one line per saturation rate.

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
    ends = set()
    for i in range(lines.sizes["t_ref"]):
        line = lines.isel(t_ref=i).sortby("threshold")
        limit = float(result.saturation_rate.values.flat[i])
        mark = {"marker": "os^Dv"[i % 5], "ms": 3, "markevery": 2}
        name = f"{limit:g} Hz" if np.isfinite(limit) else "no limit"
        axes[0].plot(line.threshold, line.rms_error, label=name, **mark)
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
        ax.set_xscale("log")
    axes[0].set(yscale="log", ylabel=_label("rms error", result.rms_error.attrs["units"]))
    axes[1].set(yscale="log", ylabel="firing rate (Hz)")
    axes[2].set(ylim=(-4, 104), ylabel="saturated (% of time)")
    axes[-1].set_xlabel(_label("threshold", result.threshold.attrs["units"]))
    axes[0].legend(title="saturation rate (★ best SNR)", title_fontsize=7.5)
    if ends:
        axes[-1].text(min(ends), 60, " silent", fontsize=7.5)
    return axes


def plot_map(result, value="snr_db", ax=None):
    """One variable of a sweep over threshold and saturation rate, as colours with contours.

    result : Dataset from `sweep`, with axes threshold and t_ref
    value : the variable
    ax : Axes, optional, drawn on if given
    """
    if set(result.dims) != {"threshold", "t_ref"}:
        raise ValueError(f"plot_map draws a sweep over threshold and t_ref, not over {', '.join(result.dims)}")
    ax = plt.gca() if ax is None else ax
    drawn = result[value].where(~result.silent).transpose("t_ref", "threshold")
    ax.set_facecolor("0.25")
    mesh = ax.pcolormesh(result.threshold, result.saturation_rate, drawn, cmap="viridis", shading="nearest", rasterized=True)
    lines = ax.contour(result.threshold, result.saturation_rate, drawn, colors="black", linewidths=0.5, levels=8)
    ax.clabel(lines, fontsize=7)
    ax.set(xscale="log", yscale="log", ylabel="saturation rate (Hz)")
    ax.set_xlabel(_label("threshold", result.threshold.attrs["units"]))
    ax.figure.colorbar(mesh, ax=ax, label=_label(result[value].attrs["long_name"], result[value].attrs["units"]))
    return ax


def plot_sweeps(results):
    """A column of `plot_sweep` for each of several sweeps, side by side.

    results : dict of title to Dataset
    """
    n = len(results)
    axes = plt.subplots(
        3, n, sharex=True, sharey="row", squeeze=False, figsize=(max(7, 4 * n), 6.2), height_ratios=(2, 1, 1)
    )[1]  # fmt: skip
    for (title, result), column in zip(results.items(), axes.T, strict=True):
        plot_sweep(result, axes=column)
        column[0].set_title(title)
    return axes


def _label(quantity, units):
    return f"{quantity} ({units})" if units else quantity


def plot_learning(outcome):
    """What a task came to: loss, rates, time constants before and after, and spikes and outputs on one test sequence.

    outcome : Outcome of `learn.TASKS`
    """
    figure, axes = plt.subplot_mosaic([["curves", "rates", "taus"], ["spikes", "spikes", "spikes"], ["out", "out", "out"]],
                                      figsize=(7, 6.4))  # fmt: skip
    for name, curve in outcome.curves.items():
        ax = axes["rates" if name.startswith("rate") else "curves"]
        ax.plot(np.arange(1, len(curve) + 1), curve, label=name)
    axes["curves"].set(xlabel="epoch (1)", title="loss and quality")
    axes["rates"].set(xlabel="epoch (1)", ylabel="firing rate (Hz)", title="rates")
    for i, name in enumerate(outcome.after):
        for values, marker, color, side in ((outcome.before[name], "o", GREY, -0.15), (outcome.after[name], "^", BLUE, 0.15)):
            axes["taus"].plot(np.full(values.size, i + side), 1e3 * values, marker=marker, color=color, ls="", ms=3, mfc="none")
    names = [name.replace(".", "\n") for name in outcome.after]
    axes["taus"].set(yscale="log", xticks=range(len(names)), xticklabels=names, title="time constants (ms)\nbefore ○ and after △")
    axes["taus"].tick_params(axis="x", labelsize=6)
    t = np.arange(len(outcome.outputs)) * outcome.dt
    step, neuron = np.nonzero(outcome.spikes)
    axes["spikes"].plot(step * outcome.dt, neuron, marker="|", ms=3, ls="", color="black")
    axes["spikes"].set(xlabel="time (s)", ylabel="neuron", xlim=(0, t[-1]), ylim=(-0.5, outcome.spikes.shape[1] - 0.5))
    for i, (wanted, given) in enumerate(zip(outcome.targets.T, outcome.outputs.T, strict=True)):
        top = max(np.abs(given).max(), 1e-12)
        axes["out"].plot(t, i + 0.4 * given / top, color=BLUE, ls="-", lw=0.8)
        axes["out"].plot(t, i + 0.4 * wanted / max(np.abs(wanted).max(), 1e-12), color=RED, ls="--", lw=0.8)
    axes["out"].set(
        xlabel="time (s)", ylabel="output", xlim=(0, t[-1]), title="outputs (—) and what they should be (- -), each scaled"
    )
    for name in ("curves", "rates"):
        if axes[name].lines:
            axes[name].legend(fontsize=6)
    return figure
