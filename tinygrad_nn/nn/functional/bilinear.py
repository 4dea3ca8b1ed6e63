"""Products of two inputs, weighted."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_floating

__all__ = ["bilinear"]


def bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> Tensor:
    """Apply a bilinear layer: ``y[k] = x1 @ weight[k] @ x2 + bias[k]``.

    Parameters
    ----------
    x1 : Tensor
        Shape (..., in1).
    x2 : Tensor
        Shape (..., in2), with the same axes in front.
    weight : Tensor
        Shape (out, in1, in2).
    bias : Tensor or None
        Shape (out,).

    Returns
    -------
    Tensor
        Shape (..., out).

    Raises
    ------
    TypeError
        An input is not floating.
    ValueError
        The shapes do not fit.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.bilinear(tg.asarray([[1.0, 2.0]]), tg.asarray([[3.0, 4.0]]), tg.ones((1, 2, 2))).tolist()
    [[21.0]]
    """
    x1, x2 = as_tensor("bilinear", x1), as_tensor("bilinear", x2)
    for x in (x1, x2):
        check_floating("bilinear", x)
    out, *sizes = weight.shape if weight.ndim == 3 else (0, 0, 0)
    if weight.ndim != 3 or x1.shape[:-1] != x2.shape[:-1] or [*x1.shape[-1:], *x2.shape[-1:]] != sizes:
        raise ValueError(
            f"bilinear: x1 has shape {x1.shape}, x2 {x2.shape}, weight {weight.shape}; wanted (..., in1), (..., in2) "
            "and (out, in1, in2)"
        )
    products = ops.expand_dims(x1, -1) * ops.expand_dims(x2, -2)  # (..., in1, in2)
    rows = ops.reshape(products, (*x1.shape[:-1], sizes[0] * sizes[1]))
    y: Tensor = ops.linear(rows, ops.reshape(weight, (out, sizes[0] * sizes[1])), bias)
    return y
