"""What befalls spikes on their way: jitter, loss, insertion. All of it seeded."""

from dataclasses import replace

import numpy as np

from . import checks
from .spikes import SpikeTrain


def jitter(spikes, sigma, seed):
    """Move every spike by a Gaussian time.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        Each train of a list gets random numbers of its own.
    sigma : float
        Standard deviation in s.
    seed : int
        Same seed, same result.

    Returns
    -------
    SpikeTrain or list of SpikeTrain
        In order again; heights and saturated flags move with their spikes. A spike that would leave the window is reflected at
        its edge, so none is lost.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, a negative sigma or seed.

    References
    ----------
    A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE Trans. Circuits
    Syst. I 51, 2060 (2004): what errors of the trigger times do to the signal.

    Examples
    --------
    >>> train = SpikeTrain([0.1, 0.2, 0.7], [1.0, 1.0, -1.0], 0.0, 1.0, ((1.0, 20e-3),))
    >>> jitter(train, 1e-3, seed=1).times.round(4)
    array([0.099 , 0.201 , 0.6994])
    """
    sigma = checks.number("sigma", sigma, open_low=False)

    def move(train, rng):
        moved = train.times + sigma * rng.standard_normal(len(train))
        beyond = (moved < train.start) | (moved >= train.stop)
        turns = np.mod(moved[beyond] - train.start, 2 * train.duration)
        moved[beyond] = train.start + np.minimum(turns, 2 * train.duration - turns)
        last = np.nextafter(train.stop, train.start)
        return _rebuilt(train, np.clip(moved, train.start, last), train.heights, train.saturated)

    return _each(spikes, seed, 1, move)


def lose(spikes, probability, seed):
    """Lose every spike with a probability, independently.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        Each train of a list gets random numbers of its own.
    probability : float
        From 0 to 1.
    seed : int
        Same seed, same result; what is lost at one probability is also lost at any higher one.

    Returns
    -------
    SpikeTrain or list of SpikeTrain

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, a probability outside 0 to 1, a negative seed.

    Examples
    --------
    >>> train = SpikeTrain([0.1, 0.2, 0.7], [1.0, 1.0, -1.0], 0.0, 1.0, ((1.0, 20e-3),))
    >>> len(lose(train, 0.0, seed=1)), len(lose(train, 1.0, seed=1))
    (3, 0)
    """
    probability = checks.number("probability", probability, open_low=False)
    if probability > 1:
        raise ValueError(f"probability must be from 0 to 1, not {probability:g}")

    def thin(train, rng):
        kept = rng.random(len(train)) >= probability
        return _rebuilt(train, train.times[kept], train.heights[kept], train.saturated[kept])

    return _each(spikes, seed, 2, thin)


def insert(spikes, rate, seed, height=None):
    """Add spikes that nobody fired, a Poisson process.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        Each train of a list gets random numbers of its own.
    rate : float
        Of the added spikes, in Hz.
    seed : int
        Same seed, same result.
    height : float, optional
        Magnitude of the added spikes, in units of the signal. By default each takes the magnitude of one of the train's
        spikes at random. Either sign is as likely, unless the train holds spikes of one sign only: then it is that sign.

    Returns
    -------
    SpikeTrain or list of SpikeTrain
        The added spikes are not marked saturated.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, a negative rate or seed, an empty train without `height`.

    Examples
    --------
    >>> train = SpikeTrain([0.1, 0.2, 0.7], [0.5, 0.5, -0.5], 0.0, 1.0, ((1.0, 20e-3),))
    >>> busy = insert(train, 40.0, seed=3)
    >>> len(busy) > 20, sorted(set(busy.heights.tolist()))
    (True, [-0.5, 0.5])
    """
    rate = checks.number("rate", rate, open_low=False)
    if height is not None:
        height = checks.number("height", height)

    def mix(train, rng):
        if height is None and len(train) == 0 and rate > 0:
            raise ValueError("height is needed to insert spikes into an empty train, which shows none")
        count = rng.poisson(rate * train.duration)
        times = np.minimum(train.start + train.duration * rng.random(count), np.nextafter(train.stop, train.start))
        sizes = np.abs(rng.choice(train.heights, count)) if height is None and count else np.full(count, height or 0.0)
        signs = np.sign(train.heights)
        if np.all(signs[:1] == signs) and len(train):
            sizes = sizes * signs[0]
        else:
            sizes = np.where(rng.random(count) < 0.5, -sizes, sizes)
        flags = np.concatenate([train.saturated, np.zeros(count, bool)])
        return _rebuilt(train, np.concatenate([train.times, times]), np.concatenate([train.heights, sizes]), flags)

    return _each(spikes, seed, 3, mix)


def _each(spikes, seed, kind, change):
    """`change` of one train, or of each of a list; functions and trains of one seed share no random numbers."""
    seed = checks.whole("seed", seed)
    trains = [spikes] if isinstance(spikes, SpikeTrain) else spikes
    if not isinstance(trains, list | tuple) or not trains or not all(isinstance(train, SpikeTrain) for train in trains):
        raise TypeError(f"spikes must be a SpikeTrain or a list of them, not {spikes!r}")
    changed = [change(train, np.random.default_rng([kind, i, seed])) for i, train in enumerate(trains)]
    return changed[0] if isinstance(spikes, SpikeTrain) else changed


def _rebuilt(train, times, heights, saturated):
    order = np.argsort(times, kind="stable")
    return replace(train, times=times[order], heights=heights[order], saturated=saturated[order])
