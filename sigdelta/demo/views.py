"""What the page shows of a signal and a state: arrays to draw and numbers to print, all from sigdelta's public functions."""

from dataclasses import dataclass, fields, replace
from math import inf, isfinite, nan

import numpy as np

import sigdelta as sd

from .state import OWN

MOST_SAMPLES, MOST_SPIKES, SWEPT_SPIKES = 160_000, 1_000_000, 100_000
COLUMNS = 500
# what turns a signal whose peak is 1 into the current that these neurons need: offset and gain, in pA and in the model's unit
CURRENTS = {"adex": (800.0, 400.0), "izhikevich": (10.0, 6.0)}


@dataclass(frozen=True, eq=False)
class View:
    """`arrays` by name, each thinned to what a screen shows; `numbers`, nan where one has no meaning; `words`, `notes`.

    `heard` is what a sound is made of: what the decoder is to give, what it gives, and their rate.
    """

    arrays: dict
    numbers: dict
    words: dict
    notes: list
    heard: tuple


def excerpt(recording, state):
    """The part of a Recording that the state asks for, one channel, and notes about what was left out."""
    notes, x, fs = [], recording.x, recording.fs
    if x.ndim == 2:
        notes.append(f"{recording.name} has {x.shape[0]} channels: the first is coded.")
        recording = recording._replace(x=x[0])
    length = x.shape[-1] / fs
    if state.start >= length:
        raise ValueError(f"start must be before the end of {recording.name}, {length:g} s, not {state.start:g} s")
    duration = min(state.duration, MOST_SAMPLES / fs)
    if duration < min(state.duration, length - state.start):
        notes.append(f"At {fs:g} Hz at most {duration:.3g} s are coded at a time: choose them with Start.")
    elif length > state.duration and state.signal == OWN:
        notes.append(f"{recording.name} lasts {length:.4g} s: choose an excerpt with Start and Length.")
    return sd.files.excerpt(recording, state.start, state.start + duration), notes


def neuron_for(part, state):
    """The input that an excerpt is to the neuron of the state, that neuron, and the largest potential.

    A neuron takes those controls that it has a field for.
    """
    peak = float(np.abs(part.x).max())
    if peak == 0.0:
        raise ValueError(f"{part.name} is 0 everywhere from {state.start:g} s on: choose another excerpt")
    kind = sd.neurons.FAMILY[state.neuron]
    names = {each.name for each in fields(kind)}
    values = {name: value for name, value in _settings(state).items() if name in names}
    offset, gain = CURRENTS.get(state.neuron, (0.0, peak))
    x = offset + gain / peak * part.x
    if "bias" in names:
        values["bias"] = 2.0 * peak
    if "threshold" not in names:
        return x, kind(**values), nan
    largest = float(sd.threshold_range(x, part.fs, kind(**values), n=2)[-1]) / 3
    return x, _with_threshold(kind(**values), state, state.threshold * largest), largest


def _settings(state):
    return {
        "tau_m": state.tau_m,
        "tau_eta": state.tau_m,
        "kernel": ((0.5, state.tau_m), (0.5, 5 * state.tau_m)),
        "t_ref": 1 / state.saturation_rate,
        "drive": state.drive,
        "firing": state.firing,
        "bipolar": state.spikes == "bipolar",
        "increment": 1.0,
        "tau_adp": state.tau_adp,
        "tau_gamma": state.tau_adp,
        "m_f": state.adaptation,
        "leaky": True,
    }


def _with_threshold(neuron, state, threshold):
    """The neuron with a threshold, and with the amounts of adaptation that go with it."""
    amounts = {"beta": state.adaptation * threshold, "threshold_kernel": ((state.adaptation * threshold, state.tau_adp),)}
    known = {each.name for each in fields(neuron)}
    return replace(neuron, threshold=threshold, **{name: each for name, each in amounts.items() if name in known})


def used_controls(state):
    """Names of the controls that the neuron and the decoder of a state do not ignore."""
    names = {each.name for each in fields(sd.neurons.FAMILY[state.neuron])}
    needs = {
        "drive": {"drive"},
        "firing": {"firing"},
        "spikes": {"bipolar"},
        "threshold": {"threshold"},
        "tau_m": {"tau_m", "tau_eta"},
        "saturation_rate": {"t_ref"},
        "adaptation": {"beta", "m_f", "threshold_kernel"},
        "tau_adp": {"tau_adp", "tau_gamma", "threshold_kernel"},
    }
    used = ["signal", "start", "duration", "neuron", "decoder", *(key for key, fields_ in needs.items() if names & fields_)]
    return used if state.decoder == "psp" else [*used, "bandwidth"]


