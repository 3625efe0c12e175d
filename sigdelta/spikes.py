"""SpikeTrain, the one type that every neuron, decoder, stream and file shares."""

from dataclasses import dataclass, replace

import numpy as np

from . import checks


@dataclass(frozen=True, eq=False)
class SpikeTrain:
    """Spikes with signed pulse heights, and the pulse they cause.

    Parameters
    ----------
    times : array_like, shape (n,)
        Spike times in s, non-decreasing, in [start, stop).
    heights : array_like, shape (n,)
        Signed height of each spike's pulse, in units of the signal.
    start, stop : float
        Observation window in s; of no length where a stream has nothing to say yet.
    kernel : tuple of (weight, tau)
        Post-synaptic potential of a spike of height 1: the sum of weight * exp(-t / tau), tau in s.
    saturated : array_like of bool, shape (n,), optional
        Spikes fired because the membrane was still beyond the level when the refractory period ended.

    Raises
    ------
    ValueError, TypeError
        Arrays that do not fit, times out of order or outside the window, a kernel that does not decay.

    Examples
    --------
    >>> train = SpikeTrain([0.1, 0.2, 0.7], [1.0, 1.0, -1.0], 0.0, 1.0, ((1.0, 20e-3),))
    >>> len(train), train.rate, len(train[0.15:0.5])
    (3, 3.0, 1)
    """

    times: np.ndarray
    heights: np.ndarray
    start: float
    stop: float
    kernel: tuple
    saturated: np.ndarray = None

    def __post_init__(self):
        times, heights = _column("times", self.times), _column("heights", self.heights)
        start = checks.number("start", self.start, low=-np.inf)
        stop = checks.number("stop", self.stop, low=start, open_low=False)
        saturated = np.zeros(times.size, bool) if self.saturated is None else np.asarray(self.saturated)
        saturated = saturated.astype(bool) if saturated.size == 0 else saturated
        if not times.shape == heights.shape == saturated.shape:
            raise ValueError(
                f"times, heights and saturated must have one shape, not {times.shape}, {heights.shape}, {saturated.shape}"
            )
        if saturated.dtype != bool:
            raise TypeError(f"saturated must hold True or False, not {saturated.dtype}")
        if times.size and not (start <= times[0] and times[-1] < stop):
            raise ValueError(f"times must lie in [{start:g}, {stop:g}), not in [{times.min():g}, {times.max():g}]")
        late = np.flatnonzero(np.diff(times) < 0)
        if late.size:
            raise ValueError(f"times must not decrease: times[{late[0] + 1}] is before times[{late[0]}]")
        saturated = saturated.view()
        saturated.flags.writeable = False
        values = {"times": times, "heights": heights, "start": start, "stop": stop, "saturated": saturated}
        for name, value in (values | {"kernel": checks.kernel("kernel", self.kernel)}).items():
            object.__setattr__(self, name, value)

    def __len__(self):
        return self.times.size

    def __eq__(self, other):
        if not isinstance(other, SpikeTrain):
            return NotImplemented
        same = all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ("times", "heights", "saturated"))
        return same and (self.start, self.stop, self.kernel) == (other.start, other.stop, other.kernel)

    __hash__ = None

    def __getitem__(self, window):
        """The spikes in [start, stop) of absolute time: ``train[0.5:2.0]``."""
        if not isinstance(window, slice) or window.step is not None:
            raise TypeError(f"a spike train is sliced by time, as in train[0.5:2.0], not by {window!r}")
        start = self.start if window.start is None else max(self.start, checks.number("start", window.start, -np.inf))
        stop = self.stop if window.stop is None else min(self.stop, checks.number("stop", window.stop, -np.inf))
        chosen = slice(*np.searchsorted(self.times, [start, stop]))
        return replace(
            self,
            times=self.times[chosen],
            heights=self.heights[chosen],
            start=start,
            stop=stop,
            saturated=self.saturated[chosen],
        )

    def __repr__(self):
        return f"<SpikeTrain: {len(self)} spikes in [{self.start:g}, {self.stop:g}) s, {self.rate:g} Hz>"

    def _repr_html_(self):
        kernel = " + ".join(f"{weight:g}" + (f" exp(−t / {tau:g} s)" if tau < np.inf else "") for weight, tau in self.kernel)
        line = f"<b>SpikeTrain</b>: {len(self)} spikes in [{self.start:g}, {self.stop:g}) s, {self.rate:g} Hz; pulse {kernel}"
        return f"<div>{line}<br>{_raster(self)}</div>"

    @property
    def duration(self):
        """Length of the window in s."""
        return self.stop - self.start

    @property
    def rate(self):
        """Mean rate in Hz, spikes of either sign; of a window of no length, nan."""
        return len(self) / self.duration if self.duration > 0 else float("nan")

    @property
    def tau_m(self):
        """Time constant in s of a single-exponential kernel."""
        if len(self.kernel) != 1:
            raise ValueError(f"the kernel has {len(self.kernel)} exponentials: there is no single tau_m")
        return self.kernel[0][1]


def _raster(train, width=600, height=32):
    """Ticks up for positive spikes and down for negative ones, as SVG: at most one of each sign a pixel, however many spikes."""
    if train.duration == 0:
        return ""
    columns = np.minimum((train.times - train.start) * (width / train.duration), width - 1).astype(int)
    marks = np.unique(np.stack([columns, np.sign(train.heights).astype(int)]), axis=1).T.tolist()
    ticks = "".join(f"M{column + 0.5} {height // 2}v{-sign * height // 2}" for column, sign in marks)
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="raster of the spikes">'
        f'<path d="M0 {height // 2}h{width}" stroke="#888"/><path d="{ticks}" stroke="currentColor"/></svg>'
    )


def _column(name, value):
    array = np.asarray(value, dtype=np.float64) if np.size(value) == 0 else checks.real_array(name, value, (1,))
    array = np.atleast_1d(array).view()
    array.flags.writeable = False
    return array
