"""The error law holds while spikes come faster than the PSP decays and, for a unipolar neuron, signals change slower.

Both conditions are numbers: an interval T below about half of τ, and for a unipolar neuron a bandwidth B below √3 / (2π · 3m τ),
at which a signal of modulation m falls as fast as the PSP.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

MODULATION = 0.2


def compute():
    """Noise of mean 1 and rms 0.2 at 7 intervals and 8 bandwidths, coded by a unipolar and by a bipolar neuron."""
    axes = {"interval": np.geomspace(0.03, 3, 7), "bandwidth": np.geomspace(0.03, 3, 8)}
    maps = {
        name: sd.validity(sd.LIF(bipolar=bipolar), modulation=MODULATION, **axes)
        for name, bipolar in (("unipolar", False), ("bipolar", True))
    }
    return {"maps": maps, "interval_limit": 0.5, "bandwidth_limit": 3**0.5 / (2 * np.pi * 3 * MODULATION)}


def draw(data):
    """Measured errors over the law on the left, the two maps of their ratio beside it."""
    figure, (left, *right) = plt.subplots(1, 3, figsize=(7, 3), width_ratios=(1.15, 1, 1))
    unipolar = data["maps"]["unipolar"]
    for i, mark in zip((0, 5, 7), "os^", strict=True):
        row = unipolar.isel(bandwidth=i)
        left.plot(row.interval, row.measured, marker=mark, ms=4, ls="", label=f"Bτ = {float(row.bandwidth):.2g}")
    left.plot(unipolar.interval, unipolar.predicted[:, 0], color="black", ls="-", lw=0.9, label="law θ/√12")
    left.axvline(data["interval_limit"], color="black", ls=":", lw=1)
    left.set(xscale="log", yscale="log", xlabel="interval T / τ (1)", ylabel="rms error (mean of the signal)", title="unipolar")
    left.legend(loc="upper left", borderpad=0, handletextpad=0.3)
    right[0].text(1.5, 0.03, "signal\ntoo fast", color="white", ha="center", fontsize=7)
    for ax, (name, found) in zip(right, data["maps"].items(), strict=True):
        mesh = ax.pcolormesh(
            found.bandwidth, found.interval, found.ratio_db, cmap="RdBu_r", vmin=-10, vmax=10, shading="nearest", rasterized=True
        )
        ax.contour(found.bandwidth, found.interval, np.abs(found.ratio_db), levels=[1], colors="black", linewidths=1.2)
        ax.axhline(data["interval_limit"], color="black", ls=":", lw=1)
        if name == "unipolar":
            ax.axvline(data["bandwidth_limit"], color="black", ls=":", lw=1)
        ax.set(xscale="log", yscale="log", xlabel="bandwidth · τ (1)", title=f"{name} (line: 1 dB)")
    right[0].set_ylabel("interval T / τ (1)")
    right[1].tick_params(labelleft=False)
    figure.colorbar(mesh, ax=right, label="measured error over law (dB)", extend="max")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
