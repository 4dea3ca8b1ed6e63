"""Normalisation by the statistics of each sample, as modules; the functions themselves are in `nn.functional`."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from .. import backend
from ..creation import ones, zeros
from ..tensor import Tensor
from . import functional as F
from .module import Module
from .parameter import Parameter

__all__ = ["GroupNorm", "LayerNorm", "LocalResponseNorm", "RMSNorm"]


def _sizes(layer: str, normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    sizes = (normalized_shape,) if not isinstance(normalized_shape, Sequence) else tuple(normalized_shape)
    if not sizes or not all(isinstance(size, Integral) and size >= 0 for size in sizes):
        raise ValueError(f"{layer}: normalized_shape is {normalized_shape!r}, wanted sizes of the last axes")
    return tuple(map(int, sizes))


class LayerNorm(Module):
    """Bring each sample to mean 0 and variance 1 over its last axes, then scale and shift (Ba et al. 2016).

    ``(x - mean(x)) / sqrt(var(x) + eps) * weight + bias``

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The sizes of the last axes.
    eps : float
        Added to the variance.
    elementwise_affine : bool
        Whether elements are scaled and shifted afterwards.
    bias : bool
        Whether that also shifts.
    device : str or None
        Where the parameters are; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight, bias : Parameter or None
        Of shape `normalized_shape`; ones and zeros at first.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LayerNorm(2, eps=0.0)(tg.asarray([[1.0, 3.0], [4.0, 8.0]])).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True,
                 bias: bool = True, *, device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = _sizes("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        place: Any = {"dtype": dtype or backend.float32, "device": device}
        self.weight = Parameter(ones(self.normalized_shape, **place)) if elementwise_affine else None
        self.bias = Parameter(zeros(self.normalized_shape, **place)) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Tensor:
        """Shape (..., *normalized_shape) to the same."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Bring each sample to a root mean square of 1 over its last axes, then scale (Zhang and Sennrich 2019).

    ``x / sqrt(mean(x ** 2) + eps) * weight``

    Parameters
    ----------
    normalized_shape : int or sequence of int
        The sizes of the last axes.
    eps : float or None
        Added to the mean square; None is the machine epsilon of the dtype of `x`.
    elementwise_affine : bool
        Whether elements are scaled afterwards.
    device : str or None
        Where the parameters are; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter or None
        Of shape `normalized_shape`; ones at first.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.RMSNorm(2, eps=0.0)(tg.asarray([[1.0, 7.0]])).detach().numpy()
    array([[0.2, 1.4]], dtype=float32)
    """

    weight: Parameter | None

    def __init__(self, normalized_shape: int | Sequence[int], eps: float | None = None,
                 elementwise_affine: bool = True, *, device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = _sizes("RMSNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        values = ones(self.normalized_shape, dtype=dtype or backend.float32, device=device)
        self.weight = Parameter(values) if elementwise_affine else None

    def forward(self, x: Any) -> Tensor:
        """Shape (..., *normalized_shape) to the same."""
        return F.rms_norm(x, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Bring groups of the channels of each sample to mean 0 and variance 1, then scale and shift (Wu and He 2018).

    Parameters
    ----------
    num_groups : int
        Divides `num_channels`.
    num_channels : int
        How many channels: C.
    eps : float
        Added to the variance.
    affine : bool
        Whether channels are scaled and shifted afterwards.
    bias : bool
        Whether that also shifts.
    device : str or None
        Where the parameters are; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight, bias : Parameter or None
        Shape (C,); ones and zeros at first.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.GroupNorm(2, 4, eps=0.0)(tg.asarray([[1.0, 3.0, 10.0, 30.0]])).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, *,
                 bias: bool = True, device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_channels={num_channels} cannot be put into num_groups={num_groups} of one size"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        place: Any = {"dtype": dtype or backend.float32, "device": device}
        self.weight = Parameter(ones(num_channels, **place)) if affine else None
        self.bias = Parameter(zeros(num_channels, **place)) if affine and bias else None

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) to the same."""
        return F.group_norm(x, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Divide by the squares in the same place of neighbouring channels (Krizhevsky et al. 2012).

    See `functional.local_response_norm`.

    Parameters
    ----------
    size : int
        How many channels count as neighbours, itself among them.
    alpha, beta, k : float
        Of ``x / (k + alpha * mean(x ** 2)) ** beta``.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.LocalResponseNorm(2, alpha=2.0, beta=1.0)(tg.ones((1, 2, 1))).tolist()
    [[[0.5], [0.3333333432674408]]]
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, x: Any) -> Tensor:
        """Shape (N, C, ...) to the same."""
        return F.local_response_norm(x, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
