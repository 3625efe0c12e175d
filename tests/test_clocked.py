"""One decision a sample: the recursion letter by letter, and what the public functions make of it."""

import math

import numpy as np
import pytest
from reference import adaptive

import sigdelta as sd
from sigdelta.kernels.clocked import clocked

FS = 1000.0


@pytest.mark.parametrize("bipolar", [True, False])
@pytest.mark.parametrize("beta", [0.0, 1.8])
@pytest.mark.parametrize("seed", range(3))
def test_decisions_heights_and_stamps_follow_the_recursion(seed, beta, bipolar):
    x = np.random.default_rng(seed).standard_normal(500) * 2 + (0 if bipolar else 1)
    tau_m, tau_adp, b0 = 9e-3, 60e-3, 0.1
    u, theta, s = adaptive(
        x, math.exp(-1 / (FS * tau_m)), math.exp(-1 / (FS * tau_adp)), b0, beta, (1.0, -1.0) if bipolar else (1.0,)
    )
    buffers, membrane = (np.empty(500), np.empty(500), np.empty(500, bool)), np.empty(500)
    jump = 1 - math.exp(-1 / (FS * tau_adp))
    n = clocked(x, 0, FS, tau_m, tau_adp, b0, beta, jump, 0.0, bipolar, np.zeros(5), *buffers, membrane)
    n = np.searchsorted(buffers[0][:n], 500 / FS)
    times, heights, saturated = (buffer[:n] for buffer in buffers)
    steps = np.flatnonzero(s)
    steps = steps[steps + 2 < 500]
    assert n > 50
    assert membrane[0] == 0.0
    assert membrane[1:] == pytest.approx(u[:-1], abs=1e-12)
    assert np.array_equal(times, (steps + 2) / FS)
    assert heights == pytest.approx(s[steps] * theta[steps + 1], rel=1e-12)
    assert np.array_equal(saturated, (s[steps] == s[steps - 1]) & (steps > 0))


@pytest.mark.parametrize("tau_m", [20e-3, math.inf])
@pytest.mark.parametrize("bipolar", [True, False])
def test_potential_minus_psp_is_the_membrane_one_step_before(tau_m, bipolar):
    x = np.random.default_rng(5).standard_normal(3000) + 0.3
    theta = 0.2 if tau_m < math.inf else 3e-3
    code = sd.code(x, FS, sd.LIF(theta, tau_m, drive="current", firing="full", bipolar=bipolar), clocked=True)
    assert len(code.spikes) > 100
    assert np.abs(code.membrane - code.error).max() < 1e-12 * max(theta, np.abs(code.y).max())
    assert np.array_equal(np.unique(code.spikes.heights), [-theta, theta] if bipolar else [theta])
    assert sd.encode(x, FS, code.neuron, clocked=True) == code.spikes


def test_one_decision_a_sample_errs_more_than_exact_times():
    x = 40 + 30 * np.sin(np.arange(20_000) / 800)
    neuron = sd.LIF(1.0, 50e-3, drive="current", firing="full")
    exact, grid = sd.code(x, FS, neuron), sd.code(x, FS, neuron, clocked=True)
    assert sd.max_error(exact.y, exact.psp) <= 1.0 + 1e-12
    assert sd.max_error(grid.y, grid.psp) > 1.5


@pytest.mark.parametrize(
    "options", [{}, {"drive": "current"}, {"firing": "full"}, {"drive": "current", "firing": "full", "t_ref": 1e-3}]
)
def test_what_has_no_meaning_on_the_grid_is_refused(options):
    with pytest.raises(ValueError, match="clocked=True takes one decision a sample: it needs"):
        sd.encode(np.ones(5), FS, sd.LIF(**options), clocked=True)
    with pytest.raises(TypeError, match="clocked must be True or False"):
        sd.encode(np.ones(5), FS, sd.LIF(drive="current", firing="full"), clocked=1)
