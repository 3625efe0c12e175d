"""Every figure's claim, recomputed; and every figure drawn."""

import importlib
import pkgutil
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest

import sigdelta as sd

mpl.use("agg")
NAMES = sorted(module.name for module in pkgutil.iter_modules(sd.figures.__path__))


class Computed(dict):
    """Data by figure, computed when asked for; the test of one whose recording is not here is skipped."""

    def __missing__(self, name):
        try:
            self[name] = module(name).compute()
        except (ImportError, FileNotFoundError) as error:
            pytest.skip(str(error))
        return self[name]


@pytest.fixture(scope="module")
def computed():
    return Computed()


def module(name):
    return importlib.import_module(f"sigdelta.figures.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_has_a_test_of_its_own(name):
    assert any(each.startswith(f"test_{name}_") for each in globals())


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
    codes = {key: value for key, value in computed[name].items() if isinstance(value, sd.Code)}
    again = module(name).compute() if codes else {}
    assert all(again[key].spikes == code.spikes for key, code in codes.items())


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


def test_rate_distortion_gains(computed):
    data = computed["rate_distortion"]
    middle = slice(2, 4)
    assert data["rates"][middle].tolist() == [120.0, 240.0]
    assert data["gain"]["LIF, full firing"][middle] == pytest.approx([-4.6, -5.2], abs=0.3)
    assert data["gain"]["multiplicative"][middle] == pytest.approx([5.5, 5.6], abs=0.3)
    assert np.isnan(data["gain"]["multiplicative"][-1])
    assert data["octave"][-2:] == pytest.approx([5.8, 5.9], abs=0.2)
    assert float(data["curves"].snr_db.sel(neuron="LIF, half, unipolar").max()) < 1.0


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


def test_validity_both_conditions(computed):
    data = computed["validity"]
    unipolar, bipolar = data["maps"]["unipolar"], data["maps"]["bipolar"]
    assert data["bandwidth_limit"] == pytest.approx(0.459, abs=1e-3)
    dense, slow = bipolar.interval < data["interval_limit"], unipolar.bandwidth < data["bandwidth_limit"]
    assert float(abs(bipolar.ratio_db.where(dense)).max()) < 0.25
    assert float(abs(unipolar.ratio_db.where(dense & slow)).max()) < 0.15
    fast = unipolar.ratio_db.sel(interval=0.03)
    assert bool((fast.where(~slow, drop=True) > 9).all())
    sparse = bipolar.ratio_db.sel(interval=3.0, bandwidth=0.03)
    assert float(sparse) == pytest.approx(2.1, abs=0.3)


def test_converter_in_band_noise_and_octaves(computed):
    data, ratios = computed["converter"], module("converter").RATIOS
    noise = {name: each[2:] for name, each in data["spectra"].items()}
    assert noise["ideal IF"][0] == pytest.approx(-104.2, abs=0.2)
    assert noise["LIF"][0] == pytest.approx(-44.8, abs=0.2)
    assert all(noise[name][0] == pytest.approx(noise[name][1], abs=0.1) for name in ("ideal IF", "LIF"))
    assert -3.5 < noise["clocked ΣΔ"][0] - noise["clocked ΣΔ"][1] < 0, "white noise holds to 3 dB or so for a sine"
    snr, busy = data["snr"], ratios >= 4
    assert np.allclose(snr["rate"], 40 * ratios, rtol=2e-3)
    assert np.allclose(snr["PSP, LIF (all its error)"][busy], snr["error law"][busy], atol=0.05)
    assert np.allclose(snr["low-pass, LIF"][busy], snr["leak law"][busy], atol=0.1)
    octave = {name: (values[-1] - values[ratios == 4][0]) / 2 for name, values in snr.items()}
    assert octave["PSP, LIF (all its error)"] == pytest.approx(6.0, abs=0.1)
    assert octave["low-pass, LIF"] == pytest.approx(12.0, abs=0.1)
    assert octave["low-pass, clocked ΣΔ"] == pytest.approx(9.0, abs=0.3)
    beyond = snr["low-pass, clocked ΣΔ"][busy] - snr["clocked noise"][busy]
    assert beyond.min() > 1.5
    assert beyond.max() < 3
    assert snr["low-pass, ideal IF"][ratios == 8][0] > snr["low-pass, ideal IF"][ratios == 4][0] + 45
    assert np.all((snr["Wiener, LIF"] - snr["low-pass, LIF"])[ratios >= 2] > 10)
    assert snr["band-limited, LIF"][ratios >= 1.5].min() > 120


def test_time_step_law_and_floor(computed):
    data = computed["time_step"]
    for ratio, rate in ((4, 160.0), (8, 320.0), (16, 640.0)):
        # well above what exact times leave, and well below the interval
        held = (data["law"][ratio] < data["floor"][ratio] - 12) & (data["steps"] < 0.1 / rate)
        assert held.sum() >= 6
        assert np.abs(data["snr"][ratio] - data["law"][ratio])[held].max() < 1
        slope = np.polyfit(np.log2(data["steps"][held]), np.array(data["snr"][ratio])[held], 1)[0]
        assert slope == pytest.approx(-6.02, abs=0.15)
    assert np.array(data["needed"][8]) * 1e6 == pytest.approx([192, 19.2, 1.92], rel=0.01)
    assert [data["floor"][ratio] for ratio in (4, 8)] == pytest.approx([84.0, 130.8], abs=1)
    assert data["snr"][4][0] == pytest.approx(data["floor"][4], abs=0.5)


def test_exact_recovery_clock_and_density(computed):
    data = computed["exact_recovery"]
    snr = data["snr_db"]
    assert snr["exact times"] > 150
    assert snr["grid of 1 µs"] == pytest.approx(80, abs=1.5)
    assert snr["grid of 1 µs"] - snr["grid of 100 µs"] == pytest.approx(40, abs=2)
    for channels in (1, 2):
        density, error = data["density"][channels], data["error_db"][channels]
        assert error[density < 0.8].min() > -25, "below one spike a Nyquist interval the signal is lost"
        assert error[density > 1.2].max() < -60
        assert error[density > 1.5].max() < -95


def test_chain_error_is_the_sum_of_the_membranes(computed):
    data = computed["chain"]
    codes = list(data["codes"].values())
    assert np.abs(sum(code.membrane for code in codes) - data["error"]).max() < 1e-12
    assert all(np.array_equal(heard.y, before.psp) for before, heard in pairwise(codes))
    assert 0.8 * data["bound"] < np.abs(data["error"]).max() <= data["bound"] + 1e-12
    counts = [len(code.spikes) for code in codes]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] > 10


