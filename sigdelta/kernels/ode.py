"""Neurons of two variables without a closed form: Dormand-Prince 5(4) with step control, spikes located on the step.

The input is held over each sample and no step crosses into the next one, so that every step sees a smooth equation. It is
autonomous too: a step may be shorter than the rounding of the time, as it is shortly before the cut.
"""

from math import exp, inf

from .jit import jit

ADEX, IZHIKEVICH = 0, 1
SHORTEST, LARGEST, MOST_STEPS = 1e-200, 1e12, 10_000_000
DIVERGED, STIFF = 1.0, 2.0


@jit
def slope(model, p, i, v, w):
    """(dv/dt, dw/dt) per second under the input i.

    AdEx, p = (C, g_L, E_L, V_T, Delta_T, a, tau_w):

        C dv/dt = g_L (E_L - v) + g_L Delta_T exp((v - V_T) / Delta_T) - w + i,   tau_w dw/dt = a (v - E_L) - w.

    Izhikevich, p = (a, b), per millisecond: dv/dt = 0.04 v^2 + 5 v + 140 - w + i, dw/dt = a (b v - w).
    """
    if model == ADEX:
        rise = p[1] * ((p[2] - v) + p[4] * exp((v - p[3]) / p[4]))
        return (rise - w + i) / p[0], (p[5] * (v - p[2]) - w) / p[6]
    return 1e3 * ((0.04 * v + 5.0) * v + 140.0 - w + i), 1e3 * p[0] * (p[1] * v - w)


@jit
def step(model, p, i, v, w, dv, dw, h, tol):
    """One step of length h from (v, w) with slope (dv, dw): (v, w, dv, dw) at its end, and its error over tolerance.

    J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6, 19 (1980), table 2, RK5(4)7M.
    """
    v2, w2 = slope(model, p, i, v + h * (1 / 5 * dv), w + h * (1 / 5 * dw))
    v3, w3 = slope(model, p, i, v + h * (3 / 40 * dv + 9 / 40 * v2), w + h * (3 / 40 * dw + 9 / 40 * w2))
    v4, w4 = slope(
        model, p, i,
        v + h * (44 / 45 * dv - 56 / 15 * v2 + 32 / 9 * v3),
        w + h * (44 / 45 * dw - 56 / 15 * w2 + 32 / 9 * w3),
    )  # fmt: skip
    v5, w5 = slope(
        model, p, i,
        v + h * (19372 / 6561 * dv - 25360 / 2187 * v2 + 64448 / 6561 * v3 - 212 / 729 * v4),
        w + h * (19372 / 6561 * dw - 25360 / 2187 * w2 + 64448 / 6561 * w3 - 212 / 729 * w4),
    )  # fmt: skip
    v6, w6 = slope(
        model, p, i,
        v + h * (9017 / 3168 * dv - 355 / 33 * v2 + 46732 / 5247 * v3 + 49 / 176 * v4 - 5103 / 18656 * v5),
        w + h * (9017 / 3168 * dw - 355 / 33 * w2 + 46732 / 5247 * w3 + 49 / 176 * w4 - 5103 / 18656 * w5),
    )  # fmt: skip
    v1 = v + h * (35 / 384 * dv + 500 / 1113 * v3 + 125 / 192 * v4 - 2187 / 6784 * v5 + 11 / 84 * v6)
    w1 = w + h * (35 / 384 * dw + 500 / 1113 * w3 + 125 / 192 * w4 - 2187 / 6784 * w5 + 11 / 84 * w6)
    v7, w7 = slope(model, p, i, v1, w1)
    c1, c3, c4, c5, c6, c7 = 71 / 57600, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40
    off_v = abs(h * (c1 * dv + c3 * v3 + c4 * v4 + c5 * v5 + c6 * v6 + c7 * v7)) / (1.0 + max(abs(v), abs(v1)))
    off_w = abs(h * (c1 * dw + c3 * w3 + c4 * w4 + c5 * w5 + c6 * w6 + c7 * w7)) / (1.0 + max(abs(w), abs(w1)))
    return v1, w1, v7, w7, (off_v + off_w) / tol


@jit
def first_step(v, w, dv, dw):
    """A step that moves neither variable by more than a hundredth, to start with."""
    return 0.01 / max(abs(dv) / (1.0 + abs(v)), abs(dw) / (1.0 + abs(w)), 1.0)


