"""The pattern task: a recurrent network learns to draw a sum of sines, by back-propagation through time or by e-prop."""

import time

import numpy as np

from .. import checks
from .checkpoints import Checkpoint
from .eprop import EProp, stored_gradients
from .srnn import SRNN
from .tasks import Outcome

METHODS = ("bptt", "symmetric", "random", "adaptive")
DT, THETA, RATE = 1e-3, 0.03, 50.0
NETWORK = SRNN(100, (100,), 1, surrogate="triangular", gamma=0.3 / THETA, sigma=THETA, dt=DT)
TRAINED = ("hidden0.input", "hidden0.recurrent", "readout.input")


def sines(seed, steps=1000, periods=(1000, 500, 333, 200)):
    """A sum of sines of random weights (0.5 to 2) and phases, shifted to start at 0 and scaled to reach 1 or -1."""
    rng, t = np.random.default_rng(seed), np.arange(steps)
    wave = sum(rng.uniform(0.5, 2) * np.sin(2 * np.pi * t / period + rng.uniform(0, 2 * np.pi)) for period in periods)
    wave -= wave[0]
    return wave / np.abs(wave).max()


def start(seed):
    """Parameters to start from, normal weights within 1 / sqrt(inputs), and the input, one frozen Poisson pattern at 50 Hz."""
    rng, n = np.random.default_rng(seed), NETWORK.hidden[0]
    parameters = NETWORK.initial(seed, tau_m=30 * DT, b0=THETA, beta=0.0, tau_out=30 * DT)
    for name in TRAINED:
        parameters[name] = rng.standard_normal(parameters[name].shape) / np.sqrt(n)
    return parameters, (rng.random((1000, 1, NETWORK.inputs)) < RATE * DT).astype(float)


def learn_pattern(
    seed=0, epochs=2000, *, method="symmetric", rate=1e-4, target_rate=50.0, rate_cost=300.0, online=False,
    checkpoint=None, resume=False, progress=None,
):  # fmt: skip
    """The pattern task: 100 recurrent LIF neurons draw one second of a sum of sines, by gradient descent.

    Parameters
    ----------
    seed : int
        Of weights, input and target.
    method : {"bptt", "symmetric", "random", "adaptive"}
        Back-propagation through time, or e-prop with errors that come back through the readout's weights, through random ones, or
        through random ones that learn as the readout does while both decay (by 1e-4 an iteration), and so grow alike.
    epochs, rate : int, float
        Of gradient descent on half the sum over steps of the squared error.
    target_rate, rate_cost : float
        Every neuron's rate in Hz is drawn to `target_rate`, as by ``EProp.gradients``.
    online : bool
        Gradients of e-prop by `EProp`, in one pass forwards, instead of the same from the stored run, which is faster here.
    checkpoint, resume
        As for `train`; written every 100 iterations.
    progress : callable, optional
        Called with (iteration, epochs, latest), as by `train`.

    Returns
    -------
    Outcome
        Its metric is ``nmse``, the mean squared error over the variance of the target, of the last iteration.
    """
    method, epochs = checks.choice("method", method, METHODS), checks.whole("epochs", epochs, 1)
    if online and method == "bptt":
        raise ValueError("online must be False with method 'bptt', which goes backwards")
    (p, x), begin = start(seed), time.perf_counter()
    target = sines(seed)[:, None, None]
    feedback = np.random.default_rng((seed, 1)).standard_normal(p["readout.input"].T.shape) / 10 if method[0] in "ra" else None
    about = {"task": "pattern", "seed": seed, "method": method, "rate": rate, "online": online}
    file = Checkpoint(checkpoint, resume, about | {"target_rate": target_rate, "rate_cost": rate_cost}, 100)
    state = {"epoch": 0, "curves": {"nmse": [], "rate.hidden0": []}}
    state, groups = file.begin(state, {"parameters": p, "feedback": {} if feedback is None else {"feedback": feedback}})
    p, feedback, curves = groups["parameters"], groups["feedback"].get("feedback"), state["curves"]
    while state["epoch"] < epochs:
        grads, outputs, spikes = _gradients(method, p, x, target, feedback, target_rate, rate_cost, online)
        curves["nmse"].append(float(((outputs - target) ** 2).mean() / target.var()))
        curves["rate.hidden0"].append(float(spikes.mean() / DT))
        state["epoch"] += 1
        if progress:
            progress(state["epoch"], epochs, {name: curve[-1] for name, curve in curves.items()})
        for name in TRAINED:
            p[name] = p[name] - rate * grads[name]
        if method == "adaptive":
            p["readout.input"] *= 1 - 1e-4
            feedback = (feedback - rate * grads["readout.input"].T) * (1 - 1e-4)
        file.keep(state, {"parameters": p, "feedback": {} if feedback is None else {"feedback": feedback}})
    run = NETWORK.run(p, x)
    nmse = float(((run.outputs - target) ** 2).mean() / target.var())
    metrics = {"nmse": nmse, "rate": run.rates["hidden0"], "seconds": time.perf_counter() - begin}
    return Outcome(
        "pattern", seed, metrics, curves, {}, {}, run.states["hidden0"].spikes[1:, 0], run.outputs[:, 0], target[:, 0], DT
    )


def _gradients(method, p, x, target, feedback, target_rate, rate_cost, online):
    """Gradients, outputs and mean spikes of every neuron."""
    if online:
        watch = EProp(NETWORK, p, 1, feedback=feedback)
        outputs = watch.observe(x, target)
        return watch.gradients(target_rate, rate_cost), outputs, watch.rates * DT
    run = NETWORK.run(p, x)
    spikes = run.states["hidden0"].spikes[1:].mean((0, 1))
    pull = {"hidden0": rate_cost * (spikes - target_rate * DT) / len(x)}
    error = run.outputs - target
    if method == "bptt":
        return NETWORK.gradients(run, error, pull), run.outputs, spikes
    return stored_gradients(run, error, pull, feedback), run.outputs, spikes
