"""A chain of neurons: each codes what it hears from the one before, and the errors that pile up are their membranes.

The PSP of S_i is the free potential of S_j, and that of S_j the free potential of S_k. What the end of the chain lacks of the
signal is the sum of the three membranes, at most half the sum of the thresholds.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import BLUE, GREEN, RED

FS, THRESHOLDS = 10e3, {"i": 0.4, "j": 0.6, "k": 0.9}


def compute():
    """Noise of 4 Hz and rms 1, coded by S_i and passed on to S_j and S_k."""
    x = sd.signals.noise(0.6, FS, bandwidth=4.0, seed=4)
    first, second, third = (sd.LIF(theta) for theta in THRESHOLDS.values())
    codes = {"i": sd.code(x, FS, first)}
    codes["j"] = sd.propagation(codes["i"].spikes, 1.0, second, FS)
    codes["k"] = sd.propagation(codes["j"].spikes, 1.0, third, FS)
    return {"codes": codes, "error": x - codes["k"].psp, "bound": sum(THRESHOLDS.values()) / 2}


def draw(data):
    """A row a neuron, its spikes as ticks, and the error at the end of the chain below."""
    figure, axes = plt.subplots(4, 1, sharex=True, figsize=(7, 6.6))
    t = np.arange(data["error"].size) / FS
    for (name, code), ax, heard in zip(data["codes"].items(), axes, ("signal", "PSP of $S_i$", "PSP of $S_j$"), strict=False):
        ax.plot(t, code.y, color=RED, ls="-", lw=1, label=f"free potential of $S_{name}$: {heard}")
        ax.plot(t, code.psp, color=BLUE, ls="--", lw=1, label=f"PSP of $S_{name}$")
        ax.plot(t, code.membrane, color="black", ls="-", lw=0.6, label="membrane")
        sign = np.sign(code.spikes.heights)
        ax.vlines(code.spikes.times, -4.3 + 0.45 * np.minimum(sign, 0), -4.3 + 0.45 * np.maximum(sign, 0), color="black", lw=0.8)
        ax.set(ylim=(-4.9, 4.2), yticks=[-2, 0, 2])
        ax.set_title(f"$S_{name}$: θ = {THRESHOLDS[name]:g}, {len(code.spikes)} spikes (ticks: up positive, down negative)")
    axes[3].axhspan(-data["bound"], data["bound"], color=GREEN, alpha=0.2, lw=0, label="bound: half the sum of the thresholds")
    axes[3].plot(t, data["error"], color="black", ls="-", lw=0.6, label="signal − PSP of $S_k$ = sum of the membranes")
    axes[3].set(xlabel="time (s)", title="error at the end of the chain", ylim=(-1.2, 1.9), xlim=(0, t[-1]))
    for ax in axes:
        ax.legend(loc="upper right", ncols=3)
    figure.supylabel("potential (units of the signal)", fontsize=8)
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
