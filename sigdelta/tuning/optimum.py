"""Which parameters code a signal best."""

from dataclasses import dataclass, replace
from math import inf

import numpy as np
import xarray as xr

from .. import checks
from ..decoding import psp
from ..sweeps import sweep, threshold_range

# points an axis, of the coarse grid and of every finer one, for one, two, three fields
COARSE, FINE, ROUNDS = {1: 40, 2: 16, 3: 8}, {1: 17, 2: 9, 3: 5}, 3
FLAT_DB, FLAT_RATE = 0.5, 0.05


@dataclass(frozen=True)
class Tuning:
    """What `tune` found.

    Parameters
    ----------
    neuron : neuron
        With the parameters found.
    snr_db, rate : float
        Of its code, in dB and Hz.
    flat : dict of str to (low, high)
        For every tuned field how far it may be moved, the others staying: the unbroken run of tried values around the optimum
        whose SNR lies at most 0.5 dB below what is asked for (or below the best, under a budget) and whose rate at most 5 %
        above.
    target_snr, max_rate : float or None
        What was asked for.
    grid : xarray.Dataset
        The coarse sweep.
    """

    neuron: object
    snr_db: float
    rate: float
    flat: dict
    target_snr: float | None
    max_rate: float | None
    grid: xr.Dataset


def tune(x, fs, neuron, *, target_snr=None, max_rate=None, over="threshold", decoder=psp, progress=None):
    """The parameters that reach a target SNR at the fewest spikes, or the best SNR under a spike budget.

    A coarse logarithmic grid, then three ever finer ones around the best cell, each within the neighbours of the last. The SNR is
    a jagged function of the threshold, as spikes come and go one by one: what is found is the best of what was tried, and `flat`
    says how little the exact value matters.

    Parameters
    ----------
    x : array_like, shape (n,)
        Signal.
    fs : float
        Sampling rate in Hz.
    neuron : neuron
        What is not tuned.
    target_snr : float, optional
        In dB: the fewest spikes that reach it are sought.
    max_rate : float, optional
        In Hz: the highest SNR at or below this rate is sought. Either this or `target_snr`.
    over : str or dict of str to (low, high)
        Field to tune, or up to three fields with the range of each, above 0. The threshold has a range by itself, that of
        `threshold_range`: ``"threshold"``, or ``{"threshold": None, "tau_m": (5e-3, 50e-3)}``.
    decoder : callable
        As for `sweep`; the SNR is that of its result against the free potential.
    progress : callable, optional
        Called as progress(done, total), counting cells.

    Returns
    -------
    Tuning

    Raises
    ------
    ValueError, TypeError
        A target or a budget that no tried neuron meets (the message says what is best), both or neither of them, a range that is
        none, more than one channel.

    Examples
    --------
    >>> import sigdelta as sd
    >>> ecg = sd.recording("ecg")
    >>> found = sd.tune(ecg.x[:3600], ecg.fs, sd.LIF(), target_snr=20)
    >>> found.snr_db >= 20, found.flat["threshold"][0] <= found.neuron.threshold <= found.flat["threshold"][1]
    (True, True)
    """
    x, fs = checks.real_array("x", x, (1,)), checks.number("fs", fs)
    if (target_snr is None) == (max_rate is None):
        raise ValueError(f"give either target_snr or max_rate, not target_snr={target_snr} and max_rate={max_rate}")
    target_snr = None if target_snr is None else checks.number("target_snr", target_snr, low=-inf)
    max_rate = None if max_rate is None else checks.number("max_rate", max_rate)
    ranges = _ranges(x, fs, neuron, over)
    k = len(ranges)
    total, done = COARSE[k] ** k + ROUNDS * FINE[k] ** k + k * (2 * FINE[k] + COARSE[k]), 0

    def tried(neuron, axes):
        nonlocal done
        tell = None if progress is None else lambda n, _: progress(done + n, total)
        result = sweep(x, fs, neuron, decoder=decoder, progress=tell, **axes)
        done += result.snr_db.size
        return result

    coarse = axes = {name: np.geomspace(low, high, COARSE[k]) for name, (low, high) in ranges.items()}
    grid = tried(neuron, axes)
    score, best = _best(grid, target_snr, max_rate)
    for _ in range(ROUNDS):
        axes = {name: np.geomspace(*_neighbours(values, best[name]), FINE[k]) for name, values in axes.items()}
        finer_score, finer = _best(tried(neuron, axes), target_snr, max_rate)
        if finer_score >= score:
            score, best = finer_score, finer
    _met(score, best, target_snr, max_rate)
    chosen = replace(neuron, **{name: best[name] for name in ranges})
    flat = {}
    for name, (low, high) in ranges.items():
        near = np.geomspace(max(low, best[name] / 1.5), min(high, best[name] * 1.5), 2 * FINE[k] - 1)
        line = tried(chosen, {name: np.unique([*near, *coarse[name], best[name]])})
        flat[name] = _flat(line, name, best, target_snr, max_rate)
    if progress is not None:
        progress(total, total)
    return Tuning(chosen, best["snr_db"], best["rate"], flat, target_snr, max_rate, grid)


