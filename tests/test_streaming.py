"""Streams: chunks of any size give what the whole signal gives, to the bit, at once and in constant memory."""

import gc
import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import FS, KERNELS, neurons, signals

import sigdelta as sd
from sigdelta.encoding import dispatch


def joined(trains):
    """One train of contiguous ones."""
    assert trains[0].start == 0.0
    assert all(late.start == early.stop for early, late in pairwise(trains))
    columns = [np.concatenate([getattr(train, name) for train in trains]) for name in ("times", "heights", "saturated")]
    return sd.SpikeTrain(*columns[:2], 0.0, trains[-1].stop, trains[0].kernel, columns[2])


def chunks(x, sizes):
    """x in chunks of these sizes, taken in turns."""
    begin, i = 0, 0
    while begin < x.shape[-1]:
        yield x[..., begin : begin + sizes[i % len(sizes)]]
        begin, i = begin + sizes[i % len(sizes)], i + 1


SIZES = st.lists(st.sampled_from([1, 2, 3, 15, 16, 17, 31, 33, 100, 1000]), min_size=1, max_size=5)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.data(), neurons(), st.integers(1, 400), SIZES)
def test_chunks_of_any_size_give_the_train_of_the_whole_signal_with_no_delay(data, kind, n, sizes):
    neuron, clocked = kind
    x = data.draw(signals(neuron, n))
    whole = sd.encode(x, FS, neuron, clocked=clocked)
    encoder, trains, known = sd.Encoder(FS, neuron, clocked=clocked), [], 0
    lag = 1 if neuron.drive == "potential" and not isinstance(neuron, sd.SigmaDelta) else 0
    for chunk in chunks(x, sizes):
        trains.append(encoder.push(chunk))
        known += chunk.size
        assert trains[-1].stop == (known - lag) / FS
    trains.append(encoder.finish())
    assert joined(trains) == whole


@pytest.mark.parametrize("kind", ["lif", "noisy", "response"])
@pytest.mark.parametrize("drive", ["potential", "current"])
def test_a_spike_is_out_as_soon_as_its_sample_is_known(kind, drive):
    """One sample at a time: no spike before the end of the sample, under potential drive of the next one, is ever late."""
    make = {"lif": sd.LIF, "noisy": sd.NoisyLIF, "response": sd.AdaptiveLIF}[kind]
    neuron = make(0.3, drive=drive)
    x = np.random.default_rng(2).standard_normal(3000).cumsum() / 5
    whole, encoder, out = sd.encode(x, FS, neuron), sd.Encoder(FS, neuron), 0
    assert len(whole) > 300
    for m, sample in enumerate(x, start=1):
        out += len(encoder.push([sample]))
        assert out == np.sum(whole.times < (m if drive == "current" else m - 1) / FS)


def test_a_quiet_block_is_left_to_be_passed_at_once_and_a_spike_in_it_comes_with_no_delay():
    """Fifteen quiet samples, then a jump: the block is found not to be quiet only when its last sample comes."""
    for neuron in (sd.LIF(1.0, drive="current"), sd.AdaptiveLIF(1.0, drive="current")):
        x = np.concatenate([np.linspace(0.1, 0.4, 47), [300.0], np.zeros(40)])
        encoder = sd.Encoder(FS, neuron)
        quiet, loud = encoder.push(x[:47]), encoder.push(x[47:48])
        assert len(quiet) == 0
        assert len(loud) == len(sd.encode(x[:48], FS, neuron)) > 3
        assert joined([quiet, loud, encoder.push(x[48:]), encoder.finish()]) == sd.encode(x, FS, neuron)


SPARSE = [
    make(0.2, drive=drive, **options)
    for drive in ("potential", "current")
    for make, options in (
        (sd.LIF, {}),
        (sd.AdaptiveLIF, {"beta": 0.5, "increment": 1.0}),
        (sd.SpikeResponse, {"kernel": KERNELS[1], "threshold_kernel": ((0.1, 50e-3),)}),
    )
]


