"""From signals to spikes, exactly."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, singledispatch
from math import inf, isfinite

import numpy as np

from . import checks, neurons
from .kernels.clocked import clocked as clocked_kernel
from .kernels.errors import snr
from .kernels.filters import add_pulses, leaky_integral
from .kernels.lif import lif as lif_kernel
from .spikes import SpikeTrain

MAX_SPIKES = 2**27


def encode(x, fs, neuron, *, clocked=False):
    """Spikes with which a neuron codes a signal; their times are solved, not rounded to a grid.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n)
        Signal; sample k stands at k / fs. Channels are encoded in parallel threads.
    fs : float
        Sampling rate in Hz.
    neuron : LIF
        The neuron, with amplitudes in units of x and times in s.
    clocked : bool
        Take one decision a sample instead, as on the time grid of deep learning (current drive and full firing only);
        the spike decided in sample t is paid, and stamped, at (t + 2) / fs.

    Returns
    -------
    SpikeTrain, or a list of them for a 2-D signal

    Raises
    ------
    ValueError, TypeError
        Samples that are not finite, a wrong shape, options without a meaning, more than 2**27 spikes.

    Examples
    --------
    The first spike of a neuron of 250 pF and 10 ms, fed 1000 pA, with threshold 15 mV, comes at -tau ln 0.625:

    >>> import numpy as np, sigdelta as sd
    >>> neuron = sd.LIF(15e-3, tau_m=10e-3, drive="current", firing="full", bipolar=False)
    >>> spikes = sd.encode(np.full(100, 40e-3), 1000.0, neuron)
    >>> print(f"{spikes.times[0] * 1e3:.12f} ms")
    4.700036292457 ms
    """
    x, fs = checks.signal(x), checks.number("fs", fs)
    run = partial(_train, fs=fs, neuron=neuron, clocked=checks.flag("clocked", clocked))
    return run(x) if x.ndim == 1 else _each(run, x)


def potential(x, fs, neuron):
    """Free potential y of a neuron: what its membrane would do if it never fired.

    Parameters
    ----------
    x : array_like, shape (n,) or (channels, n)
        Signal; sample k stands at k / fs.
    fs : float
        Sampling rate in Hz.
    neuron : LIF
        Under potential drive y is x itself; under current drive tau_m dy/dt = x - y, y(0) = 0, x held over each sample.

    Returns
    -------
    ndarray, the shape of x, in its units (x seconds for the ideal integrator under current drive)

    Raises
    ------
    ValueError, TypeError
        Samples that are not finite, or a wrong shape.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> sd.potential(np.ones(3), 100.0, sd.LIF(tau_m=10e-3, drive="current")).round(4)
    array([0.    , 0.6321, 0.8647])
    """
    x, fs = checks.signal(x), checks.number("fs", fs)
    run = partial(_potential, neuron, fs=fs)
    return run(x) if x.ndim == 1 else np.stack(_each(run, x))


@dataclass(frozen=True, eq=False)
class Code:
    """All that a neuron makes of a signal, sampled at fs; arrays of shape (n,), or (channels, n) with a list of trains.

    ``x`` signal, ``y`` free potential, ``psp`` its reconstruction from the spikes, ``membrane`` the state of the
    neuron (y - psp, unless clamped), ``spikes``, ``fs`` in Hz, ``neuron``, ``snr_db`` of psp against y.
    """

    x: np.ndarray
    y: np.ndarray
    psp: np.ndarray
    membrane: np.ndarray
    spikes: SpikeTrain | list
    fs: float
    neuron: object
    snr_db: float | np.ndarray

    @property
    def error(self):
        """y - psp."""
        return self.y - self.psp


def code(x, fs, neuron, *, clocked=False):
    """Encode a signal and look at all of it: potential, spikes, post-synaptic potential, membrane and SNR.

    Parameters
    ----------
    x, fs, neuron, clocked
        As for `encode`.

    Returns
    -------
    Code

    Raises
    ------
    ValueError, TypeError
        As for `encode`.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> code = sd.code(np.sin(np.arange(1000) / 50), 1000.0, sd.LIF(threshold=0.1))
    >>> bool(np.all(np.abs(code.error) <= 0.05 + 1e-12))
    True
    """
    x, fs = checks.signal(x), checks.number("fs", fs)
    run = partial(_code, fs=fs, neuron=neuron, clocked=checks.flag("clocked", clocked))
    if x.ndim == 1:
        return run(x)
    parts = _each(run, x)
    arrays = {name: np.stack([getattr(part, name) for part in parts]) for name in ("x", "y", "psp", "membrane")}
    ratios = np.array([part.snr_db for part in parts])
    return Code(**arrays, spikes=[part.spikes for part in parts], fs=fs, neuron=neuron, snr_db=ratios)


def _each(run, x):
    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, x))


def _train(x, fs, neuron, clocked):
    return _simulate(neuron, x, fs, clocked, np.empty(0))


def _code(x, fs, neuron, clocked):
    membrane = np.empty(x.size)
    spikes = _simulate(neuron, x, fs, clocked, membrane)
    y, psp = _potential(neuron, x, fs), np.zeros(x.size)
    for weight, tau in spikes.kernel:
        add_pulses(spikes.times, spikes.heights, 0.0, fs, weight, tau, psp)
    return Code(x, y, psp, membrane, spikes, fs, neuron, snr(y, psp))


@singledispatch
def _simulate(neuron, x, fs, clocked, membrane):
    """Spike train of one neuron for the 1-D signal x; fills `membrane` with u at every sample unless it is empty."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


