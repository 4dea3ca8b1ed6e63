"""Products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..autograd.op import op, vjp
from .axes import axis_tuple, one_axis
from .batching import aligned, on_stacks
from .operands import as_tensor

__all__ = ["matmul", "matrix_transpose", "tensordot", "vecdot"]


def rows(xp: Any, x: Any) -> Any:
    """All but the last axis joined: (..., n) as (rows, n)."""
    return x if x.ndim == 2 else xp.reshape(x, (prod(x.shape[:-1]), x.shape[-1]))


def _as_matrices(xp: Any, g: Any, a: Any, b: Any) -> Any:
    """The gradient of a product with the axes that a vector operand lacks."""
    if len(a.shape) == 1:
        g = xp.expand_dims(g, axis=-1 if len(b.shape) == 1 else -2)
    return xp.expand_dims(g, axis=-1) if len(b.shape) == 1 else g


def _matmul_left_vjp(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    if b.ndim == 2 and g.ndim == 2:
        return xp.matmul(g, b.mT)
    if b.ndim == 1:
        d = xp.expand_dims(_as_matrices(xp, g, a, b)[..., 0], axis=-1) * b  # (..., m, 1) * (k,)
    else:
        d = xp.matmul(_as_matrices(xp, g, a, b), b.mT)
    return d[..., 0, :] if len(a.shape) == 1 else d


def _matmul_right_vjp(xp: Any, g: Any, y: Any, a: Any, b: Any) -> Any:
    if a.ndim == 2 and g.ndim == 2:
        return xp.matmul(a.mT, g)
    if len(b.shape) == 2 and a.ndim > 2:  # one product over all rows, not one for each matrix and then a sum
        return xp.matmul(rows(xp, a).mT, rows(xp, g))
    left = xp.expand_dims(a, axis=0) if a.ndim == 1 else a
    d = xp.matmul(left.mT, _as_matrices(xp, g, a, b))
    return d[..., 0] if len(b.shape) == 1 else d


def matmul_batch(xp: Any, batched: Any, a: Any, b: Any) -> Any:
    vector_a, vector_b = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    if batched[0] and not batched[1] and b.ndim <= 2:
        return xp.matmul(a, b)  # the axis of samples is one more of the rows
    if vector_a:
        a = xp.expand_dims(a, axis=-2)
    if vector_b:
        b = xp.expand_dims(b, axis=-1)
    a, b = aligned((a, b), batched)
    y = xp.matmul(a, b)
    gone = tuple(axis for axis, vector in ((-2, vector_a), (-1, vector_b)) if vector)
    return xp.squeeze(y, axis=gone) if gone else y


@op(
    vjp(_matmul_left_vjp, reads="b"),
    vjp(_matmul_right_vjp, reads="a"),
    broadcasts=True,
    linear="each",
    batch=matmul_batch,
)
def matmul(xp: Any, a: Any, b: Any) -> Any:
    """Matrix product over the last two axes, the ones before broadcast: ``a @ b``.

    A vector on the left is a row, on the right a column, and its axis is not in the result.

    Parameters
    ----------
    a : Tensor
        Shape (..., m, k) or (k,).
    b : Tensor
        Shape (..., k, n) or (k,).

    Returns
    -------
    Tensor
        Shape (..., m, n), without m or n where there was a vector.

    Raises
    ------
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.matmul(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), tg.asarray([1.0, 10.0]))
    Tensor([21., 43.], dtype=float32)
    """
    return xp.matmul(a, b)


@op(vjp(lambda xp, g, y, x: g.mT), view=True, linear="jointly", batch=on_stacks("matrix_transpose"))
def matrix_transpose(xp: Any, x: Any) -> Any:
    """Exchange the last two axes: (..., m, n) to (..., n, m).

    Parameters
    ----------
    x : Tensor
        At least two axes.

    Returns
    -------
    Tensor
        A view.

    Raises
    ------
    ValueError
        There are fewer axes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.matrix_transpose(tg.zeros((5, 2, 3))).shape
    (5, 3, 2)
    """
    if x.ndim < 2:
        raise ValueError("at least two axes are needed")
    return x.mT


def diagonal(x: Any, *, offset: int = 0) -> Any:
    """A diagonal of each matrix: (..., m, n) to (..., k).

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    offset : int
        Which: 0 the main one, 1 the one above it, -1 the one below.

    Returns
    -------
    Tensor
        As many elements as there are on the diagonal, none where it lies outside.

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.reshape(tg.arange(6), (2, 3))
    >>> tg.linalg.diagonal(x), tg.linalg.diagonal(x, offset=1)
    (Tensor([0, 4], dtype=int64), Tensor([1, 5], dtype=int64))
    """
    x = as_tensor("diagonal", x)
    if x.ndim < 2:
        raise ValueError(f"diagonal: the tensor has shape {x.shape}; wanted are matrices (..., m, n)")
    m, n = x.shape[-2:]
    row, column = max(0, -offset), max(0, offset)
    count = max(0, min(m - row, n - column))
    start = row * n + column if count else 0
    return x.reshape((*x.shape[:-2], m * n))[..., start : start + count * (n + 1) : n + 1]


def trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """Sum of a diagonal of each matrix: (..., m, n) to (...).

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    offset : int
        Which diagonal: 0 the main one, 1 the one above it, -1 the one below.
    dtype : dtype or None
        What to sum in; None means as `sum` does.

    Returns
    -------
    Tensor
        Shape (...).

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.trace(tg.eye(3)).item()
    3.0
    """
    elements = diagonal(x, offset=offset)
    return (elements if dtype is None else elements.astype(dtype)).sum(axis=-1)


def outer(a: Any, b: Any) -> Any:
    """Every product of an element of one vector and one of another: ``y[i, j] = a[i] * b[j]``.

    Parameters
    ----------
    a : Tensor
        Shape (m,).
    b : Tensor
        Shape (n,).

    Returns
    -------
    Tensor
        Shape (m, n).

    Raises
    ------
    ValueError
        An operand is not a vector.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.outer(tg.asarray([1.0, 2.0]), tg.asarray([3.0, 4.0, 5.0]))
    Tensor([[ 3.,  4.,  5.],
            [ 6.,  8., 10.]], dtype=float32)
    """
    a, b = as_tensor("outer", a), as_tensor("outer", b)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"outer: the operands have shapes {a.shape} and {b.shape}; wanted two vectors")
    return a.expand_dims(1) * b


def vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    """Sum of the products along an axis; of complex numbers with the conjugate of `a`.

    Parameters
    ----------
    a, b : Tensor
        Broadcast against each other, but for that axis, which has one size.
    axis : int
        Where the vectors lie.

    Returns
    -------
    Tensor
        Of the broadcast shape without that axis.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.vecdot(tg.asarray([1.0, 2.0]), tg.asarray([3.0, 4.0])).item()
    11.0
    """
    a, b = as_tensor("vecdot", a), as_tensor("vecdot", b)
    ndim = max(a.ndim, b.ndim)
    axis = one_axis(axis, ndim) - ndim
    if -axis > min(a.ndim, b.ndim) or a.shape[axis] != b.shape[axis]:
        raise ValueError(f"vecdot: the operands have shapes {a.shape} and {b.shape}; axis {axis} must have one size")
    products = (a.conj() if a.dtype.kind == "c" else a) * b
    y = products.sum(axis=axis)
    return y if y.dtype == products.dtype else y.astype(products.dtype)  # sums of small integers are large ones


def tensordot(a: Any, b: Any, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Any:
    """Sum products over several axes.

    Parameters
    ----------
    a, b : Tensor
        Any shapes.
    axes : int or pair of sequences of int
        How many of the last axes of `a` to pair with the first of `b`, or which of `a` with which of `b`.

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`.

    Raises
    ------
    ValueError
        The axes do not pair, or their sizes differ.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.tensordot(tg.zeros((2, 3, 4)), tg.zeros((4, 3, 5)), axes=([1, 2], [1, 0])).shape
    (2, 5)
    """
    a, b = as_tensor("tensordot", a), as_tensor("tensordot", b)
    if isinstance(axes, int):
        if not 0 <= axes <= min(a.ndim, b.ndim):
            raise ValueError(f"tensordot: axes is {axes}, the operands have {a.ndim} and {b.ndim}")
        axes = (range(a.ndim - axes, a.ndim), range(axes))
    left, right = axis_tuple(tuple(axes[0]), a.ndim), axis_tuple(tuple(axes[1]), b.ndim)
    paired = [(a.shape[i], b.shape[j]) for i, j in zip(left, right)]
    if len(left) != len(right) or any(m != n for m, n in paired):
        raise ValueError(f"tensordot: axes {left} of shape {a.shape} do not pair with axes {right} of shape {b.shape}")
    rest_a = [i for i in range(a.ndim) if i not in left]
    rest_b = [i for i in range(b.ndim) if i not in right]
    size = prod(m for m, _ in paired)
    rows = a.permute_dims((*rest_a, *left)).reshape((prod(a.shape[i] for i in rest_a), size))
    columns = b.permute_dims((*right, *rest_b)).reshape((size, prod(b.shape[i] for i in rest_b)))
    return matmul(rows, columns).reshape((*(a.shape[i] for i in rest_a), *(b.shape[i] for i in rest_b)))
