"""Sums and products of the elements up to each place along an axis, and the differences between neighbours."""

from __future__ import annotations

from typing import Any, NoReturn

from ..autograd.op import Op, op, vjp
from ..autograd.variable import Variable
from .arithmetic import positive
from .axes import one_axis
from .batching import along_axis
from .compare import not_equal
from .join import concat
from .like import astype
from .operands import as_tensor
from .shape import broadcast_to

__all__ = ["cumulative_prod", "cumulative_sum", "diff"]


def _accumulated(op: Op, first: int, x: Any, axis: int | None, dtype: Any, include_initial: bool, unknown: Any) -> Any:
    """The accumulation `op` of a tensor, in a dtype, with the result of no element before the others."""
    x = as_tensor(op.name, x)
    if axis is None:
        if x.ndim > 1 and not unknown:
            raise ValueError(f"{op.name}: the tensor has {x.ndim} axes, so axis= must say along which")
        axis = 0
    y = op(x if dtype is None else astype(x, dtype), axis=axis, **unknown)
    if dtype is not None:
        y = astype(y, dtype, copy=False)
    if include_initial:
        axis = one_axis(axis, y.ndim)
        shape = (*y.shape[:axis], 1, *y.shape[axis + 1 :])
        y = concat([broadcast_to(Variable.result_type(first, y.dtype, y.device), shape), y], axis=axis)
    return y


@op(vjp(lambda xp, g, y, x, axis: xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)),
    linear="jointly", batch=along_axis("cumulative_sum"), name="cumulative_sum")  # fmt: skip
def _cumulative_sum(xp: Any, x: Any, *, axis: int) -> Any:
    """Sums of the elements up to each place along an axis."""
    return xp.cumulative_sum(x, axis=axis)


def cumulative_sum(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False,
                   **unknown: NoReturn) -> Any:  # fmt: skip
    """Sums of the elements up to each place along `axis`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int or None
        Where to add up; None where there is only one axis.
    dtype : dtype or None
        To compute in; None for that of `x`, and for int64 of shorter integers (uint64 of unsigned ones).
    include_initial : bool
        Begin with the sum of none, 0.

    Returns
    -------
    Tensor
        Of the shape of `x`, one longer along `axis` with `include_initial`.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There are several axes, and none is named.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cumulative_sum(tg.asarray([1.0, 2.0, 3.0]), axis=0)
    Tensor([1., 3., 6.], dtype=float32)
    """
    return _accumulated(_cumulative_sum, 0, x, axis, dtype, include_initial, unknown)


def _cumulative_prod_vjp(xp: Any, g: Any, y: Any, x: Any, axis: int) -> Any:
    # dx[k] = (product before k) * r[k] with r[k] = g[k] + x[k + 1] * r[k + 1]: no division, so zeros are fine.
    axis = one_axis(axis, len(x.shape))
    size = x.shape[axis]
    if size == 0:
        return g
    at = [(slice(None),) * axis + (slice(k, k + 1),) for k in range(size)]
    r = [g[at[-1]]]
    for k in range(size - 2, -1, -1):
        r.append(g[at[k]] + x[at[k + 1]] * r[-1])
    before = xp.concat([xp.ones_like(x[at[0]]), y[(slice(None),) * axis + (slice(None, -1),)]], axis=axis)
    return before * xp.concat(r[::-1], axis=axis)


def _cumulative_prod_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: int) -> Any:
    # dy[k] = dy[k - 1] * x[k] + y[k - 1] * t[k]
    t = tangents[0]
    axis = one_axis(axis, len(x.shape))
    at = [(slice(None),) * axis + (slice(k, k + 1),) for k in range(x.shape[axis])]
    found = [t[at[0]]] if at else [t]
    for before, k in zip(at, at[1:]):
        found.append(found[-1] * x[k] + y[before] * t[k])
    return xp.concat(found, axis=axis)


@op(
    vjp(_cumulative_prod_vjp, reads="x y"),
    jvp=_cumulative_prod_jvp,
    batch=along_axis("cumulative_prod"),
    name="cumulative_prod",
)
def _cumulative_prod(xp: Any, x: Any, *, axis: int) -> Any:
    """Products of the elements up to each place along an axis."""
    return xp.cumulative_prod(x, axis=axis)


def cumulative_prod(x: Any, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False,
                    **unknown: NoReturn) -> Any:  # fmt: skip
    """Products of the elements up to each place along `axis`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int or None
        Where to multiply; None where there is only one axis.
    dtype : dtype or None
        To compute in; None for that of `x`, and for int64 of shorter integers (uint64 of unsigned ones).
    include_initial : bool
        Begin with the product of none, 1.

    Returns
    -------
    Tensor
        Of the shape of `x`, one longer along `axis` with `include_initial`.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        There are several axes, and none is named.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cumulative_prod(tg.asarray([2.0, 0.0, 3.0]), axis=0)
    Tensor([2., 0., 0.], dtype=float32)
    """
    return _accumulated(_cumulative_prod, 1, x, axis, dtype, include_initial, unknown)


def diff(x: Any, axis: int = -1, n: int = 1, prepend: Any = None, append: Any = None) -> Any:
    """Differences between neighbours along an axis: ``y[i] = x[i + 1] - x[i]``.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where the neighbours are.
    n : int
        How often to take the differences, each time of the ones before.
    prepend, append : Tensor or None
        What to put before and behind `x` along `axis`; of its shape but for that axis.

    Returns
    -------
    Tensor
        As `x`, by `n` shorter along `axis` (but not shorter than 0).

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        `n` is negative, or the shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.diff(tg.asarray([1.0, 3.0, 7.0]))
    Tensor([2., 4.], dtype=float32)
    """
    x = as_tensor("diff", x)
    axis = one_axis(axis, x.ndim)
    if n < 0:
        raise ValueError(f"diff: n is {n}, wanted is a number of at least 0")
    given = [part for part in (prepend, x, append) if part is not None]
    y = x if len(given) == 1 else concat(given, axis=axis)
    before = (slice(None),) * axis
    for _ in range(n):
        later, earlier = y[before + (slice(1, None),)], y[before + (slice(None, -1),)]
        y = not_equal(later, earlier) if y.dtype.kind == "b" else later - earlier
    return y if n or len(given) > 1 else positive(y)
