"""One visitor: requests of the page in, replies out, both plain JSON; whatever goes wrong is a reply too."""

import base64
import binascii
import tempfile
import warnings
from dataclasses import replace
from functools import lru_cache
from math import isfinite
from pathlib import Path

import numpy as np

import sigdelta as sd

from . import sound, views
from .lesson import STEPS, step_state
from .state import OWN, State

NAN = 2**16 - 1
MOST_BYTES = 16 * 2**20
TROUBLE = (ValueError, TypeError, ImportError, OSError, MemoryError, ArithmeticError)


class Session:
    """The signals and the state of one visitor.

    Parameters
    ----------
    own : Recording, optional
        The signal of the command line, or that of an upload.
    """

    def __init__(self, own=None):
        self.own, self.home = own, "ecg" if own is None else OWN
        self.state = State(signal=self.home)
        self._curve = None, None

    def begin(self, query):
        """The first reply; a link that tells of nothing but a step leads to its settings."""
        number = query.removeprefix("step=")
        alone = number.isdecimal() and 1 <= int(number) <= len(STEPS)
        return self.answer({"step": int(number), "curve": True} if alone else {"query": query or self.state.query, "curve": True})

    def answer(self, request):
        """The reply to a request: ``query`` or ``step`` or ``file``, and what is wanted beside the view, ``listen``, ``curve``.

        A reply has the ``query`` of the state that was asked for, ``notes`` and, if there is one, a ``problem`` instead of
        the ``view``; ``curve_due`` where the curve that was sent last is that of another state.
        """
        notes = []
        try:
            self.state, notes = self._wanted(request)
            recording = self._recording()
            with warnings.catch_warnings(record=True) as doubts:
                warnings.simplefilter("always", sd.RecoveryWarning)
                shown = views.view(recording, self.state)
            notes += [f"Beware: {str(each.message).partition(' (see')[0]}." for each in doubts]
            reply = {"view": self._packed(shown)}
            reply |= self._curve_of(recording, request.get("curve", False))
            if request.get("listen"):
                reply["sound"] = _sound(*shown.heard)
            notes += shown.notes
        except TROUBLE as error:
            reply = {"problem": " ".join(str(error).split()) or type(error).__name__}
        return reply | {"query": self.state.query, "notes": notes, "used": views.used_controls(self.state)}

    def _wanted(self, request):
        if "file" in request:
            self.own, self.home = _read(**request["file"]), OWN
            return replace(self.state, signal=OWN, start=0.0, step=0), []
        if "step" in request:
            if not 1 <= request["step"] <= len(STEPS):
                raise ValueError(f"the lesson has steps 1 to {len(STEPS)}, not {request['step']}")
            return step_state(request["step"], self.home), []
        state, problems = State.from_query(request.get("query", ""))
        if state.step > len(STEPS):
            problems.append(f"the lesson has steps 1 to {len(STEPS)}, not {state.step}")
            state = replace(state, step=0)
        if state.signal == OWN and self.own is None:
            problems.append("This link is about a file that did not come with it: choose the file, below. Until then, the ECG.")
            state = replace(state, signal="ecg")
        if state.signal != self.state.signal and not state.step:
            self.home = state.signal
        return state, problems

    def _recording(self):
        return self.own if self.state.signal == OWN else _named(self.state.signal)

    def _curve_of(self, recording, wanted):
        """The error–threshold curve if it is wanted; else whether it is no longer the one that was sent last."""
        key = recording.name, id(recording.x) if recording is self.own else None, _without_threshold(self.state)
        if not wanted:
            return {"curve_due": key != self._curve[0]}
        if key != self._curve[0]:
            self._curve = key, packed(views.curve(recording, self.state))
        return {"curve": self._curve[1]}

    def _packed(self, shown):
        point = {"point": np.array([shown.numbers["threshold"]]), "point_error": np.array([shown.numbers["psp_error"]])}
        return {"arrays": packed(shown.arrays | point), "numbers": _printed(shown), "words": shown.words}


@lru_cache(maxsize=4)
def _named(name):
    """Recordings take longer to read than to code."""
    return sd.signals.named(name)


def _without_threshold(state):
    return replace(state, threshold=1.0, decoder="psp", bandwidth=20.0, step=0)


def _sound(target, decoded, fs):
    peak = max(float(np.abs(target).max()), float(np.nanmax(np.abs(decoded))))
    return {"target": sound.data_uri(target, fs, peak), "decoded": sound.data_uri(decoded, fs, peak)}


def packed(arrays):
    """Arrays as text: base64 of float32, or if they are long "low,high," and base64 of uint16 between the two, nan the last."""
    return {name: _long(each) if each.size > 200 else _base64(each, "<f4") for name, each in arrays.items()}


def _long(array):
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    steps = np.round((array - low) / ((high - low) or 1.0) * (NAN - 1))
    return f"{low!r},{high!r},{_base64(np.where(np.isfinite(steps), steps, NAN), '<u2')}"


def _base64(array, kind):
    return base64.b64encode(np.asarray(array).astype(kind).tobytes()).decode()


def _printed(shown):
    """The numbers as the page prints them."""
    numbers, units = shown.numbers, shown.words["units"]
    unit = f" {units}" if units else ""
    bound = f"{numbers['bound']:.4g}{unit}" if isfinite(numbers["bound"]) else shown.words["no_bound"]
    return {
        "snr_db": f"{numbers['snr_db']:.2f} dB",
        "rate": f"{numbers['rate']:.4g} Hz",
        "spikes": f"{numbers['spikes']}",
        "threshold": f"{numbers['threshold']:.4g}{unit}" if isfinite(numbers["threshold"]) else "none",
        "rms_error": f"{numbers['rms_error']:.4g}{unit}",
        "max_error": f"{numbers['max_error']:.4g}{unit}",
        "bound": bound,
        "saturated": f"{100 * numbers['saturated']:.1f} % of the time",
    }


def _read(name, data, fs=None):
    """The Recording in an uploaded file, base64 `data`; complaints name the file as its owner does."""
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{name} did not arrive whole: {error}") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name} has {len(content) / 2**20:.3g} MiB, and {MOST_BYTES // 2**20} are possible here: {TOO_LONG}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name.replace("\\", "/")).name or "upload")
        path.write_bytes(content)
        try:
            return sd.load(path, fs=fs)
        except TROUBLE as error:
            raise ValueError(str(error).replace(f"{folder}/", "")) from error


TOO_LONG = "start the page with it, as in `sigdelta demo long.wav`, and choose an excerpt there"
