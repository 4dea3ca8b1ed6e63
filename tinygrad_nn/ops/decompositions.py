"""Cholesky and QR decompositions, of stacks of matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.op import op, vjp
from .arrange import pad
from .batching import on_stacks
from .join import concat
from .stacks import adjoint, diagonal_of, hermitian, matrices, narrowed, on_diagonal, wide

__all__ = ["QRResult", "cholesky", "complement", "qr"]


def _lower_half(xp: Any, x: Any) -> Any:
    """The lower triangle with half of the diagonal."""
    return (xp.tril(x) + xp.tril(x, k=-1)) / 2


def _cholesky_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    left = xp.solve(y.mT, _lower_half(xp, y.mT @ g))
    return hermitian(xp, xp.solve(adjoint(xp, y), left.mT).mT)


def _cholesky_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    left = xp.solve(y, hermitian(xp, tangents[0]))
    return y @ _lower_half(xp, adjoint(xp, xp.solve(y, adjoint(xp, left))))


@op(vjp(_cholesky_vjp, reads="y"), name="cholesky", jvp=_cholesky_jvp, batch=on_stacks("cholesky"))
def _cholesky(xp: Any, x: Any) -> Any:
    """The lower factors of matrices in a floating dtype."""
    return xp.cholesky(x)


def cholesky(x: Any, *, upper: bool = False) -> Any:
    """The triangular factor `L` of each positive definite matrix: ``x = L @ L.mT`` (with the conjugate).

    Only the lower triangle of `x` is read. The gradient is Hermitian, as `x` is.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n), symmetric or Hermitian, positive definite.
    upper : bool
        Return the conjugate transpose of `L`.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    ValueError
        The matrices are not square, or one is not positive definite (on a GPU its factor is not finite instead).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.cholesky(tg.asarray([[4.0, 2.0], [2.0, 2.0]]))
    Tensor([[2., 0.],
            [1., 1.]], dtype=float32)
    """
    x = matrices("cholesky", x, square=True)
    y = narrowed(_cholesky(wide(x)), x)
    return (y.conj().mT if y.dtype.kind == "c" else y.mT) if upper else y


class QRResult(NamedTuple):
    """What `qr` returns.

    Attributes
    ----------
    Q : Tensor
        Shape (..., m, k), the columns are orthonormal.
    R : Tensor
        Shape (..., k, n), upper triangular.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.qr(tg.ones((3, 2))).R.shape
    (2, 2)
    """

    Q: Any
    R: Any


def _qr_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    q, r = y
    g_q, g_r = g
    m = None if g_r is None else g_r @ r.mT
    if g_q is not None:
        m = -(q.mT @ g_q) if m is None else m - q.mT @ g_q
    above = xp.triu(m, k=1)
    inner = above + adjoint(xp, above) + on_diagonal(xp, xp.real(diagonal_of(xp, m)))
    outer = xp.conj(q) @ inner
    return xp.solve(r, (outer if g_q is None else g_q + outer).mT).mT


def _qr_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    q, r = y
    z = xp.solve(r.mT, tangents[0].mT).mT
    inner = adjoint(xp, q) @ z
    # upper triangular with a real diagonal, so that the rest is skew-Hermitian
    change = xp.triu(inner, k=1) + adjoint(xp, xp.tril(inner, k=-1)) + on_diagonal(xp, xp.real(diagonal_of(xp, inner)))
    return z - q @ change, change @ r


def _qr_batch(xp: Any, batched: Any, x: Any) -> Any:
    return _qr(x)


@op(vjp(_qr_vjp, reads="y"), name="qr", jvp=_qr_jvp, batch=_qr_batch)
def _qr(xp: Any, x: Any) -> Any:
    """The reduced decomposition of matrices (..., m, n) with m >= n in a floating dtype."""
    packed = xp.packed_qr(x, mode="reduced")
    m = x.shape[-2]
    return packed[..., :m, :], packed[..., m:, :].mT


def _complement_vjp(xp: Any, g: Any, y: Any, q: Any) -> Any:
    return -(xp.conj(y) @ (adjoint(xp, g) @ xp.conj(q)))


def _complement_jvp(xp: Any, tangents: Any, y: Any, q: Any) -> Any:
    return -(q @ (adjoint(xp, tangents[0]) @ y))


@op(vjp(_complement_vjp, reads="y q"), jvp=_complement_jvp, batch=on_stacks("complement"))
def complement(xp: Any, q: Any) -> Any:
    """Columns that complete orthonormal ones to a basis: (..., m, k) to (..., m, m - k).

    Nothing but the space that they span is determined; the derivatives are right for functions of that.

    Parameters
    ----------
    q : Tensor
        Shape (..., m, k), with orthonormal columns, of a floating dtype.

    Returns
    -------
    Tensor
        Shape (..., m, m - k).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.abs(tg.ops.complement(tg.asarray([[1.0], [0.0]])))
    Tensor([[0.],
            [1.]], dtype=float32)
    """
    m, k = q.shape[-2:]
    return xp.packed_qr(q, mode="complete")[..., :m, k:]


def qr(x: Any, *, mode: str = "reduced") -> QRResult:
    """The decomposition of each matrix into one with orthonormal columns and an upper triangular one: ``x = Q @ R``.

    The gradient is that for linearly independent columns (of the first m, where there are more).

    Parameters
    ----------
    x : Tensor
        Shape (..., m, n).
    mode : str
        ``"reduced"``: `Q` has k = min(m, n) columns and `R` as many rows; ``"complete"``: m.

    Returns
    -------
    QRResult
        `Q` (..., m, k) and `R` (..., k, n).

    Raises
    ------
    ValueError
        These are no matrices, or there is no such mode; in backward, columns are linearly dependent.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> q, r = tg.linalg.qr(tg.asarray([[3.0, 1.0], [4.0, 2.0]]))
    >>> tg.round(q @ r)
    Tensor([[3., 1.],
            [4., 2.]], dtype=float32)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode must be 'reduced' or 'complete', not {mode!r}")
    given = matrices("qr", x)
    x = wide(given)
    m, n = x.shape[-2:]
    q, r = _qr(x[..., :m])
    if n > m:
        r = concat((r, (q.conj() if q.dtype.kind == "c" else q).mT @ x[..., m:]), axis=-1)
    elif mode == "complete" and m > n:
        q = concat((q, complement(q)), axis=-1)
        r = pad(r, ((0, 0),) * (r.ndim - 2) + ((0, m - n), (0, 0)))
    return QRResult(narrowed(q, given), narrowed(r, given))
