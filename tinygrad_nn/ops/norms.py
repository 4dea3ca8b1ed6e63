"""Norms of vectors and of matrices: where one is 0 its gradient is 0, and ties for a maximum share, as in PyTorch."""

from __future__ import annotations

from math import inf
from typing import Any

from ..autograd.op import op, vjp
from ..backend.dtypes import is_floating
from . import arithmetic, reduce
from .axes import axis_tuple, kept_shape
from .operands import as_tensor
from .shape import moveaxis
from .singular import svdvals
from .stacks import matrices, narrowed, wide

__all__ = ["matrix_norm", "norm", "vector_norm"]


def _slope(xp: Any, y: Any, x: Any, axis: Any, ord: float) -> Any:
    """The derivative of the norm by each element: ``(|x| / y) ** (ord - 1)`` in the direction of the conjugate."""
    y = xp.reshape(y, kept_shape(x.shape, axis))
    y = xp.where(xp.equal(y, 0), 1, y)
    if ord == 2:
        return xp.conj(x) / y
    direction = xp.conj(xp.sign(x))
    if ord == 1:
        return direction
    # Where x is 0 the direction is 0, which an infinite power must not turn into NaN; a small ratio stays what it is.
    return direction * xp.pow(xp.where(xp.equal(x, 0), 1, xp.abs(x) / y), ord - 1)


def _vector_norm_vjp(xp: Any, g: Any, y: Any, x: Any, axis: Any, keepdims: bool, ord: float) -> Any:
    if ord == 0:
        return xp.zeros_like(x)
    return xp.reshape(g, kept_shape(x.shape, axis)) * _slope(xp, y, x, axis, ord)


def _vector_norm_jvp(xp: Any, tangents: Any, y: Any, x: Any, axis: Any, keepdims: bool, ord: float) -> Any:
    if ord == 0:
        return xp.zeros_like(y)
    return xp.sum(xp.real(_slope(xp, y, x, axis, ord) * tangents[0]), axis=axis, keepdims=keepdims)


def _vector_norm_batch(xp: Any, batched: Any, x: Any, **attrs: Any) -> Any:
    return _vector_norm(x, **attrs)


@op(
    vjp(_vector_norm_vjp, reads="y x"),
    name="vector_norm",
    jvp=_vector_norm_jvp,
    batch=_vector_norm_batch,
)
def _vector_norm(xp: Any, x: Any, *, axis: tuple[int, ...], keepdims: bool, ord: float) -> Any:
    """A norm of finite order, over axes that are counted from the end."""
    if ord == 0:
        return xp.sum(xp.astype(xp.not_equal(x, 0), xp.real(x).dtype), axis=axis, keepdims=keepdims)
    if ord == 2:
        squares = x * x if is_floating(x.dtype) else xp.square(xp.real(x)) + xp.square(xp.imag(x))
        return xp.sqrt(xp.sum(squares, axis=axis, keepdims=keepdims))
    size = xp.abs(x)
    if ord == 1:
        return xp.sum(size, axis=axis, keepdims=keepdims)
    return xp.pow(xp.sum(xp.pow(size, ord), axis=axis, keepdims=keepdims), 1 / ord)


def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: float = 2) -> Any:
    """The norm of vectors: ``sum(abs(x) ** ord) ** (1 / ord)``.

    Parameters
    ----------
    x : Tensor
        Any shape.
    axis : int, sequence of int or None
        Where the vectors lie; over several axes they are flattened, None means all.
    keepdims : bool
        Keep the reduced axes, with size one.
    ord : float
        Which norm: 1, 2, any other number; ``inf`` gives the largest absolute value, ``-inf`` the smallest, 0 counts
        the elements that are not zero.

    Returns
    -------
    Tensor
        Real, without the reduced axes, unless they are kept.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        An axis is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.vector_norm(tg.asarray([[3.0, 4.0], [0.0, 0.0]]), axis=1)
    Tensor([5., 0.], dtype=float32)
    """
    given = as_tensor("vector_norm", x)
    x = wide(given)
    axes = tuple(a - x.ndim for a in axis_tuple(axis, x.ndim))
    if ord == inf and x.size:
        y = reduce.max(arithmetic.abs(x), axis=axes, keepdims=keepdims)
    elif ord == -inf:
        y = reduce.min(arithmetic.abs(x), axis=axes, keepdims=keepdims)
    else:  # the largest of no elements is 0, as any other sum of none
        y = _vector_norm(x, axis=axes, keepdims=keepdims, ord=2 if ord == inf else ord)
    return narrowed(y, given)


