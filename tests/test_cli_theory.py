"""The table of closed forms, in the library and on the command line."""

import csv
import json
import math

import numpy as np
import pytest
from command import refused, run

import sigdelta as sd

IDEAL = sd.LIF(0.003, math.inf, drive="current")
GIVEN = {"potential": 1.0, "amplitude": 0.5, "bandwidth": 20.0, "target_snr_db": 60.0}
OPTIONS = ["--potential", "1", "--amplitude", "0.5", "--bandwidth", "20Hz", "--target-snr", "60"]


def table(neuron, **given):
    return {row.name: row for row in sd.theory.closed_forms(neuron, **given)}


def test_every_row_is_its_closed_form():
    rows = table(IDEAL, **GIVEN)
    assert rows["interval"].value == sd.theory.firing_interval(IDEAL, 1.0) == pytest.approx(0.003)
    assert rows["silence"].value == 0
    assert rows["error bound"][1:3] == (0.0015, "x s")
    assert rows["density"].value == pytest.approx(1 / 0.003 / 40)
    noise = sd.theory.sideband_noise(IDEAL, 1.0, 0.5, 20.0, 20.0)
    assert rows["sideband SNR"].value == pytest.approx(10 * math.log10(0.125 / noise))
    assert rows["recovery rate"].value == pytest.approx(40 * 0.006)
    assert rows["iterations"].value == sd.theory.recovery_iterations(20.0, 0.006, 1e-3)
    assert rows["time step"].value == sd.theory.time_grid_step(IDEAL, 1 / 0.003, 20.0, 0.125, 60.0)
    leaky = sd.LIF(0.1, 0.2, drive="current")
    rows = table(leaky, **GIVEN)
    assert rows["leak error"].value == sd.theory.leak_law(leaky, 1.0, -20 * math.pi)
    assert rows["rate bias"].value == sd.theory.rate_bias(leaky, 1.0)


def test_the_threshold_for_a_target_reaches_it():
    t = np.arange(200_000) / 100e3
    needed = table(sd.LIF(0.1), potential=4.0, amplitude=2.0, target_snr_db=40.0)["threshold"].value
    code = sd.code(4 + 2 * np.sin(2 * np.pi * 5 * t), 100e3, sd.LIF(needed))
    assert code.snr_db == pytest.approx(40, abs=0.1)
    assert table(sd.LIF(needed), amplitude=2.0)["SNR by error law"].value == pytest.approx(40, abs=1e-9)


@pytest.mark.parametrize(
    ("neuron", "given", "name", "why"),
    [
        (sd.LIF(t_ref=1e-3), {}, "error bound", "a refractory period lets the error grow"),
        (sd.AdaptiveLIF(), {}, "error law", "neuron must be LIF, without noise, not AdaptiveLIF"),
        (sd.LIF(drive="current", firing="full", refractory="clamp"), {}, "saturation onset", "loses input"),
        (sd.LIF(), {"amplitude": 0.1}, "SNR by error law", "a peak of 0.1 is not between silence, 0.5, and saturation, inf"),
        (IDEAL, GIVEN, "leak error", "needs a finite tau_m"),
        (IDEAL, GIVEN | {"amplitude": 2.0}, "sideband SNR", "amplitude must be below the mean"),
        (IDEAL, GIVEN | {"bandwidth": 200.0}, "iterations", "too long for 200 Hz"),
        (sd.LIF(4.0), GIVEN, "density", "silent at the mean"),
        (IDEAL, GIVEN | {"amplitude": 1e300, "potential": 1e301}, "clocked SNR", "beyond the range of floating point"),
    ],
)
def test_what_does_not_hold_says_why(neuron, given, name, why):
    row = table(neuron, **given)[name]
    assert math.isnan(row.value)
    assert row.holds.startswith("does not hold here: ")
    assert why in row.holds


def test_command_prints_the_table():
    options = ["--tau-m", "inf", "--drive", "current", "--threshold", "0.003", *OPTIONS]
    text = run("theory", *options, fresh=True).stdout
    assert "interval          3 ms  " in text
    assert "leak error        -  " in text
    assert max(map(len, text.splitlines())) <= 130
    rows = list(csv.DictReader(run("theory", *options, "--format", "csv").stdout.splitlines()))
    expected = sd.theory.closed_forms(IDEAL, **GIVEN)
    assert [row["name"] for row in rows] == [row.name for row in expected]
    assert np.array_equal([float(row["value"]) for row in rows], [row.value for row in expected], equal_nan=True)
    parsed = json.loads(run("theory", *options, "--format", "json").stdout)
    assert parsed[5]["value"] == 0.003
    assert parsed[1]["value"] is None
    assert "saturation onset  1.001 x" in run("theory", "--threshold", "0.1", "--saturation-rate", "500Hz").stdout


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--amplitude", "-1"], 1, "amplitude must be above 0 and finite, not -1"),
        (["--target-snr", "nan"], 1, "target_snr_db must be at least 0"),
        (["--bandwidth", "20ms"], 2, "unknown unit 'ms' of a rate such as 500Hz"),
        (["--neuron", "adex"], 1, "neuron must be LIF or AdaptiveLIF or MultiplicativeLIF, without noise, not AdEx"),
        (["--neuron", "adaptive", "--beta", "1,2"], 2, "theory takes one value of --beta"),
    ],
)
def test_bad_input_is_one_line(args, code, message):
    assert message in refused("theory", *args, code=code)
