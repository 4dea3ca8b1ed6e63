"""Lengths and angles of vectors."""

from __future__ import annotations

from typing import Any, NoReturn

from ... import ops
from ...autograd.words import refuse_arguments
from ...linalg import vector_norm
from ...tensor import Tensor

__all__ = ["cosine_similarity", "normalize", "pairwise_distance"]


def normalize(x: Any, p: float = 2.0, axis: int = 1, eps: float = 1e-12, **unknown: NoReturn) -> Tensor:
    """Vectors divided by their norms: ``x / max(norm(x), eps)``.

    Parameters
    ----------
    x : Tensor
        Any shape with that axis.
    p : float
        Which norm: see `linalg.vector_norm`.
    axis : int or tuple of int
        Where the vectors lie.
    eps : float
        What shorter vectors are divided by.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.normalize(tg.asarray([[3.0, 4.0], [0.0, 0.0]]))
    Tensor([[0.6, 0.8],
            [0. , 0. ]], dtype=float32)
    """
    if unknown:
        refuse_arguments("normalize", unknown)
    y: Tensor = x / ops.clip(vector_norm(x, ord=p, axis=axis, keepdims=True), eps)
    return y


def cosine_similarity(x1: Any, x2: Any, axis: int = 1, eps: float = 1e-8, **unknown: NoReturn) -> Tensor:
    """Cosines of the angles between vectors: ``sum(x1 * x2) / (max(norm(x1), eps) * max(norm(x2), eps))``.

    Parameters
    ----------
    x1, x2 : Tensor
        Broadcast against each other.
    axis : int
        Where the vectors lie.
    eps : float
        What stands for the length of shorter vectors.

    Returns
    -------
    Tensor
        Of the broadcast shape, without `axis`.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.cosine_similarity(tg.asarray([[1.0, 0.0]]), tg.asarray([[3.0, 0.0], [0.0, 3.0]]))
    Tensor([1., 0.], dtype=float32)
    """
    if unknown:
        refuse_arguments("cosine_similarity", unknown)
    x1, x2 = ops.broadcast_arrays(x1, x2)
    parts = normalize(x1, axis=axis, eps=eps) * normalize(x2, axis=axis, eps=eps)
    y: Tensor = ops.sum(parts, axis=axis)
    return y


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False,
                      **unknown: NoReturn) -> Tensor:  # fmt: skip
    """Distances between vectors along the last axis: the norm of ``x1 - x2 + eps``.

    Parameters
    ----------
    x1, x2 : Tensor
        Shape (..., d), broadcast against each other.
    p : float
        Which norm: see `linalg.vector_norm`.
    eps : float
        Keeps the gradient finite where the vectors are equal.
    keepdims : bool
        Keep the last axis, with size one.

    Returns
    -------
    Tensor
        Shape (...).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.pairwise_distance(tg.asarray([[0.0, 0.0]]), tg.asarray([[3.0, 4.0]]), eps=0.0)
    Tensor([5.], dtype=float32)
    """
    if unknown:
        refuse_arguments("pairwise_distance", unknown)
    y: Tensor = vector_norm(x1 - x2 + eps, ord=p, axis=-1, keepdims=keepdims)
    return y
