"""Layers of clocked adaptive neurons, forwards through time and their exact adjoint backwards.

With alpha = exp(-dt / tau_m), rho = exp(-dt / tau_adp), z the input and S the spikes, a step is

    I_t = W z_t + b + Wr S_{t-1},  eta_t = rho eta_{t-1} + (1 - rho) S_{t-1},  theta_t = b0 + beta eta_t,
    u_t = alpha u_{t-1} + (1 - alpha) R I_t - S_{t-1} theta_t,  S_t = [u_t > theta_t],

and the leaky readout is y_t = kappa y_{t-1} + (1 - kappa) input_t. The derivative of S_t by v = u_t - theta_t is a surrogate; in
smooth mode S_t is its integral, so that the adjoint can be held to finite differences.

Arrays are (steps, batch, neurons), all of float64 or all of float32. Time goes to memory first, so nothing is stored that the
adjoint can do without, and a step's products are taken while it is in the cache. The loops over neurons write one array each,
read eight at most and hold no literals, so that they vectorise in either precision. `cell` has the rows alpha, rho, 1 - rho, b0,
beta, (1 - alpha) R. The events of a matrix are (rows, where, ends) as in the kernels `sparse`; rows are those of step after step.
"""

import numpy as np

from .jit import jit
from .sparse import add_outers, list_row
from .surrogates import smooth_spikes, surrogates
from .vectors import gather


@jit
def forward(below, weights, bias, dense, recurrent, cell, smooth, u, eta, spikes, where, ends, room):
    """Run a layer: u, eta and spikes, of steps + 1 rows, start with row 0, and `where` and `ends` list the spikes.

    `below` are the events of z, `weights` the transpose of W, whose product is taken by events unless `dense`; `recurrent` is the
    transpose of Wr, or empty; `smooth` is (gamma, sigma, lobes), or empty for spikes of 0 and 1. `room` is (batch + 1, neurons).
    """
    batch, into = u.shape[1], room[:-1]
    for b in range(batch):
        ends[b + 1] = list_row(spikes[0, b], where, ends[b])
    for t in range(len(u) - 1):
        if dense:
            np.dot(below[0][t * batch : (t + 1) * batch], weights, into)
        advance(t, below, weights, bias, dense, recurrent, cell, smooth, u, eta, spikes, where, ends, into, room[-1])


@jit(_nrt=False, fastmath={"contract"})
def advance(t, below, weights, bias, dense, recurrent, cell, smooth, u, eta, spikes, where, ends, into, v):
    """A step of a layer."""
    (alpha, rho, fresh, b0, beta, gain), (batch, n), nothing = cell, into.shape, v[0] - v[0]
    for b in range(batch):
        row, current, before, after = t * batch + b, into[b], spikes[t, b], spikes[t + 1, b]
        trace_before, trace, u_before, now = eta[t, b], eta[t + 1, b], u[t, b], u[t + 1, b]
        if dense:
            for i in range(n):
                current[i] += bias[i]
        else:
            for i in range(n):
                current[i] = bias[i]
            gather(below[0][row], below[1], below[2][row], below[2][row + 1], weights, current)
        if recurrent.size > 0:
            gather(before, where, ends[row], ends[row + 1], recurrent, current)
        for i in range(n):
            trace[i] = rho[i] * trace_before[i] + fresh[i] * before[i]
        for i in range(n):
            now[i] = alpha[i] * u_before[i] + gain[i] * current[i] - before[i] * (b0[i] + beta[i] * trace[i])
        for i in range(n):
            v[i] = now[i] - (b0[i] + beta[i] * trace[i])
        if smooth.size > 0:
            smooth_spikes(v, smooth[0], smooth[1], smooth[2], after)
        else:
            for i in range(n):
                after[i] = v[i] > nothing
        ends[row + batch + 1] = list_row(after, where, ends[row + batch])


