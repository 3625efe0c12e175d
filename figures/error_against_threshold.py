"""Error against threshold: a straight law, bounded by saturation below and silence above.

Between the onset of saturation and the silent end the error is the law of the firing rule, θ / √12 for half firing.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

RATES = (1000.0, 250.0)


def compute(n=56):
    """A current 40 + 30 sin 4πt into a neuron of 50 ms, thresholds from 0.02 to 400."""
    fs = 20e3
    x = 40 + 30 * np.sin(4 * np.pi * np.arange(round(2 * fs)) / fs)
    neuron = sd.LIF(tau_m=50e-3, drive="current")
    thresholds = np.geomspace(0.02, 400, n)
    result = sd.sweep(x, fs, neuron, threshold=thresholds, t_ref=[0.0, *(1 / rate for rate in RATES)])
    peak = float(sd.potential(x, fs, neuron).max())
    unit = [sd.LIF(1.0, tau_m=50e-3, t_ref=1 / rate, drive="current") for rate in RATES]
    return {
        "result": result,
        "law": np.array([sd.theory.error_law(sd.LIF(theta)) for theta in thresholds]),
        "onset": [peak / sd.theory.saturation_onset(each) for each in unit],
        "silence": sd.theory.silence_threshold(peak, neuron),
    }


def draw(data):
    """The sweep, and the three predictions over it."""
    result = data["result"]
    figure, axes = plt.subplots(3, 1, sharex=True, figsize=(7, 6.2), height_ratios=(2, 1, 1))
    sd.plots.plot_sweep(result, axes=axes)
    axes[0].plot(result.threshold, data["law"], color="black", ls="-", lw=0.8, label="law θ/√12")
    for ax in axes:
        for onset, line in zip(data["onset"], axes[0].lines[2::2], strict=False):
            ax.axvline(onset, color=line.get_color(), ls=":", lw=1)
        ax.axvline(data["silence"], color="black", ls=":", lw=1)
    axes[0].legend(title="saturation rate (★ best SNR)", loc="center left", title_fontsize=7.5)
    for rate, onset, side in zip(RATES, data["onset"], ("right", "left"), strict=True):
        axes[1].text(onset, 3, f" onset at {rate:g} Hz ", fontsize=7, ha=side)
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
