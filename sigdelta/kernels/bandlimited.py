"""Recovery of band-limited signals: what the spikes say of the signal, and its fit by a row of local kernels.

A spike that fired on its level says what the free potential is there. Between two of them, a and b,

    integral of x(s) exp(-(b - s) / tau) over s in [a, b] = (y(b) - y(a) exp(-(b - a) / tau)) / gain,

one linear equation in x; under potential drive x(b) = y(b) itself is one. The signal is sought as the sum of
c[j] phi(t / cell - j), phi being a table of polynomials, one for each of the cells that it covers. So every equation is a short
row of numbers, and the normal equations have a band as narrow as the rows.
"""

from math import exp, expm1, floor, sqrt

from .jit import jit

NODES = (0.23861918608319691, 0.66120938646626451, 0.93246951420315203)
WEIGHTS = (0.46791393457269105, 0.36076157304813861, 0.17132449237917035)


@jit
def excess(t, fast, slow):
    """exp(-fast t) - exp(-slow t), without cancellation; `fast` and `slow` are rates of decay."""
    return exp(-min(fast, slow) * t) * expm1(-abs(fast - slow) * t) * (1.0 if fast > slow else -1.0)


@jit
def read_spikes(
    times, heights, unknown, rate, pulse, weight, jump, ramp, shift, grow, theta_rate, baseline, share, fixed, dead, point,
    state, pulses, rises, begin, end, value, theta,
):  # fmt: skip
    """Equations that the spikes give: value[i] is y(b) (`point`), or y(b) - y(a) exp(-rate (b - a)), a = begin[i], b = end[i].

    The membrane is y less the pulses, weight[j] h exp(-pulse[j] t), and less ramp times the integral of the first of them; it
    falls by jump h at a spike of height h, and starts again from 0 after the time `dead`, if there is one. A spike that is not
    `unknown` fired at share * theta; theta[i] is the threshold replayed, in which a spike leaves shift[n] + grow[n] theta that
    decays by theta_rate[n]. The height tells the threshold, unless it is `fixed`. `state` is (last spike, last known place a,
    membrane after it or nan, what the pulses have added since it), and with `pulses` and `rises` is updated, so that the next
    call continues. Returns the number of equations.
    """
    count = 0
    for i in range(times.size):
        t, h, now, total = times[i], heights[i], baseline, 0.0
        wait = t - state[0]
        state[3] = state[3] * exp(-rate * wait) + ramp * pulses[0] * wait
        for j in range(pulses.size):
            state[3] += pulses[j] * excess(wait, pulse[j], rate)
            pulses[j] *= exp(-pulse[j] * wait)
            total += pulses[j]
        for n in range(rises.size):
            rises[n] *= exp(-theta_rate[n] * wait)
            now += rises[n]
        theta[i], state[0], known = now, t, not unknown[i]
        if known:
            u = share * (now if fixed else abs(h)) * (1.0 if h > 0.0 else -1.0)
            if (point or state[2] == state[2]) and t > state[1]:
                begin[count], end[count] = state[1], t
                value[count] = total + u if point else u - state[2] * exp(-rate * (t - state[1])) + state[3]
                count += 1
            state[1], state[2], state[3] = (t + dead, 0.0, 0.0) if dead > 0.0 else (t, u - jump * h, 0.0)
        else:
            state[3] += jump * h
        for j in range(pulses.size):
            pulses[j] += weight[j] * h
        for n in range(rises.size):
            rises[n] += shift[n] + grow[n] * now
    return count


@jit
def add_phi(position, amount, table, column, row):
    """Add amount * phi(position - j) to row[j - column] for every j whose phi reaches `position`, in cells."""
    width, cell = table.shape[1], floor(position)
    z, first = 2.0 * (position - cell) - 1.0, cell - width // 2 + 1 - column
    for i in range(width):
        total = table[0, i]
        for d in range(1, table.shape[0]):
            total = total * z + table[d, i]
        row[first + i] += amount * total


@jit
def area(length, rate):
    """Integral of exp(-rate s) over s in [0, length]."""
    return -expm1(-rate * length) / rate if rate > 0.0 else length


