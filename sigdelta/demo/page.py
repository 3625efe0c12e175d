"""The page as a Bokeh document: empty figures, their sources, and the script that fills them from replies."""

import json
from dataclasses import asdict
from importlib.resources import files
from math import isinf
from types import SimpleNamespace

from bokeh.models import ColumnDataSource, CustomJS, Range1d, Span
from bokeh.plotting import figure

from .lesson import STEPS
from .state import CONTROLS, DEFAULT, OWN, Choice

BLUE, RED, GREEN, GREY = "#0072B2", "#D55E00", "#007a5a", "#666666"
# what goes up and down in every column of the screen is painted in a tenth of the time if it is no wider than this
HAIR = 1.0
SOURCES = {
    "time": ("t", "target", "decoded", "membrane", "error"),
    "levels": ("level_t", "level", "low"),
    "bounds": ("bound_t", "bound", "minus_bound"),
    "spikes": ("spike_t", "spike_top"),
    "saturated": ("saturated_t", "saturated_top"),
    "spectrum": ("frequency", "signal_db", "error_db"),
    "point": ("point", "point_error"),
    "swept": ("swept", "swept_error", "law"),
    "coding": ("coding", "coding_error"),
    "saturating": ("saturating", "saturating_error"),
    "silent": ("silent", "silent_error"),
}
GROUPS = {
    "Signal": ("signal", "start", "duration"),
    "Neuron": ("neuron", "threshold", "saturation_rate", "tau_m", "adaptation", "tau_adp", "drive", "firing", "spikes"),
    "Decoder": ("decoder", "bandwidth"),
}
NUMBERS = {
    "snr_db": "SNR",
    "rate": "Firing rate",
    "spikes": "Spikes",
    "threshold": "Threshold θ",
    "rms_error": "Rms error",
    "max_error": "Largest error",
    "bound": "Error bound",
    "saturated": "Saturated",
}
# title, and the key: how a line or mark looks (a class of page.css, or the mark itself), and what it is
PICTURES = {
    "signal": ("Signal and reconstruction", {"target": "free potential y", "decoded": "PSP"}),
    "raster": ("Spikes", {"spike": "spike", "saturated": "saturated"}),
    "membrane": ("Membrane", {"membrane": "y − PSP", "level": "fires here"}),
    "error": ("Error", {"error": "error", "bound": "bound"}),
    "spectra": ("Spectrum", {"target": "signal", "error": "error"}),
    "curve": ("Error–threshold curve", {"coding": "coding", "saturating": "saturated", "silent": "silent", "law": "law",
                                        "here": "here"}),
}  # fmt: skip


def fill(doc, signals, first, ask=None, answer=None, cells=None):
    """Make a document the page.

    Parameters
    ----------
    doc : bokeh.document.Document
    signals : dict
        What the menu of signals shows, by name.
    first : dict
        The reply that the page begins with.
    ask, answer : ColumnDataSource, optional
        Where the page puts its requests, and finds the replies, as JSON in ``data["text"][0]``.
    cells : dict, optional
        Instead of these, all replies of a page that has no server (see `export`).
    """
    # something to draw until the script runs, or the axes complain
    begin = [1.0, 2.0]
    sources = {name: ColumnDataSource({each: begin for each in names}, syncable=False) for name, names in SOURCES.items()}
    source = SimpleNamespace(**sources)
    span = Range1d(0, 1)
    figures = {
        "signal": _signal(source, span),
        "raster": _raster(source, span),
        "membrane": _membrane(source, span),
        "error": _error(source, span),
        "spectra": _spectra(source),
        "curve": _curve(source),
    }
    for name, each in figures.items():
        each.name = name
        doc.add_root(each)
    # what a document's own script names is no part of the document: a figure holds what both sides must see
    figures["signal"].tags = [each for each in (ask, answer) if each is not None]
    controls = {name: _described(name, control, signals) for name, control in CONTROLS.items()}
    steps = [step._asdict() for step in STEPS]
    page = {"controls": controls, "own": OWN, "first": first, "cells": cells}
    script = files(__package__).joinpath("page.js").read_text(encoding="utf-8")
    # as text, so that Bokeh does not look for models in it
    arguments = {"sources": sources, "figures": figures, "span": span, "ask": ask, "answer": answer, "text": json.dumps(page)}
    doc.js_on_event("document_ready", CustomJS(args=arguments, code=script))
    doc.title = "sigdelta: how a neuron codes a signal"
    words = {"groups": GROUPS, "numbers": NUMBERS, "pictures": PICTURES, "steps": steps, "live": ask is not None}
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    doc.template_variables.update(controls=controls, style=style, default=asdict(DEFAULT), **words)


