"""Products that are made of others: powers of matrices, cross and Kronecker products."""

from __future__ import annotations

from operator import index
from typing import Any

from ..autograd.variable import Variable
from .arrange import roll
from .axes import broadcast_shape, one_axis
from .linalg import matmul
from .operands import as_tensor
from .shape import broadcast_to
from .solving import inv
from .stacks import eye_like, matrices

__all__ = ["cross", "kron", "matrix_power"]


def matrix_power(x: Any, n: int) -> Any:
    """Each matrix multiplied `n` times: ``x @ x @ ...``; a negative power is that of the inverse.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, m).
    n : int
        The power.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    ValueError
        The matrices are not square, or `n` is negative and one is singular.
    TypeError
        `n` is no int.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.matrix_power(tg.asarray([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]], dtype=float32)
    """
    x = matrices("matrix_power", x, square=True)
    if isinstance(n, float):
        raise TypeError(f"matrix_power: n is {n}, wanted is an int; other powers are made of eigh or eig")
    n = index(n)
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        return eye_like(Variable.namespace, x)
    result = None
    while True:  # by squaring: the product of the powers that the binary digits name
        if n % 2:
            result = x if result is None else matmul(result, x)
        n //= 2
        if not n:
            return result
        x = matmul(x, x)


def cross(a: Any, b: Any, *, axis: int = -1) -> Any:
    """The vector product of vectors with three elements.

    Parameters
    ----------
    a, b : Tensor
        Broadcast against each other; three elements along `axis`.
    axis : int
        Where the vectors lie.

    Returns
    -------
    Tensor
        Of the broadcast shape.

    Raises
    ------
    IndexError
        There is no such axis.
    ValueError
        The axis has not three elements, or the shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.cross(tg.asarray([1.0, 0.0, 0.0]), tg.asarray([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.], dtype=float32)
    """
    a, b = as_tensor("cross", a), as_tensor("cross", b)
    shape = broadcast_shape(a.shape, b.shape)
    axis = one_axis(axis, len(shape)) - len(shape)
    if any(len(x.shape) < -axis or x.shape[axis] != 3 for x in (a, b)):
        raise ValueError(f"cross: the operands have shapes {a.shape} and {b.shape}; axis {axis} must have 3 elements")
    a, b = broadcast_to(a, shape), broadcast_to(b, shape)
    return roll(a, -1, axis) * roll(b, 1, axis) - roll(a, 1, axis) * roll(b, -1, axis)


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: a block ``a[i, j] * b`` for each element of `a`.

    Parameters
    ----------
    a, b : Tensor
        Any shapes; where one has fewer axes, it gets more of size one in front.

    Returns
    -------
    Tensor
        Each axis has the product of the sizes.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.kron(tg.asarray([1.0, 10.0]), tg.asarray([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.], dtype=float32)
    """
    a, b = as_tensor("kron", a), as_tensor("kron", b)
    ndim = max(a.ndim, b.ndim)
    left, right = (1,) * (ndim - a.ndim) + a.shape, (1,) * (ndim - b.ndim) + b.shape
    spread_a = a.reshape(tuple(size for n in left for size in (n, 1)))
    spread_b = b.reshape(tuple(size for n in right for size in (1, n)))
    return (spread_a * spread_b).reshape(tuple(m * n for m, n in zip(left, right)))
