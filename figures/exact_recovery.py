"""Exact recovery: more spikes than two a period of the bandwidth give the signal back to rounding; fewer do not, however read.

What limits it is the clock: a grid a hundred times coarser costs 40 dB. One channel or two, the transition stands where the
spikes of all together come to one a Nyquist interval (K. Adam, A. Scholefield, M. Vetterli, IEEE Trans.
Signal Process. 68, 1105, 2020).
"""

import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import sici

import sigdelta as sd

BAND, FS, GRIDS = 20.0, 1000.0, {"exact times": None, "grid of 1 µs": 1e-6, "grid of 100 µs": 1e-4}
STEP, DURATION = 2.0, 20.0


def compute():
    """Noise of 20 Hz, its spikes at 2.5 times the Nyquist rate read exactly and from grids; 5 random signals at 11 densities."""
    wave = sd.signals.noise(6.0, FS, BAND, seed=4)
    x = 1 + 0.5 * wave / np.abs(wave).max()
    neuron = sd.LIF(1 / (2.5 * 2 * BAND), math.inf, drive="current")
    spikes = sd.encode(x, FS, neuron)
    recovered = {}
    for name, dt in GRIDS.items():
        read = spikes if dt is None else replace(spikes, times=np.round(spikes.times / dt) * dt)
        recovered[name] = sd.decode_bandlimited(read, FS, neuron, BAND, hold="zero")
    known = np.isfinite(recovered["exact times"])
    snr_db = {name: sd.snr_db(x[known], x_hat[known]) for name, x_hat in recovered.items()}
    trials = {
        channels: np.array([[_trial(density, channels, seed) for seed in range(5)] for density in np.geomspace(0.5, 2, 11)])
        for channels in (1, 2)
    }
    density = {channels: each[..., 0] for channels, each in trials.items()}
    error_db = {channels: each[..., 1] for channels, each in trials.items()}
    return {"x": x, "spikes": spikes, "recovered": recovered, "snr_db": snr_db, "density": density, "error_db": error_db}


def _trial(density, channels, seed):
    """Density and error in dB of the signal of least norm that has the measured integrals; channels fire in even turns.

    A channel fires where the integral of x + b has grown by 2; x is a sum of sinc functions, unit rms, and b = max |x| + 1, as in
    the paper. The density aimed at sets the band, from a mean rate of about 2 Hz a channel; what came out is returned.
    """
    omega = math.pi * channels * 2.0 / density
    nodes = np.arange(0, DURATION, math.pi / omega)
    grid = np.linspace(0, DURATION, 20 * nodes.size)
    a = np.random.default_rng(seed).uniform(0, 1, nodes.size)
    a /= np.sqrt(np.mean((np.sinc(omega / math.pi * (grid[:, None] - nodes)) @ a) ** 2))

    def signal(t):
        return np.sinc(omega / math.pi * (t[:, None] - nodes)) @ a

    def integral(t):
        return (sici(omega * (t[:, None] - nodes))[0] + sici(omega * nodes)[0]) @ a / omega

    bias = np.abs(signal(grid)).max() + 1
    grown, trains = integral(grid) + bias * grid, []
    for goal in (np.arange(STEP * (1 - m / channels), grown[-1], STEP) for m in range(channels)):
        t = np.interp(goal, grown, grid)
        for _ in range(4):
            t -= (integral(t) + bias * t - goal) / (signal(t) + bias)
        trains.append(t)
    t = np.linspace(0.05 * DURATION, 0.95 * DURATION, 400)
    x, x_hat = signal(t), _least_norm(trains, omega, bias, t)
    intervals = sum(each.size - 1 for each in trains)
    return intervals / DURATION / (omega / math.pi), 10 * np.log10(np.mean((x_hat - x) ** 2) / np.mean(x**2))


def _least_norm(trains, omega, bias, t):
    begin, end = (np.concatenate(column) for column in zip(*((each[:-1], each[1:]) for each in trains), strict=True))

    def double(p, r):
        u = omega * (p[:, None] - r)
        return (u * sici(u)[0] + np.cos(u)) / (omega * math.pi)

    gram = double(end, begin) - double(end, end) - double(begin, begin) + double(begin, end)
    c = np.linalg.pinv(gram, rcond=1e-12, hermitian=True) @ (STEP - bias * (end - begin))
    return (sici(omega * (t[:, None] - begin))[0] - sici(omega * (t[:, None] - end))[0]) @ c / math.pi


def draw(data):
    """Signal, spikes and recovery above; the errors of three clocks, and the error against density, below."""
    figure, axes = plt.subplot_mosaic("aa;bc", figsize=(7, 5.2), height_ratios=(1, 1.15))
    ax, shown = axes["a"], data["spikes"][2.0:3.0]
    part = slice(round(2 * FS), round(3 * FS))
    sd.plots.plot_reconstruction(
        data["x"][part], data["recovered"]["exact times"][part], FS, ax=ax, spikes=shown, units="mean = 1"
    )
    ax.set_ylim(0.3, 1.75)
    t = np.arange(data["x"].size) / FS
    for i, (name, x_hat) in enumerate(data["recovered"].items()):
        error = np.abs(x_hat - data["x"])[part] / data["x"].std()
        axes["b"].plot(t[part], 20 * np.log10(np.maximum(error, 1e-10)), lw=0.7, color=f"C{i}", ls="-")
        text = f"{name}: −{data['snr_db'][name]:.0f} dB"
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes["b"].text(2.02, 11 - data["snr_db"][name], text, fontsize=7.5, bbox=box)
    axes["b"].set(xlabel="time (s)", ylabel="error over signal (dB)", xlim=(2, 3), ylim=(-200, 0))
    for (channels, error), mark in zip(data["error_db"].items(), "os", strict=True):
        density = data["density"][channels]
        (line,) = axes["c"].plot(
            np.median(density, 1),
            np.median(error, 1),
            marker=mark,
            ms=4,
            label="1 channel" if channels == 1 else f"{channels} channels",
        )
        axes["c"].plot(density.ravel(), error.ravel(), marker=mark, ms=2, ls="", color=line.get_color(), alpha=0.3)
    axes["c"].axvline(1, color="black", ls=":", lw=1)
    axes["c"].set(xlabel="spikes per Nyquist interval, all channels (1)", ylabel="error over signal (dB)")
    axes["c"].legend(loc="upper right", title="median of 5 signals", title_fontsize=7.5)
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
