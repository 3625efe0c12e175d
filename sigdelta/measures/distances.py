"""How much two spike trains differ, by the elephant package."""

import warnings

import numpy as np

from .. import checks

# elephant's Victor-Purpura distance holds a few arrays of this many numbers
MOST_PAIRS = 2**26


def van_rossum(a, b, tau):
    """Van Rossum's distance: the difference of two trains, each spike smoothed into a decaying exponential of its sign.

    Only times and signs count, not heights: a bipolar train is the difference of its two halves. Normalised so that one spike
    against none is 1, two far apart sqrt(2): the square is (2 / tau) times the integral of the squared difference. The paper's
    distance is smaller by sqrt(2).

    Parameters
    ----------
    a, b : SpikeTrain
        Both within one window of time.
    tau : float
        Time constant in s, or inf; short: counts spikes without partner; long: compares the sums of signs.

    Returns
    -------
    float
        Good to about 1e-8 times the square root of the number of spikes: it is a small difference of large sums.

    Raises
    ------
    ValueError, TypeError, ImportError
        Windows that differ, something else than spike trains, a time constant that is not positive; without the extra
        `distances`.

    References
    ----------
    M. C. W. van Rossum, Neural Comput. 13, 751 (2001); C. Houghton, T. Kreuz, Network 23, 48 (2012); computed by elephant.

    Examples
    --------
    >>> import sigdelta as sd
    >>> a, b = (sd.SpikeTrain([t], [1.0], 0.0, 1.0, ((1.0, 0.1),)) for t in (0.2, 0.3))
    >>> round(van_rossum(a, b, 0.1), 6), round(float((2 - 2 * np.exp(-1)) ** 0.5), 6)
    (1.124385, 1.124385)
    """
    (up, down), (up_b, down_b) = _signs(a, b)
    tau = checks.number("tau", tau, finite=False)
    elephant, quantities = _elephant()
    # a - b is (a's positive and b's negative spikes) less (a's negative and b's positive)
    trains = [quantities.Quantity(np.sort(np.concatenate(each)), "s") for each in ((up, down_b), (down, up_b))]
    with warnings.catch_warnings():
        # equal trains may come out as the root of -1e-16, which elephant sets to 0
        warnings.filterwarnings("ignore", message="van_rossum_distance: very small negative")
        return float(elephant.van_rossum_distance(trains, time_constant=tau * quantities.s)[0, 1])


def victor_purpura(a, b, cost):
    """Victor and Purpura's distance: the cheapest way to turn one train into the other.

    To insert or to delete a spike costs 1, to move it by t costs cost * t. Only times and signs count, not heights: a spike is
    never turned into one of the other sign, so that the distance is that of the positive spikes plus that of the negative ones.

    Parameters
    ----------
    a, b : SpikeTrain
        Both within one window of time.
    cost : float
        Of moving a spike, in 1 / s, from 0 (counts are compared) to inf (only spikes at the same instant are alike);
        spikes are matched up to 2 / cost apart.

    Returns
    -------
    float

    Raises
    ------
    ValueError, TypeError, ImportError
        Windows that differ, something else than spike trains, a negative cost, more than 2**26 pairs of spikes (compare parts of
        the trains, a[0:10]); without the extra `distances`.

    References
    ----------
    J. D. Victor, K. P. Purpura, J. Neurophysiol. 76, 1310 (1996); D. Aronov, J. Neurosci. Methods 124, 175 (2003), for spikes
    with labels; computed by elephant.

    Examples
    --------
    >>> import sigdelta as sd
    >>> a, b = (sd.SpikeTrain(t, [1, 1], 0.0, 9.0, ((1.0, 0.1),)) for t in ([1.0, 2.0], [1.25, 8.0]))
    >>> victor_purpura(a, b, 1.0)
    2.25
    """
    pairs = list(zip(*_signs(a, b), strict=True))
    cost = checks.number("cost", cost, open_low=False, finite=False)
    most = max(one.size * other.size for one, other in pairs)
    if most > MOST_PAIRS:
        raise ValueError(f"the trains make {most} pairs of spikes, more than {MOST_PAIRS}: compare parts of them, as a[0:10]")
    if cost * a.duration == np.inf:
        return float(sum(one.size + other.size - 2 * _common(one, other) for one, other in pairs))
    elephant, quantities = _elephant()
    total = 0.0
    for pair in pairs:
        # only cost * time matters, and elephant divides by the cost
        trains = [quantities.Quantity((each - a.start) * cost, "s") for each in pair]
        total += float(elephant.victor_purpura_distance(trains, cost_factor=1.0 * quantities.Hz)[0, 1])
    return total


def _signs(a, b):
    """Times of the positive and of the negative spikes of both trains."""
    checks.train("a", a), checks.train("b", b)
    if (a.start, a.stop) != (b.start, b.stop):
        raise ValueError(f"a and b must share one window, not [{a.start:g}, {a.stop:g}) and [{b.start:g}, {b.stop:g}) s")
    return [(each.times[each.heights > 0], each.times[each.heights < 0]) for each in (a, b)]


def _common(one, other):
    """How many spikes of two trains stand at the same instants."""
    times, counts = np.unique(one, return_counts=True)
    others, counts_of_others = np.unique(other, return_counts=True)
    _, i, j = np.intersect1d(times, others, return_indices=True)
    return int(np.minimum(counts[i], counts_of_others[j]).sum())


def _elephant():
    try:
        import quantities
        from elephant import spike_train_dissimilarity
    except ImportError as error:
        raise ImportError(f"distances of spike trains need elephant: pip install 'sigdelta[distances]' ({error})") from error
    return spike_train_dissimilarity, quantities
