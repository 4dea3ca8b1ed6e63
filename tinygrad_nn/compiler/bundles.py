"""Small calls that follow one another as one function of machine code: each call from Python takes about a microsecond.

Such a function has one argument, a table of the addresses and shapes of the arrays, so that its text is the same for
all sizes.
"""

from __future__ import annotations

from itertools import groupby
from math import prod
from typing import Any

import numpy as np

from ..backend.jit import installed
from .binding import Call, assign, fill
from .kernels import compiled_kernel, is_kernel

__all__ = ["Bundles"]

FEWEST = 6  # calls that are worth a function of their own, which takes a second to be compiled
SMALL = 16 * 1024  # elements of an array, and multiplications of a product, up to which a call takes some microseconds
DTYPES = {np.dtype(name): name for name in ("float32", "float64", "int64", "bool_")}
PRODUCTS = (np.dot, np.matmul)
ASSIGNMENTS = (assign, fill)


class Bundles:
    """The bundles that a list of calls has; it makes none anew that it had in the list before."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], tuple[list[Call], Call]] = {}  # by the identities of the calls in them
        self._small: dict[int, tuple[Call, bool]] = {}

    def joined(self, calls: list[Call]) -> list[Call]:
        """The calls in their order, with bundles in place of those that are small; without numba, as they are."""
        if installed() is None:
            return calls
        self._small = {id(c): self._small.get(id(c)) or (c, _is_small(c)) for c in calls}
        made: dict[tuple[int, ...], tuple[list[Call], Call]] = {}
        result: list[Call] = []
        for small, run in groupby(calls, lambda call: self._small[id(call)][1]):
            part = list(run)
            if not small or len(part) < FEWEST:
                result += part
                continue
            key = tuple(map(id, part))
            made[key] = self._made.get(key) or (part, _bundle(part))
            result.append(made[key][1])
        self._made = made
        return result


def _is_small(call: Call) -> bool:
    """Whether a call can be a part of a bundle, and is worth it."""
    function, arguments = call
    arrays = [a for a in arguments if isinstance(a, np.ndarray)]
    if any(a.dtype not in DTYPES or a.size > SMALL for a in arrays):
        return False
    if function in PRODUCTS:
        out = arrays[-1]
        return (
            all(a.ndim == 2 and a.dtype == out.dtype and out.dtype.kind == "f" and _is_dense(a) for a in arrays)
            and out.flags.c_contiguous
            and prod(out.shape) * arrays[0].shape[1] <= SMALL
        )
    # other loops may share their names, by which machine code that is kept refers to what it calls
    return (function in ASSIGNMENTS or is_kernel(function)) and all(a.flags.c_contiguous for a in arrays)


def _is_dense(matrix: Any) -> bool:
    return bool(matrix.flags.c_contiguous or matrix.flags.f_contiguous)


def _bundle(calls: list[Call]) -> Call:
    table: list[int] = []
    places: dict[tuple[Any, ...], str] = {}  # of arrays that are the same memory seen in the same way, their name
    functions: dict[str, Any] = {}
    lines: list[str] = []

    def entry(number: int) -> str:
        table.append(number)
        return f"table[{len(table) - 1}]"

    def name_of(argument: Any) -> str:
        if not isinstance(argument, np.ndarray):
            return entry(argument) if isinstance(argument, int) else repr(argument)
        turned = not argument.flags.c_contiguous
        seen = argument.T if turned else argument
        key = (_address(seen), seen.shape, seen.dtype)
        if key not in places:
            places[key] = f"a{len(places)}"
            address, shape = entry(key[0]), "".join(f"{entry(n)}, " for n in seen.shape)
            lines.append(f"{places[key]} = carray(pointer({address}), ({shape}), {DTYPES[seen.dtype]})")
        return f"{places[key]}.T" if turned else places[key]

    function: Any
    for function, arguments in calls:
        names = [name_of(a) for a in arguments]
        if function in PRODUCTS:
            by_rows = arguments[1].flags.c_contiguous and arguments[1].shape[1] > 1
            lines.append(f"{'product_by_rows' if by_rows else 'product_by_elements'}({', '.join(names)})")
        elif function in ASSIGNMENTS:
            lines.append(f"{names[0]}[...] = {names[1]}")
        else:
            functions[function.py_func.__name__] = function
            lines.append(f"{function.py_func.__name__}({', '.join(names)})")
    text = "def kernel(table):\n" + "".join(f"    {line}\n" for line in lines)
    return Call(compiled_kernel(text, tuple(functions.values())), (np.array(table, np.int64),))


def _address(array: Any) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
