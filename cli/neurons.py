"""sigdelta neurons: the family, and how a command makes one of it."""

import dataclasses
import re

import click

import sigdelta as sd

from .options import Quantity, Range

RATES = [125.0, 250.0, 500.0, 1000.0]


@click.command()
@click.argument("name", required=False)
def neurons(name):
    """List the neurons with their parameters, defaults and sources; or one NAME, with its whole description.

    \b
    sigdelta neurons adaptive
    sigdelta sweep --neuron adaptive --beta 1.8 --tau-adp 50ms,150ms --threshold
    """
    family = sd.neurons.FAMILY
    if name is not None:
        click.echo(_class(name).__doc__)
        return
    for each, neuron in family.items():
        text = " ".join(neuron.__doc__.split())
        source = re.search(r"References ---------- (.*?)(?= Examples -|$)", text)
        click.echo(f"{each}: {text.split('. ')[0]}.")
        settings = (f"--{f.name.replace('_', '-')} {shown(f.name, f.default)}" for f in dataclasses.fields(neuron))
        click.echo(click.wrap_text("  ".join(settings), 110, "    ", "    "))
        presets = getattr(neuron, "presets", None)
        if presets:
            click.echo(click.wrap_text(f"--preset: {', '.join(presets)}", 110, "    ", "    "))
        if source:
            click.echo(click.wrap_text(source[1], 110, "    ", "    "))


def shown(name, value):
    """The value of a neuron's field as its option takes it."""
    if isinstance(value, tuple):
        return ",".join(f"{weight:g}:{1e3 * tau:g}ms" for weight, tau in value) or "()"
    if not isinstance(value, float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return f"{1e3 * value:g}ms" if _kind(name) == "time" and value < float("inf") else f"{value:g}"


def _class(name):
    family = sd.neurons.FAMILY
    if name not in family:
        raise click.UsageError(f"no neuron is called {name!r}: choose from {', '.join(family)}")
    return family[name]


def _kind(field):
    return "time" if re.match(r"(tau|t_ref)(_|$)", field) else "amplitude"


def make_neuron(ctx, name, settings, saturation_rate=None, preset=None):
    """The neuron that the options describe, and its fields that have several values, as lists.

    `settings` are options that the command declares, None where not given; the others, such as --beta, stand in ctx.meta.
    """
    neuron = _class(name)
    fields = {each.name: each for each in dataclasses.fields(neuron)}
    given = {key: value for key, value in settings.items() if value is not None} | ctx.meta.get(FIELDS, {})
    if saturation_rate is not None:
        if "t_ref" in given:
            raise click.UsageError("--saturation-rate and --t-ref are one thing: give either")
        if not all(rate > 0 for rate in saturation_rate):
            raise click.UsageError(f"--saturation-rate must be above 0, not {min(saturation_rate):g}; inf means no limit")
        given["t_ref"] = [1 / rate for rate in saturation_rate]
    grid = {}
    for key, value in given.items():
        if key not in fields:
            option = "saturation-rate" if key == "t_ref" and saturation_rate is not None else key.replace("_", "-")
            known = ", ".join(f"--{each.replace('_', '-')}" for each in fields)
            raise click.UsageError(f"{name} has no --{option}: it has {known}")
        grid[key] = _read(key, value, fields[key].default) if isinstance(value, str) else value
    fixed = {key: value[0] if isinstance(value, list) else value for key, value in grid.items()}
    many = {key: value for key, value in grid.items() if isinstance(value, list) and len(value) > 1}
    if preset is not None:
        if not hasattr(neuron, "preset"):
            raise click.UsageError(f"{name} has no presets")
        return dataclasses.replace(neuron.preset(preset), **fixed), many
    return neuron(**fixed), many


FIELDS = "sigdelta.fields"


def _read(key, text, default):
    """A field from the words of an option: like its default, or a list of such."""
    option = f"--{key.replace('_', '-')}"
    if isinstance(default, tuple):
        kernels = [_kernel(option, words) for words in text.split(";")]
        return kernels if len(kernels) > 1 else kernels[0]
    if isinstance(default, bool | int | str):
        values = [_word(option, word.strip(), default) for word in text.split(",")]
        return values if len(values) > 1 else values[0]
    try:
        return Range(_kind(key)).convert(text, None, None)
    except click.BadParameter as error:
        raise click.UsageError(f"{option}: {error.message}") from None


def _word(option, word, default):
    if isinstance(default, bool):
        if word.lower() not in ("true", "false"):
            raise click.UsageError(f"{option} must be true or false, not {word!r}")
        return word.lower() == "true"
    if isinstance(default, str):
        return word
    if not word.lstrip("-").isdecimal():
        raise click.UsageError(f"{option} must be a whole number, not {word!r}")
    return int(word)


def _kernel(option, text):
    """The pairs of `0.5:5ms,0.5:80ms`."""
    try:
        pairs = [pair.partition(":") for pair in text.split(",")]
        return tuple((Quantity("amplitude").convert(a, None, None), Quantity("time").convert(b, None, None)) for a, _, b in pairs)
    except click.BadParameter as error:
        raise click.UsageError(f"{option} must be weight:tau,..., such as 0.5:5ms,0.5:80ms: {error.message}") from None
