"""The same spikes as NEST's precise neurons with exponential synapses, driven by precise spikes (extra `parity`)."""

import numpy as np
import pytest
from facts import tell

import sigdelta as sd

nest = pytest.importorskip("nest", reason="needs pip install 'sigdelta[parity]'")

DT, STOP, TAU, TAU_SYN, T_REF, DELAY = 0.1, 2000.0, 10.0, 2.0, 1.5, 1.0  # ms
RATES, WEIGHTS = (900.0, 500.0, 700.0), (1.3, 4.1, -0.9)  # Hz, and with C_m = tau_m a current is a voltage
THRESHOLDS = np.linspace(0.4, 3.5, 12)


def trains():
    """Poisson spikes in ms, on multiples of 2**-20 ms."""
    rng = np.random.default_rng(5)
    for rate in RATES:
        times = np.unique(np.round(rng.uniform(0.5, STOP, rng.poisson(rate * STOP * 1e-3)) * 2**20) / 2**20)
        yield times[times < STOP]


def theirs(model, tau_syn, bias):
    """Spike times (ms) of one NEST neuron a threshold."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=DT, print_time=False)
    fixed = {"tau_m": TAU, "C_m": TAU, "t_ref": T_REF, "E_L": 0.0, "V_m": 0.0, "V_reset": 0.0, "I_e": bias}
    fixed |= {"tau_syn_ex": tau_syn, "tau_syn_in": tau_syn}
    neurons = [nest.Create(model, params=fixed | {"V_th": float(theta)}) for theta in THRESHOLDS]
    recorders = [nest.Create("spike_recorder") for _ in neurons]
    for times, weight in zip(trains(), WEIGHTS, strict=True):
        generator = nest.Create("spike_generator", params={"precise_times": True, "spike_times": times})
        for neuron in neurons:
            nest.Connect(generator, neuron, syn_spec={"weight": weight, "delay": DELAY})
    for neuron, recorder in zip(neurons, recorders, strict=True):
        nest.Connect(neuron, recorder)
    nest.Simulate(STOP)
    return [np.sort(recorder.events["times"]) for recorder in recorders]


CASES = [
    (model, tau, bias)
    for model in ("iaf_psc_exp_ps", "iaf_psc_exp_ps_lossless")
    for tau in (TAU_SYN, TAU)
    for bias in (0.0, 0.35)
]


@pytest.mark.parametrize(("model", "tau_syn", "bias"), [case for case in CASES if case[:2] != ("iaf_psc_exp_ps_lossless", TAU)])
def test_the_same_spikes_as_nest(model, tau_syn, bias):
    """NEST's lossless neuron refuses equal time constants, its other one takes them."""
    inputs = [sd.SpikeTrain(times * 1e-3, np.ones(times.size), 0.0, STOP * 1e-3, ((1.0, 1.0),)) for times in trains()]
    worst, total = 0.0, 0
    for theta, their in zip(THRESHOLDS, theirs(model, tau_syn, bias), strict=True):
        neuron = sd.LIF(theta, TAU * 1e-3, T_REF * 1e-3, "current", "full", bipolar=False, refractory="clamp")
        ours = 1e3 * sd.propagate(inputs, WEIGHTS, neuron, tau_syn=tau_syn * 1e-3, delay=DELAY * 1e-3, bias=bias).times
        assert ours.size == their.size
        worst, total = max(worst, np.abs(ours - their).max()), total + ours.size
    assert total > 3000
    tell(
        f"NEST {nest.__version__} {model}, tau_syn {tau_syn:g} ms, bias {bias:g}: {total} spikes at {THRESHOLDS.size} "
        f"thresholds equal, largest difference {worst:.3g} ms (must be <= 1e-8)"
    )
    assert worst <= 1e-8
