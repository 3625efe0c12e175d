"""Bits in the machine's own instructions: comparisons of 32 samples at once, the lowest bit of a mask, powers of 2."""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

SAMPLES, QUAD = 32, 4
DOUBLE, SINGLE, WHOLE = ir.DoubleType(), ir.IntType(32), ir.IntType(64)


def _load(context, builder, signature, value, place, size):
    """A vector of `size` doubles from element `place` of an array on."""
    array = context.make_array(signature)(context, builder, value)
    pointer = builder.bitcast(builder.gep(array.data, [place]), ir.VectorType(DOUBLE, size).as_pointer())
    vector = builder.load(pointer)
    vector.align = 8
    return vector


def _splat(builder, value, size):
    """A vector of one value."""
    nothing = ir.Constant(ir.VectorType(DOUBLE, size), ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(SINGLE, 0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(SINGLE, size), None))


@intrinsic
def beyond(typingctx, u, powers, i, response, j, top, bottom):
    """Bit m says that u powers[i + m] + response[j + m] is at least `top`, or at most `bottom`; arrays are contiguous."""

    def generate(context, builder, signature, arguments):
        u, _, i, _, j, top, bottom = arguments
        factor, over, under = (_splat(builder, value, QUAD) for value in (u, top, bottom))
        mask = ir.Constant(WHOLE, 0)
        for m in range(0, SAMPLES, QUAD):
            places = (builder.add(place, ir.Constant(WHOLE, m)) for place in (i, j))
            slope, base = (_load(context, builder, signature.args[n], arguments[n], next(places), QUAD) for n in (1, 3))
            v = builder.fadd(builder.fmul(factor, slope, flags=("contract",)), base, flags=("contract",))
            found = builder.or_(builder.fcmp_ordered(">=", v, over), builder.fcmp_ordered("<=", v, under))
            bits = builder.zext(builder.bitcast(found, ir.IntType(QUAD)), WHOLE)
            mask = builder.or_(mask, builder.shl(bits, ir.Constant(WHOLE, m)))
        return mask

    return types.uint64(u, powers, types.intp, response, types.intp, top, bottom), generate


@intrinsic
def nonzero(typingctx, row, i):
    """Bit m says that row[i + m] is not 0; `row` is contiguous, and of floats of any size."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        many = ir.VectorType(array.data.type.pointee, SAMPLES)
        vector = builder.load(builder.bitcast(builder.gep(array.data, [arguments[1]]), many.as_pointer()))
        vector.align = 4
        mask = builder.fcmp_unordered("!=", vector, ir.Constant(many, None))
        return builder.zext(builder.bitcast(mask, ir.IntType(SAMPLES)), WHOLE)

    return types.int64(row, types.intp), generate


@intrinsic
def dot(typingctx, a, i, b, j):
    """Sum of a[i + m] b[j + m]; arrays are contiguous."""

    def generate(context, builder, signature, arguments):
        first = _load(context, builder, signature.args[0], arguments[0], arguments[1], SAMPLES)
        second = _load(context, builder, signature.args[2], arguments[2], arguments[3], SAMPLES)
        total, size = builder.fmul(first, second), SAMPLES
        while size > 1:
            size //= 2
            halves = [ir.Constant(ir.VectorType(SINGLE, size), list(range(k, k + size))) for k in (0, size)]
            low, high = (builder.shuffle_vector(total, ir.Constant(total.type, ir.Undefined), half) for half in halves)
            total = builder.fadd(low, high)
        return builder.extract_element(total, ir.Constant(SINGLE, 0))

    return types.float64(a, types.intp, b, types.intp), generate


@intrinsic
def lowest(typingctx, mask):
    """Place of the lowest bit that is set, of a mask that is not 0."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@intrinsic
def power_of_two(typingctx, x):
    """2^n of a number that holds n in its last bits, as 1.5 2^m + n does where m is the number of bits of its fraction."""

    def generate(context, builder, signature, arguments):
        (x,), single = arguments, signature.return_type == types.float32
        bits, fraction, bias = (ir.IntType(32), 23, 127) if single else (ir.IntType(64), 52, 1023)
        exponent = builder.shl(builder.bitcast(x, bits), ir.Constant(bits, fraction))
        return builder.bitcast(builder.add(exponent, ir.Constant(bits, bias << fraction)), x.type)

    return x(x), generate


if config.DISABLE_JIT:
    # the same as plain Python, in which kernels are run for coverage and to find a bug
    def beyond(u, powers, i, response, j, top, bottom):
        values = u * powers[i : i + SAMPLES] + response[j : j + SAMPLES]
        return sum(1 << m for m in range(SAMPLES) if values[m] >= top or values[m] <= bottom)

    def nonzero(row, i):
        return sum(1 << m for m in range(SAMPLES) if row[i + m] != 0)

    def dot(a, i, b, j):
        return a[i : i + SAMPLES] @ b[j : j + SAMPLES]

    def lowest(mask):
        return (int(mask) & -int(mask)).bit_length() - 1

    def power_of_two(x):
        return x.dtype.type(2.0) ** x.dtype.type(x - 1.5 * 2.0 ** np.finfo(x.dtype).nmant)
