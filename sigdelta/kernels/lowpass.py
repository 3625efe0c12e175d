"""Spikes through a finite impulse response, each at its exact time."""

from math import floor

from .jit import jit


@jit
def add_filtered(times, areas, start, fs, table, origin, out):
    """Add areas[i] * h(k - (times[i] - start) fs) to out[k - origin], for a filter h of n = table.shape[1] samples.

    Row r of the table holds h at j - n / 2 + 1 - (r - 1) / phases, phases = rows - 3; between rows h is the cubic through the
    four nearest. A spike touches the n samples about it; the sums run in the order of the spikes.
    """
    phases, n = table.shape[0] - 3, table.shape[1]
    for i in range(times.size):
        place = (times[i] - start) * fs
        below = floor(place)
        phase = (place - below) * phases
        row = min(int(phase), phases - 1)
        f = phase - row
        a = areas[i] * -f * (f - 1.0) * (f - 2.0) / 6.0
        b = areas[i] * (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0
        c = areas[i] * -f * (f + 1.0) * (f - 2.0) / 2.0
        d = areas[i] * f * (f + 1.0) * (f - 1.0) / 6.0
        first = int(below) - n // 2 + 1 - origin
        for j in range(max(0, -first), min(n, out.size - first)):
            out[first + j] += a * table[row, j] + b * table[row + 1, j] + c * table[row + 2, j] + d * table[row + 3, j]


@jit
def add_splines(times, heights, start, fs, out):
    """Add heights[i] times the cubic B-spline of unit sum that begins at times[i] and ends four samples later.

    Sample k of `out` stands at start + k / fs.
    """
    for i in range(times.size):
        place = (times[i] - start) * fs
        below = floor(place)
        f = place - below
        g, first = 1.0 - f, int(below) + 1
        spline = (g**3, 1.0 + 3.0 * g * (1.0 + g * f), 1.0 + 3.0 * f * (1.0 + f * g), f**3)
        for j in range(min(4, out.size - first)):
            out[first + j] += heights[i] * spline[j] / 6.0
