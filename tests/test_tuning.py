"""What is tuned is compared with brute force; curves and maps with theory and with sweeps by hand."""

from dataclasses import replace

import numpy as np
import pytest
from facts import check_fact

import sigdelta as sd

ECG = sd.recording("ecg")
X, FS = ECG.x[:2160], ECG.fs
DENSE = np.geomspace(0.02, 4, 1500)


@pytest.fixture(scope="module")
def dense():
    return sd.sweep(X, FS, sd.LIF(), threshold=DENSE)


@pytest.mark.parametrize("target", [5.0, 20.0, 35.0])
def test_a_target_is_reached_with_as_few_spikes_as_brute_force_needs(target, dense):
    found = sd.tune(X, FS, sd.LIF(), target_snr=target)
    fewest = float(dense.rate.where(dense.snr_db >= target).min())
    assert found.snr_db >= target
    check_fact(f"spikes for {target:g} dB, tuned over brute force", found.rate / fewest, 1.02)
    code = sd.code(X, FS, found.neuron)
    assert (code.snr_db, code.spikes.rate) == pytest.approx((found.snr_db, found.rate), rel=1e-9)


@pytest.mark.parametrize("budget", [5.0, 80.0, 600.0])
def test_a_budget_is_kept_and_used_as_well_as_brute_force_can(budget, dense):
    found = sd.tune(X, FS, sd.LIF(), max_rate=budget)
    assert found.rate <= budget
    best = float(dense.snr_db.where(dense.rate <= budget).max())
    check_fact(f"SNR at {budget:g} Hz, brute force less tuned (dB)", best - found.snr_db, 0.15)


def test_flatness_is_that_of_the_law():
    x = 2 + 0.5 * sd.signals.noise(10.0, 5e3, 2.0, 3)
    found = sd.tune(x, 5e3, sd.LIF(), target_snr=20)
    low, high = (each / found.neuron.threshold for each in found.flat["threshold"])
    # 6 dB a halving: half a dB is a factor of 1.059; twice the spikes a halving: 5 % of the rate are 1 / 1.05; steps of 2.5 %
    assert 1 / 1.05 - 1e-6 <= low < 1 / 1.05 * 1.03
    assert 1.059 / 1.03 < high < 1.07
    ends = sd.sweep(x, 5e3, sd.LIF(), threshold=list(found.flat["threshold"]))
    assert ends.snr_db.values.min() >= 19.5
    assert ends.rate.values.max() <= 1.05 * found.rate


def test_several_fields_are_tuned_together():
    alone = sd.tune(X, FS, sd.LIF(), target_snr=15)
    both = sd.tune(X, FS, sd.LIF(), target_snr=15, over={"threshold": None, "tau_m": (5e-3, 100e-3)})
    assert both.snr_db >= 15
    assert both.rate < 0.8 * alone.rate
    assert both.grid.snr_db.dims == ("threshold", "tau_m")
    assert set(both.flat) == {"threshold", "tau_m"}
    assert both.flat["tau_m"][0] <= both.neuron.tau_m <= both.flat["tau_m"][1]


def test_a_target_between_two_grid_points_is_found_by_refining(dense):
    best = float(sd.tune(X, FS, sd.LIF(t_ref=4e-3), max_rate=1e9).snr_db)
    coarse = sd.sweep(X, FS, sd.LIF(t_ref=4e-3), threshold=sd.threshold_range(X, FS, sd.LIF()))
    top = float(coarse.snr_db.max())
    assert best > top
    assert sd.tune(X, FS, sd.LIF(t_ref=4e-3), target_snr=(best + top) / 2).snr_db >= (best + top) / 2


def test_progress_counts_up_to_the_total():
    seen = []
    sd.tune(X[:700], FS, sd.LIF(), max_rate=50, progress=lambda done, total: seen.append((done, total)))
    done = [each for each, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]
    assert len({total for _, total in seen}) == 1


def late(spikes, fs):
    return np.roll(sd.psp(spikes, fs), 3)


def test_the_decoder_that_is_given_is_the_one_that_is_measured():
    result = sd.sweep(X, FS, sd.LIF(), decoder=late, threshold=[0.1, 0.3])
    for theta, snr in zip([0.1, 0.3], result.snr_db.values, strict=True):
        assert snr == pytest.approx(sd.snr_db(X, late(sd.encode(X, FS, sd.LIF(theta)), FS)), rel=1e-12)
    assert "late" in result.title
    with pytest.raises(ValueError, match="out of reach"):
        sd.tune(X, FS, sd.LIF(), target_snr=20, decoder=late)
    with pytest.raises(ValueError, match="same shape"):
        sd.sweep(X, FS, sd.LIF(), decoder=lambda spikes, fs: np.zeros(3), threshold=[0.1])


def test_what_is_out_of_reach_is_refused_with_the_best_there_is():
    with pytest.raises(ValueError, match=r"target_snr 90 dB is out of reach: the best is 1\d\.\d\d dB, at threshold=0\.\d+"):
        sd.tune(X, FS, sd.LIF(t_ref=4e-3), target_snr=90)
    with pytest.raises(ValueError, match=r"max_rate 0\.01 Hz is out of reach: the fewest spikes found are"):
        sd.tune(X, FS, sd.LIF(), max_rate=0.01)
    with pytest.raises(ValueError, match="no neuron of this range fires"):
        sd.tune(X, FS, sd.LIF(), max_rate=10, over={"threshold": (50.0, 60.0)})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either target_snr or max_rate"),
        ({"target_snr": 10, "max_rate": 10}, "either target_snr or max_rate"),
        ({"max_rate": -1.0}, "max_rate must be above 0"),
        ({"target_snr": 10, "over": "tau_m"}, r"tau_m needs a range, as in over=\{'tau_m': \(low, high\)\}"),
        ({"target_snr": 10, "over": {"threshold": (2.0, 1.0)}}, "must go up, not from 2 to 1"),
        ({"target_snr": 10, "over": {"threshold": (0.0, 1.0)}}, "threshold must be above 0"),
        ({"target_snr": 10, "over": {"gain": (1.0, 2.0)}}, "gain is no field of LIF"),
        ({"target_snr": 10, "over": {}}, "one to 3 fields"),
    ],
)
def test_bad_requests_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        sd.tune(X, FS, sd.LIF(), **options)


