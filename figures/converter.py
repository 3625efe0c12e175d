"""As a converter: exact spike times leave the band almost empty, a leak fills it a little, a clock most of all.

Low-pass decoding gains 12 dB an octave of the rate with a leak, 9 dB with a clock, and ever more with the ideal integrator, whose
sidebands move out of the band. The PSP gains 6 dB. Recovery of the band-limited signal is exact wherever the spikes are
dense enough; near 130 dB the holding of samples at 16 kHz is what is left.
"""

from math import inf
from warnings import catch_warnings, simplefilter

import matplotlib.pyplot as plt
import numpy as np

import sigdelta as sd

BAND, TAU, FS = 20.0, 50e-3, 16e3
RATIOS = np.array([1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0])


def neurons(rate):
    """Three that give `rate` spikes a second at a mean of 1: exact, without and with a leak, and clocked at 2 rate."""
    return {
        "ideal IF": sd.LIF(1 / rate, inf, drive="current"),
        "LIF": sd.LIF(2 * np.tanh(0.5 / rate / TAU), TAU, drive="current"),
        "clocked ΣΔ": sd.SigmaDelta(0.5 / rate, inf),
    }


def compute():
    """Spectra of a sine of 6 Hz at four times the Nyquist rate; the SNR of a noise of 20 Hz at 9 rates."""
    spectra, snr = _spectra(2 * BAND * 4), {}
    for ratio in RATIOS:
        for name, value in _snr(2 * BAND * ratio).items():
            snr.setdefault(name, []).append(value)
    return {"spectra": spectra, "snr": {name: np.array(values) for name, values in snr.items()}}


def _sine(t):
    return 0.5 * np.cos(2 * np.pi * 6 * t)


def _spectra(rate, duration=22.0, fs=1000.0):
    """Per neuron: frequencies and density of its decoded spikes, in-band noise over the sine in dB, the same by theory."""
    inputs, t = np.arange(round(duration * FS)) / FS, np.arange(round(duration * fs)) / fs
    each = neurons(rate)
    ideal, lif, clocked = each.values()
    leak = sd.theory.leak_law(lif, 1 + _sine(t), np.gradient(_sine(t), 1 / fs))
    theory = (
        sd.theory.sideband_noise(ideal, 1.0, 0.5, 6.0, BAND),
        np.mean(leak**2),
        sd.theory.clocked_noise(clocked, 2 * rate, BAND),
    )
    found = {}
    for (name, neuron), predicted in zip(each.items(), theory, strict=True):
        clock = 2 * rate if name == "clocked ΣΔ" else FS
        if clock == FS:
            # samples are held: the signal is late by half of one
            spikes, late, mean = sd.encode(1 + _sine(inputs), FS, neuron), 0.5 / FS, 1.0
        else:
            # the mean is the middle of its full scale; stamps stand at the end of their samples
            spikes, late, mean = sd.encode(_sine(np.arange(round(duration * clock)) / clock), clock, neuron), 1 / clock, 0.0
        decoded = sd.decode_lowpass(spikes, fs, 400.0, transition=100.0, edges="keep")[250:-250] - mean
        noise = sd.inband_noise(_sine(t - late)[250:-250], decoded, fs, BAND)
        spectrum = sd.noise_spectrum(decoded, np.zeros_like(decoded), fs, resolution=0.25)
        found[name] = *spectrum, 10 * np.log10(noise**2 / 0.125), 10 * np.log10(predicted / 0.125)
    return found


