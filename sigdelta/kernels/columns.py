"""Sums down a table of columns, all of which stay in registers; a row is known by the place in the table where it begins.

Only every OCTET-th row is kept. `expand` fills in what is between, for one column, in four octets side by side.
"""

from math import inf

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from .vectors import LANE, LONG, arrays_of, load, splat

BLOCK, COLUMNS, QUAD, OCTET = 32, 16, 4, 8
NEXT = QUAD
PARTS = range(COLUMNS // QUAD)
FUSED = ("contract",)
VECTOR = ir.VectorType(ir.DoubleType(), QUAD)


def _plus(builder, total, a, b):
    return builder.fadd(total, builder.fmul(a, b, flags=FUSED), flags=FUSED)


def _place(builder, table, row, part):
    return table.at(builder.add(row, LONG(part * QUAD)), width=QUAD)


def _down(builder, table, samples, column, states, kept, step):
    """Emit step(i COLUMNS, part, x, state) for every sample i and part; the samples are each column's own or `column`'s.

    Before every octet, and in the end, what the states hold goes to the rows in `kept`. Three states a part fit the registers.
    """

    def keep(octet, parts):
        for part in parts:
            for total, row in zip(states[part], kept, strict=True):
                if row is not None:
                    place = _place(builder, table, builder.add(row, builder.mul(octet, LONG(COLUMNS))), part)
                    builder.store(builder.load(total), place, align=8)

    with builder.if_else(builder.icmp_signed("<", column, LONG(0))) as branches:
        for shared, branch in enumerate(branches):
            with branch, cgutils.for_range_slice(builder, LONG(0), LONG(BLOCK // OCTET), LONG(1), LONG) as (octet, _):
                keep(octet, PARTS)
                for i in range(OCTET):
                    row = builder.mul(builder.add(builder.mul(octet, LONG(OCTET)), LONG(i)), LONG(COLUMNS))
                    at = builder.add(samples, row)
                    x = splat(builder, builder.load(table.at(builder.add(at, column))), QUAD) if shared else None
                    for part in PARTS:
                        step(row, part, x if shared else load(builder, _place(builder, table, at, part)), states[part])
    keep(LONG(BLOCK // OCTET), PARTS)


def _sums(builder, count):
    return [[cgutils.alloca_once_value(builder, ir.Constant(VECTOR, None)) for _ in range(count)] for _ in PARTS]


def _turn(builder, rows):
    """The columns of four vectors of four."""

    def pick(a, b, *places):
        return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(LANE, QUAD), places))

    (a, b), (c, d) = ((pick(*pair, 0, 4, 2, 6), pick(*pair, 1, 5, 3, 7)) for pair in (rows[:2], rows[2:]))
    return pick(a, c, 0, 1, 4, 5), pick(b, d, 0, 1, 4, 5), pick(a, c, 2, 3, 6, 7), pick(b, d, 2, 3, 6, 7)


@intrinsic
def lay(typingctx, x, first, table, samples, centres, means, starts):
    """Row i after `samples` becomes sample i of COLUMNS blocks, x[first + BLOCK c + i] - centre, and row `centres` the centres.

    They are the mean of each block with `means`, its first sample with `starts`, or 0. There is a row more than a block is long.
    """

    def generate(context, builder, signature, arguments):
        x, table = arrays_of(context, builder, signature, arguments)
        _, first, _, samples, centres, means, starts = arguments
        zero, share = ir.Constant(VECTOR, None), splat(builder, ir.DoubleType()(1.0 / BLOCK), QUAD)

        def piece(part, block, i):
            at = builder.add(first, builder.add(part, LONG(block * BLOCK + i)))
            return load(builder, x.at(at, width=QUAD))

        with cgutils.for_range_slice(builder, LONG(0), LONG(COLUMNS), LONG(QUAD), LONG) as (column, _):
            part = builder.mul(column, LONG(BLOCK))
            sums = []
            for block in range(QUAD):
                total = piece(part, block, 0)
                for i in range(QUAD, BLOCK, QUAD):
                    total = builder.fadd(total, piece(part, block, i))
                sums.append(total)
            a, b, c, d = _turn(builder, sums)
            mean = builder.fmul(builder.fadd(builder.fadd(a, b), builder.fadd(c, d)), share)
            start = _turn(builder, [piece(part, block, 0) for block in range(QUAD)])[0]
            centre = builder.select(means, mean, builder.select(starts, start, zero))
            builder.store(centre, table.at(builder.add(centres, column), width=QUAD), align=8)
            for i in range(0, BLOCK, QUAD):
                for j, row in enumerate(_turn(builder, [piece(part, block, i) for block in range(QUAD)])):
                    at = builder.add(builder.add(samples, column), LONG((i + j) * COLUMNS))
                    builder.store(builder.fsub(row, centre), table.at(at, width=QUAD), align=8)
            for block in range(QUAD):
                after = builder.load(x.at(builder.add(first, builder.add(part, LONG((block + 1) * BLOCK)))))
                after = builder.fsub(after, builder.extract_element(centre, LANE(block)))
                builder.store(after, table.at(builder.add(builder.add(samples, column), LONG(BLOCK * COLUMNS + block))))
        return context.get_dummy_value()

    return types.void(x, types.intp, table, types.intp, types.intp, types.boolean, types.boolean), generate


@intrinsic
def survey(typingctx, table, samples, running, total, energy, high, low, most, least):
    """Rows `total`, `energy`, `most` and `least` become the sums of d and d^2, and the range of d, of the samples of each column.

    Rows `high` and `low` become the range of d from sample 1 to the one after the last, with 0. If it is `running`, they become
    the range of the running sum of d, and `energy` the sum of that.
    """

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, running, *rows) = arrays_of(context, builder, signature, arguments), arguments
        ends = [ir.Constant(VECTOR, [value] * QUAD) for value in (0.0, 0.0, 0.0, 0.0, -inf, inf)]

        def extreme(state, value, sign):
            old = builder.load(state)
            builder.store(builder.select(builder.fcmp_ordered(sign, value, old), value, old), state)

        def step(at, states, sums):
            d, (total, energy, high, low, most, least) = load(builder, table.at(at, width=QUAD)), states
            before = builder.load(total)
            after = builder.fadd(before, d)
            builder.store(after, total)
            all_of = builder.load(energy)
            builder.store(builder.fadd(all_of, before) if sums else _plus(builder, all_of, d, d), energy)
            then = after if sums else load(builder, table.at(builder.add(at, LONG(COLUMNS)), width=QUAD))
            for state, value, sign in ((high, then, ">"), (low, then, "<"), (most, d, ">"), (least, d, "<")):
                extreme(state, value, sign)

        with cgutils.for_range_slice(builder, LONG(0), LONG(COLUMNS), LONG(QUAD), LONG) as (column, _):
            states = [cgutils.alloca_once(builder, VECTOR) for _ in ends]
            for end, state in zip(ends, states, strict=True):
                builder.store(end, state)
            first = builder.add(samples, column)
            with builder.if_else(running) as branches:
                for sums, branch in zip((True, False), branches, strict=True):
                    last = LONG(BLOCK * COLUMNS)
                    with branch, cgutils.for_range_slice(builder, LONG(0), last, LONG(COLUMNS), LONG) as (row, _):
                        step(builder.add(first, row), states, sums)
            for state, row in zip(states, rows, strict=True):
                builder.store(builder.load(state), table.at(builder.add(row, column), width=QUAD), align=8)
        return context.get_dummy_value()

    return types.void(table, types.intp, types.boolean, *[types.intp] * 6), generate


@intrinsic
def recur(typingctx, table, samples, column, powers, states, squares, sums):
    """e' = a e + x from e = 0 down the columns, x being their own samples or, unless it is negative, those of one column.

    Row i after `states` becomes e_8i, row i after `sums` the sum of a^m e_m over m < 8i, and row `squares` that of all e^2; row i
    after `powers` holds a^i.
    """

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, column, powers, first, *rows) = arrays_of(context, builder, signature, arguments), arguments
        states, (squares, sums) = _sums(builder, 3), rows

        def step(row, part, x, state):
            e, along, square = (builder.load(one) for one in state)
            power = load(builder, _place(builder, table, builder.add(powers, row), part))
            share = load(builder, _place(builder, table, builder.add(powers, LONG(COLUMNS)), part))
            after = _plus(builder, x, share, e), _plus(builder, along, power, e), _plus(builder, square, e, e)
            for value, one in zip(after, state, strict=True):
                builder.store(value, one)

        _down(builder, table, samples, column, states, (first, sums, None), step)
        for part in PARTS:
            builder.store(builder.load(states[part][2]), _place(builder, table, squares, part), align=8)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 6), generate


