"""Convolutions over one, two or three axes, and transposed ones, as modules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any, ClassVar

from .. import backend
from ..creation import draw
from ..tensor import Tensor
from . import functional as F
from .functional.convolution import convolved, paddings
from .functional.sizes import per_axis
from .module import Module
from .parameter import Parameter

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]

PerAxis = int | Sequence[int]
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What all have: settings for each spatial axis, kernels and a bias, drawn uniformly from ±1/sqrt(fan_in).

    A derived class says over how many axes it goes, and whether it is a transposed one.
    """

    axes: ClassVar[int]
    transposed: ClassVar[bool]
    bias: Parameter | None

    def __init__(self, in_channels: int, out_channels: int, kernel_size: PerAxis, stride: PerAxis,
                 padding: PerAxis | str, output_padding: PerAxis, dilation: PerAxis, groups: int, bias: bool,
                 padding_mode: str, generator: backend.Generator | None, device: str | None,
                 dtype: Any) -> None:  # fmt: skip
        super().__init__()
        name = type(self).__name__
        if padding_mode not in PADDING_MODES[: 1 if self.transposed else None]:
            wanted = "'zeros'" if self.transposed else f"one of {', '.join(PADDING_MODES)}"
            raise ValueError(f"{name}: padding_mode={padding_mode!r}; wanted is {wanted}")
        (self.in_channels,) = per_axis(f"{name}: in_channels", in_channels, 1, 0)
        (self.out_channels,) = per_axis(f"{name}: out_channels", out_channels, 1, 0)
        (self.groups,) = per_axis(f"{name}: groups", groups, 1, 1)
        for kind, channels in (("in_channels", self.in_channels), ("out_channels", self.out_channels)):
            if channels % self.groups:
                raise ValueError(f"{name}: {kind}={channels} cannot be divided into groups={self.groups}")
        self.kernel_size = per_axis(f"{name}: kernel_size", kernel_size, self.axes, 1)
        self.stride = per_axis(f"{name}: stride", stride, self.axes, 1)
        self.dilation = per_axis(f"{name}: dilation", dilation, self.axes, 1)
        paddings(name, padding, self.kernel_size, self.stride, self.dilation)
        self.padding = padding if isinstance(padding, str) else per_axis(f"{name}: padding", padding, self.axes, 0)
        self.output_padding = per_axis(f"{name}: output_padding", output_padding, self.axes, 0)
        self.padding_mode = padding_mode
        sides = (self.in_channels, self.out_channels) if self.transposed else (self.out_channels, self.in_channels)
        shape = (sides[0], sides[1] // self.groups, *self.kernel_size)
        fan_in = prod(shape[1:])
        bound = 1 / sqrt(fan_in) if fan_in else 0.0

        def drawn(*shape: int) -> Parameter:
            kind = dtype or backend.float32
            return Parameter(draw(generator, device, "uniform", shape, low=-bound, high=bound, dtype=kind))

        self.weight = drawn(*shape)
        self.bias = drawn(self.out_channels) if bias else None

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        nothing = (0,) * self.axes
        if self.padding != nothing:
            shown.append(f"padding={self.padding}")
        if self.dilation != (1,) * self.axes:
            shown.append(f"dilation={self.dilation}")
        if self.output_padding != nothing:
            shown.append(f"output_padding={self.output_padding}")
        if self.groups != 1:
            shown.append(f"groups={self.groups}")
        if self.bias is None:
            shown.append("bias=False")
        if self.padding_mode != "zeros":
            shown.append(f"padding_mode={self.padding_mode}")
        return ", ".join(shown)


class _Conv(_Convolution):
    """A convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        How many channels input and output have.
    kernel_size, stride, dilation : int or sequence of int
        Shape of the kernels; how far windows, and the elements within one, lie apart. For all axes, or for each.
    padding : int, sequence of int, or str
        How many elements are put on both sides; ``"valid"`` is 0, ``"same"`` is what keeps the shape.
    groups : int
        Into how many parts the channels are divided: each output looks at those of one.
    bias : bool
        Whether there is one.
    padding_mode : str
        What is put there: ``"zeros"``, ``"reflect"``, ``"replicate"`` or ``"circular"``, see `functional.pad`.
    generator : Generator or None
        Where the parameters are drawn; None is the default one of the device.
    device : str or None
        Where they are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter
        Shape (out_channels, in_channels / groups, *kernel_size).
    bias : Parameter or None
        Shape (out_channels,).
    """

    transposed = False

    def __init__(self, in_channels: int, out_channels: int, kernel_size: PerAxis, stride: PerAxis = 1,
                 padding: PerAxis | str = 0, dilation: PerAxis = 1, groups: int = 1, bias: bool = True,
                 padding_mode: str = "zeros", *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, 0, dilation, groups, bias,
                         padding_mode, generator, device, dtype)  # fmt: skip

    def forward(self, x: Any) -> Tensor:
        """Shape (N, in_channels, ...) to (N, out_channels, ...), or both without N."""
        return self.activated(x, None)

    def activated(self, x: Any, activation: str | None) -> Tensor:
        """The output, or what an activation (``"relu"``, ``"sigmoid"`` or ``"tanh"``) makes of it."""
        name = type(self).__name__
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            pairs = paddings(name, padding, self.kernel_size, self.stride, self.dilation)
            x = F.pad(x, [amount for pair in reversed(pairs) for amount in pair], self.padding_mode)
            padding = 0
        settings = (self.stride, padding, self.dilation, self.groups)
        return convolved(name, self.axes, x, self.weight, self.bias, *settings, activation)


class Conv1d(_Conv):
    """The products of kernels with all windows along one axis: see `functional.conv1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Conv1d(3, 16, 3)(tg.ones((8, 3, 100))).shape
    (8, 16, 98)
    """

    axes = 1


class Conv2d(_Conv):
    """The products of kernels with all windows of images: see `functional.conv2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Conv2d(3, 16, 3)(tg.ones((8, 3, 28, 28))).shape
    (8, 16, 26, 26)
    """

    axes = 2


class Conv3d(_Conv):
    """The products of kernels with all windows of volumes: see `functional.conv3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.Conv3d(3, 16, 3)(tg.ones((8, 3, 9, 16, 16))).shape
    (8, 16, 7, 14, 14)
    """

    axes = 3


class _ConvTranspose(_Convolution):
    """A transposed convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        How many channels input and output have.
    kernel_size, stride, padding, dilation : int or sequence of int
        Those of the convolution that it is the transpose of: `padding` takes elements away on both sides.
    output_padding : int or sequence of int
        How many elements more there are at the end of each axis.
    groups : int
        Into how many parts the channels are divided.
    bias : bool
        Whether there is one.
    padding_mode : str
        ``"zeros"``; there is no other.
    generator : Generator or None
        Where the parameters are drawn; None is the default one of the device.
    device : str or None
        Where they are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter
        Shape (in_channels, out_channels / groups, *kernel_size).
    bias : Parameter or None
        Shape (out_channels,).
    """

    transposed = True
    convolve: ClassVar[Callable[..., Tensor]]

    def __init__(self, in_channels: int, out_channels: int, kernel_size: PerAxis, stride: PerAxis = 1,
                 padding: PerAxis = 0, output_padding: PerAxis = 0, groups: int = 1, bias: bool = True,
                 dilation: PerAxis = 1, padding_mode: str = "zeros", *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        if isinstance(padding, str):
            raise TypeError(f"{type(self).__name__}: padding is {padding!r}, wanted an integer or {self.axes} of them")
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, output_padding, dilation, groups,
                         bias, padding_mode, generator, device, dtype)  # fmt: skip

    def forward(self, x: Any, output_size: Sequence[int] | None = None) -> Tensor:
        """Shape (N, in_channels, ...) to (N, out_channels, ...), or both without N.

        The last axes get the `output_size`, where it is given, and the `output_padding` follows from it.
        """
        more = self.output_padding if output_size is None else self._missing(x.shape, tuple(output_size))
        return self.convolve(x, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _missing(self, shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
        """The output padding that gives the size that is wanted."""
        settings = zip(shape[-self.axes :], self.kernel_size, self.stride, self.padding, self.dilation)
        least = [(n - 1) * s - 2 * p + d * (k - 1) + 1 for n, k, s, p, d in settings]  # type: ignore[operator]
        more = tuple(size - start for size, start in zip(wanted[-self.axes :], least))
        if len(more) != self.axes or not all(0 <= m < s for m, s in zip(more, self.stride)):
            most = [start + s - 1 for start, s in zip(least, self.stride)]
            raise ValueError(
                f"{type(self).__name__}: output_size={wanted} must be from {least} to {most} for x of shape {shape}"
            )
        return more


class ConvTranspose1d(_ConvTranspose):
    """Kernels added up along one axis, each times an element of the input: see `functional.conv_transpose1d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConvTranspose1d(16, 3, 4, stride=2, padding=1)(tg.ones((8, 16, 50))).shape
    (8, 3, 100)
    """

    axes = 1
    convolve = staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Kernels added up over images, each times an element of the input: see `functional.conv_transpose2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConvTranspose2d(16, 3, 4, stride=2, padding=1)(tg.ones((8, 16, 14, 14))).shape
    (8, 3, 28, 28)
    """

    axes = 2
    convolve = staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Kernels added up over volumes, each times an element of the input: see `functional.conv_transpose3d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> nn.ConvTranspose3d(16, 3, 4, stride=2, padding=1)(tg.ones((8, 16, 4, 7, 7))).shape
    (8, 3, 8, 14, 14)
    """

    axes = 3
    convolve = staticmethod(F.conv_transpose3d)
