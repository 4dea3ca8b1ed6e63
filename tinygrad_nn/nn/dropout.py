"""Dropout as a module."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, set each element to zero with probability `p` and divide the others by ``1 - p``.

    In evaluation it does nothing (Srivastava et al. 2014).

    Parameters
    ----------
    p : float
        Probability to drop, from 0 to 1.
    generator : Generator or None
        What draws; None is the default one of the input's device.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.Dropout(0.5, generator=tg.Generator(0))
    >>> layer.eval()(tg.ones(3))
    Tensor([1., 1., 1.], dtype=float32)
    """

    def __init__(self, p: float = 0.5, *, generator: backend.Generator | None = None) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p={p} must be a probability, from 0 to 1")
        self.p = p
        self.generator = generator

    def forward(self, x: Any) -> Tensor:
        """Shape (...) to (...)."""
        return F.dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return f"p={self.p}"
