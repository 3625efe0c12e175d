"""A recorded neuron beside two simulated ones: the same sound, rate and decoder, measured on the half that was not fitted.

Bits per spike are those below 200 Hz, a lower bound in the sense of `information_rate` (the sound's envelope is not Gaussian).
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from facts import check_fact
from scipy.signal import resample_poly
from scipy.stats import t as student

import sigdelta as sd

DRIVE = {"tau_m": 10e-3, "drive": "current", "firing": "full", "bipolar": False}
FS, LENGTH, RIDGE, BANDWIDTH, BLOCKS = 2000.0, 0.1, 0.01, 200.0, 20


def at_rate(make, recording):
    """Spikes of the neuron that `make` makes of a threshold, at the rate of the recorded one."""
    low, high = 1e-6, 1.0
    for _ in range(25):
        middle = math.sqrt(low * high)
        dense = sd.encode(recording.x, recording.fs, make(middle)).rate > recording.spikes.rate
        low, high = (middle, high) if dense else (low, middle)
    return sd.encode(recording.x, recording.fs, make(high))


def snr_interval(x, x_hat):
    """SNR in dB with its 95 % interval, by the jackknife over blocks of the error."""
    squares = np.array([np.mean(block**2) for block in np.array_split(x - x_hat, BLOCKS)])
    without = 10 * np.log10(x.var() / ((squares.sum() - squares) / (BLOCKS - 1)))
    margin = math.sqrt((BLOCKS - 1) * without.var()) * student.ppf(0.975, BLOCKS - 1)
    snr = sd.snr_db(x, x_hat)
    return snr, snr - margin, snr + margin


def decoded(spikes, x):
    """SNR and information of the second half, by a filter fitted on the first; the decoder hears times alone."""
    spikes, half = replace(spikes, heights=np.ones(len(spikes)), kernel=((1.0, 10e-3),)), x.size // 2
    wiener = sd.fit_wiener(spikes[: half / FS], x[:half], FS, length=LENGTH, ridge=RIDGE)
    held_out = spikes[half / FS :]
    x_hat = sd.decode_wiener(held_out, FS, wiener)
    inner = np.isfinite(x_hat)
    rate = sd.information_rate(x[half:][inner], x_hat[inner], FS, bandwidth=BANDWIDTH, spikes=held_out)
    return snr_interval(x[half:][inner], x_hat[inner]), np.array(rate[:3]) / held_out.rate


@pytest.mark.parametrize(
    ("name", "recorded", "lif", "adaptive"),
    [
        ("grasshopper", (1.3, 1.1), (3.4, 3.0), (3.4, 2.8)),
        ("grasshopper2", (0.2, 0.8), (0.8, 1.7), (0.7, 1.6)),
    ],
)
def test_recorded_and_simulated_neurons_under_one_decoder(name, recorded, lif, adaptive):
    pytest.importorskip("nitime")
    sound = sd.recording(name)
    x = resample_poly(sound.x, 1, round(sound.fs / FS))
    neurons = {
        "recorded": (sound.spikes, recorded),
        "LIF": (at_rate(lambda theta: sd.LIF(theta, **DRIVE), sound), lif),
        "AdaptiveLIF": (at_rate(lambda theta: sd.AdaptiveLIF(theta, beta=10 * theta, **DRIVE), sound), adaptive),
    }
    bits = {}
    for neuron, (spikes, (typical_snr, typical_bits)) in neurons.items():
        assert spikes.rate == pytest.approx(sound.spikes.rate, abs=0.2)
        (snr, *limits), bits[neuron] = decoded(spikes, x)
        print(f"\n{name}, {neuron}, {spikes.rate:.1f} Hz: SNR {snr:.2f} dB (95 %: {limits[0]:.2f} ... {limits[1]:.2f}), "
              "{:.2f} bits per spike (95 %: {:.2f} ... {:.2f})".format(*bits[neuron]), end="")  # fmt: skip
        check_fact(f"{name}, {neuron}: SNR (dB)", snr, typical_snr - 0.3, typical_snr + 0.3)
        check_fact(f"{name}, {neuron}: bits per spike", bits[neuron][0], 0.85 * typical_bits, 1.15 * typical_bits)
    assert bits["recorded"][2] < min(bits["LIF"][1], bits["AdaptiveLIF"][1])
