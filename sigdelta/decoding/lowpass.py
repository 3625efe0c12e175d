"""The low-pass decoder: spikes as impulses of their areas, through a linear-phase filter."""

from math import ceil, floor

import numpy as np

from .. import checks
from ..kernels.lowpass import add_filtered
from .trains import check_edges, each_train, finish_edges, one_train, pulse_area, samples

# Kaiser's fits of the window's shape, and of transition times length, to a stop band; they miss 140 dB by less than one
STOP_DB = 141.0
SHAPE = 0.1102 * (STOP_DB - 8.7)
TRANSITION_LENGTH = (STOP_DB - 7.95) / 14.36
LONGEST = 2**20


def decode_lowpass(spikes, fs, bandwidth, *, transition=None, edges="mark"):
    """Low-pass filtered spikes: the input current of an integrating neuron.

    Parameters
    ----------
    spikes : SpikeTrain or list of SpikeTrain
        The train of one neuron, or of one neuron a channel (all of one duration).
    fs : float
        Sampling rate of the result in Hz; sample k stands at ``spikes.start + k / fs``.
    bandwidth : float
        Pass band in Hz, at most fs / 2: what the signal holds. The mean rate should be well above 2 * bandwidth.
    transition : float, optional
        Width in Hz between pass and stop band, at most fs, by default bandwidth / 4. The filter lasts 9.3 / transition; a
        narrower one lets less of the spikes' own noise through, and makes the edges longer.
    edges : {"mark", "trim", "keep"}
        Half a filter's length at either end, where spikes beyond the train are missing: nan, left out, or as they come.

    Returns
    -------
    ndarray, shape (n,) or (channels, n), in units of the signal
        sum of area[i] * h(t - times[i]), each spike at its exact time; h is a Kaiser-windowed sinc of unit gain, linear
        phase (no delay), and a stop band of 140 dB; a spike's area is its height times the sum of weight * tau of its
        kernel, for a pulse that never decays its height alone.

    Raises
    ------
    ValueError, TypeError
        Something else than spike trains, trains of unequal duration, a pass band above fs / 2, a recording that is not longer
        than the filter, a pulse without an area.

    Notes
    -----
    It assumes **current drive**: x = tau du/dt + u + sum of area * delta(t - times), so that x is decoded up to the low-passed
    membrane u. With ``tau_m=inf`` nothing else is missing than what aliases from the harmonics of the rate. With a leak it comes
    out low by the mean of u: about half a threshold for a neuron that is reset to 0 (``firing="full"``, unipolar), second
    order in interval / tau for ``firing="half"``; it is not corrected. `encode` holds each sample, so what comes back is the
    held signal, X(f) sinc(f / fs) exp(-i pi f / fs), half a sample late. Of a neuron under **potential drive** it gives
    x + tau dx/dt, the current that makes x: for x itself, use `psp` or `fit_wiener`.

    References
    ----------
    J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", IEEE Int. Symp. Circuits and
    Systems, 20 (1974). E. J. Bayly, "Spectral analysis of pulse frequency modulation in the nervous systems", IEEE Trans.
    Biomed. Eng. 15, 257 (1968).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = 1 + 0.5 * np.sin(2 * np.pi * 3.0 * np.arange(40_000) / 10e3)
    >>> neuron = sd.LIF(0.01, np.inf, drive="current", firing="full", bipolar=False)
    >>> x_hat = sd.decode_lowpass(sd.encode(x, 10e3, neuron), 10e3, 4.0, transition=4.0)
    >>> inner = np.isfinite(x_hat)
    >>> bool(sd.snr_db(x[inner], x_hat[inner]) > 40)
    True
    """
    fs = checks.number("fs", fs)

    def decode(train):
        decoder = LowpassDecoder(fs, bandwidth, transition=transition, edges=edges)
        return np.concatenate([decoder.push(train), decoder.finish()])

    return each_train(spikes, fs, decode)


