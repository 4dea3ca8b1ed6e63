"""Convolutions as neural networks have them (cross-correlations), and the windows that they look at.

A convolution pairs three arrays: what it moves over, its kernels, and what comes out. All it does is in one number that
is linear in each of them, the sum of ``y * convolution(x, weight)``; the three operations are its derivatives with
respect to each, so whatever is differentiated is one of the three again:

    convolution(x, weight) -> y        convolution_input(y, weight) -> x        convolution_weight(x, y) -> weight

Layouts are x (N, C, *size), weight (O, C / groups, *kernel) and y (N, O, *windows), with any number of spatial axes;
`padding` is a pair for each of them: what is put before, and after. `nn.functional` has the layers' functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.op import op, vjp

__all__ = ["convolution", "convolution_input", "convolution_weight", "fold", "unfold"]

# The axes in front of the spatial ones, by what they run over: samples, groups, and the channels of one group on the
# side of the input or of the output.
X, WEIGHT, Y = "ngc", "goc", "ngo"


def _batch(name: str, left: str, right: str, result: str) -> Callable[..., Any]:
    """The rule of one of the three: samples of one operand become more of what the other lacks, of both more groups."""

    def batch(xp: Any, batched: Any, one: Any, other: Any, *, groups: int, **attrs: Any) -> Any:
        joined = "g" if all(batched) else next(iter(set(left) - set(right) if batched[0] else set(right) - set(left)))
        count = (one if batched[0] else other).shape[0]
        one = _joined(xp, one, left, joined, groups) if batched[0] else one
        other = _joined(xp, other, right, joined, groups) if batched[1] else other
        y = getattr(xp, name)(one, other, groups=count * groups if joined == "g" else groups, **attrs)
        return _parted(xp, y, result, joined, groups, count)

    return batch


def _grouped(shape: Any, axes: str, groups: int) -> tuple[int, ...]:
    """The shape with the groups on an axis of their own, from two axes to three."""
    first, second = shape[:2]
    pair = (groups, first // groups, second) if axes[0] == "g" else (first, groups, second // groups)
    return (*pair, *shape[2:])


def _merged(shape: Any, axes: str) -> tuple[int, ...]:
    """The shape with the groups and the channels on one axis, from three axes to two."""
    a, b, c, *rest = shape
    return (a * b, c, *rest) if axes[0] == "g" else (a, b * c, *rest)


def _joined(xp: Any, x: Any, axes: str, joined: str, groups: int) -> Any:
    """An operand with its axis of samples, the first, made a part of the axis `joined`."""
    x = xp.reshape(x, (x.shape[0], *_grouped(x.shape[1:], axes, groups)))
    place = axes.index(joined)
    order = (*range(1, place + 1), 0, *range(place + 1, x.ndim))
    x = xp.permute_dims(x, order)
    shape = (*x.shape[:place], x.shape[place] * x.shape[place + 1], *x.shape[place + 2 :])
    return xp.reshape(x, _merged(shape, axes))


def _parted(xp: Any, y: Any, axes: str, joined: str, groups: int, count: int) -> Any:
    """A result with the samples taken out of the axis `joined` again, as the first axis."""
    shape = _grouped(y.shape, axes, groups * count if joined == "g" else groups)
    place = axes.index(joined)
    y = xp.reshape(y, (*shape[:place], count, shape[place] // count, *shape[place + 1 :]))
    y = xp.permute_dims(y, (place, *range(place), *range(place + 1, y.ndim)))
    return xp.reshape(y, (count, *_merged(y.shape[1:], axes)))


def _to_input(xp: Any, g: Any, y: Any, x: Any, weight: Any, **attrs: Any) -> Any:
    return xp.convolution_input(g, weight, shape=x.shape[2:], **attrs)


def _to_weight(xp: Any, g: Any, y: Any, x: Any, weight: Any, **attrs: Any) -> Any:
    return xp.convolution_weight(x, g, shape=weight.shape[2:], **attrs)


@op(
    vjp(_to_input, reads="weight"),
    vjp(_to_weight, reads="x"),
    linear="each",
    batch=_batch("convolution", X, WEIGHT, Y),
)
def convolution(xp: Any, x: Any, weight: Any, *, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The products of kernels with all windows of an array, the channels of a group summed.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, *size).
    weight : Tensor
        Shape (O, C / groups, *kernel).
    stride, dilation : tuple of int
        How far windows, and the elements within one, lie apart along each spatial axis.
    padding : tuple of (int, int)
        How many zeros stand before and after; a negative number takes elements away.
    groups : int
        Into how many parts the channels are divided: each output looks at those of one.

    Returns
    -------
    Tensor
        Shape (N, O, *windows).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x, weight = tg.asarray([[[1.0, 2.0, 4.0]]]), tg.asarray([[[-1.0, 1.0]]])
    >>> tg.ops.convolution(x, weight, stride=(1,), padding=((0, 0),), dilation=(1,), groups=1).tolist()
    [[[1.0, 2.0]]]
    """
    return xp.convolution(x, weight, stride=stride, padding=padding, dilation=dilation, groups=groups)