def _ranges(x, fs, neuron, over):
    """The fields to tune with their ranges."""
    over = {over: None} if isinstance(over, str) else over
    if not isinstance(over, dict) or not 1 <= len(over) <= max(COARSE):
        raise ValueError(f"over must be a field or a dict of one to {max(COARSE)} fields with ranges, not {over!r}")
    ranges = {}
    for name, ends in over.items():
        if ends is None and name == "threshold" and hasattr(neuron, name):
            ends = threshold_range(x, fs, neuron)[[0, -1]].tolist()
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise ValueError(f"{name} needs a range, as in over={{{name!r}: (low, high)}}, not {ends!r}")
        low, high = (checks.number(name, end) for end in ends)
        if low >= high:
            raise ValueError(f"the range of {name} must go up, not from {low:g} to {high:g}")
        ranges[name] = low, high
    return ranges


def _best(result, target_snr, max_rate):
    """Score of the best cell, and its parameters with its SNR and rate.

    Scores compare as tuples: what meets the request comes first, then the fewer spikes (or the higher SNR), and among what does
    not meet it, the nearest to doing so.
    """
    snr, rate, silent = (result[name].values.ravel() for name in ("snr_db", "rate", "silent"))
    if target_snr is not None:
        meets = (snr >= target_snr) & ~silent
        merit = np.where(meets, -rate, snr)
    else:
        meets = (rate <= max_rate) & ~silent
        merit = np.where(meets, snr, -rate)
    merit = np.where(silent, -inf, merit)
    i = int(np.lexsort((snr, merit, meets))[-1])
    place = np.unravel_index(i, result.snr_db.shape)
    best = {name: float(result[name].values[at]) for name, at in zip(result.snr_db.dims, place, strict=True)}
    return (bool(meets[i]), float(merit[i]), float(snr[i])), best | {"snr_db": float(snr[i]), "rate": float(rate[i])}


def _neighbours(values, at):
    i = int(np.abs(np.log(values / at)).argmin())
    return values[max(i - 1, 0)], values[min(i + 1, len(values) - 1)]


def _met(score, best, target_snr, max_rate):
    """Refuse what was asked for if nothing met it."""
    meets, merit, _ = score
    if meets:
        return
    if merit == -inf:
        raise ValueError("no neuron of this range fires: lower its thresholds")
    place = ", ".join(f"{name}={value:.4g}" for name, value in best.items() if name not in ("snr_db", "rate"))
    snr, rate = f"{best['snr_db']:.2f} dB", f"{best['rate']:.4g} Hz"
    if target_snr is not None:
        raise ValueError(f"target_snr {target_snr:g} dB is out of reach: the best is {snr}, at {place} and {rate}")
    raise ValueError(f"max_rate {max_rate:g} Hz is out of reach: the fewest spikes found are {rate}, at {place} and {snr}")


def _flat(line, name, best, target_snr, max_rate):
    """The unbroken run of values around the best that do nearly as well."""
    wanted, allowed = (target_snr, best["rate"]) if max_rate is None else (best["snr_db"], max_rate)
    good = (line.snr_db.values >= wanted - FLAT_DB) & (line.rate.values <= allowed * (1 + FLAT_RATE)) & ~line.silent.values
    values = line[name].values
    low = high = int(np.searchsorted(values, best[name]))
    while low > 0 and good[low - 1]:
        low -= 1
    while high < len(values) - 1 and good[high + 1]:
        high += 1
    return float(values[low]), float(values[high])
