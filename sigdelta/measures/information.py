"""How much a code tells: information rate of a reconstruction, information and capacity of a discrete channel."""

from math import log, sqrt
from typing import NamedTuple

import numpy as np

from .. import checks
from ..spikes import SpikeTrain

SEGMENTS, FEWEST_SEGMENTS = 20, 5
# tapers of a time-half-bandwidth product of 4: their resolution is 4 / segment, their leakage below LEAKAGE
HALF_BANDWIDTH, TAPERS, LEAKAGE = 4, 5, 1e-5
MOST_STEPS = 100_000


class InformationRate(NamedTuple):
    """Bits per second with the ends of its confidence interval, and bits per spike (nan where no spikes were given)."""

    bits_per_second: float
    low: float
    high: float
    bits_per_spike: float


class Information(NamedTuple):
    """Bits per use of a channel, with the ends of their confidence interval."""

    bits: float
    low: float
    high: float


class Capacity(NamedTuple):
    """Bits per use of a channel, and the distribution of inputs, shape (inputs,), that reaches them."""

    bits: float
    distribution: np.ndarray


def information_rate(x, x_hat, fs, *, bandwidth=None, spikes=None, segment=None, confidence=0.95):
    """Information that a reconstruction holds about a Gaussian signal, at least.

    Parameters
    ----------
    x, x_hat : array_like, shape (n,)
        Signal and reconstruction, without marked edges. A reconstruction by a fitted filter must be of a part that was not
        fitted. Linear filtering of either changes nothing.
    fs : float
        Sampling rate in Hz.
    bandwidth : float, optional
        Of the signal, in Hz: the integral ends there; by default at fs / 2. Beyond it leakage passes for coherence.
    spikes : SpikeTrain, optional
        Its rate gives the bits per spike.
    segment : float, optional
        Length in s of the segments that are averaged; by default a 20th of the signal. Coherence is smoothed over
        +- W = 4 / segment: a delay of d s hides signal-to-noise ratios beyond about 3 / (2 pi W d)^2, and where x ends
        abruptly, the last W of its band counts low.
    confidence : float
        Probability that the interval from `low` to `high` holds the true bound.

    Returns
    -------
    InformationRate
        Bits per second, low, high, bits per spike. Without bias, so that of a reconstruction that tells nothing it
        scatters about 0.

    Raises
    ------
    ValueError, TypeError
        Signals that differ in length or do not vary, fewer than five segments, segments too short for the band, a band in
        which x has no power, a reconstruction without error.

    Notes
    -----
    The integral of -log2(1 - coherence^2) over frequency is the information of a Gaussian channel; of any code of a Gaussian
    signal it is a lower bound (Rieke et al. 1997, section 3.2; Gabbiani 1996; Borst and Theunissen 1999). Coherence is that of
    5 Slepian tapers on each segment, K spectra in all. ln(1 - coherence^2) of K independent complex Gaussian spectra, the
    determinant of a complex Wishart matrix over its diagonal, is too low by digamma(K) - digamma(K - 1) = 1 / (K - 1) on
    average, whatever the true coherence (Goodman 1963): this is subtracted. The interval is Student's, from the jackknife over
    segments (Thomson and Chave 1991).

    References
    ----------
    F. Rieke et al., "Spikes: exploring the neural code", MIT Press (1997). F. Gabbiani, Network 7, 61 (1996). A. Borst, F. E.
    Theunissen, Nature Neurosci. 2, 947 (1999). N. R. Goodman, Ann. Math. Statist. 34, 152 (1963). D. J. Thomson, A. D. Chave,
    in Advances in Spectrum Analysis and Array Processing I, Prentice Hall (1991).

    Examples
    --------
    >>> import numpy as np, sigdelta as sd
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(10_000)
    >>> rate = sd.information_rate(x, x + rng.standard_normal(10_000), 100.0)
    >>> bool(rate.low < 50 * np.log2(1 + 1.0) < rate.high)
    True
    """
    fs, confidence = checks.number("fs", fs), _confidence(confidence)
    x, x_hat = checks.real_array("x", x, (1,)), checks.real_array("x_hat", x_hat, (1,))
    if x.shape != x_hat.shape:
        raise ValueError(f"x and x_hat must have the same shape, not {x.shape} and {x_hat.shape}")
    for name, each in (("x", x), ("x_hat", x_hat)):
        if each.min() == each.max():
            raise ValueError(f"{name} must vary, not be {each[0]:g} at every sample")
    bandwidth = fs / 2 if bandwidth is None else checks.number("bandwidth", bandwidth)
    if bandwidth > fs / 2:
        raise ValueError(f"bandwidth must be at most fs / 2 = {fs / 2:g} Hz, not {bandwidth:g}")
    if spikes is not None and not (isinstance(spikes, SpikeTrain) and len(spikes)):
        raise TypeError(f"spikes must be a SpikeTrain with spikes, not {spikes!r}")
    n = x.size // SEGMENTS if segment is None else round(checks.number("segment", segment) * fs)
    if n * FEWEST_SEGMENTS > x.size or n * bandwidth < HALF_BANDWIDTH * fs:
        raise ValueError(
            f"segment must be from {HALF_BANDWIDTH} / bandwidth = {HALF_BANDWIDTH / bandwidth:g} s to a fifth of the "
            f"signal, {x.size / fs / FEWEST_SEGMENTS:g} s, not {n / fs:g} s"
        )
    bins = int(bandwidth * n / fs * (1 + 1e-12))
    # each bin stands for the band about it, the first for all below, the last up to the bandwidth
    widths = np.r_[1.5, np.ones(bins - 2), bandwidth * n / fs - bins + 0.5] * fs / n
    rate, spread, segments = _jackknife(widths, *_spectra(x, x_hat, n, bins))
    from scipy.stats import t

    margin = spread * t.ppf((1 + confidence) / 2, segments - 1)
    per_spike = float("nan") if spikes is None else rate / spikes.rate
    return InformationRate(float(rate), float(rate - margin), float(rate + margin), float(per_spike))


