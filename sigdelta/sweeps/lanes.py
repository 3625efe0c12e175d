"""The fast path of a sweep: neurons that share a signal, passed side by side."""

from collections import defaultdict
from itertools import chain
from math import exp, inf, isfinite, sqrt

import numpy as np

from ..kernels.blocks import squares_by_lags
from ..kernels.columns import BLOCK, COLUMNS
from ..kernels.errors import decibels
from ..kernels.events import EARLY
from ..kernels.exponentials import DEPTH
from ..kernels.lanes import begin, sweep
from ..kernels.lif import SAFE
from ..kernels.tables import (
    COUNT,
    FARTHEST,
    GAP,
    IN_DOUBT,
    LANES_SIZE,
    LARGEST,
    LATE,
    LINES_SIZE,
    LISTS_SIZE,
    MOVED,
    POWERS,
    PREVIOUS,
    ROUGH,
    SHARE,
    SPREAD,
    SQUARE,
    SWUNG,
    TABLE_SIZE,
    WAKE,
    WIDEST,
    WIDTH,
    Rule,
    set_tables,
)
from ..mapped import frozen
from ..neurons import LIF, AdaptiveLIF

SHORTEST, LONGEST, SLOWER = 8, 1e7, 16
CANCELLED, BLURRED, COARSE, EPS = 2.0**-20, 2.0**-32, 2.0**-30, 2.0**-53


def supports(neuron, fs):
    """Whether a neuron has a fast path: a LIF or AdaptiveLIF that is not clamped, and slow against the samples.

    Where a leak is so slow that it is lost in rounding from sample to sample, sums over blocks do not tell what it does.
    A threshold that forgets much faster than the membrane can amplify rounding from spike to spike, until two exact ways differ
    in their spikes: only the way of `encode` will do.
    """
    if type(neuron) not in (LIF, AdaptiveLIF) or neuron.refractory != "integrate":
        return False
    if neuron.tau_m * fs < SHORTEST or LONGEST < neuron.tau_m * fs < inf:
        return False
    return type(neuron) is LIF or (neuron.tau_adp * fs >= 1.0 and neuron.tau_adp * SLOWER >= neuron.tau_m)


