"""Neurons of two variables whose spike has an upswing: adaptive exponential, and Izhikevich's. In the field's own units."""

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from math import inf
from types import MappingProxyType
from typing import ClassVar

from .. import checks
from .table import Table

STEEPEST = 300.0


def _check(neuron, positive):
    """Validate and set all fields: those in `positive` above 0, the others any finite number."""
    for field in dataclass_fields(neuron):
        low = 0.0 if field.name in positive else -inf
        object.__setattr__(neuron, field.name, checks.number(field.name, getattr(neuron, field.name), low))


def _patterns(names, rows):
    """Presets by name: a row of values each, under `names`."""
    return MappingProxyType({name: MappingProxyType(dict(zip(names, row, strict=True))) for name, row in rows.items()})


@dataclass(frozen=True)
class AdEx(Table):
    """Adaptive exponential integrate-and-fire neuron, integrated with step control; spikes are located, not rounded.

    C dV/dt = g_L (E_L - V) + g_L Delta_T exp((V - V_T) / Delta_T) - w + I, tau_w dw/dt = a (V - E_L) - w; where V reaches
    `v_cut` the neuron fires, V is set to `v_reset`, and b is added to w. It starts at V = E_L, w = 0.

    As an encoder: the signal is the current I in pA, held over each sample; the free potential is that of the passive
    membrane above E_L, tau_m dy/dt = I / g_L - y, in mV, with tau_m = C / g_L; all spikes have one height in mV, the one that
    makes the psp closest to y in the mean square over the whole signal. Spike times are causal, the height is not.

    Parameters
    ----------
    c_m : float
        Membrane capacitance C in pF.
    g_l : float
        Leak conductance g_L in nS.
    e_l : float
        Resting potential E_L in mV.
    v_t : float
        Rheobase threshold V_T in mV.
    delta_t : float
        Sharpness Delta_T of the upswing in mV.
    a : float
        Subthreshold adaptation in nS; may be negative.
    tau_w : float
        Time constant of the adaptation current in s.
    b : float
        What a spike adds to the adaptation current w, in pA; above -C (v_cut - v_reset) / tau_w.
    v_reset : float
        Reset potential in mV; may lie above v_t (bursts).
    v_cut : float
        Potential in mV at which the upswing is cut and the spike stamped, above v_t.
    tolerance : float
        Largest local error of a step, relative to 1 mV + abs(V) and 1 pA + abs(w); from 1e-13 to 1e-3.

    Raises
    ------
    ValueError, TypeError
        A value out of range, v_reset or e_l at or above v_cut, v_cut at or below v_t, an upswing too steep to compute, a
        negative b so strong that spikes would crowd without end.

    References
    ----------
    R. Brette, W. Gerstner, J. Neurophysiol. 94, 3637 (2005), which gives the defaults (there with the cut at 20 mV);
    R. Naud, N. Marcille, C. Clopath, W. Gerstner, Biol. Cybern. 99, 335 (2008), which gives the presets' patterns.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> neuron = sd.AdEx.preset("tonic")
    >>> spikes = sd.encode(np.full(600, sd.AdEx.currents["tonic"]), 1000.0, neuron)
    >>> print(len(spikes), f"{spikes.times[0] * 1e3:.6f} ms")
    62 14.222934 ms
    """

    c_m: float = 281.0
    g_l: float = 30.0
    e_l: float = -70.6
    v_t: float = -50.4
    delta_t: float = 2.0
    a: float = 4.0
    tau_w: float = 144e-3
    b: float = 80.5
    v_reset: float = -70.6
    v_cut: float = 0.0
    tolerance: float = 1e-12

    units: ClassVar[MappingProxyType] = MappingProxyType(
        {**dict.fromkeys(("e_l", "v_t", "delta_t", "v_reset", "v_cut"), "mV"), **dict.fromkeys(("g_l", "a"), "nS")}
        | {"c_m": "pF", "b": "pA", "tau_w": "s", "tolerance": "1"}
    )
    drive: ClassVar[str] = "current"
    y_units: ClassVar[str] = "mV"
    bipolar: ClassVar[bool] = False
    presets: ClassVar[MappingProxyType] = _patterns(
        ("c_m", "g_l", "e_l", "v_t", "delta_t", "a", "tau_w", "b", "v_reset"),
        {
            "tonic": (200.0, 10.0, -70.0, -50.0, 2.0, 2.0, 30e-3, 0.0, -58.0),
            "adaptation": (200.0, 12.0, -70.0, -50.0, 2.0, 2.0, 300e-3, 60.0, -58.0),
            "initial burst": (130.0, 18.0, -58.0, -50.0, 2.0, 4.0, 150e-3, 120.0, -50.0),
            "regular bursting": (200.0, 10.0, -58.0, -50.0, 2.0, 2.0, 120e-3, 100.0, -46.0),
            "delayed accelerating": (200.0, 12.0, -70.0, -50.0, 2.0, -10.0, 300e-3, 0.0, -58.0),
            "delayed regular bursting": (100.0, 10.0, -65.0, -50.0, 2.0, -10.0, 90e-3, 30.0, -47.0),
            "transient": (100.0, 10.0, -65.0, -50.0, 2.0, 10.0, 90e-3, 100.0, -47.0),
            "irregular": (100.0, 12.0, -60.0, -50.0, 2.0, -11.0, 130e-3, 30.0, -48.0),
        },
    )
    currents: ClassVar[MappingProxyType] = MappingProxyType(
        dict(zip(presets, (500.0, 500.0, 400.0, 210.0, 300.0, 110.0, 180.0, 160.0), strict=True))
    )

    def __post_init__(self):
        _check(self, ("c_m", "g_l", "delta_t", "tau_w", "tolerance"))
        _check_tolerance(self.tolerance)
        for name in ("v_reset", "e_l", "v_t"):
            if getattr(self, name) >= self.v_cut:
                raise ValueError(f"{name} must be below v_cut = {self.v_cut:g} mV, not {getattr(self, name):g}")
        _check_loop("b", self.b, 1e-3 * self.c_m * (self.v_cut - self.v_reset) / self.tau_w)
        steep = (self.v_cut - self.v_t) / self.delta_t
        if steep > STEEPEST:
            raise ValueError(
                f"v_cut is {steep:g} delta_t above v_t and the exponential too steep to compute: at most {STEEPEST:g} is possible"
            )

    @classmethod
    def preset(cls, name, **changes):
        """The neuron of a published firing pattern; `currents[name]` is the step in pA that evokes it.

        Parameters
        ----------
        name : str
            "tonic", "adaptation", "initial burst", "regular bursting", "delayed accelerating",
            "delayed regular bursting", "transient" or "irregular" (chaotic: its later spikes depend on the tolerance).
        **changes
            Fields to change.

        Raises
        ------
        ValueError
            An unknown name.

        References
        ----------
        Patterns of Naud et al. (2008), with the values that P. Müller adapted to its figures, as in the example
        Naud_et_al_2008_adex_firing_patterns of Brian2.

        Examples
        --------
        >>> AdEx.preset("initial burst").v_reset, AdEx.currents["initial burst"]
        (-50.0, 400.0)
        """
        return cls(**(cls.presets[checks.choice("name", name, tuple(cls.presets))] | changes))

    @property
    def tau_m(self):
        """Membrane time constant C / g_L in s, of the free potential and of the psp."""
        return 1e-3 * self.c_m / self.g_l

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_m),)

    @property
    def saturation_rate(self):
        """Infinite: there is no absolute refractory period."""
        return inf