def template():
    """The Jinja template of the page, for `Document.template` and `file_html`."""
    from bokeh.core.templates import get_env

    return get_env().from_string(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))


def _described(name, control, signals):
    """A control as the template and the script know it; JSON has no infinity."""
    known = {"label": control.label, "default": _plain(getattr(DEFAULT, name))}
    if isinstance(control, Choice):
        return known | {"options": signals if name == "signal" else control.options}
    values = [_plain(value) for value in control.values]
    return known | {"values": values, "factor": control.factor, "unit": control.unit, "top": control.top}


def _plain(value):
    return "inf" if isinstance(value, float) and isinf(value) else value


def _figure(height, label, x, x_range=None, **options):
    """Without a label `x`, the axis is that of the figure below; the script sets the ranges, so that a figure is painted once."""
    ranges = {"x_range": x_range or Range1d(1, 2), "y_range": Range1d(1, 2)} | options
    tools = "pan,box_zoom,reset,save"
    made = figure(height=height, sizing_mode="stretch_width", tools=tools, active_drag=None, output_backend="canvas", **ranges)
    made.xaxis.visible = x is not None
    made.toolbar.logo, made.toolbar.autohide = None, True
    made.min_border_left, made.min_border_right = 84, 12
    made.xaxis.axis_label, made.yaxis.axis_label = x, label
    for axis in (*made.xaxis, *made.yaxis):
        axis.axis_label_text_font_size, axis.major_label_text_font_size = "15px", "14px"
        axis.axis_label_text_font_style, axis.axis_label_text_color, axis.major_label_text_color = "normal", "#222222", "#222222"
    return made


def _signal(source, span):
    made = _figure(205, "amplitude", None, span)
    made.line("t", "target", source=source.time, color=RED, alpha=0.55, line_width=4)
    made.line("t", "decoded", source=source.time, color=BLUE, line_width=1.5)
    return made


def _raster(source, span):
    made = _figure(56, "spikes", None, span, y_range=Range1d(-1.15, 1.15))
    made.segment("spike_t", 0, "spike_t", "spike_top", source=source.spikes, color="black", line_width=1.2)
    made.segment("saturated_t", 0, "saturated_t", "saturated_top", source=source.saturated, color=RED, line_width=1.8)
    made.add_layout(Span(location=0, dimension="width", line_color=GREY))
    made.yaxis.ticker, made.ygrid.visible = [], False
    return made


def _membrane(source, span):
    made = _figure(148, "amplitude", None, span)
    made.line("t", "membrane", source=source.time, color=BLUE, line_width=HAIR)
    for edge in ("level", "low"):
        made.line("level_t", edge, source=source.levels, color="black", line_dash="dashed", line_width=1.6)
    return made


def _error(source, span):
    made = _figure(190, "amplitude", "time (s)", span)
    made.line("t", "error", source=source.time, color=GREEN, line_width=HAIR)
    for edge in ("bound", "minus_bound"):
        made.line("bound_t", edge, source=source.bounds, color="black", line_dash="dotted", line_width=2)
    return made


def _spectra(source):
    made = _figure(270, "power density (dB)", "frequency (Hz)", x_axis_type="log")
    made.line("frequency", "signal_db", source=source.spectrum, color=RED, alpha=0.55, line_width=4)
    made.line("frequency", "error_db", source=source.spectrum, color=GREEN, line_width=1.8)
    return made


def _curve(source):
    made = _figure(270, "rms error", "threshold θ", x_axis_type="log", y_axis_type="log")
    made.line("swept", "swept_error", source=source.swept, color=GREY, line_width=1.2)
    made.line("swept", "law", source=source.swept, color="black", line_dash="dashed")
    marks = {"coding": ("circle", BLUE), "saturating": ("square", RED), "silent": ("x", "black")}
    for name, (marker, color) in marks.items():
        style = {"marker": marker, "color": color, "size": 8}
        made.scatter(name, f"{name}_error", source=getattr(source, name), **style)
    made.scatter("point", "point_error", source=source.point, marker="diamond", size=22, color="#F0E442", line_color="black",
                 line_width=2)  # fmt: skip
    return made
