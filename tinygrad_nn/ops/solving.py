"""Inverses, linear equations and determinants, of stacks of matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.op import op, vjp
from .batching import aligned, on_stacks
from .operands import as_tensor
from .stacks import matrices, narrowed, wide

__all__ = ["SlogdetResult", "cofactor", "det", "inv", "slogdet", "solve"]


@op(
    vjp(lambda xp, g, y, x: -(y.mT @ g @ y.mT), reads="y"),
    name="inv",
    jvp=lambda xp, tangents, y, x: -(y @ tangents[0] @ y),
    batch=on_stacks("inv"),
)
def _inv(xp: Any, x: Any) -> Any:
    """The inverse of matrices in a floating dtype."""
    return xp.inv(x)


def inv(x: Any) -> Any:
    """The inverse of each matrix: ``inv(x) @ x`` is the identity.

    To solve equations use `solve`, which is faster and more exact.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    ValueError
        The matrices are not square, or one of them is singular (on a GPU its inverse is not finite instead).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.inv(tg.asarray([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]], dtype=float32)
    """
    x = matrices("inv", x, square=True)
    return narrowed(_inv(wide(x)), x)


def _solve_jvp(xp: Any, tangents: Any, y: Any, a: Any, b: Any) -> Any:
    t_a, t_b = tangents
    if t_a is None:
        return xp.solve(a, t_b)
    moved = t_a @ y
    return xp.solve(a, -moved if t_b is None else t_b - moved)


@op(
    vjp(lambda xp, g, y, a, b: -(xp.solve(a.mT, g) @ y.mT), reads="y a"),
    vjp(lambda xp, g, y, a, b: xp.solve(a.mT, g), reads="a"),
    broadcasts=True,
    name="solve",
    jvp=_solve_jvp,
    batch=lambda xp, batched, a, b: xp.solve(*aligned((a, b), batched)),
)
def _solve(xp: Any, a: Any, b: Any) -> Any:
    """The solutions of equations with matrices on both sides."""
    return xp.solve(a, b)


def solve(a: Any, b: Any) -> Any:
    """Solve linear equations: the `y` with ``a @ y = b``.

    Parameters
    ----------
    a : Tensor
        Shape (..., n, n).
    b : Tensor
        Shape (n,), one vector, or (..., n, k), matrices; the leading axes broadcast.

    Returns
    -------
    Tensor
        Shape (..., n) for a vector, else (..., n, k).

    Raises
    ------
    ValueError
        The shapes do not fit, or a matrix is singular (on a GPU the solution is not finite instead).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.solve(tg.asarray([[2.0, 0.0], [0.0, 4.0]]), tg.asarray([2.0, 2.0]))
    Tensor([1. , 0.5], dtype=float32)
    """
    a, b = matrices("solve", a, square=True), as_tensor("solve", b)
    is_vector = b.ndim == 1
    if not b.ndim or b.shape[0 if is_vector else -2] != a.shape[-1]:
        raise ValueError(f"solve: a has shape {a.shape}, b {b.shape}; wanted are (..., n, n) and (n,) or (..., n, k)")
    y = narrowed(_solve(wide(a), wide(b.expand_dims(1) if is_vector else b)), a, b)
    return y[..., 0] if is_vector else y


def _cofactor_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    inverse = xp.inv(x).mT
    return xp.sum(g * y, axis=(-2, -1), keepdims=True) * inverse - y @ g.mT @ inverse


def _cofactor_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    inverse = xp.inv(x).mT
    t = tangents[0]
    return xp.sum(inverse * t, axis=(-2, -1), keepdims=True) * y - inverse @ t.mT @ y


@op(vjp(_cofactor_vjp, reads="y x"), jvp=_cofactor_jvp, batch=on_stacks("cofactor"))
def cofactor(xp: Any, x: Any) -> Any:
    """The matrices of cofactors, the derivative of the determinant: ``det(x) * inv(x).mT``.

    They exist for singular matrices, too; the derivatives of theirs are computed for others only.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n), of a floating dtype.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.cofactor(tg.asarray([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[ 4., -3.],
            [-2.,  1.]], dtype=float32)
    """
    return xp.cofactor(x)


def _on_matrices(xp: Any, g: Any) -> Any:
    return xp.expand_dims(g, axis=(-2, -1))


@op(
    vjp(lambda xp, g, y, x: _on_matrices(xp, g) * xp.cofactor(x), reads="x"),
    name="det",
    jvp=lambda xp, tangents, y, x: xp.sum(tangents[0] * xp.cofactor(x), axis=(-2, -1)),
    batch=on_stacks("det"),
)
def _det(xp: Any, x: Any) -> Any:
    """The determinant of matrices in a floating dtype."""
    return xp.det(x)


def det(x: Any) -> Any:
    """The determinant of each matrix; its gradient, the matrix of cofactors, is right for singular ones, too.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    Tensor
        Shape (...).

    Raises
    ------
    ValueError
        The matrices are not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.det(tg.asarray([[2.0, 0.0], [0.0, 4.0]])).item()
    8.0
    """
    x = matrices("det", x, square=True)
    return narrowed(_det(wide(x)), x)


class SlogdetResult(NamedTuple):
    """What `slogdet` returns: the determinant is ``sign * exp(logabsdet)``.

    Attributes
    ----------
    sign : Tensor
        -1, 0 or 1; of complex matrices a number on the unit circle, or 0.
    logabsdet : Tensor
        Real; -inf for singular matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.slogdet(tg.asarray([[0.0, 1.0], [1.0, 0.0]])).sign.item()
    -1.0
    """

    sign: Any
    logabsdet: Any


def _slogdet_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    g_sign, g_log = g
    turn = None
    if g_sign is not None and x.dtype.kind == "c":  # a real sign is constant
        turn = xp.imag(g_sign * y[0]) * 1j
    if g_log is None and turn is None:
        return xp.zeros_like(x)
    slope = turn if g_log is None else g_log if turn is None else g_log + turn
    return _on_matrices(xp, slope) * xp.inv(x).mT


def _slogdet_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    slope = xp.sum(xp.inv(x).mT * tangents[0], axis=(-2, -1))
    if x.dtype.kind == "c":
        return y[0] * (xp.imag(slope) * 1j), xp.real(slope)
    return xp.zeros_like(slope), slope


def _slogdet_batch(xp: Any, batched: Any, x: Any) -> Any:
    return _slogdet(x)


@op(vjp(_slogdet_vjp, reads="y x"), name="slogdet", jvp=_slogdet_jvp, batch=_slogdet_batch)
def _slogdet(xp: Any, x: Any) -> Any:
    """The sign and the logarithm of the absolute value of the determinant."""
    packed = xp.packed_slogdet(x)
    return packed[..., 0], xp.real(packed[..., 1])


def slogdet(x: Any) -> SlogdetResult:
    """The determinant of each matrix without overflow: its sign, and the logarithm of its absolute value.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    SlogdetResult
        `sign` and `logabsdet`, of shape (...). The gradient of the logarithm is the inverse, transposed.

    Raises
    ------
    ValueError
        The matrices are not square; in backward, one is singular.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> sign, logarithm = tg.linalg.slogdet(-tg.eye(3))
    >>> sign.item(), logarithm.item()
    (-1.0, 0.0)
    """
    x = matrices("slogdet", x, square=True)
    return SlogdetResult(*(narrowed(part, x) for part in _slogdet(wide(x))))
