"""Gradients as values: of some tensors with respect to others, without touching `grad`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backend import NAMESPACES
from ..backend.errors import GraphError
from .apply import make
from .backward import conjugate, seed, walk
from .graph import Output
from .modes import set_grad_enabled
from .variable import Variable

__all__ = ["grad"]


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    retain_graph: bool = False,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`; no `grad` is written.

    Parameters
    ----------
    outputs : Tensor or sequence of Tensor
        What to differentiate; several count as their sum.
    inputs : Tensor or sequence of Tensor
        Leaves or computed tensors that `outputs` were computed from.
    grad_outputs : Tensor, None, or sequence of them
        The gradient of the final result with respect to each output; None means one, for an output of one element.
    retain_graph : bool
        Keep the graph for another backward.
    create_graph : bool
        Record the backward itself, so that the results can be differentiated; implies `retain_graph`.
    allow_unused : bool
        Give None for an input that the outputs do not depend on, instead of an error.

    Returns
    -------
    tuple of (Tensor or None)
        One for each input, of its shape and dtype.

    Raises
    ------
    GraphError
        An input is not in the graph, or there is no graph.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.asarray(3.0, requires_grad=True)
    >>> (dx,) = tg.autograd.grad(x**3, x, create_graph=True)
    >>> (ddx,) = tg.autograd.grad(dx, x)
    >>> dx.item(), ddx.item()
    (27.0, 18.0)
    """
    outputs, inputs = _sequence(outputs), _sequence(inputs)
    seeds = _sequence(grad_outputs) if grad_outputs is not None else [None] * len(outputs)
    if len(seeds) != len(outputs):
        raise ValueError(f"grad: {len(seeds)} grad_outputs for {len(outputs)} outputs")
    for i, x in enumerate(inputs):
        if not isinstance(x, Variable):
            raise TypeError(f"grad: input {i} is a {type(x).__name__}, not a tensor that they were computed from")
        if not x.requires_grad:
            raise GraphError(f"grad: input {i} does not require a gradient; set requires_grad=True before using it")
    found = walk(
        [(y.node or y, seed(y, g, create_graph)) for y, g in zip(outputs, seeds)],
        retain_graph=retain_graph or create_graph,
        create_graph=create_graph,
        targets=[x.node for x in inputs if x.node is not None],
    )
    results = []
    for i, x in enumerate(inputs):
        g = _of(x, found)
        if g is None and not allow_unused:
            raise GraphError(f"grad: the outputs do not depend on input {i}; allow_unused=True gives None for it")
        if g is not None:
            g = conjugate(g, create_graph)
        if g is not None and not create_graph:
            g = make(NAMESPACES.get(type(g), NAMESPACES[type(x.array)]).wrap(g))
        if g is not None and (x.node is not None or any(x is other for other in inputs[:i])):
            with set_grad_enabled(create_graph):
                g = Variable.namespace.copy(g)  # the walk may have passed it on, or it is there already
        results.append(g)
    return tuple(results)


def _sequence(tensors: Any) -> Sequence[Any]:
    return (tensors,) if isinstance(tensors, Variable) else tuple(tensors)


def _of(x: Any, found: dict[Any, Any]) -> Any:
    if type(x.node) is Output:
        parts = found.get(x.node.node)
        return parts and parts[x.node.index]
    return found.get(x.node or x)