def test_population_gains_n_or_its_root_or_nothing(computed):
    counts, errors = computed["population"]["counts"], computed["population"]["errors"]
    gain = {name: error[0] / error for name, error in errors.items()}
    slope = {name: np.polyfit(np.log(counts), np.log(each), 1)[0] for name, each in gain.items()}
    assert gain["even phases"] / counts == pytest.approx(1, abs=0.08)
    assert slope["random phases"] == pytest.approx(0.5, abs=0.1)
    assert gain["leaky, even phases"] == pytest.approx(1, abs=0.02)
    assert 1.7 < gain["leaky, inhibition 0.1"].max() < 1.8


def test_firing_patterns_bursts_code_worse_than_lif_at_their_rate(computed):
    data = computed["firing_patterns"]
    gain, rates = data["gain"], [rate for rate, _ in data["points"].values()]
    assert len(gain) == 14
    assert data["lif"][0, 0] < min(rates) < max(rates) < data["lif"][-1, 0], "no gain is extrapolated"
    for name in ("regular bursting", "delayed regular bursting", "CH", "irregular", "TC", "delayed accelerating"):
        assert gain[name] < -4
    for name in ("tonic", "FS", "RZ", "IB"):
        assert abs(gain[name]) < 3
    for name in ("RS", "LTS"):
        assert gain[name] > 2
    assert len(data["traces"]["transient"].spikes) == 1


def test_learned_time_constants_read_better_and_spread(computed):
    data = computed["learned_time_constants"]
    assert data["accuracy"]["learned"].mean() > data["accuracy"]["fixed"].mean() + 0.01
    assert data["accuracy"]["ecg"].mean() > 0.835
    for name in ("learned", "ecg"):
        before, after = (np.log(data["taus"][name][when]).std() for when in ("before", "after"))
        assert after > 1.5 * before, "one time constant becomes many"


