"""What a code costs in spikes, and where its error law holds."""

from math import expm1, inf

import numpy as np
import xarray as xr

from .. import checks, signals
from ..decoding import psp
from ..neurons import LIF
from ..sweeps import sweep, threshold_range
from ..theory import error_law


def rate_distortion(x, fs, neurons, *, decoder=psp, threshold=None, progress=None):
    """SNR against spikes per second of several neurons, all read by one decoder, as their thresholds vary.

    Parameters
    ----------
    x : array_like, shape (n,)
        Signal.
    fs : float
        Sampling rate in Hz.
    neurons : dict of str to neuron
        By name.
    decoder : callable
        As for `sweep`.
    threshold : array_like, shape (m,), optional
        The widest `threshold_range` of all if not given.
    progress : callable, optional
        Called as progress(done, total), counting cells.

    Returns
    -------
    xarray.Dataset
        The variables of `sweep` over ``neuron`` and ``threshold``: ``snr_db`` against ``rate`` is the curve.

    Raises
    ------
    ValueError, TypeError
        No neurons, a neuron without threshold, more than one channel.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> x = 2 + np.sin(np.arange(4000) / 200)
    >>> both = {"half": sd.LIF(), "full": sd.LIF(firing="full")}
    >>> curves = rate_distortion(x, 1e4, both, threshold=[0.02, 0.04])
    >>> (curves.snr_db.sel(neuron="half") - curves.snr_db.sel(neuron="full")).round().values
    array([6., 6.])
    """
    x, fs = checks.real_array("x", x, (1,)), checks.number("fs", fs)
    if not isinstance(neurons, dict) or not neurons:
        raise TypeError(f"neurons must be a dict of neurons by name, such as {{'half': LIF()}}, not {neurons!r}")
    for name, neuron in neurons.items():
        if not hasattr(neuron, "threshold"):
            raise ValueError(f"{name}: {type(neuron).__name__} has no threshold to vary")
    if threshold is None:
        threshold = max((threshold_range(x, fs, neuron) for neuron in neurons.values()), key=max)
    threshold = checks.real_array("threshold", threshold, (1,))
    total, curves = threshold.size * len(neurons), []
    for neuron in neurons.values():
        tell = None if progress is None else lambda n, _: progress(n + len(curves) * threshold.size, total)
        curve = sweep(x, fs, neuron, decoder=decoder, progress=tell, threshold=threshold)
        # the fields that a neuron alone has are in its repr
        curves.append(curve.drop_vars([name for name in curve.coords if name != "threshold"]))
    joined = xr.concat(curves, dim="neuron", combine_attrs="drop_conflicts").assign_coords(neuron=list(neurons))
    joined["parameters"] = ("neuron", [repr(each) for each in neurons.values()], {"long_name": "parameters", "units": "1"})
    joined["neuron"].attrs = {"long_name": "neuron", "units": "1"}
    return joined