@intrinsic
def weigh(typingctx, table, samples, column, powers, sums):
    """Row i after `sums` becomes the sum of a^m x_m over m < 8i, with the samples and powers that `recur` takes."""

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, column, powers, sums) = arrays_of(context, builder, signature, arguments), arguments

        def step(row, part, x, state):
            power = load(builder, _place(builder, table, builder.add(powers, row), part))
            builder.store(_plus(builder, builder.load(state[0]), power, x), state[0])

        _down(builder, table, samples, column, _sums(builder, 1), (sums,), step)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 4), generate


@intrinsic
def fill(typingctx, table, row, value):
    """Write one value in a row."""

    def generate(context, builder, signature, arguments):
        (table,), (_, row, value) = arrays_of(context, builder, signature, arguments), arguments
        for part in PARTS:
            builder.store(splat(builder, value, QUAD), _place(builder, table, row, part), align=8)
        return context.get_dummy_value()

    return types.void(table, types.intp, types.float64), generate


@intrinsic
def copy(typingctx, table, row, other):
    """Write what another row holds in a row."""

    def generate(context, builder, signature, arguments):
        (table,), (_, row, other) = arrays_of(context, builder, signature, arguments), arguments
        for part in PARTS:
            builder.store(load(builder, _place(builder, table, other, part)), _place(builder, table, row, part), align=8)
        return context.get_dummy_value()

    return types.void(table, types.intp, types.intp), generate


