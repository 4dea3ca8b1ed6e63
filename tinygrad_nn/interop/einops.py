"""einops on tensors: ``rearrange``, ``reduce``, ``repeat``, ``einsum``, ``pack`` and ``unpack``, with gradients."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from .. import ops
from ..backend.dtypes import is_differentiable
from ..creation import arange
from ..tensor import Tensor

__all__ = ["register_einops"]


@cache
def register_einops() -> None:
    """Let einops take tensors, from now on in the whole process.

    einops finds out what an array is by asking each backend that it knows; this makes one of ours known to it. To call
    this again does nothing.

    Raises
    ------
    ImportError
        einops is not installed.

    References
    ----------
    Rogozhnikov, Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation, ICLR 2022.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.interop import register_einops
    >>> register_einops()
    >>> from einops import rearrange, reduce
    >>> images = tg.ones((2, 3, 4, 4))
    >>> rearrange(images, "b c h w -> b (h w) c").shape
    (2, 16, 3)
    >>> reduce(images, "b c (h 2) (w 2) -> b c h w", "mean").shape
    (2, 3, 2, 2)
    """
    try:
        from einops._backends import AbstractBackend, get_backend
    except ImportError as error:
        raise ImportError("register_einops needs einops; pip install einops") from error

    class Backend(AbstractBackend):  # type: ignore[misc]
        """What einops asks of a framework; it finds the class among those that derive from its own."""

        framework_name = "tinygrad_nn"

        def is_appropriate_type(self, tensor: Any) -> bool:
            return isinstance(tensor, Tensor)

        def from_numpy(self, x: Any) -> Tensor:
            return Tensor(x)

        def to_numpy(self, x: Tensor) -> Any:
            return x.detach().numpy()

        def arange(self, start: int, stop: int) -> Tensor:
            return arange(start, stop)

        def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
            return ops.permute_dims(x, axes)

        def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
            return ops.stack(tensors)

        def add_axes(self, x: Tensor, n_axes: int, pos2len: dict[int, int]) -> Tensor:
            x = ops.expand_dims(x, tuple(pos2len))  # the positions are those in the result
            return ops.broadcast_to(x, [pos2len.get(i, size) for i, size in enumerate(x.shape)])

        def concat(self, tensors: Sequence[Tensor], axis: int) -> Tensor:
            return ops.concat(tensors, axis)

        def is_float_type(self, x: Tensor) -> bool:
            return bool(is_differentiable(x.dtype))

        def einsum(self, pattern: str, *tensors: Tensor) -> Tensor:
            return ops.einsum(pattern, *tensors)

    get_backend(Tensor(0.0))  # einops finds the class and holds it from now on; nobody else does
