"""Layers of clocked adaptive neurons, forwards through time and their exact adjoint backwards.

With alpha = exp(-dt / tau_m), rho = exp(-dt / tau_adp) and S the spikes, a step is

    I_t = current_t + Wr S_{t-1},  eta_t = rho eta_{t-1} + (1 - rho) S_{t-1},  theta_t = b0 + beta eta_t,
    u_t = alpha u_{t-1} + (1 - alpha) R I_t - S_{t-1} theta_t,  S_t = [u_t > theta_t],

and the leaky readout is y_t = kappa y_{t-1} + (1 - kappa) input_t. The derivative of S_t by v = u_t - theta_t is a surrogate; in
smooth mode S_t is its integral, so that the adjoint can be held to finite differences.

Arrays are (steps, batch, neurons), all of float64 or all of float32. The loops over neurons write one array each and hold no
literals, so that they vectorise in either precision. `cell` stacks rows alpha, rho, 1 - rho, b0, beta, (1 - alpha) R. Spikes are
mostly 0: `where` lists the columns of what is not, row after row, and those of row r end at ends[r + 1].
"""

from math import erf, sqrt

import numpy as np

from .jit import jit


@jit
def list_events(rows, where, ends):
    """Fill `where`, with room for one more than `rows` has elements, and `ends`, which starts with 0."""
    for r in range(rows.shape[0]):
        ends[r + 1] = list_row(rows[r], where, ends[r])


@jit
def list_row(row, where, n):
    for i in range(row.size):
        where[n] = i
        n += row[i] != 0
    return n


@jit
def add_products(rows, where, ends, weights, out):
    """out[r] += rows[r] @ weights."""
    for r in range(rows.shape[0]):
        add_product(rows[r], where[ends[r] : ends[r + 1]], weights, out[r])


@jit
def add_product(row, events, weights, out):
    even = events.size - events.size % 2
    for k in range(0, even, 2):
        a, b = weights[events[k]], weights[events[k + 1]]
        c, d = row[events[k]], row[events[k + 1]]
        for i in range(out.size):
            out[i] += c * a[i] + d * b[i]
    for k in range(even, events.size):
        a, c = weights[events[k]], row[events[k]]
        for i in range(out.size):
            out[i] += c * a[i]


@jit
def add_outers(rows, where, ends, values, out):
    """out += rows.T @ values."""
    for r in range(rows.shape[0]):
        row, value = rows[r], values[r]
        for k in range(ends[r], ends[r + 1]):
            target, c = out[where[k]], row[where[k]]
            for i in range(value.size):
                target[i] += c * value[i]


@jit
def polynomial(x, series, out):
    """out = sum of series[n] x^n, by Horner's scheme, two powers a pass: `series` has an odd number of terms."""
    last = series[series.size - 1]
    for i in range(x.size):
        out[i] = last
    for n in range(series.size - 2, 0, -2):
        a, b = series[n], series[n - 1]
        for i in range(x.size):
            out[i] = (out[i] * x[i] + a) * x[i] + b


@jit
def surrogates(v, shape, series, scale_bits, work, out):
    """Derivative of a spike by v, for a row: a E^36 - b E cosh(d v) with E = 2^(-c v^2), or the triangle max(0, a - b |v|).

    `shape` is (a, b, c, d, end, magic), and c = 0 for the triangle; beyond `end` nothing is left of E. `series` are those of 2^x
    and cosh(sqrt(x)). Adding `magic` to a number leaves n, the nearest whole one, in its last bits; times the unit of the
    exponent, plus the bits of 1.0, they are those of 2^n. `scale_bits` is (unit, one, the bits of work[0]).
    """
    a, b, c, d, end, magic = shape
    if c == 0:
        nothing = a - a
        for i in range(v.size):
            out[i] = max(nothing, a - b * abs(v[i]))
        return
    unit, one, bits = scale_bits
    scale, x, e = work[0], work[1], work[2]
    for i in range(v.size):
        out[i] = min(abs(v[i]), end)
    for i in range(v.size):
        scale[i] = magic - c * out[i] * out[i]
    for i in range(v.size):
        x[i] = (magic - scale[i]) - c * out[i] * out[i]
    for i in range(v.size):
        bits[i] = bits[i] * unit + one
    polynomial(x, series[0], e)
    for i in range(v.size):
        e[i] *= scale[i]
    for i in range(v.size):
        x[i] = (d * out[i]) * (d * out[i])
    polynomial(x, series[1], out)
    for i in range(v.size):
        four = (e[i] * e[i]) * (e[i] * e[i])
        sixteen = (four * four) * (four * four)
        out[i] = a * (four * (sixteen * sixteen)) - b * e[i] * out[i]


@jit
def smooth_spikes(v, gamma, sigma, lobes, out):
    """Integral of the surrogate up to v, for a row; with lobes < 0 that of the triangle."""
    for i in range(v.size):
        if lobes < 0:
            x = min(max(v[i] / sigma, -1.0), 1.0)
            out[i] = gamma * sigma * (0.5 + x - 0.5 * x * abs(x))
        else:
            z = v[i] / (sigma * sqrt(2.0))
            wings = erf(z / 6 - sqrt(0.5) / 6) + erf(z / 6 + sqrt(0.5) / 6)
            out[i] = 0.5 * gamma * (1 - lobes + (1 + lobes) * erf(z) - lobes * wings)


