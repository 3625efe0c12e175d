"""Sweeps: signals, many neurons, one labelled result."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np

from .. import checks
from ..decoding import psp
from ..encoding import free_potential
from ..mapped import pieces
from .cells import axes_of, neurons_of
from .chunks import compute, cut
from .dataset import as_dataset, join_sweeps, regions
from .signals import Signal
from .store import Store, identity_of

__all__ = ["join_sweeps", "regions", "sweep", "threshold_range"]


def sweep(x, fs, neuron, *, decoder=psp, executor=None, progress=None, seed=None, store=None, **grid):
    """Encode, decode and measure a signal with every neuron of a grid.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n), or dict of such
        Signal. An array of any type that `numpy.memmap` keeps in a file (mode "c" aside) is read piece by piece, in constant
        memory. Several signals by their names, of any lengths, become a leading dimension ``signal``, as by `join_sweeps`.
    fs : float, or dict of float
        Sampling rate in Hz, of all signals or of each.
    neuron : LIF
        What the grid does not say.
    decoder : callable, optional
        Called as decoder(spikes, fs) with the whole train, returns as many samples as the signal has; `psp` if not given.
    executor : concurrent.futures.Executor, optional
        Where to compute; threads on all cores if not given. The result does not depend on it. Worker processes map the signal
        from a file, a temporary one if need be, rather than being sent it. The chunks of a worker that died are computed again
        if the executor still takes work (a ProcessPoolExecutor does not).
    progress : callable, optional
        Called as progress(done, total), counting cells, from the calling thread.
    seed : int, optional
        Kept with the result (as text from 2**31 on). A noisy neuron (with a field `seed`) gets one of its own in every cell,
        ``SeedSequence([seed, cell index]).generate_state(1)[0]``, cells counted in the order of the result, of each signal anew;
        without it, the neuron's own stands in all of them.
    store : str or path, optional
        File in which finished cells are written down at once. A sweep that was interrupted, even by SIGKILL or a power failure,
        goes on from there when it is called again, and its result is the same. It belongs to these signals, parameters and this
        version, and to one process at a time.
    **grid
        Fields of the neuron, each a value or a sequence; sequences become dimensions, in the order given.

    Returns
    -------
    xarray.Dataset
        ``n_spikes``, ``rate`` (Hz), ``rms_error``, ``max_error`` (units of x), ``snr_db``, ``saturated_fraction``,
        ``silent``: the error is that of the decoder's result against the free potential, at the samples. A ``saturation_rate``
        coordinate stands beside ``t_ref``; the attributes hold what reproduces the run.

    Raises
    ------
    ValueError, TypeError
        A grid keyword that is no field of the neuron, an empty axis, a neuron that cannot exist, a bad signal, a decoder whose
        result has another length or is not finite; a store that is of another sweep, or damaged.
    OSError
        A store that another process uses, or that cannot be written.
    BrokenExecutor
        A worker died, and the executor takes no more work.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(2000) / 50)
    >>> result = sd.sweep(x, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 4.0], t_ref=[0.0, 2e-3])
    >>> result.snr_db.dims, result.silent.values.tolist()
    (('threshold', 't_ref'), [[False, False], [False, False], [True, True]])
    """
    seed = None if seed is None else checks.whole("seed", seed)
    signals = _signals(x, fs)
    neuron, axes = axes_of(neuron, grid)
    plan, total = [], 0
    for signal in signals:
        for row, neurons in zip(signal.rows, neurons_of(neuron, axes, len(signal.rows), seed), strict=True):
            plan.append((total, row, signal.fs, neurons))
            total += len(neurons)
    kept = nullcontext() if store is None else Store(store, identity_of(signals, neuron, axes, decoder, seed), total)
    with kept, nullcontext(executor) if executor is not None else ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = _run(plan, total, decoder, pool, kept if store is not None else None, progress)
    results = []
    for signal in signals:
        size = len(signal.rows) * len(plan[0][3])
        results.append(as_dataset(signal, neuron, axes, decoder, rows[:size], seed))
        rows = rows[size:]
    return join_sweeps(dict(zip(x, results, strict=True))) if isinstance(x, dict) else results[0]


def _signals(x, fs):
    if not isinstance(x, dict):
        return [Signal(x, fs)]
    if not x:
        raise ValueError("x is empty: at least one signal is needed")
    if isinstance(fs, dict) and set(fs) != set(x):
        raise ValueError(f"fs must have the names of x, {', '.join(map(str, x))}, not {', '.join(map(str, fs))}")
    signals = {name: Signal(each, fs[name] if isinstance(fs, dict) else fs) for name, each in x.items()}
    channels = {signal.x.shape[:-1] for signal in signals.values()}
    if len(channels) > 1:
        many = ", ".join(f"{name} has {len(signal.rows)}" for name, signal in signals.items())
        raise ValueError(f"x: all signals must have as many channels, or all be one-dimensional, but {many}")
    return list(signals.values())


def _run(plan, total, decoder, pool, store, progress):
    """Rows of all cells, in order."""
    rows = dict(store.rows) if store else {}

    def tell():
        if progress is not None and rows:
            progress(len(rows), total)

    def finish(chunk, found):
        if store:
            store.add(chunk.first, found)
        rows.update(enumerate(found, chunk.first))
        tell()

    tell()
    compute([chunk for part in plan for chunk in cut(*part, rows)], decoder, pool, finish)
    return [rows[i] for i in range(total)]


def threshold_range(x, fs, neuron, n=40):
    """Thresholds that show a signal's whole story, from saturated to silent.

    Parameters
    ----------
    x, fs, neuron
        As for `sweep`, one signal.
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
    >>> sd.threshold_range([0.0, 1.0], 10.0, sd.LIF(), n=2)
    array([2.e-03, 3.e+00])
    """
    fs = checks.number("fs", fs)
    peak = max(_peak(row, fs, neuron) for row in np.atleast_2d(checks.stored_signal(x)))
    if peak == 0.0:
        raise ValueError("the potential of this signal is 0 everywhere: no threshold makes it fire")
    return np.geomspace(peak / 500, 3 * peak, n)


def _peak(x, fs, neuron):
    """max|y|."""
    state = np.zeros(2)
    return max(float(np.abs(free_potential(neuron, piece, fs, state)).max()) for piece in pieces(x))
