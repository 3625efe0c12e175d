"""Sweeps: one signal, many neurons, one labelled result."""

import hashlib
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import fields, is_dataclass, replace
from itertools import product
from math import sqrt

import numpy as np
import xarray as xr

from .. import __version__, checks
from ..decoding import psp
from ..encoding import encode, potential
from ..kernels.errors import decibels, error_stats
from ..measures import saturated_fraction

SATURATED = 0.1
AMPLITUDE = "units of x"
VARIABLES = {
    "n_spikes": ("number of spikes", "1"),
    "rate": ("firing rate", "Hz"),
    "rms_error": ("rms error", AMPLITUDE),
    "max_error": ("largest error", AMPLITUDE),
    "snr_db": ("signal-to-noise ratio", "dB"),
    "saturated_fraction": ("fraction of the time saturated", "1"),
    "silent": ("no spike at all", "1"),
}
AXES = {
    "threshold": ("threshold", AMPLITUDE),
    "tau_m": ("membrane time constant", "s"),
    "t_ref": ("refractory period", "s"),
    "saturation_rate": ("saturation rate", "Hz"),
}


def sweep(x, fs, neuron, *, executor=None, progress=None, seed=None, **grid):
    """Encode, decode and measure a signal with every neuron of a grid.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n)
        Signal.
    fs : float
        Sampling rate in Hz.
    neuron : LIF
        What the grid does not say.
    executor : concurrent.futures.Executor, optional
        Where to compute; threads on all cores if not given. The result does not depend on it.
    progress : callable, optional
        Called as progress(done, total), counting cells, from the calling thread.
    seed : int, optional
        Kept with the result (as text from 2**31 on). A noisy neuron (with a field `seed`) gets one of its own in every cell,
        ``SeedSequence([seed, cell index]).generate_state(1)[0]``, cells counted in the order of the result; without it,
        the neuron's own stands in all of them.
    **grid
        Fields of the neuron, each a value or a sequence; sequences become dimensions, in the order given.

    Returns
    -------
    xarray.Dataset
        ``n_spikes``, ``rate`` (Hz), ``rms_error``, ``max_error`` (units of x), ``snr_db``, ``saturated_fraction``,
        ``silent``: the error is psp against the free potential, at the samples. A ``saturation_rate`` coordinate stands
        beside ``t_ref``; the attributes hold what reproduces the run.

    Raises
    ------
    ValueError, TypeError
        A grid keyword that is no field of the neuron, an empty axis, a neuron that cannot exist, a bad signal.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(2000) / 50)
    >>> result = sd.sweep(x, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 4.0], t_ref=[0.0, 2e-3])
    >>> result.snr_db.dims, result.silent.values.tolist()
    (('threshold', 't_ref'), [[False, False], [False, False], [True, True]])
    """
    x, fs = checks.signal(x), checks.number("fs", fs)
    neuron, axes = _axes(neuron, grid)
    neurons = [replace(neuron, **dict(zip(axes, cell, strict=True))) for cell in product(*axes.values())]
    cells = [(row, each) for row in np.atleast_2d(x) for each in neurons]
    if seed is not None and hasattr(neuron, "seed"):
        cells = [(row, replace(each, seed=_cell_seed(seed, i))) for i, (row, each) in enumerate(cells)]
    if executor is None:
        with ThreadPoolExecutor() as pool:
            rows = _run(pool, cells, fs, 1, progress)
    else:
        rows = _run(executor, cells, fs, -(-len(cells) // 32), progress)
    return _dataset(x, fs, neuron, axes, rows, seed)


def threshold_range(x, fs, neuron, n=40):
    """Thresholds that show a signal's whole story, from saturated to silent.

    Parameters
    ----------
    x, fs, neuron
        As for `sweep`.
    n : int
        How many.

    Returns
    -------
    ndarray, shape (n,)
        Log-spaced from max|y| / 500 to 3 max|y|, y being the free potential.

    Raises
    ------
    ValueError
        A potential that is 0 everywhere.

    Examples
    --------
    >>> import sigdelta as sd
    >>> threshold_range([0.0, 1.0], 10.0, sd.LIF(), n=2)
    array([2.e-03, 3.e+00])
    """
    peak = float(np.abs(potential(x, fs, neuron)).max())
    if peak == 0.0:
        raise ValueError("the potential of this signal is 0 everywhere: no threshold makes it fire")
    return np.geomspace(peak / 500, 3 * peak, n)


def regions(result):
    """Where a sweep is best, saturated or silent.

    Parameters
    ----------
    result : xarray.Dataset
        From `sweep`.

    Returns
    -------
    xarray.DataArray of str
        "silent": no spike; "saturated": at least 10 % of the time; "best": the highest SNR, with spikes, along the
        threshold axis (of all, if there is none); "" elsewhere. Best wins over saturated.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> result = sd.sweep(np.sin(np.arange(2000) / 50), 1000.0, sd.LIF(), threshold=[0.1, 0.2, 4.0])
    >>> regions(result).values.tolist()
    ['best', '', 'silent']
    """
    along = "threshold" if "threshold" in result.dims else None
    heard = result.snr_db.where(~result.silent)
    best = heard == heard.max(along)
    labels = xr.where(result.saturated_fraction >= SATURATED, "saturated", "")
    return xr.where(best, "best", xr.where(result.silent, "silent", labels)).rename("region")


def join_sweeps(results):
    """Put sweeps of several signals, with one grid, into one result.

    Parameters
    ----------
    results : dict of str to xarray.Dataset
        Name of the signal, and its sweep.

    Returns
    -------
    xarray.Dataset
        With a leading dimension ``signal``; what differs between the sweeps' attributes stands along it.

    Raises
    ------
    ValueError
        Grids that differ, or no sweep at all.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> waves = {"slow": np.sin(np.arange(900) / 90), "fast": np.sin(np.arange(300) / 9)}
    >>> both = join_sweeps({name: sd.sweep(x, 1e3, sd.LIF(), threshold=[0.1, 0.2]) for name, x in waves.items()})
    >>> both.snr_db.dims, both.n_samples.values.tolist()
    (('signal', 'threshold'), [900, 300])
    """
    sets = list(results.values())
    if not sets:
        raise ValueError("results is empty: at least one sweep is needed")
    if not all(each.drop_vars(list(each.data_vars)).equals(sets[0].drop_vars(list(each.data_vars))) for each in sets):
        raise ValueError("the sweeps have different grids: give all of them one grid")
    joined = xr.concat(sets, dim="signal", combine_attrs="drop_conflicts", coords="minimal", compat="override")
    names = dict.fromkeys(name for each in sets for name in each.attrs if name not in joined.attrs and name != "signal")
    along = {name: ("signal", [each.attrs.get(name, "") for each in sets]) for name in names}
    return joined.assign_coords(signal=list(results), **along)


def _axes(neuron, grid):
    """The neuron with the scalar values of the grid, and its sequences as lists."""
    if not is_dataclass(neuron) or isinstance(neuron, type):
        raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")
    known = [field.name for field in fields(neuron)]
    axes = {}
    for name, values in grid.items():
        if name not in known:
            raise ValueError(f"{name} is no field of {type(neuron).__name__}: choose from {', '.join(known)}")
        is_kernel = isinstance(getattr(neuron, name), tuple)
        if is_kernel and isinstance(values, list | tuple) and not _is_pairs(values):
            axes[name] = list(values)
        elif is_kernel or isinstance(values, str) or np.ndim(values) == 0:
            neuron = replace(neuron, **{name: values})
        elif np.ndim(values) > 1 or len(values) == 0:
            raise ValueError(f"{name} must be a value or a sequence of values, not shape {np.shape(values)}")
        else:
            axes[name] = [value.item() if isinstance(value, np.generic) else value for value in values]
    return neuron, axes


def _is_pairs(value):
    """Whether this is one kernel, ((weight, tau), ...), and not a sequence of kernels."""
    return all(isinstance(pair, list | tuple) and len(pair) == 2 and not isinstance(pair[0], list | tuple) for pair in value)


def _label(value):
    """A value of an axis as a coordinate: kernels as text, 0.5:5ms,0.5:80ms."""
    return ",".join(f"{weight:g}:{1e3 * tau:g}ms" for weight, tau in value) if isinstance(value, list | tuple) else value


def _cell_seed(seed, index):
    """The seed of one cell of a sweep, which depends on nothing else."""
    return int(np.random.SeedSequence([checks.whole("seed", seed), index]).generate_state(1)[0])


def _run(pool, cells, fs, size, progress):
    """Rows of all cells, in order, computed in batches of `size`."""
    batches = [cells[i : i + size] for i in range(0, len(cells), size)]
    futures = [pool.submit(_measure, batch, fs) for batch in batches]
    done, pending = 0, set(futures)
    try:
        while pending:
            ended, pending = wait(pending, return_when=FIRST_COMPLETED)
            done += sum(len(future.result()) for future in ended)
            if progress is not None:
                progress(done, len(cells))
    except BaseException:
        for future in pending:
            future.cancel()
        raise
    return [row for future in futures for row in future.result()]


def _measure(batch, fs):
    """One row of the variables a cell (signal, neuron)."""
    rows = []
    for x, neuron in batch:
        spikes = encode(x, fs, neuron)
        square, largest, spread = error_stats(potential(x, fs, neuron), psp(spikes, fs))
        fraction = saturated_fraction(spikes, neuron)
        ratio = decibels(spread, square)
        rows.append((len(spikes), spikes.rate, sqrt(square), largest, ratio, fraction, len(spikes) == 0))
    return rows


def _dataset(x, fs, neuron, axes, rows, seed):
    dims = (("channel",) if x.ndim == 2 else ()) + tuple(axes)
    shape = x.shape[:-1] + tuple(len(values) for values in axes.values())
    columns = zip(*rows, strict=True)
    result = xr.Dataset({name: (dims, np.reshape(column, shape)) for name, column in zip(VARIABLES, columns, strict=True)})
    result = result.assign_coords({name: [_label(value) for value in values] for name, values in axes.items()})
    fixed = {field.name: getattr(neuron, field.name) for field in fields(neuron) if field.name not in axes}
    result = result.assign_coords({name: value for name, value in fixed.items() if isinstance(value, float)})
    if "t_ref" in result.coords:
        result = result.assign_coords(saturation_rate=1 / abs(result.t_ref))
    for name, (long_name, units) in (VARIABLES | AXES).items():
        if name in result.variables:
            own = getattr(neuron, "y_units", units) if units == AMPLITUDE else units
            result[name].attrs = {"long_name": long_name, "units": own}
    result.attrs = {
        "title": "coding error of psp against the free potential",
        "neuron": repr(neuron),
        "grid": ", ".join(axes),
        "fs": fs,
        "n_samples": x.shape[-1],
        "signal_sha256": hashlib.sha256(x.tobytes()).hexdigest(),
        "sigdelta_version": __version__,
    } | ({} if seed is None else {"seed": seed if abs(seed) < 2**31 else str(seed)})
    return result
