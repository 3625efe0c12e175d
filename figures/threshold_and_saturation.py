"""Threshold and saturation: too low a threshold saturates on strong input, too high a threshold says nothing.

The same signal at three thresholds, with the neuron limited to 250 spikes per second.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import plot_code, plot_spikes

THRESHOLDS = {"fine, but saturated": 0.05, "balanced": 0.35, "silent": 4.2}


def compute():
    """A 3 Hz tone whose strength grows from weak to strong, peaking at 2."""
    fs = 10e3
    t = np.arange(round(1.5 * fs)) / fs
    x = 2 * np.sin(2 * np.pi * 3 * t) * np.exp(2.5 * (t - t[-1]))
    neurons = {name: sd.LIF(theta, tau_m=20e-3, t_ref=4e-3) for name, theta in THRESHOLDS.items()}
    codes = {name: sd.code(x, fs, neuron) for name, neuron in neurons.items()}
    saturated = {name: sd.saturated_fraction(codes[name].spikes, neuron) for name, neuron in neurons.items()}
    onset = {name: sd.theory.saturation_onset(neuron) for name, neuron in neurons.items()}
    return {"codes": codes, "saturated": saturated, "onset": onset}


def draw(data):
    """A column a threshold: signal and PSP above, spikes below."""
    codes = data["codes"]
    figure, axes = plt.subplots(2, 3, sharex=True, sharey="row", figsize=(7, 3.6), height_ratios=(3, 0.8))
    for (name, code), (top, bottom) in zip(codes.items(), axes.T, strict=True):
        plot_code(code, ax=top)
        top.set_title(f"{name}: θ = {code.neuron.threshold:g}\n{code.snr_db:.1f} dB, {code.spikes.rate:.0f} Hz".replace("-", "−"))
        top.set(xlabel="", ylabel="")
        top.get_legend().remove()
        limit = data["onset"][name]
        if limit < np.abs(code.y).max():
            for sign in (-1, 1):
                top.axhline(sign * limit, color="black", ls=":", lw=0.8)
            top.text(0, -limit - 0.03, " onset of saturation", va="top", fontsize=7)
        plot_spikes(code.spikes, ax=bottom)
        bottom.set(ylabel="", ylim=(-1.1, 1.1))
    axes[0, 0].set_ylabel("potential (units of the signal)")
    axes[1, 0].set_ylabel("spikes")
    axes[0, 2].legend(loc="upper left")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