def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """The norm of each matrix.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    keepdims : bool
        Keep the last two axes, with size one.
    ord : {"fro", "nuc", 1, -1, 2, -2, inf, -inf}
        ``"fro"``: the root of the sum of squares; ``"nuc"``: the sum of the singular values; 1: the largest sum of
        absolute values in a column, ``inf``: in a row; 2: the largest singular value; negative: the smallest of them.

    Returns
    -------
    Tensor
        Real, of shape (...), or (..., 1, 1).

    Raises
    ------
    ValueError
        These are no matrices, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([[3.0, 0.0], [0.0, -4.0]])
    >>> [tg.linalg.matrix_norm(x, ord=ord).item() for ord in ("fro", "nuc", 1, -2)]
    [5.0, 7.0, 4.0, 3.0]
    """
    x = matrices("matrix_norm", x)
    if ord == "fro":
        return vector_norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord == "nuc":
        y = reduce.sum(svdvals(x), axis=-1)
    elif ord in (2, -2):
        y = _extreme(svdvals(x), ord)
    elif ord in (1, -1, inf, -inf):
        y = _extreme(vector_norm(x, axis=-2 if ord in (1, -1) else -1, ord=1), ord)
    else:
        raise ValueError(f"matrix_norm: ord must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf, not {ord!r}")
    return y.expand_dims((-2, -1)) if keepdims else y


def _extreme(x: Any, ord: float) -> Any:
    """The largest of the last axis, for a negative order the smallest; of none it is 0."""
    if not x.shape[-1]:
        return reduce.sum(x, axis=-1)
    return reduce.max(x, axis=-1) if ord > 0 else reduce.min(x, axis=-1)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norm of vectors or of matrices, by the number of axes: NumPy's form of `vector_norm` and `matrix_norm`.

    Parameters
    ----------
    x : Tensor
        Any shape.
    ord : number, str or None
        Which norm; None means the root of the sum of squares.
    axis : int, (int, int) or None
        Where the vectors, or the rows and columns of the matrices lie. None means all axes where `ord` is None, else
        that `x` is one vector or one matrix.
    keepdims : bool
        Keep the reduced axes, with size one.

    Returns
    -------
    Tensor
        Real, without the reduced axes, unless they are kept.

    Raises
    ------
    ValueError
        `x` has more than two axes and it is not said which to take, or there is no such norm.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.norm(tg.asarray([[3.0, 0.0], [0.0, 4.0]])).item()
    5.0
    """
    x = as_tensor("norm", x)
    if ord is None:
        return vector_norm(x, axis=axis, keepdims=keepdims)
    if axis is None and x.ndim not in (1, 2):
        raise ValueError(f"norm: with ord={ord!r} a tensor of shape {x.shape} needs axis=, one for vectors or two")
    axes = axis_tuple(axis, x.ndim)
    if len(axes) == 1:
        return vector_norm(x, axis=axes, keepdims=keepdims, ord=ord)
    if len(axes) != 2:
        raise ValueError(f"norm: axis {axis} names {len(axes)}; wanted is one, or two for matrices")
    y = matrix_norm(moveaxis(x, axes, (-2, -1)), ord=ord)
    return y.expand_dims(tuple(sorted(axes))) if keepdims else y
