"""A sweep is encode, psp and the measures, cell by cell, wherever it is computed."""

import math
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import sigdelta as sd
from sigdelta import mapped
from sigdelta.encoding import dispatch

FS = 1000.0
X = np.cumsum(np.random.default_rng(5).standard_normal(3000)) * 0.05
GRID = {"threshold": [0.05, 0.3, 50.0], "t_ref": [0.0, 4e-3], "tau_m": [10e-3, math.inf]}


def by_hand(x, neuron):
    spikes = sd.encode(x, FS, neuron)
    y, psp = sd.potential(x, FS, neuron), sd.psp(spikes, FS)
    return spikes, y, psp


@pytest.mark.parametrize("drive", ["potential", "current"])
def test_every_cell_equals_encode_psp_and_measure_by_hand(drive):
    result = sd.sweep(X, FS, sd.LIF(drive=drive), **GRID)
    assert result.snr_db.dims == tuple(GRID)
    for i, theta in enumerate(GRID["threshold"]):
        for j, t_ref in enumerate(GRID["t_ref"]):
            for k, tau in enumerate(GRID["tau_m"]):
                neuron = sd.LIF(theta, tau, t_ref, drive)
                spikes, y, psp = by_hand(X, neuron)
                cell = result.isel(threshold=i, t_ref=j, tau_m=k)
                assert cell.n_spikes == len(spikes)
                assert cell.rate == spikes.rate
                assert float(cell.rms_error) == pytest.approx(sd.rms_error(y, psp), rel=1e-9)
                assert float(cell.max_error) == pytest.approx(sd.max_error(y, psp), rel=1e-9)
                assert float(cell.snr_db) == pytest.approx(sd.snr_db(y, psp), rel=1e-9)
                assert float(cell.saturated_fraction) == sd.saturated_fraction(spikes, neuron)
                assert bool(cell.silent) == (len(spikes) == 0)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_the_result_does_not_depend_on_where_it_is_computed(pool):
    here = sd.sweep(X, FS, sd.LIF(), **GRID)
    with pool(2) as executor:
        there = sd.sweep(X, FS, sd.LIF(), executor=executor, **GRID)
    assert here.identical(there)


def test_channels_lead_and_equal_their_own_sweeps():
    result = sd.sweep(np.stack([X, -2 * X]), FS, sd.LIF(), threshold=[0.1, 0.2])
    assert result.n_spikes.dims == ("channel", "threshold")
    alone = sd.sweep(-2 * X, FS, sd.LIF(), threshold=[0.1, 0.2])
    assert np.array_equal(result.n_spikes[1], alone.n_spikes)
    assert np.array_equal(result.rms_error[1], alone.rms_error)


def test_scalars_and_words_are_grid_values_too():
    result = sd.sweep(X, FS, sd.LIF(), firing=["half", "full"], bipolar=[True, False], threshold=0.2, tau_m=10e-3)
    assert result.n_spikes.dims == ("firing", "bipolar")
    spikes = sd.encode(X, FS, sd.LIF(0.2, 10e-3, firing="full", bipolar=False))
    assert result.n_spikes.sel(firing="full", bipolar=False) == len(spikes)
    assert "tau_m=0.01" in result.attrs["neuron"]


def test_the_saturation_rate_stands_beside_t_ref():
    result = sd.sweep(X, FS, sd.LIF(), threshold=[0.1], t_ref=[0.0, 2e-3])
    assert result.saturation_rate.dims == ("t_ref",)
    assert result.saturation_rate.values.tolist() == [math.inf, 500.0]
    assert sd.sweep(X, FS, sd.LIF(t_ref=4e-3), threshold=[0.1]).saturation_rate == 250.0


def test_every_variable_has_units_and_a_name_and_the_run_can_be_repeated():
    result = sd.sweep(X, FS, sd.LIF(), seed=7, **GRID)
    for name in [*result.data_vars, *result.coords]:
        assert set(result[name].attrs) == {"long_name", "units"}, name
    again = sd.sweep(X, result.fs, eval(result.neuron, {"LIF": sd.LIF}), seed=7, **GRID)
    assert again.identical(result)
    assert result.seed == 7
    assert len(result.signal_sha256) == 64


