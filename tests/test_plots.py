"""Plots draw what they are given on the axes they are given, and refuse what they cannot draw."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

import sigdelta as sd

mpl.use("agg")
X = np.sin(np.arange(2000) / 40)


@pytest.fixture
def axes():
    figure, axes = plt.subplots(3)
    yield axes
    plt.close(figure)


def test_plot_sweep_draws_one_line_a_saturation_rate_through_the_values(axes):
    result = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 0.4, 3.0], t_ref=[0.0, 2e-3, 5e-3])
    assert sd.plots.plot_sweep(result, axes=axes) is axes
    lines = [line for line in axes[0].lines if len(line.get_xdata()) == 4]
    assert [line.get_label() for line in lines] == ["no limit", "500 Hz", "200 Hz"]
    for i, line in enumerate(lines):
        assert np.array_equal(line.get_ydata(), result.rms_error[:, i])
    assert axes[2].get_ylabel() == "saturated (% of time)"
    assert axes[2].get_xlabel() == "threshold (units of x)"


def test_plot_sweep_refuses_other_axes():
    result = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.1, 0.2], tau_m=[1e-2, 2e-2])
    with pytest.raises(ValueError, match="select the rest first"):
        sd.plots.plot_sweep(result)


def test_plot_code_and_plot_spikes_return_the_axes(axes):
    code = sd.code(X, 1000.0, sd.LIF(0.2))
    assert sd.plots.plot_code(code, ax=axes[0], band=0.1, units="mV") is axes[0]
    assert axes[0].get_ylabel() == "potential (mV)"
    assert np.array_equal(axes[0].lines[1].get_ydata(), code.psp)
    assert sd.plots.plot_spikes(code.spikes, ax=axes[1]) is axes[1]
    ticks = sum(len(group.get_segments()) for group in axes[1].collections)
    assert ticks == len(code.spikes)


def test_a_star_marks_the_best_that_fires(axes):
    spiky = np.where(np.arange(2000) % 400 == 7, 1.0, 0.0)
    result = sd.sweep(spiky, 1000.0, sd.LIF(bipolar=False), threshold=[1.1, 1.5, 4.0])
    assert int(result.snr_db.values.argmax()) == 2
    sd.plots.plot_sweep(result, axes=axes)
    assert [line.get_xdata().tolist() for line in axes[0].lines if line.get_marker() == "*"] == [[1.1]]
    silent = sd.sweep(X, 1000.0, sd.LIF(), threshold=[3.0, 4.0])
    assert not [line for line in sd.plots.plot_sweep(silent, axes=plt.figure().subplots(3))[0].lines if line.get_marker() == "*"]
    plt.close()


def test_plot_sweeps_draws_a_column_a_signal():
    grid = {"threshold": [0.1, 0.2, 0.4]}
    results = {name: sd.sweep(c * X, 1000.0, sd.LIF(), **grid) for name, c in (("weak", 1.0), ("strong", 2.0))}
    axes = sd.plots.plot_sweeps(results)
    assert axes.shape == (3, 2)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes[0]] == ["weak", "strong"]
    assert np.array_equal(axes[0, 1].lines[0].get_ydata(), results["strong"].rms_error)
    plt.close(axes[0, 0].figure)