def test_learned_codes_gain_by_adaptation_where_strength_varies(computed):
    curves = computed["learned_codes"]["curves"]

    def gain(range_db, how, kind="adaptive", over="LIF"):
        return curves[range_db, kind, how]["unseen_snr_db"] - curves[range_db, over, how]["unseen_snr_db"]

    assert gain(40.0, "search")[:2].min() > 0.5
    assert gain(0.0, "search").max() < gain(40.0, "search").max()
    assert gain(40.0, "gradient", "coupled").min() > 0.5, "neurons that inhibit each other are better than one"
    assert gain(40.0, "gradient", "LIF", "uncoupled").min() > 2.5, "which is better than as many that do not"
    for curve in curves.values():
        assert (np.diff(curve["snr_db"]) > 0).all(), "more spikes, less error"
    kinds = ("adaptive", "LIF", "coupled", "uncoupled")
    for range_db in (0.0, 40.0):
        audited = [curves[range_db, kind, "search"]["snr_db"] - curves[range_db, kind, "gradient"]["snr_db"] for kind in kinds]
        assert np.max(audited) < 0.5, "the gradient's optimum is within 0.5 dB of the direct search's"


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


def test_evidence_is_remembered_by_adaptive_neurons_only(computed):
    runs = computed["evidence"]["runs"]
    assert len(runs["symmetric"]) == len(runs["LIF"]) == 3
    assert max(run["test_error"] for run in runs["symmetric"]) < 0.07
    assert max(run["iterations"] for run in runs["symmetric"]) <= 500
    assert min(run["test_error"] for run in runs["LIF"]) > 0.4, "chance is 0.5"
    again = sd.learn.learn_evidence(0, 5).curves["error"]
    assert runs["symmetric"][0]["error"][0] == pytest.approx(np.mean(again), abs=0.02)


def test_spikeprop_xor_converges_and_hits_its_targets(computed):
    data = computed["spikeprop_xor"]
    assert data["converged"].sum() >= 95
    assert data["cycles"][data["converged"]].mean() <= 250
    after = data["firing"]["after"].outputs[:, 0]
    assert np.abs(after - data["targets"]).max() < 1e-3
    assert np.abs(data["firing"]["before"].outputs[:, 0] - data["targets"]).max() > 1e-3


def test_biology_simulated_neurons_tell_more_than_the_receptor(computed):
    data = computed["biology"]
    receptor, lif, adaptive = data["snr_db"]
    assert {round(spikes.rate, 1) for spikes in data["spikes"].values()} == {92.9}
    assert [data["snr_db"][name][0] for name in (receptor, lif, adaptive)] == pytest.approx([1.3, 3.4, 3.4], abs=0.3)
    assert [data["bits"][name][0] for name in (receptor, lif, adaptive)] == pytest.approx([1.1, 3.0, 2.8], rel=0.15)
    for key in ("snr_db", "bits"):
        assert data[key][receptor][2] < min(data[key][lif][1], data[key][adaptive][1]), "95 % intervals apart"


def test_recordings_gain_per_quarter_of_the_threshold(computed):
    data = computed["recordings"]
    for codes in data["codes"].values():
        snr, rates = (np.array([each(code) for code in codes.values()]) for each in (lambda c: c.snr_db, lambda c: c.spikes.rate))
        assert np.all((np.diff(snr) > 10) & (np.diff(snr) < 12.1))
        assert np.all((rates[1:] / rates[:-1] > 4) & (rates[1:] / rates[:-1] < 8.1))
    ecg, speech = data["codes"].values()
    assert [code.snr_db for code in ecg.values()] == pytest.approx([4.5, 16.2, 28.3], abs=0.1)
    assert [code.spikes.rate for code in ecg.values()] == pytest.approx([10.2, 81.5, 348.0], abs=0.1)
    assert [code.snr_db for code in speech.values()] == pytest.approx([7.0, 17.6, 28.5], abs=0.1)
    assert {fs for _, fs in data["sounds"].values()} == {14400.0, 48000.0}
    assert max(np.abs(x).max() for x, _ in data["sounds"].values()) <= 1
