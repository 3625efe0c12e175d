"""What a neuron's spikes say of its signal: linear equations, exact wherever a spike fired on its level."""

from dataclasses import dataclass
from functools import singledispatch
from math import inf, nan

import numpy as np

from ..kernels.bandlimited import read_spikes
from ..neurons import LIF, AdaptiveLIF, AsyncSigmaDelta, MultiplicativeLIF, NoisyLIF, SpikeResponse
from ..spikes import SpikeTrain


@dataclass(frozen=True)
class Rule:
    """How the spikes of a neuron are read, in the words of `read_spikes`.

    Current drive: y is `gain` times the integral of x(s) exp(-(t - s) / tau). A spike of height h fires at share * |h|, or share
    times the threshold where all heights are the `baseline` (`fixed`), and takes jump * h from the membrane.
    """

    kernel: tuple
    baseline: float
    share: float
    tau: float
    gain: float
    point: bool
    threshold_kernel: tuple = ()
    multiplicative: bool = False
    fixed: bool = False
    dead: float = 0.0
    jump: float = 1.0
    ramp: float = 0.0

    @property
    def needs_the_start(self):
        """Whether spikes before the first one of a train would be missed."""
        remembers = any(tau != self.tau for _, tau in self.kernel) and self.jump > 0
        return self.point or remembers or (self.fixed and bool(self.threshold_kernel))


@singledispatch
def rule(neuron):
    """The rule of a neuron, or an error where its spikes do not tell the membrane."""
    raise ValueError(
        "decode_bandlimited needs a neuron whose spikes tell its membrane, LIF, AdaptiveLIF, MultiplicativeLIF, SpikeResponse or "
        f"AsyncSigmaDelta, not {neuron!r}; decoders fitted to the signal, or psp, ask for less"
    )


@rule.register
def _(neuron: LIF):
    return _family(neuron)


@rule.register
def _(neuron: NoisyLIF):
    if neuron.threshold_noise > 0:
        raise ValueError(f"decode_bandlimited cannot know the random levels of {neuron!r}: only threshold_noise=0 is exact")
    return _family(neuron)


@rule.register(AdaptiveLIF)
@rule.register(MultiplicativeLIF)
@rule.register(SpikeResponse)
def _(neuron):
    multiplicative = getattr(neuron, "multiplicative", isinstance(neuron, MultiplicativeLIF))
    return _family(neuron, tuple(neuron.threshold_kernel), multiplicative, neuron.height == "fixed")


@rule.register
def _(neuron: AsyncSigmaDelta):
    kernel, tau = (neuron.kernel, neuron.tau_m) if neuron.leaky else (((1.0, inf),), inf)
    point, ramp = neuron.drive == "potential", 0.0 if neuron.leaky else 1 / neuron.tau_m
    share = neuron.level / (2 * neuron.bias)
    return Rule(kernel, 2 * neuron.bias, share, tau, 1 / neuron.tau_m, point, jump=0.0, ramp=ramp)


def _family(neuron, threshold_kernel=(), multiplicative=False, fixed=False):
    return Rule(
        neuron.kernel, neuron.threshold, 0.5 if neuron.firing == "half" else 1.0, neuron.tau_m,
        1.0 if neuron.tau_m == inf else 1 / neuron.tau_m, neuron.drive == "potential", threshold_kernel, multiplicative, fixed,
        neuron.t_ref if neuron.refractory == "clamp" else 0.0,
    )  # fmt: skip


class Equations:
    """Reads the train of one neuron, piece by piece, into equations: begin, end, and the value of each.

    The value is x(end) under potential drive, else the integral of x(s) exp(-(end - s) / tau) from begin to end.
    """

    def __init__(self, neuron):
        self.neuron, self.rule, self.stop = neuron, rule(neuron), None
        rates = [1 / tau for _, tau in self.rule.kernel], [1 / tau for _, tau in self.rule.threshold_kernel]
        self.pulse, self.theta_rate = (np.array(each, float) for each in rates)
        self.weight = np.array([weight for weight, _ in self.rule.kernel])
        amounts = np.array([amount for amount, _ in self.rule.threshold_kernel], float)
        self.shift, self.grow = (0 * amounts, amounts) if self.rule.multiplicative else (amounts, 0 * amounts)
        self.state, self.pulses, self.rises = np.zeros(4), np.zeros(self.pulse.size), np.zeros(amounts.size)

    def read(self, train):
        """The equations (begin, end, value) that the spikes of the next piece of the train add."""
        if not isinstance(train, SpikeTrain):
            raise TypeError(f"spikes must be a SpikeTrain, or a list of them, not {train!r}")
        self._check(train)
        if self.stop is None:
            self._begin(train)
        rule, n = self.rule, len(train)
        if self.start != 0 and rule.jump == 0 and n and np.isnan(self.state[2]):
            self.pulses[0] = -np.sign(train.heights[0]) * rule.baseline / 2
        # no spike fires on its level where a modulator starts, or where the potential jumps at the start
        started = np.abs(train.heights) < 0.75 * rule.baseline if rule.jump == 0 else train.times == self.start
        unknown = train.saturated | started
        begin, end, value, theta = (np.empty(n) for _ in range(4))
        n = read_spikes(
            train.times, train.heights, unknown, 1 / rule.tau, self.pulse, self.weight, rule.jump, rule.ramp, self.shift,
            self.grow, self.theta_rate, rule.baseline, rule.share, rule.fixed, rule.dead, rule.point, self.state, self.pulses,
            self.rises, begin, end, value, theta,
        )  # fmt: skip
        self._check_heights(train, unknown, theta)
        self.stop = train.stop
        return begin[:n], end[:n], value[:n] if rule.point else value[:n] / rule.gain

    def _check(self, train):
        same = len(train.kernel) == len(self.neuron.kernel)
        if not same or not np.allclose(train.kernel, self.neuron.kernel, rtol=1e-9, atol=0):
            raise ValueError(f"spikes have the kernel {train.kernel}, the neuron has {self.neuron.kernel}: not its train")

    def _begin(self, train):
        """A train that starts at 0 is the code from its start, where the membrane was at rest; another has lost its past."""
        whole = self.start = train.start
        if whole != 0 and self.rule.needs_the_start:
            raise ValueError(
                f"spikes start at {train.start:g} s: this neuron's membrane depends on all spikes since 0; decode the whole "
                "train and cut the result"
            )
        self.state[:] = train.start, train.start, 0.0 if whole == 0 else nan, 0.0

    def _check_heights(self, train, unknown, theta):
        """Heights that this neuron would not give are those of another; a replayed threshold forgives rounded times."""
        if self.start != 0 and self.rule.threshold_kernel:
            return
        expected = np.full(len(train), self.rule.baseline) if self.rule.fixed else theta
        slack = 1e-2 if self.rule.threshold_kernel else 1e-6
        wrong = ~unknown & ~(np.abs(np.abs(train.heights) - expected) <= slack * expected)
        if wrong.any():
            i = int(np.argmax(wrong))
            raise ValueError(
                f"heights[{i}] is {train.heights[i]:g} where {self.neuron!r} gives {expected[i]:g} or its negative: these are "
                "another neuron's spikes, or some are missing"
            )
