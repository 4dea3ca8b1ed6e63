"""The fields of a tensor, as the engine sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

__all__ = ["RECORDED", "WRITES", "Variable"]

# The places in a `version`: all writes in place to a piece of memory, and those of them that a graph recorded.
WRITES, RECORDED = 0, 1


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
    seen : int or None
        The recorded writes that it knows of; fewer than in `version` means that a write through another view bypassed
        it. None for what is detached, which need not know.
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
    seen: int | None
    version: list[int]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of elements along each axis."""
        shape: tuple[int, ...] = self.array.shape
        return shape

    @property
    def dtype(self) -> Any:
        """Type of the elements."""
        return self.array.dtype
