"""The only input validators: each names the argument, the value and what would be right."""

import numbers

import numpy as np

from .mapped import frozen, pieces, root


def number(name, value, low=0.0, open_low=True, finite=True):
    """`value` as a float above `low` (at or above it unless `open_low`), finite unless said otherwise."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    value = float(value)
    wanted = f"{name} must be {'above' if open_low else 'at least'} {low:g}{' and finite' if finite else ''}"
    if not (value > low if open_low else value >= low) or (finite and value == float("inf")):
        raise ValueError(f"{wanted}, not {value:g}")
    return value


def whole(name, value, low=0, high=None):
    """`value` as an int from `low` to `high` (None: no limit); TypeError if it is no whole number, ValueError outside."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if not low <= value or (high is not None and value > high):
        raise ValueError(f"{name} must be {f'from {low} to {high}' if high is not None else f'at least {low}'}, not {value}")
    return int(value)


def flag(name, value):
    """`value` as a bool; TypeError if it is none, numbers included."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def choice(name, value, options):
    """`value` as a str; ValueError, which lists them, if it is none of `options`."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, not {value!r}")
    return str(value)


def real_array(name, value, ndim):
    """`value` as a read-only, contiguous float64 array of one of the dimensions `ndim`, finite and not empty."""
    array = frozen(np.ascontiguousarray(real(name, value, ndim), dtype=np.float64))
    _finite(name, array)
    return array


def real(name, value, ndim):
    """`value` as an array of real numbers of one of the dimensions `ndim`, in the numbers it has; not empty."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    if array.ndim not in ndim:
        raise ValueError(f"{name} must have {' or '.join(map(str, ndim))} dimension(s), not shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} is empty: at least one sample is needed")
    return array


def _finite(name, array):
    if array.dtype.kind != "f":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        rows = [array.reshape(-1)] if array.flags.c_contiguous else array.reshape(-1, array.shape[-1])
        total = sum(float(piece.sum()) for row in rows for piece in pieces(row))
    if not np.isfinite(total) and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        place = where[0] if len(where) == 1 else where
        count = int(array.size - np.isfinite(array).sum())
        raise ValueError(f"{name}[{place}] is {array[where]}: all samples must be finite ({count} of {array.size} are not)")


def kernel(name, value, empty=False):
    """A sum of exponentials as ((weight, tau), ...), tau in s; of none only where `empty` says so."""
    try:
        pairs = [(weight, tau) for weight, tau in value]
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be ((weight, tau), ...), not {value!r}") from None
    if not (pairs or empty):
        raise ValueError(f"{name} must have at least one (weight, tau)")
    return tuple(
        (number(f"{name} weight", weight, low=-np.inf), number(f"{name} tau", tau, finite=False)) for weight, tau in pairs
    )


def signal(x, name="x"):
    """A signal as `real_array` gives it: shape (n,) or (channels, n), with its errors; no sample may be masked."""
    if np.ma.is_masked(x):
        raise ValueError(f"{name} has masked samples: fill them, or cut them out")
    return real_array(name, x, (1, 2))


def stored_signal(x, name="x"):
    """A signal as `signal` gives it; one that lives in a file stays there, in the numbers of the file (see `mapped.pieces`)."""
    array = np.asarray(x)
    if root(array) is None or np.ma.is_masked(x):
        return signal(x, name)
    _finite(name, real(name, array, (1, 2)))
    return array


def pair(y, y_hat):
    """A reference and its approximation, of the same shape."""
    if np.asarray(y_hat).dtype.kind == "f" and np.size(y_hat) and np.isnan(np.ravel(y_hat)[0]) and np.isfinite(y_hat).any():
        raise ValueError(
            "y_hat has nan, as decoders mark the edges where spikes are missing: compare where np.isfinite(y_hat), or decode "
            'with edges="trim" or "keep"'
        )
    y, y_hat = signal(y, "y"), signal(y_hat, "y_hat")
    if y.shape != y_hat.shape:
        raise ValueError(f"y and y_hat must have the same shape, not {y.shape} and {y_hat.shape}")
    return y, y_hat


def train(name, value):
    """`value`, a spike train, known by what it has, so that nothing is imported; TypeError if it is none."""
    if not all(hasattr(value, each) for each in ("times", "heights", "kernel", "start", "stop")):
        raise TypeError(f"{name} must be a SpikeTrain, not {value!r}")
    return value
