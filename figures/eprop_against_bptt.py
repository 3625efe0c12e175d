"""e-prop learns a pattern nearly as well as back-propagation through time, even with errors fed back through random weights.

One hundred recurrent LIF neurons learn to draw a sum of sines. e-prop leaves out the paths through other neurons' spikes, and so
needs no history; with random feedback it needs not even the readout's weights. The curves are those of a training of minutes:

    python -m sigdelta.figures.eprop_against_bptt train
"""

import json
import sys
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

STORE = files("sigdelta.figures") / "eprop_against_bptt.json"
METHODS = {"bptt": "BPTT", "symmetric": "e-prop, symmetric", "random": "e-prop, random", "adaptive": "e-prop, adaptive"}
SEEDS, EVERY = (0, 1, 2), 20


def train():
    """Learn the pattern by every method from every seed, and keep curves and results in the file."""
    kept = {}
    for method in METHODS:
        runs = [sd.learn.learn_pattern(seed, method=method) for seed in SEEDS]
        kept[method] = {
            "nmse": [run.metrics["nmse"] for run in runs],
            "rate": [run.metrics["rate"] for run in runs],
            "seconds": [round(run.metrics["seconds"], 1) for run in runs],
            "curves": [[float(f"{value:.4g}") for value in run.curves["nmse"][::EVERY]] for run in runs],
            "output": [round(float(value), 4) for value in runs[0].outputs[::5, 0]],
            "target": [round(float(value), 4) for value in runs[0].targets[::5, 0]],
        }
        print(method, kept[method]["nmse"], kept[method]["seconds"], flush=True)
        STORE.write_text(json.dumps({"seeds": SEEDS, "every": EVERY, "methods": kept}) + "\n")


def compute():
    """Curves and results of the training."""
    data = json.loads(STORE.read_text())
    return data | {
        "methods": {name: {key: np.array(value) for key, value in run.items()} for name, run in data["methods"].items()}
    }


def draw(data):
    """Error over iterations, the mean of the seeds and their range; the pattern of the first seed as drawn at the end."""
    figure, (curve, drawn) = plt.subplots(1, 2, figsize=(7, 3))
    for name, run in data["methods"].items():
        steps = np.arange(run["curves"].shape[1]) * data["every"]
        line = curve.plot(steps, np.exp(np.log(run["curves"]).mean(0)), label=f"{METHODS[name]}, {run['nmse'].mean():.3f}")[0]
        curve.fill_between(steps, run["curves"].min(0), run["curves"].max(0), color=line.get_color(), alpha=0.15, lw=0)
        drawn.plot(np.arange(run["output"].size) * 5e-3, run["output"], color=line.get_color(), lw=0.9, label=METHODS[name])
    drawn.plot(np.arange(run["target"].size) * 5e-3, run["target"], color="black", ls="--", lw=1, label="target")
    curve.set(
        yscale="log",
        xlabel="iteration (1)",
        ylabel="mean squared error / variance (1)",
        title="error; in the legend its mean at the end",
    )
    drawn.set(xlabel="time (s)", ylabel="output (1)", title=f"seed {data['seeds'][0]}, after learning")
    curve.legend(fontsize=7)
    drawn.legend(fontsize=7)
    return figure


if __name__ == "__main__":
    if sys.argv[1:] == ["train"]:
        train()
    with sd.plots.style():
        draw(compute())
        plt.show()
