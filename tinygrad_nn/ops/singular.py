"""Singular values, and what is computed from them, of stacks of matrices.

Singular vectors are determined up to a common factor of each pair, which the derivatives leave alone: they are right
for functions that do not depend on it. Those of equal singular values, and of zeros where the matrix is not square, are
not determined: what depends on them gets NaN. What depends on the singular values alone does not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.op import op, vjp
from ..backend.dtypes import finfo
from .batching import aligned, on_stacks
from .decompositions import complement
from .join import concat
from .operands import as_tensor
from .reduce import count_nonzero
from .stacks import adjoint, diagonal_of, inverse, inverse_gaps, matrices, narrowed, on_diagonal, wide

__all__ = ["SVDResult", "matrix_rank", "packed_svd", "pinv", "svd", "svdvals"]


class SVDResult(NamedTuple):
    """What `svd` returns: ``x = (U * S) @ Vh``.

    Attributes
    ----------
    U : Tensor
        Shape (..., m, k), the columns are orthonormal.
    S : Tensor
        Shape (..., k), real, in descending order.
    Vh : Tensor
        Shape (..., k, n), the rows are orthonormal.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.svd(tg.eye(2)).S
    Tensor([1., 1.], dtype=float32)
    """

    U: Any
    S: Any
    Vh: Any


def _row(xp: Any, s: Any) -> Any:
    return xp.expand_dims(s, axis=-2)


def _column(xp: Any, s: Any) -> Any:
    return xp.expand_dims(s, axis=-1)


def _svd_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    u, s, vh = y
    g_u, g_s, g_vh = g
    inner = None if g_s is None else on_diagonal(xp, g_s)
    beside = None
    if g_u is not None:
        turn = u.mT @ g_u
        skew = inverse_gaps(xp, s * s) * turn
        part = (skew + adjoint(xp, skew)) * _row(xp, s)
        if x.dtype.kind == "c":  # the phases of U, with those of V held
            part = part + on_diagonal(xp, xp.imag(diagonal_of(xp, turn)) * inverse(xp, s) * 1j)
        inner = part if inner is None else inner + part
        if u.shape[-2] > u.shape[-1]:
            scaled = g_u * _row(xp, inverse(xp, s))
            beside = (scaled - xp.conj(u) @ (u.mT @ scaled)) @ xp.conj(vh)
    if g_vh is not None:
        skew = inverse_gaps(xp, s * s) * -(g_vh @ vh.mT)
        part = _column(xp, s) * (skew + adjoint(xp, skew))
        inner = part if inner is None else inner + part
        if vh.shape[-1] > vh.shape[-2]:
            scaled = g_vh * _column(xp, inverse(xp, s))
            more = xp.conj(u) @ (scaled - (scaled @ vh.mT) @ xp.conj(vh))
            beside = more if beside is None else beside + more
    d = xp.conj(u) @ inner @ xp.conj(vh)
    return d if beside is None else d + beside


def _svd_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    u, s, vh = y
    v = adjoint(xp, vh)
    left, right = adjoint(xp, u) @ tangents[0], tangents[0] @ v
    inner = left @ v
    turned_u = inverse_gaps(xp, s * s) * (inner * _row(xp, s) + _column(xp, s) * adjoint(xp, inner))
    turned_v = inverse_gaps(xp, s * s) * (_column(xp, s) * inner + adjoint(xp, inner) * _row(xp, s))
    if x.dtype.kind == "c":
        turned_u = turned_u + on_diagonal(xp, xp.imag(diagonal_of(xp, inner)) * inverse(xp, s) * 1j)
    t_u, t_vh = u @ turned_u, -(turned_v @ vh)
    if u.shape[-2] > u.shape[-1]:
        t_u = t_u + (right - u @ inner) * _row(xp, inverse(xp, s))
    if vh.shape[-1] > vh.shape[-2]:
        t_vh = t_vh + _column(xp, inverse(xp, s)) * (left - inner @ vh)
    return t_u, xp.real(diagonal_of(xp, inner)), t_vh


def _svd_batch(xp: Any, batched: Any, x: Any) -> Any:
    return _svd(x)


@op(vjp(_svd_vjp, reads="y"), name="svd", jvp=_svd_jvp, batch=_svd_batch)
def _svd(xp: Any, x: Any) -> Any:
    """The reduced decomposition of matrices in a floating dtype."""
    packed = xp.packed_svd(x)
    m = x.shape[-2]
    return packed[..., :m, :], xp.real(packed[..., m, :]), packed[..., m + 1 :, :].mT


def svd(x: Any, *, full_matrices: bool = True) -> SVDResult:
    """The singular value decomposition of each matrix: ``x = (U * S) @ Vh``, with k = min(m, n) singular values.

    The gradient is that of a function which does not depend on the common factors of the vectors, of absolute value
    one, that nothing determines (and of the vectors that complete a basis only by the space that they span).

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    full_matrices : bool
        Complete the vectors to bases: `U` (..., m, m) and `Vh` (..., n, n). Else they are (..., m, k) and (..., k, n).

    Returns
    -------
    SVDResult
        `U`, `S` (..., k), real and in descending order, and `Vh`.

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> u, s, vh = tg.linalg.svd(tg.asarray([[0.0, 2.0], [3.0, 0.0]]))
    >>> s
    Tensor([3., 2.], dtype=float32)
    """
    x = matrices("svd", x)
    u, s, vh = _svd(wide(x))
    if full_matrices and u.shape[-2] > u.shape[-1]:
        u = concat((u, complement(u)), axis=-1)
    if full_matrices and vh.shape[-1] > vh.shape[-2]:
        conjugate = vh.conj() if vh.dtype.kind == "c" else vh
        more = complement(conjugate.mT).mT
        vh = concat((vh, more.conj() if vh.dtype.kind == "c" else more), axis=-2)
    return SVDResult(*(narrowed(part, x) for part in (u, s, vh)))


def packed_svd(x: Any) -> Any:
    """`U` over the singular values over the transpose of `Vh`: the word that rules use, of tensors.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n), of a floating dtype.

    Returns
    -------
    Tensor
        Shape (..., m + 1 + n, min(m, n)).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.packed_svd(tg.zeros((2, 3))).shape
    (6, 2)
    """
    u, s, vh = _svd(x)
    return concat((u, s[..., None, :].astype(u.dtype), vh.mT), axis=-2)


def _vectors(xp: Any, x: Any) -> tuple[Any, Any]:
    """U and the transpose of Vh."""
    packed = xp.packed_svd(x)
    m = x.shape[-2]
    return packed[..., :m, :], packed[..., m + 1 :, :]


def _svdvals_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    u, v = _vectors(xp, x)
    return (xp.conj(u) * _row(xp, g)) @ adjoint(xp, v)


def _svdvals_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    u, v = _vectors(xp, x)
    return xp.real(xp.sum(xp.conj(u) * (tangents[0] @ xp.conj(v)), axis=-2))


@op(vjp(_svdvals_vjp, reads="x"), name="svdvals", jvp=_svdvals_jvp, batch=on_stacks("svdvals"))
def _svdvals(xp: Any, x: Any) -> Any:
    """Singular values of matrices in a floating dtype; only their gradient needs the vectors, too."""
    return xp.svdvals(x)


def svdvals(x: Any) -> Any:
    """The singular values of each matrix.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).

    Returns
    -------
    Tensor
        Shape (..., min(m, n)), real, in descending order.

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.svdvals(tg.asarray([[0.0, 2.0], [3.0, 0.0]]))
    Tensor([3., 2.], dtype=float32)
    """
    x = matrices("svdvals", x)
    return narrowed(_svdvals(wide(x)), x)


def _pinv_vjp(xp: Any, g: Any, y: Any, x: Any, rtol: Any) -> Any:
    # of -P dA P + P P* dA* (1 - A P) + (1 - P A) dA* P* P, for a rank that stays (Golub and Pereyra 1973)
    left, right = g.mT @ y @ adjoint(xp, y), adjoint(xp, y) @ y @ g.mT
    rest = left - x @ (y @ left) + right - (right @ y) @ x
    return (xp.conj(rest) if x.dtype.kind == "c" else rest) - y.mT @ g @ y.mT


def _pinv_jvp(xp: Any, tangents: Any, y: Any, x: Any, rtol: Any) -> Any:
    t = adjoint(xp, tangents[0])
    left, right = y @ (adjoint(xp, y) @ t), (t @ adjoint(xp, y)) @ y
    return left - left @ x @ y + right - y @ (x @ right) - y @ tangents[0] @ y


def _pinv_batch(xp: Any, batched: Any, x: Any, rtol: Any) -> Any:
    return _pinv(*aligned((x, rtol), batched))


@op(
    vjp(_pinv_vjp, reads="y x"),
    None,
    name="pinv",
    jvp=_pinv_jvp,
    batch=_pinv_batch,
)
def _pinv(xp: Any, x: Any, rtol: Any) -> Any:
    """The pseudo-inverse of matrices in a floating dtype; `rtol` is (..., 1, 1), or a number."""
    if not x.size:
        return xp.copy(x.mT)
    packed = xp.packed_svd(x)
    m = x.shape[-2]
    u, s, v = packed[..., :m, :], xp.real(packed[..., m : m + 1, :]), packed[..., m + 1 :, :]
    small = xp.less_equal(s, rtol * xp.max(s, axis=-1, keepdims=True))
    return (xp.conj(v) * xp.where(small, 0, 1 / xp.where(small, 1, s))) @ adjoint(xp, u)


def pinv(x: Any, *, rtol: Any = None) -> Any:
    """The pseudo-inverse of each matrix, by its singular values; the gradient is that for a rank that stays.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    rtol : float, Tensor or None
        Singular values up to `rtol` times the largest count as zero; a tensor (...) says it for each matrix. None means
        ``max(m, n)`` times the spacing of numbers at 1.

    Returns
    -------
    Tensor
        Shape (..., n, m).

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.pinv(tg.asarray([[2.0, 0.0], [0.0, 0.0]]))
    Tensor([[0.5, 0. ],
            [0. , 0. ]], dtype=float32)
    """
    x = matrices("pinv", x)
    return narrowed(_pinv(wide(x), _on_each(_tolerance(wide(x), rtol), 2)), x)


def _tolerance(x: Any, rtol: Any) -> Any:
    return max(x.shape[-2:]) * float(finfo(x.dtype).eps) if rtol is None else rtol


def _on_each(rtol: Any, axes: int) -> Any:
    """A tolerance for each matrix with `axes` more axes, a number as it is."""
    if isinstance(rtol, (int, float)):
        return rtol
    rtol = as_tensor("rtol", rtol)
    return rtol.reshape((*rtol.shape, *(1,) * axes))


def matrix_rank(x: Any, *, rtol: Any = None) -> Any:
    """The rank of each matrix: how many singular values are not small.

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    rtol : float, Tensor or None
        As for `pinv`.

    Returns
    -------
    Tensor of int64
        Shape (...), without a gradient.

    Raises
    ------
    ValueError
        These are no matrices.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.matrix_rank(tg.ones((3, 3))).item()
    1
    """
    x = wide(matrices("matrix_rank", x))
    s = _svdvals(x.detach())
    top = s[..., :1]  # the largest, or nothing
    return count_nonzero(s > top * _on_each(_tolerance(x, rtol), 1), axis=-1)
