"""The lesson: eight steps, each a short text and the settings of the controls that show it."""

from math import inf
from typing import NamedTuple

from .state import State

MOVES = {"saturation_rate": (200.0, 500.0, inf)}


class Step(NamedTuple):
    """A title, what to see, what to try, the controls that differ from the default, and what `task` moves beside the threshold.

    A page without a server has replies for the values of `moves` only.
    """

    title: str
    text: str
    task: str
    settings: dict
    moves: dict = MOVES


STEPS = (
    Step(
        "What a spike subtracts",
        "The potential y is what the membrane would do if it never fired. Each spike adds one decaying pulse of height θ to the "
        "PSP, which is all that the next neuron sees, and takes the same pulse from the membrane.",
        "Move the membrane and PSP τ: the pulses get longer or shorter, not higher.",
        {"threshold": 0.5, "duration": 2.0},
        {"tau_m": (0.005, 0.01, 0.02, 0.05, 0.1)},
    ),
    Step(
        "The error is the membrane",
        "Compare “Membrane” with “Error”: they are one curve. What the PSP has not said yet is still on the membrane, and "
        "triggers the next spike there. So the error never leaves ±θ/2.",
        "Change the threshold: the band and the curve shrink together.",
        {"threshold": 0.2, "duration": 2.0},
    ),
    Step(
        "Lower the threshold",
        "Half the threshold, half the error: about 6 dB more, for twice the spikes. On the error–threshold curve the point "
        "slides down the dashed law, rms error = θ/√12.",
        "Halve the threshold, to 2.5 % of the peak, and read SNR and rate.",
        {"threshold": 0.05},
    ),
    Step(
        "Saturate it",
        "No neuron fires without a pause. Limited to 200 spikes a second this one cannot follow: the tall ticks are saturated "
        "spikes, the error leaves its band, and a lower threshold makes it worse. The curve has a best point.",
        "Raise the threshold until the SNR is best; then raise the saturation rate.",
        {"threshold": 0.02, "saturation_rate": 200.0},
    ),
    Step(
        "Silence it",
        "θ/2 lies above the largest potential: no spike, no PSP, and all of the signal is error. The curve ends flat, at the "
        "size of the signal itself.",
        "Lower the threshold below 200 % of the peak: the first spikes mark the strongest beats.",
        {"threshold": 2.5},
    ),
    Step(
        "Adapt",
        "Again 200 spikes a second at most, but each spike raises the threshold by a share of it, and the rise fades. Strong "
        "parts are coded coarsely, weak ones finely, and saturation is rarer.",
        "Set the adaptation to 0 and back: compare SNR, rate and the saturated part of the time.",
        {"neuron": "adaptive", "threshold": 0.02, "saturation_rate": 200.0, "adaptation": 0.5, "tau_adp": 0.05},
        {"adaptation": (0.0, 0.1, 0.2, 0.5, 1.0)},
    ),
    Step(
        "Slow the PSP",
        "A pulse of 200 ms carries what changes slowly with few spikes; negative spikes take it back where the signal falls. The "
        "bound is that of any τ.",
        "Try 5 ms: the same error for many more spikes, as a pulse that is gone has to be sent again.",
        {"threshold": 0.1, "tau_m": 0.2},
        {"tau_m": (0.005, 0.02, 0.05, 0.2, 0.5)},
    ),
    Step(
        "Recover exactly",
        "The PSP is only what a neuron makes of the spikes; their times hold more. From a band-limited signal, noise of 20 Hz, "
        "enough spikes give back every sample. Near either end the past or the future is missing.",
        "Switch the decoder to the PSP and back. Then raise the threshold until the spikes are too few.",
        {"signal": "noise", "drive": "current", "threshold": 0.1, "decoder": "bandlimited", "bandwidth": 20.0},
        {"decoder": ("psp", "bandlimited")},
    ),
)


def step_state(number, home):
    """The state of a step, from 1 on; the signal is `home` where the step needs none of its own."""
    return State(**({"signal": home} | STEPS[number - 1].settings), step=number)