def _picked(builder, table, first, stride):
    """Four elements, `stride` apart."""
    vector = ir.Constant(VECTOR, None)
    for q in range(QUAD):
        value = builder.load(table.at(builder.add(first, LONG(q * stride))))
        vector = builder.insert_element(vector, value, LANE(q))
    return vector


@intrinsic
def expand(typingctx, table, column, sums, x, at, centre, share, recurs, lines, powers, whole, response, running):
    """R_i = centre + share e_i of a column of `recur`, in the line from lines[response] on, and the sum of a^m R_m over m < i.

    Its samples are x[at + i] - centre; the lines from `powers` and `whole` on hold a^i and its sum over m < i. Without `recurs`
    the column is one of `weigh`, and R is x.
    """

    def generate(context, builder, signature, arguments):
        table, x, lines = arrays_of(context, builder, signature, arguments)
        _, column, sums, _, at, centre, share, recurs, _, powers, whole, response, running = arguments
        natural = [load(builder, x.at(builder.add(at, LONG(QUAD * i)), width=QUAD)) for i in range(OCTET)]
        samples = *_turn(builder, natural[::2]), *_turn(builder, natural[1::2])
        kept = splat(builder, builder.load(lines.at(builder.add(powers, LONG(NEXT)))), QUAD)
        centres, shares = splat(builder, centre, QUAD), splat(builder, share, QUAD)
        weight, total = load(builder, lines.at(powers, width=QUAD)), _picked(builder, table, builder.add(sums, column), COLUMNS)
        total = _plus(builder, builder.fmul(shares, total), centres, load(builder, lines.at(whole, width=QUAD)))
        last = splat(builder, builder.load(x.at(builder.add(at, LONG(BLOCK)))), QUAD)
        last = builder.shuffle_vector(samples[0], last, ir.Constant(ir.VectorType(LANE, QUAD), [1, 2, 3, 4]))
        values = [cgutils.alloca_once(builder, VECTOR) for _ in range(OCTET + 1)]
        with builder.if_else(recurs) as (recurring, plain):
            with recurring:
                e = _picked(builder, table, column, COLUMNS)
                for sample, value in zip([*samples, last], values, strict=True):
                    builder.store(_plus(builder, centres, shares, e), value)
                    e = _plus(builder, builder.fsub(sample, centres), kept, e)
            with plain:
                for sample, value in zip([*samples, last], values, strict=True):
                    builder.store(sample, value)
        for i, value in enumerate(builder.load(value) for value in values):
            for vector, to in ((value, response), (total, running)):
                builder.store(vector, lines.at(builder.add(to, LONG(QUAD * i)), width=QUAD), align=8)
            total, weight = _plus(builder, total, weight, value), builder.fmul(weight, kept)
        return context.get_dummy_value()

    place, number = types.intp, types.float64
    arguments = table, place, place, x, place, number, number, types.boolean, lines, place, place, place, place
    return types.void(*arguments), generate