@singledispatch
def _potential(neuron, x, fs):
    """Free potential of one neuron for the 1-D signal x."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


@_potential.register
def _(neuron: neurons.LIF, x, fs):
    if neuron.drive == "potential":
        return x.copy()
    y = np.empty(x.size)
    leaky_integral(x, fs, neuron.tau_m, y)
    return y


@_simulate.register
def _(neuron: neurons.LIF, x, fs, clocked, membrane):
    return (_clocked_lif if clocked else _exact_lif)(neuron, x, fs, membrane)


def _clocked_lif(neuron, x, fs, membrane):
    if neuron.drive != "current" or neuron.firing != "full" or neuron.t_ref > 0:
        raise ValueError(
            'clocked=True takes one decision a sample: it needs drive="current", firing="full" and t_ref=0, '
            f"not {neuron.drive!r}, {neuron.firing!r} and {neuron.t_ref:g}"
        )
    buffers, trace = _buffers(x.size), np.empty(x.size)
    n = clocked_kernel(x, fs, neuron.tau_m, inf, neuron.threshold, 0.0, 0.0, neuron.bipolar, *buffers, trace)
    if membrane.size:
        membrane[0], membrane[1:] = 0.0, trace[:-1]
    return _as_train([buffers], [n], x.size / fs, neuron)


def _exact_lif(neuron, x, fs, membrane):
    current = neuron.drive == "current"
    state = np.array([0.0, 0.0 if current else x[0], 0.0, -inf, -inf])
    parts, counts = [], []
    while True:
        parts.append(_buffers(x.size // 4 + 1024 if not parts else 2 * parts[-1][0].size))
        counts.append(
            lif_kernel(
                x, fs, neuron.tau_m, neuron.t_ref, neuron.level, neuron.threshold, neuron.bipolar,
                neuron.refractory == "clamp", current, state, *parts[-1], membrane,
            )
        )  # fmt: skip
        if counts[-1] < parts[-1][0].size:
            return _as_train(parts, counts, x.size / fs, neuron)
        _refuse_flood(neuron, x, fs, sum(counts))


def _buffers(size):
    return np.empty(size), np.empty(size), np.empty(size, bool)


def _as_train(parts, counts, stop, neuron):
    columns = [np.concatenate([part[i][:n] for part, n in zip(parts, counts, strict=True)]) for i in range(3)]
    n = np.searchsorted(columns[0], stop)
    return SpikeTrain(columns[0][:n], columns[1][:n], 0.0, stop, neuron.kernel, columns[2][:n])


def _refuse_flood(neuron, x, fs, so_far):
    """Raise where a train would outgrow memory; called only when a train is dense, so it may read the signal."""
    with np.errstate(over="ignore"):
        area = float(np.abs(x).sum()) / fs
        if neuron.tau_m < inf:
            area /= neuron.tau_m
        if neuron.drive == "potential":
            area = (area if neuron.tau_m < inf else 0.0) + abs(x[0]) + float(np.abs(np.diff(x)).sum())
    leak = x.size / fs / neuron.tau_m
    at_most, likely = area / neuron.level + 2 * x.size, area / neuron.threshold - leak - 2 * x.size
    if neuron.t_ref > 0:
        at_most, likely = (min(n, x.size / fs / neuron.t_ref + 1) for n in (at_most, likely))
    if max(likely, so_far) >= MAX_SPIKES or not isfinite(at_most):
        raise ValueError(
            f"threshold {neuron.threshold:g} is too low for this signal: up to {at_most:.3g} spikes, and the limit is "
            f"{MAX_SPIKES} (2**27) a train; raise the threshold or set t_ref"
        )
