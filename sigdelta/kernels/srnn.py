"""Layers of clocked adaptive neurons, forwards through time and their exact adjoint backwards.

With alpha = exp(-dt / tau_m), rho = exp(-dt / tau_adp) and S the spikes, a step is

    I_t = current_t + Wr S_{t-1},  eta_t = rho eta_{t-1} + (1 - rho) S_{t-1},  theta_t = b0 + beta eta_t,
    u_t = alpha u_{t-1} + (1 - alpha) R I_t - S_{t-1} theta_t,  S_t = [u_t > theta_t],

and the leaky readout is y_t = kappa y_{t-1} + (1 - kappa) input_t. The derivative of S_t by v = u_t - theta_t is a surrogate; in
smooth mode S_t is its integral, so that the adjoint can be held to finite differences.

Arrays are (steps, batch, neurons), of float64 or all of float32. The loops over neurons touch few arrays each and hold no literals,
so that they vectorise in either precision. `cell` stacks rows alpha, rho, 1 - rho, b0, beta, (1 - alpha) R; `shape` is the
surrogate's (a, p, b, s, q): a exp(-p v^2) - b (exp(-q (v - s)^2) + exp(-q (v + s)^2)), or with a p < 0 the triangle a max(0, 1 + p |v|).
"""

from math import erf, sqrt

import numpy as np

from .jit import jit

ALPHA, RHO, FRESH, BASELINE, BETA, GAIN = range(6)


@jit
def exponentials(z, series, out):
    """out = exp(z) for z <= 0, as the 256th power of a Taylor series; `series` is 1 / n!, n = 0 ... 12, then 1 / 256 and -80."""
    c0, c1, c2, c3, c4, c5, c6 = series[0], series[1], series[2], series[3], series[4], series[5], series[6]
    c7, c8, c9, c10, c11, c12, small, lowest = (
        series[7], series[8], series[9], series[10], series[11], series[12], series[13], series[14],
    )  # fmt: skip
    for i in range(z.size):
        x = max(z[i], lowest) * small
        e = c0 + x * (c1 + x * (c2 + x * (c3 + x * (c4 + x * (c5 + x * (c6 + x * (c7 + x * (c8 + x * (c9 + x * (c10 + x * (
            c11 + x * c12)))))))))))  # fmt: skip
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        e = e * e
        out[i] = e * e


@jit
def surrogates(v, shape, series, z, e, out):
    """Derivative of a spike by v, for a row; z and e are scratch."""
    a, p, b, s, q = shape[0], shape[1], shape[2], shape[3], shape[4]
    if p < 0:
        nothing = a - a
        for i in range(v.size):
            out[i] = max(nothing, a + a * p * abs(v[i]))
        return
    for i in range(v.size):
        z[i] = -p * v[i] * v[i]
    exponentials(z, series, e)
    for i in range(v.size):
        out[i] = a * e[i]
    if b > 0:
        for side in (s, -s):
            for i in range(v.size):
                z[i] = -q * (v[i] - side) * (v[i] - side)
            exponentials(z, series, e)
            for i in range(v.size):
                out[i] -= b * e[i]


@jit
def smooth_spikes(v, shape, out):
    """Integral of the surrogate up to v, for a row."""
    a, p, b, s, q = shape[0], shape[1], shape[2], shape[3], shape[4]
    for i in range(v.size):
        if p < 0:
            x = min(max(p * v[i], -1.0), 1.0)
            out[i] = -a / p * (0.5 - x + 0.5 * x * abs(x))
            continue
        total = a * sqrt(np.pi / p) * (0.5 + 0.5 * erf(sqrt(p) * v[i]))
        for side in (s, -s):
            total -= b * sqrt(np.pi / q) * (0.5 + 0.5 * erf(sqrt(q) * (v[i] - side)))
        out[i] = total


@jit
def add_rows(spikes, rows, out):
    """out[b] += sum over j of spikes[b, j] rows[j]: a product with spikes, which are mostly 0."""
    for b in range(spikes.shape[0]):
        target = out[b]
        for j in range(spikes.shape[1]):
            s = spikes[b, j]
            if s != 0:
                row = rows[j]
                for i in range(row.size):
                    target[i] += s * row[i]


@jit
def add_outer(spikes, values, out):
    """out[j] += sum over b of spikes[b, j] values[b]."""
    for b in range(spikes.shape[0]):
        row = values[b]
        for j in range(spikes.shape[1]):
            s = spikes[b, j]
            if s != 0:
                target = out[j]
                for i in range(row.size):
                    target[i] += s * row[i]


@jit
def step(before, trace_before, u_before, current, cell, trace, theta, u):
    """One step of a row of neurons, but for the decision."""
    alpha, rho, fresh, b0, beta, gain = cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]
    for i in range(u.size):
        trace[i] = rho[i] * trace_before[i] + fresh[i] * before[i]
    for i in range(u.size):
        theta[i] = b0[i] + beta[i] * trace[i]
    for i in range(u.size):
        u[i] = alpha[i] * u_before[i] + gain[i] * current[i]
    for i in range(u.size):
        u[i] -= before[i] * theta[i]


