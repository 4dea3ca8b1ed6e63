"""Parametrisation: an attribute of a module that is computed from parameters of its own whenever it is read.

A parameter or buffer of a module that has a parametrisation is gone from the module's attributes; what it is computed
from lies in ``module.parametrizations``, under PyTorch's names. Python then asks the class of the module for the
attribute. So such a module gets a class of the same name, derived from its own, where a `Computed` answers: no other
module notices, and attributes of other names are read as fast as ever.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from ..autograd.modes import no_grad
from ..tensor import Tensor
from .containers import ModuleDict, ModuleList
from .module import Module
from .parameter import Parameter

__all__ = ["Parametrization", "ParametrizationList", "is_parametrized", "register_parametrization",
           "remove_parametrizations"]  # fmt: skip

M = TypeVar("M", bound=Module)


class Parametrization(Module):
    """A module whose `forward` computes an attribute of another one.

    Any module with such a `forward` will do, and with a `right_inverse` if it shall not start from the value itself.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.nn.parametrize import Parametrization, register_parametrization
    >>> class Symmetric(Parametrization):
    ...     def forward(self, x):
    ...         return tg.triu(x) + tg.triu(x, k=1).mT
    ...     def right_inverse(self, value):
    ...         return tg.triu(value)
    >>> layer = register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.mT).all())
    True
    """

    def right_inverse(self, value: Tensor) -> Any:
        """What `forward` makes `value` of: a tensor, or a tuple of those that it takes. By default the value itself.

        It raises NotImplementedError where there is none: then `forward` starts from the value, and none is assigned.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn.nn.parametrize import Parametrization
        >>> Parametrization().right_inverse(tg.ones(2)).tolist()
        [1.0, 1.0]
        """
        return value


class ParametrizationList(ModuleList):
    """What an attribute is computed from, and the modules that compute it, one after the other.

    Parameters
    ----------
    parametrization : Module
        The first of these modules.
    value : Tensor
        What the attribute has been; a parameter or a buffer.

    Attributes
    ----------
    original : Tensor
        What it is computed from. Where the first parametrisation takes several, they are ``original0``, ``original1``
        and so on.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> layer.parametrizations["weight"].original0.shape
    (2, 1)
    """

    def __init__(self, parametrization: Module, value: Tensor) -> None:
        super().__init__([parametrization])
        trained = isinstance(value, Parameter)
        with no_grad():
            try:
                start = _right_inverse(parametrization, value)
            except NotImplementedError:
                start = value
            self.names = [f"original{i}" for i in range(len(start))] if isinstance(start, tuple) else ["original"]
            if not isinstance(start, tuple):
                if start is not value:
                    value[...] = start
                start = (value,)  # the same object, so that an optimizer keeps hold of it
        for name, tensor in zip(self.names, start):
            if not trained:
                self.register_buffer(name, tensor)
            elif tensor is value and len(start) == 1:
                setattr(self, name, tensor)
            else:
                setattr(self, name, Parameter(tensor.detach().copy(), value.requires_grad))

    def forward(self) -> Tensor:
        """The value of the attribute."""
        first, *others = self
        value: Tensor = first(*(getattr(self, name) for name in self.names))
        for module in others:
            value = module(value)
        return value

    def assign(self, value: Tensor) -> None:
        """Write what makes the attribute have this value, as far as the parametrisations can, into the originals.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> layer = nn.parametrizations.weight_norm(nn.Linear(2, 1))
        >>> layer.weight = tg.asarray([[3.0, 4.0]])
        >>> layer.parametrizations["weight"].original0.tolist()
        [[5.0]]
        """
        if not isinstance(value, Tensor):
            raise TypeError(f"a parametrised attribute is assigned a {type(value).__name__}, wanted is a tensor")
        start: Any = value
        with no_grad():
            for module in reversed(list(self)):
                start = _right_inverse(module, start)
            pairs = list(zip(self.names, start if isinstance(start, tuple) else (start,), strict=True))
            for name, tensor in pairs:
                wanted = getattr(self, name).shape
                if tensor.shape != wanted:
                    raise ValueError(
                        f"a parametrised attribute is assigned a tensor of shape {value.shape}, for which {name} would "
                        f"have shape {tensor.shape}; wanted is {wanted}"
                    )
            for name, tensor in pairs:
                getattr(self, name)[...] = tensor


def _right_inverse(parametrization: Module, value: Tensor) -> Any:
    """What a parametrisation makes a value of: by its right inverse, which any class of modules may define."""
    inverse: Any = getattr(type(parametrization), "right_inverse", Parametrization.right_inverse)
    return inverse(parametrization, value)


class Computed:
    """On a class, under the name of an attribute: computes it for instances, which have none of their own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, module: Module | None, kind: type[Module]) -> Any:
        return None if module is None else _of(module)[self.name]()  # the class itself has no such attribute


class _Parametrized(Module):
    """What modules with computed attributes have beside their own class, which comes behind it."""

    def __setattr__(self, name: str, value: Any) -> None:
        computed = _of(self).get(name)
        if computed is None:
            super().__setattr__(name, value)
        else:
            computed.assign(value)

    def __reduce_ex__(self, protocol: Any) -> Any:  # a copy, or what a pickle has
        return _without_attributes, (_own_class(self), *_of(self)), self.__dict__


def _own_class(module: Module) -> Any:
    """That which it has had before anything was computed."""
    kind = type(module)
    return kind.__bases__[1] if isinstance(module, _Parametrized) else kind