@dataclass(frozen=True)
class Izhikevich(Table):
    """Izhikevich's simple model, solved with step control instead of the published half-millisecond steps.

    With V in mV and t in ms, dV/dt = 0.04 V**2 + 5 V + 140 - u + I and du/dt = a (b V - u); where V reaches `v_peak` the neuron
    fires, V is set to c, and d is added to u. It starts at V = v_0, u = b v_0. Its firing differs from that of the published
    scheme, whose steps are too coarse for the upswing: at I = 10, 23 spikes in a second instead of 20 for RS.

    As an encoder: the signal is I in the model's own units (mV/ms), held over each sample. The model has no membrane time
    constant, so `tau_m` states the filter that it is compared with, tau_m dy/dt = I - y, y in the units of I; all spikes have
    one height, the one that makes the psp closest to y in the mean square over the whole signal. Spike times are causal, the
    height is not.

    Parameters
    ----------
    a : float
        Rate of recovery in 1/ms.
    b : float
        Sensitivity of recovery to V, in 1/ms.
    c : float
        Reset potential in mV.
    d : float
        What a spike adds to u, in mV/ms; above -a (v_peak - c).
    v_0 : float
        Potential at the start in mV.
    v_peak : float
        Potential in mV at which the neuron fires.
    tau_m : float
        Time constant in s of the free potential and of the psp; no part of the neuron.
    tolerance : float
        Largest local error of a step, relative to 1 + abs(V) and 1 + abs(u); from 1e-13 to 1e-3.

    Raises
    ------
    ValueError, TypeError
        A value out of range, c or v_0 at or above v_peak, a negative d so strong that spikes would crowd without end.

    References
    ----------
    E. M. Izhikevich, "Simple model of spiking neurons", IEEE Trans. Neural Netw. 14, 1569 (2003).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> [len(sd.encode(np.full(1000, 10.0), 1000.0, sd.Izhikevich.preset(name))) for name in ("RS", "CH")]
    [23, 87]
    """

    a: float = 0.02
    b: float = 0.2
    c: float = -65.0
    d: float = 8.0
    v_0: float = -65.0
    v_peak: float = 30.0
    tau_m: float = 20e-3
    tolerance: float = 1e-12

    units: ClassVar[MappingProxyType] = MappingProxyType(
        {**dict.fromkeys(("a", "b"), "1/ms"), **dict.fromkeys(("c", "v_0", "v_peak"), "mV"), "d": "mV/ms", "tolerance": "1"}
    )
    drive: ClassVar[str] = "current"
    bipolar: ClassVar[bool] = False
    presets: ClassVar[MappingProxyType] = _patterns(
        ("a", "b", "c", "d"),
        {
            "RS": (0.02, 0.2, -65.0, 8.0),
            "IB": (0.02, 0.2, -55.0, 4.0),
            "CH": (0.02, 0.2, -50.0, 2.0),
            "FS": (0.1, 0.2, -65.0, 2.0),
            "TC": (0.02, 0.25, -65.0, 0.05),
            "RZ": (0.1, 0.26, -65.0, 2.0),
            "LTS": (0.02, 0.25, -65.0, 2.0),
        },
    )

    def __post_init__(self):
        _check(self, ("a", "tau_m", "tolerance"))
        _check_tolerance(self.tolerance)
        for name in ("c", "v_0"):
            if getattr(self, name) >= self.v_peak:
                raise ValueError(f"{name} must be below v_peak = {self.v_peak:g} mV, not {getattr(self, name):g}")
        _check_loop("d", self.d, self.a * (self.v_peak - self.c))

    @classmethod
    def preset(cls, name, **changes):
        """The neuron of a published firing pattern.

        Parameters
        ----------
        name : str
            "RS" regular spiking, "IB" intrinsically bursting, "CH" chattering, "FS" fast spiking, "TC" thalamo-cortical,
            "RZ" resonator, "LTS" low-threshold spiking.
        **changes
            Fields to change.

        Raises
        ------
        ValueError
            An unknown name.

        Examples
        --------
        >>> Izhikevich.preset("FS", tau_m=10e-3)
        Izhikevich(a=0.1, b=0.2, c=-65.0, d=2.0, v_0=-65.0, v_peak=30.0, tau_m=0.01, tolerance=1e-12)
        """
        return cls(**(cls.presets[checks.choice("name", name, tuple(cls.presets))] | changes))

    @property
    def kernel(self):
        """Post-synaptic potential of a spike of height 1, as ((weight, tau), ...)."""
        return ((1.0, self.tau_m),)

    @property
    def saturation_rate(self):
        """Infinite: there is no absolute refractory period."""
        return inf


def _check_tolerance(tolerance):
    if not 1e-13 <= tolerance <= 1e-3:
        raise ValueError(f"tolerance must lie between 1e-13 (rounding) and 1e-3, not {tolerance:g}")


def _check_loop(name, jump, strongest):
    """A negative jump of the adaptation drives the next spike: at high rates it must be less than what decays between spikes."""
    if jump <= -strongest:
        raise ValueError(
            f"{name} must be above {-strongest:.6g} for this neuron, not {jump:g}: each spike would bring on the next one "
            "faster, without end"
        )
