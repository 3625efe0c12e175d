"""WienerFilter, what a fitted linear decoder is."""

from dataclasses import dataclass

import numpy as np

from . import checks


@dataclass(frozen=True, eq=False)
class WienerFilter:
    """Linear filter from spikes to a signal: x_hat[k] = offset + sum over j of taps[j] * s[k + ahead - j].

    s[k] is the sum of heights[i] * B(k - (times[i] - start) * fs) with the cubic B-spline B of unit sum that begins at the
    spike and ends four samples later: unlike a count in bins it holds where within a sample the spike stands, and nothing of a
    spike is in samples before it.

    Parameters
    ----------
    taps : array_like, shape (n,)
        Impulse response, in units of the signal over units of the heights.
    offset : float
        In units of the signal.
    ahead : int
        Samples that the filter looks ahead: x_hat[k] is known at (k + ahead) / fs.
    fs : float
        Rate in Hz of the signal.
    kernel : tuple of (weight, tau)
        Of the trains that it decodes.
    ridge : float
        Regularisation of the fit, over the variance of s.
    start, stop, n_spikes
        The window in s and the number of spikes that it was fitted on.

    Raises
    ------
    ValueError, TypeError
        Values out of range.

    Examples
    --------
    >>> WienerFilter([0.5, 1.0, 0.5], 0.0, 1, 100.0, ((1.0, 20e-3),), 1e-6, 0.0, 10.0, 200).length
    0.03
    """

    taps: np.ndarray
    offset: float
    ahead: int
    fs: float
    kernel: tuple
    ridge: float
    start: float
    stop: float
    n_spikes: int

    def __post_init__(self):
        taps = checks.real_array("taps", self.taps, (1,))
        start = checks.number("start", self.start, low=-np.inf)
        values = {
            "taps": taps,
            "offset": checks.number("offset", self.offset, low=-np.inf),
            "ahead": checks.whole("ahead", self.ahead, 0, taps.size - 1),
            "fs": checks.number("fs", self.fs),
            "kernel": checks.kernel("kernel", self.kernel),
            "ridge": checks.number("ridge", self.ridge, open_low=False),
            "start": start,
            "stop": checks.number("stop", self.stop, low=start),
            "n_spikes": checks.whole("n_spikes", self.n_spikes),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self):
        return (
            f"<WienerFilter: {self.taps.size} taps at {self.fs:g} Hz, {self.ahead / self.fs:g} s ahead, "
            f"fitted on {self.n_spikes} spikes in [{self.start:g}, {self.stop:g}) s>"
        )

    @property
    def length(self):
        """Length of the filter in s."""
        return self.taps.size / self.fs
