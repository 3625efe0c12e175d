"""Adaptation widens the range: the rate grows with the input, with its root, or up to a limit, and so does the error.

A LIF neuron's rate is proportional to a constant input S, additive adaptation makes it √S, multiplicative adaptation ends it at
1/(τ_γ ln(1 + m_f)). Limited to 500 Hz, the three follow inputs of ever wider range.
"""

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

TAU, THETA, LIMIT = 50e-3, 0.1, 500.0


def neurons(**options):
    """The three, with one resting threshold and one decay of the PSP; additive and multiplicative adaptation of 15 ms."""
    shared = {"threshold": THETA, "bipolar": True, **options}
    return {
        "LIF": sd.LIF(tau_m=TAU, **shared),
        "adaptive": sd.AdaptiveLIF(tau_m=TAU, tau_adp=15e-3, beta=0.5, increment=0.1, **shared),
        "multiplicative": sd.MultiplicativeLIF(tau_eta=TAU, tau_gamma=15e-3, m_f=0.1, **shared),
    }


def compute():
    """Rates at constant inputs; errors of a slow oscillation of growing strength; a noise whose strength changes."""
    strengths, fs = np.geomspace(0.06, 1000, 34), 2000.0
    rates = {
        name: np.array([1 / sd.theory.steady_state(neuron, s)[0] if s > THETA / 2 else 0.0 for s in strengths])
        for name, neuron in neurons().items()
    }
    t = np.arange(round(4 * fs)) / fs
    wave = 1 + 0.5 * np.sin(2 * np.pi * 2 * t)
    limited = neurons(t_ref=1 / LIMIT)
    errors = {
        name: np.array([sd.rms_error(s * wave, sd.psp(sd.encode(s * wave, fs, neuron), fs)) / s for s in strengths])
        for name, neuron in limited.items()
    }
    loudness = 10 ** (0.5 * (1 + np.sin(2 * np.pi * t / 4)))
    x = 0.3 * loudness * sd.signals.noise(4.0, fs, bandwidth=5.0, seed=1)
    codes = {name: sd.code(x, fs, neuron) for name, neuron in limited.items()}
    limit = 1 / (15e-3 * np.log(1.1))
    root = np.sqrt(strengths / (0.05 * 15e-3 * TAU))
    return {"strengths": strengths, "rates": rates, "errors": errors, "codes": codes, "limit": limit, "root": root}


def draw(data):
    """Rate and error against input strength above; the noise and its three reconstructions below."""
    figure, axes = plt.subplot_mosaic([["rate", "error"], ["noise", "noise"]], figsize=(7, 5.2))
    s = data["strengths"]
    for name, mark in zip(data["rates"], "os^", strict=True):
        heard = data["rates"][name] > 0
        axes["rate"].plot(s[heard], data["rates"][name][heard], marker=mark, ms=3, label=name)
        axes["error"].plot(s, data["errors"][name], marker=mark, ms=3, label=name)
    axes["rate"].plot(s[20:], data["root"][20:], color="black", ls=":", lw=1)
    axes["rate"].axhline(data["limit"], color="black", ls=":", lw=1)
    axes["rate"].set(xscale="log", yscale="log", xlabel="constant input S (units of the signal)", ylabel="firing rate (Hz)")
    axes["rate"].set_title("rate: ∝ S, √S (dotted), limited (dotted)")
    axes["error"].set(xscale="log", yscale="log", xlabel="input strength S (units of the signal)", ylabel="rms error / S (1)")
    axes["error"].set_title(f"error of S (1 + ½ sin), at most {LIMIT:g} Hz")
    axes["rate"].legend()
    t = np.arange(data["codes"]["LIF"].x.size) / data["codes"]["LIF"].fs
    axes["noise"].plot(t, data["codes"]["LIF"].y, color="0.6", lw=2.5, ls="-", label="signal")
    for name, code in data["codes"].items():
        axes["noise"].plot(t, code.psp, lw=0.9, label=f"{name}, {code.snr_db:.1f} dB, {code.spikes.rate:.0f} Hz")
    axes["noise"].set(xlabel="time (s)", ylabel="potential (units of the signal)", xlim=(0, t[-1]))
    axes["noise"].legend(ncols=2, loc="upper right")
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