def _snr(rate, duration=20.0, fs=250.0):
    """SNR in dB at one rate, by neuron and decoder, and by theory: of y for the PSP, in the band for all others."""
    ideal, lif, clocked = neurons(rate).values()
    wave, fine, grid = (sd.signals.noise(duration, each, BAND, seed=2) for each in (fs, FS, 2 * rate))
    depth = 0.5 / np.abs(fine).max()
    wave, x, half = depth * wave, 1 + depth * fine, round(duration * fs / 2)
    held = 1 + _late(wave, fs, 0.5 / FS, FS)
    spikes = {"IF": sd.encode(x, FS, ideal), "LIF": sd.encode(x, FS, lif), "clocked": sd.encode(depth * grid, 2 * rate, clocked)}
    y, y_hat = (each[round(10 * TAU * FS) :] for each in (sd.potential(x, FS, lif), sd.psp(spikes["LIF"], FS)))
    wiener = sd.fit_wiener(spikes["LIF"][0.0 : duration / 2], held[:half], fs, length=0.4)
    leak = sd.theory.leak_law(lif, held, np.gradient(held, 1 / fs))
    return {
        "PSP, LIF (all its error)": sd.snr_db(y, y_hat),
        "low-pass, clocked ΣΔ": _inband(_late(wave, fs, 0.5 / rate), sd.decode_lowpass(spikes["clocked"], fs, BAND), fs),
        "low-pass, LIF": _inband(held, sd.decode_lowpass(spikes["LIF"], fs, BAND), fs),
        "Wiener, LIF": _inband(held[half:], sd.decode_wiener(spikes["LIF"][duration / 2 : duration], fs, wiener), fs),
        "low-pass, ideal IF": _inband(held, sd.decode_lowpass(spikes["IF"], fs, BAND), fs),
        "band-limited, LIF": _recovered(held, spikes["LIF"], fs, lif),
        "error law": 10 * np.log10(y.var() / sd.theory.error_law(lif) ** 2),
        "clocked noise": 10 * np.log10(wave.var() / sd.theory.clocked_noise(clocked, 2 * rate, BAND)),
        "leak law": _inband(held, held - leak, fs),
        "rate": len(spikes["LIF"]) / duration,
    }


def _late(x, fs, delay, hold=inf):
    """A periodic signal, delayed and held for 1 / hold."""
    f = np.fft.rfftfreq(x.size, 1 / fs)
    return np.fft.irfft(np.fft.rfft(x) * np.sinc(f / hold) * np.exp(-2j * np.pi * f * delay), x.size)


def _inband(x, x_hat, fs):
    known = np.isfinite(x_hat)
    return 20 * np.log10(x[known].std() / sd.inband_noise(x[known], x_hat[known], fs, BAND))


def _recovered(x, spikes, fs, neuron):
    if sd.recoverable(spikes, BAND).rate_margin < 1.1:
        return np.nan
    with catch_warnings():
        # up to twice the Nyquist rate some intervals are too long for a guarantee: what happens there is to be seen
        simplefilter("ignore", sd.RecoveryWarning)
        return _inband(x, sd.decode_bandlimited(spikes, fs, neuron, BAND), fs)


def draw(data):
    """Three spectra above, the SNR of all decoders below."""
    figure, axes = plt.subplot_mosaic([list("abc"), list("ddd")], figsize=(7, 6), height_ratios=(1, 1.5))
    for key, (name, (frequencies, density, noise, theory)) in zip("abc", data["spectra"].items(), strict=True):
        ax = axes[key]
        sd.plots.plot_spectrum(frequencies, density, ax=ax, bandwidth=BAND, units="x")
        ax.set(xlim=(1, 450), ylim=(1e-14, 10))
        ax.set_title(f"{name}: in-band noise\n−{-noise:.1f} dB, theory −{-theory:.1f} dB")
    for key in "bc":
        axes[key].set_ylabel("")
        axes[key].tick_params(labelleft=False)
    ax = axes["d"]
    for name, mark in zip(list(data["snr"])[:6], "osD^v*", strict=True):
        ax.plot(RATIOS, data["snr"][name], marker=mark, ms=4.5, label=name)
    for name in ("error law", "clocked noise", "leak law"):
        ax.plot(RATIOS[2:], data["snr"][name][2:], color="black", ls="-", lw=0.7)
    ax.plot([], [], color="black", ls="-", lw=0.7, label="closed forms")
    ax.set(xscale="log", xlabel="firing rate over Nyquist rate, r = rate / 2B (1)", ylabel="signal over in-band noise (dB)")
    ax.set(xticks=[1, 2, 4, 8, 16], xticklabels=["1", "2", "4", "8", "16"])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(0, 0.86))
    return figure


if __name__ == "__main__":
    with sd.plots.style():
        draw(compute())
        plt.show()
