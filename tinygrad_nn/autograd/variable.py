"""The fields of a tensor, as the engine sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

__all__ = ["RECORDED", "WRITES", "Variable", "apart"]

# The places in a `version`: all writes in place to a piece of memory, and those of them that a graph recorded.
WRITES, RECORDED = 0, 1


def apart() -> tuple[list[int], int]:
    """What a tensor that is detached from others in its memory has `seen`: see `Variable`."""
    return [0], 0


class Variable:
    """An array with what differentiation needs; `tinygrad_nn.Tensor` adds operators and methods.

    Attributes
    ----------
    array : array
        The backend's array: it alone says on which device the tensor is.
    grad : Variable or None
        The gradient that backward left here; None until something has flowed.
    requires_grad : bool
        Whether operations on it are recorded.
    node : Node, Output or None
        Where it comes from in the graph; None for leaves and for whatever needs no gradient.
    version : list of two int
        How often its memory was written in place (all writes, recorded writes): one list shared with its views.
    seen : int, or tuple of (list of one int, int)
        The recorded writes that it knows of; fewer than in `version` means that a write through another view bypassed
        it. What is detached and its views need to know only of those through one of them: these are counted in a list
        that they share, and the number beside it says of how many this tensor knows.
    hooks : list of (int, callable) or None
        Called with a leaf's gradient at the end of backward; the number is 0, as for a node with one output.
    """

    __slots__ = ("__weakref__", "array", "grad", "hooks", "node", "requires_grad", "seen", "version")

    result_type: ClassVar[type[Any]]  # what operations return: Tensor, also where an input is a subclass of it
    namespace: ClassVar[Any]  # the xp of rules that run on tensors (create_graph)

    array: Any
    grad: Any
    hooks: list[tuple[int, Callable[[Any], Any]]] | None
    node: Any
    requires_grad: bool
    seen: int | tuple[list[int], int]
    version: list[int]

    @property
    def is_behind(self) -> bool:
        """Whether a recorded write bypassed it, so that its graph no longer tells where its values come from."""
        seen = self.seen
        return seen[0][0] != seen[1] if isinstance(seen, tuple) else seen != self.version[RECORDED]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each axis."""
        shape: tuple[int, ...] = self.array.shape
        return shape

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        return self.array.dtype
