"""The XOR task: a Boolean function of spike times."""

import time

import numpy as np

from .spikeprop import SpikeProp, fit, spike_outcome

NETWORK = SpikeProp((3, 5, 1))
TIMES = np.array([[0, 0, 0], [0, 6, 0], [6, 0, 0], [6, 6, 0]]) * 1e-3
TARGETS = np.array([[16], [10], [10], [16]]) * 1e-3


def learn_xor(seed=0, epochs=300, *, checkpoint=None, resume=False, progress=None):
    """XOR of spike times by SpikeProp: two inputs at 0 or 6 ms and a reference at 0, output at 10 ms if they differ, else at 16
    ms.
    """
    begin = time.perf_counter()
    kept = {"checkpoint": checkpoint, "resume": resume, "progress": progress}
    lesson = fit(NETWORK, NETWORK.initial(seed), TIMES, TARGETS, cycles=epochs, goal=1.0, **kept)
    seconds = time.perf_counter() - begin
    metrics = {
        "sse": min(lesson.errors),
        "cycles": len(lesson.errors) - 1,
        "converged": float(lesson.converged),
        "seconds": seconds,
    }
    return spike_outcome("xor", seed, metrics, lesson, NETWORK.run(lesson.weights, TIMES[1:2]), TARGETS[1])