@jit
def reach(model, p, i, v, w, dv, dw, h, tol, v1, dv1, cut):
    """The length of a step, within h, that ends at or beyond the cut; 0 if there is none.

    A step of length h ends at v1 with slope dv1. Where v rises and falls again its summit counts, found by bisection.
    """
    if v1 >= cut:
        return h
    if not (dv > 0.0 and dv1 < 0.0 and v + dv * h >= cut):
        return 0.0
    low, high, top = 0.0, h, v1
    for _ in range(60):
        t = 0.5 * (low + high)
        top, _, slant, _, _ = step(model, p, i, v, w, dv, dw, t, tol)
        if top >= cut:
            return t
        if slant > 0.0:
            low = t
        else:
            high = t
    return 0.0


@jit
def locate(model, p, i, v, w, dv, dw, h, tol, cut):
    """(t, w): the length of step, within h, that ends at v = cut, and w there; a step of h ends at or beyond it.

    Newton's iteration on the length of the step, each trial a whole step from the same start, bisected where it leaves
    its bracket.
    """
    low, high, t, w1 = 0.0, h, h, w
    for _ in range(100):
        v1, w1, dv1, _, _ = step(model, p, i, v, w, dv, dw, t, tol)
        if v1 >= cut:
            high = t
        else:
            low = t
        after = t - (v1 - cut) / dv1
        if not low < after < high:
            after = 0.5 * (low + high)
        if v1 == cut or abs(after - t) <= 2.0**-52 * t:
            break
        t = after
    return t, w1


@jit
def integrate(model, p, x, first, fs, tol, cut, reset, jump, state, times, membrane):
    """Spike times of the neuron driven by x, sample `first` on: at v = cut, v is set to `reset` and `jump` is added to w.

    `state` is (sample, v, w, time since that sample, next step or 0, last spike or -inf, what went wrong or 0) and is
    updated, so that a call that filled `times`, or came to the end of x, is continued by the next one. `membrane` takes v at
    every sample, or is empty. Returns the number of spikes written; after a divergence state[6] is not 0, and the rest is where
    it happened.
    """
    end, h, count, steps, wrong = first + x.size, 1.0 / fs, 0, 0, 0.0
    k, v, w, s, wide, previous = int(state[0]), state[1], state[2], state[3], state[4], state[5]
    while k < end and count < times.size and wrong == 0.0:
        if membrane.size > 0 and s == 0.0:
            membrane[k - first] = v
        i, steps = x[k - first], 0
        dv, dw = slope(model, p, i, v, w)
        if wide == 0.0:
            wide = first_step(v, w, dv, dw)
        while s < h and count < times.size:
            last = wide >= h - s
            t, steps = h - s if last else wide, steps + 1
            v1, w1, dv1, dw1, off = step(model, p, i, v, w, dv, dw, t, tol)
            if not off <= 1.0:
                wide = t * (max(0.2, 0.9 * off**-0.2) if off < inf else 0.1)
                if wide < SHORTEST or steps > MOST_STEPS:
                    wrong = DIVERGED if wide < SHORTEST else STIFF
                    break
                continue
            beyond = reach(model, p, i, v, w, dv, dw, t, tol, v1, dv1, cut)
            if beyond > 0.0:
                t, w1 = locate(model, p, i, v, w, dv, dw, beyond, tol, cut)
                s, v, w, steps = min(s + t, h), reset, w1 + jump, 0
                dv, dw = slope(model, p, i, v, w)
                wide = first_step(v, w, dv, dw)
                previous = max(previous, min(k / fs + s, (k + 1) / fs))
                times[count], count = previous, count + 1
                if membrane.size > 0 and s <= 1e-6 * h:
                    membrane[k - first] = v
                continue
            grown = t * min(5.0, 0.9 * off**-0.2 if off > 0.0 else 5.0)
            s, wide = h if last else s + t, max(wide, grown) if last else grown
            v, w, dv, dw = v1, w1, dv1, dw1
            if not max(abs(v), abs(w)) < LARGEST or steps > MOST_STEPS:
                wrong = STIFF if steps > MOST_STEPS else DIVERGED
                break
        if s >= h and wrong == 0.0:
            k, s = k + 1, 0.0
    state[0], state[1], state[2], state[3], state[4], state[5], state[6] = k, v, w, s, wide, previous, wrong
    return count