def reconstruction(code, state):
    """What the decoder of the state is to give, what it gives, and what the page calls both."""
    if state.decoder == "psp":
        return code.y, code.psp, "free potential y", "PSP"
    if state.decoder == "lowpass":
        if code.neuron.drive != "current":
            raise ValueError("the low-pass decoder gives back an input current: choose “The signal is: an input current”")
        decoded = sd.decode_lowpass(code.spikes, code.fs, state.bandwidth, transition=state.bandwidth)
        return code.x, decoded, "signal x", "low-passed spikes"
    hold = "zero" if code.neuron.drive == "current" else "linear"
    decoded = sd.decode_bandlimited(code.spikes, code.fs, code.neuron, state.bandwidth, hold=hold)
    return code.x, decoded, "signal x", "recovered signal"


def level(code):
    """Membrane potential at which the neuron fires, at every sample: constant, or moved by its spikes."""
    neuron, spikes = code.neuron, code.spikes
    kernel = getattr(neuron, "threshold_kernel", ())
    if not kernel:
        return np.full(code.y.size, getattr(neuron, "level", nan))
    shares = hasattr(neuron, "m_f") or getattr(neuron, "multiplicative", False)
    rises = np.abs(spikes.heights) if shares else np.ones(len(spikes))
    theta = neuron.threshold + sd.psp(replace(spikes, heights=rises, kernel=kernel), code.fs)
    return theta * (0.5 if neuron.firing == "half" else 1.0)


def bound(code, state):
    """Largest possible error of the PSP, and in words why there is none."""
    neuron = code.neuron
    if state.decoder != "psp":
        return nan, "for the PSP only"
    if not hasattr(neuron, "threshold") or getattr(neuron, "threshold_kernel", ()) or state.neuron in ("noisy", "sigma-delta"):
        return nan, "none for this neuron"
    if not getattr(neuron, "bipolar", True) and (neuron.drive == "potential" or code.x.min() < 0):
        return nan, "none: negative parts are lost"
    limit = sd.theory.error_bound(neuron)
    return (limit, "") if limit < inf else (nan, "none: it can saturate")


def view(recording, state):
    """Everything that the page shows, but the error–threshold curve.

    Raises ValueError, TypeError, ImportError where a state has no meaning for this signal.
    """
    part, notes = excerpt(recording, state)
    x, neuron, peak = neuron_for(part, state)
    expected = _expected_spikes(x, part.fs, neuron)
    if expected > MOST_SPIKES:
        raise ValueError(f"that would be some {expected:.2g} spikes: raise the threshold, or shorten the excerpt")
    code = sd.code(x, part.fs, neuron)
    target, decoded, target_name, decoded_name = reconstruction(code, state)
    known = np.isfinite(decoded)
    if not known.any():
        raise ValueError(
            f"{part.x.size / part.fs:g} s are too short for this decoder: choose a longer excerpt, or more bandwidth"
        )
    limit, no_bound = bound(code, state)
    numbers = {
        "threshold": getattr(neuron, "threshold", nan),
        "spikes": len(code.spikes),
        "rate": code.spikes.rate,
        "snr_db": float(sd.snr_db(target[known], decoded[known])),
        "rms_error": float(sd.rms_error(target[known], decoded[known])),
        "max_error": float(sd.max_error(target[known], decoded[known])),
        "bound": limit,
        "saturated": float(sd.saturated_fraction(code.spikes, neuron)),
        "peak": peak,
        "psp_error": float(sd.rms_error(code.y, code.psp)),
    }
    units = sd.neurons.potential_units(neuron, part.units)
    words = {"target": target_name, "decoded": decoded_name, "units": units, "no_bound": no_bound, "name": part.name}
    return View(_arrays(code, target, decoded, limit), numbers, words, notes, (target, decoded, part.fs))


def _arrays(code, target, decoded, limit):
    lines = {"target": target, "decoded": decoded, "error": target - decoded}
    # the page draws the error for it where the membrane is the error
    if not np.allclose(code.membrane, lines["error"], rtol=0, atol=1e-9 * np.abs(target).max()):
        lines["membrane"] = code.membrane
    t, lines = _thinned(code.fs, **lines)
    levels = level(code)
    ends = np.array([0.0, code.x.size / code.fs])
    if np.ptp(levels) > 0:
        level_t, drawn = _thinned(code.fs, level=levels)
    else:
        level_t, drawn = ends, {"level": levels[[0, -1]]}
    frequency, spectra = _spectra(target, decoded, code.fs)
    return {
        "t": t,
        **lines,
        "level_t": level_t,
        "level": drawn["level"],
        "low": -drawn["level"] if getattr(code.neuron, "bipolar", True) else np.full(drawn["level"].size, nan),
        "bound_t": ends,
        "bound": np.full(2, limit),
        "minus_bound": np.full(2, -limit),
        **_ticks(code.spikes),
        "frequency": frequency,
        **spectra,
    }


