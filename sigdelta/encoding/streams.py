"""Encoding of signals that never end."""

import numpy as np

from .. import checks
from .dispatch import each, start


class Encoder:
    """A neuron that codes a signal as it comes, in chunks of any size, in constant memory.

    All that it returns, joined, is what `encode` makes of the whole signal, to the bit.

    Parameters
    ----------
    fs : float
        Sampling rate in Hz.
    neuron : LIF
        Any neuron of `encode` but those whose pulse height is fitted on the whole signal (AdEx, Izhikevich).
    clocked : bool
        As for `encode`.

    Raises
    ------
    ValueError, TypeError
        As for `encode`; a neuron that must know the whole signal.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(1000) / 50)
    >>> encoder = sd.Encoder(1000.0, sd.LIF(0.1))
    >>> for train in encoder.push(x[:300]), encoder.push(x[300:]), encoder.finish():
    ...     print(train)
    <SpikeTrain: 106 spikes in [0, 0.299) s, 354.515 Hz>
    <SpikeTrain: 241 spikes in [0.299, 0.999) s, 344.286 Hz>
    <SpikeTrain: 1 spikes in [0.999, 1) s, 1000 Hz>
    """

    def __init__(self, fs, neuron, *, clocked=False):
        self._options = neuron, checks.number("fs", fs), checks.flag("clocked", clocked)
        if not self._start(0.0).causal:
            raise ValueError(f"{type(neuron).__name__} fits its pulse height on the whole signal and has no Encoder: use encode")
        self._runs, self._shape, self._open = [], None, True

    def push(self, x):
        """The spikes that are now certain.

        Parameters
        ----------
        x : array_like, shape (n,) or (channels, n)
            The next samples, of as many channels as before.

        Returns
        -------
        SpikeTrain, or a list of them for 2-D chunks
            From the end of the one before to that of x: with m samples known, to m / fs, or under potential drive, where the
            signal is linear up to the next sample, to (m - 1) / fs. Its window may have no length.

        Raises
        ------
        ValueError, TypeError
            Samples that are not finite, none, or of other channels; more than 2**27 spikes, after which, as after `finish`, the
            encoder is at its end.
        """
        x = checks.signal(x)
        self._check_open()
        if self._shape is None:
            self._shape = x.shape[:-1]
            self._runs = [self._start(x0) for x0 in np.atleast_2d(x)[:, 0]]
        if x.shape[:-1] != self._shape:
            wanted = f"({self._shape[0]}, n)" if self._shape else "(n,)"
            raise ValueError(f"x must have the shape {wanted} of the chunks before, not {x.shape}")
        return self._advance(np.atleast_2d(x), more=True)

    def finish(self):
        """The spikes that are left, the last sample being held under potential drive.

        Returns
        -------
        SpikeTrain, or a list of them for 2-D chunks
            To the end of the signal.

        Raises
        ------
        ValueError
            No samples so far, or an encoder at its end.
        """
        self._check_open()
        if not self._runs:
            raise ValueError("there is nothing to finish: push a chunk of at least one sample before")
        trains = self._advance(np.empty((len(self._runs), 0)), more=False)
        self._open = False
        return trains

    def _start(self, x0):
        neuron, fs, clocked = self._options
        return start(neuron, x0, fs, clocked)

    def _check_open(self):
        if not self._open:
            raise ValueError("this encoder is at its end: make another one")

    def _advance(self, x, more):
        # what fails midway cannot go on
        self._open = False
        if self._shape:
            trains = each(lambda job: job[0].push(job[1], more), zip(self._runs, x, strict=True))
        else:
            trains = self._runs[0].push(x[0], more)
        self._open = True
        return trains
