"""Error over threshold and saturation rate: the best threshold stands at the edge of saturation, on the predicted line.

A neuron limited to r spikes per second follows signals up to (θ/2) coth(1 / 2rτ): below the threshold at which the signal's
peak meets that line it saturates, above twice the peak it is silent.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd


def compute(thresholds=49, rates=25):
    """Noise of 4 Hz and rms 1, coded at all pairs of 49 thresholds and 25 saturation rates."""
    fs, tau = 2000.0, 20e-3
    x = sd.signals.noise(10.0, fs, bandwidth=4.0, seed=3)
    limits = np.geomspace(20, 2000, rates)
    result = sd.sweep(x, fs, sd.LIF(tau_m=tau), threshold=np.geomspace(5e-3, 30, thresholds), t_ref=1 / limits)
    peak = float(np.abs(x).max())
    onset = [peak / sd.theory.saturation_onset(sd.LIF(1.0, tau, 1 / limit)) for limit in limits]
    best = result.threshold[result.rms_error.argmin("threshold")].values
    return {"result": result, "limits": limits, "onset": np.array(onset), "best": best, "silence": 2 * peak}


def draw(data):
    """The map of the SNR, the two predicted borders, and the best threshold of every rate."""
    figure, ax = plt.subplots(figsize=(7, 4.2))
    sd.plots.plot_map(data["result"], ax=ax)
    ax.plot(data["onset"], data["limits"], color="white", ls="-", lw=1.6, label="predicted onset of saturation")
    ax.plot(data["best"], data["limits"], color="white", ls="", marker="*", ms=5, label="best threshold")
    ax.axvline(data["silence"], color="white", ls=":", lw=1.6)
    ax.text(0.012, 300, "saturated", color="white", ha="center", fontsize=10)
    ax.text(data["silence"] * 1.3, 200, "silent", color="white", rotation=90, va="center", fontsize=10)
    ax.legend(loc="lower left", labelcolor="white")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
