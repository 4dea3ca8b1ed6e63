"""The backward walk: gradients flow from the roots to the leaves, later operations first.

Of complex numbers the walk carries ``dL/d Re - i dL/d Im``, on which the rules for real ones work as they are, with no
conjugation anywhere. What users see, and what leaves keep, is the conjugate ``dL/d Re + i dL/d Im``: the direction of
steepest ascent.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any, NoReturn

from ..backend import NAMESPACES
from ..backend.errors import DeviceError, GraphError
from .apply import make, refuse_behind
from .graph import Node, Output
from .modes import current_mode, enable_grad, is_grad_enabled, set_grad_enabled
from .variable import Variable, apart

__all__ = ["accumulate", "conjugate", "seed", "unbroadcast", "walk"]


def walk(roots: Iterable[tuple[Any, Any]], *, retain_graph: bool, create_graph: bool,
         targets: Iterable[Any] = ()) -> dict[Any, Any]:  # fmt: skip
    """Carry gradients from `roots` to the leaves.

    Parameters
    ----------
    roots : iterable of (node or leaf, gradient)
        Where to begin: what a tensor's graph place is (its node, or itself) and the gradient of it.
    retain_graph : bool
        Keep what the nodes saved, for another walk.
    create_graph : bool
        The gradients are tensors: the rules run on tensors and are recorded themselves.
    targets : iterable of Node, Output
        Places inside the graph whose gradients are wanted too.

    Returns
    -------
    dict
        The gradient of each leaf and target that something flowed to.
    """
    if create_graph and not is_grad_enabled():
        with enable_grad():
            return walk(roots, retain_graph=retain_graph, create_graph=True, targets=targets)
    pending: dict[Any, Any] = {}  # gradients on their way: of leaves, of nodes (a list where they have several outputs)
    heap: list[tuple[int, Node]] = []
    lifted = None
    for place, gradient in roots:
        if not create_graph and NAMESPACES[type(gradient)].rank == 2:  # as in vmap of a backward
            lifted = NAMESPACES[type(gradient)]
        _send(place, gradient, pending, heap)
    wanted = {place.node if type(place) is Output else place for place in targets}
    reached = {}
    while heap:
        node = heappop(heap)[1]
        g = pending.pop(node)
        if node.hooks:
            g = _hooked(node, g, create_graph)
        if wanted and node in wanted:
            reached[node] = g
        saved = node.saved
        if saved is None:
            _raise_freed(node)
        for _, version, writes in node.versions:
            if version[0] != writes:
                _raise_overwritten(node)
        op = node.op
        rules = op.rules
        attrs = node.attrs
        parents = node.parents
        xp = lifted or node.xp
        if xp.prepare is not None:  # another GPU to be selected, or numbers that have to be widened
            xp, g, saved = xp.prepare(op.name, g, saved)
        if create_graph:
            xp = Variable.namespace
            saved = _as_tensors(node)
        if not retain_graph:
            node.saved = node.parents = None
        if op.outer is not None:
            g = op.outer(xp, g, *saved, **attrs)
        for i, parent in enumerate(parents):
            if parent is None:
                continue
            d = rules[i](xp, g, *saved, **attrs)
            if d.shape != parent.shape:
                if not op.broadcasts:
                    _raise_misshapen(op, i, d, parent)
                d = unbroadcast(xp, d, parent.shape)
            if d.dtype is not parent.dtype and d.dtype != parent.dtype:
                if d.dtype.kind == "c" and parent.dtype.kind != "c":
                    d = xp.real(d)
                d = xp.astype(d, parent.dtype)
            # What _send does, with the gradient of a leaf in memory of its own: nobody else may hold it.
            if type(parent) is Output:
                _send(parent, d, pending, heap)
            elif parent in pending:
                pending[parent] = pending[parent] + d
            elif type(parent) is Node:
                pending[parent] = d
                heappush(heap, (parent.order, parent))
            else:
                pending[parent] = xp.copy(d) if d is g or xp.is_view(d) or (type(g) is list and _is_part(d, g)) else d
    return pending | reached if reached else pending


def seed(tensor: Any, gradient: Any, create_graph: bool) -> Any:
    """The gradient of a root to begin with: a tensor if the walk is to be recorded, else an array."""
    if not tensor.requires_grad:
        raise GraphError(
            "this tensor does not require a gradient: nothing it was computed from does, or it was computed under "
            "no_grad; set requires_grad=True on a leaf"
        )
    if tensor.is_behind:
        refuse_behind("backward", tensor)
    if gradient is None:
        if tensor.array.size != 1:
            raise GraphError(
                f"backward of a tensor of shape {tensor.shape} needs the gradient to start from: reduce it to one "
                "element (mean, sum) or pass gradient= of its shape"
            )
        if tensor.array.dtype.kind == "c":
            raise GraphError(
                "backward of a complex tensor needs the gradient to start from: make it real (abs, real) or pass "
                "gradient= of its shape"
            )
        gradient = make(NAMESPACES[type(tensor.array)].ones_like(tensor.array))
    else:
        gradient = _fitting(gradient, tensor)
    if tensor.node is None:  # a leaf owns its gradient
        with set_grad_enabled(create_graph):
            gradient = Variable.namespace.copy(gradient)
    return conjugate(gradient, create_graph) if create_graph else conjugate(gradient.array, create_graph)


def _fitting(gradient: Any, tensor: Any) -> Any:
    """The gradient that was given for `tensor`, as a tensor of its dtype; refused where it is not for that one."""
    if not isinstance(gradient, Variable):
        gradient = tensor.result_type(gradient, tensor.dtype, tensor.device)
    if gradient.shape != tensor.shape:
        raise GraphError(f"gradient= has shape {gradient.shape}, the tensor {tensor.shape}; they must be the same")
    if gradient.device != tensor.device:
        raise DeviceError(f"gradient= is on {gradient.device}, the tensor on {tensor.device}; move it with to_device")
    if gradient.dtype != tensor.dtype:
        gradient = gradient.astype(tensor.dtype)
    return gradient


def conjugate(g: Any, create_graph: bool) -> Any:
    """A gradient on its way between the walk and those outside of it: nothing is done to real ones."""
    if g.dtype.kind != "c":
        return g
    with set_grad_enabled(create_graph):
        return Variable.namespace.conj(g) if create_graph else Variable.namespace.conj(make(g)).array


def _is_part(d: Any, gs: list[Any]) -> bool:
    """Whether a rule has passed on one of the gradients it got."""
    return any(d is g for g in gs)


def _send(place: Any, d: Any, pending: dict[Any, Any], heap: list[tuple[int, Node]]) -> None:
    """Assign the first gradient that reaches a place, add later ones; never add into an array that is not ours."""
    if type(place) is Output:
        node = place.node
        if node not in pending:
            pending[node] = [None] * place.count
            heappush(heap, (node.order, node))
        parts = pending[node]
        held = parts[place.index]
        parts[place.index] = d if held is None else held + d
    elif place in pending:
        pending[place] = pending[place] + d
    else:
        pending[place] = d
        if type(place) is Node:
            heappush(heap, (place.order, place))


def _raise_freed(node: Node) -> NoReturn:
    raise GraphError(f"the graph of {node.op.name} was freed by an earlier backward; give that one retain_graph=True")


def _raise_overwritten(node: Node) -> NoReturn:
    shape = "" if node.shape is None else f" with output shape {node.shape}"  # it has one where there is one output
    raise GraphError(
        f"{node.op.name}{shape}: a tensor that its gradient reads was written in place after the forward; write to a "
        "copy() instead"
    )


def _raise_misshapen(op: Any, i: int, d: Any, parent: Any) -> NoReturn:
    raise GraphError(f"{op.name}: the rule of input {i} gave a gradient of shape {d.shape} for shape {parent.shape}")


def _hooked(node: Node, g: Any, create_graph: bool) -> Any:
    """The gradient of a node's output (a list of them where it has several) after its hooks."""
    parts = g if type(g) is list else [g]
    for index, hook in tuple(node.hooks or ()):  # a hook may remove itself
        if parts[index] is not None:
            parts[index] = _after(hook, parts[index], create_graph)
    return parts if type(g) is list else parts[0]