if config.DISABLE_JIT:
    # the same as plain Python
    def _rows(table, place, count=1):
        return table[place : place + count * COLUMNS].reshape(count, COLUMNS)

    def _samples(table, samples, column):
        rows = _rows(table, samples, BLOCK)
        return rows if column < 0 else rows[:, [column]]

    def _kept(table, place, rows):
        _rows(table, place, BLOCK // OCTET + 1)[:] = rows[::OCTET]

    def _running(table, powers, e):
        return np.cumsum(np.vstack([np.zeros(COLUMNS), _rows(table, powers, BLOCK) * e[:BLOCK]]), axis=0)

    def lay(x, first, table, samples, centres, means, starts):
        blocks = x[first : first + COLUMNS * BLOCK].reshape(COLUMNS, BLOCK)
        _rows(table, centres)[:] = blocks.mean(axis=1) if means else blocks[:, 0] if starts else 0.0
        after = x[first + BLOCK : first + COLUMNS * BLOCK + 1 : BLOCK]
        _rows(table, samples, BLOCK + 1)[:] = np.vstack([blocks.T, after]) - _rows(table, centres)

    def survey(table, samples, running, total, energy, high, low, most, least):
        x = _rows(table, samples, BLOCK + 1)
        d, sums = x[:BLOCK], np.cumsum(np.vstack([np.zeros(COLUMNS), x[:BLOCK]]), axis=0)
        bounded = sums if running else np.vstack([np.zeros(COLUMNS), x[1:]])
        results = (
            sums[-1],
            (sums[:BLOCK] if running else d * d).sum(axis=0),
            bounded.max(axis=0),
            bounded.min(axis=0),
            d.max(axis=0),
        )
        for row, values in zip((total, energy, high, low, most, least), (*results, d.min(axis=0)), strict=True):
            _rows(table, row)[:] = values

    def recur(table, samples, column, powers, states, squares, sums):
        e, x = np.zeros((BLOCK + 1, COLUMNS)), _samples(table, samples, column)
        for i in range(BLOCK):
            e[i + 1] = _rows(table, powers + COLUMNS) * e[i] + x[i]
        _kept(table, states, e)
        _kept(table, sums, _running(table, powers, e))
        _rows(table, squares)[:] = (e[:BLOCK] ** 2).sum(axis=0)

    def weigh(table, samples, column, powers, sums):
        _kept(table, sums, _running(table, powers, _samples(table, samples, column)))

    def fill(table, row, value):
        _rows(table, row)[:] = value

    def copy(table, row, other):
        _rows(table, row)[:] = _rows(table, other)

    def expand(table, column, sums, x, at, centre, share, recurs, lines, powers, whole, response, running):
        def line(place):
            return lines[place : place + BLOCK + QUAD].reshape(OCTET + 1, QUAD)

        weights, values, totals = (np.zeros(BLOCK + 1) for _ in range(3))
        weights[:BLOCK] = line(powers)[:OCTET].T.ravel()
        values[:] = x[at : at + BLOCK + 1]
        if recurs:
            values[0] = 0.0
            for i in range(BLOCK):
                values[i + 1] = weights[1] * values[i] + (x[at + i] - centre)
            values = centre + share * values
        totals[1:] = np.cumsum(weights[:BLOCK] * values[:BLOCK])
        for numbers, to in ((values, response), (totals, running)):
            line(to)[:OCTET], line(to)[OCTET] = numbers[:BLOCK].reshape(QUAD, OCTET).T, numbers[OCTET::OCTET]
