"""What periodic firing costs: threshold, pulse height and constant potential that belong to an interval."""

from math import expm1, inf

from ..neurons import LIF, AdaptiveLIF, MultiplicativeLIF


def one_of(neuron, *kinds):
    """The neuron, which must be of one of these kinds, and without noise, for a closed form to hold."""
    if not isinstance(neuron, kinds) or getattr(neuron, "threshold_noise", 0.0) > 0:
        found = type(neuron).__name__ if hasattr(neuron, "kernel") else repr(neuron)
        raise TypeError(f"neuron must be {' or '.join(kind.__name__ for kind in kinds)}, without noise, not {found}")
    return neuron


def lif(neuron):
    """The neuron, which must be a LIF, whose threshold is constant."""
    return one_of(neuron, LIF)


def adapting(neuron):
    """The neuron, which must be a LIF or an adaptive neuron with a pulse and an adaptation of one exponential each."""
    return one_of(neuron, LIF, AdaptiveLIF, MultiplicativeLIF)


def share(neuron):
    """Firing level over threshold: 0.5 with half firing, 1 with full."""
    return 0.5 if neuron.firing == "half" else 1.0


def area(neuron):
    """Area of one spike's pulse, tau_m * threshold, or its height where the pulse never decays."""
    return neuron.threshold * (1.0 if neuron.tau_m == inf else neuron.tau_m)


def heights(neuron, interval):
    """Threshold just before a spike of periodic firing, and the height of its pulse."""
    ((amount, sigma),) = getattr(neuron, "threshold_kernel", ((0.0, 1.0),))
    left = amount / expm1(interval / sigma) if interval < 700 * sigma else 0.0
    if isinstance(neuron, MultiplicativeLIF):
        theta = neuron.threshold / (1 - left) if left < 1 else inf
    else:
        theta = neuron.threshold + left
    return theta, neuron.threshold if getattr(neuron, "height", "threshold") == "fixed" else theta


def potential_of(neuron, interval):
    """Constant potential under which the neuron fires at this interval: share theta + height / (exp(interval / tau) - 1)."""
    theta, height = heights(neuron, interval)
    tau = neuron.kernel[0][1]
    return share(neuron) * theta + (height / expm1(interval / tau) if interval < 700 * tau else 0.0)
