"""LIF: its fields, what follows from them, what they refuse."""

import math
from dataclasses import FrozenInstanceError, fields
from xml.etree import ElementTree

import numpy as np
import pytest

import sigdelta as sd


def test_the_defaults_are_the_signal_coder():
    neuron = sd.LIF()
    assert vars(neuron) == {
        "threshold": 1.0, "tau_m": 20e-3, "t_ref": 0.0, "drive": "potential",
        "firing": "half", "bipolar": True, "refractory": "integrate",
    }  # fmt: skip
    assert (neuron.saturation_rate, neuron.level, neuron.kernel) == (math.inf, 0.5, ((1.0, 20e-3),))
    assert sd.LIF(firing="full", t_ref=4e-3).level == 1.0
    assert sd.LIF(t_ref=4e-3).saturation_rate == 250.0


def test_neurons_are_values():
    assert sd.LIF(np.float32(0.5), np.int64(1)) == sd.LIF(0.5, 1.0)
    assert len({sd.LIF(), sd.LIF(1), sd.LIF(2)}) == 2
    with pytest.raises(FrozenInstanceError):
        sd.LIF().threshold = 2.0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"threshold": 0}, ValueError, "threshold must be above 0 and finite, not 0"),
        ({"threshold": -1}, ValueError, "threshold must be above 0 and finite, not -1"),
        ({"threshold": math.inf}, ValueError, "threshold must be above 0 and finite"),
        ({"threshold": math.nan}, ValueError, "threshold must be above 0"),
        ({"threshold": "0.1"}, TypeError, "threshold must be a number, not '0.1'"),
        ({"threshold": True}, TypeError, "threshold must be a number"),
        ({"tau_m": 0}, ValueError, "tau_m must be above 0, not 0"),
        ({"tau_m": -1}, ValueError, "tau_m must be above 0"),
        ({"t_ref": -1e-3}, ValueError, "t_ref must be at least 0 and finite, not -0.001"),
        ({"t_ref": math.inf}, ValueError, "t_ref must be at least 0 and finite"),
        ({"drive": "voltage"}, ValueError, "drive must be one of 'potential', 'current', not 'voltage'"),
        ({"firing": None}, ValueError, "firing must be one of"),
        ({"bipolar": 1}, TypeError, "bipolar must be True or False, not 1"),
        ({"refractory": "hold"}, ValueError, "refractory must be one of"),
        ({"refractory": "clamp"}, ValueError, "has a meaning only with"),
        ({"refractory": "clamp", "firing": "full"}, ValueError, "drive='potential'"),
        ({"refractory": "clamp", "drive": "current"}, ValueError, "firing='half'"),
    ],
)
def test_bad_neurons_are_named(options, error, message):
    with pytest.raises(error, match=message):
        sd.LIF(**options)


def rows(neuron):
    """Parameters as a notebook shows them: name to (value, unit)."""
    table = ElementTree.fromstring(neuron._repr_html_())
    return {row[0].text: (row[1].text, row[2].text) for row in table.iter("tr")}


@pytest.mark.parametrize("kind", sd.neurons.FAMILY.values())
def test_a_notebook_shows_every_parameter_and_the_unit_of_every_quantity(kind):
    neuron = kind()
    shown = rows(neuron)
    assert list(shown) == [each.name for each in fields(neuron)]
    for name, (value, unit) in shown.items():
        quantity = isinstance(getattr(neuron, name), float | tuple) or name == "increment"
        assert value
        assert (unit is not None) == quantity, name


def test_units_of_parameters():
    assert rows(sd.LIF(0.25, t_ref=2e-3))["threshold"] == ("0.25", "units of x")
    assert rows(sd.LIF(0.25, t_ref=2e-3))["t_ref"] == ("0.002", "s")
    assert rows(sd.LIF(tau_m=math.inf, drive="current"))["threshold"][1] == "units of x × s"
    assert rows(sd.LIF(tau_m=math.inf))["threshold"][1] == "units of x"
    assert rows(sd.AdEx())["a"] == ("4", "nS")
    assert rows(sd.Izhikevich())["a"] == ("0.02", "1/ms")
    assert rows(sd.AdaptiveLIF())["increment"] == ("default", "1")


def test_what_a_table_shows_is_escaped():
    neuron = sd.LIF()
    object.__setattr__(neuron, "drive", "<script>")
    assert "&lt;script&gt;" in neuron._repr_html_()
    assert "<script>" not in neuron._repr_html_()
