"""From signals to spikes, exactly."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from .. import checks
from ..kernels.errors import snr
from ..kernels.filters import add_pulses
from ..spikes import SpikeTrain
from . import biological, lif, modulators, noisy, response
from .dispatch import each, free_potential, start
from .streams import Encoder

__all__ = ["Code", "Encoder", "biological", "code", "encode", "lif", "modulators", "noisy", "potential", "response"]


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
    return run(x) if x.ndim == 1 else each(run, x)


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
    if x.ndim == 1:
        return free_potential(neuron, x, fs, np.zeros(2))
    return np.stack(each(lambda row: free_potential(neuron, row, fs, np.zeros(2)), x))


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
    parts = each(run, x)
    arrays = {name: np.stack([getattr(part, name) for part in parts]) for name in ("x", "y", "psp", "membrane")}
    ratios = np.array([part.snr_db for part in parts])
    return Code(**arrays, spikes=[part.spikes for part in parts], fs=fs, neuron=neuron, snr_db=ratios)


def _train(x, fs, neuron, clocked):
    return start(neuron, x[0], fs, clocked).push(x)


def _code(x, fs, neuron, clocked):
    membrane = np.empty(x.size)
    spikes = start(neuron, x[0], fs, clocked).push(x, membrane=membrane)
    y, psp = free_potential(neuron, x, fs, np.zeros(2)), np.zeros(x.size)
    for weight, tau in spikes.kernel:
        add_pulses(spikes.times, spikes.heights, 0.0, fs, weight, tau, psp)
    return Code(x, y, psp, membrane, spikes, fs, neuron, snr(y, psp))
