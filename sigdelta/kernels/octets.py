"""A block written out in lines, one for each time constant: the four octets of its samples side by side in a vector."""

from collections import deque

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from .columns import BLOCK, COLUMNS, OCTET, QUAD, VECTOR, fused, transpose
from .vectors import LANE, LONG, arrays_of, load, splat


def _earlier(builder, vector, places):
    """Its elements so many places on, after zeros."""
    places = [*range(places), *range(QUAD, 2 * QUAD - places)]
    return builder.shuffle_vector(ir.Constant(VECTOR, None), vector, ir.Constant(ir.VectorType(LANE, QUAD), places))


def _octets(builder, x, centre):
    """The octets of x[i] - centre side by side, and what follows each."""
    centre = splat(builder, centre, QUAD)
    natural = [load(builder, x.at(LONG(QUAD * i), width=QUAD)) for i in range(OCTET)]
    octets = *transpose(builder, natural[::2]), *transpose(builder, natural[1::2])
    last = splat(builder, builder.load(x.at(LONG(BLOCK))), QUAD)
    last = builder.shuffle_vector(octets[0], last, ir.Constant(ir.VectorType(LANE, QUAD), [1, 2, 3, 4]))
    return [builder.fsub(octet, centre) for octet in (*octets, last)]


@intrinsic
def turn(typingctx, x, centre, lines, turned):
    """x[i] - centre in the line from lines[turned] on, and the one after the block."""

    def generate(context, builder, signature, arguments):
        (x, lines), (_, centre, _, turned) = arrays_of(context, builder, signature, arguments), arguments
        for i, vector in enumerate(_octets(builder, x, centre)):
            builder.store(vector, lines.at(builder.add(turned, LONG(QUAD * i)), width=QUAD), align=8)
        return context.get_dummy_value()

    return types.void(x, types.float64, lines, types.intp), generate


