"""A sweep is cut into chunks of work, which any executor computes; the result depends on neither."""

from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, wait
from math import expm1, inf
from typing import NamedTuple

from ..encoding.dispatch import extent
from .cells import measure
from .lanes import supports
from .signals import Row

# a chunk is at least so long, in s, by the cost of a sample of a cell, in s; chunks in flight; how often a chunk is tried
CHUNK, COST, WINDOW, TRIES = 0.1, 25e-9, 1000, 3
# the same of a sample and of a spike where the neurons have a fast path, which is worth taking for so many at least
LANE, SPIKE, WIDTH = 0.2e-9, 50e-9, 16
# how often they fire is estimated from so many samples
LOOK = 10**5


class Chunk(NamedTuple):
    """Consecutive cells of one channel; `first` counts the cells of the sweep."""

    first: int
    row: Row
    fs: float
    neurons: list


def cut(first, row, fs, neurons, finished=()):
    """Chunks of the cells of one channel, from number `first` on, without those that are finished."""
    fast = all(supports(neuron, fs) for neuron in neurons)
    costs = _costs(row.x, fs, neurons) if fast else [COST * row.x.size] * len(neurons)
    missing = [i for i in range(len(neurons)) if first + i not in finished]
    chunks, i = [], 0
    while i < len(missing):
        j, cost = i + 1, costs[missing[i]]
        while j < len(missing) and (cost < CHUNK or (fast and j - i < WIDTH)) and missing[j] == missing[j - 1] + 1:
            cost += costs[missing[j]]
            j += 1
        chunks.append(Chunk(first + missing[i], row, fs, neurons[missing[i] : missing[j - 1] + 1]))
        i = j
    return chunks


def _costs(x, fs, neurons):
    """Seconds that each neuron of the fast path takes, roughly: it fires whenever the signal has moved by its threshold."""
    part = x[max(0, (x.size - LOOK) // 2) :][:LOOK]
    size, moved = (each / part.size for each in extent(part))
    costs = []
    for neuron in neurons:
        share = -expm1(-1.0 / (fs * neuron.tau_m)) if neuron.tau_m < inf else 1.0 / fs
        spikes = (size * share if neuron.drive == "current" else moved) / neuron.threshold
        most = 1.0 / (fs * neuron.t_ref) if neuron.t_ref > 0.0 else inf
        costs.append(x.size * (LANE + SPIKE * min(spikes, most)))
    return costs


def compute(chunks, decoder, executor, finish):
    """Compute all chunks and call ``finish(chunk, rows)`` for each, in this thread, as they end.

    A chunk whose worker died, or lost the signal, is submitted again, where the executor still takes work.
    """
    queue, pending, tries, left = deque(chunks), {}, Counter(), Counter(id(chunk.row) for chunk in chunks)
    try:
        while queue or pending:
            while queue and len(pending) < WINDOW:
                chunk = queue.popleft()
                pending[executor.submit(measure, chunk.row, chunk.fs, chunk.neurons, decoder)] = chunk
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                chunk = pending.pop(future)
                try:
                    rows = future.result()
                except (BrokenExecutor, CancelledError) as error:
                    tries[chunk.first] += 1
                    if tries[chunk.first] == TRIES:
                        raise BrokenExecutor(f"{len(chunk.neurons)} cells lost their worker {TRIES} times") from error
                    queue.append(chunk)
                    continue
                finish(chunk, rows)
                left[id(chunk.row)] -= 1
                if not left[id(chunk.row)]:
                    chunk.row.close()
    except BrokenExecutor as error:
        raise BrokenExecutor(
            f"workers died and the sweep cannot go on ({error}); with a store, it goes on from what is finished when called again"
        ) from error
    finally:
        for future in pending:
            future.cancel()
        for chunk in chunks:
            chunk.row.close()
