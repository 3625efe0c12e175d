"""The lesson in one file: the page with BokehJS inside, and every reply that its two sliders can ask for."""

from dataclasses import replace
from math import inf
from pathlib import Path

from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.resources import INLINE

import sigdelta as sd

from . import page
from .lesson import STEPS, step_state
from .server import signals
from .session import Session
from .state import THRESHOLDS, State

# every third threshold is 41 % above the one before, so two steps are twice as much; a lesson's own are among them
COARSE = THRESHOLDS[2::3]
RATES = (200.0, 500.0, inf)


def write(path, own):
    """Write the page; it is whole or not there."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path}: the file must end in .html, not {Path(path).suffix!r}")
    with sd.files.replacing(path) as temporary:
        Path(temporary).write_text(html(own), encoding="utf-8")


def html(own=None):
    """The whole page as text."""
    session, index = Session(own), {}
    states = [State(signal=session.home), *(step_state(i + 1, session.home) for i in range(len(STEPS)))]
    members = {}
    for state in states:
        members.setdefault(_settings(state), []).append(state)
    cells = {
        "groups": [_group(session, settings, each, index) for settings, each in members.items()],
        "steps": [_place(state, list(members)) for state in states],
        "arrays": list(index),
    }
    doc = Document()
    page.fill(doc, signals(own), {"query": ""}, cells=cells)
    return file_html(doc, INLINE, doc.title, template=page.template(), template_variables=doc.template_variables)


def _settings(state):
    """The state but for the step and what the sliders of the file move."""
    return replace(state, threshold=1.0, saturation_rate=inf, step=0)


def _place(state, groups):
    """Where the page finds the reply of a step."""
    return {"group": groups.index(_settings(state)), "threshold": state.threshold, "rate": _plain(state.saturation_rate)}


def _group(session, settings, members, index):
    """All replies at one setting of the other controls; arrays are put into `index`, and replies hold their numbers."""
    thresholds = sorted({*COARSE, *(state.threshold for state in members)})
    own = {(state.threshold, state.saturation_rate) for state in members}
    replies, curves = [], {}
    # rate by rate, as one curve serves all thresholds
    for rate in RATES:
        for threshold in thresholds:
            state = replace(settings, threshold=threshold, saturation_rate=rate)
            reply = session.answer({"query": state.query, "curve": True, "listen": (threshold, rate) in own})
            curve = reply.pop("curve", None)
            if "view" in reply:
                view = reply["view"]
                view["arrays"] = _numbered(view["arrays"], index)
                curves.setdefault(rate, _numbered(curve, index))
            replies.append(reply)
    return {
        "query": settings.query,
        "thresholds": thresholds,
        "rates": [_plain(rate) for rate in RATES],
        "replies": replies,
        "curves": [curves.get(rate) for rate in RATES],
    }


def _numbered(arrays, index):
    return {name: index.setdefault(array, len(index)) for name, array in arrays.items()}


def _plain(rate):
    return "inf" if rate == inf else rate
