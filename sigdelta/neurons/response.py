"""Neurons whose pulse and threshold are sums of exponentials: adaptive, multiplicative, and the general one."""

from dataclasses import dataclass
from math import exp, inf

import numpy as np

from .. import checks
from .lif import check_options

HEIGHTS = ("threshold", "fixed")


@dataclass(frozen=True)
class AdaptiveLIF:
    """Leaky integrate-and-fire neuron with an adaptive threshold, theta(t) = threshold + beta * eta(t).

    Parameters
    ----------
    threshold : float
        Baseline threshold (b0), in units of the signal.
    beta : float
        Adaptation strength, in units of the signal; 0: a `LIF`.
    tau_m, tau_adp : float
        Time constants of the membrane (and PSP) and of the trace eta, in s.
    increment : float, optional
        Jump of eta at a spike of either sign. By default 1 - exp(-1 ms / tau_adp), and 1 - exp(-1 / (fs tau_adp)) with
        ``clocked=True``; a given value serves both.
    t_ref, drive, firing, bipolar, refractory
        As for `LIF`; eta decays during refractoriness too.
    height : {"threshold", "fixed"}
        A spike's pulse is as high as the threshold just before its own jump, or as the baseline.

    Raises
    ------
    ValueError, TypeError
        A value out of range, or options without a meaning together.

    References
    ----------
    G. Bellec et al., "Long short-term memory and learning-to-learn in networks of spiking neurons", NeurIPS 31 (2018);
    B. Yin, F. Corradi, S. M. Bohté, Nature Machine Intelligence 3, 905 (2021).

    Examples
    --------
    >>> AdaptiveLIF(threshold=0.01, beta=1.8).threshold_kernel
    ((0.011960088740938013, 0.15),)
    """

    threshold: float = 1.0
    beta: float = 1.0
    tau_m: float = 20e-3
    tau_adp: float = 150e-3
    increment: float | None = None
    t_ref: float = 0.0
    drive: str = "potential"
    firing: str = "half"
    bipolar: bool = True
    refractory: str = "integrate"
    height: str = "threshold"

    def __post_init__(self):
        increment = None if self.increment is None else checks.number("increment", self.increment, open_low=False)
        values = {
            "beta": checks.number("beta", self.beta, open_low=False),
            "tau_adp": checks.number("tau_adp", self.tau_adp),
            "increment": increment,
            "height": checks.choice("height", self.height, HEIGHTS),
        }
        check_options(self, values)

    @property
    def saturation_rate(self):
        """Maximum firing rate 1 / t_ref in Hz."""
        return 1.0 / self.t_ref if self.t_ref > 0 else inf

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_m),)

    @property
    def threshold_kernel(self):
        """What a spike adds to the threshold, as ((amount, tau), ...)."""
        increment = 1 - exp(-1e-3 / self.tau_adp) if self.increment is None else self.increment
        return ((self.beta * increment, self.tau_adp),)


@dataclass(frozen=True)
class MultiplicativeLIF:
    """Neuron with multiplicative adaptation: each spike raises the threshold by a share of itself.

    It fires where the filtered input S and its reconstruction differ by half the threshold theta; the spike's pulse is as
    high as theta just before it, and theta = threshold + sum of m_f theta(t_i) exp(-(t - t_i) / tau_gamma).

    Parameters
    ----------
    threshold : float
        Resting threshold (theta_0), in units of the signal.
    m_f : float
        Share of the threshold that a spike adds to it.
    tau_phi, tau_gamma, tau_eta : float
        Time constants in s of the unit-gain input filter, of the threshold, and of the PSP.
    t_ref, drive, bipolar
        As for `LIF`; under potential drive the signal is S itself and tau_phi unused.

    Raises
    ------
    ValueError, TypeError
        A value out of range.

    References
    ----------
    S. M. Bohte, "Efficient spike-coding with multiplicative adaptation in a spike response model", NIPS 25 (2012);
    D. Zambrano, S. M. Bohte, "Fast and efficient asynchronous neural computation with adapting spiking neural networks",
    arXiv:1609.02053 (2016).

    Examples
    --------
    >>> MultiplicativeLIF().kernel, MultiplicativeLIF().threshold_kernel
    (((1.0, 0.05),), ((0.1, 0.015),))
    """

    threshold: float = 0.1
    m_f: float = 0.1
    tau_phi: float = 2.5e-3
    tau_gamma: float = 15e-3
    tau_eta: float = 50e-3
    t_ref: float = 0.0
    drive: str = "current"
    bipolar: bool = True

    firing = "half"
    height = "threshold"
    refractory = "integrate"

    def __post_init__(self):
        values = {name: checks.number(name, getattr(self, name)) for name in ("tau_phi", "tau_gamma", "tau_eta")}
        check_options(self, values | {"m_f": checks.number("m_f", self.m_f, open_low=False)})

    @property
    def saturation_rate(self):
        """Maximum firing rate 1 / t_ref in Hz."""
        return 1.0 / self.t_ref if self.t_ref > 0 else inf

    @property
    def tau_m(self):
        """Time constant of the input filter in s."""
        return self.tau_phi

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_eta),)

    @property
    def threshold_kernel(self):
        """Share of the threshold that a spike adds to it, as ((share, tau), ...)."""
        return ((self.m_f, self.tau_gamma),)


