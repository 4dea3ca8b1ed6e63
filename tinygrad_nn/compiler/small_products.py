"""What bundles of small calls do besides kernels: look at memory by its address, and multiply small matrices."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["functions"]


@cache
def functions() -> dict[str, Any]:
    """The functions by their names, to be inlined, so that sizes which are known enter them; numba must be there."""
    import numba
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def pointer(typing_context: Any, address: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], cgutils.voidptr_t)

        return types.voidptr(types.int64), code

    # the order of additions is free, as in a BLAS library, and a product and a sum may be rounded once
    inlined: Callable[..., Any] = numba.njit(forceinline=True, fastmath={"contract", "reassoc"}, error_model="numpy")
    return {
        "pointer": intrinsic(pointer),
        "carray": numba.carray,
        "bool_": numba.types.bool_,
        "product_by_rows": inlined(_product_by_rows),
        "product_by_elements": inlined(_product_by_elements),
    }


def _product_by_rows(a: Any, b: Any, out: Any) -> None:
    """``a @ b``: a row of the result is a sum of rows of `b`, which are in order."""
    out[...] = 0
    for i in range(out.shape[0]):
        for p in range(a.shape[1]):
            factor = a[i, p]
            for j in range(out.shape[1]):
                out[i, j] += factor * b[p, j]


def _product_by_elements(a: Any, b: Any, out: Any) -> None:
    """``a @ b``: an element of the result is the product of a row of `a` and a column of `b`, which is in order."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total = out.dtype.type(0)
            for p in range(a.shape[1]):
                total += a[i, p] * b[p, j]
            out[i, j] = total
