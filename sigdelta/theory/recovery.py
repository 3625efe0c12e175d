"""How fast the iterative decoder recovers a band-limited signal from spike times."""

from math import ceil, log

from .. import checks


def recovery_rate(bandwidth, longest):
    """Factor by which an iteration lowers the error of recovery: r = 2 bandwidth * longest interval.

    Parameters
    ----------
    bandwidth : float
        Of the signal in Hz.
    longest : float
        Longest interval between spikes in s; `firing_interval` at the smallest current bounds it.

    Returns
    -------
    float
        The error after l iterations is at most r**(l + 1) of the signal (L2 norm) if r < 1, for the spikes of an ideal
        integrator. A bound: other decoders need only a mean rate above 2 bandwidth.

    Raises
    ------
    ValueError, TypeError
        Numbers that are not positive.

    References
    ----------
    A. A. Lazar, L. T. Toth, "Perfect recovery and sensitivity analysis of time encoded bandlimited signals", IEEE Trans. Circuits
    Syst. I 51, 2060 (2004); H. G. Feichtinger, K. Grochenig, "Theory and practice of irregular sampling" (1994).

    Examples
    --------
    >>> recovery_rate(20.0, 10e-3)
    0.4
    """
    return 2 * checks.number("bandwidth", bandwidth) * checks.number("longest", longest)


def recovery_iterations(bandwidth, longest, target_error):
    """Iterations l after which r**(l + 1) is at most a target, r being `recovery_rate`.

    Parameters
    ----------
    bandwidth, longest : float
        As for `recovery_rate`.
    target_error : float
        Relative L2 error, below 1.

    Returns
    -------
    int
        Enough, often more than needed: r is a bound.

    Raises
    ------
    ValueError, TypeError
        Intervals too long for the band (r >= 1), with the length that would do; numbers out of range.

    References
    ----------
    As for `recovery_rate`.

    Examples
    --------
    >>> recovery_iterations(20.0, 10e-3, 1e-6)
    15
    """
    r = recovery_rate(bandwidth, longest)
    target = checks.number("target_error", target_error)
    if target >= 1:
        raise ValueError(f"target_error must be below 1, not {target:g}")
    if r >= 1:
        raise ValueError(f"an interval of {longest:g} s is too long for {bandwidth:g} Hz: it must be below {0.5 / bandwidth:g} s")
    return max(ceil(log(target) / log(r)) - 1, 0)
