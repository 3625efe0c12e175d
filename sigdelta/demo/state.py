"""The state of the page: every control, with its range and its words, and the query of the URL that holds it."""

from dataclasses import dataclass, field, fields, replace
from math import inf, isfinite
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

OWN = "own"
RATES = (20.0, 50.0, 100.0, 125.0, 200.0, 250.0, 500.0, 1000.0, 2000.0, 5000.0, inf)
TAUS = (0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0)
SHARES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)
BANDS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 60.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 4000.0)
# the preferred numbers R20, 12 % apart, so that six steps are twice as much
R20 = (1.0, 1.12, 1.25, 1.4, 1.6, 1.8, 2.0, 2.24, 2.5, 2.8, 3.15, 3.55, 4.0, 4.5, 5.0, 5.6, 6.3, 7.1, 8.0, 9.0)
THRESHOLDS = tuple(float(f"{each}e{power}") for power in range(-3, 1) for each in R20 if 0.002 <= each * 10.0**power < 3.2)


class Span(NamedTuple):
    """A number between the ends of `values`, where a slider stops; shown times `factor` with `unit`, or as `top` if infinite."""

    label: str
    values: tuple
    factor: float = 1.0
    unit: str = ""
    top: str = ""


class Choice(NamedTuple):
    """One of the words of `options`, each with what the page calls it; any word if there are none."""

    label: str
    options: dict


def _span(default, *args, **words):
    return field(default=default, metadata={"control": Span(*args, **words)})


def _choice(default, label, **options):
    return field(default=default, metadata={"control": Choice(label, options)})


@dataclass(frozen=True)
class State:
    """All controls of the page.

    `threshold` is a share of the largest potential of the signal, so that a state, and a lesson, fits any signal; `adaptation`
    is the share of the threshold that a spike adds to it. Times in s, rates in Hz. `step` is the step of the lesson, 0 for none.

    Examples
    --------
    >>> State(threshold=0.2, step=3).query
    'threshold=0.2&step=3'
    >>> State.from_query("tau_m=2h")[1]
    ["tau_m must be a number from 0.001 to inf, not '2h': 0.02 is used"]
    """

    signal: str = _choice("ecg", "Signal")
    start: float = _span(0.0, "Start", (0.0, 86400.0), unit="s")
    duration: float = _span(4.0, "Length", (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0), unit="s")
    neuron: str = _choice(
        "lif",
        "Neuron",
        lif="leaky integrate-and-fire",
        adaptive="adaptive threshold",
        multiplicative="multiplicative adaptation",
        response="spike response, two pulses",
        noisy="noisy threshold",
        adex="AdEx",
        izhikevich="Izhikevich",
        **{"async-sigma-delta": "asynchronous ΣΔ modulator", "sigma-delta": "clocked ΣΔ modulator"},
    )
    drive: str = _choice("potential", "The signal is", potential="the potential", current="an input current")
    firing: str = _choice("half", "Fires at", half="half the threshold", full="the threshold")
    spikes: str = _choice("bipolar", "Spikes", bipolar="of both signs", unipolar="positive only")
    threshold: float = _span(0.1, "Threshold θ", THRESHOLDS, 100.0, "% of peak")
    tau_m: float = _span(0.02, "Membrane and PSP τ", (*TAUS, inf), 1e3, "ms", "∞")
    saturation_rate: float = _span(inf, "Saturation rate", RATES, unit="Hz", top="no limit")
    adaptation: float = _span(0.1, "Adaptation a spike", SHARES, 100.0, "% of θ")
    tau_adp: float = _span(0.15, "Adaptation τ", TAUS, 1e3, "ms")
    decoder: str = _choice(
        "psp", "Decoder", psp="PSP: the next neuron", lowpass="low-pass filter", bandlimited="exact, band-limited"
    )
    bandwidth: float = _span(20.0, "Bandwidth", BANDS, unit="Hz")
    step: int = 0

    def __post_init__(self):
        for name, control in CONTROLS.items():
            object.__setattr__(self, name, _checked(name, getattr(self, name), control))
        if not isinstance(self.step, int) or self.step < 0:
            raise ValueError(f"step must be a whole number from 0, not {self.step!r}")

    @property
    def query(self):
        """The query of the URL: what differs from the default."""
        return urlencode({key: _word(value) for key, value in vars(self).items() if value != getattr(DEFAULT, key)})

    @classmethod
    def from_query(cls, query):
        """The state that a query describes, and a line about each word of it that has no meaning and was left out."""
        state, problems = cls(), []
        for key, word in parse_qsl(query, keep_blank_values=True):
            try:
                state = replace(state, **{key: _read(key, word)})
            except ValueError as error:
                problems.append(f"{error}" + (f": {_word(getattr(DEFAULT, key))} is used" if hasattr(DEFAULT, key) else ""))
        return state, problems


def _checked(name, value, control):
    if isinstance(control, Choice):
        if control.options and value not in control.options:
            raise ValueError(f"{name} must be one of {', '.join(control.options)}, not {value!r}")
        return value
    low, high = control.values[0], control.values[-1]
    if isinstance(value, str) or not low <= value <= high:
        raise ValueError(f"{name} must be a number from {low:g} to {high:g}, not {value!r}")
    return float(value)


def _read(key, word):
    """A value from its word in a query; what is no number is left to be refused."""
    if key not in vars(DEFAULT):
        raise ValueError(f"{key!r} is no control of this page")
    if key != "step" and isinstance(CONTROLS[key], Choice):
        return word
    try:
        return int(word) if key == "step" else float(word)
    except ValueError:
        return word


def _word(value):
    return f"{value:g}" if isinstance(value, float) and isfinite(value) else str(value)


CONTROLS = {each.name: each.metadata["control"] for each in fields(State) if "control" in each.metadata}
DEFAULT = State()