@lru_cache
def _computing(kind: type[Module], names: frozenset[str]) -> type[Module]:
    """A class like `kind` whose instances compute the attributes of these names."""
    like = {name: getattr(kind, name) for name in ("__module__", "__qualname__", "__doc__")}
    return type(kind.__name__, (_Parametrized, kind), like | {name: Computed(name) for name in names})


def _without_attributes(kind: Any, *names: str) -> Module:
    computing = _computing(kind, frozenset(names))
    return computing.__new__(computing)


def _of(module: Module) -> dict[str, ParametrizationList]:
    """The parametrisations of a module, by the names of the attributes."""
    return dict(module.__dict__["parametrizations"].items()) if "parametrizations" in module.__dict__ else {}


def is_parametrized(module: Module, name: str | None = None) -> bool:
    """Whether an attribute of a module has a parametrisation; without a name, whether any has.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> nn.parametrize.is_parametrized(layer, "weight"), nn.parametrize.is_parametrized(layer, "bias")
    (True, False)
    """
    return bool(_of(module)) if name is None else name in _of(module)


def register_parametrization(module: M, name: str, parametrization: Module) -> M:
    """Let an attribute of a module be computed whenever it is read.

    Its value is ``parametrization(original)``, where the original, a parameter if the attribute was one, starts as
    ``parametrization.right_inverse(value)``. A second parametrisation of the same attribute takes the value of the
    first. Assigning a tensor to the attribute goes through the right inverses.

    Parameters
    ----------
    module : Module
        Has the parameter or buffer.
    name : str
        Its name.
    parametrization : Module
        Computes a tensor of the same shape and dtype; see `Parametrization`.

    Returns
    -------
    Module
        `module`. An optimizer made before does not know of parameters that are new: where the right inverse gives one
        tensor, the parameter stays the same.

    Raises
    ------
    TypeError
        The parametrisation is no module.
    AttributeError
        The class of the module has an attribute of that name: the instances without one of their own need it.
    ValueError
        There is no such parameter or buffer, or the computed value has another shape or dtype.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrize.register_parametrization(nn.Linear(3, 2), "weight", nn.Softplus())
    >>> bool((layer.weight > 0).all()), list(layer.state_dict())
    (True, ['bias', 'parametrizations.weight.original'])
    """
    if not isinstance(parametrization, Module):
        raise TypeError(
            f"register_parametrization: the parametrisation is a {type(parametrization).__name__}, wanted is a module"
        )
    on_class = [vars(kind)[name] for kind in type(module).__mro__ if name in vars(kind)]
    if not all(isinstance(attribute, Computed) for attribute in on_class):
        raise AttributeError(
            f"register_parametrization: {type(module).__name__} has a class attribute {name!r}, which the computed one "
            "would replace; assign it in __init__ only"
        )
    held = _of(module)
    parametrization.train(module.training)
    value = held[name]() if name in held else dict(module._members()).get(name)
    if name not in held and not (isinstance(value, Parameter) or (name in module._buffers and value is not None)):
        raise ValueError(f"register_parametrization: {type(module).__name__} has no parameter or buffer {name!r}")
    assert isinstance(value, Tensor)
    before = value.detach().copy()
    computed = ParametrizationList(parametrization, value) if name not in held else held[name]
    try:
        with no_grad():
            made = computed() if name not in held else parametrization(value)
        if made.shape != value.shape or made.dtype != value.dtype:
            raise ValueError(
                f"register_parametrization: {type(parametrization).__name__} gives {made.dtype}{list(made.shape)} for "
                f"{name!r}, which is {value.dtype}{list(value.shape)}; wanted are the same shape and dtype"
            )
    except BaseException:
        with no_grad():
            value[...] = before
        raise
    if name in held:
        computed.append(parametrization)
        return module
    delattr(module, name)
    owner: Any = module
    if not held:
        owner.parametrizations = ModuleDict()
    owner.parametrizations[name] = computed
    owner.__class__ = _computing(_own_class(module), frozenset(_of(module)))
    return module


def remove_parametrizations(module: M, name: str, leave_parametrized: bool = True) -> M:
    """Make a computed attribute a parameter, or a buffer, again.

    Parameters
    ----------
    module : Module
        Has the attribute.
    name : str
        Its name.
    leave_parametrized : bool
        Whether it keeps the value that was computed; else it gets back what that was computed from, which must be a
        single tensor.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    ValueError
        The attribute has no parametrisation, or is computed from several tensors and is not to keep its value.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> list(nn.parametrize.remove_parametrizations(layer, "weight").state_dict())
    ['bias', 'weight']
    """
    if not is_parametrized(module, name):
        raise ValueError(f"remove_parametrizations: {type(module).__name__} has no parametrisation of {name!r}")
    computed = _of(module)[name]
    if not leave_parametrized and len(computed.names) > 1:
        raise ValueError(f"remove_parametrizations: {name!r} is computed from several tensors; it must keep its value")
    original = getattr(computed, computed.names[0])
    trained = isinstance(original, Parameter)
    if leave_parametrized:
        with no_grad():
            value = computed().copy()
            if len(computed.names) == 1:
                original[...] = value
            else:
                original = Parameter(value, original.requires_grad) if trained else value
    owner: Any = module
    own = _own_class(module)
    del owner.parametrizations[name]
    if is_parametrized(module):
        owner.__class__ = _computing(own, frozenset(_of(module)))
    else:
        owner.__class__ = own
        del owner.parametrizations
    if trained:
        setattr(module, name, original)
    else:
        module.register_buffer(name, original)
    return module
