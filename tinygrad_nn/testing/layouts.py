"""The same values in different memory: what is right for one layout must be right for all."""

from __future__ import annotations

from typing import Any

from ..autograd import no_grad
from ..ops import broadcast_to, copy, flip, full_like, permute_dims, stack

__all__ = ["LAYOUTS", "in_layout"]

LAYOUTS = ("contiguous", "transposed", "strided", "negative", "broadcast")


def in_layout(x: Any, layout: str) -> Any:
    """The values of a tensor in another memory layout, on the same device.

    Parameters
    ----------
    x : Tensor
        Any shape and dtype; its graph is left behind.
    layout : str
        ``"contiguous"``: row-major; ``"transposed"``: column-major; ``"strided"``: every second place of a larger
        array; ``"negative"``: from the last place to the first; ``"broadcast"``: one slice repeated along the first
        axis with a stride of zero, so there the values of the first slice are everywhere.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.testing import in_layout
    >>> in_layout(tg.asarray([[1, 2], [3, 4]]), "negative").array.strides
    (-16, -8)
    """
    with no_grad():
        x = copy(x.detach())
        if layout == "contiguous":
            return x
        if layout == "transposed":
            axes = tuple(reversed(range(x.ndim)))
            return permute_dims(copy(permute_dims(x, axes)), axes)
        if layout == "strided":
            return stack([x, full_like(x, 1)], axis=-1)[..., 0]
        if layout == "negative":
            return flip(copy(flip(x)))
        if layout == "broadcast":
            return broadcast_to(x[:1], x.shape) if x.size and x.ndim else x
        raise ValueError(f"there is no layout {layout!r}; known are {', '.join(LAYOUTS)}")
