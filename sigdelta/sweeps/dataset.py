"""Rows of numbers into a labelled result."""

from dataclasses import fields, replace
from itertools import product

import numpy as np
import xarray as xr

from .. import __version__
from ..files import RESULT_FORMAT
from ..neurons import potential_units

SATURATED = 0.1
AMPLITUDE = "units of x"
VARIABLES = {
    "n_spikes": ("number of spikes", "1"),
    "rate": ("firing rate", "Hz"),
    "rms_error": ("rms error", AMPLITUDE),
    "max_error": ("largest error", AMPLITUDE),
    "snr_db": ("signal-to-noise ratio", "dB"),
    "saturated_fraction": ("fraction of the time saturated", "1"),
    "silent": ("no spike at all", "1"),
}
AXES = {
    "threshold": ("threshold", AMPLITUDE),
    "tau_m": ("membrane time constant", "s"),
    "t_ref": ("refractory period", "s"),
    "saturation_rate": ("saturation rate", "Hz"),
    "beta": ("adaptation strength", AMPLITUDE),
    "tau_adp": ("adaptation time constant", "s"),
    "tau_phi": ("time constant of the input filter", "s"),
    "tau_gamma": ("adaptation time constant", "s"),
    "tau_eta": ("time constant of the PSP", "s"),
    "m_f": ("share of the threshold that a spike adds to it", "1"),
    "bias": ("amplitude that is fed back", AMPLITUDE),
}


def as_dataset(signal, neuron, axes, decoder, rows, seed):
    """The result of one signal (a `cells.Signal`): the rows of its cells, channels first, in the order of the axes."""
    dims = (("channel",) if signal.x.ndim == 2 else ()) + tuple(axes)
    shape = signal.x.shape[:-1] + tuple(len(values) for values in axes.values())
    columns = zip(*rows, strict=True)
    coordinates = {name: (name, [_label(value) for value in values]) for name, values in axes.items()}
    fixed = {field.name: getattr(neuron, field.name) for field in fields(neuron) if field.name not in axes}
    coordinates |= {name: ((), value) for name, value in fixed.items() if isinstance(value, float)}
    if "t_ref" in coordinates:
        along, t_ref = coordinates["t_ref"]
        with np.errstate(divide="ignore"):
            coordinates["saturation_rate"] = along, 1 / np.abs(t_ref)
    data = {name: (dims, np.reshape(column, shape)) for name, column in zip(VARIABLES, columns, strict=True)}
    result = xr.Dataset(data, coordinates)
    over = {name: {min(axes[name]), max(axes[name])} for name in ("tau_m", "drive") if name in axes}
    alike = [replace(neuron, **dict(zip(over, values, strict=True))) for values in product(*over.values())]
    of_y = {potential_units(each, AMPLITUDE) for each in alike}
    amplitude = of_y.pop() if len(of_y) == 1 else AMPLITUDE
    for name, variable in result.variables.items():
        known = (name.replace("_", " "), getattr(neuron, "units", {}).get(name, "1"))
        long_name, units = (VARIABLES | AXES).get(name, known)
        variable.attrs = {"long_name": long_name, "units": amplitude if units == AMPLITUDE else units}
    result.attrs = {
        "title": f"coding error of {getattr(decoder, '__name__', decoder)} against the free potential",
        "neuron": repr(neuron),
        "grid": ", ".join(axes),
        "fs": signal.fs,
        "n_samples": _small(signal.x.shape[-1]),
        "signal_sha256": signal.sha256,
        "sigdelta_version": __version__,
        "format": RESULT_FORMAT,
    } | ({} if seed is None else {"seed": _small(seed)})
    return result


def _label(value):
    """A value of an axis as a coordinate: kernels as text, 0.5:5ms,0.5:80ms."""
    return ",".join(f"{weight:g}:{1e3 * tau:g}ms" for weight, tau in value) if isinstance(value, list | tuple) else value


def _small(number):
    """An integer that NetCDF holds, or its digits."""
    return number if abs(number) < 2**31 else str(number)


def regions(result):
    """Where a sweep is best, saturated or silent.

    Parameters
    ----------
    result : xarray.Dataset
        From `sweep`.

    Returns
    -------
    xarray.DataArray of str
        "silent": no spike; "saturated": at least 10 % of the time; "best": the highest SNR, with spikes, along the
        threshold axis (of all, if there is none); "" elsewhere. Best wins over saturated.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> result = sd.sweep(np.sin(np.arange(2000) / 50), 1000.0, sd.LIF(), threshold=[0.1, 0.2, 4.0])
    >>> sd.regions(result).values.tolist()
    ['best', '', 'silent']
    """
    along = "threshold" if "threshold" in result.dims else None
    heard = result.snr_db.where(~result.silent)
    best = heard == heard.max(along)
    labels = xr.where(result.saturated_fraction >= SATURATED, "saturated", "")
    return xr.where(best, "best", xr.where(result.silent, "silent", labels)).rename("region")


def join_sweeps(results):
    """Put sweeps of several signals, with one grid, into one result.

    Parameters
    ----------
    results : dict of str to xarray.Dataset
        Name of the signal, and its sweep.

    Returns
    -------
    xarray.Dataset
        With a leading dimension ``signal``; what differs between the sweeps' attributes stands along it.

    Raises
    ------
    ValueError
        Grids that differ, or no sweep at all.

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> waves = {"slow": np.sin(np.arange(900) / 90), "fast": np.sin(np.arange(300) / 9)}
    >>> both = join_sweeps({name: sd.sweep(x, 1e3, sd.LIF(), threshold=[0.1, 0.2]) for name, x in waves.items()})
    >>> both.snr_db.dims, both.n_samples.values.tolist()
    (('signal', 'threshold'), [900, 300])
    """
    sets = list(results.values())
    if not sets:
        raise ValueError("results is empty: at least one sweep is needed")
    grids = [each.drop_vars(list(each.data_vars)) for each in sets]
    if not all(each.sizes == sets[0].sizes and grid.equals(grids[0]) for each, grid in zip(sets, grids, strict=True)):
        raise ValueError("the sweeps have different grids: give all of them one grid, and as many channels")
    joined = xr.concat(sets, dim="signal", combine_attrs="drop_conflicts", coords="minimal", compat="override")
    names = dict.fromkeys(name for each in sets for name in each.attrs if name not in joined.attrs and name != "signal")
    along = {name: ("signal", [each.attrs.get(name, "") for each in sets]) for name in names}
    return joined.assign_coords(signal=list(results), **along)
