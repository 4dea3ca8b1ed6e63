"""Sums and products of the elements up to each place along an axis."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp
from .axes import one_axis
from .batching import along_axis

__all__ = ["cumulative_prod", "cumulative_sum"]


@op(vjp(lambda xp, g, y, x, axis: xp.flip(xp.cumulative_sum(xp.flip(g, axis=axis), axis=axis), axis=axis)),
    linear="jointly", batch=along_axis("cumulative_sum"))  # fmt: skip
def cumulative_sum(xp: Any, x: Any, *, axis: int) -> Any:
    """Sums of the elements up to each place along `axis`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where to add up.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cumulative_sum(tg.asarray([1.0, 2.0, 3.0]), axis=0)
    Tensor([1., 3., 6.], dtype=float32)
    """
    return xp.cumulative_sum(x, axis=axis)


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


@op(vjp(_cumulative_prod_vjp, reads="x y"), jvp=_cumulative_prod_jvp, batch=along_axis("cumulative_prod"))
def cumulative_prod(xp: Any, x: Any, *, axis: int) -> Any:
    """Products of the elements up to each place along `axis`.

    Parameters
    ----------
    x : Tensor
        At least one axis.
    axis : int
        Where to multiply.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.cumulative_prod(tg.asarray([2.0, 0.0, 3.0]), axis=0)
    Tensor([2., 0., 0.], dtype=float32)
    """
    return xp.cumulative_prod(x, axis=axis)
