"""What the commands share: values with units, ranges, neurons, signals, pictures."""

import math
import os
import re
import sys
import tempfile
from pathlib import Path

import click

import sigdelta as sd

UNITS = {
    "amplitude": {},
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6},
    "rate": {"": 1.0, "Hz": 1.0, "kHz": 1e3},
}
MOST = 100_000


class Quantity(click.ParamType):
    """A number with its unit: `20ms`, `500Hz`, `0.1`."""

    def __init__(self, kind):
        self.kind, self.name = kind, kind

    def convert(self, value, param, ctx):
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf)\s*([a-zA-Zµ]*)", value.strip())
        units = UNITS[self.kind]
        article = "an" if self.kind == "amplitude" else "a"
        if match is None:
            self.fail(f"{value!r} is not {article} {self.kind}{_example(self.kind)}.", param, ctx)
        number, unit = float(match[1]), match[2]
        if unit in units:
            return number * units[unit]
        if unit == "" and (self.kind == "amplitude" or number in (0.0, math.inf)):
            return number
        if unit == "":
            self.fail(f"a {self.kind} needs a unit: did you mean {value.strip()}ms?", param, ctx)
        self.fail(f"unknown unit {unit!r} of {article} {self.kind}{_example(self.kind)}.", param, ctx)


class Range(click.ParamType):
    """Values of a sweep: `0.05:2:log50`, `0.05:2:lin40`, `0.1:1:step0.1`, `0.1,0.2`, `0.1` or `auto`."""

    name = "range"

    def __init__(self, kind):
        self.one = Quantity(kind)

    def get_metavar(self, param, ctx=None):
        return "[RANGE]"

    def convert(self, value, param, ctx):
        if isinstance(value, list) or value == "auto":
            return value
        if ":" not in value:
            return [self.one.convert(part, param, ctx) for part in value.split(",")]
        parts = value.split(":")
        if len(parts) != 3:
            self.fail(f"{value!r} is not start:stop:logN, start:stop:linN or start:stop:stepD.", param, ctx)
        start, stop = (self.one.convert(part, param, ctx) for part in parts[:2])
        tag = re.fullmatch(r"(log|lin|step)(.+)", parts[2])
        if tag is None:
            size = re.sub("[a-z]+", "", parts[2]) or "50"
            hint = f"{parts[0]}:{parts[1]}:log{size}, :lin{size} or :step{size}"
            self.fail(f"{value!r} does not say how to divide the range: did you mean {hint}?", param, ctx)
        if tag[1] == "step":
            step = self.one.convert(tag[2], param, ctx)
            if not (step > 0 and stop >= start and (stop - start) / step < MOST):
                self.fail(f"{value!r} needs a positive step, a stop above the start, and at most {MOST} values.", param, ctx)
            return [start + i * step for i in range(math.floor((stop - start) / step + 1e-9) + 1)]
        if not (tag[2].isdecimal() and 2 <= int(tag[2]) <= MOST):
            self.fail(f"{tag[2]!r} in {value!r} must be a count from 2 to {MOST}.", param, ctx)
        if not (math.isfinite(start) and math.isfinite(stop)) or (tag[1] == "log" and not (start > 0 and stop > 0)):
            self.fail(f"{value!r} needs {'positive' if tag[1] == 'log' else 'finite'} ends.", param, ctx)
        n = int(tag[2]) - 1
        if tag[1] == "log":
            inner = [start * (stop / start) ** (i / n) for i in range(1, n)]
        else:
            inner = [start + (stop - start) * i / n for i in range(1, n)]
        return [start, *inner, stop]


class Choices(click.Choice):
    """One of several words, or some of them with commas between: then a list."""

    def convert(self, value, param, ctx):
        if isinstance(value, list):
            return value
        chosen = [super(Choices, self).convert(each, param, ctx) for each in value.split(",")]
        return chosen if len(chosen) > 1 else chosen[0]


class NeuronCommand(click.Command):
    """A command whose range options may stand bare, and that takes the fields of any neuron as options.

    `--threshold` alone is `--threshold=auto`: a word that is the name of an existing file, or does not start like a number,
    is left to be the signal. `--beta 1.8`, which is not declared, is kept for the neuron.
    """

    def parse_args(self, ctx, args):
        known = {name for option in self.get_params(ctx) for name in (*option.opts, *option.secondary_opts)}
        bare = {name for option in self.params if isinstance(option.type, Range) for name in option.opts}
        fields, out, words = {}, [], list(args)
        while words:
            word = words.pop(0)
            if word == "--":
                out += [word, *words]
                break
            name, equals, value = word.partition("=")
            if word.startswith("--") and name not in known:
                if not equals and (not words or words[0].startswith("--")):
                    raise click.UsageError(f"{name} needs a value, or is no option of {self.name}", ctx)
                fields[name[2:].replace("-", "_")] = value if equals else words.pop(0)
                continue
            after = words[0] if words else ""
            valued = after == "auto" or (re.match(r"[+-]?(\.?\d|inf)", after) and not Path(after).exists())
            out.append(f"{word}=auto" if word in bare and not valued else word)
        ctx.meta["sigdelta.fields"] = fields
        return super().parse_args(ctx, out)


