"""Neurons that share one signal, staggered or inhibiting each other."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from math import inf

import numpy as np

from . import checks
from .decoding import psp
from .encoding import encode, potential
from .encoding.dispatch import MAX_SPIKES, buffers, collect
from .encoding.lif import refuse_flood
from .kernels.errors import snr
from .kernels.joint import joint
from .kernels.lif import lif as lif_kernel
from .neurons import LIF
from .spikes import SpikeTrain

STAGGERS = ("none", "phase", "random", "threshold")


@dataclass(frozen=True, eq=False)
class PopulationCode:
    """All that a population makes of one signal, sampled at fs.

    ``x`` signal, ``y`` free potential, ``psp`` joint reconstruction: ``gain`` times the sum of the members' PSPs, ``spikes``
    a train a member, ``neurons``, their initial ``offsets``, ``inhibition``, ``fs`` in Hz, ``snr_db`` of psp against y.
    """

    x: np.ndarray
    y: np.ndarray
    psp: np.ndarray
    spikes: list
    neurons: list
    offsets: np.ndarray
    inhibition: float
    gain: float
    fs: float
    snr_db: float

    @property
    def error(self):
        """y - psp."""
        return self.y - self.psp


def population(x, fs, neuron, n, *, stagger=None, spread=1.0, inhibition=0.0, seed=None):
    """Code one signal by n neurons at once, staggered or inhibiting each other, and reconstruct it from all their spikes.

    Each member fires by its own membrane. A spike takes its pulse from its own membrane and the share ``inhibition`` of it
    from all others; where two members reach their levels together, the first in order fires. The mean of the membranes is
    then the error of psp = gain * (sum of the members' PSPs) with gain = (1 + (n - 1) inhibition) / n: the mean of the PSPs of
    independent members, the sum of those of fully coupled ones, which act as one neuron of n times its maximum rate.

    Parameters
    ----------
    x : array_like, shape (samples,)
        Signal; sample k stands at k / fs.
    fs : float
        Sampling rate in Hz.
    neuron : LIF
        The member; any neuron of `encode` with a threshold, where the members are neither offset nor coupled.
    n : int
        Number of members.
    stagger : {"none", "phase", "random", "threshold"}, optional
        What tells the members apart: initial membranes at even distances over one threshold, at random places in it, or
        thresholds from threshold to (1 + spread) threshold at even ratios. By default "phase", or "none" with inhibition.
    spread : float
        Relative spread of "threshold".
    inhibition : float
        From 0 to 1; with offsets at most 0.9, above which members trade 1 / (1 - inhibition) spikes at one instant.
    seed : int, optional
        Of the random offsets; required by them.

    Returns
    -------
    PopulationCode

    Raises
    ------
    ValueError, TypeError
        As for `encode`; options without a meaning.

    Notes
    -----
    Neurons that keep their phases (ideal integrators; leaky ones under a current that keeps its sign) code n times as finely
    where these are even: the rms error falls as 1 / n, with random ones as 1 / sqrt(n). A leaky neuron whose signal changes
    sign forgets its phase, and n of them are as good as one; weak inhibition (0.05 to 0.2) then tells them apart. Full
    inhibition is for neurons at their maximum rate: the next one fires while the first is refractory.

    References
    ----------
    D. J. Mar, C. C. Chow, W. Gerstner, R. W. Adams and J. J. Collins, "Noise shaping in populations of coupled model neurons",
    PNAS 96, 10450 (1999).

    Examples
    --------
    >>> import math, numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(5000) / 500)
    >>> for n in (1, 4, 16):
    ...     code = sd.population(x, 1000.0, sd.LIF(0.5, math.inf), n)
    ...     print(n, round(sd.rms_error(code.y, code.psp), 3))
    1 0.132
    4 0.035
    16 0.009
    """
    x, fs = checks.real_array("x", x, (1,)), checks.number("fs", fs)
    n, inhibition = _count(n), checks.number("inhibition", inhibition, open_low=False)
    stagger = checks.choice("stagger", stagger or ("none" if inhibition else "phase"), STAGGERS)
    offset = stagger in ("phase", "random")
    if inhibition > (0.9 if offset else 1.0):
        why = "at most 0.9 for members with offsets, which else trade spikes at one instant" if offset else "from 0 to 1"
        raise ValueError(f"inhibition must be {why}, not {inhibition:g}")
    if not isinstance(neuron, LIF) and (inhibition or offset):
        raise TypeError(f"neuron must be LIF where the members are offset or coupled, not {neuron!r}")
    if stagger == "threshold" and not hasattr(neuron, "threshold"):
        raise TypeError(f'stagger="threshold" needs a neuron with a threshold, not {neuron!r}')
    offsets = _offsets(neuron, n, stagger, seed)
    ratios = (1 + checks.number("spread", spread)) ** (np.arange(n) / max(n - 1, 1)) if stagger == "threshold" else np.ones(n)
    y = potential(x, fs, neuron)
    neurons = [neuron if ratio == 1 else replace(neuron, threshold=neuron.threshold * float(ratio)) for ratio in ratios]
    if inhibition > 0 and n > 1:
        spikes = _coupled(x, fs, neurons, offsets, inhibition)
    else:
        with ThreadPoolExecutor() as pool:
            spikes = list(pool.map(partial(_member, x, fs), neurons, offsets.tolist()))
    gain = (1 + (n - 1) * inhibition) / n
    seen = gain * sum(psp(train, fs) for train in spikes)
    return PopulationCode(x, y, seen, spikes, neurons, offsets, inhibition, gain, fs, snr(y, seen))


def _count(n):
    if isinstance(n, bool | np.bool_) or not isinstance(n, int | np.integer):
        raise TypeError(f"n must be a whole number, not {n!r}")
    return int(checks.number("n", int(n), low=1.0, open_low=False))


def _offsets(neuron, n, stagger, seed):
    """Initial membranes: over (-threshold / 2, threshold / 2), or for a unipolar neuron of full firing over (0, threshold)."""
    if stagger not in ("phase", "random"):
        return np.zeros(n)
    if stagger == "random" and seed is None:
        raise ValueError('stagger="random" needs a seed, such as seed=0')
    place = np.random.default_rng(seed).uniform(size=n) if stagger == "random" else (np.arange(n) + 0.5) / n
    return neuron.threshold * (place - (0.0 if neuron.firing == "full" and not neuron.bipolar else 0.5))


def _member(x, fs, neuron, offset):
    if offset == 0.0:
        return encode(x, fs, neuron)
    current = neuron.drive == "current"
    state = np.array([0.0, offset + (0.0 if current else x[0]), 0.0, -inf, -inf])

    def run(times, heights, saturated):
        return lif_kernel(
            x, fs, neuron.tau_m, neuron.t_ref, neuron.level, neuron.threshold, neuron.bipolar,
            neuron.refractory == "clamp", current, state, times, heights, saturated, np.empty(0),
        )  # fmt: skip

    return collect(run, x, fs, neuron, partial(refuse_flood, neuron, x, fs))


def _coupled(x, fs, neurons, offsets, inhibition):
    neuron, stop = neurons[0], x.size / fs
    level, height = np.array([[each.level, each.threshold] for each in neurons]).T.copy()
    current, size = neuron.drive == "current", x.size + 1024
    refuse_flood(neuron, x, fs, 0)
    while size < 2 * MAX_SPIKES:
        room, sender = buffers(min(size, MAX_SPIKES)), np.empty(min(size, MAX_SPIKES), np.int64)
        u = offsets + (0.0 if current else x[0])
        count = joint(
            x, fs, neuron.tau_m, neuron.t_ref, level, height, neuron.bipolar, neuron.refractory == "clamp", current,
            inhibition, u, *room, sender,
        )  # fmt: skip
        if count < sender.size:
            count = np.searchsorted(room[0][:count], stop)
            mine = [sender[:count] == i for i in range(len(neurons))]
            return [
                SpikeTrain(*(column[:count][own] for column in room[:2]), 0.0, stop, neuron.kernel, room[2][:count][own])
                for own in mine
            ]
        size *= 4
    refuse_flood(neuron, x, fs, MAX_SPIKES)
