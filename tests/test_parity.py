"""The same spikes as NEST's precise integrate-and-fire neuron (extra `parity`)."""

import numpy as np
import pytest
from facts import tell

import sigdelta as sd

nest = pytest.importorskip("nest", reason="needs pip install 'sigdelta[parity]'")

STEPS, DT, TAU, T_REF = 20_000, 0.1, 20.0, 0.1  # ms
THRESHOLDS = np.linspace(0.05, 0.9, 16)


@pytest.fixture(scope="module")
def current():
    """Noise around 1, never negative, held over steps of 0.1 ms."""
    return np.maximum(1 + 0.3 * np.random.default_rng(0).standard_normal(STEPS), 0.0)


@pytest.fixture(scope="module")
def theirs(current):
    """Spike times (ms) of one NEST neuron a threshold; with C_m = tau_m a current is a voltage."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=DT, print_time=False)
    generator = nest.Create("step_current_generator")
    generator.set(amplitude_times=DT * np.arange(1, STEPS + 1), amplitude_values=current, allow_offgrid_times=True)
    fixed = {"tau_m": TAU, "C_m": TAU, "t_ref": T_REF, "E_L": 0.0, "V_m": 0.0, "V_reset": 0.0}
    neurons = [nest.Create("iaf_psc_delta_ps", params=fixed | {"V_th": float(theta)}) for theta in THRESHOLDS]
    recorders = [nest.Create("spike_recorder") for _ in neurons]
    for neuron, recorder in zip(neurons, recorders, strict=True):
        nest.Connect(generator, neuron)
        nest.Connect(neuron, recorder)
    nest.Simulate(DT * (STEPS + 20))
    return [np.sort(recorder.events["times"]) for recorder in recorders]


def test_the_same_spikes_as_nest(current, theirs):
    worst, total, delay = 0.0, 0, None
    for theta, their in zip(THRESHOLDS, theirs, strict=True):
        neuron = sd.LIF(theta, TAU * 1e-3, T_REF * 1e-3, "current", "full", bipolar=False, refractory="clamp")
        ours = 1e3 * sd.encode(current, 1e3 / DT, neuron).times
        delay = np.median(their[: ours.size] - ours) if delay is None else delay
        their = their[their < DT * STEPS + delay]
        assert their.size == ours.size
        assert ours.size > 20
        worst, total = max(worst, np.abs(their - ours - delay).max()), total + ours.size
    tell(
        f"NEST {nest.__version__}: {total} spikes at {THRESHOLDS.size} thresholds equal, one delay of {delay:.12g} ms, "
        f"largest difference {worst:.3g} ms (must be <= 1e-9)"
    )
    assert worst <= 1e-9