class LowpassDecoder:
    """`decode_lowpass` for trains that come in pieces: the same samples, to the bit, however they are cut.

    Parameters
    ----------
    fs, bandwidth, transition, edges
        As for `decode_lowpass`.

    Raises
    ------
    ValueError, TypeError
        As for `decode_lowpass`; a filter of more than 2^20 samples.

    Attributes
    ----------
    edge : int
        Half the filter's length in samples: the delay of `push`, and what `edges` is about.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> train = sd.SpikeTrain(np.arange(200) / 20, np.full(200, 0.05), 0.0, 10.0, ((1.0, np.inf),))
    >>> decoder = sd.LowpassDecoder(100.0, 2.0, transition=1.0)
    >>> pieces = [decoder.push(train[a : a + 2.5]) for a in (0.0, 2.5, 5.0, 7.5)]
    >>> x_hat = np.concatenate([*pieces, decoder.finish()])
    >>> np.array_equal(x_hat, sd.decode_lowpass(train, 100.0, 2.0, transition=1.0), equal_nan=True)
    True
    """

    def __init__(self, fs, bandwidth, *, transition=None, edges="mark"):
        self.fs = checks.number("fs", fs)
        self.bandwidth = checks.number("bandwidth", bandwidth)
        if self.bandwidth > self.fs / 2:
            raise ValueError(f"bandwidth must be at most fs / 2 = {self.fs / 2:g} Hz, not {self.bandwidth:g}")
        self.transition = self.bandwidth / 4 if transition is None else checks.number("transition", transition)
        if self.transition > self.fs:
            raise ValueError(f"transition must be at most fs = {self.fs:g} Hz, not {self.transition:g}")
        self.edges = check_edges(edges)
        half = ceil(TRANSITION_LENGTH * self.fs / self.transition / 2) if self.transition > 0 else LONGEST
        if 2 * half > LONGEST:
            raise ValueError(
                f"the filter would have more than {LONGEST} samples: choose a wider transition than {self.transition:g} Hz, "
                f"or a lower rate than fs={self.fs:g} Hz"
            )
        self.edge = half
        self._table = _filter_table(self.fs, self.bandwidth + self.transition / 2, 2 * half)
        self._start = self._stop = self._kernel = None
        self._done, self._sums = 0, np.zeros(0)

    def push(self, train):
        """The samples that the next piece of the train completes, as an ndarray.

        Raises ValueError or TypeError where it does not begin where the last piece ended, or has another kernel.
        """
        train = one_train(train)
        if self._start is None:
            self._start, self._kernel = train.start, train.kernel
        elif train.start != self._stop:
            raise ValueError(f"the piece must begin at {self._stop!r} s, where the last one ended, not at {train.start!r} s")
        elif train.kernel != self._kernel:
            raise ValueError(f"the piece must have the kernel {self._kernel} of those before it, not {train.kernel}")
        self._stop = train.stop
        samples(train.duration, self.fs)
        reached = floor((train.stop - self._start) * self.fs)
        self._sums = np.concatenate([self._sums, np.zeros(max(reached + self.edge + 2 - self._done - self._sums.size, 0))])
        areas = train.heights * pulse_area(train.kernel)
        add_filtered(train.times, areas, self._start, self.fs, self._table, self._done, self._sums)
        return self._take(reached - self.edge, 0)

    def finish(self):
        """The samples that remain when the train has ended, as an ndarray; the next `push` begins anew.

        Raises ValueError where all that was pushed is not longer than the filter.
        """
        n = 0 if self._start is None else samples(self._stop - self._start, self.fs)
        if n <= 2 * self.edge:
            raise ValueError(
                f"the recording lasts {n / self.fs:g} s: the filter needs more than {2 * self.edge / self.fs:g} s "
                f"(or a transition wider than {self.transition:g} Hz)"
            )
        rest = self._take(n, self.edge)
        self._start = self._stop = self._kernel = None
        self._done, self._sums = 0, np.zeros(0)
        return rest

    def _take(self, stop, after):
        """Samples up to `stop`, the last `after` of which are at the end of the train."""
        count = max(stop - self._done, 0)
        before = min(max(self.edge - self._done, 0), count)
        taken, self._sums = self._sums[:count].copy(), self._sums[count:]
        self._done += count
        return finish_edges(taken, before, after, self.edges)


def _filter_table(fs, cutoff, n):
    """The Kaiser-windowed sinc of unit area and `n` samples, in 1/s, at the phases that `add_filtered` interpolates between.

    A thousand rows a period of the cut-off keep the interpolation 200 dB down.
    """
    from scipy.special import i0, j0

    phases = ceil(1000 * cutoff / fs)
    t = np.arange(n) - n / 2 + 1 - (np.arange(phases + 3)[:, None] - 1) / phases
    inside = 1 - (2 * t / n) ** 2
    # the rows just beyond the window's end continue it smoothly
    window = np.where(inside >= 0, i0(SHAPE * np.sqrt(np.maximum(inside, 0))), j0(SHAPE * np.sqrt(np.maximum(-inside, 0))))
    return 2 * cutoff * np.sinc(2 * cutoff * t / fs) * window / i0(SHAPE)