@pytest.mark.parametrize("neuron", SPARSE)
def test_blocks_between_spikes_round_alike_wherever_the_chunks_end(neuron):
    """Long ways between spikes, passed in blocks: one that is cut differently moves the last bits of the times after it."""
    rng = np.random.default_rng(11)
    x = np.cumsum(rng.standard_normal(8000)) / 40
    x = x - np.convolve(x, np.ones(500) / 500, "same") if neuron.drive == "potential" else 0.5 + x
    whole = sd.encode(x, FS, neuron)
    assert 50 < len(whole) < 4000
    for sizes in ([7], rng.integers(1, 40, 500).tolist()):
        encoder = sd.Encoder(FS, neuron)
        assert joined([encoder.push(chunk) for chunk in chunks(x, sizes)] + [encoder.finish()]) == whole


@pytest.mark.parametrize("make", [sd.LIF, sd.NoisyLIF, sd.AdaptiveLIF, sd.AsyncSigmaDelta, sd.SigmaDelta])
def test_a_push_that_runs_out_of_room_is_continued_to_the_bit(make, monkeypatch):
    x = np.random.default_rng(6).standard_normal(2000).cumsum() / 5
    neuron = make(0.2, drive="current")
    whole, room = sd.encode(x, FS, neuron), dispatch.buffers
    monkeypatch.setattr(dispatch, "buffers", lambda size: room(7))
    encoder = sd.Encoder(FS, neuron)
    trains = [encoder.push(chunk) for chunk in chunks(x, [300, 5])] + [encoder.finish()]
    assert max(map(len, trains)) > 7
    assert joined(trains) == whole


