"""The lesson in one file: the page with BokehJS inside, and every reply that its steps' controls can ask for."""

from dataclasses import replace
from itertools import product
from math import inf
from pathlib import Path

from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.resources import INLINE

import sigdelta as sd

from . import page
from .lesson import MOVES, STEPS, step_state
from .server import signals
from .session import Session
from .state import THRESHOLDS, State

# every third threshold is 41 % above the one before, so two steps are twice as much; a lesson's own are among them
COARSE = THRESHOLDS[2::3]


def write(path, own):
    """Write the page; it is whole or not there."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{path}: the file must end in .html, not {Path(path).suffix!r}")
    with sd.files.replacing(path) as temporary:
        Path(temporary).write_text(html(own), encoding="utf-8")


def html(own=None):
    """The whole page as text of HTML, `own` (a Recording or None) among its signals: all answers are computed and within it."""
    session, index = Session(own), {}
    states = [State(signal=session.home), *(step_state(i + 1, session.home) for i in range(len(STEPS)))]
    members = {}
    for state, moves in zip(states, [MOVES, *(step.moves for step in STEPS)], strict=True):
        members.setdefault((_fixed(state, moves), tuple(moves.items())), []).append(state)
    groups = [_group(session, fixed, dict(moves), each, index) for (fixed, moves), each in members.items()]
    places = {state: i for i, each in enumerate(members.values()) for state in each}
    cells = {
        "groups": groups,
        "steps": [_place(state, places[state], groups[places[state]]["axes"]) for state in states],
        "arrays": list(index),
    }
    doc = Document()
    page.fill(doc, signals(own), {"query": ""}, cells=cells)
    return file_html(doc, INLINE, doc.title, template=page.template(), template_variables=doc.template_variables)


def _fixed(state, moves):
    """The state but for the step and what moves."""
    return replace(state, threshold=1.0, step=0, **{name: values[0] for name, values in moves.items()})


def _place(state, group, axes):
    """Where the page finds the reply of a step."""
    return {"group": group, "at": {name: _plain(getattr(state, name)) for name in axes}}


def _group(session, fixed, moves, members, index):
    """All replies where some controls move, threshold by threshold; arrays are put into `index`, replies hold their numbers."""
    axes = moves | {"threshold": sorted({*COARSE, *(state.threshold for state in members)})}
    own = {tuple(getattr(state, name) for name in axes) for state in members}
    replies = []
    for values in product(*axes.values()):
        state = replace(fixed, **dict(zip(axes, values, strict=True)))
        reply = session.answer({"query": state.query, "curve": True, "listen": values in own})
        if "view" in reply:
            reply["view"]["arrays"] = _numbered(reply["view"]["arrays"], index)
            reply["curve"] = _numbered(reply["curve"], index)
        replies.append(reply)
    plain = {name: [_plain(value) for value in values] for name, values in axes.items()}
    return {"query": fixed.query, "axes": plain, "replies": replies}


def _numbered(arrays, index):
    return {name: index.setdefault(array, len(index)) for name, array in arrays.items()}


def _plain(value):
    return "inf" if value == inf else value
