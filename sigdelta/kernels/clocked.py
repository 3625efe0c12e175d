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
