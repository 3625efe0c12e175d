"""The same spikes as NEST's AdEx, and what NEST's fixed-step Izhikevich neuron converges to (extra `parity`).

NEST integrates `aeif_psc_delta` with adaptive steps but takes input, and stamps spikes, on its grid: a spike within a step
is reset at once and stamped at the step's end. So its times say that a spike lies in (stamp - resolution, stamp], no more.
"""

import numpy as np
import pytest
from facts import check_fact, tell

import sigdelta as sd

nest = pytest.importorskip("nest", reason="needs pip install 'sigdelta[parity]'")


def fresh(resolution):
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=resolution, print_time=False)


def record(model, settings):
    neuron, recorder = nest.Create(model, params=settings), nest.Create("spike_recorder")
    nest.Connect(neuron, recorder)
    return neuron, recorder


def adex_settings(n, **more):
    """Its parameters in NEST's names and units; times there are in ms."""
    names = {"C_m": "c_m", "g_L": "g_l", "E_L": "e_l", "V_m": "e_l", "V_th": "v_t", "Delta_T": "delta_t", "a": "a", "b": "b"}
    names |= {"V_reset": "v_reset", "V_peak": "v_cut"}
    fixed = {"tau_w": 1e3 * n.tau_w, "w": 0.0, "t_ref": 0.0, "gsl_error_tol": 1e-12}
    return {name: getattr(n, field) for name, field in names.items()} | fixed | more


def beside_the_grid(theirs, ours, resolution):
    """How far a time of ours lies, at worst, outside (stamp - resolution, stamp], in ms."""
    late = theirs - ours
    return max(-late.min(), (late - resolution).max(), 0.0)


def test_adex_fires_as_in_nest_on_every_pattern():
    resolution = 1e-3
    fresh(resolution)
    theirs = {
        name: record("aeif_psc_delta", adex_settings(sd.AdEx.preset(name), I_e=current))[1]
        for name, current in sd.AdEx.currents.items()
    }
    nest.Simulate(600.0)
    for name, recorder in theirs.items():
        stamps = np.sort(recorder.events["times"])
        ours = 1e3 * sd.encode(np.full(600, sd.AdEx.currents[name]), 1000.0, sd.AdEx.preset(name)).times
        check_fact(f"AdEx {name}: spikes in NEST {nest.__version__}", stamps.size, ours.size, ours.size)
        # the irregular pattern is chaotic: what two integrators differ by grows from spike to spike
        room = 1e-2 if name == "irregular" else 1e-6
        check_fact(f"AdEx {name}: worst time outside NEST's steps of 1 us (ms)", beside_the_grid(stamps, ours, resolution), room)


@pytest.mark.parametrize("name", ["tonic", "adaptation", "delayed regular bursting"])
def test_adex_fires_as_in_nest_on_a_noisy_current(name):
    """Bursts on noise pass points where trajectories part, so both integrate as finely as they can."""
    resolution, hold, n = 0.01, 2.0, 400
    neuron, mean = sd.AdEx.preset(name, tolerance=1e-13), sd.AdEx.currents[name]
    x = mean * (1 + 0.5 * np.random.default_rng(0).standard_normal(n))
    fresh(resolution)
    at = resolution + hold * np.arange(n)
    generator = nest.Create("step_current_generator", params={"amplitude_times": at, "amplitude_values": x})
    their, recorder = record("aeif_psc_delta", adex_settings(neuron, gsl_error_tol=1e-14))
    meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": resolution})
    nest.Connect(generator, their, syn_spec={"delay": resolution})
    nest.Connect(meter, their)
    nest.Simulate(hold * n)
    stamps = np.sort(recorder.events["times"])
    # switched on at `resolution`, a current arrives one delay later and acts from the step after
    held = np.concatenate([np.zeros(2), np.repeat(x, round(hold / resolution))])[: round(hold * n / resolution)]
    code = sd.code(held, 1e3 / resolution, neuron)
    ours = 1e3 * code.spikes.times
    ours = ours[ours <= hold * n - resolution]
    check_fact(f"AdEx {name}, noise: spikes in NEST", stamps.size, ours.size, ours.size)
    assert ours.size > 5
    check_fact(f"AdEx {name}, noise: worst time outside NEST's steps (ms)", beside_the_grid(stamps, ours, resolution), 1e-6)
    steps = np.rint(meter.events["times"] / resolution).astype(int)
    theirs, mine = meter.events["V_m"], code.membrane[steps]
    calm = theirs < neuron.v_t
    assert calm.mean() > 0.5
    check_fact(f"AdEx {name}, noise: V below V_T against NEST's (mV)", np.abs(theirs - mine)[calm].max(), 1e-5)


def test_nest_converges_to_izhikevich_as_its_step_shrinks():
    resolutions, far = (0.1, 0.01, 0.001), {}
    for resolution in resolutions:
        fresh(resolution)
        recorders = {}
        for name, p in sd.Izhikevich.presets.items():
            settings = {key: p[key] for key in "abcd"} | {"V_m": -65.0, "U_m": -65.0 * p["b"], "V_th": 30.0, "I_e": 10.0}
            recorders[name] = record("izhikevich", settings)[1]
        nest.Simulate(1000.0)
        for name, recorder in recorders.items():
            stamps = np.sort(recorder.events["times"])
            ours = 1e3 * sd.encode(np.full(1000, 10.0), 1000.0, sd.Izhikevich.preset(name)).times
            common = min(stamps.size, ours.size)
            far[name, resolution] = np.abs(stamps[:common] - ours[:common]).max()
            tell(f"Izhikevich {name}: NEST {stamps.size} spikes in steps of {resolution} ms, exact {ours.size}")
            if resolution == resolutions[-1]:
                check_fact(f"Izhikevich {name}: spikes in NEST, steps of 1 us", stamps.size, ours.size, ours.size)
    for name in sd.Izhikevich.presets:
        errors = [far[name, resolution] for resolution in resolutions]
        order = np.polyfit(np.log(resolutions), np.log(errors), 1)[0]
        tell(f"Izhikevich {name}: largest difference {', '.join(f'{e:.3g}' for e in errors)} ms")
        check_fact(f"Izhikevich {name}: order of NEST's convergence to the exact times (Euler: 1)", order, 0.9, 1.1)
