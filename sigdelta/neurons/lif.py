"""The leaky integrate-and-fire neuron."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from math import inf

from .. import checks
from .table import Table

CHOICES = {"drive": ("potential", "current"), "firing": ("half", "full"), "refractory": ("integrate", "clamp")}


def check_options(neuron, more=None):
    """Validate the fields that neurons share, those that this one has, and set them with the checked values `more`."""
    values = {"threshold": checks.number("threshold", neuron.threshold)}
    if "tau_m" in vars(neuron):
        values["tau_m"] = checks.number("tau_m", neuron.tau_m, finite=False)
    if "t_ref" in vars(neuron):
        values["t_ref"] = checks.number("t_ref", neuron.t_ref, open_low=False)
    values |= {name: checks.choice(name, getattr(neuron, name), options) for name, options in CHOICES.items()}
    values["bipolar"] = checks.flag("bipolar", neuron.bipolar)
    fields = {each.name for each in dataclass_fields(neuron)}
    for name, value in (values | (more or {})).items():
        if name in fields:
            object.__setattr__(neuron, name, value)
    if neuron.refractory == "clamp" and (neuron.firing, neuron.drive) != ("full", "current"):
        raise ValueError(
            'refractory="clamp" has a meaning only with firing="full" and drive="current", '
            f"not firing={neuron.firing!r}, drive={neuron.drive!r}"
        )


@dataclass(frozen=True)
class LIF(Table):
    """Leaky integrate-and-fire neuron, an asynchronous sigma-delta modulator.

    Parameters
    ----------
    threshold : float
        Height of one spike's pulse, in units of the signal (with ``tau_m=inf`` under current drive: units x seconds).
    tau_m : float
        Membrane time constant in s, which is also the decay of the post-synaptic potential; ``inf``: ideal integrator.
    t_ref : float
        Absolute refractory period in s; 1 / t_ref is the saturation rate.
    drive : {"potential", "current"}
        The signal is the free potential itself, or the input current times resistance.
    firing : {"half", "full"}
        Fire at half the threshold (the signal coder) or at the threshold (the textbook neuron).
    bipolar : bool
        Fire negative spikes at the mirrored level too.
    refractory : {"integrate", "clamp"}
        While refractory, go on integrating, or hold the membrane at 0 and lose the input.

    Notes
    -----
    ``LIF(tau_m=inf, firing="full")`` under potential drive is send-on-delta: a spike at every change by the threshold.

    Raises
    ------
    ValueError, TypeError
        A value out of range, or ``refractory="clamp"`` without ``firing="full"`` and ``drive="current"``.

    References
    ----------
    Y. C. Yoon, "LIF and simplified SRM neurons encode signals into spikes via a form of asynchronous pulse sigma-delta
    modulation", IEEE Trans. Neural Netw. Learn. Syst. 28, 1192 (2017).

    Examples
    --------
    >>> LIF(threshold=0.1, t_ref=2e-3).saturation_rate
    500.0
    """

    threshold: float = 1.0
    tau_m: float = 20e-3
    t_ref: float = 0.0
    drive: str = "potential"
    firing: str = "half"
    bipolar: bool = True
    refractory: str = "integrate"

    def __post_init__(self):
        check_options(self)

    @property
    def saturation_rate(self):
        """Maximum firing rate 1 / t_ref in Hz."""
        return 1.0 / self.t_ref if self.t_ref > 0 else inf

    @property
    def level(self):
        """Membrane potential at which the neuron fires."""
        return self.threshold / 2 if self.firing == "half" else self.threshold

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_m),)