def _example(kind):
    return {"amplitude": " such as 0.1", "time": " such as 20ms or 0.02s", "rate": " such as 500Hz or 44.1kHz"}[kind]


def add_options(*options):
    """One decorator of many, so that a group of options is written once."""

    def decorate(function):
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


signal_options = add_options(
    click.option("--channel", help="Channel of a file that has several: a number or a label.  [default: the first]"),
    click.option("--fs", type=Quantity("rate"), help="Sampling rate, for files that hold none."),
    click.option("--start", type=Quantity("time"), help="Read from here on."),
    click.option("--stop", type=Quantity("time"), help="Read up to here."),
    click.option("--gain", type=Quantity("amplitude"), help="Multiply the signal, as into the pA of adex."),
    click.option("--offset", type=Quantity("amplitude"), help="Then add this."),
)

neuron_options = add_options(
    click.option("--neuron", default="lif", show_default=True,
                 help="Name of `sigdelta neurons`, whose other parameters are options too: --beta 1.8."),
    click.option("--preset", help="A published firing pattern of that neuron."),
    click.option("--drive", type=Choices(["potential", "current"]),
                 help="The signal is the free potential, or an input current.  [lif: potential]"),
    click.option("--firing", type=Choices(["half", "full"]),
                 help="Fire at half the threshold (signal coder) or at it (textbook neuron).  [lif: half]"),
    click.option("--bipolar/--unipolar", default=None, help="Negative spikes (polarity) too, or not.  [lif: bipolar]"),
    click.option("--refractory", type=Choices(["integrate", "clamp"]),
                 help="While refractory, go on integrating or hold the membrane at 0.  [lif: integrate]"),
)  # fmt: skip


QUIET = "SIGDELTA_QUIET"


def _silence(ctx, param, quiet):
    if quiet and QUIET not in os.environ:
        os.environ[QUIET] = "1"
        ctx.call_on_close(lambda: os.environ.pop(QUIET, None))
    return quiet


quiet_option = click.option("--quiet", "-q", is_flag=True, callback=_silence, help="No progress bar and no messages.")


def read_signal(signal, channel, fs, start, stop, quiet=False, seed=0, gain=None, offset=None):
    """The Recording that SIGNAL names: a file, `-` for a pipe, or a name of `sigdelta signals list`."""
    if channel is not None and re.fullmatch(r"-?\d+", channel):
        channel = int(channel)
    select = {"channel": channel, "fs": fs, "start": start, "stop": stop}
    if signal == "-":
        recording = _read_pipe(select)
    elif Path(signal).exists() or signal not in sd.signals.catalogue():
        if not Path(signal).exists() and not Path(signal).suffix:
            raise click.UsageError(f"{signal!r} is neither a file nor a name of `sigdelta signals list`")
        recording = sd.load(signal, **select)
    else:
        if channel not in (None, 0):
            raise click.UsageError(f"{signal} has one channel: --channel {channel} is none of it")
        recording = sd.signals.named(signal, fs, seed)
        recording = sd.files.excerpt(recording, start, stop)
    if recording.x.ndim == 2:
        if not quiet:
            n = recording.x.shape[0]
            click.echo(f"{recording.name}: {n} channels, using the first (choose with --channel 0 … {n - 1})", err=True)
        recording = recording._replace(x=recording.x[0])
    if (gain, offset) != (None, None):
        recording = sd.files.scaled(recording, 1.0 if gain is None else gain, offset or 0.0)
        recording = recording._replace(units="" if gain is not None else recording.units)
    return recording


def _read_pipe(select):
    data = sys.stdin.buffer.read()
    suffixes = {b"RIFF": ".wav", b"\x93NUM": ".npy", b"PK\x03\x04": ".npz", b"fLaC": ".flac", b"OggS": ".ogg", b".snd": ".au"}
    handle, name = tempfile.mkstemp(suffix=suffixes.get(data[:4], ".csv"))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        piped = sd.load(name, **select)
        return piped._replace(name="-")
    finally:
        os.unlink(name)


def describe(recording):
    """One line about a signal."""
    duration = recording.x.shape[-1] / recording.fs
    return f"{recording.name}, {duration:g} s at {recording.fs:g} Hz" + (f", {recording.units}" if recording.units else "")


def reference(neuron):
    """What the error is measured against."""
    if neuron.drive == "potential":
        return "PSP against the signal itself, which is the free potential (potential drive)"
    integral = "integral" if getattr(neuron, "tau_m", None) == float("inf") else "leaky integral"
    return f"PSP against the free potential, the {integral} of the signal (current drive)"
