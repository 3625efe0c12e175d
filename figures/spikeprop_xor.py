"""SpikeProp learns XOR from any start: neurons that fire once learn when, by the exact gradients of their spike times.

Two inputs fire at 0 or 6 ms, a reference at 0; the output is to fire at 10 ms if they differ, else at 16 ms.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

SEEDS = 100


def compute():
    """A hundred trainings; spike times of the first, before and after."""
    outcomes = [sd.learn.learn_xor(seed) for seed in range(SEEDS)]
    task = sd.learn.xor
    start = task.NETWORK.initial(0)
    lesson = sd.learn.fit(task.NETWORK, start, task.TIMES, task.TARGETS, goal=1.0)
    return {
        "errors": [np.array(outcome.curves["sse"]) for outcome in outcomes],
        "converged": np.array([outcome.metrics["converged"] for outcome in outcomes], dtype=bool),
        "cycles": np.array([outcome.metrics["cycles"] for outcome in outcomes]),
        "firing": {"before": task.NETWORK.run(start, task.TIMES), "after": task.NETWORK.run(lesson.weights, task.TIMES)},
        "targets": task.TARGETS[:, 0],
    }


def draw(data):
    """Sums of squared errors over cycles, and when the neurons fire for the four patterns."""
    figure, axes = plt.subplot_mosaic([["errors", "before", "after"]], figsize=(7, 3), width_ratios=[2, 1, 1])
    for errors in data["errors"]:
        axes["errors"].plot(errors, color="C0", ls="-", lw=0.5, alpha=0.25)
    axes["errors"].axhline(1, color="black", ls=":", lw=1)
    axes["errors"].set(yscale="log", xlabel="cycle (1)", ylabel="sum of squared errors (ms²)")
    axes["errors"].set_title(f"{data['converged'].sum()} of {SEEDS} seeds, {data['cycles'][data['converged']].mean():.0f} cycles")
    for when, firing in data["firing"].items():
        for k in range(len(data["targets"])):
            inputs, hidden, output = (times[k] * 1e3 for times in firing.times)
            axes[when].plot(inputs[:2], k + np.array([0.15, 0.3]), "|", color="0.5", ms=7)
            axes[when].plot(hidden, k + np.linspace(0.4, 0.7, hidden.size), "|", color="C0", ms=5)
            axes[when].plot(output, [k + 0.85], "|", color="C1", ms=9, mew=2)
            axes[when].plot([data["targets"][k] * 1e3], [k + 0.85], "x", color="black", ms=4)
        axes[when].set(xlabel="time (ms)", yticks=np.arange(4) + 0.5, yticklabels=[], title=f"{when} learning", xlim=(-1, 22))
    axes["before"].set_yticklabels(["0 0", "0 1", "1 0", "1 1"])
    axes["before"].set_ylabel("inputs, hidden, output (× target)")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