@jit
def forward(current, recurrent, cell, shape, smooth, u, eta, spikes):
    """Run a layer: `current` holds its input and receives I; u, eta and spikes, of steps + 1 rows, start with row 0.

    `recurrent` is the transpose of Wr, or empty.
    """
    theta, v = np.empty_like(u[0, 0]), np.empty_like(u[0, 0])
    for t in range(current.shape[0]):
        if recurrent.size > 0:
            add_rows(spikes[t], recurrent, current[t])
        for b in range(current.shape[1]):
            after, value = spikes[t + 1, b], u[t + 1, b]
            step(spikes[t, b], eta[t, b], u[t, b], current[t, b], cell, eta[t + 1, b], theta, value)
            if smooth:
                for i in range(v.size):
                    v[i] = value[i] - theta[i]
                smooth_spikes(v, shape, after)
            else:
                for i in range(v.size):
                    after[i] = value[i] > theta[i]


@jit
def backward(
    g, du, weights, recurrent_too, detached, cell, shape, series, resistance, current, u, eta, spikes, grads, d_recurrent
):
    """The adjoint of `forward`. On entry g holds dL/dS from outside and du dL/du; on return du holds dL/dI.

    `weights` is Wr, or empty; it passes gradients unless `detached`. Row sums of `grads` (alpha, rho, b0, beta) and of
    `d_recurrent`, the transpose of dL/dWr, are added to.
    """
    steps, batch, n = du.shape
    u_bar, eta_bar, theta_next = np.zeros_like(u[0]), np.zeros_like(u[0]), np.zeros_like(u[0])
    back = np.zeros_like(u[0])
    theta, v, psi, z, e = np.empty_like(u[0, 0]), np.empty_like(u[0, 0]), np.empty_like(u[0, 0]), u[0, 0].copy(), u[0, 0].copy()
    alpha, rho, fresh, b0, beta, gain = cell[0], cell[1], cell[2], cell[3], cell[4], cell[5]
    for t in range(steps - 1, -1, -1):
        for b in range(batch):
            s, before, trace, value = g[t, b], spikes[t, b], eta[t + 1, b], u[t + 1, b]
            ub, eb, tn, bk, du_row = u_bar[b], eta_bar[b], theta_next[b], back[b], du[t, b]
            for i in range(n):
                theta[i] = b0[i] + beta[i] * trace[i]
            for i in range(n):
                v[i] = value[i] - theta[i]
            surrogates(v, shape, series, z, e, psi)
            for i in range(n):
                s[i] += bk[i] + fresh[i] * eb[i]
            for i in range(n):
                s[i] = (s[i] - tn[i] * ub[i]) * psi[i]
            for i in range(n):
                ub[i] = alpha[i] * ub[i] + du_row[i] + s[i]
            for i in range(n):
                s[i] = -s[i] - before[i] * ub[i]
            for i in range(n):
                eb[i] = rho[i] * eb[i] + beta[i] * s[i]
            for i in range(n):
                tn[i] = theta[i]
            for i in range(n):
                du_row[i] = gain[i] * ub[i]
            collect(ub, eb, s, trace, u[t, b], eta[t, b], before, current[t, b], resistance, grads)
        if recurrent_too:
            add_outer(spikes[t], du[t], d_recurrent)
            if not detached:
                np.dot(du[t], weights, back)


@jit
def collect(u_bar, eta_bar, theta_bar, trace, u_before, trace_before, before, current, resistance, grads):
    """Add a row's share to the gradients by alpha, rho, b0 and beta."""
    d_alpha, d_rho, d_b0, d_beta = grads[0], grads[1], grads[2], grads[3]
    for i in range(d_alpha.size):
        d_alpha[i] += u_bar[i] * (u_before[i] - resistance * current[i])
    for i in range(d_alpha.size):
        d_rho[i] += eta_bar[i] * (trace_before[i] - before[i])
    for i in range(d_alpha.size):
        d_b0[i] += theta_bar[i]
    for i in range(d_alpha.size):
        d_beta[i] += theta_bar[i] * trace[i]


@jit
def leak(values, kappa, fresh, y):
    """The leaky readout: y, of steps + 1 rows, from row 0 on; fresh = 1 - kappa."""
    for t in range(values.shape[0]):
        for b in range(values.shape[1]):
            before, after, value = y[t, b], y[t + 1, b], values[t, b]
            for i in range(value.size):
                after[i] = kappa[i] * before[i] + fresh[i] * value[i]


@jit
def leak_back(dy, kappa, fresh, values, y, d_kappa):
    """The adjoint of `leak`: dy, which holds dL/dy, becomes dL/dvalues; d_kappa is added to."""
    later = np.zeros_like(y[0])
    for t in range(dy.shape[0] - 1, -1, -1):
        for b in range(dy.shape[1]):
            row, bar, before, value = dy[t, b], later[b], y[t, b], values[t, b]
            for i in range(row.size):
                bar[i] = row[i] + kappa[i] * bar[i]
            for i in range(row.size):
                d_kappa[i] += bar[i] * (before[i] - value[i])
            for i in range(row.size):
                row[i] = fresh[i] * bar[i]
