"""The neuron of deep learning: one decision a sample, with an adaptive threshold (beta = 0: a LIF neuron)."""

from math import expm1, inf

from .jit import jit


@jit
def clocked(x, first, fs, tau_m, tau_adp, baseline, beta, jump, fixed, bipolar, state, times, heights, saturated, membrane):
    """The recursion, with alpha = exp(-dt / tau_m), rho = exp(-dt / tau_adp) and S = 0 or +-1 the decisions:

        eta = rho eta + jump |S|,  theta = baseline + beta eta,  u = alpha u + (1 - alpha) x - S theta,  S = [|u| > theta].

    The spike decided in step t is paid in step t + 1, with the threshold of that step (or `fixed`, if that is positive), and
    stamped at its end, (t + 2) / fs. It is saturated if the step before fired the same way. `membrane`[t] takes u before step t,
    unless it is empty. `state` is (step, u, eta, S, the S before), at first zeros, and is updated, so that a call is continued
    by the next one. Returns the number of spikes written, the last of which may be stamped at the end of x.
    """
    share, fade = -expm1(-1.0 / (fs * tau_m)), -expm1(-1.0 / (fs * tau_adp))
    gain = 1.0 / fs if tau_m == inf else share
    t, u, eta, s, before, count = int(state[0]) - first, state[1], state[2], state[3], state[4], 0
    while t < x.size and count < times.size:
        if membrane.size > 0:
            membrane[t] = u
        eta = (eta - fade * eta) + jump * abs(s)
        theta = baseline + beta * eta
        height = fixed if fixed > 0.0 else theta
        if s != 0.0:
            times[count], heights[count], saturated[count] = (first + t + 1) / fs, s * height, s == before
            count += 1
        u = (u + (gain * x[t] - share * u)) - s * height
        before, s = s, 0.0
        if u > theta:
            s = 1.0
        elif bipolar and u < -theta:
            s = -1.0
        t += 1
    state[0], state[1], state[2], state[3], state[4] = first + t, u, eta, s, before
    return count


@jit
def clocked_population(x, fs, tau_m, thresholds, inhibition, state, heights, psp):
    """Neurons that hear x and each other, on the grid, with alpha = exp(-dt / tau_m), S decisions and C = `inhibition`:

        u_i = alpha u_i + (1 - alpha) x - S_i theta_i - sum over j != i of C_ij S_j theta_j,  S_i = [u_i > theta_i].

    `state` (3, neurons) holds u, S and scratch, at first zeros. psp[t] is what a receiver has by step t, to whom a spike of
    neuron j gives the height h_j. Returns the number of spikes.
    """
    u, s, paid = state[0], state[1], state[2]
    share, p, count = -expm1(-1.0 / (fs * tau_m)), 0.0, 0
    for t in range(x.size):
        psp[t] = p
        p -= share * p
        for j in range(u.size):
            p += s[j] * heights[j]
            paid[j] = s[j] * thresholds[j]
        for i in range(u.size):
            u[i] += share * (x[t] - u[i]) - paid[i]
            for j in range(u.size):
                if j != i:
                    u[i] -= inhibition[i, j] * paid[j]
        for i in range(u.size):
            s[i] = 1.0 if u[i] > thresholds[i] else 0.0
            count += s[i] > 0.0
    return count