class _Line:
    """The lines of one time constant, from the place where they begin on, and the samples."""

    def __init__(self, builder, lines, samples, powers, response, running):
        self.builder, self.lines, self.samples, self.start = builder, lines, samples, None
        self.powers, self.response, self.running = powers, response, running

    def _at(self, line, i):
        return self.lines.at(self.builder.add(line, LONG(QUAD * i)), width=QUAD)

    def _kept(self, i):
        place = self.builder.add(self.powers, LONG(i % OCTET * QUAD + i // OCTET))
        return splat(self.builder, self.builder.load(self.lines.at(place)), QUAD)

    def find_start(self):
        """Emit, step by step, e where each octet begins: each is passed as if it were the only one, then comes what is before."""
        builder, halves = self.builder, [ir.Constant(VECTOR, None)] * 2
        for i in range(OCTET):
            halves[i % 2] = fused(builder, halves[i % 2], self._kept(OCTET - 1 - i), self.samples(i))
            yield
        end = builder.fadd(*halves)
        e = fused(builder, _earlier(builder, end, 1), self._kept(OCTET), _earlier(builder, end, 2))
        self.start = fused(builder, e, self._kept(2 * OCTET), _earlier(builder, end, 3))
        yield

    def fill(self, centre, share):
        """Emit, step by step, R_i and the sum of a^m R_m over m < i; without a start R_i is x_i."""
        builder, e, totals = self.builder, self.start, [ir.Constant(VECTOR, None)]
        for i in range(OCTET + 1):
            value = self.samples(i) if e is None else fused(builder, centre, share, e)
            builder.store(value, self._at(self.response, i), align=8)
            if i < OCTET:
                e = None if e is None else fused(builder, self.samples(i), self._kept(1), e)
                totals.append(fused(builder, totals[-1], load(builder, self._at(self.powers, i)), value))
            yield
        before = builder.fadd(_earlier(builder, totals[-1], 1), _earlier(builder, totals[-1], 2))
        before = builder.fadd(before, _earlier(builder, totals[-1], 3))
        for i, total in enumerate(totals):
            builder.store(builder.fadd(total, before) if i else before, self._at(self.running, i), align=8)
        yield


def _both(*steps):
    """Emit steps of the same kind in turn, so that they overlap."""
    deque(zip(*steps, strict=True), maxlen=0)


@intrinsic
def expand(typingctx, table, starts, x, centre, share, recurs, lines, powers, response, running):
    """R_i in the line from lines[response] on, and the sum of a^m R_m over m < i in that from `running` on.

    With d_i = x[i] - centre, R_i is d_i, or, if it `recurs`, centre + share e_i, of e' = a e + d_i from e = 0. The line from
    `powers` on holds a^i, the rows of the table from `starts` on e_8i: so the octets are passed side by side.
    """

    def generate(context, builder, signature, arguments):
        table, x, lines = arrays_of(context, builder, signature, arguments)
        _, starts, _, centre, share, recurs = arguments[:6]
        octets = _octets(builder, x, centre)
        line = _Line(builder, lines, octets.__getitem__, *arguments[7:])
        with builder.if_else(recurs) as (recurring, plain):
            with plain:
                _both(line.fill(None, None))
            with recurring:
                line.start = ir.Constant(VECTOR, None)
                for q in range(QUAD):
                    value = builder.load(table.at(builder.add(starts, LONG(q * COLUMNS))))
                    line.start = builder.insert_element(line.start, value, LANE(q))
                _both(line.fill(*(splat(builder, number, QUAD) for number in (centre, share))))
        return context.get_dummy_value()

    place, number = types.intp, types.float64
    return types.void(table, place, x, number, number, types.boolean, lines, *[place] * 3), generate


@intrinsic
def expand_both(typingctx, turned, centre, share, other_share, recurs, lines, line, other, powers, response, running):
    """As `expand`, for two time constants, what belongs to which is so much further on: without starts, which are found first.

    The line from `turned` on holds the samples.
    """

    def generate(context, builder, signature, arguments):
        (lines,) = arrays_of(context, builder, signature, arguments)
        turned, *numbers, recurs, _, line, other = arguments[:8]

        def sample(i):
            return load(builder, lines.at(builder.add(turned, LONG(QUAD * i)), width=QUAD))

        one, two = (_Line(builder, lines, sample, *(builder.add(place, to) for to in arguments[8:])) for place in (line, other))
        with builder.if_else(recurs) as (recurring, plain):
            with plain:
                _both(one.fill(None, None), two.fill(None, None))
            with recurring:
                centre, share, other_share = (splat(builder, number, QUAD) for number in numbers)
                _both(one.find_start(), two.find_start())
                _both(one.fill(centre, share), two.fill(centre, other_share))
        return context.get_dummy_value()

    place, number = types.intp, types.float64
    return types.void(place, number, number, number, types.boolean, lines, *[place] * 5), generate


if config.DISABLE_JIT:
    # the same as plain Python
    def _line(lines, place):
        return lines[place : place + BLOCK + QUAD].reshape(OCTET + 1, QUAD)

    def _note(lines, place, numbers):
        line = _line(lines, place)
        line[:OCTET], line[OCTET] = numbers[:BLOCK].reshape(QUAD, OCTET).T, numbers[OCTET::OCTET]

    def turn(x, centre, lines, turned):
        _note(lines, turned, x[: BLOCK + 1] - centre)

    def expand(table, starts, x, centre, share, recurs, lines, powers, response, running):
        turn(x, centre, lines, response)
        expand_both(response, centre, share, share, recurs, lines, 0, 0, powers, response, running)

    def expand_both(turned, centre, share, other_share, recurs, lines, line, other, powers, response, running):
        x = _line(lines, turned)
        samples = np.append(x[:OCTET].T.ravel(), x[OCTET, -1])
        for its, first in ((share, line), (other_share, other)):
            weights, e, totals = _line(lines, first + powers)[:OCTET].T.ravel(), np.zeros(BLOCK + 1), np.zeros(BLOCK + 1)
            for i in range(BLOCK):
                e[i + 1] = weights[1] * e[i] + samples[i]
            values = centre + its * e if recurs else samples
            totals[1:] = np.cumsum(weights * values[:BLOCK])
            _note(lines, first + response, values)
            _note(lines, first + running, totals)