@jit
def backward(
    above, weights, outside, direct, below, before, recurrent, cell, shape, series, u, eta, bar, room, scratch, sums, d_input,
    d_recurrent,
):  # fmt: skip
    """The adjoint of `forward`. With psi the surrogate, ' for derivatives, and those at T + 1 zero, for t = T ... 1

        g_t = dL/dS_t + Wr^T (1 - alpha) R u'_{t+1} + (1 - rho) eta'_{t+1} - theta_{t+1} u'_{t+1},
        u'_t = alpha u'_{t+1} + dL/du_t + psi_t g_t,
        theta'_t = -psi_t g_t - S_{t-1} u'_t,  eta'_t = rho eta'_{t+1} + beta theta'_t.

    Of dL/dS the part `above` @ `weights` comes from the layer above, `outside` from elsewhere, like `direct`, dL/du; each may be
    empty. `recurrent` is (1 - alpha) R Wr, or empty where no gradient passes through recurrent spikes. `before` are the events of
    the spikes of the step before. `bar` receives u', of as many steps as it has room for, 2 at least. The `sums` are those of
    u'_t u_{t-1}, eta'_t (eta_{t-1} - S_{t-1}), theta'_t, theta'_t eta_t and u'_t; d_input and d_recurrent, unless they are empty,
    those of z_t and of S_{t-1} times u'_t. `room`, four steps of zeros, and `scratch`, three rows, are for work.
    """
    steps, batch = len(u) - 1, u.shape[1]
    bar[steps % len(bar)] = 0
    for t in range(steps - 1, -1, -1):
        if above.size > 0:
            np.dot(above[t], weights, room[0])
        later, now = bar[(t + 1) % len(bar)], bar[t % len(bar)]
        retreat(t, outside, direct, before, cell, shape, series, u, eta, later, now, room, scratch, sums)
        if d_input.size > 0:
            add_outers(below[0], below[1], below[2], t * batch, now, d_input)
        if d_recurrent.size > 0:
            add_outers(before[0], before[1], before[2], t * batch, now, d_recurrent)
        if recurrent.size > 0:
            np.dot(now, recurrent, room[1])


@jit(_nrt=False, fastmath={"contract"})
def retreat(t, outside, direct, before, cell, shape, series, u, eta, later, bar, room, scratch, sums):
    """A step of `backward` but for its products: `later` is u' of the step after, `bar` receives that of this one."""
    (alpha, rho, fresh, b0, beta, _), (batch, n) = cell, bar.shape
    d_alpha, d_rho, d_b0, d_beta, d_bias = sums
    v, psi, g = scratch[0], scratch[1], scratch[2]
    for b in range(batch):
        sent, returned, own, eta_bar, u_bar, u_later = room[0, b], room[1, b], room[2, b], room[3, b], bar[b], later[b]
        now, trace, u_before, trace_before, spikes = u[t + 1, b], eta[t + 1, b], u[t, b], eta[t, b], before[0][t * batch + b]
        for i in range(n):
            v[i] = now[i] - (b0[i] + beta[i] * trace[i])
        surrogates(v, shape, series, psi)
        if outside.size > 0:
            more = outside[t, b]
            for i in range(n):
                own[i] += more[i]
        for i in range(n):
            g[i] = psi[i] * (sent[i] + returned[i] + own[i])
        for i in range(n):
            u_bar[i] = alpha[i] * u_later[i] + g[i]
        if direct.size > 0:
            more = direct[t, b]
            for i in range(n):
                u_bar[i] += more[i]
        for i in range(n):
            g[i] = -g[i] - spikes[i] * u_bar[i]
        for i in range(n):
            eta_bar[i] = rho[i] * eta_bar[i] + beta[i] * g[i]
        for i in range(n):
            own[i] = fresh[i] * eta_bar[i] - (b0[i] + beta[i] * trace[i]) * u_bar[i]
        for i in range(n):
            d_alpha[i] += u_bar[i] * u_before[i]
        for i in range(n):
            d_rho[i] += eta_bar[i] * (trace_before[i] - spikes[i])
        for i in range(n):
            d_b0[i] += g[i]
        for i in range(n):
            d_beta[i] += g[i] * trace[i]
        for i in range(n):
            d_bias[i] += u_bar[i]


@jit(_nrt=False, fastmath={"contract"})
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
