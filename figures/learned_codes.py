"""Learned codes: adaptation pays where a signal's strength varies and spikes are few, and hardly where it is stationary.

Threshold, beta, tau_m and tau_adp of a clocked neuron are learned by surrogate gradient at four firing rates, and audited by
direct search. The signal is a noise, stationary or with a strength that swings by 40 dB; the SNR is that of the psp against the
signal, but for a constant, on noise that was not learned.
"""

import json
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

RATES = (15.0, 30.0, 60.0, 120.0)
COMMAND = 'python -c "import json, sigdelta.figures.learned_codes as f; print(json.dumps(f.measure(), indent=1))"'
RESULTS = files("sigdelta.figures") / "learned_codes.json"


def measure():
    """What is drawn, in minutes: COMMAND prints what is committed as learned_codes.json."""
    learn, fs, found = sd.learn, 1000.0, []
    for range_db in (0.0, 40.0):
        x, unseen = (learn.modulated_noise(16.0, range_db, seed=seed) for seed in (1, 2))
        for rate in RATES:
            for adaptive in (True, False):
                for how, call in (("gradient", learn.learn_code), ("search", learn.search_code)):
                    code = call(x, fs, rate, adaptive=adaptive)
                    held = learn.code_quality(unseen, fs, learn.at_rate(unseen, fs, code.neuron, rate))[0]
                    taus = {name: getattr(code.neuron, name) for name in ("threshold", "beta", "tau_m", "tau_adp")}
                    found.append({"range_db": range_db, "rate": rate, "adaptive": adaptive, "how": how,
                                  "snr_db": float(code.snr_db), "unseen_snr_db": float(held)} | taus)  # fmt: skip
    return {"command": COMMAND, "codes": found}


def compute():
    """Arrays over the rates by (range in dB, adaptive, how), from the committed results."""
    codes = json.loads(RESULTS.read_text(encoding="utf-8"))["codes"]
    curves = {}
    for range_db in (0.0, 40.0):
        for adaptive in (True, False):
            for how in ("gradient", "search"):
                key = {"range_db": range_db, "adaptive": adaptive, "how": how}
                rows = sorted((each for each in codes if key.items() <= each.items()), key=lambda each: each["rate"])
                curves[range_db, adaptive, how] = {name: np.array([each[name] for each in rows]) for name in rows[0]}
    return {"curves": curves, "rates": np.array(RATES)}


def draw(data):
    """Rate and distortion of both signals, and what adaptation gains."""
    figure, axes = plt.subplots(1, 3, figsize=(7, 3.4))
    for ax, range_db, title in zip(axes, (0.0, 40.0), ("stationary", "strength swings by 40 dB"), strict=False):
        for adaptive, name, color, style in ((True, "adaptive", sd.plots.BLUE, "-"), (False, "LIF", sd.plots.RED, "--")):
            curve, audit = (data["curves"][range_db, adaptive, how]["unseen_snr_db"] for how in ("gradient", "search"))
            ax.plot(data["rates"], curve, color=color, ls=style, label=name)
            ax.plot(data["rates"], audit, color=color, ls="", marker="o", mfc="none", ms=4, label=f"{name}, direct search")
        ax.set(xscale="log", xlabel="firing rate (Hz)", title=title)
        difference = (data["curves"][range_db, kind, "gradient"]["unseen_snr_db"] for kind in (True, False))
        axes[2].plot(data["rates"], np.subtract(*difference), marker="o", ms=3, label=title)
    axes[0].set_ylabel("SNR on unseen noise (dB)")
    axes[0].legend(loc="upper left", fontsize=7, borderaxespad=0)
    axes[2].axhline(0, color=sd.plots.GREY, lw=0.6)
    axes[2].set(xscale="log", xlabel="firing rate (Hz)", ylabel="gain by adaptation (dB)", title="adaptive over LIF")
    axes[2].legend(loc="lower left", bbox_to_anchor=(0.0, 0.2), fontsize=7)
    for ax in axes:
        ax.set_xticks(data["rates"], [f"{rate:g}" for rate in data["rates"]])
        ax.minorticks_off()
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
