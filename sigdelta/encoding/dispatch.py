"""What every neuron must answer: a run over a signal, and its free potential. A neuron is added by registering both."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import singledispatch

import numpy as np

from ..mapped import frozen, pieces
from ..spikes import SpikeTrain

MAX_SPIKES = 2**27
NONE = np.empty(0)


@singledispatch
def start(neuron, x0, fs, clocked):
    """The `Run` of one neuron over a signal whose first sample is x0."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


@singledispatch
def free_potential(neuron, x, fs, state):
    """Free potential of one neuron for the 1-D signal x; `state`, two zeros at first, is kept for the samples that follow."""
    raise TypeError(f"neuron must be a neuron of sigdelta such as LIF(), not {neuron!r}")


@dataclass
class Run:
    """A neuron on its way through a signal that comes in chunks.

    ``step(state, x, first, more, times, heights, saturated, membrane)`` runs the kernel over x, which starts with sample `first`
    of the signal, as far as it goes, and returns the number of spikes; ``state[0]`` is then the sample at which it goes on.
    It must see `ahead` samples beyond (under potential drive, linear between samples, 1). At first there is room for `density`
    spikes a sample; ``refuse_flood(x, count)`` may raise where the train would outgrow memory.
    """

    neuron: object
    fs: float
    step: Callable
    state: np.ndarray
    ahead: int
    refuse_flood: Callable
    density: float = 0.25
    rest: np.ndarray = field(default_factory=NONE.copy)
    first: int = 0
    early: list = field(default_factory=list)
    begin: float = 0.0
    whole: np.ndarray = None
    count: int = 0
    asked: bool = False

    causal = True

    def over(self, x):
        """The run over x, of which all is known before it comes in chunks: a flood of spikes is seen before it comes."""
        self.whole = x
        return self

    def push(self, x, more=False, membrane=NONE):
        """The spikes of the stretch that the samples x make certain, or of all that is left where there are no `more`.

        Fills `membrane` with u at every sample, unless it is empty.
        """
        x = frozen(np.concatenate([self.rest, x]) if self.rest.size else x)
        end = self.first + x.size
        columns = self._spikes(x, more, membrane)
        stop = (end - (self.ahead if more else 0)) / self.fs
        n = np.searchsorted(columns[0], stop)
        # what is stamped at the end of the stretch belongs to the next one
        self.early = [[column[n:].copy() for column in columns]]
        done = int(self.state[0]) - self.first
        self.rest, self.first = x[done:].copy(), self.first + done
        begin, self.begin, self.count = self.begin, stop, self.count + n
        return SpikeTrain(columns[0][:n], columns[1][:n], begin, stop, self.neuron.kernel, columns[2][:n])

    def _spikes(self, x, more, membrane):
        """Times, heights and saturated flags, written into buffers while the kernel fills them."""
        parts, total, size = self.early.copy(), 0, int(self.density * x.size) + 1024
        while True:
            room = buffers(size)
            count = self.step(self.state, x, self.first, more, *room, membrane)
            parts.append([column[:count] for column in room])
            total += count
            if count < room[0].size:
                return [np.concatenate(column) for column in zip(*parts, strict=True)]
            self._refuse_flood(x, total)
            size = 2 * room[0].size

    def _refuse_flood(self, x, total):
        if self.whole is None:
            self.refuse_flood(x, total)
        # what can be told from the whole signal is told the first time: from then on spikes are counted
        elif not self.asked or self.count + total >= MAX_SPIKES:
            self.asked = True
            self.refuse_flood(self.whole, self.count + total)


def refuse_more(neuron, x, count):
    """Raise where a train would outgrow memory."""
    if count >= MAX_SPIKES:
        raise ValueError(f"{type(neuron).__name__} fires more than {MAX_SPIKES} (2**27) spikes, the limit a train")


def extent(x):
    """The sum of |x|, and how far it moves, beginning at 0."""
    size = moved = last = 0.0
    with np.errstate(over="ignore"):
        for piece in pieces(x):
            size += float(np.abs(piece).sum())
            moved += abs(piece[0] - last) + float(np.abs(np.diff(piece)).sum())
            last = piece[-1]
    return size, float(moved)


def buffers(size):
    """Room for the times, heights and saturated flags of `size` spikes."""
    return np.empty(size), np.empty(size), np.empty(size, bool)


def each(run, x):
    """`run` of every channel of x, in parallel threads."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(run, x))
