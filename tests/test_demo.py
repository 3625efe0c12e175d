"""The teaching page without a browser: state, views, replies, sound, and the command."""

import base64
import io
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from itertools import takewhile
from urllib.parse import parse_qs

import numpy as np
import pytest
from command import COMMAND, only_line, refused, run
from hypothesis import given
from hypothesis import strategies as st

import sigdelta as sd
from sigdelta.demo import lesson, server, sound, views
from sigdelta.demo.session import Session, packed
from sigdelta.demo.state import CONTROLS, OWN, Choice, State

ECG = sd.recording("ecg")


def words(control):
    return (
        st.sampled_from(list(control.options) or ["ecg", "sine", OWN])
        if isinstance(control, Choice)
        else st.sampled_from(control.values)
    )


@given(st.fixed_dictionaries({name: words(control) for name, control in CONTROLS.items()}), st.integers(0, 8))
def test_a_state_and_its_query_say_the_same(values, step):
    state = State(**values, step=step)
    assert State.from_query(state.query) == (state, [])


@pytest.mark.parametrize(("query", "says"), [
    ("threshold=7", "threshold must be a number from 0.002 to 3.15, not 7.0: 0.1 is used"),
    ("tau_m=nan", "tau_m must be a number from 0.001 to inf, not nan: 0.02 is used"),
    ("duration=1h", "duration must be a number from 0.5 to 10, not '1h': 4 is used"),
    ("neuron=cell", "neuron must be one of lif, adaptive"),
    ("colour=red", "'colour' is no control of this page"),
    ("step=-1", "step must be a whole number from 0, not -1: 0 is used"),
])  # fmt: skip
def test_what_a_link_gets_wrong_is_said_and_left_out(query, says):
    state, problems = State.from_query(query + "&signal=sine")
    assert state == State(signal="sine")
    assert len(problems) == 1
    assert says in problems[0]


@pytest.mark.parametrize("name", sd.neurons.FAMILY)
def test_numbers_and_lines_are_those_of_the_library(name):
    state = State(neuron=name, start=1.0, duration=2.0)
    shown = views.view(ECG, state)
    x, neuron, peak = views.neuron_for(sd.files.excerpt(ECG, 1.0, 3.0), state)
    code = sd.code(x, ECG.fs, neuron)
    assert shown.numbers["snr_db"] == code.snr_db
    assert shown.numbers["rms_error"] == sd.rms_error(code.y, code.psp)
    assert shown.numbers["spikes"] == len(code.spikes)
    assert np.array_equal(shown.arrays["target"], code.y)
    assert np.array_equal(shown.arrays["decoded"], code.psp)
    if hasattr(neuron, "threshold"):
        assert neuron.threshold == state.threshold * peak
        assert peak == pytest.approx(np.abs(code.y).max(), rel=1e-12)


def test_the_level_moves_as_the_neuron_fires():
    """Where an adaptive neuron fires, its membrane has just reached the level that the page draws."""
    fs, x = 20e3, 1 + np.sin(np.arange(20_000) / 4000)
    for neuron in (
        sd.AdaptiveLIF(0.1, beta=0.05, increment=1.0),
        sd.MultiplicativeLIF(0.1, m_f=0.3, drive="potential"),
        sd.SpikeResponse(0.1, threshold_kernel=((0.05, 0.1),)),
    ):
        code = sd.code(x, fs, neuron)
        at = np.floor(code.spikes.times[code.spikes.times > 0.1] * fs).astype(int)
        assert at.size > 20
        assert np.abs(code.membrane[at]) == pytest.approx(views.level(code)[at], abs=0.01)


def test_the_curve_is_the_sweep():
    state = State(saturation_rate=200.0)
    drawn = views.curve(ECG, state)
    result = sd.sweep(ECG.x[:1440], ECG.fs, sd.LIF(t_ref=1 / 200), threshold=drawn["swept"])
    assert drawn["swept_error"] == pytest.approx(result.rms_error.values, rel=1e-9)
    assert drawn["silent"] == pytest.approx(result.threshold.values[result.silent.values])
    assert drawn["saturating"] == pytest.approx(drawn["swept"][result.saturated_fraction.values >= 0.1])
    assert sum(drawn[name].size for name in ("coding", "saturating", "silent")) == 31


def test_thinning_keeps_extremes_and_what_a_screen_shows():
    line = np.random.default_rng(0).standard_normal(100_001)
    t, thin = views._thinned(1000.0, line=line)
    assert t.size == thin["line"].size == 2 * views.COLUMNS
    assert (thin["line"].min(), thin["line"].max()) == (line.min(), line.max())


