"""Learned time constants: networks that learn them beside their weights read digits better than with the same ones held fixed.

Handwritten digits are read row by row by 64 recurrent adaptive neurons, and the waves of a heartbeat named at every step by 36.
The trainings take minutes: their results are read from learned_time_constants.json, which says the command that makes each again
(sigdelta learn TASK --seed N).
"""

import json
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

RESULTS = files("sigdelta.figures") / "learned_time_constants.json"


def compute():
    """Curves of accuracy and time constants of three seeds each, from the committed results."""
    runs = json.loads(RESULTS.read_text(encoding="utf-8"))["runs"]
    found = {name: [each for each in runs if each["name"] == name] for name in ("learned", "fixed", "ecg")}
    accuracy = {name: np.array([each["metrics"]["test_accuracy"] for each in group]) for name, group in found.items()}
    curves = {name: np.array([each["curves"]["accuracy"] for each in group]) for name, group in found.items()}
    taus = {
        name: {when: np.concatenate([each[when]["hidden0.tau_m"] for each in found[name]]) for when in ("before", "after")}
        for name in ("learned", "ecg")
    }
    return {"accuracy": accuracy, "curves": curves, "taus": taus}


def draw(data):
    """Accuracy against epoch for both tasks, and membrane time constants before and after."""
    figure, axes = plt.subplots(2, 2, figsize=(7, 5))
    for name, color, style in (("learned", sd.plots.BLUE, "-"), ("fixed", sd.plots.RED, "--")):
        test = f"{name}, test {100 * data['accuracy'][name].mean():.1f} %"
        _curves(axes[0, 0], data["curves"][name], color, style, test)
    test = f"learned, test {100 * data['accuracy']['ecg'].mean():.1f} %"
    _curves(axes[0, 1], data["curves"]["ecg"], sd.plots.BLUE, "-", test)
    axes[0, 0].set_title("digits by rows: time constants learned or fixed")
    axes[0, 1].set_title("waves of the heartbeat")
    for ax in axes[0]:
        ax.set(xlabel="epoch (1)", ylabel="accuracy in validation (%)", ylim=(40, 100))
        ax.legend(loc="lower right")
    for ax, name in zip(axes[1], ("learned", "ecg"), strict=True):
        before, after = (1e3 * data["taus"][name][when] for when in ("before", "after"))
        bins = np.geomspace(min(before.min(), after.min()), max(before.max(), after.max()) * 1.01, 30)
        ax.hist(before, bins, color=sd.plots.GREY, label="before")
        ax.hist(after, bins, color=sd.plots.BLUE, alpha=0.6, label="after")
        ax.set(xscale="log", xlabel="membrane time constant (ms)", ylabel="number of neurons (1)")
        ax.legend()
    return figure


def _curves(ax, curves, color, style, label):
    epochs = np.arange(1, curves.shape[1] + 1)
    ax.fill_between(epochs, 100 * curves.min(0), 100 * curves.max(0), color=color, alpha=0.2, lw=0)
    ax.plot(epochs, 100 * curves.mean(0), color=color, ls=style, label=label)


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
