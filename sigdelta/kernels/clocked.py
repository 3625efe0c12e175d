"""The neuron of deep learning: one decision a sample, with an adaptive threshold (beta = 0: a LIF neuron)."""

from math import expm1, inf

from .jit import jit


@jit
def clocked(x, fs, tau_m, tau_adp, baseline, beta, jump, fixed, bipolar, times, heights, saturated, membrane):
    """The recursion, with alpha = exp(-dt / tau_m), rho = exp(-dt / tau_adp) and S = 0 or +-1 the decisions:

        eta = rho eta + jump |S|,  theta = baseline + beta eta,  u = alpha u + (1 - alpha) x - S theta,  S = [|u| > theta].

    The spike decided in step t is paid in step t + 1, with the threshold of that step (or `fixed`, if that is positive), and
    stamped at its end, (t + 2) / fs. It is saturated if the step before fired the same way. `membrane`[t] takes u after step t.
    Returns the number of spikes written; one whose stamp is not before x.size / fs is left out.
    """
    share, fade = -expm1(-1.0 / (fs * tau_m)), -expm1(-1.0 / (fs * tau_adp))
    gain = 1.0 / fs if tau_m == inf else share
    u, eta, s, before, count = 0.0, 0.0, 0.0, 0.0, 0
    for t in range(x.size):
        eta = (eta - fade * eta) + jump * abs(s)
        theta = baseline + beta * eta
        height = fixed if fixed > 0.0 else theta
        if s != 0.0 and t + 1 < x.size:
            times[count], heights[count], saturated[count] = (t + 1) / fs, s * height, s == before
            count += 1
        u = (u + (gain * x[t] - share * u)) - s * height
        membrane[t] = u
        before, s = s, 0.0
        if u > theta:
            s = 1.0
        elif bipolar and u < -theta:
            s = -1.0
    return count
