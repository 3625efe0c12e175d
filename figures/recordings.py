"""Recordings: a quarter of the threshold codes an ECG and speech 10 to 12 dB better, for four to eight times the spikes.

One neuron codes both at three thresholds. Neither recording is of one strength: the ECG rests between its beats, speech between
its sounds, and there a high threshold says nothing. What the next neuron sees can be listened to, and so can the recordings:
``sigdelta figure recordings --sounds DIR``; the ECG is played 40 times faster.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd
from sigdelta.plots import BLUE

SHARES = (0.4, 0.1, 0.025)
SPOKEN = Path("/usr/share/sounds/alsa/Front_Center.wav")
SHOWN, AUDIBLE, FASTER = 1000, 4000.0, 40


def compute(signal=None):
    """Codes of the ECG and of speech, or of `signal`, a Recording, at three shares of the peak; sounds as name: (x, fs)."""
    recordings = {"ecg": sd.recording("ecg"), "speech": _spoken() if signal is None else signal}
    codes, sounds = {}, {}
    for name, (x, fs, *_) in recordings.items():
        peak = np.abs(x).max()
        codes[name] = {share: sd.code(x, fs, sd.LIF(share * peak)) for share in SHARES}
        heard = {"original": x} | {f"{100 * share:g}_percent": code.psp for share, code in codes[name].items()}
        loudest = max(np.abs(each).max() for each in heard.values())
        rate = fs if fs >= AUDIBLE else FASTER * fs
        sounds |= {f"{name}_{which}": (each / loudest, rate) for which, each in heard.items()}
    return {"codes": codes, "sounds": sounds, "units": {name: each.units for name, each in recordings.items()}}


def _spoken():
    if not SPOKEN.exists():
        raise FileNotFoundError(f"the spoken words are {SPOKEN} of Debian's package alsa-utils: install it, or give --signal")
    return sd.load(SPOKEN)


def _shown(name, x):
    """The first beats of the ECG, whose largest sample is an artefact; else what is around the largest sample."""
    first = 0 if name == "ecg" else min(max(int(np.abs(x).argmax()) - SHOWN // 2, 0), max(x.size - SHOWN, 0))
    return slice(first, first + SHOWN)


def draw(data):
    """A column a recording, a row a threshold; spikes as ticks, long for positive ones."""
    figure, axes = plt.subplots(len(SHARES), 2, sharex="col", sharey="col", figsize=(7, 5.4))
    for column, (name, codes) in zip(axes.T, data["codes"].items(), strict=True):
        for ax, (share, code) in zip(column, codes.items(), strict=True):
            shown = _shown(name, code.x)
            t = np.arange(code.x.size)[shown] / code.fs
            fine = 1e3 if t[-1] - t[0] < 0.5 else 1.0
            ax.plot(fine * t, code.x[shown], color="0.7", ls="-", lw=2.4, label="ECG" if name == "ecg" else name)
            ax.plot(fine * t, code.psp[shown], color=BLUE, ls="-", lw=0.9, label="PSP")
            spikes = code.spikes[float(t[0]) : float(t[-1])]
            for up, reach in ((True, 0.08), (False, 0.04)):
                times = fine * spikes.times[(spikes.heights > 0) == up]
                ax.vlines(times, 0, reach, transform=ax.get_xaxis_transform(), color="black", lw=0.5)
            ax.set_title(f"θ = {100 * share:g} % of peak: {code.snr_db:.1f} dB, {code.spikes.rate:,.0f} Hz")
        low, high = column[0].get_ylim()
        column[0].set_ylim(low - 0.1 * (high - low), high + 0.12 * (high - low))
        column[0].legend(loc="upper right", ncols=2)
        column[1].set_ylabel(sd.plots.label("ECG" if name == "ecg" else name, data["units"][name] or "of full scale"))
        column[-1].set(xlabel="time (ms)" if fine > 1 else "time (s)", xlim=(fine * t[0], fine * t[-1]))
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
