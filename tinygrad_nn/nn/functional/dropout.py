"""Dropout."""

from __future__ import annotations

from typing import Any

from ...backend import Generator
from ...creation import draw
from ...tensor import Tensor

__all__ = ["dropout"]


def dropout(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Tensor:
    """Set each element to zero with probability `p` and divide the others by ``1 - p`` (Srivastava et al. 2014).

    Parameters
    ----------
    x : Tensor
        Any shape.
    p : float
        Probability to drop, from 0 to 1.
    training : bool
        Otherwise the result is `x`.
    generator : Generator or None
        What draws; None is the default one of the device.

    Returns
    -------
    Tensor
        Shape of `x`.

    Raises
    ------
    ValueError
        `p` is no probability.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> y = F.dropout(tg.ones(1000), 0.5, generator=tg.Generator(0))
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p={p} must be a probability, from 0 to 1")
    if not training or p == 0:
        y: Tensor = x
        return y
    mask = draw(generator, x.device, "bernoulli", 1 - p, x.shape, x.dtype)
    if p < 1:
        mask = mask * (1 / (1 - p))
    y = x * mask
    return y
