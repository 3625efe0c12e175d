"""Print what neurons and decoders make of a few signals, the numbers of docs/howto.md: python tests/benchmarks/choices.py.

First the spikes per second that each neuron needs for 20 dB, its threshold tuned, the PSP being the decoder. Then the SNR of each
decoder, away from the edges, for one LIF neuron at 2, 4, 8 and 16 spikes per Nyquist interval.
"""

import warnings

import numpy as np

import sigdelta as sd

TARGET, FS, BANDWIDTH, SECONDS = 20.0, 2000.0, 20.0, 40.0
NEURONS = {
    "LIF": sd.LIF(),
    "LIF, tau_m = 100 ms": sd.LIF(tau_m=0.1),
    'LIF, firing="full"': sd.LIF(firing="full"),
    "at most 500 Hz": sd.LIF(t_ref=2e-3),
    "AdaptiveLIF": sd.AdaptiveLIF(bipolar=True, beta=1.8),
    "MultiplicativeLIF": sd.MultiplicativeLIF(),
}


def signals():
    """Name to samples and rate."""
    ecg = sd.recording("ecg")
    noise = sd.signals.noise(20.0, FS, bandwidth=BANDWIDTH, seed=1)
    return {
        "ECG": (ecg.x[: 20 * 360], ecg.fs),
        "noise to 20 Hz": (noise, FS),
        "noise + 3": (noise + 3, FS),
        "loud and soft": (sd.signals.am_noise(20.0, FS, bandwidth=BANDWIDTH, seed=1), FS),
    }


def needed(x, fs, neuron):
    """Spikes per second that reach the target, and the threshold; or the best SNR of all thresholds, where none reaches it."""
    try:
        found = sd.tune(x, fs, neuron, target_snr=TARGET)
    except ValueError:
        best = sd.sweep(x, fs, neuron, threshold=sd.threshold_range(x, fs, neuron)).snr_db.max()
        return f"best {float(best):.1f} dB"
    return f"{found.rate:.0f} ({found.neuron.threshold:.3g})"


def decoders(x, current, potential):
    """Name to the reconstruction of x by each decoder, marked at its edges."""
    half = x.size // 2
    spikes, held = sd.encode(x, FS, potential), sd.encode(x, FS, current)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sd.RecoveryWarning)
        wiener = sd.fit_wiener(spikes[: half / FS], x[:half], FS)
        return {
            "psp (potential drive)": sd.psp(spikes, FS),
            "Wiener (potential drive)": sd.decode_wiener(spikes, FS, wiener),
            "low-pass (current drive)": sd.decode_lowpass(held, FS, BANDWIDTH, transition=BANDWIDTH),
            "band-limited (current drive)": sd.decode_bandlimited(held, FS, current, BANDWIDTH, hold="zero"),
            "psp (current drive), of y": sd.psp(held, FS),
        }


def snr(x, x_hat):
    """SNR in dB over the second half, which no fit has seen."""
    middle = np.isfinite(x_hat) & (np.arange(x.size) >= x.size // 2)
    return sd.snr_db(x[middle], x_hat[middle])


def main():
    found = {name: [needed(*each, neuron) for each in signals().values()] for name, neuron in NEURONS.items()}
    print(f"spikes per second for {TARGET:g} dB (threshold), PSP decoder\n")
    print(f"{'':<22}" + "".join(f"{name:>18}" for name in signals()))
    for name, cells in found.items():
        print(f"{name:<22}" + "".join(f"{cell:>18}" for cell in cells))

    noise = sd.signals.noise(SECONDS, FS, bandwidth=BANDWIDTH, seed=2)
    x = 1 + 0.25 * noise
    told = f"1 + noise to {BANDWIDTH:g} Hz of rms 0.25 (least {x.min():.2f}), tau_m 20 ms"
    print(f"\nSNR in dB at 2, 4, 8, 16 spikes per Nyquist interval, {told}\n")
    rows = {}
    for density in (2, 4, 8, 16):
        rate = 2 * BANDWIDTH * density
        current = sd.LIF(1 / (20e-3 * rate), drive="current")
        potential = sd.tune(x, FS, sd.LIF(), max_rate=rate).neuron
        for name, x_hat in decoders(x, current, potential).items():
            reference = sd.potential(x, FS, current) if name.endswith("of y") else x
            rows.setdefault(name, []).append(snr(reference, x_hat))
    for name, cells in rows.items():
        print(f"{name:<32}" + "".join(f"{cell:8.1f}" for cell in cells))


if __name__ == "__main__":
    main()