def test_an_integrator_of_a_current_has_thresholds_and_errors_in_units_by_seconds(tmp_path):
    grid, pure = {"threshold": [0.1, 0.2]}, sd.LIF(drive="current", tau_m=math.inf)
    result = sd.sweep(X, FS, pure, **grid)
    assert {result[name].units for name in ("threshold", "rms_error", "max_error")} == {"units of x·s"}
    sd.save(result, tmp_path / "a.nc")
    assert sd.load_result(tmp_path / "a.nc").identical(result)
    for other, more in ((pure, {"tau_m": [0.1, math.inf]}), (pure, {"drive": ["current", "potential"]}), (sd.LIF(), {})):
        assert sd.sweep(X, FS, other, **grid, **more).threshold.units == "units of x"
    assert sd.sweep(X, FS, sd.LIF(drive="current"), tau_m=[math.inf], **grid).threshold.units == "units of x·s"


def test_progress_counts_every_cell_from_the_calling_thread():
    import threading

    seen = []
    sd.sweep(X, FS, sd.LIF(), progress=lambda *at: seen.append((*at, threading.current_thread())), **GRID)
    assert seen[-1][:2] == (12, 12)
    assert [done for done, _, _ in seen] == sorted({done for done, _, _ in seen})
    assert {thread for *_, thread in seen} == {threading.main_thread()}


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"thresholds": [1]}, "thresholds is no field of LIF: choose from threshold, tau_m"),
        ({"threshold": []}, "threshold must be a value or a sequence"),
        ({"threshold": np.ones((2, 2))}, r"not shape \(2, 2\)"),
        ({"threshold": [1.0, -1.0]}, "threshold must be above 0 and finite, not -1"),
        ({"refractory": ["clamp"]}, 'refractory="clamp" has a meaning only'),
    ],
)
def test_bad_grids_are_named(grid, message):
    with pytest.raises(ValueError, match=message):
        sd.sweep(X, FS, sd.LIF(), **grid)


def test_what_is_no_neuron_is_refused():
    with pytest.raises(TypeError, match="neuron must be a neuron"):
        sd.sweep(X, FS, sd.LIF, threshold=[1.0])


def test_an_error_in_one_cell_stops_the_sweep():
    with pytest.raises(ValueError, match=r"2\*\*27"):
        sd.sweep(X, FS, sd.LIF(), threshold=[1e-13, 0.1, 1.0])


def test_threshold_range_reaches_from_the_peak_over_500_to_three_peaks():
    values = sd.threshold_range(X, FS, sd.LIF())
    peak = np.abs(X).max()
    assert values.size == 40
    assert values[[0, -1]] == pytest.approx([peak / 500, 3 * peak])
    with pytest.raises(ValueError, match="0 everywhere"):
        sd.threshold_range(np.zeros(5), FS, sd.LIF())
    with pytest.raises(ValueError, match="fs must be above 0"):
        sd.threshold_range(X, -5.0, sd.LIF())


def test_regions_mark_best_saturated_and_silent():
    neuron = sd.LIF(t_ref=5e-3)
    result = sd.sweep(X, FS, neuron, threshold=sd.threshold_range(X, FS, neuron))
    regions = sd.regions(result)
    assert (regions == "best").sum() == 1
    assert regions.values[int(result.snr_db.argmax("threshold"))] == "best"
    assert np.array_equal(regions == "silent", result.n_spikes == 0)
    assert np.array_equal(regions == "saturated", (result.saturated_fraction >= 0.1) & (regions != "best"))
    assert regions.values[0] == "saturated"
    both = sd.regions(sd.sweep(X, FS, neuron, threshold=[0.1, 0.2], t_ref=[0.0, 5e-3]))
    assert (both == "best").sum("threshold").values.tolist() == [1, 1]


def test_the_shared_neuron_is_not_changed():
    neuron = sd.LIF(t_ref=1e-3)
    before = replace(neuron)
    sd.sweep(X, FS, neuron, threshold=[0.1], t_ref=0.0)
    assert neuron == before


def test_best_is_never_silent():
    spiky = np.where(np.arange(2000) % 400 == 7, 1.0, 0.0)
    result = sd.sweep(spiky, FS, sd.LIF(bipolar=False), threshold=[1.1, 1.5, 4.0])
    assert int(result.snr_db.values.argmax()) == 2
    assert sd.regions(result).values.tolist() == ["best", "", "silent"]


