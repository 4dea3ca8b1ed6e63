"""Weights whose columns, or rows, are orthonormal and stay so in training: a parametrisation."""

from __future__ import annotations

from typing import Any, TypeVar

from .. import backend, ops
from ..creation import draw, eye
from ..linalg import diagonal, qr, solve
from ..tensor import Tensor
from .module import Module
from .parametrize import Parametrization, register_parametrization

__all__ = ["orthogonal"]

M = TypeVar("M", bound=Module)

MAPS = ("matrix_exp", "cayley", "householder")


class _Orthogonal(Parametrization):
    """Matrices with orthonormal columns, (..., n, k) with n >= k, or the transposes of such."""

    base: Tensor | None

    def __init__(self, orthogonal_map: str, use_trivialization: bool, generator: backend.Generator | None) -> None:
        super().__init__()
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        self.generator = generator
        self.register_buffer("base", None)

    def forward(self, x: Any) -> Tensor:
        """The orthogonal matrix, of the shape of `x`."""
        wide = x.shape[-2] < x.shape[-1]
        tall = x.mT if wide else x
        if self.orthogonal_map == "householder":
            q = _reflected(tall)
        else:
            n, k = tall.shape[-2:]
            square = ops.pad(ops.tril(tall), ((0, 0),) * (tall.ndim - 1) + ((0, n - k),))
            skew = square - ops.conj(square).mT
            q = (_exponential if self.orthogonal_map == "matrix_exp" else _cayley)(skew)[..., :k]
        if self.base is not None:
            q = ops.matmul(self.base, q)
        return q.mT if wide else q

    def right_inverse(self, value: Tensor) -> Tensor:
        n, k = sorted(value.shape[-2:], reverse=True)
        tall = value.mT if value.shape[-2] < value.shape[-1] else value
        if self.use_trivialization:  # the matrix goes into the base, and what is learned begins at the identity
            if n > k:
                rest = draw(self.generator, value.device, "normal", (*value.shape[:-2], n, n - k), dtype=value.dtype)
                tall = ops.concat([tall, rest], axis=-1)
            self.base = _orthonormal(tall)
            start: Tensor = ops.zeros_like(value) - _identity(value)
            return start
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                f"orthogonal: with orthogonal_map={self.orthogonal_map!r} no matrix can be assigned, unless "
                "use_trivialization=True"
            )
        found = _reflectors(tall)
        return found if tall is value else found.mT

    def extra_repr(self) -> str:
        return f"orthogonal_map={self.orthogonal_map!r}, use_trivialization={self.use_trivialization}"


