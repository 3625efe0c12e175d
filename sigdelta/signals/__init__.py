"""Signals to encode: synthetic ones, seeded where there is chance, and real recordings."""

from .. import checks
from ..files import Recording
from .recordings import RECORDINGS, is_here, recording
from .synthetic import SYNTHETIC, am_noise, chirp, multitone, noise, pink, ramp, sine, step

__all__ = [
    "am_noise",
    "catalogue",
    "chirp",
    "multitone",
    "named",
    "noise",
    "pink",
    "ramp",
    "recording",
    "sine",
    "step",
]


def catalogue(here=False):
    """Every name that `named` takes, with a line about it.

    Parameters
    ----------
    here : bool
        Leave out recordings whose extra is not installed.

    Returns
    -------
    dict

    Examples
    --------
    >>> catalogue()["sine"]
    '1 Hz, amplitude 1'
    """
    return {name: line for name, (_, line) in (RECORDINGS | SYNTHETIC).items() if not here or name in SYNTHETIC or is_here(name)}


def named(name, fs=None, seed=0):
    """The Recording of a name in `catalogue`: synthetic signals last 10 s, at `fs` (default 1 kHz).

    Examples
    --------
    >>> named("chirp", fs=500.0).x.size
    5000
    """
    if name in SYNTHETIC:
        fs = 1000.0 if fs is None else checks.number("fs", fs)
        return Recording(SYNTHETIC[name][0](10.0, fs, seed), fs, "", name, None)
    if name not in RECORDINGS:
        raise ValueError(f"no signal is called {name!r}: choose from {', '.join(catalogue())}")
    chosen = recording(name)
    if fs is not None and fs != chosen.fs:
        raise ValueError(f"{name} was recorded at {chosen.fs:g} Hz: it cannot have fs={fs:g}")
    return chosen
