"""Modules that hold other modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from ..autograd.modes import current_mode
from .module import Module
from .together import passed_through

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


class _Container(Module):
    """What holds modules by name, beside its attributes."""

    _held: dict[str, Module]

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["_held"] = {}

    def _members(self) -> Iterable[tuple[str, Any]]:
        return (*self.__dict__.items(), *self._held.items())

    def _hold(self, name: str, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: {name!r} is a {type(module).__name__}; wanted is a Module")
        self._check_name(name)
        self._held[name] = module

    def __len__(self) -> int:
        return len(self._held)


class _Numbered(_Container):
    """What holds modules in order, named by their places unless names are given."""

    def _place(self, index: int) -> str:
        """The name at a place, which may be counted from the end."""
        names = list(self._held)
        if not -len(names) <= index < len(names):
            raise IndexError(f"{type(self).__name__}: index {index} is out of range for {len(names)} modules")
        return names[index]

    def __iter__(self) -> Iterator[Module]:
        return iter(self._held.values())

    def _renumber(self, modules: Iterable[Module]) -> None:
        self.__dict__["_held"] = {str(i): module for i, module in enumerate(modules)}

    def __setitem__(self, index: int, module: Module) -> None:
        self._hold(self._place(index), module)

    def __delitem__(self, index: int | slice) -> None:
        modules = list(self)
        numbered = list(self._held) == [str(i) for i in range(len(self))]
        if not numbered and isinstance(index, int):
            del self._held[self._place(index)]
            return
        del modules[index]
        self._renumber(modules)


class Sequential(_Numbered):
    """Modules one after the other: each gets the output of the one before.

    Parameters
    ----------
    *modules : Module, or one mapping of str to Module
        In the order of computation; with a mapping, each is an attribute under its name too.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> model(tg.ones((5, 4))).shape
    (5, 2)
    >>> model[:2]
    Sequential(
      (0): Linear(in_features=4, out_features=8, bias=True)
      (1): ReLU()
    )
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self._hold(name, module)
        else:
            self.extend(modules)

    def forward(self, x: Any) -> Any:
        """Pass `x` through all modules."""
        if not current_mode().watched:
            return passed_through(self._held.values(), x)
        for module in self._held.values():  # who watches sees each of them
            x = module(x)
        return x

    def __getattr__(self, name: str) -> Any:  # of what is no attribute: the names given in a mapping
        held = self.__dict__.get("_held", {})
        if name in held:
            return held[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_held", ()):
            self._hold(name, value)
        else:
            super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._held:
            del self._held[name]
        else:
            super().__delattr__(name)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module:
        if not isinstance(index, slice):
            return self._held[self._place(index)]
        numbered = list(self._held) == [str(i) for i in range(len(self))]
        items = list(self._held.items())[index]
        return Sequential(*(module for _, module in items)) if numbered else Sequential(dict(items))

    def append(self, module: Module) -> Sequential:
        """Add a module at the end."""
        self._hold(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Sequential:
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self


class ModuleList(_Numbered):
    """A list of modules whose parameters count as those of the module that holds it.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3))
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...
    def __getitem__(self, index: int | slice) -> Module:
        if isinstance(index, slice):
            return ModuleList(list(self)[index])
        return self._held[self._place(index)]

    def append(self, module: Module) -> ModuleList:
        """Add a module at the end."""
        self._hold(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add a module before the one at a place."""
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)


class ModuleDict(_Container):
    """Modules by name, whose parameters count as those of the module that holds it.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> choices = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> choices["tanh"]
    Tanh()
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] = ()) -> None:
        super().__init__()
        self.update(modules)

    def __getitem__(self, name: str) -> Module:
        return self._held[name]

    def __setitem__(self, name: str, module: Module) -> None:
        self._hold(name, module)

    def __delitem__(self, name: str) -> None:
        del self._held[name]

    def __contains__(self, name: object) -> bool:
        return name in self._held

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._held.keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._held.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """The names with their modules."""
        return self._held.items()

    def pop(self, name: str) -> Module:
        """Take a module out."""
        return self._held.pop(name)

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, or replace those that have the same names."""
        for name, module in dict(modules).items():
            self._hold(name, module)
