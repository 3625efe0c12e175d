"""Biology: at the rate of a grasshopper's auditory receptor, LIF neurons tell more of the sound than the receptor did.

The same sound, rate and decoder: a Wiener filter that hears spike times alone, fitted on the first half and measured on the
second. Bits per spike are those below 200 Hz, a lower bound in the sense of `information_rate` (the sound's envelope is not
Gaussian). Adaptation changes little at this rate. Another sound, to the same receptor: ``compute("grasshopper2")``.
"""

import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from scipy.signal import resample_poly
from scipy.stats import t as student

import sigdelta as sd
from sigdelta.plots import BLUE, GREEN, RED

DRIVE = {"tau_m": 10e-3, "drive": "current", "firing": "full", "bipolar": False}
FS, LENGTH, RIDGE, BANDWIDTH, BLOCKS = 2000.0, 0.1, 0.01, 200.0, 20
SHOWN = 0.35


def compute(name="grasshopper"):
    """Spikes, reconstruction, SNR and bits per spike of three neurons; (value, low, high) with 95 % limits."""
    sound = sd.recording(name)
    spikes = {
        "recorded receptor": sound.spikes,
        "LIF": at_rate(lambda theta: sd.LIF(theta, **DRIVE), sound),
        "adaptive LIF": at_rate(lambda theta: sd.AdaptiveLIF(theta, beta=10 * theta, **DRIVE), sound),
    }
    x = resample_poly(sound.x, 1, round(sound.fs / FS))
    data = {"spikes": spikes, "x": x[x.size // 2 :], "start": x.size // 2 / FS, "x_hat": {}, "snr_db": {}, "bits": {}}
    for neuron, train in spikes.items():
        data["x_hat"][neuron], data["snr_db"][neuron], data["bits"][neuron] = _decoded(train, x)
    return data


def at_rate(make, recording):
    """Spikes of the neuron that `make` makes of a threshold, at the rate of the recorded one."""
    low, high = 1e-6, 1.0
    for _ in range(25):
        middle = math.sqrt(low * high)
        dense = sd.encode(recording.x, recording.fs, make(middle)).rate > recording.spikes.rate
        low, high = (middle, high) if dense else (low, middle)
    return sd.encode(recording.x, recording.fs, make(high))


def _decoded(spikes, x):
    """The second half, by a filter fitted on the first."""
    spikes, half = replace(spikes, heights=np.ones(len(spikes)), kernel=((1.0, 10e-3),)), x.size // 2
    wiener = sd.fit_wiener(spikes[: half / FS], x[:half], FS, length=LENGTH, ridge=RIDGE)
    held_out = spikes[half / FS :]
    x_hat = sd.decode_wiener(held_out, FS, wiener)
    inner = np.isfinite(x_hat)
    rate = sd.information_rate(x[half:][inner], x_hat[inner], FS, bandwidth=BANDWIDTH, spikes=held_out)
    return x_hat, _snr_interval(x[half:][inner], x_hat[inner]), tuple(np.array(rate[:3]) / held_out.rate)


def _snr_interval(x, x_hat):
    """SNR in dB with its 95 % interval, by the jackknife over blocks of the error."""
    squares = np.array([np.mean(block**2) for block in np.array_split(x - x_hat, BLOCKS)])
    without = 10 * np.log10(x.var() / ((squares.sum() - squares) / (BLOCKS - 1)))
    margin = math.sqrt((BLOCKS - 1) * without.var()) * student.ppf(0.975, BLOCKS - 1)
    snr = sd.snr_db(x, x_hat)
    return snr, snr - margin, snr + margin


def draw(data):
    """A row a neuron: the sound, its spikes, what they give back; on the right, SNR and bits per spike."""
    figure = plt.figure(figsize=(7, 5.2))
    left, right = figure.subfigures(1, 2, width_ratios=(2.5, 1))
    rows = left.subplots(3, 1, sharex=True, sharey=True)
    n = round(SHOWN * FS)
    # the half that was not fitted, from 1 s on: the filter knows no more of its first samples
    first = round(FS)
    t, colors = data["start"] + (first + np.arange(n)) / FS, (RED, BLUE, GREEN)
    for (name, spikes), ax, color in zip(data["spikes"].items(), rows, colors, strict=True):
        ax.plot(t, data["x"][first : first + n], color="0.7", ls="-", lw=2, label="sound")
        ax.plot(t, data["x_hat"][name][first : first + n], color=color, ls="-", lw=1.2, label="reconstruction")
        shown = spikes[float(t[0]) : float(t[-1])]
        ax.vlines(shown.times, 0.0, 0.07, transform=ax.get_xaxis_transform(), color="black", lw=0.9)
        ax.set_title(f"{name}: {len(spikes)} spikes in 10 s (ticks)")
        ax.set_ylim(-0.08, 1.05)
        ax.legend(loc="upper right", ncols=2)
    rows[1].set_ylabel("envelope of the sound (of its peak)")
    rows[2].set(xlabel="time (s)", xlim=(t[0], t[-1]))
    for ax, key, label in zip(right.subplots(2, 1), ("snr_db", "bits"), ("SNR (dB)", "bits per spike (1)"), strict=True):
        for place, ((value, low, high), color) in enumerate(zip(data[key].values(), colors, strict=True)):
            ax.errorbar(place, value, [[value - low], [high - value]], color=color, marker="os^"[place], ls="", capsize=3)
        ax.set(xlim=(-0.5, 2.5), ylabel=label, ylim=(min(0, ax.get_ylim()[0]), None))
        ax.set_xticks(range(3), ["receptor", "LIF", "adaptive"])
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
