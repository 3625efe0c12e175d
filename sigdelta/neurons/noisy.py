"""The leaky integrate-and-fire neuron with a noisy threshold."""

from dataclasses import dataclass

from .. import checks
from .lif import LIF


@dataclass(frozen=True)
class NoisyLIF(LIF):
    """Leaky integrate-and-fire neuron whose firing level is multiplied by a random factor, drawn anew after every spike.

    The pulses keep the height `threshold`, so psp needs to know nothing of the noise and the membrane remains y - psp. The
    factors are log-normal with mean 1 (never negative). A spike that leaves the membrane beyond the opposite level does not call
    for a spike at once: that side waits until the membrane has come inside, or goes further out.

    Parameters
    ----------
    threshold, tau_m, t_ref, drive, firing, bipolar, refractory
        As for `LIF`.
    threshold_noise : float
        Standard deviation of the factor; 0: a `LIF`.
    seed : int
        Of the factors. `sweep` with a seed gives every cell its own, derived from (seed, cell index); the channels of a 2-D
        signal share one sequence of factors in `encode`.

    Raises
    ------
    ValueError, TypeError
        As for `LIF`; a negative standard deviation or seed.

    References
    ----------
    W. Gerstner, W. M. Kistler, R. Naud, L. Paninski, Neuronal Dynamics, Cambridge University Press (2014), chapter 9 (noisy
    thresholds).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = np.sin(np.arange(2000) / 50)
    >>> clean, noisy = (sd.code(x, 1000.0, NoisyLIF(0.1, threshold_noise=share)).snr_db for share in (0.0, 0.5))
    >>> bool(noisy < clean)
    True
    """

    threshold_noise: float = 0.1
    seed: int = 0

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "threshold_noise", checks.number("threshold_noise", self.threshold_noise, open_low=False))
        object.__setattr__(self, "seed", checks.whole("seed", self.seed))
