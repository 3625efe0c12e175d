"""Rate against distortion: at equal spikes half firing gains 5 dB over full firing, multiplicative adaptation 5 dB more.

Twice the spikes buy nearly 6 dB, until adaptation ends it. An electrocardiogram and one decoder, the PSP, which knows every
pulse's height. A unipolar neuron cannot push its PSP down: on a signal of both signs no number of spikes helps it.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

NEURONS = {
    "LIF, half firing": sd.LIF(),
    "LIF, full firing": sd.LIF(firing="full"),
    "LIF, half, unipolar": sd.LIF(bipolar=False),
    "multiplicative": sd.MultiplicativeLIF(),
}


def compute():
    """Twenty seconds of the bundled electrocardiogram at 40 thresholds, and the gain of each neuron over half firing."""
    ecg = sd.recording("ecg")
    curves = sd.rate_distortion(ecg.x[: 20 * 360], ecg.fs, NEURONS, threshold=np.geomspace(0.01, 4, 40))
    rates = np.array([30.0, 60.0, 120.0, 240.0, 480.0])
    at = {name: _snr_at(curves.sel(neuron=name), rates) for name in NEURONS}
    half = at["LIF, half firing"]
    return {
        "curves": curves,
        "rates": rates,
        "gain": {name: snr - half for name, snr in at.items()},
        "octave": np.diff(half),
    }


def _snr_at(curve, rates):
    fired = curve.isel(threshold=~curve.silent.values).sortby("rate")
    return np.interp(np.log(rates), np.log(fired.rate.values), fired.snr_db.values, right=np.nan)


def draw(data):
    """SNR against rate, a line a neuron."""
    figure, ax = plt.subplots(figsize=(7, 4))
    curves = data["curves"]
    for name, marker in zip(NEURONS, "os^D", strict=True):
        curve = curves.sel(neuron=name)
        curve = curve.isel(threshold=~curve.silent.values)
        ax.plot(curve.rate, curve.snr_db, marker=marker, ms=3.5, markevery=2, label=name)
    base = np.array([100.0, 400.0])
    ax.plot(base, 30 + 20 * np.log10(base / 100), color="black", ls="-", lw=0.8)
    ax.text(150, 36, "6 dB an octave", ha="right", fontsize=7.5)
    ax.set(xscale="log", xlabel="firing rate (Hz)", ylabel="signal-to-noise ratio of the PSP (dB)", xlim=(1, 4000))
    ax.legend(loc="upper left")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
