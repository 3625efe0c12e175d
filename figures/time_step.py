"""Which time step do I need: each halving of the grid that rounds spike times buys 6 dB, down to what the firing rate leaves.

Low-pass decoding of an ideal integrator, at several times the Nyquist rate 2B = 40 Hz: the law tells the step that a target
needs, 19 µs for 60 dB at eight times that rate. Exact times leave the sidebands
of the rate, and near 130 dB what is lost by holding samples.
"""

from dataclasses import replace
from math import inf

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

BAND = 20.0
RATIOS, TARGETS = (4, 8, 16), (40.0, 60.0, 80.0)


def compute():
    """Noise of 20 Hz and mean 1 into ideal integrators of three rates; their times rounded to grids of 0.1 µs to 1 ms."""
    duration, fs, fs_out = 12.0, 16e3, 250.0
    waves = [sd.signals.noise(duration, each, BAND, seed=2) for each in (fs, fs_out)]
    x, x_out = (1 + 0.5 * wave / np.abs(waves[0]).max() for wave in waves)
    # what the encoder sees: every sample held, so that the signal is late by half of one
    f = np.fft.rfftfreq(x_out.size, 1 / fs_out)
    seen = np.fft.irfft(np.fft.rfft(x_out) * np.sinc(f / fs) * np.exp(-1j * np.pi * f / fs), x_out.size)
    steps = np.geomspace(1e-7, 1e-3, 13)
    data = {"steps": steps, "snr": {}, "law": {}, "needed": {}, "floor": {}}
    for ratio in RATIOS:
        rate = 2 * BAND * ratio
        neuron = sd.LIF(1 / rate, inf, drive="current")
        spikes = sd.encode(x, fs, neuron)
        trains = [spikes] + [replace(spikes, times=np.round(spikes.times / dt) * dt) for dt in steps]
        data["floor"][ratio], *data["snr"][ratio] = (_inband_snr(seen, train, fs_out) for train in trains)
        data["law"][ratio] = 10 * np.log10(x.var() / [sd.theory.time_grid_noise(neuron, rate, dt, BAND) for dt in steps])
        data["needed"][ratio] = [sd.theory.time_grid_step(neuron, rate, BAND, x.var(), target) for target in TARGETS]
    return data


def _inband_snr(x, train, fs):
    x_hat = sd.decode_lowpass(train, fs, BAND)
    inner = np.isfinite(x_hat)
    return 20 * np.log10(x[inner].std() / sd.inband_noise(x[inner], x_hat[inner], fs, BAND))


def draw(data):
    """SNR against the step, a line and its law for every rate, and the steps that the targets need."""
    figure, ax = plt.subplots(figsize=(7, 3.8))
    steps = 1e6 * data["steps"]
    for i, (ratio, mark) in enumerate(zip(RATIOS, "os^", strict=True)):
        color = f"C{i}"
        ax.plot(steps, data["snr"][ratio], marker=mark, ms=4, ls="", color=color, label=f"measured, {ratio} · 2B")
        ax.plot(steps, data["law"][ratio], ls="-", lw=0.8, color=color)
        ax.axhline(data["floor"][ratio], xmax=0.12, ls=":", lw=1.4, color=color)
    for target, needed in zip(TARGETS, data["needed"][RATIOS[1]], strict=True):
        ax.plot([0, 1e6 * needed, 1e6 * needed], [target, target, 0], color="black", ls="--", lw=0.7)
        ax.text(1e6 * needed, 2, f" {1e6 * needed:.3g} µs for {target:g} dB", fontsize=7.5)
    ax.plot([], [], color="black", ls="-", lw=0.8, label="law, time_grid_noise")
    ax.plot([], [], color="black", ls=":", lw=1.4, label="exact times")
    ax.plot([], [], color="black", ls="--", lw=0.7, label=f"step needed at {RATIOS[1]} · 2B")
    ax.set(xscale="log", xlim=(0.08, 1500), ylim=(0, 142), xlabel="time step of the grid (µs)")
    ax.set_ylabel("signal over in-band noise (dB)")
    ax.legend(loc="upper right", ncols=2, title=f"low-pass decoding, B = {BAND:g} Hz", title_fontsize=7.5)
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
