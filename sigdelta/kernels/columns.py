"""Sums down a table of columns, all of which stay in registers; a row is known by the place in the table where it begins."""

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from .vectors import LONG, arrays_of, load, splat

BLOCK, COLUMNS, QUAD = 32, 16, 4
PARTS = range(COLUMNS // QUAD)
FUSED = ("contract",)


def _place(builder, table, row, part):
    return table.at(builder.add(row, LONG(part * QUAD)), width=QUAD)


def _down(builder, table, samples, column, states, step):
    """Emit step(i COLUMNS, x, states of one part) for every sample i and part; the samples are each column's own or `column`'s."""
    with builder.if_else(builder.icmp_signed("<", column, LONG(0))) as branches:
        for shared, branch in enumerate(branches):
            with branch, cgutils.for_range_slice(builder, LONG(0), LONG(BLOCK * COLUMNS), LONG(COLUMNS), LONG) as (row, _):
                at = builder.add(samples, row)
                x = splat(builder, builder.load(table.at(builder.add(at, column))), QUAD) if shared else None
                for part in PARTS:
                    x = x if shared else load(builder, _place(builder, table, at, part))
                    step(row, part, x, states[part])


def _sums(builder, count):
    zero = ir.Constant(ir.VectorType(ir.DoubleType(), QUAD), None)
    return [[cgutils.alloca_once_value(builder, zero) for _ in range(count)] for _ in PARTS]


def _add(builder, total, a, b):
    """total += a b."""
    builder.store(builder.fadd(builder.load(total), builder.fmul(a, b, flags=FUSED), flags=FUSED), total)


@intrinsic
def recur(typingctx, table, samples, column, powers, squares, sums):
    """e' = a e + x from e = 0 down the columns, x being their own samples or, unless it is negative, those of one column.

    Row i of the table becomes e_i, row i after `sums` the sum of a^m e_m over m < i, and row `squares` that of all e^2; row i
    after `powers` holds a^i.
    """

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, column, powers, squares, sums) = arrays_of(context, builder, signature, arguments), arguments
        states = _sums(builder, 3)

        def step(row, part, x, state):
            e = builder.load(state[0])
            builder.store(e, _place(builder, table, row, part), align=8)
            builder.store(builder.load(state[2]), _place(builder, table, builder.add(sums, row), part), align=8)
            _add(builder, state[1], e, e)
            _add(builder, state[2], load(builder, _place(builder, table, builder.add(powers, row), part)), e)
            kept = load(builder, _place(builder, table, builder.add(powers, LONG(COLUMNS)), part))
            builder.store(builder.fadd(x, builder.fmul(kept, e, flags=FUSED), flags=FUSED), state[0])

        _down(builder, table, samples, column, states, step)
        for part, state in zip(PARTS, states, strict=True):
            for total, row in zip(state, (LONG(BLOCK * COLUMNS), squares, builder.add(sums, LONG(BLOCK * COLUMNS))), strict=True):
                builder.store(builder.load(total), _place(builder, table, row, part), align=8)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 5), generate


@intrinsic
def weigh(typingctx, table, samples, column, powers, sums):
    """Row i after `sums` becomes the sum of a^m x_m over m < i, with the samples and powers that `recur` takes."""

    def generate(context, builder, signature, arguments):
        (table,), (_, samples, column, powers, sums) = arrays_of(context, builder, signature, arguments), arguments
        states = _sums(builder, 1)

        def step(row, part, x, state):
            builder.store(builder.load(state[0]), _place(builder, table, builder.add(sums, row), part), align=8)
            _add(builder, state[0], load(builder, _place(builder, table, builder.add(powers, row), part)), x)

        _down(builder, table, samples, column, states, step)
        for part, (total,) in zip(PARTS, states, strict=True):
            builder.store(builder.load(total), _place(builder, table, builder.add(sums, LONG(BLOCK * COLUMNS)), part), align=8)
        return context.get_dummy_value()

    return types.void(table, *[types.intp] * 4), generate


if config.DISABLE_JIT:
    # the same as plain Python
    def _row(table, place, i=0):
        return table[place + i * COLUMNS : place + (i + 1) * COLUMNS]

    def _sample(table, samples, column, i):
        return _row(table, samples, i) if column < 0 else table[samples + i * COLUMNS + column]

    def recur(table, samples, column, powers, squares, sums):
        e = 0.0 * _row(table, squares)
        _row(table, squares)[:] = _row(table, sums)[:] = 0.0
        for i in range(BLOCK):
            _row(table, 0, i)[:] = e
            _row(table, squares)[:] += e * e
            _row(table, sums, i + 1)[:] = _row(table, sums, i) + _row(table, powers, i) * e
            e = _row(table, powers, 1) * e + _sample(table, samples, column, i)
        _row(table, 0, BLOCK)[:] = e

    def weigh(table, samples, column, powers, sums):
        _row(table, sums)[:] = 0.0
        for i in range(BLOCK):
            _row(table, sums, i + 1)[:] = _row(table, sums, i) + _row(table, powers, i) * _sample(table, samples, column, i)
