"""Bits in the machine's own instructions: comparisons of 32 samples at once, the lowest bit of a mask, powers of 2."""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from .vectors import LANE, LONG, arrays_of, load, plus, splat

SAMPLES, QUAD = 32, 4


@intrinsic
def beyond(typingctx, u, powers, i, response, j, top, bottom):
    """Bit m says that u powers[i + m] + response[j + m] is at least `top`, or at most `bottom`; arrays are contiguous."""

    def generate(context, builder, signature, arguments):
        u, _, i, _, j, top, bottom = arguments
        powers, response = arrays_of(context, builder, signature, arguments)
        over, under, parts = splat(builder, top, QUAD), splat(builder, bottom, QUAD), []
        for m in range(0, SAMPLES, QUAD):
            slope, base = (
                load(builder, array.at(builder.add(place, LONG(m)), width=QUAD)) for array, place in ((powers, i), (response, j))
            )
            v = plus(builder, base, u, slope)
            parts.append(builder.or_(builder.fcmp_ordered(">=", v, over), builder.fcmp_ordered("<=", v, under)))
        while len(parts) > 1:
            both = ir.Constant(ir.VectorType(LANE, 2 * parts[0].type.count), list(range(2 * parts[0].type.count)))
            parts = [builder.shuffle_vector(*pair, both) for pair in zip(parts[::2], parts[1::2], strict=True)]
        return builder.zext(builder.bitcast(parts[0], ir.IntType(SAMPLES)), LONG)

    return types.uint64(u, powers, types.intp, response, types.intp, top, bottom), generate


@intrinsic
def nonzero(typingctx, row, i):
    """Bit m says that row[i + m] is not 0; `row` is contiguous, and of floats of any size."""

    def generate(context, builder, signature, arguments):
        (row,) = arrays_of(context, builder, signature, arguments)
        vector = load(builder, row.at(arguments[1], width=SAMPLES))
        mask = builder.fcmp_unordered("!=", vector, ir.Constant(vector.type, None))
        return builder.zext(builder.bitcast(mask, ir.IntType(SAMPLES)), LONG)

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