def _thinned(fs, **lines):
    """Times, and each line as its smallest and largest value in every column of the screen; all samples if they are few."""
    n = next(iter(lines.values())).size
    if n <= 2 * COLUMNS:
        return np.arange(n) / fs, lines
    edges = np.linspace(0, n, COLUMNS + 1).astype(int)[:-1]
    thin = {}
    for name, line in lines.items():
        pairs = np.stack([np.minimum.reduceat(line, edges), np.maximum.reduceat(line, edges)], axis=1)
        thin[name] = pairs.ravel()
    return np.repeat(edges / fs, 2), thin


def _ticks(spikes):
    """Where ticks stand and how far they reach, saturated spikes apart: one a column of the screen and sign."""
    ticks = {}
    columns = np.floor((spikes.times - spikes.start) / spikes.duration * COLUMNS).astype(int)
    for name, chosen, reach in (("spike", ~spikes.saturated, 0.6), ("saturated", spikes.saturated, 1.0)):
        sign = np.sign(spikes.heights[chosen])
        _, first = np.unique(columns[chosen] * 2 + (sign > 0), return_index=True)
        ticks |= {f"{name}_t": spikes.times[chosen][first] - spikes.start, f"{name}_top": reach * sign[first]}
    return ticks


def _spectra(target, decoded, fs):
    """Power spectral densities in dB of the target and of the error, where the decoded signal is known."""
    known = np.isfinite(decoded)
    target, decoded = target[known], decoded[known]
    if target.size < 64:
        return np.empty(0), {"signal_db": np.empty(0), "error_db": np.empty(0)}
    lines = np.stack([target - target.mean(), target - decoded])
    frequency, density = sd.noise_spectrum(lines, np.zeros_like(lines), fs)
    # as many columns as the logarithmic axis shows, the mean of each
    edges = np.unique(np.geomspace(1, frequency.size, COLUMNS // 2).astype(int))
    counts = np.diff(edges)
    frequency, signal, error = (np.add.reduceat(each, edges[:-1]) / counts for each in (frequency, *density))
    floor = 1e-20 * signal.max() + 1e-300
    return frequency, {
        "signal_db": 10 * np.log10(np.maximum(signal, floor)),
        "error_db": 10 * np.log10(np.maximum(error, floor)),
    }


def _expected_spikes(x, fs, neuron):
    """About how many spikes: what the potential changes and leaks, over the threshold."""
    if not hasattr(neuron, "threshold"):
        return 0.0
    y = sd.potential(x, fs, neuron)
    tau = min(tau for _, tau in neuron.kernel)
    return (np.abs(np.diff(y)).sum() + np.abs(y).sum() / fs / tau) / neuron.threshold


def curve(recording, state, n=31):
    """Rms error of the PSP against the threshold, and its law; empty for a neuron that has no threshold.

    The lowest thresholds are left out where they would take very many spikes.
    """
    part, _ = excerpt(recording, state)
    x, neuron, peak = neuron_for(part, state)
    thresholds = np.geomspace(peak / 500, 3 * peak, n) if isfinite(peak) else np.empty(0)
    least = _expected_spikes(x, part.fs, neuron) * getattr(neuron, "threshold", 0.0) / SWEPT_SPIKES
    rows = [_measured(x, part.fs, _with_threshold(neuron, state, float(each))) for each in thresholds if each >= least]
    threshold, error, kind, law = np.array(rows).reshape(len(rows), 4).T
    drawn = {"swept": threshold, "swept_error": error, "law": law}
    for i, name in enumerate(("coding", "saturating", "silent")):
        drawn |= {name: threshold[kind == i], f"{name}_error": error[kind == i]}
    return drawn


def _measured(x, fs, neuron):
    """Threshold, rms error, 1 where saturated for a tenth of the time, 2 where silent, and the law of the error."""
    code = sd.code(x, fs, neuron)
    kind = 2 if len(code.spikes) == 0 else int(sd.saturated_fraction(code.spikes, neuron) >= 0.1)
    law = sd.theory.error_law(neuron) if type(neuron) is sd.LIF else nan
    return neuron.threshold, float(sd.rms_error(code.y, code.psp)), kind, law