@jit
def add_average(a, b, rate, cell, origin, table, column, row, scale):
    """The row of scale * integral of x(s) exp(-rate (b - s)) over [a, b]: Gauss nodes, on panels of a cell or a decay at most."""
    panels = int((b - a) * max(1.0 / cell, rate)) + 1
    half = 0.5 * (b - a) / panels
    for panel in range(panels):
        middle = (b - half) - 2.0 * half * panel
        for q in range(3):
            for side in (-1.0, 1.0):
                s = middle + side * half * NODES[q]
                add_phi((s - origin) / cell, scale * half * WEIGHTS[q] * exp(-rate * (b - s)), table, column, row)


@jit
def add_held_average(a, b, rate, fs, cell, origin, table, column, row, scale):
    """The same for a signal that is held over each sample: its sample instants are the nodes."""
    k = floor(a * fs)
    while k / fs < b:
        low, high = max(k / fs, a), min((k + 1) / fs, b)
        if high > low:
            amount = exp(-rate * (b - high)) * area(high - low, rate)
            add_phi((k / fs - origin) / cell, scale * amount, table, column, row)
        k += 1


@jit
def add_held_point(t, fs, final, cell, origin, table, column, row, scale):
    """The row of scale * x(t) for a signal that is linear between its samples, the last of which, `final`, is held."""
    k = floor(t * fs)
    part = min(max(t * fs - k, 0.0), 1.0) if k < final else 0.0
    add_phi((min(k, final) / fs - origin) / cell, scale * (1.0 - part), table, column, row)
    if part > 0.0:
        add_phi(((k + 1) / fs - origin) / cell, scale * part, table, column, row)


@jit
def make_rows(begin, end, value, rate, point, fs, final, reach, cell, origin, left, table, first, rows, goal):
    """One row an equation, scaled by its weight; row i stands in the columns from first[i] on, column 0 being that of j = left.

    fs > 0: the signal was held (`point`: linear) between samples at fs. Where the decay is fast, an equation knows only the last
    `reach` seconds.
    """
    half = table.shape[1] // 2
    for i in range(end.size):
        a, b = max(begin[i], end[i] - reach), end[i]
        length = b - a
        low = (b if point else a) - origin - (1.0 / fs if fs > 0.0 else 0.0)
        column = floor(low / cell - 1e-6) - half + 1  # rounding may put a sample instant a trifle below
        first[i] = column - left
        weight = sqrt(min(length / cell, 1.0)) / (1.0 if point else area(length, rate))
        goal[i] = value[i] * weight
        row = rows[i]
        row[:] = 0.0
        if point and fs > 0.0:
            add_held_point(b, fs, final, cell, origin, table, column, row, weight)
        elif point:
            add_phi((b - origin) / cell, weight, table, column, row)
        elif fs > 0.0:
            add_held_average(a, b, rate, fs, cell, origin, table, column, row, weight)
        else:
            add_average(a, b, rate, cell, origin, table, column, row, weight)


@jit
def add_gram(first, rows, gram):
    """Add the products of every row with itself to the normal matrix, gram[j, d] being its element (j, j + d)."""
    width = rows.shape[1]
    for i in range(first.size):
        for p in range(width):
            amount = rows[i, p]
            if amount != 0.0:
                line = gram[first[i] + p]
                for q in range(width - p):
                    line[q] += amount * rows[i, p + q]


@jit
def project(first, rows, goal, c, side):
    """Add rows^T (goal - rows c) to `side`; rows are as wide as the widest, and those at the end hold zeros beyond c."""
    for i in range(first.size):
        rest, width = goal[i], min(rows.shape[1], c.size - first[i])
        for p in range(width):
            rest -= rows[i, p] * c[first[i] + p]
        for p in range(width):
            side[first[i] + p] += rows[i, p] * rest


@jit
def synthesize(c, left, start, offset, fs, cell, table, out):
    """out[k] = sum of c[j - left] phi((offset + k) / fs / cell - start - j): samples from number `offset` on."""
    width = table.shape[1]
    for k in range(out.size):
        position = (offset + k) / fs / cell - start
        whole = floor(position)
        z, first, total = 2.0 * (position - whole) - 1.0, whole - width // 2 + 1 - left, 0.0
        for i in range(width):
            value = table[0, i]
            for d in range(1, table.shape[0]):
                value = value * z + table[d, i]
            total += value * c[first + i]
        out[k] = total
