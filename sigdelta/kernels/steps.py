"""What happens to a lane in a sample of its block: a spike, the end of refractoriness, a new largest error."""

from math import exp, inf

from .columns import BLOCK, NEXT
from .events import EARLY, MAX_SPIKES, awake_level, blur, note_drift, roughness, see, set_limits
from .exponentials import small_exp
from .jit import jit
from .tables import (
    BASE,
    BOOST,
    BULGE,
    COUNT,
    EXTRA,
    FADES,
    FIRST,
    FIXED,
    GROWN,
    KEPT,
    LAST,
    LAST_SAMPLE,
    LATE,
    LOOSE,
    OWNS,
    PITCH,
    PREVIOUS,
    RESPONSE,
    RISES,
    ROOM,
    RUNNING,
    SINCE,
    SQUARE,
    T_REF,
    VIRTUAL,
    WAKE,
    U,
    Z,
    slot,
)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def cross(sign, a, slope, w, z, gap, end, base, extra, zeta):
    """Time r in samples at which sign (a + slope r - w e^-zr) reaches base + extra e^-(zeta r): (r, e^zr, whether it is found).

    `gap` is what is missing at the sample's start, `end` at its end: negative. A parabola leads to Newton's iteration.
    """
    rise, bend = gap - end, zeta * zeta * extra + sign * z * z * w
    r = gap / rise
    r = min(max(r + 0.5 * bend * r * (r - 1.0) / (rise - bend * (r - 0.5)), 0.0), 1.0)
    pace, step, kept, done = 0.0, 0.0, 1.0, False
    for _ in range(10):
        kept = small_exp(-z * r)
        decayed, faded = w * kept, extra * exp(-zeta * r) if extra > 0.0 else 0.0
        pace = sign * (slope + z * decayed) + zeta * faded
        step = ((base + faded) - sign * ((a + slope * r) - decayed)) / pace
        r += step
        # what a step leaves is |f'' / 2 f'| of its square
        done = step * step * (z * z * abs(decayed) + zeta * zeta * faded) <= 2.0**-52 * pace or abs(step) < 2.0**-50
        if done:
            break
    ahead = z * step
    return r, (1.0 + ahead * (1.0 + 0.5 * ahead)) / kept, done and pace > 0.0 and r <= 1.0


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def subtract(n, t, place, d, block):
    """Take a spike in the sample that has this place in the lines, and the pulse d at the block's start, from lane n."""
    lanes, lines = block.lanes, block.lines
    v, after, whole = lanes[VIRTUAL + n], place + NEXT, t * PITCH + LAST
    own, rest = lines[OWNS + whole] - lines[OWNS + after], lines[RUNNING + whole] - lines[RUNNING + after]
    lanes[SQUARE + n] -= d * ((2.0 * v - d) * own + 2.0 * rest)
    lanes[VIRTUAL + n] = v - d
    lanes[U + n] = (v - d) + block.centre
    lanes[COUNT + n] += 1.0
    if not lanes[Z + n] > 0.0:
        note_drift(n, lanes)
        lanes[ROOM + n] = awake_level(n, 0.0, lanes)


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def fire(n, t, j, sign, r, grown, late, block):
    """Take a spike at the time r in sample j, with grown = exp(r h / tau), from the membrane."""
    rule, lanes, lists = block.rule, block.lanes, block.lists
    level, place = lanes[BASE + n], t * PITCH + slot(j)
    height = rule.ratio * level
    if block.work is not None:
        risen = exp(r / (rule.fs * rule.sigma)) * block.lines[RISES + j]
        level += lanes[EXTRA + n] / risen
        lanes[EXTRA + n] += lanes[BOOST + n] * risen
        height = lanes[FIXED + n] if lanes[FIXED + n] > 0.0 else rule.ratio * level
    lists[FIRST + n] = j
    subtract(n, t, place, sign * height * block.lines[GROWN + place] * grown, block)
    if lanes[T_REF + n] > 0.0:
        lanes[LATE + n] += late
        lanes[PREVIOUS + n] = lanes[WAKE + n] if late else (block.start + j + r) / rule.fs
        lanes[WAKE + n], lanes[ROOM + n] = lanes[PREVIOUS + n] + lanes[T_REF + n], inf


@jit(_nrt=False, fastmath={"contract"}, forceinline=True)
def step(n, t, b, j, block):
    """Decide what happens to lane n in sample j: a spike, the end of refractoriness, a new largest error. False in doubt."""
    j &= LAST_SAMPLE
    x, start, lines, columns, rule, lanes = block.x, block.start, block.lines, block.columns, block.rule, block.lanes
    adaptive, after, lists = block.work is not None, 2.0 * EARLY, block.lists
    place = t * PITCH + slot(j)
    before = lanes[VIRTUAL + n] * lines[KEPT + place] + lines[RESPONSE + place]
    then = lanes[VIRTUAL + n] * lines[KEPT + place + NEXT] + lines[RESPONSE + place + NEXT]
    sign, base, wake, z = -1.0 if then < 0.0 and rule.bipolar else 1.0, lanes[BASE + n], lanes[WAKE + n], lanes[Z + n]
    zeta, extra = 1.0 / (rule.fs * rule.sigma) if adaptive else 0.0, lanes[EXTRA + n] * lines[FADES + j] if adaptive else 0.0
    outside = sign * then - (base + (lanes[EXTRA + n] * lines[FADES + j + 1] if adaptive else 0.0))
    due = wake < inf and wake * rule.fs - (start + j) < 1.0
    margin, bulge = roughness(n, b, block), columns[BULGE + b]
    guard = columns[LOOSE + b] + bulge * base + ((rule.sag + bulge) * lanes[EXTRA + n] if adaptive else 0.0)
    if not due and (wake < inf or outside < -guard):
        if j + 1 < BLOCK:
            see(n, j + 1, abs(then), lanes)
        lists[FIRST + n], lanes[SINCE + n] = j + 1, 0.0
        return True
    a, slope, w, armed = x[j], (0.0 if rule.current else x[j + 1] - x[j]), x[j] - before, False
    if rule.current and z == 0.0:
        a, slope, w = before, x[j] / rule.fs, 0.0
    if due:
        r = wake * rule.fs - (start + j)
        grown = small_exp(z * r)
        u = (a + slope * r) - w * small_exp(-z * r)
        sign = -1.0 if u < 0.0 and rule.bipolar else 1.0
        outside = sign * u - (base + (extra * exp(-zeta * r) if extra > 0.0 else 0.0))
        margin += (abs(slope) + z * abs(w)) * blur(start + BLOCK)
        armed, sure = outside < 0.0, (outside > margin or outside < -(guard + margin)) and after < r < 1.0 - after
    else:
        after = max(after, lanes[SINCE + n]) if lists[FIRST + n] == j else after
        r, grown, sure = cross(sign, a, slope, w, z, (base + extra) - sign * before, -outside, base, extra, zeta)
        sure = sure and outside > margin and r > after
    if not sure or lanes[COUNT + n] >= MAX_SPIKES:
        return False
    lanes[SINCE + n] = r
    if armed:
        lanes[WAKE + n], lists[FIRST + n] = inf, j
        set_limits(n, bulge, lanes)
    else:
        fire(n, t, j, sign, r, grown, due, block)
    return True
