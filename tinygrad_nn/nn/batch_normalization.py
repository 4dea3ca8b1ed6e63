"""Normalisation by statistics that a layer keeps track of: batch and instance normalisation."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

from ..autograd.modes import no_grad
from ..backend.dtypes import float32, int64
from ..creation import ones, zeros
from ..ops.operands import as_tensor
from ..tensor import Tensor
from . import functional as F
from .functional.sizes import channel_axis, check_floating
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _Tracking(Module):
    """Weights and running statistics of each channel."""

    shapes: ClassVar[tuple[str, ...]]  # of what it takes, a letter for each axis
    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool,
                 *, bias: bool, device: str | None, dtype: Any) -> None:  # fmt: skip
        super().__init__()
        channels: Any = num_features
        if not isinstance(channels, Integral) or channels < 0:
            raise ValueError(f"{type(self).__name__}: num_features is {channels!r}, wanted the number of channels")
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        place: Any = {"dtype": dtype or float32, "device": device}
        self.weight = Parameter(ones(num_features, **place)) if affine else None
        self.bias = Parameter(zeros(num_features, **place)) if affine and bias else None
        tracked = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, **place) if tracked else None)
        self.register_buffer("running_var", ones(num_features, **place) if tracked else None)
        count = zeros((), dtype=int64, device=device) if tracked else None
        self.register_buffer("num_batches_tracked", count)

    def reset_running_stats(self) -> None:
        """Forget all batches: the running mean is 0 again, the running variance 1.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> layer = nn.BatchNorm1d(1)
        >>> y = layer(tg.asarray([[1.0], [3.0]]))
        >>> layer.reset_running_stats()
        >>> layer.running_mean.tolist(), layer.running_var.tolist(), layer.num_batches_tracked.item()
        ([0.0], [1.0], 0)
        """
        with no_grad():
            for buffer, start in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                if buffer is not None:
                    buffer[...] = start

    def _checked(self, x: Any) -> Tensor:
        """The input as a tensor."""
        kind = type(self).__name__
        x = as_tensor(kind, x)
        check_floating(kind, x, "f")
        channels = x.shape[channel_axis(kind, x, self.shapes)]
        if channels != self.num_features:
            raise ValueError(f"{kind}: the input has {channels} channels, wanted {self.num_features}: {x.shape}")
        tensor: Tensor = x
        return tensor

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Tracking):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, *, bias: bool = True, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias, device=device,
                         dtype=dtype)  # fmt: skip

    def forward(self, x: Any) -> Tensor:
        """`x` with each channel at mean 0 and variance 1: in training over the batch, else by what was seen there."""
        x = self._checked(x)
        momentum: Any = self.momentum
        mean, var, seen = self.running_mean, self.running_var, self.num_batches_tracked
        own = self.training or mean is None  # whether to use the statistics of the batch
        if self.training and not self.track_running_stats:
            mean = var = None
        elif self.training and seen is not None and mean is not None:
            with no_grad():
                seen += 1
                if momentum is None:
                    momentum = (1 / seen).astype(mean.dtype)
        return F.batch_norm(x, mean, var, self.weight, self.bias, own, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of vectors or sequences: input of shape (N, C) or (N, C, L).

    In training each channel is brought to mean 0 and variance 1 over the batch, in evaluation by running statistics of
    the batches seen in training (Ioffe and Szegedy 2015); see `functional.batch_norm`.

    Parameters
    ----------
    num_features : int
        How many channels: C.
    eps : float
        Added to the variance.
    momentum : float or None
        How far the running statistics move with each batch; None for the plain mean over all batches.
    affine : bool
        Whether channels are scaled and shifted afterwards.
    track_running_stats : bool
        Whether there are running statistics; else evaluation, too, uses those of the batch.
    bias : bool
        Whether `affine` also shifts.
    device : str or None
        Where the parameters are; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight, bias : Parameter or None
        Shape (C,); ones and zeros at first.
    running_mean, running_var : Tensor or None
        Buffers of shape (C,); zeros and ones at first.
    num_batches_tracked : Tensor or None
        A buffer, int64: how many batches the running statistics have seen.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.BatchNorm1d(1, eps=0.0)
    >>> layer(tg.asarray([[1.0], [3.0]])).tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean.numpy(), layer.num_batches_tracked.item()
    (array([0.2], dtype=float32), 1)
    """

    shapes = ("NC", "NCL")


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of images: input of shape (N, C, H, W); in all else `BatchNorm1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.BatchNorm2d(3)(tg.rand(2, 3, 8, 8)).mean().abs().item() < 1e-6
    True
    """

    shapes = ("NCHW",)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of volumes: input of shape (N, C, D, H, W); in all else `BatchNorm1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.BatchNorm3d(3)(tg.rand(2, 3, 4, 4, 4)).mean().abs().item() < 1e-6
    True
    """

    shapes = ("NCDHW",)


class _InstanceNorm(_Tracking):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
                 track_running_stats: bool = False, *, bias: bool = True, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias, device=device,
                         dtype=dtype)  # fmt: skip

    def forward(self, x: Any) -> Tensor:
        """`x` with each channel of each sample at mean 0 and variance 1; the axis of samples may be missing."""
        x = self._checked(x)
        alone = x.ndim == len(self.shapes[0])
        y = F.instance_norm(
            x[None] if alone else x, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats, self.momentum, self.eps,
        )  # fmt: skip
        return y[0] if alone else y


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of sequences: input of shape (N, C, L) or (C, L).

    Each channel of each sample is brought to mean 0 and variance 1 over its places (Ulyanov et al. 2016); see
    `functional.instance_norm`.

    Parameters
    ----------
    num_features : int
        How many channels: C.
    eps : float
        Added to the variance.
    momentum : float
        How far the running statistics move with each batch.
    affine : bool
        Whether channels are scaled and shifted afterwards.
    track_running_stats : bool
        Whether there are running statistics, which evaluation uses in the place of those of the sample.
    bias : bool
        Whether `affine` also shifts.
    device : str or None
        Where the parameters are; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight, bias : Parameter or None
        Shape (C,); ones and zeros at first.
    running_mean, running_var : Tensor or None
        Buffers of shape (C,); zeros and ones at first.
    num_batches_tracked : Tensor or None
        A buffer that stays 0, as PyTorch has it.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.InstanceNorm1d(2, eps=0.0)(tg.asarray([[1.0, 3.0], [10.0, 30.0]])).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    shapes = ("CL", "NCL")


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of images: input of shape (N, C, H, W) or (C, H, W); in all else `InstanceNorm1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.InstanceNorm2d(3)(tg.rand(2, 3, 8, 8)).mean().abs().item() < 1e-6
    True
    """

    shapes = ("CHW", "NCHW")


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of volumes: input of shape (N, C, D, H, W) or (C, D, H, W); in all else `InstanceNorm1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.InstanceNorm3d(3)(tg.rand(2, 3, 4, 4, 4)).mean().abs().item() < 1e-6
    True
    """

    shapes = ("CDHW", "NCDHW")
