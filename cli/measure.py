"""sigdelta measure: how good a reconstruction is."""

import json
import math

import click

import sigdelta as sd

from .options import Quantity, quiet_option, read_signal


@click.command()
@click.argument("signal")
@click.argument("approximation")
@click.option("--fs", type=Quantity("rate"), help="Sampling rate, for files that hold none.")
@click.option("--channel", help="Channel of files that have several: a number or a label.")
@click.option("--bandwidth", type=Quantity("rate"), help="Of the signal: measure inside this band too.")
@click.option("--delay/--no-delay", default=True, show_default=True, help="Measure with the best delay taken out too.")
@click.option("--sine", is_flag=True, help="The signal is a sine: SINAD, SFDR and ENOB of the approximation.")
@click.option("--spikes", type=click.Path(), help="Spike file, .npz or .csv, whose statistics to print.")
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
              help="On stdout.")  # fmt: skip
@quiet_option
def measure(signal, approximation, fs, channel, bandwidth, delay, sine, spikes, form, quiet):
    """Print all measures of an APPROXIMATION of SIGNAL, two files (or names) of one length and rate.

    \b
    sigdelta measure speech.wav heard.wav
    sigdelta measure tone.wav heard.wav --sine --bandwidth 4kHz --spikes speech.npz
    """
    original, heard = (read_signal(name, channel, fs, None, None, quiet) for name in (signal, approximation))
    if original.fs != heard.fs:
        raise ValueError(f"{signal} has {original.fs:g} Hz and {approximation} {heard.fs:g} Hz: one rate is needed")
    y, y_hat, fs, units = original.x, heard.x, original.fs, original.units or "units of the signal"
    rows = _errors(y, y_hat, fs, units, bandwidth, delay)
    if sine:
        rows += [
            ("sinad_db", sd.sinad_db(y_hat, fs, bandwidth=bandwidth), "dB"),
            ("sfdr_db", sd.sfdr_db(y_hat, fs, bandwidth=bandwidth), "dB"),
            ("enob", sd.enob(y_hat, fs, bandwidth=bandwidth), "bit"),
        ]
    if spikes is not None:
        rows += _statistics(sd.load_spikes(spikes), bandwidth)
    click.echo(_text(rows, form))


def _errors(y, y_hat, fs, units, bandwidth, delay):
    rows = [
        ("rms_error", sd.rms_error(y, y_hat), units),
        ("max_error", sd.max_error(y, y_hat), units),
        ("nrmse", sd.nrmse(y, y_hat), "1"),
        ("snr_db", sd.snr_db(y, y_hat), "dB"),
    ]
    if delay:
        best = sd.best_delay(y, y_hat, fs)
        rows += [("best_delay", best, "s"), ("snr_db_delayed", sd.snr_db(y, y_hat, fs=fs, delay=best), "dB")]
    if bandwidth is not None:
        rows += [
            ("snr_db_filtered", sd.snr_db(y, y_hat, fs=fs, bandwidth=bandwidth), "dB"),
            ("inband_noise", sd.inband_noise(y, y_hat, fs, bandwidth), units),
        ]
    return rows


def _statistics(train, bandwidth):
    intervals = sd.interval_statistics(train)
    rows = [
        ("n_spikes", len(train), "1"),
        ("rate", train.rate, "Hz"),
        ("saturated_spikes", int(train.saturated.sum()), "1"),
        ("silent_fraction", sd.silent_fraction(train), "1"),
        ("interval_mean", intervals.mean, "s"),
        ("interval_cv", intervals.cv, "1"),
        ("interval_lv", intervals.lv, "1"),
        ("interval_min", intervals.min, "s"),
        ("interval_max", intervals.max, "s"),
    ]
    if bandwidth is not None:
        rows.append(("spikes_per_nyquist_interval", sd.spikes_per_nyquist_interval(train, bandwidth), "1"))
    return rows


def _text(rows, form):
    if form == "json":
        return json.dumps(
            {name: {"value": value if math.isfinite(value) else None, "units": units} for name, value, units in rows}, indent=1
        )
    if form == "csv":
        return "\n".join(["measure,value,units", *(f"{name},{value!r},{units}" for name, value, units in rows)])
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"{name:<{width}}  {value:<12.6g}  {units if units != '1' else ''}".rstrip() for name, value, units in rows)
