"""sigdelta demo: the teaching page."""

from pathlib import Path

import click

import sigdelta as sd

from .options import read_signal, signal_options


@click.command()
@click.argument("signal", required=False)
@signal_options
@click.option("--port", type=click.IntRange(0, 65535), default=5006, show_default=True,
              help="Where to serve the page, on 127.0.0.1; 0: any port that is free.")  # fmt: skip
@click.option("--no-open", is_flag=True, help="Open no browser: print the address only.")
@click.option(
    "--html", type=click.Path(), help="Write the lesson into this one file instead, which needs neither Python nor a network."
)
def demo(signal, channel, fs, start, stop, gain, offset, port, no_open, html):
    """Open the teaching page: a lesson of eight steps, and every control with its effect on SIGNAL.

    Only this machine can reach it, and nothing is sent from it. It needs the extra `demo`.

    \b
    sigdelta demo
    sigdelta demo speech.wav --start 2s
    sigdelta demo --html lesson.html
    """
    own = None if signal is None else read_signal(signal, channel, fs, start, stop, gain=gain, offset=offset)
    if html is None:
        sd.demo.serve(own, port, show=not no_open, ready=lambda url, opened: _greet(url, opened, no_open))
        return
    sd.demo.write_html(html, own)
    click.echo(f"written to {html}, {Path(html).stat().st_size / 2**20:.1f} MiB")


def _greet(url, opened, no_open):
    click.echo(f"the page is at {url}")
    if not opened and not no_open:
        click.echo("no browser was found: open that address yourself", err=True)
    click.echo("stop it with Ctrl-C", err=True)