def discrete_information(counts, *, confidence=0.95):
    """Mutual information of the inputs and outputs of a discrete channel, from how often each pair was seen.

    Parameters
    ----------
    counts : array_like of int, shape (inputs, outputs)
        For instance of a stimulus's class and the number of spikes that followed; the observations must be independent.
    confidence : float
        Probability that the interval from `low` to `high` holds the true information.

    Returns
    -------
    Information
        Bits per observation, low, high; the interval is that of the normal distribution, good where the information is
        well above 1 / observations.

    Raises
    ------
    ValueError, TypeError
        Counts that are negative, broken, or less than two in all.

    Notes
    -----
    The bias of the plug-in estimate, (pairs - inputs - outputs + 1) / (2 N ln 2) with the numbers of those that were seen, is
    subtracted (Miller 1955; Panzeri and Treves 1996).

    References
    ----------
    G. A. Miller, in Information Theory in Psychology, 95 (1955). S. Panzeri, A. Treves, Network 7, 87 (1996).

    Examples
    --------
    >>> import sigdelta as sd
    >>> information = sd.discrete_information([[600, 0], [200, 200]])
    >>> round(information.bits, 3), bool(information.low < 0.3219 < information.high)
    (0.322, True)
    """
    confidence, counts = _confidence(confidence), checks.real_array("counts", counts, (2,))
    if counts.min() < 0 or np.any(counts != np.round(counts)) or counts.sum() < 2:
        raise ValueError(f"counts must be whole, not negative, and at least two in all, not {counts.tolist()}")
    from scipy.stats import norm

    n, seen = counts.sum(), counts > 0
    joint = counts / n
    inputs, outputs = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    p, each = joint[seen], np.log2(joint[seen] / (inputs * outputs)[seen])
    bias = (seen.sum() - np.sum(inputs > 0) - np.sum(outputs > 0) + 1) / (2 * n * log(2))
    margin = sqrt(max(p @ each**2 - (p @ each) ** 2, 0.0) / n) * norm.ppf((1 + confidence) / 2)
    bits = float(p @ each - bias)
    return Information(bits, float(bits - margin), float(bits + margin))


