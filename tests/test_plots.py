"""Plots draw what they are given on the axes they are given, and refuse what they cannot draw."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.collections import LineCollection

import sigdelta as sd

mpl.use("agg")
X = np.sin(np.arange(2000) / 40)


@pytest.fixture
def axes():
    figure, axes = plt.subplots(3)
    yield axes
    plt.close(figure)


@pytest.fixture(autouse=True)
def closed():
    """Figures that other tests left open would be drawn on."""
    plt.close("all")
    yield
    plt.close("all")


def test_plot_sweep_draws_one_line_a_saturation_rate_through_the_values(axes):
    result = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 0.4, 3.0], t_ref=[0.0, 2e-3, 5e-3])
    assert sd.plots.plot_sweep(result, axes=axes) is axes
    lines = [line for line in axes[0].lines if len(line.get_xdata()) == 4]
    assert [line.get_label() for line in lines] == ["no limit", "500 Hz", "200 Hz"]
    for i, line in enumerate(lines):
        assert np.array_equal(line.get_ydata(), result.rms_error[:, i])
    assert axes[2].get_ylabel() == "saturated (% of time)"
    assert axes[2].get_xlabel() == "threshold (units of x)"


def test_many_saturation_rates_are_told_by_a_colour_bar_and_no_limit_by_the_legend():
    rates = [np.inf, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0]
    result = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 0.4], t_ref=[1 / rate for rate in rates])
    figure = sd.plots.plot_sweep(result)[0].figure
    panel, bar = figure.axes[0], figure.axes[-1]
    assert [text.get_text() for text in panel.get_legend().get_texts()] == ["no limit", "best SNR"]
    assert bar.get_ylabel() == "saturation rate (Hz)"
    assert bar.get_ylim() == pytest.approx((20.0, 1280.0))
    lines = [line for line in panel.lines if len(line.get_xdata()) == 3]
    assert len({mpl.colors.to_hex(line.get_color()) for line in lines}) == 8


@pytest.mark.parametrize("x", [X, 0.0 * X])
def test_a_sweep_in_which_nothing_fires_is_drawn(x, tmp_path):
    result = sd.sweep(x, 1000.0, sd.LIF(), threshold=[50.0, 60.0])
    axes = sd.plots.plot_sweep(result.assign_coords(threshold=[50.0, 60.0]))  # which takes the units away
    sd.plots.save(axes[0].figure, tmp_path / "silent.png")
    assert [ax.get_yscale() for ax in axes] == ["linear"] * 3
    assert axes[0].get_xscale() == "linear"
    assert axes[2].texts[0].get_text() == "silent "


def test_what_hardly_changes_has_a_linear_axis_unless_a_panel_beside_it_changes():
    near, far = (sd.sweep(X, 1000.0, sd.LIF(), threshold=values) for values in ([0.2, 0.202], [0.02, 0.2]))
    assert [ax.get_yscale() for ax in sd.plots.plot_sweep(near)[:2]] == ["linear", "linear"]
    assert [ax.get_yscale() for ax in sd.plots.plot_sweep(far)[:2]] == ["log", "log"]
    for titled in ({"near": near, "far": far}, {"far": far, "near": near}):
        assert {ax.get_yscale() for ax in sd.plots.plot_sweeps(titled)[:2].ravel()} == {"log"}


def test_names_of_signals_are_drawn_as_they_are(tmp_path):
    names = ["a_$x^{$.wav", "2024-05-12_subject03_session2_channel17_filtered.wav", 200 * "n"]
    axes = sd.plots.plot_sweeps(sd.sweep(dict.fromkeys(names, X), 1000.0, sd.LIF(), threshold=[0.1, 0.5]))
    titles = [ax.get_title() for ax in axes[0]]
    assert titles[0] == r"a_\$x^{\$.wav, 2 s at 1000 Hz"
    assert titles[1].replace("\n", "") == f"{names[1]}, 2 s at 1000 Hz"
    assert max(len(line) for title in titles for line in title.split("\n")) <= 46
    assert "…" in titles[2]
    sd.plots.save(axes[0, 0].figure, tmp_path / "names.png")


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


def test_plot_map_marks_its_contours_on_the_colour_bar():
    result = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.05, 0.1, 0.2, 0.4], t_ref=[1e-3, 2e-3, 5e-3])
    ax = sd.plots.plot_map(result, "rate", ax=plt.figure().gca())
    lines, bar = ax.collections[1], ax.figure.axes[1]
    drawn = [level for level in lines.levels if result.rate.min() < level < result.rate.max()]
    assert len(drawn) > 3
    assert set(drawn) <= set(bar.get_yticks())
    assert [each for each in bar.collections if isinstance(each, LineCollection)]
    with pytest.raises(ValueError, match="two thresholds and two values of t_ref at least, not 4 and 1"):
        sd.plots.plot_map(result.isel(t_ref=[0]))
    with pytest.raises(ValueError, match="t_ref above 0"):
        sd.plots.plot_map(result.assign_coords(t_ref=[0.0, 1e-3, 2e-3]))


@pytest.mark.parametrize(
    "grid", [{"threshold": [0.1, 0.2], "t_ref": np.arange(20) * 1e-3}, {"threshold": [0.1], "t_ref": np.arange(1, 21) * 1e-3}]
)
def test_plot_draws_lines_where_a_map_has_no_place_for_them(grid):
    assert len(sd.plot(sd.sweep(X, 1000.0, sd.LIF(), **grid))) == 3


def test_plot_sweeps_draws_a_column_a_signal():
    grid = {"threshold": [0.1, 0.2, 0.4]}
    results = {name: sd.sweep(c * X, 1000.0, sd.LIF(), **grid) for name, c in (("weak", 1.0), ("strong", 2.0))}
    axes = sd.plots.plot_sweeps(results)
    assert axes.shape == (3, 2)
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes[0]] == ["weak", "strong"]
    assert np.array_equal(axes[0, 1].lines[0].get_ydata(), results["strong"].rms_error)
    plt.close(axes[0, 0].figure)


def test_many_signals_are_drawn_in_bands_of_like_axes(tmp_path):
    signals = {f"{i}.wav": (1 + i) * X for i in range(9)}
    axes = sd.plots.plot_sweeps(sd.sweep(signals, 1000.0, sd.LIF(), threshold=[0.1, 0.5]))
    figure = axes[0, 0].figure
    assert axes.shape == (3, 9)
    assert len(figure.axes) == 27
    assert [ax.get_title().split(",")[0] for ax in axes[0]] == list(signals)
    sd.plots.save(figure, tmp_path / "many.png")
    assert figure.get_size_inches().tolist() == [20, 12.4]
    assert {ax.get_subplotspec().rowspan.start for ax in axes[0]} == {0, 3}
    assert all(ax.get_ylim() == axes[0, 0].get_ylim() for ax in axes[0])
    assert all(any(label.get_visible() for label in ax.get_xticklabels()) for ax in axes[2])


def test_plot_panels_and_membrane_show_the_code_and_its_levels(axes):
    code = sd.code(X, 1000.0, sd.LIF(0.2))
    assert sd.plot(code, axes, units="mV") is axes
    assert np.array_equal(axes[1].lines[0].get_ydata(), code.membrane)
    assert [line.get_ydata()[0] for line in axes[1].lines[1:]] == [0.1, -0.1]
    assert [ax.get_ylabel() for ax in axes] == ["potential (mV)", "membrane (mV)", "spikes"]
    moving = sd.code(X, 1000.0, sd.AdaptiveLIF(0.2, beta=1.0))
    assert len(sd.plots.plot_membrane(moving, plt.figure().subplots()).lines) == 1
    plt.close()


def test_plot_draws_trains_populations_signals_and_recordings(axes):
    trains = sd.encode(np.stack([X, 2 * X]), 1000.0, sd.LIF(0.2))
    ticks = sum(len(group.get_segments()) for group in sd.plot(trains, axes[0]).collections)
    assert ticks == sum(map(len, trains))
    assert sd.plot(trains[0], axes[0]) is axes[0]
    shared = sd.population(X, 1000.0, sd.LIF(0.5), 3)
    assert np.array_equal(sd.plot(shared, axes[1:])[0].lines[1].get_ydata(), shared.psp)
    ecg = sd.recording("ecg")
    assert sd.plot(ecg, axes[1]).get_ylabel() == "signal (mV)"
    assert np.array_equal(sd.plot(X, axes[0], fs=1000.0).lines[-1].get_ydata(), X)


def test_plot_draws_a_spectrum_and_a_reconstruction(axes):
    code = sd.code(X, 1000.0, sd.LIF(0.2, drive="current"))
    frequencies, density = sd.noise_spectrum(code.y, code.psp, 1000.0)
    assert sd.plot((frequencies, density), axes[0], units="mV", bandwidth=20.0) is axes[0]
    assert axes[0].get_ylabel() == "power density (mV²/Hz)"
    assert np.array_equal(axes[0].lines[0].get_ydata(), density[1:])
    x_hat = sd.decode_lowpass(code.spikes, 1000.0, 20.0)
    assert np.isnan(x_hat).any(), "edges are unknown, and left out"
    assert sd.plot((X, x_hat), axes[1], fs=1000.0, spikes=code.spikes) is axes[1]
    assert [line.get_label() for line in axes[1].lines] == ["signal", "recovered"]
    assert np.array_equal(axes[1].lines[1].get_ydata(), x_hat, equal_nan=True)


def test_plot_draws_sweeps_by_their_axes():
    many = sd.sweep(X, 1000.0, sd.LIF(), threshold=[0.1, 0.2, 0.4], t_ref=np.linspace(1e-3, 8e-3, 8))
    assert sd.plot(many).get_ylabel() == "saturation rate (Hz)"
    plt.close()
    assert sd.plot(many.isel(t_ref=slice(2))).shape == (3,)
    plt.close()
    curves = sd.rate_distortion(X, 1000.0, {"half": sd.LIF(), "full": sd.LIF(firing="full")}, threshold=[0.1, 0.2, 9.0])
    ax = sd.plot(curves)
    assert [line.get_label() for line in ax.lines] == ["half", "full"]
    assert np.array_equal(ax.lines[0].get_ydata(), curves.snr_db.sel(neuron="half")[:2])
    plt.close()
    found = sd.tune(X, 1000.0, sd.LIF(), target_snr=20)
    assert "within 0.5 dB" in sd.plot(found)[0].get_title(loc="left") + sd.plot(found)[0].get_title()
    plt.close("all")
    law = sd.validity(interval=[0.1, 1.0], bandwidth=[0.1, 3.0])
    drawn = sd.plot(law).collections[0].get_array()
    assert np.array_equal(np.ravel(drawn), law.ratio_db.values.T.ravel())
    plt.close()


@pytest.mark.parametrize(
    ("result", "options", "error", "message"),
    [
        ("text", {}, TypeError, "not str"),
        ([], {}, TypeError, "not list"),
        (X, {}, TypeError, "needs fs"),
        ((X, X), {}, TypeError, "needs fs"),
        ((X, X[1:]), {"fs": 1.0}, ValueError, "of one length"),
        (X, {"fs": 0.0}, ValueError, "fs must be above 0"),
        (X * np.nan, {"fs": 1.0}, ValueError, "x"),
        (sd.LIF(), {}, TypeError, "not LIF"),
        (sd.code(np.stack([X, X]), 1000.0, sd.LIF()), {}, ValueError, "one channel"),
        (sd.encode(X, 1000.0, sd.LIF()), {"fs": 1000.0}, TypeError, "for an array only"),
        (sd.sweep(X, 1000.0, sd.LIF(), threshold=[1.0], tau_m=[0.1]), {}, ValueError, "select the rest first"),
        (sd.sweep(X, 1000.0, sd.LIF(), threshold=[1.0])[["rate"]], {}, TypeError, "not one of rate"),
    ],
)
def test_plot_refuses_what_has_no_picture(result, options, error, message):
    with pytest.raises(error, match=message):
        sd.plot(result, **options)


def test_sweeps_of_neurons_without_refractoriness_are_drawn():
    x = np.sin(np.arange(2000) / 50)
    axes = sd.plots.plot_sweeps(sd.sweep(x, 1000.0, sd.SigmaDelta(), threshold=[0.1, 0.2, 0.5]))
    assert len(axes[0, 0].lines[0].get_xdata()) == 3
