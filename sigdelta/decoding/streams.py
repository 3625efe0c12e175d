"""Decoding of trains that never end."""

from .. import checks
from ..spikes import SpikeTrain
from .lowpass import Lowpass
from .pulses import Psp

# each is constructed with (fs, **options), takes stretches by push(train), and gives arrays; finish() gives the rest
DECODERS = {"psp": Psp, "lowpass": Lowpass}


class Decoder:
    """A decoder that turns spikes into a signal as they come, in stretches of any length, in constant memory.

    All that it returns, joined, is what the function of that name makes of the whole train, to the bit.

    Parameters
    ----------
    fs : float
        Sampling rate of the result in Hz; sample k stands at the start of the first stretch + k / fs.
    decoder : {"psp", "lowpass"}
        What is made of the spikes.
    **options
        Those of the decoder, such as ``rise`` of `psp` or ``bandwidth`` of `decode_lowpass`.

    Raises
    ------
    ValueError, TypeError
        As for the decoder; a decoder or an option that does not exist.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(1000) / 50)
    >>> encoder, decoder = sd.Encoder(1000.0, sd.LIF(0.1)), sd.Decoder(1000.0)
    >>> parts = [decoder.push(encoder.push(chunk)) for chunk in np.split(x, [1, 18, 600])]
    >>> parts += [decoder.push(encoder.finish()), decoder.finish()]
    >>> [part.size for part in parts]
    [0, 17, 582, 400, 1, 0]
    >>> np.array_equal(np.concatenate(parts), sd.psp(sd.encode(x, 1000.0, sd.LIF(0.1)), 1000.0))
    True
    """

    def __init__(self, fs, decoder="psp", **options):
        self._decoder = DECODERS[checks.choice("decoder", decoder, DECODERS)](checks.number("fs", fs), **options)
        self._last, self._open = None, True

    def push(self, train):
        """The samples that no later spike can change.

        Parameters
        ----------
        train : SpikeTrain
            The next stretch: it starts where the one before stopped, and has its kernel.

        Returns
        -------
        ndarray, shape (n,)
            From the sample after the last one on; n may be 0.

        Raises
        ------
        ValueError, TypeError
            Something else than a train, a gap or an overlap, another kernel; a decoder at its end.
        """
        self._check_open()
        if not isinstance(train, SpikeTrain):
            raise TypeError(f"train must be a SpikeTrain, of one neuron, not {train!r}")
        last = self._last
        if last is not None and train.start != last.stop:
            raise ValueError(f"train must start at {last.stop!r}, where the stretch before stopped, not at {train.start!r}")
        if last is not None and train.kernel != last.kernel:
            raise ValueError(f"train must have the kernel {last.kernel} of the stretch before, not {train.kernel}")
        samples = self._decoder.push(train)
        self._last = train[train.stop :]
        return samples

    def finish(self):
        """The samples that are left.

        Returns
        -------
        ndarray, shape (n,)
            To the end of the last stretch.

        Raises
        ------
        ValueError
            No stretch so far, or a decoder at its end.
        """
        self._check_open()
        if self._last is None:
            raise ValueError("there is nothing to finish: push a spike train before")
        self._open = False
        return self._decoder.finish()

    def _check_open(self):
        if not self._open:
            raise ValueError("this decoder is at its end: make another one")
