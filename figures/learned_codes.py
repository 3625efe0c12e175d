"""Learned codes: adaptation pays where a signal's strength varies and spikes are few, and hardly where it is stationary.

Threshold, beta, tau_m and tau_adp of a clocked neuron are learned by surrogate gradient at four firing rates, and audited by
direct search. The signal is a noise, stationary or with a strength that swings by 40 dB; the SNR is that of the psp against the
signal, but for a constant, on noise that was not learned. Three LIF neurons that share the same number of spikes code no better
than one if each is on its own, mostly far worse, and better than one if they inhibit each other as they have learned to.
"""

import json
from importlib.resources import files

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

RATES, MEMBERS = (15.0, 30.0, 60.0, 120.0), 3
COMMAND = 'python -c "import json, sigdelta.figures.learned_codes as f; print(json.dumps(f.measure(), indent=1))"'
RESULTS = files("sigdelta.figures") / "learned_codes.json"


def measure():
    """What is drawn, in minutes: COMMAND prints what is committed as learned_codes.json."""
    learn, fs, codes, populations = sd.learn, 1000.0, [], []
    for range_db in (0.0, 40.0):
        x, unseen = (learn.modulated_noise(16.0, range_db, seed=seed) for seed in (1, 2))
        for rate in RATES:
            for adaptive in (True, False):
                for how, call in (("gradient", learn.learn_code), ("search", learn.search_code)):
                    code = call(x, fs, rate, adaptive=adaptive)
                    held = learn.code_quality(unseen, fs, learn.at_rate(unseen, fs, code.neuron, rate))[0]
                    taus = {name: getattr(code.neuron, name) for name in ("threshold", "beta", "tau_m", "tau_adp")}
                    codes.append({"range_db": range_db, "rate": rate, "adaptive": adaptive, "how": how,
                                  "snr_db": float(code.snr_db), "unseen_snr_db": float(held)} | taus)  # fmt: skip
            for coupled in (True, False):
                for how, call in (("gradient", learn.learn_population), ("search", learn.search_population)):
                    thresholds, inhibition, tau_m, snr_db, _, _ = call(x, fs, rate, MEMBERS, coupled=coupled)
                    there = learn.population_at_rate(unseen, fs, thresholds, inhibition, tau_m, rate)
                    held = learn.population_quality(unseen, fs, there, inhibition, tau_m)[0]
                    populations.append({"range_db": range_db, "rate": rate, "coupled": coupled, "how": how,
                                        "snr_db": float(snr_db), "unseen_snr_db": float(held), "tau_m": tau_m,
                                        "thresholds": thresholds.tolist(), "inhibition": inhibition.tolist()})  # fmt: skip
    return {"command": COMMAND, "codes": codes, "populations": populations}


def compute():
    """Arrays over the rates by (range in dB, kind, how), from the committed results."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    kinds = {"adaptive": ("codes", {"adaptive": True}), "LIF": ("codes", {"adaptive": False})}
    kinds |= {"coupled": ("populations", {"coupled": True}), "uncoupled": ("populations", {"coupled": False})}
    curves = {}
    for range_db in (0.0, 40.0):
        for kind, (where, own) in kinds.items():
            for how in ("gradient", "search"):
                key = {"range_db": range_db, "how": how} | own
                rows = sorted((each for each in results[where] if key.items() <= each.items()), key=lambda each: each["rate"])
                curves[range_db, kind, how] = {
                    name: np.array([each[name] for each in rows]) for name in ("snr_db", "unseen_snr_db")
                }
    return {"curves": curves, "rates": np.array(RATES)}


def draw(data):
    """Rate and distortion of both signals, and what adaptation and inhibition gain over one LIF neuron."""
    looks = {"adaptive": ("adaptive", sd.plots.BLUE, "-"), "LIF": ("LIF", sd.plots.RED, "--"),
             "coupled": (f"{MEMBERS} LIF, inhibition", sd.plots.GREEN, "-."),
             "uncoupled": (f"{MEMBERS} LIF, uncoupled", sd.plots.GREY, ":")}  # fmt: skip
    figure, axes = plt.subplots(1, 3, figsize=(7, 3.4))
    for ax, range_db, title in zip(axes, (0.0, 40.0), ("stationary", "strength swings by 40 dB"), strict=False):
        for kind, (name, color, style) in looks.items():
            curve, audit = (data["curves"][range_db, kind, how]["unseen_snr_db"] for how in ("gradient", "search"))
            ax.plot(data["rates"], curve, color=color, ls=style, label=name)
            ax.plot(data["rates"], audit, color=color, ls="", marker="o", mfc="none", ms=4)
        ax.set(xscale="log", xlabel="firing rate of all (Hz)", title=title)
        for kind, marker in (("adaptive", "o"), ("coupled", "s")):
            difference = (data["curves"][range_db, each, "gradient"]["unseen_snr_db"] for each in (kind, "LIF"))
            name, color, _ = looks[kind]
            style = "-" if range_db else ":"
            label = f"{name}, {'swinging' if range_db else 'stationary'}"
            axes[2].plot(data["rates"], np.subtract(*difference), marker=marker, ms=3, color=color, ls=style, label=label)
    axes[0].plot([], [], color="black", ls="", marker="o", mfc="none", ms=4, label="direct search")
    axes[0].set_ylabel("SNR on unseen noise (dB)")
    axes[0].legend(loc="upper left", fontsize=7, borderaxespad=0)
    axes[2].axhline(0, color=sd.plots.GREY, lw=0.6)
    axes[2].set(xscale="log", xlabel="firing rate of all (Hz)", ylabel="gain over one LIF neuron (dB)", title="what pays")
    axes[2].legend(fontsize=6.5, loc="upper right")
    axes[2].set_ylim(-0.1, 2.0)
    for ax in axes:
        ax.set_xticks(data["rates"], [f"{rate:g}" for rate in data["rates"]])
        ax.minorticks_off()
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
