"""Dropout as modules; the functions themselves are in `nn.functional`."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..tensor import Tensor
from . import functional as F
from .functional.dropout import check_probability
from .module import Module

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    """The probability to drop, and what draws; in evaluation nothing is done."""

    def __init__(self, p: float = 0.5, *, generator: backend.Generator | None = None) -> None:
        super().__init__()
        check_probability(type(self).__name__, p)
        self.p = p
        self.generator = generator

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Dropout(_Dropout):
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

    def forward(self, x: Any) -> Tensor:
        """Shape (...) to (...)."""
        return F.dropout(x, self.p, self.training, generator=self.generator)


class Dropout1d(_Dropout):
    """In training, drop whole channels of sequences, (N, C, L) or (C, L); in all else `Dropout`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Dropout1d(0.5, generator=tg.Generator(1))(tg.ones((1, 3, 2))).tolist()
    [[[2.0, 2.0], [0.0, 0.0], [0.0, 0.0]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, L) to the same, or (C, L)."""
        return F.dropout1d(x, self.p, self.training, generator=self.generator)


class Dropout2d(_Dropout):
    """In training, drop whole channels of images, (N, C, H, W); in all else `Dropout`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Dropout2d(0.5, generator=tg.Generator(1))(tg.ones((1, 3, 1, 2))).tolist()
    [[[[2.0, 2.0]], [[0.0, 0.0]], [[0.0, 0.0]]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, H, W) to the same."""
        return F.dropout2d(x, self.p, self.training, generator=self.generator)


class Dropout3d(_Dropout):
    """In training, drop whole channels of volumes, (N, C, D, H, W) or (C, D, H, W); in all else `Dropout`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Dropout3d(0.5, generator=tg.Generator(1))(tg.ones((3, 1, 1, 2))).tolist()
    [[[[2.0, 2.0]]], [[[0.0, 0.0]]], [[[0.0, 0.0]]]]
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, D, H, W) to the same, or (C, D, H, W)."""
        return F.dropout3d(x, self.p, self.training, generator=self.generator)


class AlphaDropout(_Dropout):
    """In training, set elements to where selu saturates, and keep the mean and variance of all.

    See `functional.alpha_dropout` (Klambauer et al. 2017); in all else `Dropout`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> y = nn.AlphaDropout(0.5, generator=tg.Generator(0))(tg.randn(10_000, generator=tg.Generator(1)))
    >>> abs(y.mean().item()) < 0.05, abs(y.std().item() - 1) < 0.05
    (True, True)
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (...) to (...)."""
        return F.alpha_dropout(x, self.p, self.training, generator=self.generator)


class FeatureAlphaDropout(_Dropout):
    """In training, set whole channels of (N, C, ...) to where selu saturates; in all else `AlphaDropout`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.FeatureAlphaDropout(0.5, generator=tg.Generator(1))
    >>> layer(tg.zeros((1, 2, 2)))
    Tensor([[[ 0.77919394,  0.77919394],
             [-0.77919394, -0.77919394]]], dtype=float32)
    """

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) to the same."""
        return F.feature_alpha_dropout(x, self.p, self.training, generator=self.generator)