def test_joined_sweeps_keep_every_number_and_what_differs():
    results = {
        name: sd.sweep(x, FS, sd.LIF(), threshold=[0.1, 0.2], t_ref=[0.0, 1e-3]) for name, x in (("a", X), ("b", 2 * X[:500]))
    }
    both = sd.join_sweeps(results)
    for name, each in results.items():
        cell = both.sel(signal=name)
        assert all(np.array_equal(cell[key], each[key]) for key in each.data_vars)
        assert cell.signal_sha256 == each.attrs["signal_sha256"]
    assert both.n_samples.values.tolist() == [3000, 500]
    assert both.attrs["fs"] == FS
    assert both.rms_error.attrs == results["a"].rms_error.attrs
    with pytest.raises(ValueError, match="different grids"):
        sd.join_sweeps(results | {"c": sd.sweep(X, FS, sd.LIF(), threshold=[0.1, 0.3], t_ref=[0.0, 1e-3])})
    with pytest.raises(ValueError, match="at least one sweep"):
        sd.join_sweeps({})


def test_several_signals_are_one_sweep_and_equal_their_own():
    waves, rates = {"a": X, "b": np.stack([X[:500], 2 * X[:500]])}, {"a": FS, "b": 2 * FS}
    with pytest.raises(ValueError, match="as many channels, or all be one-dimensional, but a has 1, b has 2"):
        sd.sweep(waves, rates, sd.LIF(), threshold=[0.1, 0.2])
    waves["b"] = waves["b"][0]
    options = {"seed": 3, "threshold": [0.1, 0.2], "t_ref": [0.0, 1e-3]}
    both = sd.sweep(waves, rates, sd.NoisyLIF(), **options)
    alone = {name: sd.sweep(x, rates[name], sd.NoisyLIF(), **options) for name, x in waves.items()}
    assert both.identical(sd.join_sweeps(alone))
    assert both.fs.values.tolist() == [FS, 2 * FS]
    with pytest.raises(ValueError, match="fs must have the names of x, a, b, not a"):
        sd.sweep(waves, {"a": FS}, sd.LIF(), threshold=[0.1])
    with pytest.raises(ValueError, match="x is empty"):
        sd.sweep({}, FS, sd.LIF(), threshold=[0.1])
    with pytest.raises(TypeError, match=r"seed must be a whole number, not 1\.5"):
        sd.sweep(X, FS, sd.LIF(), seed=1.5, threshold=[0.1])


def test_coordinates_of_a_result_are_axes_again():
    first = sd.sweep(X, FS, sd.LIF(), threshold=[0.1, 0.2])
    assert first.identical(sd.sweep(X, FS, sd.LIF(), threshold=first.threshold))
    alone = sd.sweep(X, FS, sd.LIF(), threshold=first.threshold[1], t_ref=[0.0])
    assert alone.n_spikes.item() == first.n_spikes[1].item()


def test_masked_samples_are_refused():
    x = np.ma.masked_greater(np.append(X, 1e6), 1e5)
    with pytest.raises(ValueError, match="x has masked samples"):
        sd.sweep(x, FS, sd.LIF(), threshold=[0.1])
    with pytest.raises(ValueError, match="x has masked samples"):
        sd.encode(x, FS, sd.LIF())
    assert np.array_equal(sd.encode(x[:-1], FS, sd.LIF()).times, sd.encode(X, FS, sd.LIF()).times)


@pytest.mark.parametrize("n", [3000, 300_000])
def test_a_flood_of_spikes_is_refused_at_once(n):
    x, spent = np.cumsum(np.random.default_rng(0).standard_normal(n)), []
    for _ in range(2):  # the first time kernels may be compiled
        begin = time.perf_counter()
        with pytest.raises(ValueError, match=r"threshold 1e-06 is too low .* the limit is 134217728 \(2\*\*27\) a train"):
            sd.sweep(x, FS, sd.LIF(), threshold=[1e-6])
        spent.append(time.perf_counter() - begin)
    assert spent[1] < 5.0


def test_spikes_are_counted_over_all_pieces(monkeypatch):
    monkeypatch.setattr(mapped, "PIECE", 1000)
    spikes = sd.encode(X, FS, sd.SpikeResponse(0.02))
    most = max(len(spikes[first : first + 1]) for first in range(3))
    monkeypatch.setattr(dispatch, "MAX_SPIKES", most + 1000)
    assert len(spikes) > most + 3000
    with pytest.raises(ValueError, match=rf"threshold 0.02 is too low for this signal: .* the limit is {most + 1000} "):
        sd.sweep(X, FS, sd.SpikeResponse(), threshold=[0.02])
    monkeypatch.setattr(dispatch, "MAX_SPIKES", 1000)
    many = sd.encode(X, FS, sd.SigmaDelta(0.1, levels=2))
    assert sd.sweep(X, FS, sd.SigmaDelta(levels=2), threshold=[0.1]).n_spikes.item() == len(many) == 3000