def _input_to_y(xp: Any, g: Any, x: Any, y: Any, weight: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.convolution(g, weight, **attrs)


def _input_to_weight(xp: Any, g: Any, x: Any, y: Any, weight: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.convolution_weight(g, y, shape=weight.shape[2:], **attrs)


@op(
    vjp(_input_to_y, reads="weight"),
    vjp(_input_to_weight, reads="g"),
    linear="each",
    batch=_batch("convolution_input", Y, WEIGHT, X),
)
def convolution_input(xp: Any, g: Any, weight: Any, *, shape: Any, stride: Any, padding: Any, dilation: Any,
                      groups: int) -> Any:  # fmt: skip
    """The transposed convolution: the derivative of ``sum(g * convolution(x, weight))`` with respect to `x`.

    Parameters
    ----------
    g : Tensor
        Shape (N, O, *windows).
    weight : Tensor
        Shape (O, C / groups, *kernel).
    shape : tuple of int
        The spatial shape of the result, which has as many windows as `g`.
    stride, dilation, padding, groups
        Those of the convolution.

    Returns
    -------
    Tensor
        Shape (N, C, *shape).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> g, weight = tg.asarray([[[1.0, 2.0]]]), tg.asarray([[[-1.0, 1.0]]])
    >>> plain = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
    >>> tg.ops.convolution_input(g, weight, shape=(3,), **plain).tolist()
    [[[-1.0, -1.0, 2.0]]]
    """
    return xp.convolution_input(
        g, weight, shape=shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )


def _weight_to_x(xp: Any, g: Any, y: Any, x: Any, gradient: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.convolution_input(gradient, g, shape=x.shape[2:], **attrs)


def _weight_to_y(xp: Any, g: Any, y: Any, x: Any, gradient: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.convolution(x, g, **attrs)


@op(
    vjp(_weight_to_x, reads="g"),
    vjp(_weight_to_y, reads="x"),
    linear="each",
    batch=_batch("convolution_weight", X, Y, WEIGHT),
)
def convolution_weight(xp: Any, x: Any, g: Any, *, shape: Any, stride: Any, padding: Any, dilation: Any,
                       groups: int) -> Any:  # fmt: skip
    """The derivative of ``sum(g * convolution(x, weight))`` with respect to `weight`.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, *size).
    g : Tensor
        Shape (N, O, *windows).
    shape : tuple of int
        The spatial shape of the kernels.
    stride, dilation, padding, groups
        Those of the convolution.

    Returns
    -------
    Tensor
        Shape (O, C / groups, *shape).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x, g = tg.asarray([[[1.0, 2.0, 4.0]]]), tg.asarray([[[1.0, 1.0]]])
    >>> plain = {"stride": (1,), "padding": ((0, 0),), "dilation": (1,), "groups": 1}
    >>> tg.ops.convolution_weight(x, g, shape=(2,), **plain).tolist()
    [[[3.0, 6.0]]]
    """
    return xp.convolution_weight(x, g, shape=shape, stride=stride, padding=padding, dilation=dilation, groups=groups)


def _samples_in_front(name: str) -> Callable[..., Any]:
    """The rule of a function that treats every sample by itself: more samples."""

    def batch(xp: Any, batched: Any, x: Any, **attrs: Any) -> Any:
        y = getattr(xp, name)(xp.reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:])), **attrs)
        return xp.reshape(y, (*x.shape[:2], *y.shape[1:]))

    return batch


def _unfold_vjp(xp: Any, g: Any, y: Any, x: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.fold(g, shape=x.shape[2:], **attrs)


@op(vjp(_unfold_vjp), linear="jointly", batch=_samples_in_front("unfold"))
def unfold(xp: Any, x: Any, *, shape: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """All windows of an array, as a convolution looks at them.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, *size).
    shape : tuple of int
        That of a window.
    stride, dilation, padding
        As of `convolution`.

    Returns
    -------
    Tensor
        Shape (N, C, *shape, *windows).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([[[1.0, 2.0, 4.0]]])
    >>> tg.ops.unfold(x, shape=(2,), stride=(1,), padding=((0, 0),), dilation=(1,)).tolist()
    [[[[1.0, 2.0], [2.0, 4.0]]]]
    """
    return xp.unfold(x, shape=shape, stride=stride, padding=padding, dilation=dilation)


def _fold_vjp(xp: Any, g: Any, y: Any, x: Any, *, shape: Any, **attrs: Any) -> Any:
    return xp.unfold(g, shape=x.shape[2 : 2 + len(shape)], **attrs)


@op(vjp(_fold_vjp), linear="jointly", batch=_samples_in_front("fold"))
def fold(xp: Any, x: Any, *, shape: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """Zeros with the elements of windows added where `unfold` takes them: its adjoint.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, *kernel, *windows).
    shape : tuple of int
        The spatial shape of the result.
    stride, dilation, padding
        As of `convolution`.

    Returns
    -------
    Tensor
        Shape (N, C, *shape).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray([[[[1.0, 2.0], [2.0, 4.0]]]])
    >>> tg.ops.fold(x, shape=(3,), stride=(1,), padding=((0, 0),), dilation=(1,)).tolist()
    [[[1.0, 4.0, 4.0]]]
    """
    return xp.fold(x, shape=shape, stride=stride, padding=padding, dilation=dilation)