def orthogonal(module: M, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True,
               generator: backend.Generator | None = None) -> M:  # fmt: skip
    """Let a weight be a matrix with orthonormal columns, or rows where it has fewer of these: it lengthens no vector.

    It is computed from a matrix `x` that has no constraints, ``parametrizations.weight.original``, of which the lower
    triangle counts. With `use_trivialization` it is multiplied by a fixed orthogonal matrix,
    ``parametrizations.weight.0.base``, so that training starts at the identity (Lezcano-Casado 2019).

    Parameters
    ----------
    module : Module
        Has the weight.
    name : str
        Its name; of more than two axes, the last two are those of matrices.
    orthogonal_map : str or None
        ``"matrix_exp"``: the exponential of the skew-symmetric matrix ``a = tril(x) - tril(x).mT``; ``"cayley"``:
        ``(1 + a / 2) / (1 - a / 2)``; ``"householder"``: a product of reflections, for real matrices. None is
        ``"householder"`` for matrices that are real and not square, else ``"matrix_exp"``.
    use_trivialization : bool
        Whether there is a base. Then the weight starts as it is, made orthogonal; without one, that is so with
        ``"householder"`` only, and to the others the weight is `x` at first.
    generator : Generator or None
        Where the part of the base is drawn that the weight does not determine; None is the default one of the device.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    ValueError
        There is no such parameter or map, the weight has fewer than two axes, or it is complex and to be made of
        reflections.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.orthogonal(nn.Linear(4, 3))
    >>> bool((abs(layer.weight @ layer.weight.mT - tg.eye(3)) < 1e-6).all())
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"orthogonal: {type(module).__name__} has no parameter or buffer {name!r}")
    if weight.ndim < 2:
        raise ValueError(f"orthogonal: {name!r} has shape {weight.shape}, wanted are matrices: at least two axes")
    is_complex = weight.dtype.kind == "c"
    if orthogonal_map is None:
        square = weight.shape[-1] == weight.shape[-2]
        orthogonal_map = "matrix_exp" if square or is_complex else "householder"
    if orthogonal_map not in MAPS:
        raise ValueError(f"orthogonal: orthogonal_map={orthogonal_map!r}; wanted is one of {', '.join(MAPS)}")
    if is_complex and orthogonal_map == "householder":
        raise ValueError(f"orthogonal: {name!r} is {weight.dtype}, and householder is for real matrices")
    made = _Orthogonal(orthogonal_map, use_trivialization, generator)
    return register_parametrization(module, name, made)


def _identity(x: Any) -> Tensor:
    n, k = x.shape[-2:]
    return eye(n, k, dtype=x.dtype, device=x.device)


def _orthonormal(x: Any) -> Tensor:
    """The orthogonal factor of matrices, for which the other has a positive diagonal: of an orthogonal one, itself."""
    q, r = qr(x)
    pivots = diagonal(r)
    size = ops.abs(pivots)
    signs = ops.where(size == 0, 1.0, pivots / ops.where(size == 0, 1.0, size))  # of dependent columns some are 0
    factor: Tensor = q * ops.expand_dims(signs, -2)
    return factor


# From skew-symmetric matrices


def _cayley(a: Any) -> Tensor:
    one = _identity(a)
    rotation: Tensor = solve(one - a / 2, one + a / 2)
    return rotation


# The coefficients of the Padé approximant of degree 13 of the exponential, the first of which is 1 (Higham 2005).
PADE = [1.0]
for _i in range(13):
    PADE.append(PADE[-1] * (13 - _i) / ((26 - _i) * (_i + 1)))
WITHIN = 4.0  # norms for which it is exact to rounding
SQUARINGS = 6  # so larger ones are halved at most this often, up to 256


def _exponential(a: Any) -> Tensor:
    """The exponential: of each matrix halved until it is small, squared as often."""
    norm = ops.max(ops.sum(ops.abs(a.detach()), axis=-2, keepdims=True), axis=-1, keepdims=True)
    times = ops.clip(ops.ceil(ops.log2(ops.maximum(norm, WITHIN) / WITHIN)), 0, SQUARINGS)
    small = a * ops.exp2(-times)
    second = ops.matmul(small, small)
    powers = [_identity(a), second, ops.matmul(second, second)]
    powers.append(ops.matmul(powers[2], second))
    even, odd = (
        sum(c * p for c, p in zip(PADE[start:8:2], powers))
        + ops.matmul(powers[3], sum(c * p for c, p in zip(PADE[start + 8 :: 2], powers[1:])))
        for start in (0, 1)
    )
    odd = ops.matmul(small, odd)
    y = solve(even - odd, even + odd)
    for i in range(SQUARINGS):
        y = ops.where(times > i, ops.matmul(y, y), y)
    return y


# From reflections: each column of the lower triangle is a vector, whose own element is 1


def _reflected(x: Any) -> Tensor:
    """The first columns of the product of all reflections, times the signs of the diagonal."""
    one = _identity(x)
    v = ops.tril(x, k=-1) + one  # (..., n, k)
    products = ops.matmul(v.mT, v)
    inner = ops.triu(products) - products * one[: x.shape[-1]] / 2  # Joffrain et al. 2006
    first = one - ops.matmul(v, solve(inner, v[..., : x.shape[-1], :].mT))
    signed: Tensor = first * ops.expand_dims(ops.sign(diagonal(x)), -2)
    return signed


def _reflectors(q: Any) -> Tensor:
    """What `_reflected` makes matrices with orthonormal columns of; of others, those of their orthogonal factor."""
    one, vectors, signs = _identity(q), [], []
    for j in range(q.shape[-1]):
        unit = one[:, j]
        column = q[..., j] * ops.cumulative_sum(unit)  # (..., n), from row j on
        own = column[..., j : j + 1]
        length = ops.sqrt(ops.sum(column * column, axis=-1, keepdims=True))
        end = ops.where(own < 0, 1.0, -1.0) * ops.where(length == 0, 1.0, length)
        v = ops.expand_dims((column - end * unit) / (own - end), -1)
        q = q - 2 * ops.matmul(v, ops.matmul(v.mT, q)) / ops.matmul(v.mT, v)
        vectors.append(v)
        signs.append(ops.sign(end))
    diagonal_of_signs = one * ops.expand_dims(ops.concat(signs, axis=-1), -2)
    x: Tensor = ops.tril(ops.concat(vectors, axis=-1), k=-1) + diagonal_of_signs
    return x
