"""sigdelta decode: spikes back into a signal."""

from functools import partial

import click

import sigdelta as sd

from .neurons import make_neuron
from .options import NeuronCommand, Quantity, neuron_options, quiet_option, read_signal
from .output import spare

DECODERS = ("psp", "lowpass", "wiener", "bandlimited")


@click.command(cls=NeuronCommand)
@click.argument("spikes", type=click.Path())
@click.option(
    "--decoder",
    type=click.Choice(DECODERS),
    default="psp",
    show_default=True,
    help="What the next neuron sees; spikes through a low-pass filter; through a fitted filter; exact recovery.",
)
@click.option("--fs", type=Quantity("rate"), help="Sampling rate of the result.  [default: that of the reference]")
@click.option("--reference", help="The signal that was encoded: prints the SNR against it.")
@click.option("--channel", help="Channel of the reference.")
@click.option("--bandwidth", type=Quantity("rate"), help="Of the signal; lowpass and bandlimited need it.")
@click.option(
    "--edges",
    type=click.Choice(["keep", "trim"]),
    default="keep",
    show_default=True,
    help="Ends of the result that lack spikes beyond the train.",
)
@click.option("--filter", "kept", type=click.Path(), help="Fitted filter of wiener, .npz.  [default: fit half of the reference]")
@click.option("--save-filter", type=click.Path(), help="Keep the fitted filter of wiener, .npz.")
@click.option(
    "--hold",
    type=click.Choice(["zero", "linear"]),
    help="bandlimited: the neuron saw samples, held or joined by lines, as with encode.  [default: all of a signal]",
)
@click.option("--threshold", type=Quantity("amplitude"), help="bandlimited: of the neuron that fired.")
@click.option("--saturation-rate", type=Quantity("rate"), help="bandlimited: its maximum firing rate.")
@click.option("--tau-m", type=Quantity("time"), help="bandlimited: its membrane time constant.")
@neuron_options
@click.option("-o", "--output", type=click.Path(), help="Signal file, .wav, .npy, .npz, .csv or .tsv.  [default: CSV on stdout]")
@quiet_option
@click.pass_context
def decode(
    ctx, spikes, decoder, fs, reference, channel, bandwidth, edges, kept, save_filter, hold, neuron, preset, saturation_rate,
    output, quiet, **settings,
):  # fmt: skip
    """Decode a spike file into a signal.

    \b
    sigdelta decode speech.npz --reference speech.wav -o heard.wav
    sigdelta decode speech.npz --decoder wiener --reference speech.wav -o heard.wav
    sigdelta decode ecg.npz --decoder bandlimited --bandwidth 40Hz --threshold 0.05 --hold linear --reference ecg -o heard.wav
    """
    if fs is None and reference is None:
        raise click.UsageError("give --fs, the sampling rate of the result, or --reference, the signal that was encoded")
    if decoder in ("lowpass", "bandlimited") and bandwidth is None:
        raise click.UsageError(f"--decoder {decoder} needs --bandwidth, that of the signal, such as 20Hz")
    if output:
        spare(output, spikes, reference, kept)
    train = sd.load_spikes(spikes)
    original = None if reference is None else read_signal(reference, channel, fs, None, None, quiet)
    fs, fresh, told = original.fs if fs is None else fs, 0, "the signal"
    if decoder == "lowpass":
        run = partial(sd.decode_lowpass, train, fs, bandwidth)
    elif decoder == "bandlimited":
        rates = None if saturation_rate is None else [saturation_rate]
        chosen = make_neuron(ctx, neuron, settings, rates, preset)[0]
        run = partial(sd.decode_bandlimited, train, fs, chosen, bandwidth, hold=hold)
    elif decoder == "wiener":
        fitted, fresh = _filter(train, fs, original, kept, save_filter)
        run, told = partial(sd.decode_wiener, train, fs, fitted), told + ", where the filter was not fitted" * (fresh > 0)
    x_hat = sd.psp(train, fs) if decoder == "psp" else run(edges=edges)
    decoded = sd.Recording(x_hat, fs, original.units if original else "", spikes, None)
    if output:
        sd.save(decoded, output)
    else:
        click.echo(sd.files.to_text(decoded, "csv"), nl=False)
    if original is not None:
        y, x_hat = original.x, x_hat if decoder == "psp" else run(edges="mark")
        if y.size != x_hat.size:
            raise ValueError(f"{reference} has {y.size} samples, the spikes cover {x_hat.size}: it is not what was encoded")
        if decoder == "psp":
            y = sd.potential(y, fs, sd.LIF(tau_m=train.tau_m, drive=settings["drive"] or "potential"))
            told = "the free potential" if settings["drive"] == "current" else told
        known = x_hat == x_hat  # nan, which marks edges, is not equal to itself
        known[:fresh] = False
        seconds = "" if known.all() else f", on {known.sum() / fs:.4g} s between the edges"
        click.echo(f"snr_db     {sd.snr_db(y[known], x_hat[known]):.6f}  against {told}{seconds}", err=not output)
    if output and not quiet:
        click.echo(f"written to {output}")


def _filter(train, fs, original, kept, save_filter):
    """The fitted filter of a file, or fitted on the first half of the reference, and how many samples it was fitted on."""
    if kept is not None:
        return sd.load_wiener(kept), 0
    if original is None:
        raise click.UsageError("--decoder wiener needs --filter, or --reference to fit one on its first half")
    half = original.x.size // 2
    fitted = sd.fit_wiener(train[: train.start + half / fs], original.x[:half], fs)
    if save_filter is not None:
        sd.save(fitted, save_filter)
    return fitted, half