def test_the_lesson_shows_what_it_says():
    numbers = {}
    for i in range(1, len(lesson.STEPS) + 1):
        state = lesson.step_state(i, "ecg")
        with pytest.warns(sd.RecoveryWarning) if i == 8 else pytest.MonkeyPatch.context():
            numbers[i] = views.view(sd.signals.named(state.signal), state).numbers
    assert numbers[2]["max_error"] <= numbers[2]["bound"]
    half = views.view(ECG, replace(lesson.step_state(3, "ecg"), threshold=0.025)).numbers
    assert half["snr_db"] - numbers[3]["snr_db"] == pytest.approx(6.02, abs=0.4)
    assert half["rate"] / numbers[3]["rate"] == pytest.approx(2, rel=0.1)
    better = views.view(ECG, replace(lesson.step_state(4, "ecg"), threshold=0.2)).numbers
    assert numbers[4]["saturated"] > 0.9
    assert better["snr_db"] > numbers[4]["snr_db"] + 8
    assert numbers[5]["spikes"] == 0
    assert views.view(ECG, replace(lesson.step_state(5, "ecg"), threshold=1.8)).numbers["spikes"] > 0
    plain = views.view(ECG, replace(lesson.step_state(6, "ecg"), adaptation=0.0)).numbers
    assert numbers[6]["snr_db"] > plain["snr_db"] + 5
    assert numbers[6]["rate"] < plain["rate"]
    fast = views.view(ECG, replace(lesson.step_state(7, "ecg"), tau_m=5e-3)).numbers
    assert fast["spikes"] > 5 * numbers[7]["spikes"]
    assert fast["rms_error"] == pytest.approx(numbers[7]["rms_error"], rel=0.1)
    assert numbers[8]["snr_db"] > 120


def test_long_arrays_travel_in_steps_too_fine_to_see():
    line = np.append(np.linspace(-3.0, 5.0, 1000), np.nan)
    low, high, steps = packed({"line": line})["line"].split(",")
    back = np.frombuffer(base64.b64decode(steps), "<u2")
    assert back[-1] == 65535
    assert float(low) + back[:-1] * (float(high) - float(low)) / 65534 == pytest.approx(line[:-1], abs=8 / 65534)


def uploaded(name, content, **more):
    return {"file": {"name": name, "data": base64.b64encode(content).decode(), **more}}


def test_an_upload_is_coded_and_a_long_one_gives_an_excerpt(wav):
    session = Session()
    reply = session.answer(uploaded("my tone.wav", wav.read_bytes()))
    assert parse_qs(reply["query"]) == {"signal": [OWN]}
    tone = sd.load(wav)
    assert reply["view"]["numbers"]["snr_db"] == f"{sd.code(tone.x, tone.fs, sd.LIF(0.1 * np.abs(tone.x).max())).snr_db:.2f} dB"
    assert reply["notes"] == []
    buffer = io.BytesIO()
    np.savetxt(buffer, np.sin(np.arange(50_000) / 10))
    reply = session.answer(uploaded("long.csv", buffer.getvalue(), fs=1000.0))
    assert reply["notes"] == ["long.csv lasts 50 s: choose an excerpt with Start and Length."]
    assert (
        "start must be before the end of long.csv, 50 s, not 60 s"
        in session.answer({"query": "signal=own&start=60"})["problem"].lower()
    )
    fast = session.answer(uploaded("fast.csv", buffer.getvalue(), fs=44100.0) | {})
    assert fast["notes"] == []


@pytest.mark.parametrize(("name", "content", "says"), [
    ("broken.wav", b"RIFF....", "broken.wav: "),
    ("empty.csv", b"", "empty.csv is empty"),
    ("letter.csv", b"dear,all\n", "letter.csv: "),
    ("no_rate.csv", b"1\n2\n3\n", "fs is not known"),
    ("silence.csv", b"0\n0\n0\n0\n", "silence.csv is 0 everywhere"),
    ("picture.png", b"\x89PNG", "picture.png: a signal file must end in"),
    ("../../etc/x.csv", b"nothing", "x.csv: "),
])  # fmt: skip
def test_a_broken_upload_is_told_and_the_session_goes_on(name, content, says):
    session = Session()
    fs = 100.0 if name == "silence.csv" else None
    reply = session.answer(uploaded(name, content, fs=fs))
    assert says in reply["problem"]
    assert "/tmp" not in reply["problem"]
    assert session.answer({"query": "signal=sine"})["view"]["numbers"]["spikes"] != "0"


@pytest.mark.parametrize(("query", "says"), [
    ("signal=nowhere", "no signal is called"),
    ("decoder=lowpass", "the low-pass decoder gives back an input current"),
    ("decoder=bandlimited&threshold=1", "of what bandwidth 20 Hz needs"),
    ("decoder=bandlimited&neuron=adex", "neuron"),
    ("decoder=lowpass&drive=current&bandwidth=4000", "bandwidth must be at most fs / 2"),
    ("decoder=lowpass&drive=current&bandwidth=1&duration=2", "longer than the filter|too short|needs more"),
    ("signal=pink&tau_m=0.001&threshold=0.002&duration=10", "spikes: raise the threshold"),
])  # fmt: skip
def test_a_state_without_a_meaning_is_a_problem_not_an_end(query, says):
    session = Session()
    reply = session.answer({"query": query})
    assert re.search(says, reply["problem"]), reply.get("problem", reply.keys())
    assert "view" in session.answer({"query": ""})


