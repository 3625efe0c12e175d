"""A recorded neuron beside two simulated ones, on two sounds: what the figure `biology` shows, as facts."""

import pytest
from facts import check_fact
from sigdelta.figures import biology


@pytest.mark.parametrize(
    ("name", "recorded", "lif", "adaptive"),
    [
        ("grasshopper", (1.3, 1.1), (3.4, 3.0), (3.4, 2.8)),
        ("grasshopper2", (0.2, 0.8), (0.8, 1.7), (0.7, 1.6)),
    ],
)
def test_recorded_and_simulated_neurons_under_one_decoder(name, recorded, lif, adaptive):
    pytest.importorskip("nitime")
    data = biology.compute(name)
    bits = list(data["bits"].values())
    for neuron, typical, (rate, low, high) in zip(data["spikes"], (recorded, lif, adaptive), bits, strict=True):
        spikes, (snr, *limits) = data["spikes"][neuron], data["snr_db"][neuron]
        assert spikes.rate == pytest.approx(data["spikes"]["recorded receptor"].rate, abs=0.2)
        print(f"\n{name}, {neuron}, {spikes.rate:.1f} Hz: SNR {snr:.2f} dB (95 %: {limits[0]:.2f} ... {limits[1]:.2f}), "
              f"{rate:.2f} bits per spike (95 %: {low:.2f} ... {high:.2f})", end="")  # fmt: skip
        check_fact(f"{name}, {neuron}: SNR (dB)", snr, typical[0] - 0.3, typical[0] + 0.3)
        check_fact(f"{name}, {neuron}: bits per spike", rate, 0.85 * typical[1], 1.15 * typical[1])
    assert bits[0][2] < min(bits[1][1], bits[2][1])
