"""Spike coding: each spike moves a pulse from the membrane to the next neuron.

The PSP (blue) is the mirror image of the refractory response (green), so the membrane is what the PSP still lacks of the
free potential (red): membrane = free potential - PSP, at most one threshold once the neuron has fired.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import BLUE, GREEN, RED


def compute():
    """A neuron of 250 pF and 10 ms, threshold 15 mV, given 1000 pA (40 mV) from 5 ms on."""
    fs, onset = 100e3, 5e-3
    neuron = sd.LIF(15.0, tau_m=10e-3, drive="current", firing="full", bipolar=False)
    x = np.where(np.arange(round(0.06 * fs)) < round(onset * fs), 0.0, 40.0)
    code = sd.code(x, fs, neuron)
    return {"code": code, "first_wait": float(code.spikes.times[0]) - onset}


def draw(data):
    """The neuron above, what the next neuron sees below, the spikes at the bottom."""
    code = data["code"]
    t = np.arange(code.x.size) / code.fs * 1e3
    figure, (top, middle, bottom) = plt.subplots(3, 1, sharex=True, figsize=(7, 5), height_ratios=(3, 2.2, 0.6))
    top.plot(t, code.y, color=RED, ls="--", label="free potential y")
    top.plot(t, -code.psp, color=GREEN, ls="-.", label="refractory response")
    top.plot(t, code.membrane, color="black", ls="-", label="membrane u")
    top.axhline(code.neuron.threshold, color="black", ls=":", lw=0.8)
    top.text(t[-1], code.neuron.threshold, "threshold ", ha="right", va="bottom")
    top.set(ylabel="neuron (mV)", title="What a spike takes from the membrane …")
    middle.plot(t, code.y, color=RED, ls="--", label="free potential y")
    middle.plot(t, code.psp, color=BLUE, ls="-", label="PSP at the next neuron")
    middle.set(ylabel="next neuron (mV)", title="… it gives to the next neuron")
    for ax in (top, middle):
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    bottom.vlines(code.spikes.times * 1e3, 0, 1, color="black")
    bottom.set(yticks=[], ylabel="spikes", xlabel="time (ms)", xlim=(0, t[-1]))
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
