"""Layers that learn the size of their input from the first one.

Until then a lazy layer is the layer for an input of size 0. So it has its parameters and buffers, with their names,
dtypes and devices; `to`, `state_dict`, optimizers and all else that goes through a model needs to know nothing of it.
The first input, or a state that is loaded, tells the size: the same parameters then get their shapes and values, and
the layer's class becomes the ordinary one. It is an ordinary layer from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import backend
from ..autograd.modes import current_mode
from ..backend import TraceError
from ..ops.operands import as_tensor
from .batch_normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    _Tracking,
)
from .convolution import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, _Convolution
from .functional.sizes import channel_axis, check_spatial
from .linear import Linear
from .module import Module

__all__ = [
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyConv1d", "LazyConv2d", "LazyConv3d",
    "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "LazyLinear",
]  # fmt: skip


class _Lazy(Module):
    """What stands before the layer among the bases of a lazy one; its arguments are those of the layer but the first.

    A derived class says how that is called, and where an input, or a parameter, has that size.
    """

    sized: ClassVar[str]

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(0, *arguments, **settings)  # type: ignore[call-arg]
        self._arguments = arguments, settings

    def _size_of_input(self, x: Any) -> int:
        raise NotImplementedError

    def _size_of_state(self, shape: tuple[int, ...]) -> int:
        """The size, from the shape of the first tensor of the state that depends on it."""
        return shape[0]

    def forward(self, x: Any, *others: Any, **options: Any) -> Any:
        name = type(self).__name__
        if current_mode().recorder is not None:
            raise TraceError(f"{name} waits for its first input: call the model once before it is compiled")
        self._become(self._size_of_input(as_tensor(name, x)))
        return type(self).forward(self, x, *others, **options)  # by now that of the layer

    def _prepare_for_state(self, state: Mapping[str, Any], path: str) -> None:
        shapes = {name: own.shape for name, own in self.state_dict().items() if path + name in state}
        for name, shape in shapes.items():
            found = tuple(state[path + name].shape)
            if 0 in shape and 0 not in found and len(found) == len(shape):
                self._become(self._size_of_state(found))
                return

    def _become(self, size: int) -> None:
        if "parametrizations" in vars(self):
            raise TypeError(f"{type(self).__name__} has no size yet: register parametrizations after its first input")
        kind: Any = next(base for base in type(self).__mro__ if not issubclass(base, _Lazy))
        arguments, settings = self._arguments
        fresh = {name: tensor for name, tensor, _ in kind(size, *arguments, **settings)._every_tensor()}
        for name, own, _ in self._every_tensor():
            own.array = backend.as_array(fresh[name].array, own.dtype, own.device)
        setattr(self, self.sized, size)
        del self._arguments
        self.__class__ = kind


class LazyLinear(_Lazy, Linear):
    """A `Linear` that learns its `in_features` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyLinear(2)
    >>> layer(tg.ones((5, 3))).shape
    (5, 2)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    """

    sized = "in_features"

    def _size_of_input(self, x: Any) -> int:
        if not x.ndim:
            raise ValueError(f"LazyLinear: x has shape {x.shape}, wanted (..., in)")
        return x.shape[-1]

    def _size_of_state(self, shape: tuple[int, ...]) -> int:
        return shape[1]


class _LazyConvolution(_Lazy, _Convolution):
    sized = "in_channels"

    def _size_of_input(self, x: Any) -> int:
        check_spatial(type(self).__name__, x, self.axes)
        return x.shape[-1 - self.axes]

    def _size_of_state(self, shape: tuple[int, ...]) -> int:
        return shape[0] if self.transposed else shape[1] * self.groups


class _LazyNormalization(_Lazy, _Tracking):
    sized = "num_features"

    def _size_of_input(self, x: Any) -> int:
        return x.shape[channel_axis(type(self).__name__, x, self.shapes)]


class _LazyInstanceNorm(_LazyNormalization):
    def __init__(self, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True, track_running_stats: bool = True,
                 **settings: Any) -> None:  # fmt: skip
        super().__init__(eps, momentum, affine, track_running_stats, **settings)


class LazyConv1d(_LazyConvolution, Conv1d):
    """A `Conv1d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConv1d(16, 3)
    >>> layer(tg.ones((2, 3, 8))).shape, layer.in_channels
    ((2, 16, 6), 3)
    """


class LazyConv2d(_LazyConvolution, Conv2d):
    """A `Conv2d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConv2d(16, 3)
    >>> layer(tg.ones((2, 3, 8, 8))).shape, layer.in_channels
    ((2, 16, 6, 6), 3)
    """


class LazyConv3d(_LazyConvolution, Conv3d):
    """A `Conv3d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConv3d(16, 3)
    >>> layer(tg.ones((2, 3, 8, 8, 8))).shape, layer.in_channels
    ((2, 16, 6, 6, 6), 3)
    """


class LazyConvTranspose1d(_LazyConvolution, ConvTranspose1d):
    """A `ConvTranspose1d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConvTranspose1d(16, 3)
    >>> layer(tg.ones((2, 3, 8))).shape, layer.in_channels
    ((2, 16, 10), 3)
    """


class LazyConvTranspose2d(_LazyConvolution, ConvTranspose2d):
    """A `ConvTranspose2d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConvTranspose2d(16, 3)
    >>> layer(tg.ones((2, 3, 8, 8))).shape, layer.in_channels
    ((2, 16, 10, 10), 3)
    """


class LazyConvTranspose3d(_LazyConvolution, ConvTranspose3d):
    """A `ConvTranspose3d` that learns its `in_channels` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyConvTranspose3d(16, 3)
    >>> layer(tg.ones((2, 3, 8, 8, 8))).shape, layer.in_channels
    ((2, 16, 10, 10, 10), 3)
    """


class LazyBatchNorm1d(_LazyNormalization, BatchNorm1d):
    """A `BatchNorm1d` that learns its `num_features` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyBatchNorm1d()
    >>> layer(tg.ones((2, 3, 8))).shape, layer.num_features
    ((2, 3, 8), 3)
    """


class LazyBatchNorm2d(_LazyNormalization, BatchNorm2d):
    """A `BatchNorm2d` that learns its `num_features` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyBatchNorm2d()
    >>> layer(tg.ones((2, 3, 8, 8))).shape, layer.num_features
    ((2, 3, 8, 8), 3)
    """


class LazyBatchNorm3d(_LazyNormalization, BatchNorm3d):
    """A `BatchNorm3d` that learns its `num_features` from its first input: the other arguments are the same.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyBatchNorm3d()
    >>> layer(tg.ones((2, 3, 8, 8, 8))).shape, layer.num_features
    ((2, 3, 8, 8, 8), 3)
    """


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """An `InstanceNorm1d` that learns its `num_features` from its first input.

    The other arguments are the same; but `affine` and `track_running_stats` are true by default, as in PyTorch.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyInstanceNorm1d()
    >>> layer(tg.ones((2, 3, 8))).shape, layer.num_features
    ((2, 3, 8), 3)
    """


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """An `InstanceNorm2d` that learns its `num_features` from its first input.

    The other arguments are the same; but `affine` and `track_running_stats` are true by default, as in PyTorch.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyInstanceNorm2d()
    >>> layer(tg.ones((2, 3, 8, 8))).shape, layer.num_features
    ((2, 3, 8, 8), 3)
    """


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """An `InstanceNorm3d` that learns its `num_features` from its first input.

    The other arguments are the same; but `affine` and `track_running_stats` are true by default, as in PyTorch.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.LazyInstanceNorm3d()
    >>> layer(tg.ones((2, 3, 8, 8, 8))).shape, layer.num_features
    ((2, 3, 8, 8, 8), 3)
    """
