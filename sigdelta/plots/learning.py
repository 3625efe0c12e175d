"""What a network learned."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, GREY, RED


def plot_learning(outcome):
    """What a task came to: loss, rates, time constants before and after, and spikes and outputs on one test sequence.

    outcome : Outcome of `learn.TASKS`
    """
    figure, axes = plt.subplot_mosaic([["curves", "rates", "taus"], ["spikes", "spikes", "spikes"], ["out", "out", "out"]],
                                      figsize=(7, 6.4))  # fmt: skip
    for name, curve in outcome.curves.items():
        ax = axes["rates" if name.startswith("rate") else "curves"]
        ax.plot(np.arange(1, len(curve) + 1), curve, label=name)
    axes["curves"].set(xlabel="epoch (1)", title="loss and quality")
    axes["rates"].set(xlabel="epoch (1)", ylabel="firing rate (Hz)", title="rates")
    for i, name in enumerate(outcome.after):
        for values, marker, color, side in ((outcome.before[name], "o", GREY, -0.15), (outcome.after[name], "^", BLUE, 0.15)):
            axes["taus"].plot(np.full(values.size, i + side), 1e3 * values, marker=marker, color=color, ls="", ms=3, mfc="none")
    names = [name.replace(".", "\n") for name in outcome.after]
    axes["taus"].set(yscale="log", xticks=range(len(names)), xticklabels=names, title="time constants (ms)\nbefore ○ and after △")
    axes["taus"].tick_params(axis="x", labelsize=6)
    t = np.arange(len(outcome.outputs)) * outcome.dt
    step, neuron = np.nonzero(outcome.spikes)
    axes["spikes"].plot(step * outcome.dt, neuron, marker="|", ms=3, ls="", color="black")
    axes["spikes"].set(xlabel="time (s)", ylabel="neuron", xlim=(0, t[-1]), ylim=(-0.5, outcome.spikes.shape[1] - 0.5))
    for i, (wanted, given) in enumerate(zip(outcome.targets.T, outcome.outputs.T, strict=True)):
        top = max(np.abs(given).max(), 1e-12)
        axes["out"].plot(t, i + 0.4 * given / top, color=BLUE, ls="-", lw=0.8)
        axes["out"].plot(t, i + 0.4 * wanted / max(np.abs(wanted).max(), 1e-12), color=RED, ls="--", lw=0.8)
    axes["out"].set(
        xlabel="time (s)", ylabel="output", xlim=(0, t[-1]), title="outputs (—) and what they should be (- -), each scaled"
    )
    for name in ("curves", "rates"):
        axes[name].set_visible(bool(axes[name].lines))
        if axes[name].lines:
            axes[name].legend(fontsize=6)
    return figure