def _after(hook: Any, g: Any, create_graph: bool) -> Any:
    xp = Variable.namespace if create_graph else NAMESPACES[type(g)]
    with set_grad_enabled(create_graph):
        given = xp.copy(conjugate(g, create_graph))  # g may be the gradient of others, too, and the hook may write
        result = hook(given if create_graph else make(given))
    if result is None:
        return g
    if not isinstance(result, Variable) or result.shape != g.shape:
        raise GraphError(f"a gradient hook must return None or a tensor of shape {g.shape}, not {result!r}")
    if result.dtype != g.dtype:
        result = Variable.namespace.astype(result, g.dtype)
    return conjugate(result if create_graph else result.array, create_graph)


def _as_tensors(node: Node) -> list[Any]:
    """What the node saved, as tensors with their places in the graph, so that rules on them are recorded.

    They have the versions of the tensors that the values were saved from, so that later writes are noticed, too.
    """
    versions = {place: version for place, version, _ in node.versions}

    def again(place: int, value: Any, origin: Any) -> Any:
        tensor = make(value, origin, origin is not None)
        if place in versions:
            tensor.version, tensor.seen = versions[place], apart()
        return tensor

    y, *inputs = node.saved
    if type(y) is tuple:
        y = tuple(
            part if part is None else again(-i, part, Output(node, i, len(y), part.shape, part.dtype))
            for i, part in enumerate(y)
        )
    elif y is not None:
        y = again(0, y, node)
    for i, (value, parent) in enumerate(zip(inputs, node.parents)):
        if value is parent or type(value) not in NAMESPACES:  # unread, or a Python scalar
            continue
        inputs[i] = parent if isinstance(parent, Variable) else again(i + 1, value, parent)
    return [y, *inputs]


def unbroadcast(xp: Any, g: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum `g` over the axes along which an input of `shape` was repeated."""
    added = g.ndim - len(shape)
    if added:
        g = xp.sum(g, axis=tuple(range(added)))
        if g.shape == shape:
            return g
    repeated = tuple(i for i, (size, wanted) in enumerate(zip(g.shape, shape)) if size != wanted)
    if repeated:
        g = xp.sum(g, axis=repeated, keepdims=True)
    return g


def accumulate(found: dict[Any, Any], create_graph: bool) -> None:
    """Add gradients to the `grad` of their leaves, through the hooks of these."""
    recorder = current_mode().recorder
    for leaf, g in found.items():
        if leaf.hooks:
            for _, hook in tuple(leaf.hooks):
                g = _after(hook, g, create_graph)
            if not create_graph:  # a hook may have kept it, or given what belongs to somebody else
                g = NAMESPACES[type(leaf.array)].copy(g)
        if g.dtype.kind == "c":
            g = conjugate(g, create_graph)
        if recorder is not None:
            recorder.lift_grads((leaf,))
        held = leaf.grad
        if not create_graph:
            xp = NAMESPACES[type(leaf.array)]
            if xp.multi_device:
                xp.select("accumulate", (leaf.array, g))
            if held is not None:
                g = held.array + g
            g = make(g if type(g) in NAMESPACES else xp.wrap(g))
        elif held is not None:
            with enable_grad():
                g = held + g
        leaf.grad = g