def test_one_channel_at_a_time():
    with pytest.raises(ValueError, match=r"x must have 1 dimension"):
        sd.tune(np.stack([X, X]), FS, sd.LIF(), target_snr=10)


def test_rate_distortion_is_a_sweep_a_neuron_and_half_firing_gains_six_decibels():
    x = 2 + 0.5 * sd.signals.noise(4.0, 20e3, 5.0, 1)
    neurons = {"half": sd.LIF(), "full": sd.LIF(firing="full"), "multiplicative": sd.MultiplicativeLIF()}
    curves = sd.rate_distortion(x, 20e3, neurons, threshold=[0.05, 0.1])
    for name, neuron in neurons.items():
        alone = sd.sweep(x, 20e3, neuron, threshold=[0.05, 0.1])
        assert curves.sel(neuron=name).snr_db.values.tolist() == alone.snr_db.values.tolist()
        assert curves.sel(neuron=name).rate.values.tolist() == alone.rate.values.tolist()
    gain = curves.snr_db.sel(neuron="half") - curves.snr_db.sel(neuron="full")
    check_fact("half over full firing at one threshold (dB)", float(gain[0]), 6.02 - 0.1, 6.02 + 0.1)
    assert curves.rate.sel(neuron="full").values == pytest.approx(curves.rate.sel(neuron="half").values, rel=0.05)
    assert curves.snr_db.attrs["units"] == "dB"
    assert "MultiplicativeLIF" in str(curves.parameters.values[2])
    automatic = sd.rate_distortion(X[:400], FS, {"half": sd.LIF()})
    assert automatic.threshold.values == pytest.approx(sd.threshold_range(X[:400], FS, sd.LIF()))
    with pytest.raises(ValueError, match="adex: AdEx has no threshold"):
        sd.rate_distortion(X, FS, {"adex": sd.AdEx()})
    with pytest.raises(TypeError, match="dict of neurons"):
        sd.rate_distortion(X, FS, [sd.LIF()])


def sagging(ratio, firing):
    """Rms over the law, in dB, of a membrane under a constant potential, by a fine sum over one interval of `ratio` tau."""
    share = 0.5 if firing == "half" else 1.0
    theta = 1 / (share + 1 / np.expm1(ratio))
    start = share * theta - theta
    t = (np.arange(100_000) + 0.5) / 100_000 * ratio
    u = 1 - (1 - start) * np.exp(-t)
    return 20 * np.log10(np.sqrt(np.mean(u**2)) / (theta / np.sqrt(12 if firing == "half" else 3)))


@pytest.mark.parametrize("firing", ["half", "full"])
def test_the_law_departs_as_the_psp_sags(firing):
    interval = [0.1, 0.5, 1.0, 2.0]
    found = sd.validity(sd.LIF(firing=firing), interval=interval, bandwidth=[0.02], modulation=0.01)
    expected = [sagging(each, firing) for each in interval]
    for each, measured, law in zip(interval, found.ratio_db.values[:, 0], expected, strict=True):
        check_fact(f"{firing} firing, T/tau = {each:g}: error over its law (dB)", float(measured), law - 0.05, law + 0.05)
    assert found.rate.values[:, 0] * interval == pytest.approx(np.ones(4), rel=0.01)


def test_a_unipolar_neuron_loses_fast_signals_and_a_bipolar_one_does_not():
    axes = {"interval": [0.05, 0.3], "bandwidth": [0.03, 0.3, 3.0]}
    unipolar, bipolar = sd.validity(**axes), sd.validity(sd.LIF(), **axes)
    check_fact("unipolar, bandwidth tau <= 0.3: departure from the law (dB)", float(abs(unipolar.ratio_db[:, :2]).max()), 0.1)
    check_fact("bipolar, bandwidth tau <= 3, T/tau = 0.05: the same (dB)", float(abs(bipolar.ratio_db[0]).max()), 0.2)
    assert unipolar.holds.values.tolist() == [[True, True, False]] * 2
    assert float(unipolar.ratio_db[0, 2]) > 15
    assert unipolar.predicted.values[:, 0] == pytest.approx(2 * np.tanh(np.array([0.025, 0.15])) / np.sqrt(12))
    assert (unipolar.predicted_snr_db - unipolar.snr_db).values == pytest.approx(unipolar.ratio_db.values)
    assert {name: found.attrs["units"] for name, found in unipolar.data_vars.items()}["measured"] == "mean of the signal"


def test_validity_refuses_other_neurons():
    for neuron in (sd.LIF(t_ref=1e-3), sd.LIF(drive="current"), sd.LIF(tau_m=np.inf), sd.MultiplicativeLIF()):
        with pytest.raises(ValueError, match="validity needs a LIF neuron with potential drive"):
            sd.validity(neuron)
    with pytest.raises(ValueError, match="bandwidth must be above 0"):
        sd.validity(bandwidth=[0.1, 0.0])


def test_a_tuning_is_frozen_and_holds_the_coarse_sweep():
    found = sd.tune(X[:700], FS, sd.LIF(), max_rate=50)
    with pytest.raises(AttributeError):
        found.rate = 0.0
    assert replace(found, rate=1.0).rate == 1.0
    assert found.grid.sizes == {"threshold": 40}
