"""Bits in the machine's own instructions: comparisons of 32 samples at once, the lowest bit of a mask, powers of 2."""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

SAMPLES = 32
DOUBLES, BITS, SINGLE = ir.VectorType(ir.DoubleType(), SAMPLES), ir.IntType(SAMPLES), ir.IntType(32)


def _load(context, builder, signature, value, place):
    """A vector of `SAMPLES` doubles from element `place` of an array on."""
    array = context.make_array(signature)(context, builder, value)
    pointer = builder.bitcast(builder.gep(array.data, [place]), DOUBLES.as_pointer())
    vector = builder.load(pointer)
    vector.align = 8
    return vector


def _splat(builder, value):
    """A vector of one value."""
    one = builder.insert_element(ir.Constant(DOUBLES, ir.Undefined), value, ir.Constant(SINGLE, 0))
    return builder.shuffle_vector(one, ir.Constant(DOUBLES, ir.Undefined), ir.Constant(ir.VectorType(SINGLE, SAMPLES), None))


@intrinsic
def beyond(typingctx, u, powers, i, response, j, top, bottom):
    """Bit m says that u powers[i + m] + response[j + m] is at least `top`, or at most `bottom`; arrays are contiguous."""

    def generate(context, builder, signature, arguments):
        u, powers, i, response, j, top, bottom = arguments
        slope = _load(context, builder, signature.args[1], powers, i)
        base = _load(context, builder, signature.args[3], response, j)
        v = builder.fadd(builder.fmul(_splat(builder, u), slope, flags=("contract",)), base, flags=("contract",))
        over = builder.fcmp_ordered(">=", v, _splat(builder, top))
        under = builder.fcmp_ordered("<=", v, _splat(builder, bottom))
        return builder.zext(builder.bitcast(builder.or_(over, under), BITS), ir.IntType(64))

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
        return builder.zext(builder.bitcast(mask, BITS), ir.IntType(64))

    return types.int64(row, types.intp), generate


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

    def lowest(mask):
        return (int(mask) & -int(mask)).bit_length() - 1

    def power_of_two(x):
        return x.dtype.type(2.0) ** x.dtype.type(x - 1.5 * 2.0 ** np.finfo(x.dtype).nmant)
