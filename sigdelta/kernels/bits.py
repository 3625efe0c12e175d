"""Bits in the machine's own instructions: comparisons of a block's samples at once, the lowest bit of a mask, powers of 2."""

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic

from .columns import BLOCK, OCTET, QUAD
from .vectors import LANE, LONG, arrays_of, load, splat

SAMPLES = 32


def _blend(builder, vectors, bits):
    """Elements of so many bits from each of the vectors in turn, in place."""
    count = QUAD * LONG.width // bits
    vectors = [builder.bitcast(vector, ir.VectorType(ir.IntType(bits), count)) for vector in vectors]
    total = vectors[0]
    for k, vector in enumerate(vectors[1:], 1):
        places = [i + count if i % len(vectors) == k else i for i in range(count)]
        total = builder.shuffle_vector(total, vector, ir.Constant(ir.VectorType(LANE, count), places))
    return total


@intrinsic
def beyond(typingctx, u, lines, i, j, middle, half):
    """Bit m says that u K + R after sample m is at least `half` away from `middle`; the lines of K and R begin at i and j."""

    def generate(context, builder, signature, arguments):
        (lines,), (u, _, i, j, middle, half) = arrays_of(context, builder, signature, arguments), arguments
        u, middle, half = (splat(builder, value, QUAD) for value in (u, middle, half))
        longs = ir.VectorType(LONG, QUAD)
        magnitude, found = ir.Constant(longs, [2**63 - 1] * QUAD), []
        for m in range(OCTET):
            power, base = (load(builder, lines.at(builder.add(place, LONG((m + 1) * QUAD)), width=QUAD)) for place in (i, j))
            v = builder.fadd(builder.fsub(base, middle), builder.fmul(u, power, flags=("contract",)), flags=("contract",))
            size = builder.bitcast(builder.and_(builder.bitcast(v, longs), magnitude), v.type)
            found.append(builder.sext(builder.fcmp_ordered(">=", size, half), longs))
        # a byte of each sample: 16 bits of every other one, then 8 of each
        words = [_blend(builder, found[first::2], 16) for first in range(2)]
        signs = _blend(builder, words, 8)
        mask = builder.icmp_signed("<", signs, ir.Constant(signs.type, None))
        return builder.zext(builder.bitcast(mask, ir.IntType(BLOCK)), LONG)

    return types.uint64(u, lines, types.intp, types.intp, middle, half), generate


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
    def beyond(u, lines, i, j, middle, half):
        after, before = (lines[place + QUAD : place + QUAD + BLOCK].reshape(OCTET, QUAD).T.ravel() for place in (i, j))
        values = np.abs(u * after + (before - middle))
        return sum(1 << m for m in range(BLOCK) if values[m] >= half)

    def nonzero(row, i):
        return sum(1 << m for m in range(SAMPLES) if row[i + m] != 0)

    def lowest(mask):
        return (int(mask) & -int(mask)).bit_length() - 1

    def power_of_two(x):
        return x.dtype.type(2.0) ** x.dtype.type(x - 1.5 * 2.0 ** np.finfo(x.dtype).nmant)
