"""A population that shares a signal: n members at even phases code it n times as finely, at random phases √n times.

Integrators keep their phases. Leaky neurons forget them where the signal changes its sign, and n of them code it no better than
one; weak inhibition gains up to a factor of 1.8, not of n.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import BLUE, RED

FS, THETA, SEEDS = 2000.0, 0.5, 6
COUNTS = [1, 2, 4, 8, 16, 32]


def compute():
    """Errors of 1 to 32 members of four kinds, and eight integrators at work."""
    x = sd.signals.noise(8.0, FS, bandwidth=2.0, seed=0)
    integrator, leaky = sd.LIF(THETA, math.inf), sd.LIF(THETA)
    kinds = {
        "even phases": (integrator, [{}]),
        "random phases": (integrator, [{"stagger": "random", "seed": seed} for seed in range(SEEDS)]),
        "leaky, even phases": (leaky, [{}]),
        "leaky, inhibition 0.1": (leaky, [{"stagger": "phase", "inhibition": 0.1}]),
    }
    errors = {
        name: np.array([_rms([sd.population(x, FS, neuron, n, **options) for options in runs]) for n in COUNTS])
        for name, (neuron, runs) in kinds.items()
    }
    return {"errors": errors, "counts": np.array(COUNTS), "code": sd.population(x[: round(FS)], FS, integrator, 8)}


def _rms(codes):
    return math.sqrt(np.mean([sd.rms_error(code.y, code.psp) ** 2 for code in codes]))


def draw(data):
    """The joint reconstruction with the members' spikes, and error against number of members."""
    figure, axes = plt.subplot_mosaic([["code", "error"], ["spikes", "error"]], figsize=(7, 3.8), height_ratios=(1.5, 1))
    code = data["code"]
    t = np.arange(code.x.size) / code.fs
    axes["code"].plot(t, code.y, color=RED, ls="-", label="signal")
    axes["code"].plot(t, code.psp, color=BLUE, ls="-", lw=0.8, label="8 members together")
    axes["code"].set(ylabel="potential (units of the signal)", xlim=(0, t[-1]), xticklabels=[])
    axes["code"].legend(loc="best")
    sd.plots.plot_raster(code.spikes, axes["spikes"], names=range(1, 9))
    axes["spikes"].set_ylabel("member")
    n, ax = data["counts"], axes["error"]
    for (name, error), marker in zip(data["errors"].items(), "os^D", strict=True):
        ax.plot(n, error, marker=marker, ms=4, label=name)
    for name, power in (("even phases", 1), ("random phases", 0.5)):
        ax.plot(n, data["errors"][name][0] / n**power, color="black", ls=":", lw=0.9)
    ax.text(34, data["errors"]["even phases"][0] / 32, "1/n", va="center")
    ax.text(34, data["errors"]["random phases"][0] / 32**0.5, "1/√n", va="center")
    ax.set(xscale="log", yscale="log", xlabel="number of members n (1)", ylabel="rms error (units of the signal)", xlim=(0.9, 55))
    ax.set_xticks(n, n)
    ax.minorticks_off()
    ax.legend(loc="lower left")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
