"""How a notebook shows a neuron."""

from collections.abc import Mapping
from dataclasses import fields
from html import escape
from math import inf
from typing import ClassVar

AMPLITUDE = "units of x"
UNITS = {
    **dict.fromkeys(("threshold", "beta", "bias"), AMPLITUDE),
    **dict.fromkeys(("tau_m", "tau_adp", "tau_phi", "tau_gamma", "tau_eta", "t_ref"), "s"),
    **dict.fromkeys(("increment", "m_f", "threshold_noise"), "1"),
    "kernel": "(1, s), …",
}


class Table:
    """A neuron that notebooks show as a table of its parameters; `units` of a class go before those that neurons share."""

    units: ClassVar[Mapping] = {}

    def _repr_html_(self):
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(each.name)}</th><td>{escape(_shown(getattr(self, each.name)))}</td>"
            f"<td>{escape(_unit(self, each.name))}</td></tr>"
            for each in fields(self)
        )
        return f"<table><caption><b>{escape(type(self).__name__)}</b></caption>{rows}</table>"


def _shown(value):
    return f"{value:g}" if isinstance(value, float) else "default" if value is None else str(value)


def _unit(neuron, name):
    """Of a field, or nothing where it is a choice; an ideal integrator of a current adds up x, so its threshold is x times s."""
    if name == "threshold_kernel":
        return "(1, s), …" if neuron.multiplicative else f"({AMPLITUDE}, s), …"
    unit = (UNITS | neuron.units).get(name, "")
    integrates = name == "threshold" and neuron.drive == "current" and neuron.tau_m == inf
    return f"{unit} × s" if integrates else unit
