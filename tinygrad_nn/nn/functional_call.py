"""Calling a module as a function of its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..autograd.modes import current_mode, no_grad
from ..tensor import Tensor
from .module import Module

__all__ = ["functional_call"]


def functional_call(module: Module, parameters_and_buffers: Mapping[str, Tensor], args: Any,
                    kwargs: Mapping[str, Any] | None = None) -> Any:  # fmt: skip
    """Call a module with other tensors in the place of its parameters and buffers, for this call.

    So a module becomes a function to transform: of its parameters, by `tg.grad`, `tg.vmap`, `tg.jacobian` and the
    others.

    Parameters
    ----------
    module : Module
        It has its own parameters and buffers again afterwards, also when the call raises. Other threads must not use it
        meanwhile.
    parameters_and_buffers : mapping of str to Tensor
        By their names, as in `named_parameters` and `named_buffers`; those that are not given stay. Where a tensor is
        held in several places, one of its names stands for all of them. What the module writes to a buffer, in place or
        by assigning another tensor, ends in the given one.
    args : tuple, or a single argument
        What the module is called with.
    kwargs : mapping or None
        And by name.

    Returns
    -------
    Tensor or nest of them
        What the module returns.

    Raises
    ------
    TypeError
        `module` is none.
    KeyError
        A name is none of the module's.
    ValueError
        A tensor has another shape than the one it stands for, or two tensors are given for one that is shared.

    Examples
    --------
    The gradients of each sample's loss:

    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Linear(3, 1)
    >>> def loss(parameters, x, y):
    ...     return ((nn.functional_call(model, parameters, (x,)) - y) ** 2).sum()
    >>> parameters = {name: p.detach() for name, p in model.named_parameters()}
    >>> x, y = tg.ones((5, 3)), tg.zeros((5, 1))
    >>> each = tg.vmap(tg.grad(loss), in_axes=(None, 0, 0))(parameters, x, y)
    >>> each["weight"].shape
    (5, 1, 3)
    """
    if not isinstance(module, Module):
        raise TypeError(f"functional_call: wanted is a module, not {module!r} ({type(module).__name__})")
    recorder = current_mode().recorder
    if recorder is not None:  # it relies on what the module has, not on what stands for that now
        recorder.rely(module.modules())
    with _replaced(module, parameters_and_buffers):
        return module(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))


@contextmanager
def _replaced(module: Module, given: Mapping[str, Tensor]) -> Iterator[None]:
    own = {name: (holder, value) for name, holder, value in _places(module)}
    wanted: dict[Tensor, tuple[str, Tensor]] = {}  # for each tensor of the module, what is to stand for it
    unknown = [name for name in given if name not in own]
    if unknown:
        raise KeyError(
            f"functional_call: {type(module).__name__} has no parameter or buffer {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(own) or 'none'}"
        )
    for name, tensor in given.items():
        _, value = own[name]
        if not isinstance(tensor, Tensor):
            raise TypeError(f"functional_call: {name!r} is a {type(tensor).__name__}, wanted is a tensor")
        if tensor.shape != value.shape:
            raise ValueError(f"functional_call: {name!r} has shape {tensor.shape}, wanted is {value.shape}")
        first, other = wanted.setdefault(value, (name, tensor))
        if other is not tensor:
            raise ValueError(f"functional_call: {first!r} and {name!r} are one tensor of the module; give one for both")
    places = [(name.rpartition(".")[2], holder, value) for name, (holder, value) in own.items() if value in wanted]
    try:
        for attribute, holder, value in places:
            vars(holder)[attribute] = wanted[value][1]
        yield
        for attribute, holder, value in places:
            _, tensor = wanted[value]
            now = vars(holder)[attribute]
            if now is not tensor and isinstance(now, Tensor):
                with no_grad():
                    tensor[...] = now
    finally:
        for attribute, holder, value in places:
            vars(holder)[attribute] = value


def _places(module: Module) -> Iterator[tuple[str, Module, Tensor]]:
    """The places of parameters and buffers: the full name, the module that holds it, and the tensor."""
    holders = dict(module._every_module(""))
    for name, value, _ in module._every_tensor():
        yield name, holders[name.rpartition(".")[0]], value
