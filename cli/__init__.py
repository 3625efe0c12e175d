"""The command line: a command parses, calls one library function, prints."""

import atexit
import gc
import os
import sys

import click

import sigdelta

from .decode import decode
from .demo import demo
from .encode import encode
from .figure import figure
from .learn import learn
from .measure import measure
from .neurons import neurons
from .plot import plot
from .signals import signals
from .sweep import sweep
from .theory import theory
from .tune import tune


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "SIGDELTA"})
@click.version_option(sigdelta.__version__, prog_name="sigdelta")
def group():
    """Show, measure and tune how spiking neurons code signals.

    Try `sigdelta sweep --threshold`: a recording is coded at forty thresholds, from saturated to silent.
    """


for command in (sweep, plot, tune, encode, decode, measure, theory, signals, neurons, figure, learn, demo):
    group.add_command(command)


def main(argv=None):
    """Run the command line; every error is one line, and the exit code 0, 1, 2 (usage) or 130 (Ctrl-C)."""
    # what the libraries make stays to the end: looking through it for garbage took a quarter of the time of a bare sweep
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    sys.exit(_run(argv))


def _run(argv):
    try:
        code = group.main(argv, prog_name="sigdelta", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("sigdelta: interrupted", err=True)
        sys.stderr.flush()
        # the threads of a sweep cannot be stopped: end the process rather than wait for them
        os._exit(130)
    except BrokenPipeError:
        _drop_stdout()
        return 1
    except (ValueError, TypeError, ImportError, OSError, MemoryError) as error:
        named = isinstance(error, OSError) and error.filename and error.strerror
        message = f"{error.filename}: {error.strerror}" if named else " ".join(str(error).split()) or type(error).__name__
        click.echo(f"sigdelta: {message}", err=True)
        if isinstance(error, OSError):
            _drop_stdout()
        return 1


def _drop_stdout():
    """Nobody reads on, or the disk is full: keep Python's own flush at exit from failing a second time."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
