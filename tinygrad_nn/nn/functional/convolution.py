"""Convolutions over one, two or three axes, and transposed ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_floating, check_spatial, per_axis

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "convolved",
    "paddings",
]  # fmt: skip

PerAxis = int | Sequence[int]


def conv1d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis | str = 0,
           dilation: PerAxis = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """The products of kernels with all windows along one axis; see `conv2d`.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, L) or (C, L).
    weight : Tensor
        Shape (O, C / groups, kernel).
    bias, stride, padding, dilation, groups
        As of `conv2d`.

    Returns
    -------
    Tensor
        Shape (N, O, windows) or (O, windows).

    Raises
    ------
    TypeError, ValueError
        As `conv2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv1d(tg.asarray([[1.0, 2.0, 4.0]]), tg.asarray([[[-1.0, 1.0]]])).tolist()
    [[1.0, 2.0]]
    """
    return convolved("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis | str = 0,
           dilation: PerAxis = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """The products of kernels with all windows of images, the channels of a group summed, plus the bias.

    ``y[n, o, i] = bias[o] + sum(weight[o, c, k] * x[n, c, i * stride + k * dilation - padding] over c and k)``, where
    i and k have an index for each spatial axis and `x` is 0 outside. Neural networks call this cross-correlation a
    convolution.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, H, W) or (C, H, W).
    weight : Tensor
        Shape (O, C / groups, *kernel).
    bias : Tensor or None
        Shape (O,).
    stride, dilation : int or sequence of int
        How far windows, and the elements within one, lie apart: for all spatial axes, or for each.
    padding : int, sequence of int, or str
        How many zeros are put on both sides; ``"valid"`` is 0, ``"same"`` is what keeps the shape (where it is odd in
        all, one more comes after than before), for a stride of 1.
    groups : int
        Into how many parts the channels are divided: each output looks at those of one.

    Returns
    -------
    Tensor
        Shape (N, O, *windows) or (O, *windows): along each axis there are
        ``(size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1`` windows.

    Raises
    ------
    TypeError
        A size is not an integer, or the input is not floating.
    ValueError
        The shapes do not fit, or the input is smaller than a kernel.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv2d(tg.ones((8, 3, 28, 28)), tg.ones((16, 3, 5, 5)), stride=2, padding=2).shape
    (8, 16, 14, 14)
    """
    return convolved("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis | str = 0,
           dilation: PerAxis = 1, groups: int = 1) -> Tensor:  # fmt: skip
    """The products of kernels with all windows of volumes; see `conv2d`.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    weight : Tensor
        Shape (O, C / groups, *kernel).
    bias, stride, padding, dilation, groups
        As of `conv2d`.

    Returns
    -------
    Tensor
        Shape (N, O, *windows) or (O, *windows).

    Raises
    ------
    TypeError, ValueError
        As `conv2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv3d(tg.ones((1, 4, 8, 8)), tg.ones((2, 1, 3, 3, 3)), padding="same").shape
    (2, 4, 8, 8)
    """
    return convolved("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis = 0,
                     output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1) -> Tensor:  # fmt: skip
    """The transposed convolution along one axis; see `conv_transpose2d`.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, L) or (C, L).
    weight : Tensor
        Shape (C, O / groups, kernel).
    bias, stride, padding, output_padding, groups, dilation
        As of `conv_transpose2d`.

    Returns
    -------
    Tensor
        Shape (N, O, size) or (O, size).

    Raises
    ------
    TypeError, ValueError
        As `conv_transpose2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv_transpose1d(tg.asarray([[1.0, 2.0]]), tg.asarray([[[-1.0, 1.0]]])).tolist()
    [[-1.0, -1.0, 2.0]]
    """
    return _transposed("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis = 0,
                     output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1) -> Tensor:  # fmt: skip
    """Kernels added up at all places, each times an element of the input, plus the bias.

    It is the transpose of the matrix that `conv2d` is, and so its gradient: a convolution with these settings makes
    the shape of the input of the shape that comes out here (Zeiler et al. 2010).

    Parameters
    ----------
    input : Tensor
        Shape (N, C, H, W) or (C, H, W).
    weight : Tensor
        Shape (C, O / groups, *kernel).
    bias : Tensor or None
        Shape (O,).
    stride, padding, dilation : int or sequence of int
        As of that convolution: `padding` takes elements away on both sides.
    output_padding : int or sequence of int
        How many elements more there are at the end of each axis: with a stride, a convolution makes the same of inputs
        of several sizes. Less than the stride or the dilation.
    groups : int
        Into how many parts the channels are divided.

    Returns
    -------
    Tensor
        Shape (N, O, *size) or (O, *size): along each axis
        ``(n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1`` elements.

    Raises
    ------
    TypeError
        A size is not an integer, or the input is not floating.
    ValueError
        The shapes do not fit, or nothing is left.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv_transpose2d(tg.ones((8, 16, 14, 14)), tg.ones((16, 3, 4, 4)), stride=2, padding=1).shape
    (8, 3, 28, 28)
    """
    return _transposed("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(input: Any, weight: Any, bias: Any = None, stride: PerAxis = 1, padding: PerAxis = 0,
                     output_padding: PerAxis = 0, groups: int = 1, dilation: PerAxis = 1) -> Tensor:  # fmt: skip
    """The transposed convolution of volumes; see `conv_transpose2d`.

    Parameters
    ----------
    input : Tensor
        Shape (N, C, D, H, W) or (C, D, H, W).
    weight : Tensor
        Shape (C, O / groups, *kernel).
    bias, stride, padding, output_padding, groups, dilation
        As of `conv_transpose2d`.

    Returns
    -------
    Tensor
        Shape (N, O, *size) or (O, *size).

    Raises
    ------
    TypeError, ValueError
        As `conv_transpose2d`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.conv_transpose3d(tg.ones((2, 2, 4, 4)), tg.ones((2, 1, 2, 2, 2)), stride=2).shape
    (1, 4, 8, 8)
    """
    return _transposed("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def paddings(name: str, padding: Any, kernel: Sequence[int], stride: Sequence[int],
             dilation: Sequence[int]) -> tuple[tuple[int, int], ...]:  # fmt: skip
    """How many elements are put before and after, along each axis, where `padding` may be ``"same"`` or ``"valid"``."""
    if not isinstance(padding, str):
        return tuple((p, p) for p in per_axis(f"{name}: padding", padding, len(kernel), 0))
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise ValueError(f"{name}: padding={padding!r}; wanted are integers, 'same' or 'valid'")
    if max(stride) > 1:
        raise ValueError(f"{name}: padding='same' keeps the shape, and a stride of {tuple(stride)} does not")
    missing = [d * (k - 1) for k, d in zip(kernel, dilation)]
    return tuple((m // 2, m - m // 2) for m in missing)


def convolved(name: str, axes: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any,
              groups: int, activation: str | None = None) -> Tensor:  # fmt: skip
    """A convolution over so many axes, by the `name` of whoever asks for it, and the activation after it."""
    x, weight, bias = _operands(name, axes, x, weight, bias, groups)
    outputs, inputs, *kernel = weight.shape
    _check_channels(name, x, weight, bias, groups, inputs * groups, outputs)
    stride = per_axis(f"{name}: stride", stride, axes, 1)
    dilation = per_axis(f"{name}: dilation", dilation, axes, 1)
    pairs = paddings(name, padding, kernel, stride, dilation)
    for size, k, d, pair in zip(x.shape[-axes:], kernel, dilation, pairs):
        if size + sum(pair) < d * (k - 1) + 1:
            raise ValueError(
                f"{name}: kernels of {tuple(kernel)} with dilation={dilation} do not fit into x, which has shape "
                f"{x.shape}, with padding={padding!r}"
            )
    batch = x if x.ndim == axes + 2 else ops.expand_dims(x, 0)
    geometry = {"stride": stride, "padding": pairs, "dilation": dilation, "groups": groups}
    y = ops.convolved(batch, weight, bias, activation=activation, **geometry)
    return _unbatched(y, x)


def _transposed(name: str, axes: int, x: Any, weight: Any, bias: Any, stride: Any, padding: Any, output_padding: Any,
                groups: int, dilation: Any) -> Tensor:  # fmt: skip
    x, weight, bias = _operands(name, axes, x, weight, bias, groups)
    inputs, outputs, *kernel = weight.shape
    _check_channels(name, x, weight, bias, groups, inputs, outputs * groups)
    stride = per_axis(f"{name}: stride", stride, axes, 1)
    dilation = per_axis(f"{name}: dilation", dilation, axes, 1)
    padding = per_axis(f"{name}: padding", padding, axes, 0)
    more = per_axis(f"{name}: output_padding", output_padding, axes, 0)
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation)):
        raise ValueError(f"{name}: output_padding={more} must be less than stride={stride} or dilation={dilation}")
    shape = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, k, s, p, m, d in zip(x.shape[-axes:], kernel, stride, padding, more, dilation)
    )
    if min(shape) < 1:
        raise ValueError(f"{name}: of x, which has shape {x.shape}, padding={padding} leaves nothing: {shape}")
    batch = x if x.ndim == axes + 2 else ops.expand_dims(x, 0)
    # what is added at the end lies outside of the convolution's windows
    pairs = tuple((p, p - m) for p, m in zip(padding, more))
    y = ops.convolution_input(
        batch, weight, shape=shape, stride=stride, padding=pairs, dilation=dilation, groups=groups
    )
    if bias is not None:
        y = y + bias.reshape((-1, *(1,) * axes))
    return _unbatched(y, x)


def _operands(name: str, axes: int, x: Any, weight: Any, bias: Any, groups: Any) -> tuple[Any, Any, Any]:
    x, weight = as_tensor(name, x), as_tensor(name, weight)
    bias = None if bias is None else as_tensor(name, bias)
    check_floating(name, x)
    check_spatial(name, x, axes)
    if weight.ndim != axes + 2:
        raise ValueError(f"{name}: weight has shape {weight.shape}, wanted are {axes + 2} axes")
    per_axis(f"{name}: groups", groups, 1, 1)
    return x, weight, bias


def _check_channels(name: str, x: Any, weight: Any, bias: Any, groups: int, inputs: int, outputs: int) -> None:
    channels = x.shape[1 - weight.ndim]
    if channels != inputs:
        raise ValueError(
            f"{name}: x has shape {x.shape} and {channels} channels; weight {weight.shape} with groups={groups} wants "
            f"{inputs}"
        )
    if weight.shape[0] % groups:
        raise ValueError(f"{name}: the first axis of weight {weight.shape} cannot be divided into groups={groups}")
    if bias is not None and bias.shape != (outputs,):
        raise ValueError(f"{name}: bias has shape {bias.shape}, wanted ({outputs},)")


def _unbatched(y: Any, x: Any) -> Tensor:
    """The result without the axis of samples where the input had none."""
    result: Tensor = y if y.ndim == x.ndim else ops.squeeze(y, 0)
    return result
