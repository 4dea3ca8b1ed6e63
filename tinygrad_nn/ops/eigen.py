"""Eigenvalues and eigenvectors, of stacks of matrices.

Eigenvectors are determined up to a factor, which the derivatives leave alone: they are right for functions that do not
depend on it. Those of equal eigenvalues are not determined: what depends on them gets NaN. What depends on the
eigenvalues alone does not.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.op import op, vjp
from .batching import on_stacks
from .join import concat
from .stacks import adjoint, diagonal_of, hermitian, inverse_gaps, matrices, narrowed, on_diagonal, wide

__all__ = ["EigResult", "EighResult", "eig", "eigh", "eigvals", "eigvalsh", "packed_eigh"]


class EighResult(NamedTuple):
    """What `eigh` returns.

    Attributes
    ----------
    eigenvalues : Tensor
        Shape (..., n), real, in ascending order.
    eigenvectors : Tensor
        Shape (..., n, n), the columns are orthonormal.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.eigh(tg.eye(2)).eigenvalues
    Tensor([1., 1.], dtype=float32)
    """

    eigenvalues: Any
    eigenvectors: Any


class EigResult(NamedTuple):
    """What `eig` returns.

    Attributes
    ----------
    eigenvalues : Tensor
        Shape (..., n), complex, in no order.
    eigenvectors : Tensor
        Shape (..., n, n), complex, the columns have length one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.eig(tg.eye(2)).eigenvalues
    Tensor([1.+0.j, 1.+0.j], dtype=complex64)
    """

    eigenvalues: Any
    eigenvectors: Any


def _both(xp: Any, g_w: Any, turned: Any) -> Any:
    """The sum of what comes from the values, on the diagonal, and from the vectors; one of them may be None."""
    if g_w is None:
        return turned
    return on_diagonal(xp, g_w) if turned is None else on_diagonal(xp, g_w) + turned


def _eigh_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    w, v = y
    g_w, g_v = g
    inner = _both(xp, g_w, None if g_v is None else inverse_gaps(xp, w) * (v.mT @ g_v))
    return hermitian(xp, xp.conj(v) @ inner @ v.mT)


def _eigh_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = adjoint(xp, v) @ hermitian(xp, tangents[0]) @ v
    return xp.real(diagonal_of(xp, inner)), v @ (inverse_gaps(xp, w) * inner)


def _eigh_batch(xp: Any, batched: Any, x: Any) -> Any:
    return _eigh(x)


@op(vjp(_eigh_vjp, reads="y"), name="eigh", jvp=_eigh_jvp, batch=_eigh_batch)
def _eigh(xp: Any, x: Any) -> Any:
    """Eigenvalues and eigenvectors of Hermitian matrices in a floating dtype."""
    packed = xp.packed_eigh(x)
    return xp.real(packed[..., 0, :]), packed[..., 1:, :]


def eigh(x: Any) -> EighResult:
    """Eigenvalues and eigenvectors of each symmetric or Hermitian matrix: ``x @ v = v * w``.

    Only the lower triangle is read. The gradient is Hermitian, as `x` is; it is that of a function which does not
    depend on the factors of the eigenvectors, of absolute value one, that nothing determines.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    EighResult
        `eigenvalues` (..., n), ascending, and `eigenvectors` (..., n, n), in columns.

    Raises
    ------
    ValueError
        The matrices are not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> w, v = tg.linalg.eigh(tg.asarray([[2.0, 0.0], [0.0, 1.0]]))
    >>> w, tg.abs(v)
    (Tensor([1., 2.], dtype=float32), Tensor([[0., 1.],
            [1., 0.]], dtype=float32))
    """
    x = matrices("eigh", x, square=True)
    return EighResult(*(narrowed(part, x) for part in _eigh(wide(x))))


def packed_eigh(x: Any) -> Any:
    """The eigenvalues over the eigenvectors: the word that rules use, of tensors.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n), of a floating dtype.

    Returns
    -------
    Tensor
        Shape (..., 1 + n, n).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.ops.packed_eigh(tg.zeros((2, 2))).shape
    (3, 2)
    """
    w, v = _eigh(x)
    return concat((w[..., None, :].astype(v.dtype), v), axis=-2)


def _eigvalsh_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    v = xp.packed_eigh(x)[..., 1:, :]
    return hermitian(xp, (xp.conj(v) * xp.expand_dims(g, axis=-2)) @ v.mT)  # which rounding would undo


def _eigvalsh_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    v = xp.packed_eigh(x)[..., 1:, :]
    return xp.real(xp.sum(xp.conj(v) * (hermitian(xp, tangents[0]) @ v), axis=-2))


@op(vjp(_eigvalsh_vjp, reads="x"), name="eigvalsh", jvp=_eigvalsh_jvp, batch=on_stacks("eigvalsh"))
def _eigvalsh(xp: Any, x: Any) -> Any:
    """Eigenvalues of Hermitian matrices in a floating dtype; only their gradient needs the vectors, too."""
    return xp.eigvalsh(x)


def eigvalsh(x: Any) -> Any:
    """Eigenvalues of each symmetric or Hermitian matrix, of which only the lower triangle is read.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    Tensor
        Shape (..., n), real, in ascending order.

    Raises
    ------
    ValueError
        The matrices are not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.eigvalsh(tg.asarray([[2.0, 0.0], [0.0, 1.0]]))
    Tensor([1., 2.], dtype=float32)
    """
    x = matrices("eigvalsh", x, square=True)
    return narrowed(_eigvalsh(wide(x)), x)


def _eig_vjp(xp: Any, g: Any, y: Any, x: Any) -> Any:
    w, v = y
    g_w, g_v = g
    turned = None
    if g_v is not None:
        m = v.mT @ g_v
        # the vectors keep length one: what goes along them is taken out
        along = xp.expand_dims(xp.real(diagonal_of(xp, m)), axis=-2)
        turned = inverse_gaps(xp, w) * (m - (v.mT @ xp.conj(v)) * along)
    return xp.solve(v.mT, _both(xp, g_w, turned) @ v.mT)


def _eig_jvp(xp: Any, tangents: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = xp.solve(v, xp.astype(tangents[0], v.dtype) @ v)
    t = v @ (inverse_gaps(xp, w) * inner)
    along = xp.expand_dims(xp.real(xp.sum(xp.conj(v) * t, axis=-2)), axis=-2)
    return diagonal_of(xp, inner), t - v * along


def _eig_batch(xp: Any, batched: Any, x: Any) -> Any:
    return _eig(x)


@op(vjp(_eig_vjp, reads="y"), name="eig", jvp=_eig_jvp, batch=_eig_batch)
def _eig(xp: Any, x: Any) -> Any:
    """Eigenvalues and eigenvectors of square matrices in a floating dtype."""
    packed = xp.packed_eig(x)
    return packed[..., 0, :], packed[..., 1:, :]


def eig(x: Any) -> EigResult:
    """Eigenvalues and eigenvectors of each square matrix: ``x @ v = v * w``, always complex.

    The gradient is that of a function which does not depend on the factors of the eigenvectors, of absolute value one,
    that nothing determines; there is none where the eigenvectors are linearly dependent.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    EigResult
        `eigenvalues` (..., n) and `eigenvectors` (..., n, n), in columns of length one.

    Raises
    ------
    ValueError
        The matrices are not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> w, v = tg.linalg.eig(tg.asarray([[0.0, -1.0], [1.0, 0.0]]))
    >>> tg.sort(tg.imag(w))
    Tensor([-1.,  1.], dtype=float32)
    """
    x = matrices("eig", x, square=True)
    return EigResult(*_eig(wide(x)))


def eigvals(x: Any) -> Any:
    """Eigenvalues of each square matrix, always complex.

    Parameters
    ----------
    x : Tensor
        Shape (..., n, n).

    Returns
    -------
    Tensor
        Shape (..., n), in no order.

    Raises
    ------
    ValueError
        The matrices are not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.linalg.eigvals(tg.asarray([[2.0, 1.0], [0.0, 2.0]]))
    Tensor([2.+0.j, 2.+0.j], dtype=complex64)
    """
    x = matrices("eigvals", x, square=True)
    return _eig(wide(x))[0]
