"""`Module`: the base of every layer and model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn, TypeVar

from .. import backend
from ..autograd.anomaly import report_calls
from ..autograd.modes import current_mode
from ..autograd.variable import WRITES
from ..autograd.words import refuse_arguments
from ..backend.dtypes import is_differentiable
from ..tensor import Tensor
from .parameter import Parameter
from .summary import Summary, summarize

__all__ = ["IncompatibleKeys", "Module"]

M = TypeVar("M", bound="Module")


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict(..., strict=False)`` passed over.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> keys = nn.Linear(2, 3).load_state_dict({}, strict=False)
    >>> keys.missing
    ['weight', 'bias']
    """

    missing: list[str]
    unexpected: list[str]


class Module:
    """A function with parameters: a layer, or a model made of layers.

    A subclass assigns its parameters and its sub-modules as attributes in ``__init__``, after ``super().__init__()``,
    and computes in ``forward``; calling the module calls ``forward``. A module's parameters, buffers and children are
    its attributes, in the order of their assignment; there is no other register of them. Its own parameters come
    before those of its children.

    Attributes
    ----------
    training : bool
        Whether layers that behave differently in training (dropout) do so; set by `train` and `eval`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self, size):
    ...         super().__init__()
    ...         self.factor = nn.Parameter(tg.ones(size))
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> model = Scale(2)
    >>> model(tg.asarray([3.0, 4.0])).tolist()
    [3.0, 4.0]
    >>> list(model.state_dict())
    ['factor']
    """

    training: bool
    _buffers: dict[str, bool]  # the names of the buffers, and whether each is part of the state
    _hooks: list[Callable[[Any, tuple[Any, ...], Any], Any]]

    def __init__(self, **unknown: NoReturn) -> None:
        if unknown:
            refuse_arguments(type(self).__name__, unknown)
        fields = self.__dict__
        fields["training"] = True
        fields["_buffers"] = {}
        fields["_hooks"] = []

    # Computing

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output; every module defines it.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> class Double(nn.Module):
        ...     def forward(self, x):
        ...         return 2 * x
        >>> Double()(tg.asarray([1.0, 2.0])).tolist()
        [2.0, 4.0]
        """
        raise NotImplementedError(f"{type(self).__name__} has no forward method")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        mode = current_mode()
        if mode.watched and mode.recorder is not None:
            mode.recorder.rely(self.modules())
        return self.forward(*args, **kwargs)

    def register_forward_hook(self, hook: Callable[[Any, tuple[Any, ...], Any], Any]) -> Callable[[], None]:
        """Call ``hook(module, inputs, output)`` after every forward; what it returns, if not None, is the new output.

        Returns
        -------
        callable
            Call it to remove the hook.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> layer = nn.Linear(2, 3)
        >>> remove = layer.register_forward_hook(lambda module, inputs, output: print(output.shape))
        >>> y = layer(tg.ones((4, 2)))
        (4, 3)
        >>> remove()
        """
        self._hooks.append(hook)
        self.__dict__["forward"] = self._hooked_forward  # shadows the class's method, so no hooks cost nothing

        def remove() -> None:
            if hook in self._hooks:
                self._hooks.remove(hook)
            if not self._hooks:
                self.__dict__.pop("forward", None)

        return remove

    def _hooked_forward(self, *args: Any, **kwargs: Any) -> Any:
        output = type(self).forward(self, *args, **kwargs)
        for hook in tuple(self._hooks):
            result = hook(self, args, output)
            output = output if result is None else result
        return output

    # Attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Parameter, Module)):
            self._check_name(name)
        elif isinstance(self.__dict__.get(name), Parameter) and value is not None:
            raise TypeError(
                f"{type(self).__name__}.{name} is a Parameter and cannot become a {type(value).__name__}; assign an "
                f"nn.Parameter, None, or write the values under tg.no_grad(): module.{name}[...] = values"
            )
        elif name in self.__dict__.get("_buffers", ()) and not (value is None or isinstance(value, Tensor)):
            raise TypeError(
                f"{type(self).__name__}.{name} is a buffer and cannot become a {type(value).__name__}; "
                "assign a tensor or None"
            )
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._buffers.pop(name, None)

    def _check_name(self, name: str) -> None:
        """Refuse names that could not be told apart in a state or that hide a method."""
        kind = type(self).__name__
        if "_buffers" not in self.__dict__:
            raise AttributeError(f"{kind}.{name} is assigned before super().__init__(); call that first in __init__")
        if not name or "." in name:
            raise ValueError(f"{kind}: {name!r} is no name for a parameter, buffer or module: it is empty or has a dot")
        if getattr(type(self), name, None) is not None or name in ("training", "_buffers", "_hooks"):
            raise AttributeError(f"{kind}.{name} is a method or field of the module already; choose another name")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Keep a tensor that is not trained with the module: it moves with `to`, and is part of the state.

        Parameters
        ----------
        name : str
            Of the attribute; tensors assigned to it later are the buffer from then on.
        tensor : Tensor or None
            None for a buffer that is set later.
        persistent : bool
            Whether it is part of the `state_dict`.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> class Centred(nn.Module):
        ...     def __init__(self, mean):
        ...         super().__init__()
        ...         self.register_buffer("mean", mean)
        ...     def forward(self, x):
        ...         return x - self.mean
        >>> list(Centred(tg.ones(2)).state_dict())
        ['mean']
        """
        self._check_name(name)
        if not (tensor is None or isinstance(tensor, Tensor)):
            raise TypeError(f"register_buffer: {name!r} is a {type(tensor).__name__}; wanted is a Tensor or None")
        self._buffers[name] = persistent
        object.__setattr__(self, name, tensor)

    # Looking through

    def _members(self) -> Iterable[tuple[str, Any]]:
        """What the module holds, by name; containers hold more than their attributes."""
        return self.__dict__.items()

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that this one holds itself, with their names.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> list(nn.Sequential(nn.ReLU(), nn.Tanh()).named_children())
        [('0', ReLU()), ('1', Tanh())]
        """
        return ((name, m) for name, m in self._members() if isinstance(m, Module))

    def children(self) -> Iterator[Module]:
        """The modules that this one holds itself.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> list(nn.Sequential(nn.ReLU(), nn.Tanh()).children())
        [ReLU(), Tanh()]
        """
        return (module for _, module in self.named_children())

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, each once, with their dotted names (its own is `prefix`).

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
        >>> [name for name, _ in model.named_modules()]
        ['', '0', '0.0', '1']
        """
        seen = set()
        for name, module in self._every_module(prefix):
            if module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Sequential(nn.Sequential(nn.ReLU()), nn.Tanh())
        >>> [type(module).__name__ for module in model.modules()]
        ['Sequential', 'Sequential', 'ReLU', 'Tanh']
        """
        return (module for _, module in self.named_modules())

    def _every_module(self, prefix: str) -> Iterator[tuple[str, Module]]:
        """All places of modules, shared ones as often as they occur."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child._every_module(f"{prefix}.{name}" if prefix else name)

    def _every_tensor(self, prefix: str = "") -> Iterator[tuple[str, Tensor, bool]]:
        """All places of parameters and buffers, and whether each is part of the state."""
        for path, module in self._every_module(prefix):
            for name, value in module._members():
                if isinstance(value, Parameter) or (name in module._buffers and value is not None):
                    yield f"{path}.{name}" if path else name, value, module._buffers.get(name, True)

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module and of all below it, each once, with their dotted names.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> [(name, p.shape) for name, p in nn.Sequential(nn.Linear(2, 3), nn.ReLU()).named_parameters()]
        [('0.weight', (3, 2)), ('0.bias', (3,))]
        """
        seen = set()
        for name, value, _ in self._every_tensor(prefix):
            if isinstance(value, Parameter) and value not in seen:
                seen.add(value)
                yield name, value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and (unless `recurse` is false) of all below it, each once.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> sum(p.size for p in nn.Linear(2, 3).parameters())
        9
        """
        if not recurse:
            return iter(dict.fromkeys(value for _, value in self._members() if isinstance(value, Parameter)))
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """The buffers of this module and of all below it, each once, with their dotted names.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> [name for name, _ in nn.Sequential(nn.CrossEntropyLoss(weight=tg.ones(3))).named_buffers()]
        ['0.weight']
        """
        seen = set()
        for name, value, _ in self._every_tensor(prefix):
            if not isinstance(value, Parameter) and value not in seen:
                seen.add(value)
                yield name, value

    def buffers(self) -> Iterator[Tensor]:
        """The buffers of this module and of all below it, each once.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> [buffer.tolist() for buffer in nn.CrossEntropyLoss(weight=tg.ones(3)).buffers()]
        [[1.0, 1.0, 1.0]]
        """
        return (buffer for _, buffer in self.named_buffers())

    # State

    def state_dict(self) -> dict[str, Tensor]:
        """The parameters and persistent buffers by name, detached; they share the module's memory.

        A tensor that is held in several places appears under each of its names.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> {name: x.shape for name, x in nn.Linear(2, 3).state_dict().items()}
        {'weight': (3, 2), 'bias': (3,)}
        """
        return {name: value.detach() for name, value, kept in self._every_tensor() if kept}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy values into the parameters and buffers, in place.

        Parameters
        ----------
        state : mapping of str to Tensor or array
            As `state_dict` gives it; the values are converted to the dtype and device of the module's.
        strict : bool
            Refuse missing and unexpected keys; otherwise they are passed over.

        Returns
        -------
        IncompatibleKeys
            The keys that were passed over.

        Raises
        ------
        ValueError
            Naming every missing, unexpected and misshapen key; nothing is changed then.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> a, b = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> a.load_state_dict(b.state_dict())
        IncompatibleKeys(missing=[], unexpected=[])
        >>> (a.weight == b.weight).all().item()
        True
        """
        for path, module in self._every_module(""):
            module._prepare_for_state(state, path and f"{path}.")
        own = {name: value for name, value, kept in self._every_tensor() if kept}
        missing = [name for name in own if name not in state]
        unexpected = [name for name in state if name not in own]
        problems = []
        if strict and missing:
            problems.append(f"missing: {', '.join(missing)}")
        if strict and unexpected:
            problems.append(f"unexpected: {', '.join(unexpected)}")
        arrays = {}
        for name in own:
            if name in state:
                target, value = own[name], state[name]
                value = value.array if isinstance(value, Tensor) else value
                array = arrays[name] = backend.as_array(value, target.dtype, target.device)
                if array.shape != target.shape:
                    problems.append(f"{name} has shape {array.shape}, wanted {target.shape}")
        if problems:
            raise ValueError(f"load_state_dict: the state does not fit {type(self).__name__}: {'; '.join(problems)}")
        for name, array in arrays.items():
            own[name].array[...] = array
            own[name].version[WRITES] += 1
        return IncompatibleKeys(missing, unexpected)

    def _prepare_for_state(self, state: Mapping[str, Any], path: str) -> None:
        """What a module does before a state is loaded, in which its own names come after `path`; see `lazy`."""

    def to(self: M, device_or_dtype: Any) -> M:
        """Move the parameters and buffers to a device (a string), or convert the floating ones to a dtype.

        The parameters stay the same objects, so an optimizer keeps hold of them.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> nn.Linear(2, 3).to(tg.float64).weight.dtype
        dtype('float64')
        """
        if isinstance(device_or_dtype, str):
            device, dtype = backend.parse_device(device_or_dtype), None
        else:
            device, dtype = None, backend.as_dtype(device_or_dtype)
            if not is_differentiable(dtype):
                raise TypeError(f"to: a module's parameters cannot be {dtype}; wanted is a floating dtype")
        for _, tensor, _ in self._every_tensor():
            wanted = dtype if is_differentiable(tensor.dtype) else None
            for t in (tensor, tensor.grad):
                if t is not None:
                    t.array = backend.as_array(t.array, wanted, device)
        return self

    # Doing something to all

    def train(self: M, mode: bool = True) -> M:
        """Switch this module and all below it to training, or to evaluation.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Sequential(nn.Dropout()).train()
        >>> model.training, model[0].training
        (True, True)
        """
        for module in self.modules():
            module.training = mode
        return self

    def eval(self: M) -> M:
        """Switch this module and all below it to evaluation.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Sequential(nn.Dropout()).eval()
        >>> model.training, model[0].training
        (False, False)
        """
        return self.train(False)

    def apply(self: M, function: Callable[[Module], object]) -> M:
        """Call a function with every module below this one, then with this one.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> model = nn.Sequential(nn.ReLU(), nn.Tanh()).apply(lambda module: print(type(module).__name__))
        ReLU
        Tanh
        Sequential
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Train the parameters from now on, or freeze them.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> layer = nn.Linear(2, 3).requires_grad_(False)
        >>> [p.requires_grad for p in layer.parameters()]
        [False, False]
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of the parameters: ``grad`` is None again.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> layer = nn.Linear(2, 1)
        >>> layer(tg.ones((4, 2))).sum().backward()
        >>> layer.zero_grad()
        >>> print(layer.weight.grad)
        None
        """
        recorder = current_mode().recorder
        if recorder is not None:  # it restores the gradients from outside
            recorder.drop_grads(self.parameters())
        for parameter in self.parameters():
            parameter.grad = None

    # Showing

    def extra_repr(self) -> str:
        """What to show between the parentheses; layers show their settings.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> class Scale(nn.Module):
        ...     def __init__(self, factor):
        ...         super().__init__()
        ...         self.factor = factor
        ...     def extra_repr(self):
        ...         return f"factor={self.factor}"
        >>> Scale(3)
        Scale(factor=3)
        """
        return ""

    def __repr__(self) -> str:
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        lines = [extra, *lines] if extra else lines
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines) + "\n)"

    def summary(self, input_shape: tuple[int, ...] | None = None, dtype: Any = None) -> Summary:
        """A table of the modules with their output shapes and numbers of parameters; print it.

        Parameters
        ----------
        input_shape : tuple of int or None
            The shape of an input, batch included: zeros of it are passed through the module, in evaluation, to find
            the output shapes. None leaves them out.
        dtype : dtype or None
            Of that input; None is that of the first parameter.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> nn.Sequential(nn.Linear(4, 8), nn.ReLU()).summary(input_shape=(32, 4))
        module       output shape  parameters
        -------------------------------------
        Sequential   (32, 8)
          0: Linear  (32, 8)               40
          1: ReLU    (32, 8)
        -------------------------------------
        40 parameters, 40 of them trained, 160 bytes
        """
        return summarize(self, input_shape, dtype)


def _described(modules: list[Module]) -> str:
    """The innermost of modules that call each other, by its path from the outermost: ``Model.encoder.0 (Linear)``."""
    outer, inner = modules[0], modules[-1]
    root = type(outer).__name__
    paths = [path for path, module in outer.named_modules(root) if module is inner]
    if not paths:  # it is no attribute of the outermost
        return f"{root}, in a {type(inner).__name__}"
    return root if inner is outer else f"{paths[0]} ({type(inner).__name__})"


report_calls(Module.__call__, _described)
