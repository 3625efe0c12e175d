"""Sums down a table of columns, all of which stay in registers; a row is known by the place in the table where it begins."""

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


def fused(builder, total, a, b):
    """total + a b."""
    return builder.fadd(total, builder.fmul(a, b, flags=FUSED), flags=FUSED)


def _place(builder, table, row, part):
    return table.at(builder.add(row, LONG(part * QUAD)), width=QUAD)


def _states(builder, count):
    """Room for sums: some for each part of a row."""
    return [[cgutils.alloca_once_value(builder, ir.Constant(VECTOR, None)) for _ in range(count)] for _ in PARTS]


def transpose(builder, rows):
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
            a, b, c, d = transpose(builder, sums)
            mean = builder.fmul(builder.fadd(builder.fadd(a, b), builder.fadd(c, d)), share)
            start = transpose(builder, [piece(part, block, 0) for block in range(QUAD)])[0]
            centre = builder.select(means, mean, builder.select(starts, start, zero))
            builder.store(centre, table.at(builder.add(centres, column), width=QUAD), align=8)
            for i in range(0, BLOCK, QUAD):
                for j, row in enumerate(transpose(builder, [piece(part, block, i) for block in range(QUAD)])):
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
            builder.store(builder.fadd(all_of, before) if sums else fused(builder, all_of, d, d), energy)
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
def recur(typingctx, table, samples, powers, starts, end, along, squares):
    """e' = a e + x from e = 0 down the samples x of each column: row i after `starts` becomes e_8i, row `end` the last e.

    Row `along` becomes the sum of a^m e_m over the block, row `squares` that of e^2; row i after `powers` holds a^i.
    """

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, powers, starts, *rows) = arrays_of(context, builder, signature, arguments), arguments
        states = _states(builder, 3)
        shares = [load(builder, _place(builder, table, builder.add(powers, LONG(COLUMNS)), part)) for part in PARTS]
        with cgutils.for_range_slice(builder, LONG(0), LONG(BLOCK // OCTET), LONG(1), LONG) as (octet, _):
            for part in PARTS:
                place = _place(builder, table, builder.add(starts, builder.mul(octet, LONG(COLUMNS))), part)
                builder.store(builder.load(states[part][0]), place, align=8)
            for i in range(OCTET):
                row = builder.mul(builder.add(builder.mul(octet, LONG(OCTET)), LONG(i)), LONG(COLUMNS))
                for part, share, state in zip(PARTS, shares, states, strict=True):
                    e, along, square = (builder.load(one) for one in state)
                    x, power = (load(builder, _place(builder, table, builder.add(of, row), part)) for of in (samples, powers))
                    after = fused(builder, x, share, e), fused(builder, along, power, e), fused(builder, square, e, e)
                    for value, one in zip(after, state, strict=True):
                        builder.store(value, one)
        for part in PARTS:
            for state, row in zip(states[part], rows, strict=True):
                builder.store(builder.load(state), _place(builder, table, row, part), align=8)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 6), generate


@intrinsic
def weigh(typingctx, table, values, stride, column, weights, count, total):
    """Row `total` becomes the sum of w_m v_m, w_m being row m < count after `weights`.

    v_m is the row of values m `stride` after `values`, or, unless `column` is negative, the one in that column for all.
    """

    def generate(context, builder, signature, arguments):
        (table,), (_, values, stride, column, weights, count, total) = (
            arrays_of(context, builder, signature, arguments),
            arguments,
        )
        states = _states(builder, 1)
        with builder.if_else(builder.icmp_signed("<", column, LONG(0))) as branches:
            for shared, branch in enumerate(branches):
                with branch, cgutils.for_range_slice(builder, LONG(0), count, LONG(1), LONG) as (m, _):
                    at, row = builder.add(values, builder.mul(m, stride)), builder.add(weights, builder.mul(m, LONG(COLUMNS)))
                    one = splat(builder, builder.load(table.at(builder.add(at, column))), QUAD) if shared else None
                    for part in PARTS:
                        value = one if shared else load(builder, _place(builder, table, at, part))
                        (sum_,), weight = states[part], load(builder, _place(builder, table, row, part))
                        builder.store(fused(builder, builder.load(sum_), weight, value), sum_)
        for part in PARTS:
            builder.store(builder.load(states[part][0]), _place(builder, table, total, part), align=8)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 6), generate


