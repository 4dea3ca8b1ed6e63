"""Modules that hold parameters, in order or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from ..tensor import Tensor
from .module import Module
from .parameter import Parameter

__all__ = ["ParameterDict", "ParameterList"]


class _Parameters(Module):
    """What holds parameters: they are its attributes, so a list's have the names ``"0"``, ``"1"`` and so on."""

    _names: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.__dict__["_names"] = []

    def _held(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._names}

    def _hold(self, name: str, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"{type(self).__name__}: {name!r} is a {type(value).__name__}; wanted is a Parameter")
        setattr(self, name, value if isinstance(value, Parameter) else Parameter(value.detach()))
        if name not in self._names:
            self._names.append(name)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        lines = [f"\n  ({name}): {p.dtype}{list(p.shape)}" for name, p in self._held().items()]
        return f"{type(self).__name__}({''.join(lines)}{chr(10) if lines else ''})"


class ParameterList(_Parameters):
    """A list of parameters, which count as those of the module that holds it.

    Parameters
    ----------
    values : iterable of Parameter
        Other tensors become parameters.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> class Polynomial(nn.Module):
    ...     def __init__(self, degree):
    ...         super().__init__()
    ...         self.coefficients = nn.ParameterList(tg.ones(()) for _ in range(degree + 1))
    ...     def forward(self, x):
    ...         return sum(c * x**i for i, c in enumerate(self.coefficients))
    >>> model = Polynomial(2)
    >>> model(tg.asarray([1.0, 2.0])).tolist()
    [3.0, 7.0]
    >>> list(model.state_dict())
    ['coefficients.0', 'coefficients.1', 'coefficients.2']
    """

    def __init__(self, values: Iterable[Tensor] = ()) -> None:
        super().__init__()
        self.extend(values)

    def _place(self, index: int) -> str:
        """The name of the parameter at a place, which may be counted from the end."""
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"ParameterList: index {index} is out of range for {count} parameters")
        return str(index % count)

    @overload
    def __getitem__(self, index: int) -> Parameter: ...
    @overload
    def __getitem__(self, index: slice) -> ParameterList: ...
    def __getitem__(self, index: int | slice) -> Parameter | ParameterList:
        if isinstance(index, slice):
            return ParameterList(list(self)[index])
        parameter: Parameter = getattr(self, self._place(index))
        return parameter

    def __setitem__(self, index: int, value: Tensor) -> None:
        self._hold(self._place(index), value)

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._held().values())

    def append(self, value: Tensor) -> ParameterList:
        """Add a parameter at the end."""
        self._hold(str(len(self)), value)
        return self

    def extend(self, values: Iterable[Tensor]) -> ParameterList:
        """Add parameters at the end."""
        for value in values:
            self.append(value)
        return self


class ParameterDict(_Parameters):
    """Parameters by name, which count as those of the module that holds it.

    Parameters
    ----------
    values : mapping of str to Parameter, or iterable of pairs
        Other tensors become parameters.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> scales = nn.ParameterDict({"width": tg.ones(2), "height": tg.ones(3)})
    >>> scales["width"]
    Parameter([1., 1.], dtype=float32, requires_grad=True)
    >>> scales
    ParameterDict(
      (width): float32[2]
      (height): float32[3]
    )
    """

    def __init__(self, values: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]] = ()) -> None:
        super().__init__()
        self.update(values)

    def __getitem__(self, name: str) -> Parameter:
        if name not in self._names:
            raise KeyError(name)
        parameter: Parameter = getattr(self, name)
        return parameter

    def __setitem__(self, name: str, value: Tensor) -> None:
        self._hold(name, value)

    def __delitem__(self, name: str) -> None:
        self.pop(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._held().keys()

    def values(self) -> Iterable[Parameter]:
        """The parameters."""
        return self._held().values()

    def items(self) -> Iterable[tuple[str, Parameter]]:
        """The names with their parameters."""
        return self._held().items()

    def get(self, name: str, default: Tensor | None = None) -> Tensor | None:
        """The parameter of that name, or `default` where there is none."""
        return self._held().get(name, default)

    def pop(self, name: str) -> Parameter:
        """Take a parameter out."""
        parameter = self[name]
        delattr(self, name)
        self._names.remove(name)
        return parameter

    def update(self, values: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]) -> None:
        """Add parameters, or replace those that have the same names."""
        for name, value in dict(values).items():
            self._hold(name, value)
