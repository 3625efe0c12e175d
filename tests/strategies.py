"""Neurons and signals for hypothesis."""

import math

import numpy as np
from hypothesis import strategies as st

import sigdelta as sd

FS = 1000.0
KERNELS = (((1.0, 12e-3),), ((0.4, 3e-3), (0.6, 60e-3)), ((1.0, math.inf),))


@st.composite
def neurons(draw):
    """Any neuron that can be coded in a stream, and whether it is clocked."""
    kind = draw(st.sampled_from(["lif", "noisy", "adaptive", "multiplicative", "response", "trigger", "sigma-delta", "clocked"]))
    threshold, bipolar = draw(st.floats(0.2, 4)), draw(st.booleans())
    tau_m = draw(st.sampled_from([3e-4, 3e-3, 20e-3, 1.0, math.inf]))
    drive, firing = draw(st.sampled_from(["potential", "current"])), draw(st.sampled_from(["half", "full"]))
    t_ref = draw(st.sampled_from([0.0, 0.0, 3e-4, 1e-3, 7e-3]))
    # the potential of the ideal integrator is in x seconds
    scaled = threshold * 10 / FS if tau_m == math.inf and drive == "current" else threshold
    options = {"t_ref": t_ref, "drive": drive, "firing": firing, "bipolar": bipolar}
    if kind == "clocked":
        options |= {"t_ref": 0.0, "drive": "current", "firing": "full"}
        threshold = threshold * 10 / FS if tau_m == math.inf else threshold
        plain = sd.LIF(threshold, tau_m, **options)
        return draw(st.sampled_from([plain, sd.AdaptiveLIF(threshold, draw(st.floats(0, 2)), tau_m, **options)])), True
    if kind == "trigger":
        tau_m = min(tau_m, 1.0)
        leaky = drive == "potential" or draw(st.booleans())
        return sd.AsyncSigmaDelta(threshold / 4, tau_m, draw(st.floats(1.1, 4)), leaky, drive), False
    if kind == "sigma-delta":
        return sd.SigmaDelta(scaled, tau_m, draw(st.sampled_from([1, 2])), draw(st.sampled_from([2, 3])), drive), False
    if kind in ("lif", "noisy"):
        if drive == "current" and firing == "full" and draw(st.booleans()):
            options["refractory"] = "clamp"
        make = sd.LIF if kind == "lif" else sd.NoisyLIF
        return make(scaled, tau_m, **options), False
    if kind == "multiplicative":
        return sd.MultiplicativeLIF(threshold, draw(st.floats(0, 1)), t_ref=t_ref, drive=drive, bipolar=bipolar), False
    height = draw(st.sampled_from(["threshold", "fixed"]))
    if kind == "adaptive":
        return sd.AdaptiveLIF(scaled, draw(st.floats(0, 2)) * scaled, tau_m, increment=1.0, height=height, **options), False
    pulse, rise = draw(st.sampled_from(KERNELS)), draw(st.sampled_from([(), ((0.3 * scaled, 8e-3), (0.1 * scaled, 90e-3))]))
    return sd.SpikeResponse(scaled, pulse, rise, False, tau_m, height=height, **options), False


@st.composite
def signals(draw, neuron, n):
    """Noise, walks, steps, and noise that hugs the level at which the neuron fires."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    level = getattr(neuron, "level", neuron.threshold / (2 if getattr(neuron, "firing", "half") == "half" else 1))
    kind = draw(st.sampled_from(["walk", "noise", "steps", "hug", "touch"]))
    if kind == "walk":
        return np.cumsum(rng.standard_normal(n)) / 4
    if kind == "noise":
        return rng.standard_normal(n) * draw(st.sampled_from([0.1, 1.0, 10.0]))
    if kind == "steps":
        return rng.choice([-1.0, 0.0, 0.5, 1.0], n)
    x = level * (1 + 10.0 ** draw(st.integers(-16, -1)) * rng.standard_normal(n)) * rng.choice([-1.0, 1.0], n, p=[0.1, 0.9])
    return np.sort(x) if kind == "touch" else x
