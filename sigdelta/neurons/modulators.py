"""Modulators of signal processing, seen as neurons: asynchronous and clocked sigma-delta."""

from dataclasses import dataclass
from math import expm1, inf

from .. import checks
from .table import Table

DRIVES = ("potential", "current")


@dataclass(frozen=True)
class AsyncSigmaDelta(Table):
    """Asynchronous sigma-delta modulator, the time encoding machine: an integrator and a Schmitt trigger.

    The trigger's output z is +bias or -bias and is fed back: tau_m du/dt = x - z, and z flips where u rises to threshold / 2
    (to +bias) or falls to -threshold / 2 (to -bias). In the words of Lazar and Toth kappa = tau_m and delta = threshold / 2; only
    their product decides the flips. Each flip is a spike, as high as the jump of z: +-2 bias, the first one, at t = 0, +-bias
    with the sign of x[0]. The receiver filters z: psp is the leaky integral of z with tau_m, and the potential y that of x.

    Parameters
    ----------
    threshold : float
        Width of the trigger's hysteresis, in units of the signal.
    tau_m : float
        Time constant of the integrator, and of the receiver's filter, in s.
    bias : float
        Amplitude of z in units of the signal. A signal beyond it (leaky: beyond bias - threshold / 2) overloads the modulator: z
        stays, and the error grows until the signal is back.
    leaky : bool
        Put the receiver's filter into the loop, tau_m du/dt = x - z - u; then u is the coding error y - psp.
    drive : {"current", "potential"}
        The signal is the input, held over each sample, or (only leaky) the potential y itself, linear between samples.

    Raises
    ------
    ValueError, TypeError
        A value out of range; ``drive="potential"`` without ``leaky=True``; a leaky trigger whose level the bias cannot reach.

    Notes
    -----
    Without overload y - psp is at most threshold / 2 for the leaky modulator. For the ideal one y - psp is u less its own leaky
    integral, hence at most threshold (`error_bound`). At rest it goes on flipping, bias / (tau_m threshold) times a second.

    References
    ----------
    A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE Trans. Circuits
    Syst. I 51, 2060 (2004); E. Roza, "Analog-to-digital conversion via duty-cycle modulation", IEEE Trans. Circuits Syst. II
    44, 907 (1997).

    Examples
    --------
    >>> neuron = AsyncSigmaDelta(threshold=0.1, bias=2.0)
    >>> neuron.error_bound, neuron.input_range, neuron.kernel
    (0.1, 2.0, ((1.0, inf), (-1.0, 0.02)))
    """

    threshold: float = 1.0
    tau_m: float = 20e-3
    bias: float = 1.0
    leaky: bool = False
    drive: str = "current"

    def __post_init__(self):
        values = {name: checks.number(name, getattr(self, name)) for name in ("threshold", "tau_m", "bias")}
        values |= {"leaky": checks.flag("leaky", self.leaky), "drive": checks.choice("drive", self.drive, DRIVES)}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if self.drive == "potential" and not self.leaky:
            raise ValueError('drive="potential" needs leaky=True: the ideal integrator codes an input, drive="current"')
        if self.leaky and self.input_range <= 0:
            raise ValueError(
                f"bias must be above threshold / 2, or the leaky integrator never reaches its level, not {self.bias:g} with "
                f"threshold {self.threshold:g}"
            )

    @property
    def level(self):
        """Level of the Schmitt trigger, threshold / 2."""
        return self.threshold / 2

    @property
    def input_range(self):
        """Magnitude that an input must stay below to be coded: bias, or bias - threshold / 2 if leaky."""
        return self.bias - self.threshold / 2 if self.leaky else self.bias

    @property
    def error_bound(self):
        """Largest magnitude of y - psp for inputs within the range (potential drive: once it is within)."""
        return self.threshold / 2 if self.leaky else self.threshold

    @property
    def kernel(self):
        """Filtered step of z that a flip causes, as ((weight, tau), ...): 1 - exp(-t / tau_m)."""
        return ((1.0, inf), (-1.0, self.tau_m))


@dataclass(frozen=True)
class SigmaDelta(Table):
    """Clocked sigma-delta modulator: one decision a sample, stamped on the grid.

    The membrane integrates what the signal adds in a sample; its spike takes +-threshold away. The first order decides on the
    membrane u = y - psp, the second on the sum of all its values (with the same leak), which pushes the error out of the
    signal's band. The sampling rate of the signal is the clock.

    Parameters
    ----------
    threshold : float
        Height of a spike, in units of the signal (with ``tau_m=inf`` under current drive: units x seconds).
    tau_m : float
        Time constant of membrane and PSP in s, and of the second integrator; ``inf``: the ideal integrators of the textbooks.
    order : {1, 2}
        Number of integrators.
    levels : {2, 3}
        A spike of either sign at every sample, or none while the decision is within +-threshold / 2.
    drive : {"current", "potential"}
        The signal is the input, held over each sample (sigma-delta), or the potential itself (delta modulation).

    Raises
    ------
    ValueError, TypeError
        A value out of range.

    Notes
    -----
    Let w = y[k] - alpha y[k-1] be what the signal adds in a sample, alpha = exp(-1 / (fs tau_m)); w = x / fs for the ideal
    integrator. The first order keeps y - psp within threshold (2 levels) or threshold / 2 (3 levels) for every signal whose w is
    within (2 - alpha) or (3 - alpha) / 2 thresholds; beyond, it saturates and recovers. The second has no bound for every signal:
    its states stay bounded for constant w below one threshold (Hein and Zakhor) and, as measured, for sinusoids up to 0.9.
    `input_range` says it in units of x; nothing is refused, and spikes that overload the quantizer are marked `saturated`.

    References
    ----------
    J. C. Candy, "A use of double integration in sigma delta modulation", IEEE Trans. Commun. 33, 249 (1985); S. Hein, A. Zakhor,
    "On the stability of sigma delta modulators", IEEE Trans. Signal Process. 41, 2322 (1993); R. Schreier, G. C. Temes,
    Understanding Delta-Sigma Data Converters, Wiley (2005), chapters 2 and 3.

    Examples
    --------
    >>> SigmaDelta(threshold=1e-3, tau_m=float("inf"), order=2).input_range(1000.0)
    0.9
    """

    threshold: float = 1.0
    tau_m: float = 20e-3
    order: int = 1
    levels: int = 2
    drive: str = "current"

    def __post_init__(self):
        values = {
            "threshold": checks.number("threshold", self.threshold),
            "tau_m": checks.number("tau_m", self.tau_m, finite=False),
            "order": checks.whole("order", self.order, 1, 2),
            "levels": checks.whole("levels", self.levels, 2, 3),
            "drive": checks.choice("drive", self.drive, DRIVES),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def input_range(self, fs):
        """Largest input (current drive) that is coded at the clock fs in Hz: guaranteed for order 1, measured for order 2."""
        fs = checks.number("fs", fs)
        share = -expm1(-1.0 / (fs * self.tau_m))
        gain = 1.0 / fs if self.tau_m == inf else share
        if self.order == 2:
            return 0.9 * self.threshold / gain
        return self.threshold * (1.0 + share if self.levels == 2 else 1.0 + share / 2) / gain

    @property
    def level(self):
        """Largest magnitude of the membrane without overload at order 1: threshold (2 levels) or threshold / 2 (3 levels)."""
        return self.threshold if self.levels == 2 else self.threshold / 2

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_m),)
