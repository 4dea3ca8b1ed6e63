"""Normalisation by statistics that are kept track of: of each channel over a batch, or over each sample."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...autograd.modes import no_grad
from ...autograd.vmap import BatchedArray
from ...ops.normalization import standardize
from ...ops.operands import as_tensor
from ...ops.reduce import widened
from ...tensor import Tensor
from .normalization import check_shapes, per_channel
from .sizes import check_floating

__all__ = ["batch_norm", "instance_norm"]


def batch_norm(x: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: Any = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """Bring each channel to mean 0 and variance 1: in training over the batch, else by what was seen there.

    ``(x - mean) / sqrt(var + eps) * weight + bias`` (Ioffe and Szegedy 2015). In training, the running statistics
    follow those of the batch, ``(1 - momentum) * running + momentum * seen``; the variance seen is the unbiased one.

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...), floating.
    running_mean, running_var : Tensor or None
        Shape (C,). In training they are written in place; None keeps track of nothing.
    weight, bias : Tensor or None
        Shape (C,).
    training : bool
        Whether to use the statistics of the batch.
    momentum : float or Tensor
        How far the running statistics move.
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
        The shapes do not fit; there is one value for each channel in training, or no running statistics otherwise.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> mean, var = tg.zeros(1), tg.ones(1)
    >>> F.batch_norm(tg.asarray([[1.0], [3.0]]), mean, var, training=True, eps=0.0).tolist()
    [[-1.0], [1.0]]
    >>> mean.numpy(), var.numpy()
    (array([0.2], dtype=float32), array([1.1], dtype=float32))
    """
    x = as_tensor("batch_norm", x)
    _check("batch_norm", x, running_mean, running_var, weight, bias, training, 2)
    weight, bias = per_channel(weight, x.ndim), per_channel(bias, x.ndim)
    if not training:
        return _standardized_by(x, running_mean, running_var, weight, bias, eps)
    axes = (-x.ndim, *range(2 - x.ndim, 0))
    size = x.size // max(x.shape[1], 1)
    if size == 1:
        raise ValueError(f"batch_norm: an input of shape {x.shape} has one value for each channel; training needs more")
    y: Tensor
    y, mean, var = standardize(x, weight, bias, axes=axes, eps=eps)
    _track(running_mean, running_var, mean, var, momentum, size)
    return y


def instance_norm(x: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, momentum: Any = 0.1, eps: float = 1e-5) -> Tensor:  # fmt: skip
    """Bring each channel of each sample to mean 0 and variance 1 over its places (Ulyanov et al. 2016).

    Parameters
    ----------
    x : Tensor
        Shape (N, C, ...), floating.
    running_mean, running_var : Tensor or None
        Shape (C,). Where the statistics of `x` are used, they follow their mean over the batch, as in `batch_norm`.
    weight, bias : Tensor or None
        Shape (C,).
    use_input_stats : bool
        Whether to use the statistics of `x`; else the running ones.
    momentum : float or Tensor
        How far the running statistics move.
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
        The shapes do not fit; each channel has one place, or there are no statistics to use.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.instance_norm(tg.asarray([[[1.0, 3.0], [10.0, 30.0]]]), eps=0.0)
    Tensor([[[-1.,  1.],
             [-1.,  1.]]], dtype=float32)
    """
    x = as_tensor("instance_norm", x)
    _check("instance_norm", x, running_mean, running_var, weight, bias, use_input_stats, 3)
    weight, bias = per_channel(weight, x.ndim), per_channel(bias, x.ndim)
    if not use_input_stats:
        return _standardized_by(x, running_mean, running_var, weight, bias, eps)
    size = x.size // max(x.shape[0] * x.shape[1], 1)
    if size == 1:
        raise ValueError(f"instance_norm: an input of shape {x.shape} has one place for each channel; wanted are more")
    y: Tensor
    y, mean, var = standardize(x, weight, bias, axes=tuple(range(2 - x.ndim, 0)), eps=eps)
    _track(running_mean, running_var, mean, var, momentum, size)
    return y


def _check(name: str, x: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, own: bool,
           ndim: int) -> None:  # fmt: skip
    check_floating(name, x, "f")
    if x.ndim < ndim:
        raise ValueError(f"{name}: the input has shape {x.shape}, wanted (N, C, ...) with at least {ndim} axes")
    if not own and (running_mean is None or running_var is None):
        raise ValueError(f"{name}: there are no running statistics, and those of the input are not to be used")
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    check_shapes(name, x.shape[1:2], **given)


def _standardized_by(x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Tensor:
    """The result by given statistics of each channel: one product and one sum for each element."""
    mean, var = (widened(ops, per_channel(s, x.ndim)) for s in (mean, var))
    scale = 1 / ops.sqrt(var + eps)
    if weight is not None:
        scale = scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    y: Tensor = x * scale + shift
    return y if y.dtype.itemsize <= x.dtype.itemsize else y.astype(x.dtype)


def _track(running_mean: Any, running_var: Any, mean: Any, var: Any, momentum: Any, size: int) -> None:
    """Move running statistics, in place, towards those of `size` values of each channel; no values change nothing."""
    if size:
        with no_grad():
            _follow(running_mean, mean.detach(), momentum, momentum)
            _follow(running_var, var.detach(), momentum, momentum * (size / max(size - 1, 1)))


def _follow(running: Any, seen: Any, momentum: Any, share: Any) -> None:
    if running is not None and seen.size:
        if isinstance(seen.array, BatchedArray) and seen.array.batched and not isinstance(running.array, BatchedArray):
            raise ValueError(
                "in vmap, every sample has statistics of its own, and the running ones are there once; use evaluation, "
                "track_running_stats=False, or buffers for each sample by functional_call"
            )
        if seen.size > running.size:  # one for each sample
            seen = ops.mean(seen, axis=0)
        running *= 1 - momentum
        running += ops.reshape(seen, running.shape) * share
