"""Signals, spikes and what is between them."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, GREEN, GREY, RED, label
from .style import label as _label


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
    ax.set(xlabel="time (s)", ylabel=label("potential", units), xlim=(0, t[-1] if t[-1] > 0 else 1))
    ax.legend(loc="upper right", ncols=3)
    return ax


def plot_raster(trains, ax=None, names=None):
    """A row of ticks a train, the first on top; negative spikes are red and shorter.

    trains : list of SpikeTrain
    ax : Axes, optional, drawn on if given
    names : of the rows; else they are counted
    """
    ax = plt.gca() if ax is None else ax
    for row, train in enumerate(trains):
        up = train.heights > 0
        ax.vlines(train.times[up], row - 0.4, row + 0.4, color="black", lw=0.8)
        ax.vlines(train.times[~up], row - 0.2, row + 0.2, color=RED, lw=0.8)
    span = min(train.start for train in trains), max(train.stop for train in trains)
    ax.set(xlim=span, ylim=(len(trains) - 0.4, -0.6), xlabel="time (s)", ylabel="neuron")
    if names is not None:
        ax.set_yticks(range(len(trains)), names)
    else:
        ax.yaxis.get_major_locator().set_params(integer=True)
    return ax


def plot_membrane(code, ax=None, units=""):
    """Membrane, which is the coding error, with the levels at which the neuron fires.

    code : Code of one channel
    ax : Axes, optional, drawn on if given
    units : of the signal, for the label
    """
    ax = plt.gca() if ax is None else ax
    t = np.arange(code.membrane.size) / code.fs
    ax.plot(t, code.membrane, color="black", ls="-", lw=0.9)
    for level in _levels(code.neuron):
        ax.axhline(level, color=GREEN, ls=":", lw=1)
    ax.set(xlabel="time (s)", ylabel=label("membrane", units), xlim=(0, t[-1] if t[-1] > 0 else 1))
    return ax


def plot_panels(code, axes=None, units=""):
    """Potential and PSP, membrane with its levels, spikes, below each other.

    code : Code of one channel
    axes : three Axes, optional, drawn on if given
    units : of the signal, for the labels
    """
    if axes is None:
        axes = plt.subplots(3, 1, sharex=True, figsize=(7, 5), height_ratios=(2.2, 1.3, 0.7))[1]
    plot_code(code, axes[0], units=units)
    plot_membrane(code, axes[1], units=units)
    plot_spikes(code.spikes, axes[2])
    for ax in axes[:2]:
        ax.set_xlabel("")
    return axes


def plot_population(code, axes=None, units=""):
    """Potential and joint reconstruction above, a row of spikes a member below.

    code : PopulationCode
    axes : two Axes, optional, drawn on if given
    units : of the signal, for the label
    """
    if axes is None:
        axes = plt.subplots(2, 1, sharex=True, figsize=(7, 4.4), height_ratios=(2, 1.3))[1]
    plot_code(code, axes[0], units=units)
    plot_raster(code.spikes, axes[1])
    axes[0].set_xlabel("")
    axes[1].set_ylabel("member")
    return axes


def plot_signal(x, fs, ax=None, units=""):
    """A signal over time; of several channels, a line each.

    x : array of shape (n,) or (channels, n)
    fs : rate in Hz
    ax : Axes, optional, drawn on if given
    units : of the signal, for the label
    """
    ax = plt.gca() if ax is None else ax
    x = np.atleast_2d(x)
    t = np.arange(x.shape[1]) / fs
    for row in x:
        ax.plot(t, row, lw=0.9)
    ax.set(xlabel="time (s)", ylabel=label("signal", units), xlim=(0, t[-1] if t[-1] > 0 else 1))
    return ax


def _levels(neuron):
    """Membranes at which a neuron of a fixed threshold fires."""
    if getattr(neuron, "threshold_kernel", ()) or not hasattr(neuron, "level"):
        return ()
    return (neuron.level, -neuron.level) if getattr(neuron, "bipolar", True) else (neuron.level,)


def plot_spectrum(frequencies, density, ax=None, bandwidth=None, units="", label=None):
    """A power spectral density on logarithmic axes, with the band of the signal shaded.

    frequencies, density : as from `noise_spectrum`
    ax : Axes, optional, drawn on if given
    bandwidth : end of the band, in Hz
    units : of the signal, for the label
    label : of the line, for a legend
    """
    ax = plt.gca() if ax is None else ax
    shown = (frequencies > 0) & (density > 0)
    ax.plot(frequencies[shown], density[shown], lw=0.7, label=label)
    if bandwidth is not None:
        ax.axvspan(frequencies[shown].min(), bandwidth, color=GREY, alpha=0.25, lw=0)
    ax.set(xscale="log", yscale="log", xlabel="frequency (Hz)", ylabel=_label("power density", f"{units}²/Hz" if units else ""))
    return ax


def plot_reconstruction(x, x_hat, fs, ax=None, spikes=None, units="", labels=("signal", "recovered")):
    """A signal and what a decoder made of its spikes, with the spikes below; unknown samples (nan) are left out.

    x, x_hat : samples, the first at the start of the spikes, or at 0
    fs : their rate in Hz
    ax : Axes, optional, drawn on if given
    spikes : SpikeTrain, drawn as ticks at the bottom
    units : of the signal, for the label
    labels : of the two lines
    """
    ax = plt.gca() if ax is None else ax
    t = np.arange(len(x)) / fs + (0.0 if spikes is None else spikes.start)
    ax.plot(t, x, color="0.65", lw=3, ls="-", label=labels[0])
    ax.plot(t, x_hat, color=BLUE, lw=1.1, ls="--", label=labels[1])
    if spikes is not None:
        for up, mark in ((True, (0.0, 0.07)), (False, (0.0, 0.035))):
            times = spikes.times[(spikes.heights > 0) == up]
            ax.vlines(times, *mark, transform=ax.get_xaxis_transform(), color="black", lw=0.7)
    ax.set(xlabel="time (s)", ylabel=_label("signal", units), xlim=(t[0], t[-1]))
    ax.legend(loc="upper right", ncols=2)
    return ax
