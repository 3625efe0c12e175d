"""Signal approximation: the PSP follows any signal, and its error never leaves the band of one threshold."""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import plot_code, plot_spikes


def compute(threshold=0.4):
    """Band-limited noise coded by a bipolar neuron that fires at its threshold."""
    fs = 10e3
    x = sd.signals.noise(1.0, fs, bandwidth=8.0, seed=3)
    neuron = sd.LIF(threshold, tau_m=30e-3, firing="full")
    code = sd.code(x, fs, neuron)
    return {"code": code, "bound": sd.theory.error_bound(neuron), "max_error": sd.max_error(code.y, code.psp)}


def draw(data):
    """Signal and PSP in the band, the error between its bounds, the spikes."""
    code, bound = data["code"], data["bound"]
    figure, (top, middle, bottom) = plt.subplots(3, 1, sharex=True, figsize=(7, 5.2), height_ratios=(3, 1.4, 0.8))
    plot_code(code, ax=top, band=bound)
    top.set(xlabel="", ylabel="potential (rms of the signal = 1)")
    top.set_ylim(top=top.get_ylim()[1] + 0.9)
    middle.plot(np.arange(code.y.size) / code.fs, code.error, color="black", ls="-", lw=0.7)
    for sign in (-1, 1):
        middle.axhline(sign * bound, color="black", ls=":", lw=0.8)
    middle.set(ylabel="error y − PSP", yticks=[-bound, 0, bound], yticklabels=["−θ", "0", "θ"])
    plot_spikes(code.spikes, ax=bottom)
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
