"""Normalisation by the statistics of each sample: layer, root mean square, group, and local response."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...inspection import finfo
from ...ops.normalization import standardize
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_floating

__all__ = ["group_norm", "layer_norm", "local_response_norm", "rms_norm"]


def check_shapes(name: str, shape: tuple[int, ...], **tensors: Any) -> None:
    """Refuse parameters and statistics of another shape."""
    for word, tensor in tensors.items():
        if tensor is not None and tensor.shape != shape:
            raise ValueError(f"{name}: {word} has shape {tensor.shape}, wanted {shape}")


def per_channel(tensor: Any, ndim: int) -> Any:
    """What there is one of for each channel, so that it broadcasts against (N, C, ...) of `ndim` axes."""
    return tensor if tensor is None or ndim == 2 else ops.reshape(tensor, (*tensor.shape, *(1,) * (ndim - 2)))


def _last_axes(name: str, x: Any, normalized_shape: Any, **parameters: Any) -> tuple[int, ...]:
    check_floating(name, x, "f")
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ValueError(f"{name}: the input has shape {x.shape}, wanted (..., *{shape}) for normalized_shape={shape}")
    check_shapes(name, shape, **parameters)
    return tuple(range(-len(shape), 0))


def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Bring each sample to mean 0 and variance 1 over its last axes (Ba et al. 2016).

    ``(x - mean(x)) / sqrt(var(x) + eps) * weight + bias``

    Parameters
    ----------
    x : Tensor
        Shape (..., *normalized_shape), floating.
    normalized_shape : int or sequence of int
        The last axes.
    weight, bias : Tensor or None
        Of that shape.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.layer_norm(tg.asarray([[1.0, 3.0], [4.0, 8.0]]), 2, eps=0.0)
    Tensor([[-1.,  1.],
            [-1.,  1.]], dtype=float32)
    """
    x = as_tensor("layer_norm", x)
    axes = _last_axes("layer_norm", x, normalized_shape, weight=weight, bias=bias)
    y: Tensor = standardize(x, weight, bias, axes=axes, eps=eps)[0]
    return y


def rms_norm(x: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """Bring each sample to a root mean square of 1 over its last axes (Zhang and Sennrich 2019).

    ``x / sqrt(mean(x ** 2) + eps) * weight``

    Parameters
    ----------
    x : Tensor
        Shape (..., *normalized_shape), floating.
    normalized_shape : int or sequence of int
        The last axes.
    weight : Tensor or None
        Of that shape.
    eps : float or None
        Added to the mean square; None is the machine epsilon of the dtype of `x`.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.rms_norm(tg.asarray([[1.0, 7.0]]), 2, eps=0.0).numpy()
    array([[0.2, 1.4]], dtype=float32)
    """
    x = as_tensor("rms_norm", x)
    axes = _last_axes("rms_norm", x, normalized_shape, weight=weight)
    eps = finfo(x.dtype).eps if eps is None else eps
    y: Tensor = standardize(x, weight, axes=axes, eps=eps, centred=False)[0]
    return y


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Bring groups of the channels of each sample to mean 0 and variance 1, over all their places (Wu and He 2018).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...), floating.
    num_groups : int
        Divides C.
    weight, bias : Tensor or None
        Shape (C,): scale and shift each channel afterwards.
    eps : float
        Added to the variance.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        The shapes do not fit, or each group has a single element.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.group_norm(tg.asarray([[1.0, 3.0, 10.0, 30.0]]), 2, eps=0.0)
    Tensor([[-1.,  1., -1.,  1.]], dtype=float32)
    """
    x = as_tensor("group_norm", x)
    check_floating("group_norm", x, "f")
    if x.ndim < 2:
        raise ValueError(f"group_norm: the input has shape {x.shape}, wanted (N, C, ...)")
    n, channels, *places = x.shape
    if num_groups < 1 or channels % num_groups:
        raise ValueError(f"group_norm: {channels} channels cannot be put into {num_groups} groups of one size")
    check_shapes("group_norm", (channels,), weight=weight, bias=bias)
    groups = (num_groups, channels // num_groups)
    if x.size and x.size == num_groups:
        raise ValueError(f"group_norm: each group of an input of shape {x.shape} is a single element; wanted are more")

    def grouped(parameter: Any) -> Any:
        return None if parameter is None else ops.reshape(parameter, (*groups, *(1,) * len(places)))

    y: Tensor = standardize(
        ops.reshape(x, (n, *groups, *places)), grouped(weight), grouped(bias),
        axes=tuple(range(-1 - len(places), 0)), eps=eps,
    )[0]  # fmt: skip
    return y.reshape(x.shape)


def local_response_norm(x: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Divide by the squares in the same place of neighbouring channels (Krizhevsky et al. 2012).

    ``x / (k + alpha * mean(x ** 2)) ** beta``, with the mean over `size` channels, those that do not exist being 0.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...) with at least three axes, floating.
    size : int
        How many channels: ``size // 2`` before each, itself, and the rest after it.
    alpha, beta, k : float
        Of the formula.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    TypeError
        `x` is not floating.
    ValueError
        `x` has fewer than three axes, or `size` is not positive.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.local_response_norm(tg.ones((1, 3, 1)), 2, alpha=2.0, beta=1.0).tolist()
    [[[0.5], [0.3333333432674408], [0.3333333432674408]]]
    """
    x = as_tensor("local_response_norm", x)
    check_floating("local_response_norm", x, "f")
    if x.ndim < 3:
        raise ValueError(f"local_response_norm: the input has shape {x.shape}, wanted (N, C, ...) with three axes")
    if size < 1:
        raise ValueError(f"local_response_norm: size={size}, wanted at least 1")
    channels = x.shape[1]
    around = [(0, 0), (size // 2, (size - 1) // 2), *[(0, 0)] * (x.ndim - 2)]
    squares = ops.pad(x * x, around)
    total = squares[:, :channels]
    for i in range(1, size):
        total = total + squares[:, i : i + channels]
    y: Tensor = x / (total * (alpha / size) + k) ** beta
    return y
