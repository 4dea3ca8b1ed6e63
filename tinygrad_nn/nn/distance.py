"""Lengths and angles of vectors, as modules; the functions themselves are in `nn.functional`."""

from __future__ import annotations

from typing import Any, NoReturn

from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """Cosines of the angles between vectors: see `functional.cosine_similarity`.

    Parameters
    ----------
    axis : int
        Where the vectors lie.
    eps : float
        What stands for the length of shorter vectors.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.CosineSimilarity()(tg.asarray([[1.0, 0.0]]), tg.asarray([[3.0, 0.0], [0.0, 3.0]])).tolist()
    [1.0, 0.0]
    """

    def __init__(self, axis: int = 1, eps: float = 1e-8, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        self.axis = axis
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """Two tensors that broadcast against each other to their broadcast shape, without the axis."""
        return F.cosine_similarity(x1, x2, self.axis, self.eps)

    def extra_repr(self) -> str:
        return f"axis={self.axis}, eps={self.eps}"


class PairwiseDistance(Module):
    """Distances between vectors along the last axis: see `functional.pairwise_distance`.

    Parameters
    ----------
    p : float
        Which norm.
    eps : float
        Keeps the gradient finite where the vectors are equal.
    keepdims : bool
        Keep the last axis, with size one.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.PairwiseDistance(eps=0.0)(tg.asarray([[0.0, 0.0]]), tg.asarray([[3.0, 4.0]])).tolist()
    [5.0]
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False, **unknown: NoReturn) -> None:
        super().__init__(**unknown)
        self.p = p
        self.eps = eps
        self.keepdims = keepdims

    def forward(self, x1: Any, x2: Any) -> Tensor:
        """Shapes (..., d), broadcast against each other, to (...)."""
        return F.pairwise_distance(x1, x2, self.p, self.eps, self.keepdims)

    def extra_repr(self) -> str:
        return f"p={self.p}, eps={self.eps}, keepdims={self.keepdims}"
