"""What is computed element by element: the expression of each vocabulary function, for generated loops."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..backend.recorder import Instruction, Ref

__all__ = ["FUNCTIONS", "POWERS", "Expression", "expression_of"]

FLOAT, NUMBER, ANY, BOOL = "f", "fi", "fib", "b"
CARRIED = frozenset(map(np.dtype, ("bool", "int64", "float32", "float64")))  # what generated loops compute with
EXACT = 2**53  # up to where all integers are numbers of float64, as which loops are given them


class Expression(NamedTuple):
    """An expression of ``{0}``, ``{1}``, ... in one dtype `T`, and the kinds of dtypes that it is right for."""

    text: str
    kinds: str


# Those of numbers; comparisons and tests, whose result is a bool, are apart. Where NumPy has a rule for NaN it is kept.
ARITHMETIC = {
    "add": Expression("{0} + {1}", NUMBER),
    "subtract": Expression("{0} - {1}", NUMBER),
    "multiply": Expression("{0} * {1}", NUMBER),
    "divide": Expression("{0} / {1}", FLOAT),
    "negative": Expression("-{0}", NUMBER),
    "abs": Expression("abs({0})", FLOAT),
    "square": Expression("{0} * {0}", NUMBER),
    "sqrt": Expression("sqrt({0})", FLOAT),
    "reciprocal": Expression("{T}(1) / {0}", FLOAT),
    "maximum": Expression("{0} if ({0} >= {1}) | ({0} != {0}) else {1}", FLOAT),
    "minimum": Expression("{0} if ({0} <= {1}) | ({0} != {0}) else {1}", FLOAT),
    "sign": Expression("{0} if {0} != {0} else {T}({0} > {T}(0)) - {T}({0} < {T}(0))", FLOAT),
    "floor": Expression("floor({0})", FLOAT),
    "ceil": Expression("ceil({0})", FLOAT),
    "trunc": Expression("trunc({0})", FLOAT),
    "logical_and": Expression("{0} & {1}", BOOL),
    "logical_or": Expression("{0} | {1}", BOOL),
    "logical_xor": Expression("{0} ^ {1}", BOOL),
    "logical_not": Expression("not {0}", BOOL),
    "bitwise_and": Expression("{0} & {1}", BOOL),
    "bitwise_or": Expression("{0} | {1}", BOOL),
    "bitwise_xor": Expression("{0} ^ {1}", BOOL),
    "bitwise_invert": Expression("not {0}", BOOL),
}
TESTS = {
    "equal": Expression("{0} == {1}", ANY),
    "not_equal": Expression("{0} != {1}", ANY),
    "less": Expression("{0} < {1}", NUMBER),
    "less_equal": Expression("{0} <= {1}", NUMBER),
    "greater": Expression("{0} > {1}", NUMBER),
    "greater_equal": Expression("{0} >= {1}", NUMBER),
    "isnan": Expression("{0} != {0}", FLOAT),
    "isfinite": Expression("({0} - {0}) == {T}(0)", FLOAT),
    "isinf": Expression("({0} == {0}) & (({0} - {0}) != {T}(0))", FLOAT),
}
CHOICE = Expression("{1} if {0} else {2}", ANY)

# Powers that are products and roots; others go through NumPy.
POWERS = {
    1.0: Expression("{0}", FLOAT),
    2.0: Expression("{0} * {0}", FLOAT),
    3.0: Expression("{0} * {0} * {0}", FLOAT),
    0.5: Expression("sqrt({0})", FLOAT),
    -1.0: Expression("{T}(1) / {0}", FLOAT),
}

# Functions of one float32 that `scalar_functions` has in a form that a compiler can do eight of at a time.
FUNCTIONS = frozenset(("erf", "exp", "exp2", "expm1", "log", "log1p", "log2", "sigmoid", "softplus", "tanh"))


def expression_of(i: Instruction, dtypes: list[Any]) -> tuple[Expression, Any] | None:
    """How an instruction computes one element from those of its operands; None where no generated loop can.

    Parameters
    ----------
    i : Instruction
        Of the program.
    dtypes : list
        For each argument the dtype of the array, or the number itself.

    Returns
    -------
    (Expression, dtype) or None
        And the dtype that the operands are converted to.
    """
    if i.kwargs or i.dtype not in CARRIED:
        return None
    if i.name == "astype":
        return _conversion(i, dtypes[0])
    if any(isinstance(d, np.dtype) and d not in CARRIED for d in dtypes):
        return None
    if i.name == "where":
        if dtypes[0] != np.dtype(bool) or np.result_type(*dtypes[1:]) != i.dtype:
            return None
        return CHOICE, i.dtype
    common = np.result_type(*dtypes)
    if common.kind == "i" and any(type(d) is int and abs(d) > EXACT for d in dtypes):
        return None
    if i.name in TESTS:
        expression: Expression | None = TESTS[i.name]
    elif common != i.dtype:
        return None
    elif i.name == "pow":
        exponent = dtypes[1]
        expression = POWERS.get(float(exponent)) if type(exponent) in (int, float) else None
    elif i.name in FUNCTIONS:
        expression = Expression(f"{i.name}32({{0}})", FLOAT) if common == np.float32 else None
    else:
        expression = ARITHMETIC.get(i.name)
    if expression is None or common.kind not in expression.kinds:
        return None
    return expression, common


def _conversion(i: Instruction, source: Any) -> tuple[Expression, Any] | None:
    """The expression of `astype`; floats become integers in ways that depend on the machine, which is left to NumPy."""
    if len(i.args) != 2 or type(i.args[0]) is not Ref or source.kind not in "fib" or source.itemsize < 1:
        return None
    if source == np.float16 or (source.kind == "f" and i.dtype.kind == "i"):
        return None
    if i.dtype.kind == "b":
        return (Expression("{0} != {T}(0)", ANY), source) if source in CARRIED else None
    return Expression("{0}", ANY), i.dtype
