"""All closed forms of one neuron under one signal, as a table: where each holds, or why it does not hold here."""

from math import inf, log10, nan, pi, sqrt
from typing import NamedTuple

from .. import checks
from ..neurons import SigmaDelta
from .bounds import dynamic_range_db, error_bound, error_law, saturation_onset
from .firing import firing_interval, firing_rate, rate_bias
from .noise import clocked_noise, leak_law, sideband_noise, time_grid_step
from .periodic import adapting, share
from .recovery import recovery_iterations, recovery_rate


class ClosedForm(NamedTuple):
    """One closed form: `value` is nan where `holds` says why it does not hold here."""

    name: str
    value: float
    unit: str
    holds: str


def closed_forms(neuron, *, potential=None, amplitude=None, bandwidth=None, target_snr_db=None):
    """What theory says of a neuron under a constant plus a sinusoid: every closed form that the given numbers allow.

    Parameters
    ----------
    neuron : LIF, AdaptiveLIF or MultiplicativeLIF
    potential : float, optional
        Constant part of the signal, in its units.
    amplitude : float, optional
        Amplitude of a sinusoid on top, at the edge of the band where its frequency matters.
    bandwidth : float, optional
        Band of the signal and of the low-pass decoder from 0, in Hz.
    target_snr_db : float, optional
        Wanted signal-to-noise ratio of the sinusoid in dB, at least 0.

    Returns
    -------
    list of ClosedForm
        (name, value, unit, holds): `holds` is the range where the value holds, or "does not hold here: " and why. The unit x is
        that of the signal, 1 none.

    Raises
    ------
    ValueError, TypeError
        Numbers out of range, another neuron.

    Examples
    --------
    >>> import sigdelta as sd
    >>> for row in closed_forms(sd.LIF(threshold=0.1, t_ref=2e-3), potential=0.5):
    ...     print(f"{row.name:<18} {row.value:.4g} {row.unit}")
    silence            0.05 x
    saturation onset   1.001 x
    dynamic range      26.03 dB
    error bound        nan x
    error law          0.02887 x
    interval           0.004013 s
    rate               249.2 Hz
    rate bias          -0.003342 1
    """
    adapting(neuron)
    potential = None if potential is None else checks.number("potential", potential, low=-inf)
    amplitude = None if amplitude is None else checks.number("amplitude", amplitude)
    bandwidth = None if bandwidth is None else checks.number("bandwidth", bandwidth)
    target = None if target_snr_db is None else checks.number("target_snr_db", target_snr_db, open_low=False)
    rows = [*_of_the_neuron(neuron), *_of_a_constant(neuron, potential), *_of_a_sinusoid(neuron, potential, amplitude, target)]
    if None not in (potential, amplitude, bandwidth):
        rows += _of_a_band(neuron, potential, amplitude, bandwidth, target)
    return rows


def _row(name, unit, holds, value):
    try:
        return ClosedForm(name, float(value()), unit, holds)
    except (ValueError, TypeError) as error:
        return ClosedForm(name, nan, unit, f"does not hold here: {error}")
    except ArithmeticError:
        return ClosedForm(name, nan, unit, "does not hold here: beyond the range of floating point")


def _decibels(power, noise):
    return 10 * log10(power / noise) if noise > 0 else inf


def _of_the_neuron(neuron):
    unit = "x s" if _ideal(neuron) else "x"

    def bound():
        if neuron.t_ref > 0:
            raise ValueError("a refractory period lets the error grow without bound")
        return error_bound(neuron)

    yield _row("silence", "x", "constant signals up to this fire no spike", lambda: _silence(neuron))
    yield _row("saturation onset", "x", "constant signals; inf: never", lambda: saturation_onset(neuron))
    yield _row("dynamic range", "dB", "constant signals: onset over silence", lambda: dynamic_range_db(neuron))
    yield _row("error bound", unit, "every signal; unipolar: every current never negative", bound)
    yield _row("error law", unit, "rms, busy code far from saturation", lambda: error_law(neuron))


def _of_a_constant(neuron, potential):
    if potential is not None:
        yield _row("interval", "s", "constant signal, first transient over", lambda: firing_interval(neuron, potential))
        yield _row("rate", "Hz", "constant signal, first transient over", lambda: firing_rate(neuron, potential))
        yield _row("rate bias", "1", "relative error of rate * pulse area", lambda: rate_bias(neuron, potential))


def _of_a_sinusoid(neuron, potential, amplitude, target):
    if amplitude is None:
        return

    def snr():
        if _ideal(neuron):
            raise ValueError("the potential of an ideal integrator is an integral, not the signal")
        peak, low, high = abs(potential or 0.0) + amplitude, _silence(neuron), saturation_onset(neuron)
        if not low < peak < high:
            raise ValueError(f"a peak of {peak:g} is not between silence, {low:g}, and saturation, {high:g}")
        return 20 * log10(amplitude / sqrt(2) / error_law(neuron))

    def threshold():
        return neuron.threshold * 10 ** ((snr() - target) / 20)

    yield _row("SNR by error law", "dB", "psp of a busy code; the sinusoid is the potential", snr)
    if target is not None:
        yield _row("threshold", "x", "reaches the target by the error law", threshold)


def _of_a_band(neuron, mean, amplitude, bandwidth, target):
    power = amplitude * amplitude / 2

    def rate():
        if firing_rate(neuron, mean) == 0:
            raise ValueError("the neuron is silent at the mean")
        return firing_rate(neuron, mean)

    def sidebands():
        return _decibels(power, sideband_noise(neuron, mean, amplitude, bandwidth, bandwidth))

    def leak():
        return abs(leak_law(neuron, mean, -2 * pi * bandwidth * amplitude))

    def clocked():
        clock = 2 * rate()
        return _decibels(power, clocked_noise(SigmaDelta(abs(mean) / clock, inf), clock, bandwidth))

    def longest():
        if not _ideal(neuron) or neuron.t_ref > 0 or abs(mean) <= amplitude:
            raise ValueError("it needs an ideal integrator under current, no t_ref, and an amplitude below the mean")
        return firing_interval(neuron, mean - amplitude if mean > 0 else mean + amplitude)

    def step():
        return time_grid_step(neuron, rate(), bandwidth, power, target)

    def iterations():
        return recovery_iterations(bandwidth, longest(), 10 ** (-target / 20))

    yield _row("density", "1", "rate / 2B; recovery needs at least 1", lambda: rate() / (2 * bandwidth))
    yield _row("sideband SNR", "dB", "low-pass decoding, sinusoid at the band's edge; lines do not meet", sidebands)
    yield _row("leak error", "x", "low-pass decoding, at the steepest fall; interval << tau_m and 1/B", leak)
    yield _row("clocked SNR", "dB", "first-order sigma-delta, clock 2 * rate, full scale 2 * mean, to 3 dB", clocked)
    yield _row("recovery rate", "1", "error bound of an iteration, if below 1", lambda: recovery_rate(bandwidth, longest()))
    if target is not None:
        yield _row("iterations", "1", "at most, to the target error", iterations)
        yield _row("time step", "s", "rounded times reach the target; well below the interval", step)


def _ideal(neuron):
    return neuron.kernel[0][1] == inf and neuron.drive == "current"


def _silence(neuron):
    return 0.0 if _ideal(neuron) else share(neuron) * neuron.threshold
