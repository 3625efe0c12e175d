"""The options of every command, put under its heading in cli.md from the command itself."""

import re

import click
from sigdelta.cli import group

HEADING = re.compile(r"^## sigdelta (\w+)$", re.M)


def options(command, name):
    """Markdown of a command's arguments and options, and of its subcommands."""
    context = click.Context(command, info_name=name)
    usage = f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n\n"
    if isinstance(command, click.Group):
        parts = [
            f"### {name} {key}\n\n{_said(each)}\n\n{options(each, f'{name} {key}')}" for key, each in command.commands.items()
        ]
        return usage + "".join(parts)
    records = (option.get_help_record(context) for option in command.get_params(context))
    rows = [f"| `{_cell(left)}` | {_cell(right)} |\n" for left, right in filter(None, records) if right]
    return usage + "| option | |\n|---|---|\n" + "".join(rows) + "\n"


def _said(command):
    return re.split(r"\n\s*\n", command.help.strip())[0].replace("\n", " ")


def _cell(text):
    return re.sub(r"([|<*])", r"\\\1", " ".join(text.split()))


def complete(app, name, source):
    """Every section of cli.md ends with the options of the command in its heading."""
    if name != "cli":
        return
    lead, *rest = HEADING.split(source[0])
    for key, text in zip(rest[::2], rest[1::2], strict=True):
        lead += f"## sigdelta {key}{text}\n\n{options(group.commands[key], f'sigdelta {key}')}"
    source[0] = lead


def setup(app):
    app.connect("source-read", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