def test_a_link_to_somebody_elses_file_says_so():
    reply = Session().answer({"query": "signal=own"})
    assert "choose the file" in reply["notes"][0]
    assert parse_qs(reply["query"]) == {}


def test_the_curve_is_sent_when_asked_for_and_told_of_when_it_is_another():
    session = Session()
    assert "curve" in session.answer({"query": "", "curve": True})
    moved = session.answer({"query": "threshold=0.2"})
    assert ("curve" in moved, moved["curve_due"]) == (False, False)
    assert session.answer({"query": "tau_m=0.05"})["curve_due"]
    assert (
        session.answer({"query": "tau_m=0.05", "curve": True})["curve"] != session.answer({"query": "", "curve": True})["curve"]
    )


def test_a_link_to_a_step_alone_leads_to_its_settings():
    assert Session().begin("step=4")["query"] == lesson.step_state(4, "ecg").query
    assert Session().begin("step=9")["notes"] == ["the lesson has steps 1 to 8, not 9"]
    assert Session().begin("")["query"] == ""
    assert Session().begin("threshold=0.2&step=4")["query"] == "threshold=0.2&step=4"


def test_the_menu_offers_the_recordings_that_are_here(monkeypatch):
    monkeypatch.setattr("sigdelta.signals.recordings.find_spec", lambda name: None if name == "nitime" else name)
    offered = server.signals(None)
    assert {"own", "ecg", "ecg-full", "sine"} <= set(offered)
    assert not {"grasshopper", "grasshopper2"} & set(offered)


def heard(uri):
    from scipy.io import wavfile

    return wavfile.read(io.BytesIO(base64.b64decode(uri.removeprefix("data:audio/wav;base64,"))))


def test_sound_is_the_signal_or_its_pitch():
    x = np.sin(np.arange(8000) / 9)
    rate, samples = heard(sound.data_uri(x, 8000.0, 1.0))
    assert (rate, samples.size) == (8000, 8000)
    assert samples / 32767 == pytest.approx(x, abs=1e-4)
    rate, samples = heard(sound.data_uri(np.repeat([0.0, 1.0], 400), 400.0, 1.0))
    tops = [int(np.abs(np.fft.rfft(part)).argmax()) for part in (samples[:8000], samples[8000:])]
    assert (rate, tops) == (8000, [330, 660])


def test_the_command_refuses_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("demo", "--no-open", "--port", port) == (
            f"sigdelta: port {port} is in use: choose another with --port, or --port 0 for any that is free"
        )
    assert "70000" in refused("demo", "--port", 70000, code=2)
    assert "neither a file nor a name" in refused("demo", "nowhere", code=2)
    assert "must end in .html" in refused("demo", "--html", tmp_path / "lesson.pdf")
    assert "cannot be written" in refused("demo", "--html", tmp_path / "nowhere" / "lesson.html")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_browser_it_says_so_and_an_interrupt_ends_it(number):
    """Nothing to open pages with: no browser is found, and nothing else goes wrong."""
    environment = {"PATH": "", "HOME": os.environ.get("HOME", "/"), "BROWSER": "no-such-browser"}
    command = [COMMAND, "demo", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as page:
        assert page.stdout.readline().startswith("the page is at http://127.0.0.1:")
        said = list(takewhile(lambda line: line != "stop it with Ctrl-C\n", page.stderr))
        page.send_signal(number)
        last = page.communicate(timeout=30)[1].split()
    assert said[-1] == "no browser was found: open that address yourself\n"
    assert (page.returncode, last) == ((130, ["sigdelta:", "interrupted"]) if number == signal.SIGINT else (-number, []))


def test_the_lesson_is_written_about_a_signal_of_ones_own(wav, tmp_path):
    run("demo", wav, "--html", tmp_path / "lesson.html")
    text = (tmp_path / "lesson.html").read_text()
    tone = sd.load(wav)
    reply = Session(tone).answer({"query": "signal=own"})
    assert reply["view"]["numbers"]["snr_db"] in text
    assert wav.name in text


def test_the_command_without_its_extra_says_what_to_install():
    hidden = "import sys; sys.modules['bokeh'] = None; from sigdelta.cli import main; main(['demo', '--no-open'])"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, timeout=120)
    assert (done.returncode, only_line(done)) == (1, "sigdelta: the teaching page needs bokeh: pip install 'sigdelta[demo]'")


def test_help_names_its_options():
    assert {"--port", "--no-open", "--html"} <= set(run("demo", "--help", fresh=True).stdout.split())
    assert COMMAND