def channel_capacity(channel):
    """Capacity of a discrete memoryless channel.

    Parameters
    ----------
    channel : array_like, shape (inputs, outputs)
        Probability of each output given the input; every row sums to 1.

    Returns
    -------
    Capacity
        Bits per use, to 1e-10, and the distribution of inputs.

    Raises
    ------
    ValueError, TypeError
        Rows that are no probabilities; a channel whose capacity is not found to 1e-10 in 100 000 steps.

    References
    ----------
    R. E. Blahut, "Computation of channel capacity and rate-distortion functions", IEEE Trans. Inf. Theory 18, 460 (1972);
    S. Arimoto, ibid. 14.

    Examples
    --------
    >>> import sigdelta as sd
    >>> bits, distribution = sd.channel_capacity([[1.0, 0.0], [0.5, 0.5]])  # the Z-channel: log2(5 / 4)
    >>> round(bits, 4), distribution.round(4)
    (0.3219, array([0.6, 0.4]))
    """
    channel = checks.real_array("channel", channel, (2,))
    if channel.min() < 0 or np.abs(channel.sum(1) - 1).max() > 1e-9:
        raise ValueError(f"channel must have rows of probabilities that sum to 1, not {channel.tolist()}")
    from scipy.special import rel_entr

    p = np.full(channel.shape[0], 1 / channel.shape[0])
    for _ in range(MOST_STEPS):
        gains = rel_entr(channel, p @ channel).sum(1)
        # Blahut's bounds: the capacity lies between the mean and the largest of these divergences
        low, high = p @ gains, gains.max()
        if high - low < 1e-10 * log(2):
            return Capacity(float(low / log(2)), p)
        p = p * np.exp(gains - high)
        p /= p.sum()
    raise ValueError(
        f"the capacity, {low / log(2):.6g} to {high / log(2):.6g} bits, was not found to 1e-10 in {MOST_STEPS} steps"
    )


def _confidence(value):
    value = checks.number("confidence", value)
    if value >= 1:
        raise ValueError(f"confidence must be below 1, not {value:g}")
    return value


def _spectra(x, x_hat, n, bins):
    """Power of x, power of x_hat, cross power at the first `bins` frequencies above 0, a row a segment, summed over tapers."""
    from scipy.signal.windows import dpss

    rows = [(each - each.mean())[: each.size // n * n].reshape(-1, n) for each in (x, x_hat)]
    power = power_hat = cross = 0.0
    for taper in dpss(n, HALF_BANDWIDTH, TAPERS):
        f, g = (np.fft.rfft(each * taper)[:, 1 : bins + 1] for each in rows)
        power, power_hat, cross = power + np.abs(f) ** 2, power_hat + np.abs(g) ** 2, cross + f.conj() * g
    return power, power_hat, cross


def _jackknife(widths, power, power_hat, cross):
    """Integral over bands of -log2(1 - coherence^2) without bias, its standard error, and the number of segments."""
    segments = len(power)
    total = power.sum(0)
    if total.min() < LEAKAGE * total.max():
        raise ValueError(
            f"x has no power in some of its band (less than {LEAKAGE:g} of its peak, which leakage exceeds): "
            "give its bandwidth, or an x of a flatter spectrum"
        )

    def rate(power, power_hat, cross, spectra):
        left = 1 - np.abs(cross) ** 2 / (power * power_hat)
        if left.min() < 1e-14:
            raise ValueError("x_hat is x, filtered: without error there is no finite information rate")
        return (-np.log2(left) - 1 / ((spectra - 1) * log(2))) @ widths

    sums = [each.sum(0) for each in (power, power_hat, cross)]
    without = rate(sums[0] - power, sums[1] - power_hat, sums[2] - cross, (segments - 1) * TAPERS)
    spread = sqrt((segments - 1) * np.mean((without - without.mean()) ** 2))
    return rate(*sums, segments * TAPERS), spread, segments
