"""Bit masks of a block: comparisons of 32 samples at once, and the lowest bit of a mask, in the machine's own instructions."""

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


if config.DISABLE_JIT:
    # the same as plain Python, in which kernels are run for coverage and to find a bug
    def beyond(u, powers, i, response, j, top, bottom):
        values = u * powers[i : i + SAMPLES] + response[j : j + SAMPLES]
        return sum(1 << m for m in range(SAMPLES) if values[m] >= top or values[m] <= bottom)

    def dot(a, i, b, j):
        return a[i : i + SAMPLES] @ b[j : j + SAMPLES]

    def lowest(mask):
        return (int(mask) & -int(mask)).bit_length() - 1
