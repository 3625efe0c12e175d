"""e-prop learns to weigh evidence over a second if half of the neurons adapt: LIF neurons forget it.

Seven cues, left or right, are followed by a silence, and then by the question which side had more. Learning ends when fewer than
7 % of 512 fresh trials are answered wrongly, or after 500 iterations, 120 without adaptive neurons. The curves are those of a
training of minutes:

    python -m sigdelta.figures.evidence train
"""

import json
import sys
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

STORE, COMMAND = files("sigdelta.figures") / "evidence.json", "python -m sigdelta.figures.evidence train"
SEEDS, EVERY = (0, 1, 2), 5
KINDS = {
    "symmetric": ("half adaptive, symmetric e-prop", {"method": "symmetric"}),
    "LIF": ("LIF only, symmetric e-prop", {"method": "symmetric", "adaptive": False, "epochs": 120}),
}


def train():
    """Learn with and without adaptive neurons, from every seed, and keep curves and results in the file."""
    kept = {}
    for kind, (_, options) in KINDS.items():
        kept[kind] = []
        for seed in SEEDS:
            run = sd.learn.learn_evidence(seed, **options)
            errors = run.curves["error"]
            means = [round(float(np.mean(errors[i : i + EVERY])), 4) for i in range(0, len(errors), EVERY)]
            kept[kind].append({"seed": seed, "error": means} | {name: round(value, 4) for name, value in run.metrics.items()})
            print(kind, seed, run.metrics, flush=True)
            STORE.write_text(json.dumps({"command": COMMAND, "every": EVERY, "runs": kept}, indent=1) + "\n")


def compute():
    """Curves and results of the training, and one trial of the task."""
    stored = json.loads(STORE.read_text(encoding="utf-8"))
    x, sides = sd.learn.evidence.trials(np.random.default_rng(0), 1)
    return stored | {"trial": x[:, 0], "side": int(sides[0])}


def draw(data):
    """A trial, and the share of wrong answers as learning goes on, of every seed."""
    figure, (trial, curve) = plt.subplots(1, 2, figsize=(7, 3.2), width_ratios=(1, 1.3))
    step, neuron = np.nonzero(data["trial"])
    trial.plot(step * 1e-3, neuron, ".", color="black", ms=1)
    trial.set_yticks((5, 15, 25, 35), ("left", "right", "question", "noise"))
    trial.set(xlabel="time (s)", title="inputs of a trial")
    colors = dict(zip(KINDS, (sd.plots.BLUE, sd.plots.RED), strict=True))
    styles = dict(zip(KINDS, ("-", "--"), strict=True))
    for kind, runs in data["runs"].items():
        tested = 100 * np.mean([run["test_error"] for run in runs])
        for run in runs:
            at = (np.arange(len(run["error"])) + 0.5) * data["every"]
            label = f"{KINDS[kind][0]}: {tested:.1f} %" if run is runs[0] else None
            curve.plot(at, 100 * np.array(run["error"]), color=colors[kind], ls=styles[kind], lw=0.9, label=label)
    curve.axhline(7, color=sd.plots.GREY, lw=0.6, ls=":")
    curve.set(xlabel="iteration (1)", ylabel="wrong answers (%)", ylim=(0, 70), title="three seeds; legend: mean test error")
    curve.legend(fontsize=7, loc="center right", bbox_to_anchor=(1.0, 0.42))
    return figure


if __name__ == "__main__":
    if sys.argv[1:] == ["train"]:
        train()
    with sd.plots.style():
        draw(compute())
        plt.show()
