"""SpikeTrain: what it holds, how it is sliced, what it refuses."""

import math
import pickle
from dataclasses import FrozenInstanceError
from xml.etree import ElementTree

import numpy as np
import pytest

import sigdelta as sd

KERNEL = ((1.0, 20e-3),)
TRAIN = sd.SpikeTrain([0.1, 0.2, 0.2, 0.7], [1, -1, 1, 2], 0.0, 1.0, KERNEL, [False, False, True, False])


def test_length_rate_duration_and_kernel():
    assert (len(TRAIN), TRAIN.rate, TRAIN.duration, TRAIN.tau_m, TRAIN.kernel) == (4, 4.0, 1.0, 20e-3, KERNEL)
    assert repr(TRAIN) == "<SpikeTrain: 4 spikes in [0, 1) s, 4 Hz>"
    two = sd.SpikeTrain([], [], 0, 1, [(1, 2e-3), (0.5, math.inf)])
    assert two.kernel == ((1.0, 2e-3), (0.5, math.inf))
    with pytest.raises(ValueError, match="2 exponentials"):
        _ = two.tau_m


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (slice(0.2, 0.7), ([0.2, 0.2], 0.2, 0.7)),
        (slice(None, 0.2), ([0.1], 0.0, 0.2)),
        (slice(0.15, None), ([0.2, 0.2, 0.7], 0.15, 1.0)),
        (slice(-5, 5), ([0.1, 0.2, 0.2, 0.7], 0.0, 1.0)),
        (slice(0.3, 0.4), ([], 0.3, 0.4)),
    ],
)
def test_slices_are_windows_of_absolute_time(window, expected):
    part = TRAIN[window]
    assert (part.times.tolist(), part.start, part.stop) == expected
    assert part.kernel == KERNEL
    chosen = np.isin(TRAIN.times, part.times)
    assert np.array_equal(part.heights, TRAIN.heights[chosen])
    assert np.array_equal(part.saturated, TRAIN.saturated[chosen])


@pytest.mark.parametrize("key", [0, slice(0, 1, 2), "a"])
def test_other_indices_are_refused(key):
    with pytest.raises(TypeError, match="sliced by time"):
        TRAIN[key]


def test_an_empty_window_is_refused():
    with pytest.raises(ValueError, match="stop must be at least 2"):
        TRAIN[2.0:3.0]


def test_a_window_of_no_length_has_no_spike_and_no_rate():
    empty = TRAIN[0.2:0.2]
    assert (len(empty), empty.start, empty.stop, empty.duration) == (0, 0.2, 0.2, 0.0)
    assert math.isnan(empty.rate)
    with pytest.raises(ValueError, match="times must lie in"):
        sd.SpikeTrain([0.2], [1.0], 0.2, 0.2, KERNEL)


def test_trains_are_equal_by_value_and_unhashable():
    assert sd.SpikeTrain(TRAIN.times, TRAIN.heights, 0, 1, KERNEL, TRAIN.saturated) == TRAIN
    assert sd.SpikeTrain(TRAIN.times, TRAIN.heights, 0, 1, KERNEL) != TRAIN
    assert sd.SpikeTrain(TRAIN.times, TRAIN.heights, 0, 2, KERNEL, TRAIN.saturated) != TRAIN
    assert TRAIN != "train"
    with pytest.raises(TypeError):
        hash(TRAIN)


def test_nothing_can_be_changed():
    with pytest.raises(FrozenInstanceError):
        TRAIN.start = 1.0
    for name in ("times", "heights", "saturated"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(TRAIN, name)[0] = 1
    assert pickle.loads(pickle.dumps(TRAIN)) == TRAIN


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        (([0.2, 0.1], [1, 1], 0, 1, KERNEL), ValueError, r"times\[1\] is before times\[0\]"),
        (([0.2, 1.0], [1, 1], 0, 1, KERNEL), ValueError, r"times must lie in \[0, 1\)"),
        (([-0.1], [1], 0, 1, KERNEL), ValueError, r"times must lie in \[0, 1\)"),
        (([0.1], [1, 2], 0, 1, KERNEL), ValueError, "one shape"),
        (([0.1], [1], 0, 1, KERNEL, [True, False]), ValueError, "one shape"),
        (([0.1], [1], 0, 1, KERNEL, [1]), TypeError, "True or False"),
        (([math.nan], [1], 0, 1, KERNEL), ValueError, r"times\[0\] is nan"),
        (([0.1], [math.inf], 0, 1, KERNEL), ValueError, r"heights\[0\] is inf"),
        (([[0.1]], [[1]], 0, 1, KERNEL), ValueError, "1 dimension"),
        ((["a"], [1], 0, 1, KERNEL), TypeError, "real numbers"),
        (([], [], 1, 0.5, KERNEL), ValueError, "stop must be at least 1"),
        (([], [], 0, math.inf, KERNEL), ValueError, "stop must be at least"),
        (([], [], 0, 1, ()), ValueError, "at least one"),
        (([], [], 0, 1, ((1.0, 0.0),)), ValueError, "kernel tau must be above 0"),
        (([], [], 0, 1, ((math.nan, 1.0),)), ValueError, "kernel weight"),
        (([], [], 0, 1, 20e-3), TypeError, "kernel must be"),
    ],
)
def test_bad_trains_are_named(args, error, message):
    with pytest.raises(error, match=message):
        sd.SpikeTrain(*args)


def test_a_notebook_shows_counts_rate_window_kernel_and_a_raster():
    html = TRAIN._repr_html_()
    assert "4 spikes in [0, 1) s, 4 Hz; pulse 1 exp(−t / 0.02 s)" in html
    ticks = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6]).findall("path")[1].get("d")
    assert ticks == "M60.5 16v-16M120.5 16v16M120.5 16v-16M420.5 16v-16"
    assert "pulse 1 + -1 exp(−t / 0.1 s)" in sd.SpikeTrain([], [], 0, 1, [(1, math.inf), (-1, 0.1)])._repr_html_()
    assert "<svg" not in TRAIN[0.2:0.2]._repr_html_()


def test_a_raster_has_at_most_two_ticks_a_pixel():
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(3, 4, 100_000))
    html = sd.SpikeTrain(times, rng.choice([-1.0, 1.0], times.size), 3.0, 4.0, KERNEL)._repr_html_()
    assert html.count("M") == 1200 + 1
    assert len(html) < 25_000
