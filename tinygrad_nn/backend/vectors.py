"""Vectors of float32 for loops that numba compiles: what a register of the processor holds, as a value.

A loop that keeps several of them in variables has them in registers; numba's own arrays would be in memory, and what it
makes vectors of by itself is the innermost loop only. To import this imports numba.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

__all__ = ["LANES", "add_product", "greater", "load", "spread", "spread_element", "store", "total"]

LANES = 16 if get_host_cpu_features().get("avx512f") else 8  # elements of a vector

_REGISTER = ir.VectorType(ir.FloatType(), LANES)


class VectorType(types.Type):  # type: ignore[misc]
    """The type of a vector in compiled loops."""

    def __init__(self) -> None:
        super().__init__(name=f"vector of {LANES}")


_VECTOR = VectorType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    """It is one value to the compiler."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _REGISTER)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), _REGISTER.as_pointer())


def _load(typing: Any, array: Any, index: Any) -> Any:
    """``load(array, index)``: the elements of a flat array from an index on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=4)

    return _VECTOR(array, types.intp), generate


def _store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """``store(array, index, value)``: write a vector into a flat array, from an index on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _pointer(context, builder, signature.args[0], *arguments[:2]), align=4)
        return context.get_dummy_value()

    return types.none(array, types.intp, _VECTOR), generate


def _everywhere(builder: Any, number: Any) -> Any:
    nothing = ir.Constant(_REGISTER, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES))


def _spread(typing: Any, number: Any) -> Any:
    """``spread(number)``: a vector with the same number everywhere."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _everywhere(builder, arguments[0])

    return _VECTOR(types.float32), generate


def _spread_element(typing: Any, array: Any, index: Any) -> Any:
    """``spread_element(array, index)``: a vector of that element of a flat array, which is not counted from its end."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return _everywhere(builder, builder.load(builder.gep(data, [arguments[1]])))

    return _VECTOR(array, types.intp), generate


def _add_product(typing: Any, a: Any, b: Any, c: Any) -> Any:
    """``add_product(a, b, c)``: ``a * b + c``, rounded once."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_REGISTER, [_REGISTER] * 3)
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32"), arguments)

    return _VECTOR(_VECTOR, _VECTOR, _VECTOR), generate


def _greater(typing: Any, a: Any, b: Any) -> Any:
    """``greater(a, b)``: the greater of each pair of elements, and those of `a` that are no number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(builder.fcmp_unordered(">=", *arguments), *arguments)

    return _VECTOR(_VECTOR, _VECTOR), generate


def _total(typing: Any, value: Any) -> Any:
    """``total(value)``: the sum of the elements."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = [builder.extract_element(arguments[0], ir.Constant(ir.IntType(32), i)) for i in range(LANES)]
        while len(parts) > 1:  # in pairs
            parts = [builder.fadd(one, other) for one, other in zip(parts[::2], parts[1::2])]
        return parts[0]

    return types.float32(_VECTOR), generate


load: Any = intrinsic(_load)
store: Any = intrinsic(_store)
spread: Any = intrinsic(_spread)
spread_element: Any = intrinsic(_spread_element)
add_product: Any = intrinsic(_add_product)
greater: Any = intrinsic(_greater)
total: Any = intrinsic(_total)