def test_channels_go_side_by_side():
    x = np.random.default_rng(0).standard_normal((3, 1000)).cumsum(axis=1) / 5
    encoder = sd.Encoder(FS, sd.LIF(0.2))
    parts = [encoder.push(chunk) for chunk in chunks(x, [1, 37])] + [encoder.finish()]
    for channel, whole in enumerate(sd.encode(x, FS, sd.LIF(0.2))):
        assert joined([part[channel] for part in parts]) == whole
    single = sd.Encoder(FS, sd.LIF(0.2))
    assert [len(single.push(x[:1])), len(single.finish())] == [1, 1]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_stretches_of_any_length_give_the_psp_of_the_whole_train(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    start, duration = data.draw(st.sampled_from([0.0, -3.7, 1e3])), data.draw(st.sampled_from([1e-4, 0.3, 1.0007]))
    times = np.sort(start + duration * rng.random(data.draw(st.integers(0, 200))))
    times = np.sort(np.concatenate([times, start + np.floor((times - start) * FS) / FS]))
    times = times[(times >= start) & (times < start + duration)]
    kernel = data.draw(st.sampled_from(KERNELS))
    train = sd.SpikeTrain(times, rng.standard_normal(times.size), start, start + duration, kernel)
    fs, rise = data.draw(st.sampled_from([3.0, 100.0, FS, 44100.0])), data.draw(st.sampled_from([0.0, 2e-3, 12e-3]))
    cuts = start + duration * np.sort(rng.random(data.draw(st.integers(0, 30))))
    cuts = np.sort(np.concatenate([cuts, rng.choice(times, 5) if times.size else times, cuts[:2], [start]]))
    decoder, out = sd.Decoder(fs, "psp", rise=rise), []
    for begin, stop in pairwise([start, *cuts.tolist(), train.stop]):
        out.append(decoder.push(train[begin:stop]))
        behind = (stop - start) * fs - sum(part.size for part in out)
        assert -0.6 < behind < 1.01
    out.append(decoder.finish())
    assert np.array_equal(np.concatenate(out), sd.psp(train, fs, rise=rise))


@pytest.mark.parametrize(
    ("neuron", "clocked"),
    [
        (sd.LIF(0.1), False),
        (sd.LIF(0.1, drive="current", firing="full"), True),
        (sd.NoisyLIF(0.1, t_ref=2e-3), False),
        (sd.AdaptiveLIF(0.1, drive="current"), False),
        (sd.AsyncSigmaDelta(0.1, bias=3.0), False),
        (sd.SigmaDelta(0.1), False),
    ],
)
def test_memory_stays_constant(neuron, clocked):
    x = np.sin(np.arange(20_000) / 50)
    encoder, decoder = sd.Encoder(FS, neuron, clocked=clocked), sd.Decoder(FS, rise=1e-3)

    def used_after(times):
        for _ in range(times):
            for chunk in chunks(x, [1000]):
                decoder.push(encoder.push(chunk))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        used = [used_after(2)]
        tracemalloc.reset_peak()
        # numpy keeps some small buffers of every size for reuse, and may still be filling that store; a leak goes on for ever
        while len(used) < 2 or (used[-1] - used[-2] >= 20_000 and len(used) < 7):
            used.append(used_after(20))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # a train of 400 000 samples has more than 10 000 spikes of 17 bytes
    assert used[-1] - used[-2] < 20_000
    assert peak - used[0] < 500_000


TRAIN = sd.SpikeTrain([0.1], [1.0], 0.0, 0.2, ((1.0, 20e-3),))


def test_what_cannot_be_streamed_is_refused():
    for neuron in (sd.AdEx(), sd.Izhikevich()):
        with pytest.raises(ValueError, match=f"{type(neuron).__name__} fits its pulse height on the whole signal"):
            sd.Encoder(FS, neuron)
    with pytest.raises(TypeError, match="neuron must be a neuron"):
        sd.Encoder(FS, None)
    with pytest.raises(ValueError, match="fs must be above 0"):
        sd.Encoder(0.0, sd.LIF())
    with pytest.raises(TypeError, match="clocked must be True or False"):
        sd.Encoder(FS, sd.LIF(), clocked=1)
    with pytest.raises(ValueError, match="clocked=True takes one decision a sample"):
        sd.Encoder(FS, sd.LIF(), clocked=True)


def test_bad_chunks_are_refused_and_do_no_harm():
    encoder, x = sd.Encoder(FS, sd.LIF(0.1)), np.sin(np.arange(300) / 20)
    with pytest.raises(ValueError, match="nothing to finish"):
        encoder.finish()
    first = encoder.push(x[:100])
    for chunk, message in (
        ([], "x is empty"),
        ([1.0, math.nan], r"x\[1\] is nan"),
        (np.ones((2, 3)), r"x must have the shape \(n,\) of the chunks before, not \(2, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            encoder.push(chunk)
    assert joined([first, encoder.push(x[100:]), encoder.finish()]) == sd.encode(x, FS, sd.LIF(0.1))
    several = sd.Encoder(FS, sd.LIF(0.1))
    several.push(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(2, n\) of the chunks before, not \(3, 3\)"):
        several.push(np.ones((3, 3)))
    for call in (lambda: encoder.push([1.0]), encoder.finish):
        with pytest.raises(ValueError, match="this encoder is at its end"):
            call()


def test_more_spikes_than_memory_are_refused_and_end_the_stream():
    encoder = sd.Encoder(FS, sd.LIF(1e-12, drive="current"))
    encoder.push(np.zeros(100))
    with pytest.raises(ValueError, match=r"threshold 1e-12 is too low .* the limit is 134217728"):
        encoder.push(np.ones(2000))
    with pytest.raises(ValueError, match="this encoder is at its end"):
        encoder.push([0.0])


def test_bad_stretches_are_refused_and_do_no_harm():
    decoder = sd.Decoder(FS)
    with pytest.raises(ValueError, match="nothing to finish"):
        decoder.finish()
    first = decoder.push(TRAIN[:0.1])
    for train, error, message in (
        ([TRAIN], TypeError, "train must be a SpikeTrain, of one neuron"),
        (TRAIN, ValueError, "train must start at 0.1, where the stretch before stopped, not at 0.0"),
        (TRAIN[0.15:], ValueError, "train must start at 0.1, .* not at 0.15"),
        (sd.SpikeTrain([], [], 0.1, 0.2, ((1.0, 1.0),)), ValueError, "train must have the kernel .* of the stretch before"),
    ):
        with pytest.raises(error, match=message):
            decoder.push(train)
    parts = [first, decoder.push(TRAIN[0.1:]), decoder.finish()]
    assert np.array_equal(np.concatenate(parts), sd.psp(TRAIN, FS))
    for call in (lambda: decoder.push(TRAIN), decoder.finish):
        with pytest.raises(ValueError, match="this decoder is at its end"):
            call()
    with pytest.raises(ValueError, match="decoder must be one of 'psp'"):
        sd.Decoder(FS, "best")
    with pytest.raises(TypeError, match="order"):
        sd.Decoder(FS, order=3)
    with pytest.raises(ValueError, match="rise must be at least 0"):
        sd.Decoder(FS, rise=-1.0)
    with pytest.raises(ValueError, match=r"fs 1e\+15 Hz makes 2e\+14 samples"):
        sd.Decoder(1e15).push(TRAIN)