@intrinsic
def correlate(typingctx, table, samples, lags):
    """Add to row k < BLOCK after `lags` the sum of x_i x_i+k over the samples of each column."""

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, lags) = arrays_of(context, builder, signature, arguments), arguments

        def rows(first, i):
            """Of two parts: what lies side by side is read at once, by the processor's two ways to its cache."""
            place = builder.add(first, builder.mul(i, LONG(COLUMNS)))
            return [_place(builder, table, place, part) for part in range(2)]

        with cgutils.for_range_slice(builder, LONG(0), LONG(COLUMNS), LONG(2 * QUAD), LONG) as (part, _):
            first, sums = builder.add(samples, part), builder.add(lags, part)

            def add(i, lags):
                x = [load(builder, place) for place in rows(first, i)]
                for k, states in lags:
                    for state, one, place in zip(states, x, rows(first, builder.add(i, LONG(k))), strict=True):
                        builder.store(fused(builder, builder.load(state), one, load(builder, place)), state)

            for least in range(0, BLOCK, QUAD):
                lags = [(k, [cgutils.alloca_once(builder, VECTOR) for _ in range(2)]) for k in range(least, least + QUAD)]
                for k, states in lags:
                    for state, place in zip(states, rows(sums, LONG(k)), strict=True):
                        builder.store(load(builder, place), state)
                whole = BLOCK - QUAD + 1 - least
                with cgutils.for_range_slice(builder, LONG(0), LONG(whole), LONG(1), LONG) as (i, _):
                    add(i, lags)
                for i in range(whole, BLOCK - least):
                    add(LONG(i), lags[: BLOCK - i - least])
                for k, states in lags:
                    for state, place in zip(states, rows(sums, LONG(k)), strict=True):
                        builder.store(builder.load(state), place, align=8)
        return context.get_dummy_value()

    return types.void(table, types.intp, types.intp), generate


@intrinsic
def fill(typingctx, table, row, value):
    """Write one value in a row."""

    def generate(context, builder, signature, arguments):
        (table,), (_, row, value) = arrays_of(context, builder, signature, arguments), arguments
        for part in PARTS:
            builder.store(splat(builder, value, QUAD), _place(builder, table, row, part), align=8)
        return context.get_dummy_value()

    return types.void(table, types.intp, types.float64), generate


if config.DISABLE_JIT:
    # the same as plain Python
    def _rows(table, place, count=1):
        return table[place : place + count * COLUMNS].reshape(count, COLUMNS)

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

    def recur(table, samples, powers, starts, end, along, squares):
        e, x = np.zeros((BLOCK + 1, COLUMNS)), _rows(table, samples, BLOCK)
        for i in range(BLOCK):
            e[i + 1] = _rows(table, powers + COLUMNS) * e[i] + x[i]
        _rows(table, starts, QUAD)[:] = e[:BLOCK:OCTET]
        sums = (_rows(table, powers, BLOCK) * e[:BLOCK]).sum(axis=0), (e[:BLOCK] ** 2).sum(axis=0)
        for row, numbers in zip((end, along, squares), (e[BLOCK], *sums), strict=True):
            _rows(table, row)[:] = numbers

    def weigh(table, values, stride, column, weights, count, total):
        places = values + stride * np.arange(count)
        those = _rows(table, values, count) if column < 0 else table[places + column][:, None]
        _rows(table, total)[:] = (_rows(table, weights, count) * those).sum(axis=0)

    def correlate(table, samples, lags):
        x = _rows(table, samples, BLOCK)
        for k in range(BLOCK):
            _rows(table, lags + k * COLUMNS)[:] += (x[: BLOCK - k] * x[k:]).sum(axis=0)

    def fill(table, row, value):
        _rows(table, row)[:] = value