def group(neurons, fs):
    """Indices of neurons that one `Lanes` can take, in lists, and of those that have no fast path."""
    alike, rest = defaultdict(lambda: defaultdict(list)), []
    for i, neuron in enumerate(neurons):
        if supports(neuron, fs):
            alike[_shared(neuron)][neuron.tau_m].append(i)
        else:
            rest.append(i)
    groups = []
    for by_tau in alike.values():
        many = [lanes for lanes in by_tau.values() if len(lanes) > WIDTH // COLUMNS]
        few = [lanes for lanes in by_tau.values() if len(lanes) <= WIDTH // COLUMNS]
        groups += [lanes[i : i + WIDTH] for lanes in many for i in range(0, len(lanes), WIDTH)]
        width = WIDTH // max(map(len, few), default=1) // COLUMNS * COLUMNS
        groups += [list(chain(*few[i : i + width])) for i in range(0, len(few), width)]
    return groups, rest


def _shared(neuron):
    """What the lanes of one pass have in common."""
    pure = neuron.drive == "current" and neuron.tau_m == inf
    return type(neuron), neuron.drive, neuron.firing, neuron.bipolar, getattr(neuron, "tau_adp", inf), pure


class Lanes:
    """Counts and errors of neurons that `group` put together, from a signal that comes in pieces.

    Parameters
    ----------
    neurons : sequence of LIF or AdaptiveLIF
        At most 64: of one time constant, or one of each, two of each of 32, or four of each of 16.
    fs : float
        Sampling rate in Hz.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> lanes = Lanes([sd.LIF(threshold) for threshold in (0.1, 0.2)], 1000.0)
    >>> x = np.sin(np.arange(2000) / 50)
    >>> lanes.push(x[:700])
    >>> lanes.push(x[700:], final=True)
    >>> [row[0] for row in lanes.rows()] == [len(sd.encode(x, 1000.0, sd.LIF(threshold))) for threshold in (0.1, 0.2)]
    True
    """

    def __init__(self, neurons, fs):
        self._neurons, self._fs, self._n, self._stop = list(neurons), fs, 0, inf
        self._waiting = np.empty(0)
        one = self._neurons[0]
        taus = list(dict.fromkeys(neuron.tau_m for neuron in self._neurons))
        self._places = _places(self._neurons, taus)
        width = _width(taus)
        self._size = max(self._places) + 1 if width == 1 else COLUMNS * (max(self._places) // COLUMNS + 1)
        taus += taus[-1:] * (width - len(taus))
        sigma = getattr(one, "tau_adp", inf)
        self._rule = Rule(
            fs, inf, 2.0 if one.firing == "half" else 1.0, sigma, 0.125 / (fs * sigma) ** 2, one.bipolar, one.drive == "current"
        )
        self._lanes = _lanes(self._neurons, self._places, np.resize(taus, WIDTH), self._rule)
        adaptive = isinstance(one, AdaptiveLIF)
        self._taus, self._bends = np.array(taus), adaptive or not self._rule.current
        self._lines, self._columns = _aligned(LINES_SIZE), _aligned(TABLE_SIZE * max(1, width // COLUMNS))
        self._set_tables(BLOCK)
        self._lists, self._work = np.zeros(LISTS_SIZE, dtype=np.int64), (None, None)
        if adaptive:
            self._work = np.empty((4, 2)), np.empty((DEPTH, 2))

    def push(self, x, final=False):
        """Take the next samples; `final` says that no more will come."""
        if x.size and self._n + self._waiting.size == 0:
            begin(self._size, self._taus.size, x[0], self._columns, self._lanes, self._rule)
        x = np.concatenate([self._waiting, x]) if self._waiting.size else np.ascontiguousarray(x, dtype=np.float64)
        if final:
            self._stop = (self._n + x.size) / self._fs
            self._rule = self._rule._replace(stop=self._stop)
            x = np.append(x, x[-1])
        # what happens in a sample may depend on the one after it
        whole = max(x.size - 2, 0) // (BLOCK * COLUMNS) * COLUMNS
        self._sweep(x, whole, BLOCK)
        self._waiting = x[whole * BLOCK :].copy()
        if final:
            rest, rows = divmod(self._waiting.size - 1, BLOCK)
            self._sweep(self._padded(0), rest, BLOCK)
            if rows:
                self._set_tables(rows)
                self._sweep(self._padded(rest * BLOCK), 1, rows)

    def _padded(self, first):
        """What waits, from its sample `first` on, with its last one repeated until there are as many as the kernels read."""
        rest = self._waiting[first:]
        return np.pad(rest, (0, BLOCK * COLUMNS + 1 - rest.size), mode="edge")

    def _sweep(self, x, blocks, rows):
        tables = self._lines, self._columns, self._rule, self._lanes, self._lists
        sweep(self._size, self._taus.size, frozen(x), self._n, blocks, rows, *tables, *self._work)
        self._n += blocks * rows

    def _set_tables(self, rows):
        set_tables(self._fs, self._taus, self._rule.sigma, rows, self._bends, self._rule.current, self._lines, self._columns)

    def rows(self):
        """For every neuron what a sweep measures of it; None where only the plain kernels can decide what it does.

        That is: number of spikes, rate, rms and largest error, SNR in dB, fraction of the time saturated, whether it is silent.
        """
        return [self._row(neuron, place) for neuron, place in zip(self._neurons, self._places, strict=True)]

    def _row(self, neuron, place):
        n, late, previous, wake, largest = (float(self._lanes[row + place]) for row in (COUNT, LATE, PREVIOUS, WAKE, LARGEST))
        square, spread, sure = self._sums(neuron, place, n)
        # a neuron that wakes at the signal's end may fire or not, unless all its spikes came as it woke: those times are exact
        near = 2.0 * EARLY / self._fs
        ends = min(abs(previous - self._stop), abs(wake - self._stop)) < near
        if self._lanes[IN_DOUBT + place] or not sure or (ends and (n - late > 1 or previous - late * neuron.t_ref > near)):
            return None
        power, fraction = square / self._n, min(1.0, late * neuron.t_ref / self._stop)
        return int(n), n / self._stop, sqrt(power), largest, decibels(spread / self._n, power), fraction, n == 0

    def _sums(self, neuron, place, n):
        """Sums of the squares of the error, and of the free potential less its mean; whether rounding is not seen in them."""
        columns, t, current, tau = self._columns, place % self._taus.size, self._rule.current, neuron.tau_m * self._fs
        t = t // COLUMNS * TABLE_SIZE + t % COLUMNS
        free, blocks, more, size = t if current else 0, self._n // BLOCK, 0.0, 0.0
        if current and self._taus.size > 1:
            more, size = squares_by_lags(t, 1.0 / tau, columns)
        of_free = (float(columns[row + place]) for row, place in ((POWERS, t), (SPREAD, free), (MOVED, free)))
        square, (powers, spread, moved) = float(self._lanes[SQUARE + place]) + more, (each + more for each in of_free)
        # what has been added up to `square`, and spikes took from it: if they share a jump of `reach`, each rounds off a part of
        # its square, and as many as it takes cancel like a random walk; a pulse is larger at the block's start. 2 was measured
        farthest = float(columns[FARTHEST])
        reach = neuron.threshold + farthest + float(columns[SHARE + t]) * float(columns[WIDEST])
        summed = powers + 2 * n * sqrt(neuron.threshold) * reach * sqrt(reach) * exp(BLOCK / tau)
        # how far off rounding c in each block leaves the membrane
        blurred = EPS * farthest * sqrt(min(max(blocks, min(self._n - 1, 1)), tau / BLOCK))
        # with one time constant a block's sum of d is only as good as the range of S is, and counts c times
        swung = 16.0 * EPS * sqrt(float(columns[SWUNG]))
        # the sum of u^2 less that of d^2 is added up block by block, the products of samples group by group
        rounding = EPS * ((4.0 + self._n / (2 * BLOCK * COLUMNS)) * size + self._n / (4 * BLOCK) * more)
        # under current drive the free potential is blurred as the membrane is; of one sample it does not move
        least = min(square, spread) if current and self._n > 1 else square
        sure = (
            isfinite(square)
            and isfinite(spread)
            and square >= CANCELLED * summed
            and spread >= CANCELLED * abs(moved)
            and blurred <= BLURRED * sqrt(max(least, 0.0) / self._n)
        )
        return square, spread, sure and least * COARSE >= swung and min(square, spread) * COARSE >= rounding


def _aligned(size):
    """Zeros that begin where a line of the cache does: what is stored across two lines is stored twice."""
    room = np.zeros(size + 8)
    first = -room.ctypes.data % 64 // 8
    return room[first : first + size]


def _width(taus):
    """How many time constants are computed side by side: one, or full tables of them."""
    return 1 if len(taus) == 1 else COLUMNS * 2 ** max(0, (len(taus) - 1).bit_length() - (COLUMNS - 1).bit_length())


def _places(neurons, taus):
    """The lane of each neuron: neighbours differ in tau."""
    width, taken = _width(taus), defaultdict(int)
    places = []
    for neuron in neurons:
        t = taus.index(neuron.tau_m)
        places.append(taken[t] * width + t)
        taken[t] += 1
    return places


def _lanes(neurons, places, taus, rule):
    """The state of all lanes at rest; those without a neuron never fire."""
    table, ratio = _aligned(LANES_SIZE), rule.ratio
    lanes = table.reshape(-1, WIDTH)
    tau, z, t_ref, base, boost, fixed = lanes[:6]
    tau[:], z[:], base[:] = taus, 1 / (rule.fs * taus), inf
    table[WAKE : WAKE + WIDTH], table[PREVIOUS : PREVIOUS + WIDTH] = inf, -inf
    table[LARGEST : LARGEST + WIDTH] = inf
    table[GAP:LANES_SIZE] = 1.0
    for neuron, place in zip(neurons, places, strict=True):
        base[place], t_ref[place], table[LARGEST + place] = neuron.threshold / ratio, neuron.t_ref, 0.0
        table[ROUGH + place] = (1.0 - SAFE) * base[place]
        if isinstance(neuron, AdaptiveLIF):
            boost[place] = neuron.threshold_kernel[0][0] / ratio
            fixed[place] = neuron.threshold if neuron.height == "fixed" else 0.0
    return table
