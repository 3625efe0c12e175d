"""Results of sweeps in files: they come back identical, and say what is wrong if they cannot."""

import csv
import json
import math
import os

import numpy as np
import pytest

import sigdelta as sd

FS = 1000.0
X = np.cumsum(np.random.default_rng(5).standard_normal(2000)) * 0.05
GRID = {"threshold": [0.05, 0.3, 50.0], "t_ref": [0.0, 4e-3], "tau_m": [10e-3, math.inf]}


@pytest.fixture(scope="module", params=[7, 2**40])
def result(request):
    grid = {"threshold": [0.01, 50.0], "bipolar": [True, False], "t_ref": [0.0, 2e-3], "tau_m": [0.01, math.inf]}
    return sd.sweep(np.stack([X, 2 * X]), FS, sd.LIF(), seed=request.param, **grid)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.99])
def test_a_result_that_was_cut_says_so(result, share, tmp_path):
    sd.save(result, tmp_path / "whole.nc")
    content = (tmp_path / "whole.nc").read_bytes()
    (tmp_path / "a.nc").write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=r"a\.nc: is damaged, or was cut off"):
        sd.load_result(tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no netcdf", "is no NetCDF file of version 3"), (b"CDF\x02" + bytes(40), "holds no result")],
)
def test_what_is_no_result_is_named_so(content, said, tmp_path):
    (tmp_path / "a.nc").write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.nc: {said}"):
        sd.load_result(tmp_path / "a.nc")


def test_a_result_as_csv_has_a_row_a_cell(result, tmp_path):
    sd.save(result, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert f"# seed={result.seed}" in lines
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    table = result.to_dataframe().reset_index()
    assert (len(rows), set(rows[0])) == (32, set(table.columns))
    for i, row in enumerate(rows):
        assert row == {name: str(table[name].tolist()[i]) for name in row}


def test_a_result_is_strict_json(result, tmp_path):
    sd.save(result, tmp_path / "a.json")
    parsed = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    for name in result.variables:
        values = np.array(parsed["coords" if name in result.coords else "data_vars"][name]["data"], float)
        assert np.array_equal(values, np.where(np.isfinite(result[name]), result[name], np.nan), equal_nan=True)
    assert parsed["coords"]["saturation_rate"]["data"] == [None, 500.0]
    assert parsed["attrs"] == result.attrs


RESULTS = {
    "plain": lambda: sd.sweep(X, FS, sd.LIF(), **GRID),
    "words, flags and a large seed": lambda: sd.sweep(
        X, FS, sd.LIF(), seed=2**40, firing=["half", "full"], bipolar=[True, False]
    ),
    "many spikes": lambda: sd.sweep(X, FS, sd.LIF(), threshold=[1, 2]).assign(n_spikes=("threshold", [2**31, 2**53])),
    "whole numbers": lambda: sd.sweep(np.stack([X, X]), FS, sd.SigmaDelta(), order=[1, 2]),
    "several signals": lambda: sd.sweep({"a/b.wav": X, "é": X[:500]}, {"a/b.wav": FS, "é": 9.0}, sd.LIF(), threshold=[0.1, 0.2]),
}


@pytest.mark.parametrize("kind", ["every kind of axis", *RESULTS])
def test_a_result_comes_back_from_its_file_identical(result, tmp_path, kind):
    result = RESULTS.get(kind, lambda: result)()
    sd.save(result, tmp_path / "result.nc")
    loaded = sd.load_result(tmp_path / "result.nc")
    assert loaded.identical(result)
    kinds = [{name: each.dtype.kind for name, each in one.variables.items()} for one in (loaded, result)]
    assert kinds[0] == kinds[1]


def test_what_netcdf_cannot_hold_is_refused_with_what_can(tmp_path):
    result = sd.sweep(X, FS, sd.LIF(), threshold=[0.1]).assign(n_spikes=("threshold", [2**53 + 1]))
    with pytest.raises(ValueError, match=r"n_spikes holds whole numbers beyond 2\*\*53, .*: write \.csv or"):
        sd.save(result, tmp_path / "result.nc")
    assert os.listdir(tmp_path) == []


def test_results_of_older_versions_are_read_and_newer_ones_refused_with_the_reason(tmp_path):
    result = sd.sweep(X, FS, sd.LIF(), **GRID)
    older = result.copy()
    del older.attrs["format"]
    sd.save(older, tmp_path / "older.nc")
    assert sd.load_result(tmp_path / "older.nc").identical(older)
    sd.save(result.assign_attrs(format=99, sigdelta_version="9.9"), tmp_path / "newer.nc")
    with pytest.raises(ValueError, match=r"newer\.nc: was written by sigdelta 9\.9 in format 99: this version reads up to 1"):
        sd.load_result(tmp_path / "newer.nc")


def test_words_with_commas_stay_in_their_column(tmp_path):
    kernels = [((0.6, 4e-3), (0.4, 60e-3)), ((1.0, 20e-3),)]
    signals = {"a,b": X, 'say "c"': 2 * X}
    result = sd.sweep(signals, FS, sd.SpikeResponse(0.3), kernel=kernels)
    sd.save(result, tmp_path / "a.csv")
    lines = [line for line in (tmp_path / "a.csv").read_text().splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [row["signal"] for row in rows] == ["a,b", "a,b", 'say "c"', 'say "c"']
    assert [int(row["n_spikes"]) for row in rows] == result.n_spikes.values.ravel().tolist()
    assert all(None not in row for row in rows)
