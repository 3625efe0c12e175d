"""LIF: its fields, what follows from them, what they refuse."""

import math
from dataclasses import FrozenInstanceError

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
