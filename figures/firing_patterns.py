"""Firing patterns: one signal, many rhythms; bursts spend their spikes and code it worse than a LIF neuron of their rate.

Published patterns of AdEx (Naud et al. 2008) and Izhikevich (2003) at a constant current, and how well their spike times, by a
Wiener decoder, give back one slow noise around that current: fitted on the first half, measured on the second. Rhythms that adapt
(RS, LTS) gain 3 dB on the LIF neuron; TC and the accelerating one, which do not burst, lose as much as bursts do.
"""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import BLUE, RED

FS, LENGTH, RIDGE, TOLERANCE = 1000.0, 0.4, 1e-2, 1e-9
SHOWN = 0.3


def patterns():
    """(label, neuron, constant current) of every preset."""
    adex = [(name, sd.AdEx.preset(name, tolerance=TOLERANCE), sd.AdEx.currents[name]) for name in sd.AdEx.presets]
    return adex + [(name, sd.Izhikevich.preset(name, tolerance=TOLERANCE), 10.0) for name in sd.Izhikevich.presets]


def compute():
    """Membranes over 300 ms; rate and SNR of noise of 5 Hz, 20 % of the current strong, over 30 s; "transient" hardly fires."""
    wave = sd.signals.noise(30.0, FS, bandwidth=5.0, seed=0)
    traces, points = {}, {}
    for name, neuron, current in patterns():
        traces[name] = sd.code(np.full(round(SHOWN * 10e3), current), 10e3, neuron)
        if name != "transient":
            points[name] = _decoded(sd.encode(current * (1 + 0.2 * wave), FS, neuron), wave)
    thresholds = np.geomspace(1.9, 0.17, 10)
    lif = np.array([_decoded(sd.encode(1 + 0.2 * wave, FS, sd.LIF(theta, drive="current")), wave) for theta in thresholds])
    gain = {name: snr - float(np.interp(np.log(rate), np.log(lif[:, 0]), lif[:, 1])) for name, (rate, snr) in points.items()}
    return {"traces": traces, "points": points, "lif": lif, "gain": gain}


def _decoded(spikes, wave):
    """Rate, and SNR of the half that was not fitted; the decoder hears times alone."""
    spikes, half = replace(spikes, heights=np.ones(len(spikes))), wave.size // 2
    wiener = sd.fit_wiener(spikes[: half / FS], wave[:half], FS, length=LENGTH, ridge=RIDGE)
    x_hat = sd.decode_wiener(spikes[half / FS :], FS, wiener)
    inner = np.isfinite(x_hat)
    return spikes.rate, sd.snr_db(wave[half:][inner], x_hat[inner])


def draw(data):
    """Two columns of membranes; below, SNR against rate, with the curve of a LIF neuron."""
    names = list(data["traces"])
    adex = [name for name in names if isinstance(data["traces"][name].neuron, sd.AdEx)]
    figure = plt.figure(figsize=(7, 8.4))
    top, bottom = figure.subfigures(2, 1, height_ratios=(1.75, 1))
    for part, chosen, title in zip(top.subfigures(1, 2), (adex, names[len(adex) :]), ("AdEx", "Izhikevich"), strict=True):
        axes = part.subplots(len(chosen), 1, sharex=True)
        for name, ax in zip(chosen, axes, strict=True):
            code = data["traces"][name]
            ax.plot(1e3 * np.arange(code.x.size) / code.fs, code.membrane, color="black", ls="-", lw=0.6)
            ax.vlines(1e3 * code.spikes.times, -40, 20, color="black", lw=0.6)
            ax.set(ylim=(-95, 35), yticks=[-80, 0], title=name)
        axes[0].set_title(f"{title}: {chosen[0]}")
        axes[-1].set_xlabel("time (ms)")
        part.supylabel("membrane potential (mV)", fontsize=8)
    ax = bottom.subplots()
    ax.plot(*data["lif"].T, color="black", ls="-", lw=1, label="LIF, as its threshold varies")
    for chosen, color, marker, title in ((adex, BLUE, "o", "AdEx"), (names[len(adex) :], RED, "s", "Izhikevich")):
        points = np.array([data["points"][name] for name in chosen if name in data["points"]])
        ax.plot(*points.T, color=color, marker=marker, ls="", ms=5, label=title)
    for name, (rate, snr) in data["points"].items():
        left, below = name == "irregular", name in ("FS", "IB")
        ax.annotate(name, (rate, snr), (-5 if left else 5, -11 if below else -3), textcoords="offset points", fontsize=7.5,
                    ha="right" if left else "left")  # fmt: skip
    ax.set(xscale="log", xlim=(11, 400), xlabel="firing rate (Hz)", ylabel="SNR of the decoded noise (dB)")
    ax.set_xticks([20, 50, 100, 200], [20, 50, 100, 200])
    ax.minorticks_off()
    ax.legend(loc="upper left")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
