"""Recovery of a band-limited signal from spike times, window by window."""

import warnings
from contextlib import suppress
from functools import cache
from math import ceil, inf, pi

import numpy as np

from .. import checks
from ..kernels.bandlimited import add_gram, make_rows, project, synthesize
from ..spikes import SpikeTrain
from .density import RecoveryWarning
from .equations import Equations
from .trains import check_edges, finish_edges, samples

HOLDS = ("zero", "linear")
OVERSAMPLING, WIDTH, DEGREE = 1.25, 16, 14
CORE, GUARD, LONGEST = 768, 128, 64
RIDGES, FORGOTTEN = (1e-14, 1e-12, 1e-10), 40.0
EDGE, CLOCKED = 20, 8
PASSES, SETTLED, TAPS, KAISER = 12, 1e-7, 16, 4.0


@cache
def _phi_table():
    """Kaiser-Bessel kernel over WIDTH cells as polynomials: table[:, i] in the i-th cell from the right, highest power first."""
    from scipy.special import i0

    beta = pi * WIDTH * (1 - 0.5 / OVERSAMPLING)
    z = np.cos(pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    table = np.empty((DEGREE + 1, WIDTH))
    for i in range(WIDTH):
        t = 0.5 * (z + 1) + WIDTH // 2 - 1 - i
        phi = i0(beta * np.sqrt(1 - (2 * t / WIDTH) ** 2)) / i0(beta)
        fit = np.polynomial.Chebyshev.fit(z, phi, DEGREE, domain=(-1, 1)).convert(kind=np.polynomial.Polynomial)
        table[:, i] = np.pad(fit.coef, (0, DEGREE + 1 - fit.coef.size))[::-1]
    return table


@cache
def _band_filter():
    """Low-pass for the coefficients: 1 up to the bandwidth, falling to 0 at the highest frequency of the grid."""
    from scipy.signal import firwin

    return firwin(2 * TAPS + 1, 0.25 * (1 + 1 / OVERSAMPLING), window=("kaiser", KAISER), fs=1.0)


def _factor(gram):
    """Banded Cholesky factor. Where a long interval, which was warned of, leaves a signal open, a larger ridge closes it."""
    from scipy.linalg import LinAlgError, cholesky_banded

    diagonal, largest = gram[:, 0].copy(), gram[:, 0].max()
    for ridge in RIDGES:
        gram[:, 0] = diagonal + ridge * largest
        with suppress(LinAlgError):
            return cholesky_banded(gram.T, lower=True, check_finite=False)
    raise ValueError("the spikes leave the signal open in places: it cannot be recovered from them (see `recoverable`)")


class _Source:
    """One neuron, and its equations that no window has used up."""

    def __init__(self, neuron):
        self.equations, self.rows = Equations(neuron), [np.empty(0)] * 3

    def push(self, train):
        fresh = self.equations.read(train)
        self.rows = [np.concatenate(pair) if pair[0].size else pair[1] for pair in zip(self.rows, fresh, strict=True)]

    def within(self, left, right):
        """The equations between two times; those before the first are forgotten."""
        keep, stop = np.searchsorted(self.rows[0], left), np.searchsorted(self.rows[1], right, side="right")
        rows = [column[keep : max(stop, keep)] for column in self.rows]
        self.rows = [column[keep:] for column in self.rows]
        return rows


def decode_bandlimited(spikes, fs, neuron, bandwidth, *, hold=None, joint=False, edges="mark"):
    """The band-limited signal that made a neuron fire at these times, exact up to rounding where the spikes are dense enough.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        Of one neuron, or of one neuron a channel (all of one duration). A train that starts at 0 is taken to be the code from its
        start, when the membrane was at rest.
    fs : float
        Sampling rate of the result in Hz; sample k stands at ``spikes.start + k / fs``.
    neuron : LIF, AdaptiveLIF, MultiplicativeLIF, SpikeResponse or AsyncSigmaDelta
        What fired; or a list of them, one a train.
    bandwidth : float
        Bandwidth B of the signal in Hz: it has no power above B.
    hold : {None, "zero", "linear"}
        How the neuron saw the signal: as it is, continuous; or as `encode` lets it see samples, held over each sample (current
        drive) or linear between them (potential drive). The result is then the samples themselves, and fs must be their rate.
        None applied to held samples gives about what the neuron saw, X(f) sinc(f / fs) exp(-i pi f / fs).
    joint : bool
        The trains are of several neurons that coded one signal, which is recovered from all of them.
    edges : {"mark", "trim", "keep"}
        Within 20 / (2 B) of either end the signal outside the train counts and the result is not exact: nan, left out, or as it
        comes.

    Returns
    -------
    ndarray, shape (n,) or (channels, n), in units of the signal

    Raises
    ------
    ValueError, TypeError
        Spikes of another neuron, a neuron whose spikes do not tell its membrane, fewer spikes than 2 B a second.

    Warns
    -----
    RecoveryWarning
        An interval longer than 1 / (2 B), see `recoverable`; spikes that all stand on samples, as those of a clocked encoder.

    Notes
    -----
    A spike on its level tells the free potential at its time; between two of them the leaky integral of the signal is known, or
    under potential drive the signal itself. Saturated spikes join intervals. The signal is fitted by least squares in the span of
    Kaiser-Bessel kernels on a grid of 1 / (2.5 B), at a cost proportional to the number of spikes.

    References
    ----------
    A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE Trans. Circuits
    Syst. I 51, 2060 (2004); K. Adam, A. Scholefield, M. Vetterli, "Sampling and reconstruction of bandlimited signals with
    multi-channel time encoding", IEEE Trans. Signal Process. 68, 1105 (2020).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = 1 + 0.5 * np.sin(2 * np.pi * 7 * np.arange(4000) / 1000)
    >>> neuron = sd.LIF(5e-3, float("inf"), drive="current")
    >>> x_hat = sd.decode_bandlimited(sd.encode(x, 1000.0, neuron), 1000.0, neuron, 50.0, hold="zero")
    >>> bool(np.abs(x_hat - x)[200:-200].max() < 1e-6)
    True
    """
    if isinstance(spikes, SpikeTrain) or joint:
        return _decode(spikes, fs, neuron, bandwidth, hold, joint, edges)
    if not isinstance(spikes, list | tuple) or not spikes or not all(isinstance(train, SpikeTrain) for train in spikes):
        raise TypeError(f"spikes must be a SpikeTrain or a list of them, not {spikes!r}")
    neurons = neuron if isinstance(neuron, list | tuple) else [neuron] * len(spikes)
    if len(neurons) != len(spikes):
        raise ValueError(f"neuron must be one, or one a train, {len(spikes)}, not {len(neurons)}")
    rows = [_decode(train, fs, each, bandwidth, hold, joint, edges) for train, each in zip(spikes, neurons, strict=True)]
    if len({row.size for row in rows}) > 1:
        raise ValueError("the trains differ in duration: equal ones are needed to make one array")
    return np.stack(rows)


def _decode(spikes, fs, neuron, bandwidth, hold, joint, edges):
    decoder = Bandlimited(fs, neuron, bandwidth, hold=hold, joint=joint, edges=edges)
    return np.concatenate([decoder.push(spikes), decoder.finish()])


class Bandlimited:
    """`decode_bandlimited` of a train that comes in stretches; parameters as there, with `joint` a stretch is a list of trains.

    The signal is fitted in windows of 768 cells of 1 / (2.5 B), with 128 cells more on either side, and comes out at most 896
    cells late.
    """

    def __init__(self, fs, neuron, bandwidth, *, hold=None, joint=False, edges="mark"):
        self.fs, self.bandwidth = checks.number("fs", fs), checks.number("bandwidth", bandwidth)
        self.hold, self.joint = hold if hold is None else checks.choice("hold", hold, HOLDS), checks.flag("joint", joint)
        self._shared = None if joint and isinstance(neuron, list | tuple) else neuron
        neurons = [neuron] if self._shared is not None else neuron
        self._sources = [_Source(each) for each in neurons]
        self._check_hold()
        self.cell = 0.5 / (self.bandwidth * OVERSAMPLING)
        self.edges, self.edge = check_edges(edges), EDGE / (2 * self.bandwidth)
        self._start = self._stop = None
        self._window = self._done = 0
        self._warned = self._clocked = False

    def push(self, spikes):
        """The samples that the next piece of the train settles."""
        trains = self._trains(spikes)
        if self._start is None:
            self._start = trains[0].start
        for source, train in zip(self._sources, trains, strict=True):
            source.push(train)
            self._check_clock(train)
        self._stop, given = trains[0].stop, self._done
        samples(self._stop - self._start, self.fs)
        parts = [np.empty(0)]
        while self._start + ((self._window + 1) * CORE + GUARD) * self.cell <= self._stop:
            parts.append(self._solve(None))
        return self._edged(np.concatenate(parts), given, 0)

    def finish(self):
        """The samples up to the end of the train."""
        given, parts, total = self._done, [np.empty(0)], samples(self._stop - self._start, self.fs)
        if self.edges != "keep" and total <= 2 * self.edge * self.fs:
            raise ValueError(
                f"the train lasts {total / self.fs:g} s, and within {self.edge:g} s of either end, 20 / (2 bandwidth), nothing "
                'is exact: give a longer one, or edges="keep"'
            )
        while self._done < total:
            parts.append(self._solve(total))
        return self._edged(np.concatenate(parts), given, ceil(self.edge * self.fs))

    def _edged(self, out, given, after):
        """`out`, which follows `given` samples, with its part of the edges."""
        before = min(max(ceil(self.edge * self.fs) - given, 0), out.size)
        return finish_edges(out, before, after, self.edges)

    def _check_hold(self):
        drives = {"point" if source.equations.rule.point else "interval" for source in self._sources}
        wanted = {"zero": "interval", "linear": "point"}.get(self.hold)
        if wanted and drives != {wanted}:
            drive = "current" if wanted == "interval" else "potential"
            raise ValueError(f'hold={self.hold!r} is how encode sees samples under drive="{drive}", not the drive of this neuron')
        if self.hold and self.fs < 2 * self.bandwidth:
            raise ValueError(f"samples held at fs {self.fs:g} Hz have a bandwidth of fs / 2 at most, not {self.bandwidth:g} Hz")

    def _trains(self, spikes):
        if not self.joint:
            return [spikes]
        if not isinstance(spikes, list | tuple) or not spikes or not all(isinstance(train, SpikeTrain) for train in spikes):
            raise TypeError(f"joint=True needs a list of trains, not {spikes!r}")
        if self._start is None and self._shared is not None:
            self._sources = [_Source(self._shared) for _ in spikes]
        if len(spikes) != len(self._sources):
            raise ValueError(f"spikes must hold one train a neuron, {len(self._sources)}, not {len(spikes)}")
        if len({(train.start, train.stop) for train in spikes}) > 1:
            raise ValueError("the trains must have one start and one stop, as they coded one signal")
        return spikes

    def _solve(self, total):
        """The samples of the next window; at the end of the train there are `total` in all."""
        cells = inf if total is None else ceil((self._stop - self._start) / self.cell) + 1
        left = max(self._window * CORE - GUARD, 0)
        right = min((self._window + 1) * CORE + GUARD, cells)
        groups = [source.within(*(self._start + edge * self.cell for edge in (left, right))) for source in self._sources]
        self._check_density(groups, left, right)
        c, first = self._fit(groups, left, right, total)
        self._window += 1
        stop = ceil(self._window * CORE * self.cell * self.fs)
        out = np.empty(max((stop if total is None else min(stop, total)) - self._done, 0))
        synthesize(c, first, 0.0, self._done, self.fs, self.cell, _phi_table(), out)
        self._done += out.size
        return out

    def _check_clock(self, train):
        """A clocked encoder stamps its spikes on the grid, after the level was passed by an unknown amount."""
        n = len(train)
        if not self._clocked and n >= CLOCKED and np.array_equal(np.round(train.times * self.fs) / self.fs, train.times):
            self._clocked = True
            warnings.warn(
                f"all {n} spikes stand on the samples at fs {self.fs:g} Hz, as those of a clocked encoder do: their levels are "
                "not known then, and the recovery is as coarse as the grid",
                RecoveryWarning,
                stacklevel=5,
            )

    def _check_density(self, groups, left, right):
        """Refuse a window with fewer equations than unknowns, warn where an interval is too long."""
        begin, end = (self._start + edge * self.cell for edge in (left, right))
        end = min(end, self._stop)
        times = np.sort(np.concatenate([ends for _, ends, _ in groups]))
        needed = 2 * self.bandwidth * (end - begin)
        if times.size == 0 or times.size + 1 < needed:
            raise ValueError(
                f"the spikes from {begin:.6g} to {end:.6g} s give {times.size} equations, {times.size / needed:.3g} of what "
                f"bandwidth {self.bandwidth:g} Hz needs: the rate of spikes that are not saturated is "
                f"{times.size / (end - begin):.4g} Hz and must be above {2 * self.bandwidth:g} Hz"
            )
        gaps = np.diff(times)
        if not self._warned and gaps.size and gaps.max() * 2 * self.bandwidth > 1 + 1e-9:
            self._warned, worst = True, int(np.argmax(gaps))
            warnings.warn(
                f"no spike fired on its level from {times[worst]:.6g} to {times[worst + 1]:.6g} s, which is longer than "
                f"1 / (2 bandwidth) = {0.5 / self.bandwidth:.4g} s: recovery is not guaranteed there (see `recoverable`)",
                RecoveryWarning,
                stacklevel=6,
            )

    def _fit(self, groups, left, right, total):
        """Coefficients of the window between two cells, and the number of the first."""
        from scipy.linalg import cho_solve_banded

        pairs = zip(self._sources, groups, strict=True)
        rows = [self._rows(source.equations.rule, group, left, total) for source, group in pairs]
        pad = WIDTH // 2 + 2 + ceil(1 / (self.fs * self.cell)) * (self.hold is not None)
        width = max(row.shape[1] for _, row, _ in rows)
        size = int(right - left) + 2 * pad + width - WIDTH  # short rows, too, are as wide as the longest
        gram = np.zeros((size, width))
        for first, row, _ in rows:
            add_gram(first + pad, row, gram)
        factor = _factor(gram)
        core = slice(self._window * CORE - left + pad, (self._window + 1) * CORE - left + pad)
        c = np.zeros(size)
        for _ in range(PASSES):
            before, side = c, np.zeros(size)
            c = np.convolve(c, _band_filter(), "same")
            for first, row, goal in rows:
                project(first + pad, row, goal, c, side)
            c += cho_solve_banded((factor, True), side, check_finite=False)
            if np.abs(c - before)[core].max(initial=0.0) <= SETTLED * np.abs(c).max():
                break
        return c, left - pad

    def _rows(self, rule, group, left, total):
        reach, held = FORGOTTEN * rule.tau, self.fs if self.hold else 0.0
        final = 2**52 if total is None else round(self._start * self.fs) + total - 1
        lengths = np.zeros(group[0].size) if rule.point else np.minimum(group[1] - group[0], reach)
        short = lengths <= LONGEST * self.cell
        lengths, (begin, end, value) = lengths[short], (column[short] for column in group)
        spare = (1 / self.fs if self.hold else 0.0) * (2 if rule.point else 1)
        width = WIDTH + ceil((lengths.max(initial=0.0) + spare) / self.cell) + 1
        first, rows, goal = np.empty(begin.size, np.int64), np.empty((begin.size, width)), np.empty(begin.size)
        make_rows(
            begin, end, value, 1 / rule.tau, rule.point, held, final, reach, self.cell, self._start, left, _phi_table(), first,
            rows, goal,
        )  # fmt: skip
        return first, rows, goal