@jit
def forward(current, recurrent, cell, smooth, u, eta, spikes, where, ends):
    """Run a layer: `current` holds its input and receives I; u, eta and spikes, of steps + 1 rows, start with row 0.

    `recurrent` is the transpose of Wr, or empty; `smooth` is (gamma, sigma, lobes), or empty for spikes of 0 and 1.
    """
    steps, batch, n = current.shape
    alpha, rho, fresh, b0, beta, gain = cell
    theta, v = np.empty_like(u[0, 0]), np.empty_like(u[0, 0])
    for b in range(batch):
        ends[b + 1] = list_row(spikes[0, b], where, ends[b])
    for t in range(steps):
        for b in range(batch):
            row, events = t * batch + b, (t + 1) * batch + b
            before, after, trace, now, into = spikes[t, b], spikes[t + 1, b], eta[t + 1, b], u[t + 1, b], current[t, b]
            if recurrent.size > 0:
                add_product(before, where[ends[row] : ends[row + 1]], recurrent, into)
            trace_before, u_before = eta[t, b], u[t, b]
            for i in range(n):
                trace[i] = rho[i] * trace_before[i] + fresh[i] * before[i]
            for i in range(n):
                theta[i] = b0[i] + beta[i] * trace[i]
            for i in range(n):
                now[i] = alpha[i] * u_before[i] + gain[i] * into[i] - before[i] * theta[i]
            if smooth.size > 0:
                for i in range(n):
                    v[i] = now[i] - theta[i]
                smooth_spikes(v, smooth[0], smooth[1], smooth[2], after)
            else:
                for i in range(n):
                    after[i] = now[i] > theta[i]
            ends[events + 1] = list_row(after, where, ends[events])


@jit
def backward(bar, direct, weights, cell, shape, series, scale_bits, work, resistance, current, u, eta, spikes, grads):
    """The adjoint of `forward`: `bar` holds dL/dS from outside and receives dL/dI, `direct` is dL/du from outside, or empty.

    `weights` is Wr, or empty where no gradient passes through recurrent spikes. To `grads`, rows for alpha, rho, b0 and beta, is
    added. With psi the surrogate, ' for derivatives, and those at T + 1 zero, for t = T ... 1

        g_t = dL/dS_t + Wr^T (1 - alpha) R u'_{t+1} + (1 - rho) eta'_{t+1} - theta_{t+1} u'_{t+1},
        u'_t = alpha u'_{t+1} + dL/du_t + psi_t g_t,
        theta'_t = -psi_t g_t - S_{t-1} u'_t,  eta'_t = rho eta'_{t+1} + beta theta'_t.
    """
    steps, batch, n = bar.shape
    alpha, rho, fresh, b0, beta, gain = cell
    u_bars, eta_bars, thetas, back = np.zeros_like(u[0]), np.zeros_like(u[0]), np.zeros_like(u[0]), np.zeros_like(u[0])
    v, psi, g = np.empty_like(u[0, 0]), np.empty_like(u[0, 0]), np.empty_like(u[0, 0])
    d_alpha, d_rho, d_b0, d_beta = grads[0], grads[1], grads[2], grads[3]
    for t in range(steps - 1, -1, -1):
        for b in range(batch):
            row, returned, u_bar, eta_bar, theta = bar[t, b], back[b], u_bars[b], eta_bars[b], thetas[b]
            now, trace, before, u_before, trace_before = u[t + 1, b], eta[t + 1, b], spikes[t, b], u[t, b], eta[t, b]
            for i in range(n):
                g[i] = row[i] + returned[i] + fresh[i] * eta_bar[i] - theta[i] * u_bar[i]
            for i in range(n):
                theta[i] = b0[i] + beta[i] * trace[i]
            for i in range(n):
                v[i] = now[i] - theta[i]
            surrogates(v, shape, series, scale_bits, work, psi)
            for i in range(n):
                g[i] *= psi[i]
            for i in range(n):
                u_bar[i] = alpha[i] * u_bar[i] + g[i]
            if direct.size > 0:
                outside = direct[t, b]
                for i in range(n):
                    u_bar[i] += outside[i]
            for i in range(n):
                g[i] = -g[i] - before[i] * u_bar[i]
            for i in range(n):
                eta_bar[i] = rho[i] * eta_bar[i] + beta[i] * g[i]
            for i in range(n):
                row[i] = gain[i] * u_bar[i]
            into = current[t, b]
            for i in range(n):
                d_alpha[i] += u_bar[i] * (u_before[i] - resistance * into[i])
            for i in range(n):
                d_rho[i] += eta_bar[i] * (trace_before[i] - before[i])
            for i in range(n):
                d_b0[i] += g[i]
            for i in range(n):
                d_beta[i] += g[i] * trace[i]
        if weights.size > 0:
            np.dot(bar[t], weights, back)


@jit
def leak(values, kappa, fresh, y):
    """The leaky readout: y, of steps + 1 rows, from row 0 on; fresh = 1 - kappa."""
    for t in range(values.shape[0]):
        for b in range(values.shape[1]):
            before, after, value = y[t, b], y[t + 1, b], values[t, b]
            for i in range(value.size):
                after[i] = kappa[i] * before[i] + fresh[i] * value[i]


@jit
def leak_back(bar, kappa, fresh, values, y, d_kappa):
    """The adjoint of `leak`: `bar`, which holds dL/dy, becomes dL/dvalues; d_kappa is added to."""
    later = np.zeros_like(y[0])
    for t in range(bar.shape[0] - 1, -1, -1):
        for b in range(bar.shape[1]):
            row, total, before, value = bar[t, b], later[b], y[t, b], values[t, b]
            for i in range(row.size):
                total[i] = row[i] + kappa[i] * total[i]
            for i in range(row.size):
                d_kappa[i] += total[i] * (before[i] - value[i])
            for i in range(row.size):
                row[i] = fresh[i] * total[i]
