"""The one place where an operation meets tensors: choose the namespace, compute, record.

Every operation of the framework passes through `apply`, so each line here is paid on each call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ..backend import NAMESPACES, resolve
from ..backend.errors import GraphError
from .graph import Node, Output
from .modes import current_mode
from .variable import RECORDED, WRITES, Variable
from .words import OUR_WORDS

__all__ = ["apply", "make", "refuse_behind"]

NO_ATTRIBUTES: Mapping[str, Any] = {}
SCALARS = frozenset((bool, int, float, complex))
_new = object.__new__


def apply(op: Any, inputs: tuple[Any, ...], attrs: Mapping[str, Any] = NO_ATTRIBUTES) -> Any:
    """Compute `op` on tensors, arrays and Python scalars, and record it where an input requires a gradient."""
    mode = current_mode()
    if mode.watched:
        if mode.observer is not None:
            return mode.observer.apply(op, inputs, attrs)
        mode.recorder.lift(inputs)
    arrays = []
    parents = []
    needs = 1  # a one, then one bit for each input: whether it needs a gradient
    kind = None
    for x in inputs:
        if isinstance(x, Variable):
            array = x.array
            seen: Any = x.seen
            if seen != x.version[RECORDED] and (type(seen) is int or seen[0][0] != seen[1]):  # as `is_behind`
                _check_behind(op, x, mode)
            if x.requires_grad:
                needs += needs + 1
                parents.append(x.node or x)
            else:
                needs += needs
                parents.append(None)
        else:
            array = x
            needs += needs
            parents.append(None)
        arrays.append(array)
        found = type(array)
        if found is not kind and found not in SCALARS:
            kind = found if kind is None and found in NAMESPACES else resolve(op.name, kind, array)
    if kind is None:  # Python scalars only
        if not inputs:
            raise TypeError(f"{op.name}: there are no arrays to compute with")
        return apply(op, tuple(Variable.result_type(x) for x in inputs), attrs)
    xp = NAMESPACES[kind]

    try:
        if xp.compute is None:
            forward = xp.kernels.get(op.kernel) or op.forward
            y = forward(xp, *arrays, **attrs) if attrs else forward(xp, *arrays)
        else:  # more than calling the forward: choosing one of several GPUs, transforming
            y, needs = xp.compute(op, inputs, arrays, parents, needs, attrs)
    except (IndexError, TypeError, ValueError) as error:
        raise _explained(op, arrays, attrs, error) from error

    node = None
    if mode.grad_enabled and needs & (needs - 1) and op.rules:
        keeps_output, kept = op.plans.get(needs) or op.plan(needs)
        saved = [None, *parents]
        versions = []
        for i in kept:
            saved[i + 1] = arrays[i]
            x = inputs[i]
            if isinstance(x, Variable):
                version = x.version
                versions.append((i + 1, version, version[WRITES]))
        node = Node(op, attrs, parents, saved, versions, xp)
    if type(y) is tuple:
        return _several(y, xp, node, node is not None and keeps_output)
    if type(y) is not kind and type(y) not in NAMESPACES:
        y = xp.wrap(y)
    # The fields are set here, not in an __init__: these are the hottest lines of the framework.
    tensor = _new(Variable.result_type)
    tensor.array = y
    tensor.grad = tensor.hooks = None
    if op.view and isinstance(inputs[0], Variable):
        tensor.version = inputs[0].version
        tensor.seen = inputs[0].seen
    else:
        tensor.version = [0, 0]
        tensor.seen = 0
    tensor.node = node
    if node is None:
        tensor.requires_grad = False
    else:
        tensor.requires_grad = True
        node.shape = y.shape
        node.dtype = y.dtype
        if keeps_output:
            saved[0] = y
            versions.append((0, tensor.version, tensor.version[WRITES]))
    return tensor


def make(array: Any, node: Any = None, requires_grad: bool = False) -> Any:
    """A tensor around an array of the backend."""
    tensor = _new(Variable.result_type)
    tensor.array = array
    tensor.grad = tensor.hooks = None
    tensor.version = [0, 0]
    tensor.seen = 0
    tensor.node = node
    tensor.requires_grad = requires_grad
    return tensor


def _several(ys: tuple[Any, ...], xp: Any, node: Node | None, keeps_output: Any) -> tuple[Any, ...]:
    """The outputs of an operation that has several: tensors that share one node, each at an `Output` of it."""
    ys = tuple([y if type(y) in NAMESPACES else xp.wrap(y) for y in ys])
    if node is None:
        return tuple([make(y) for y in ys])
    tensors = tuple([make(y, Output(node, i, len(ys), y.shape, y.dtype), True) for i, y in enumerate(ys)])
    if keeps_output:
        kept = range(len(ys)) if keeps_output is True else keeps_output
        node.saved[0] = tuple([y if i in kept else None for i, y in enumerate(ys)])
        node.versions += [(-i, tensors[i].version, 0) for i in kept]
    return tensors


def _check_behind(op: Any, x: Any, mode: Any) -> None:
    """Refuse a view that is behind, for it does not know of a recorded write, unless nothing is recorded."""
    if mode.grad_enabled or mode.level:
        refuse_behind(op.name, x)


def refuse_behind(name: str, x: Any) -> NoReturn:
    """Raise the error of using a tensor that a recorded write bypassed."""
    raise GraphError(
        f"{name}: this tensor of shape {x.shape} shares memory with one that was written in place, so its graph no "
        "longer tells where its values come from; take the view again after the write, or copy() it before"
    )


def _explained(op: Any, arrays: Any, attrs: Mapping[str, Any], error: Exception) -> Exception:
    """The same kind of exception, naming the operation and what it was given."""
    given = [f"{a.dtype}{list(a.shape)}" if type(a) in NAMESPACES else repr(a) for a in arrays]
    given += [f"{name}={value!r}" for name, value in attrs.items()]
    kind = next(k for k in (IndexError, TypeError, ValueError) if isinstance(error, k))
    hints = [f"; the argument is called {OUR_WORDS[name]!r} here" for name in attrs if name in OUR_WORDS]
    return kind(f"{op.name}({', '.join(given)}): {error}{''.join(hints)}")