@dataclass(frozen=True)
class SpikeResponse:
    """Spike response neuron: any sum of exponentials as pulse, and another as threshold.

    Parameters
    ----------
    threshold : float
        Baseline threshold, in units of the signal.
    kernel : tuple of (weight, tau)
        Pulse of a spike of height 1, which is subtracted from the membrane and is the PSP: sum of weight * exp(-t / tau), tau in
        s. It must start at 1 and stay between 0 and 1.
    threshold_kernel : tuple of (amount, tau)
        What a spike adds to the threshold: in units of the signal, or shares of the threshold just before (`multiplicative`).
    multiplicative : bool
        Whether threshold_kernel holds shares.
    tau_m : float
        Time constant in s of the unit-gain input filter under current drive (inf: dy/dt = x).
    t_ref, drive, firing, bipolar, height
        As for `AdaptiveLIF`.

    Raises
    ------
    ValueError, TypeError
        A value out of range; a kernel that would make the loop unstable.

    References
    ----------
    W. Gerstner, W. M. Kistler, R. Naud, L. Paninski, Neuronal Dynamics, Cambridge University Press (2014), section 6.4;
    S. M. Bohte, J. O. Rombouts, "Fractionally predictive spiking neurons", NIPS 23 (2010).

    Examples
    --------
    >>> SpikeResponse(0.1, kernel=((0.5, 5e-3), (0.5, 80e-3)), threshold_kernel=((0.05, 0.1),)).saturation_rate
    inf
    """

    threshold: float = 1.0
    kernel: tuple = ((1.0, 20e-3),)
    threshold_kernel: tuple = ()
    multiplicative: bool = False
    tau_m: float = 20e-3
    t_ref: float = 0.0
    drive: str = "potential"
    firing: str = "half"
    bipolar: bool = True
    height: str = "threshold"

    refractory = "integrate"

    def __post_init__(self):
        kernel = checks.kernel("kernel", self.kernel)
        adaptation = checks.kernel("threshold_kernel", self.threshold_kernel, empty=True)
        if min((amount for amount, _ in adaptation), default=0.0) < 0:
            raise ValueError(f"threshold_kernel must not lower the threshold, as {adaptation} does: it could reach 0")
        shortest, longest = (edge(tau if tau < inf else 1.0 for _, tau in kernel) for edge in (min, max))
        t = np.append(0.0, np.geomspace(1e-3 * shortest, 50 * longest, 4000))
        pulse = sum(weight * np.exp(-t / tau) for weight, tau in kernel)
        if abs(pulse[0] - 1) > 1e-9 or pulse.min() < -1e-9 or pulse.max() > 1 + 1e-9:
            raise ValueError(
                f"kernel must start at 1 and stay between 0 and 1, or the loop is unstable, not start at {pulse[0]:.6g} and "
                f"reach from {pulse.min():.6g} to {pulse.max():.6g}"
            )
        values = {"kernel": kernel, "threshold_kernel": adaptation}
        values["multiplicative"] = checks.flag("multiplicative", self.multiplicative)
        check_options(self, values | {"height": checks.choice("height", self.height, HEIGHTS)})

    @property
    def saturation_rate(self):
        """Maximum firing rate 1 / t_ref in Hz."""
        return 1.0 / self.t_ref if self.t_ref > 0 else inf

    @classmethod
    def power_law(cls, threshold=1.0, exponent=0.8, tau=5e-3, longest=5.0, error=0.01, **options):
        """A fractionally predictive neuron: its pulse (1 + t / tau) ** -exponent, fitted by exponentials.

        Parameters
        ----------
        threshold : float
            As for the class, like `options`.
        exponent, tau, longest : float
            Of the power law; it is fitted from 0 to `longest` (s).
        error : float
            Largest deviation of the fit that is accepted, of the 1 at which the pulse starts.

        Raises
        ------
        ValueError
            An error that forty exponentials cannot reach.

        Examples
        --------
        >>> len(SpikeResponse.power_law(0.1).kernel)
        6
        """
        from scipy.optimize import nnls

        for name, value in (("exponent", exponent), ("tau", tau), ("longest", longest), ("error", error)):
            checks.number(name, value)
        t = np.append(0.0, np.geomspace(1e-3 * tau, longest, 2000))
        goal = (1 + t / tau) ** -exponent
        for n in range(1, 41):
            taus = np.geomspace(tau / 3, 10 * longest, n) if n > 1 else np.array([tau])
            basis = np.exp(-t[:, None] / taus)
            weights, _ = nnls(np.vstack([basis, 1e4 * np.ones(n)]), np.append(goal, 1e4))
            weights /= weights.sum()
            if np.abs(basis @ weights - goal).max() <= error:
                pairs = tuple((w, s) for w, s in zip(weights.tolist(), taus.tolist(), strict=True) if w > 0)
                return cls(threshold, kernel=pairs, **options)
        raise ValueError(f"error {error:g} cannot be reached with forty exponentials: allow more, or a shorter `longest`")
