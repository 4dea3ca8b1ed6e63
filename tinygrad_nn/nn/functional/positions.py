"""Where in a sequence an element stands: as waves to add, or as an angle to turn it by."""

from __future__ import annotations

from math import log
from typing import Any

from ... import backend, ops
from ...creation import arange
from ...tensor import Tensor

__all__ = ["rotary_embedding", "sinusoidal_positions"]


def _angles(name: str, steps: int, size: int, first: int, base: float, device: str | None, dtype: Any) -> Tensor:
    """(steps, size / 2): that of each position in each pair of elements."""
    if size % 2:
        raise ValueError(f"{name}: the size is {size}, wanted is an even number")
    places = arange(first, first + steps, device=device).astype(dtype)
    speeds = ops.exp(arange(0, size, 2, device=device).astype(dtype) * (-log(base) / max(size, 1)))
    angles: Tensor = ops.expand_dims(places, 1) * speeds
    return angles


def sinusoidal_positions(steps: int, size: int, base: float = 10000.0, *, device: str | None = None,
                         dtype: Any = None) -> Tensor:  # fmt: skip
    """Waves to be added to the elements of a sequence, for attention sees no order (Vaswani et al. 2017).

    ``sin(t / base ** (2 i / size))`` at place 2 i of position t, and the cosine at 2 i + 1.

    Parameters
    ----------
    steps : int
        How many positions there are.
    size : int
        Of each element; even.
    base : float
        The longest wave has ``2 * pi * base`` steps.
    device : str or None
        Where the result is; None is the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Returns
    -------
    Tensor
        Shape (steps, size).

    Raises
    ------
    ValueError
        The size is odd.

    Examples
    --------
    >>> import tinygrad_nn.nn.functional as F
    >>> F.sinusoidal_positions(3, 4)[0].tolist()
    [0.0, 1.0, 0.0, 1.0]
    """
    angles = _angles("sinusoidal_positions", steps, size, 0, base, device, dtype or backend.float32)
    waves: Tensor = ops.reshape(ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1), (steps, size))
    return waves


def rotary_embedding(x: Any, offset: int = 0, base: float = 10000.0) -> Tensor:
    """Turn queries or keys by angles that grow with their positions (Su et al. 2021).

    The product of a query and a key then depends on how far apart they are. Element i is turned together with element
    i + D / 2, by ``t / base ** (2 i / D)`` at position t.

    Parameters
    ----------
    x : Tensor
        Shape (..., T, D), where D is even.
    offset : int
        The first position.
    base : float
        The slowest turn takes ``2 * pi * base`` steps.

    Returns
    -------
    Tensor
        Of the shape of `x`.

    Raises
    ------
    ValueError
        D is odd, or there is no axis of positions.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.rotary_embedding(tg.ones((2, 4)))[0].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    if x.ndim < 2:
        raise ValueError(f"rotary_embedding: x has shape {x.shape}, wanted is (..., steps, size)")
    steps, size = x.shape[-2:]
    angles = _angles("rotary_embedding", steps, size, offset, base, x.device, x.dtype)
    cos, sin = ops.cos(angles), ops.sin(angles)
    a, b = x[..., : size // 2], x[..., size // 2 :]
    y: Tensor = ops.concat([a * cos - b * sin, b * cos + a * sin], axis=-1)
    return y