def validity(neuron=None, *, interval=None, bandwidth=None, modulation=0.2, within_db=1.0, seed=0, progress=None):
    """Where the error law holds: the two conditions for good coding, a slow signal and a slow psp, as a map.

    The signal is 1 + modulation * (Gaussian noise, flat up to a bandwidth). The psp is slow where the mean interval T between
    spikes is short beside its time constant: from T / tau = 0.5 on it sags between spikes, and the membrane no longer spreads
    evenly over its range. The signal is slow where bandwidth * tau is small: from about sqrt(3) / (2 pi * 3 modulation) on (a
    slope of three standard deviations) it falls faster than the psp decays, and a unipolar neuron, which cannot push its psp
    down, loses it. A bipolar neuron has only the first condition.

    Parameters
    ----------
    neuron : LIF
        Under potential drive and without refractory period; ``LIF(bipolar=False)`` if not given. Its threshold is set from the
        interval, by the closed form for a constant potential of 1: 2 tanh(T / 2 tau) (half), 1 - exp(-T / tau) (full).
    interval, bandwidth : array_like, optional
        T / tau and bandwidth * tau; nine each from 0.03 to 3, and from 0.01 to 3, if not given.
    modulation : float
        Rms of the noise, beside the mean, 1.
    within_db : float
        How far measured and predicted error may differ for the law to hold.
    seed : int
        Of the noise.
    progress : callable, optional
        Called as progress(done, total), counting cells.

    Returns
    -------
    xarray.Dataset
        Over ``interval`` and ``bandwidth``: ``measured``, the rms error of psp, and ``predicted``, `theory.error_law`, in units
        of the signal's mean; ``ratio_db`` of the two, and where the law ``holds``; ``snr_db`` and ``predicted_snr_db``; and
        ``rate``, spikes in the time tau.

    Raises
    ------
    ValueError, TypeError
        Another neuron, coordinates that are not positive, a signal of more samples than are possible.

    References
    ----------
    Y. C. Yoon, IEEE Trans. Neural Netw. Learn. Syst. 28, 1192 (2017).

    Examples
    --------
    >>> found = validity(interval=[0.1], bandwidth=[0.1, 3.0])
    >>> found.holds.values.tolist(), found.ratio_db.round(1).values.tolist()
    ([[True, False]], [[0.0, 13.4]])
    """
    neuron = LIF(bipolar=False) if neuron is None else neuron
    if not isinstance(neuron, LIF) or neuron.t_ref > 0 or neuron.tau_m == inf or neuron.drive != "potential":
        raise ValueError(f"validity needs a LIF neuron with potential drive, t_ref=0 and a finite tau_m, not {neuron!r}")
    interval = _positive("interval", np.geomspace(0.03, 3, 9) if interval is None else interval)
    bandwidth = _positive("bandwidth", np.geomspace(0.01, 3, 9) if bandwidth is None else bandwidth)
    modulation, within_db = checks.number("modulation", modulation), checks.number("within_db", within_db)
    tau, share = neuron.tau_m, 0.5 if neuron.firing == "half" else 1.0
    threshold = [1 / (share + 1 / expm1(each)) for each in interval]
    total, columns = interval.size * bandwidth.size, []
    for each in bandwidth / tau:
        tell = None if progress is None else lambda n, _: progress(n + len(columns) * interval.size, total)
        # a sampled error beats with the spikes: 16 samples a spike and more; 30 periods of the noise, 150 time constants
        fs = max(16 / (interval.min() * tau), 64 * each)
        x = 1 + modulation * signals.noise(max(30 / each, 150 * tau), fs, each, seed)
        columns.append(sweep(x, fs, neuron, threshold=threshold, progress=tell))
    measured, snr, rate = (np.stack([each[name].values for each in columns], 1) for name in ("rms_error", "snr_db", "rate"))
    law = np.array([[error_law(LIF(theta, firing=neuron.firing))] for theta in threshold]) + np.zeros_like(measured)
    ratio = 20 * np.log10(measured / law)
    variables = {
        "measured": ("rms error", "mean of the signal", measured),
        "predicted": ("rms error by the law", "mean of the signal", law),
        "ratio_db": ("measured over predicted error", "dB", ratio),
        "holds": (f"the law holds within {within_db:g} dB", "1", np.abs(ratio) <= within_db),
        "snr_db": ("signal-to-noise ratio", "dB", snr),
        "predicted_snr_db": ("signal-to-noise ratio by the law", "dB", snr + ratio),
        "rate": ("spikes in the time constant of the psp", "1", rate * tau),
    }
    axes = {
        "interval": ("interval over time constant of the psp", "1", interval),
        "bandwidth": ("bandwidth times time constant of the psp", "1", bandwidth),
    }
    return xr.Dataset(
        {name: (tuple(axes), values, _about(*about)) for name, (*about, values) in variables.items()},
        {name: (name, values, _about(*about)) for name, (*about, values) in axes.items()},
        {"neuron": repr(neuron), "modulation": modulation, "within_db": within_db, "seed": seed},
    )


def _about(long_name, units):
    return {"long_name": long_name, "units": units}


def _positive(name, values):
    return np.array([checks.number(name, value) for value in checks.real_array(name, values, (1,)).tolist()])
