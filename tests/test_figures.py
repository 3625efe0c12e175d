"""Every figure's claim, recomputed; and every figure drawn."""

import importlib
import pkgutil

import matplotlib as mpl
import numpy as np
import pytest

import sigdelta as sd

mpl.use("agg")
NAMES = sorted(module.name for module in pkgutil.iter_modules(sd.figures.__path__))


@pytest.fixture(scope="module")
def computed():
    return {name: module(name).compute() for name in NAMES}


def module(name):
    return importlib.import_module(f"sigdelta.figures.{name}")


def test_the_gallery_is_complete():
    assert {
        "adaptation", "error_against_threshold", "error_map", "signal_approximation", "spike_coding", "threshold_and_saturation"
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_draws_what_compute_returns(name, computed, tmp_path):
    with sd.plots.style():
        figure = module(name).draw(computed[name])
        figure.savefig(tmp_path / "figure.png")
        figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    labelled = [ax for ax in figure.axes if ax.get_xlabel()]
    assert labelled
    assert all("(" in ax.get_xlabel() for ax in labelled), "units on every axis"
    mpl.pyplot.close(figure)


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_says_its_claim_and_is_seeded(name, computed):
    assert len(module(name).__doc__.splitlines()[0]) > 40
    again = module(name).compute()
    for key, value in computed[name].items():
        if isinstance(value, sd.Code):
            assert value.spikes == again[key].spikes


def test_spike_coding_first_spike_and_mirror(computed):
    code = computed["spike_coding"]["code"]
    assert computed["spike_coding"]["first_wait"] == pytest.approx(-10e-3 * np.log(0.625), rel=1e-11)
    assert np.abs(code.membrane - (code.y - code.psp)).max() < 1e-12 * 40
    fired = np.arange(code.y.size) / code.fs >= code.spikes.times[0]
    assert code.error[fired].min() >= -1e-11
    assert code.error.max() <= code.neuron.threshold * (1 + 1e-12)
    assert len(code.spikes) == 11


def test_signal_approximation_stays_in_the_band_and_uses_it(computed):
    data = computed["signal_approximation"]
    assert data["bound"] == data["code"].neuron.threshold
    assert 0.95 * data["bound"] < data["max_error"] <= data["bound"] * (1 + 1e-12)
    assert data["code"].snr_db > 10


def test_threshold_and_saturation_three_regimes(computed):
    data = computed["threshold_and_saturation"]
    fine, balanced, silent = data["codes"].values()
    assert data["saturated"]["fine, but saturated"] > 0.4
    assert data["saturated"]["balanced"] < 0.01
    assert len(silent.spikes) == 0
    assert balanced.snr_db > fine.snr_db + 10
    assert balanced.snr_db > silent.snr_db + 10
    weak = slice(0, 3000)
    assert sd.rms_error(fine.y[weak], fine.psp[weak]) < sd.rms_error(balanced.y[weak], balanced.psp[weak]) / 2
    onset = data["onset"]["fine, but saturated"]
    assert onset == pytest.approx(0.025 / np.tanh(0.1))
    assert np.abs(fine.psp).max() < onset * 1.1


def test_error_against_threshold_law_onset_and_silence(computed):
    data = computed["error_against_threshold"]
    result, law = data["result"], data["law"]
    free = result.sel(t_ref=0.0)
    inside = (result.threshold >= 0.05) & (result.threshold <= 10)
    ratio = (free.rms_error / law)[inside]
    assert float(abs(ratio - 1).max()) < 0.02
    step = result.threshold.values[1] / result.threshold.values[0]
    for i, onset in enumerate(data["onset"], start=1):
        line = result.isel(t_ref=i)
        saturated = result.threshold.values[line.saturated_fraction.values > 0]
        assert onset / step < saturated.max() < onset * step**2
        above = (result.threshold > onset * step**2) & inside
        assert np.allclose(line.rms_error[above], free.rms_error[above], rtol=0.02)
        assert float(line.rms_error[0]) > 1000 * float(free.rms_error[0])
    silent = result.threshold.values[free.silent.values]
    assert data["silence"] <= silent.min() < data["silence"] * step


def test_error_map_borders_and_best_thresholds(computed):
    data = computed["error_map"]
    result, step = data["result"], data["result"].threshold.values[1] / data["result"].threshold.values[0]
    for i, onset in enumerate(data["onset"]):
        saturated = result.threshold.values[result.saturated_fraction.values[:, i] > 2e-3]
        assert onset / step**2 < saturated.max() <= onset * step, "but for spikes at the jump to the first sample"
    assert data["silence"] <= result.threshold.values[result.silent.values.all(1)].min() < data["silence"] * step
    fast = data["limits"] > 100
    assert np.all((data["best"] / data["onset"])[fast] > 0.5)
    assert np.all((data["best"] / data["onset"])[fast] < 1.2)


def test_adaptation_three_regimes_and_wider_range(computed):
    data = computed["adaptation"]
    strong = data["strengths"] > 100
    slopes = {
        name: np.diff(np.log(rate[strong])) / np.diff(np.log(data["strengths"][strong])) for name, rate in data["rates"].items()
    }
    assert np.abs(slopes["LIF"] - 1).max() < 1e-3
    assert np.abs(slopes["adaptive"] - 0.5).max() < 0.03
    assert slopes["multiplicative"].max() < 0.025
    assert data["rates"]["multiplicative"][-1] == pytest.approx(data["limit"], rel=0.01)
    reach = {name: data["strengths"][error < 0.2].max() for name, error in data["errors"].items()}
    assert reach["adaptive"] > 4 * reach["LIF"]
    assert reach["multiplicative"] > 2 * reach["LIF"]
    lif, *adaptive = data["codes"].values()
    assert all(code.snr_db > lif.snr_db + 10 and code.spikes.rate < lif.spikes.rate for code in adaptive)


def test_eprop_against_bptt_order_of_the_methods(computed):
    methods = computed["eprop_against_bptt"]["methods"]
    final = {name: run["nmse"].mean() for name, run in methods.items()}
    assert final["bptt"] < 0.03
    assert final["bptt"] < final["symmetric"] < 0.06
    assert final["symmetric"] < final["random"] < 0.2
    assert final["adaptive"] < final["random"]
    assert all(run["seconds"].max() < 60 for run in methods.values())
    again = sd.learn.learn_pattern(0, 21, method="random").curves["nmse"]
    assert methods["random"]["curves"][0, :2] == pytest.approx([again[0], again[20]], rel=1e-3)


def test_spikeprop_xor_converges_and_hits_its_targets(computed):
    data = computed["spikeprop_xor"]
    assert data["converged"].sum() >= 95
    assert data["cycles"][data["converged"]].mean() <= 250
    after = data["firing"]["after"].outputs[:, 0]
    assert np.abs(after - data["targets"]).max() < 1e-3
    assert np.abs(data["firing"]["before"].outputs[:, 0] - data["targets"]).max() > 1e-3
