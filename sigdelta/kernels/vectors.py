"""Sums of rows that a list picks, some columns at a time that stay in registers while the list is read.

Its length changes from row to row, so the processor guesses its end wrongly about once for each time it is read: therefore the
columns are cut into few stretches, each a power of 2 wide.
"""

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

LONG, LANE = ir.IntType(64), ir.IntType(32)


def _stretches(builder, n, widest, body):
    """Emit body(first, width) for stretches that together are n columns."""
    with cgutils.for_range_slice(builder, LONG(0), builder.and_(n, LONG(-widest)), LONG(widest), LONG) as (first, _):
        body(first, widest)
    width = widest // 2
    while width:
        with builder.if_then(builder.trunc(builder.lshr(n, LONG(width.bit_length() - 1)), ir.IntType(1))):
            body(builder.and_(n, LONG(-2 * width)), width)
        width //= 2


class Array:
    """A contiguous array as the compiler sees it."""

    def __init__(self, context, builder, type_, value):
        self.context, self.builder, self.type = context, builder, type_
        self.array = context.make_array(type_)(context, builder, value)

    @property
    def columns(self):
        return self.builder.extract_value(self.array.shape, self.type.ndim - 1)

    def at(self, *indices, width=None):
        """Pointer to an element, or to a vector of `width` from there on."""
        pointer = cgutils.get_item_pointer(self.context, self.builder, self.type, self.array, indices)
        return self.builder.bitcast(pointer, ir.VectorType(pointer.type.pointee, width).as_pointer()) if width else pointer


def arrays_of(context, builder, signature, arguments):
    both = zip(signature.args, arguments, strict=True)
    return [Array(context, builder, type_, value) for type_, value in both if isinstance(type_, types.Array)]


def load(builder, pointer):
    """What is at a pointer, which need not be aligned as a vector would be."""
    return builder.load(pointer, align=4)


def splat(builder, value, width):
    """A vector of one value."""
    nothing = ir.Constant(ir.VectorType(value.type, width), ir.Undefined)
    one = builder.insert_element(nothing, value, LANE(0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(LANE, width), None))


def plus(builder, total, factor, vector):
    """total + factor * vector."""
    factors = splat(builder, factor, vector.type.count)
    return builder.fadd(total, builder.fmul(factors, vector, flags=("contract",)), flags=("contract",))


def _listed(builder, row, where, first, last, body):
    """Emit body(j, row[j]) for every column j of where[first:last]."""
    with cgutils.for_range_slice(builder, first, last, LONG(1), LONG) as (k, _):
        j = builder.sext(builder.load(where.at(k)), LONG)
        body(j, builder.load(row.at(j)))


@intrinsic
def gather(typingctx, row, where, first, last, matrix, out):
    """out += sum over the columns j in where[first:last] of row[j] matrix[j]."""

    def generate(context, builder, signature, arguments):
        row, where, matrix, out = arrays_of(context, builder, signature, arguments)

        def stretch(i, width):
            total = cgutils.alloca_once_value(builder, load(builder, out.at(i, width=width)))

            def add(j, factor):
                vector = load(builder, matrix.at(j, i, width=width))
                builder.store(plus(builder, builder.load(total), factor, vector), total)

            _listed(builder, row, where, *arguments[2:4], add)
            builder.store(builder.load(total), out.at(i, width=width), align=4)

        _stretches(builder, out.columns, 64, stretch)
        return context.get_dummy_value()

    return types.void(row, where, types.intp, types.intp, matrix, out), generate


@intrinsic
def scatter(typingctx, row, where, first, last, values, matrix):
    """matrix[j] += row[j] values, for the columns j in where[first:last]."""

    def generate(context, builder, signature, arguments):
        row, where, values, matrix = arrays_of(context, builder, signature, arguments)

        def stretch(i, width):
            vector = load(builder, values.at(i, width=width))

            def add(j, factor):
                target = matrix.at(j, i, width=width)
                builder.store(plus(builder, load(builder, target), factor, vector), target, align=4)

            _listed(builder, row, where, *arguments[2:4], add)

        _stretches(builder, values.columns, 32, stretch)
        return context.get_dummy_value()

    return types.void(row, where, types.intp, types.intp, values, matrix), generate


if config.DISABLE_JIT:
    # the same as plain Python
    def gather(row, where, first, last, matrix, out):
        for j in where[first:last]:
            out += row[j] * matrix[j]

    def scatter(row, where, first, last, values, matrix):
        for j in where[first:last]:
            matrix[j] += row[j] * values
