"""`Tensor`: an array, its gradient, operators and methods."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from weakref import ref

from . import backend, ops
from .autograd.apply import apply, make
from .autograd.backward import accumulate, seed, walk
from .autograd.graph import Output
from .autograd.lifted import LiftedArray
from .autograd.modes import current_mode
from .autograd.variable import RECORDED, WRITES, Variable, apart
from .backend.dtypes import is_differentiable
from .backend.errors import GraphError
from .operators import Operators
from .ops.in_place import write_in_place
from .ops.index import take_index_apart

__all__ = ["Tensor"]

# Kinds of dtypes (that of bfloat16 is "V"): what is computed in place may not need a higher one.
_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}


def _opened(data: Any) -> Any:
    """The array of a tensor, also of those in nested lists: what is made of it is detached from its graph."""
    if isinstance(data, Variable):
        return data.array
    if type(data) in (list, tuple) and any(issubclass(kind, (Variable, list, tuple)) for kind in set(map(type, data))):
        return list(map(_opened, data))
    return data


class Tensor(Operators):
    """An array on some device, that remembers how it was computed where a gradient is wanted.

    Parameters
    ----------
    data : scalar, nested list, array or Tensor
        The elements. Python floats become float32, integers int64; NumPy arrays keep their dtype and are not copied.
    dtype : dtype or None
        Of the elements; None keeps that of `data`.
    device : str or None
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``; None keeps that of `data`.
    requires_grad : bool
        Record operations on it, so that backward leaves a gradient in `grad`. Floating dtypes only.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> x = tg.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    Tensor([2., 4., 6.], dtype=float32)
    """

    __slots__ = ()

    # Arrays of other devices leave `array + tensor` to the tensor. Hashing is by identity, as == compares the elements.
    __array_priority__ = 1000
    __hash__ = Variable.__hash__

    def __init__(self, data: Any, dtype: Any = None, device: str | None = None, requires_grad: bool = False) -> None:
        source = _opened(data)
        self.array = backend.as_array(source, dtype, device)
        recorder = current_mode().recorder
        if recorder is not None:
            self.array = recorder.own(self.array)
        self.grad = self.hooks = self.node = None
        self.version, self.seen = [0, 0], 0
        if isinstance(data, Variable) and self.array is source:  # one memory, one version
            self.version, self.seen = data.version, apart()
        self.requires_grad = False
        if requires_grad:
            self.requires_grad_()

    # What it is

    @property
    def ndim(self) -> int:
        """Number of axes."""
        ndim: int = self.array.ndim
        return ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        size: int = self.array.size
        return size

    @property
    def device(self) -> str:
        """Where the elements are: ``"cpu"``, ``"cuda:0"`` ..."""
        return backend.device_of(self.array)

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user rather than computed from tensors that require gradients."""
        return self.node is None

    @property
    def T(self) -> Tensor:
        """A matrix with its two axes exchanged: (m, n) to (n, m).

        Returns
        -------
        Tensor
            A view.

        Raises
        ------
        ValueError
            The tensor has not two axes; use `mT` or `permute_dims`.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.asarray([[1, 2], [3, 4]]).T
        Tensor([[1, 3],
                [2, 4]], dtype=int64)
        """
        if self.ndim != 2:
            raise ValueError(f"T is for matrices, this tensor has shape {self.shape}; use .mT or permute_dims")
        return self.mT

    @property
    def mT(self) -> Tensor:
        """The last two axes exchanged: (..., m, n) to (..., n, m).

        Returns
        -------
        Tensor
            A view.

        Raises
        ------
        ValueError
            There are fewer axes.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.zeros((5, 2, 3)).mT.shape
        (5, 3, 2)
        """
        return apply(ops.matrix_transpose, (self,))

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The functions of the Array API standard for tensors: this package.

        Parameters
        ----------
        api_version : str or None
            Of the standard, such as ``"2025.12"``; None for the newest that is known here.

        Returns
        -------
        module

        Raises
        ------
        ValueError
            That version is not known here.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.ones(2).__array_namespace__() is tg
        True
        """
        namespace = sys.modules[__package__]
        newest = namespace.__array_api_version__
        if api_version is not None and api_version > newest:
            raise ValueError(f"version {api_version} of the Array API standard is not known, the newest is {newest}")
        return namespace

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise TypeError("a tensor without axes cannot be iterated over")
        return iter(ops.unstack(self))

    def __repr__(self) -> str:
        extra = "" if self.device == "cpu" else f", device={self.device!r}"
        extra += ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({backend.format_array(self.array, 'Tensor(')}, dtype={self.dtype}{extra})"

    # Out of the framework

    def numpy(self) -> Any:
        """The elements as a NumPy array: on the CPU the tensor's own memory, from a GPU a copy.

        Returns
        -------
        numpy.ndarray

        Raises
        ------
        GraphError
            The tensor requires a gradient, which NumPy would lose; use ``x.detach().numpy()``.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.asarray([1.0, 2.0]).numpy()
        array([1., 2.], dtype=float32)
        """
        if self.requires_grad:
            raise GraphError("this tensor requires a gradient, which NumPy would lose; use x.detach().numpy()")
        return backend.to_numpy(self.array)

    def item(self) -> Any:
        """The only element as a Python number.

        Returns
        -------
        bool, int, float or complex

        Raises
        ------
        ValueError
            There are more elements than one, or none.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.asarray([2.5]).item()
        2.5
        """
        if self.size != 1:
            raise ValueError(f"item() is for tensors with one element, this one has shape {self.shape}")
        return backend.to_numpy(self.array).item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers.

        Returns
        -------
        list, or a number where there are no axes

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.asarray([[1, 2], [3, 4]]).tolist()
        [[1, 2], [3, 4]]
        """
        return backend.to_numpy(self.array).tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only an integer tensor can be an index, this one is {self.dtype}")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(f"the truth of a tensor of shape {self.shape} is not one value; use .any() or .all()")
        return bool(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else str(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.device != "cpu":
            fix = "x.detach().numpy()" if self.requires_grad else "x.numpy()"
            raise TypeError(f"a tensor on {self.device} does not become a NumPy array silently; use {fix}")
        array = self.numpy()
        if copy is False and dtype is not None and array.dtype != dtype:
            raise ValueError(f"a tensor of dtype {self.dtype} does not become an array of {dtype} without a copy")
        return array.astype(array.dtype if dtype is None else dtype, copy=bool(copy))

    def __dlpack__(self, stream: Any = None, max_version: Any = None, dl_device: Any = None,
                   copy: bool | None = None) -> Any:  # fmt: skip
        """The memory of this tensor for another library, as its ``from_dlpack`` asks for it; see `from_dlpack`.

        Raises
        ------
        GraphError
            The tensor requires a gradient, which the other library would lose.
        BufferError
            The memory is read-only, as after `broadcast_to`; share a ``copy()``.
        TypeError, TraceError
            The tensor is on a device, or of a trace, that shows nobody its elements.
        """
        if self.requires_grad:
            raise GraphError("this tensor requires a gradient, which another library would lose; share x.detach()")
        return backend.to_dlpack(self.array, stream=stream, max_version=max_version, dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Where the memory is, in DLPack's numbers: (1, 0) is the CPU, (2, n) the GPU n."""
        kind, number = self.array.__dlpack_device__()
        return int(kind), int(number)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if self.node is not None:
            raise GraphError("a computed tensor cannot be copied together with its graph; use x.copy() or x.detach()")
        twin: Tensor = object.__new__(type(self))
        memo[id(self)] = twin
        twin.array = backend.NAMESPACES[type(self.array)].copy(self.array)
        twin.grad = None if self.grad is None else self.grad.detach().copy()
        twin.hooks = twin.node = None
        twin.version, twin.seen = [0, 0], 0
        twin.requires_grad = self.requires_grad
        return twin

    def __getstate__(self) -> tuple[Any, Any, bool]:
        """What a pickle has of it, where other programs make one: to send it to another process."""
        if self.node is not None:
            raise GraphError("a computed tensor cannot be pickled together with its graph; use x.detach()")
        return self.array, self.grad, self.requires_grad

    def __setstate__(self, state: tuple[Any, Any, bool]) -> None:
        array, self.grad, self.requires_grad = state
        array = backend.as_array(array)  # joblib has large ones read from files that nobody may write to
        self.array = backend.NAMESPACES[type(array)].copy(array)
        self.hooks = self.node = None
        self.version, self.seen = [0, 0], 0

    # Differentiation

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Record operations on this leaf from now on, or no longer.

        Parameters
        ----------
        requires_grad : bool
            Whether to.

        Returns
        -------
        Tensor
            Itself.

        Raises
        ------
        GraphError
            It was computed from others (then `detach` it), or its dtype is not floating.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.ones(2).requires_grad_()
        Tensor([1., 1.], dtype=float32, requires_grad=True)
        """
        if requires_grad and not is_differentiable(self.dtype):
            raise GraphError(
                f"only floating tensors can require gradients, this one is {self.dtype}; use x.astype(tg.float32)"
            )
        if self.node is not None and not requires_grad:
            raise GraphError("a computed tensor requires a gradient because what it comes from does; use x.detach()")
        level = current_mode().level
        if requires_grad and level is not None and not self.requires_grad:
            self.array = level.lift(self.array)
        self.requires_grad = requires_grad
        return self

    def backward(self, gradient: Tensor | None = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Leave the gradient of this tensor in the `grad` of every leaf it was computed from.

        Parameters
        ----------
        gradient : Tensor or None
            The gradient of the final result with respect to this tensor, of its shape. None means one, for a tensor
            with a single element.
        retain_graph : bool
            Keep the graph for another backward.
        create_graph : bool
            Record the backward itself, so that the gradients can be differentiated; implies `retain_graph`.

        Raises
        ------
        GraphError
            There is no graph, it was freed, or a tensor that a gradient reads was written in place meanwhile.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
        >>> (x * x).backward(tg.asarray([1.0, 10.0]))
        >>> x.grad
        Tensor([ 2., 40.], dtype=float32)
        """
        start = seed(self, gradient, create_graph)
        found = walk([(self.node or self, start)], retain_graph=retain_graph or create_graph, create_graph=create_graph)
        accumulate(found, create_graph)

    def detach(self) -> Tensor:
        """The same memory as a tensor that is not recorded; writes to one are seen (and noticed) by the other.

        Returns
        -------
        Tensor
            It requires no gradient.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.ones(2, requires_grad=True)
        >>> (x * 3).detach()
        Tensor([3., 3.], dtype=float32)
        """
        recorder = current_mode().recorder
        if recorder is not None:
            recorder.lift((self,))
        array = self.array
        tensor: Tensor = make(array.detached() if isinstance(array, LiftedArray) else array)
        tensor.version = self.version
        tensor.seen = apart()
        return tensor

    def retain_grad(self) -> None:
        """Keep the gradient of this computed tensor in `grad` too.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.ones(2, requires_grad=True)
        >>> y = x * 3
        >>> y.retain_grad()
        >>> y.sum().backward()
        >>> y.grad
        Tensor([1., 1.], dtype=float32)
        """
        if self.node is None:
            return
        place, _ = self._place()
        if not any(type(hook) is _Keep and hook.holder() is self for _, hook in place.hooks or ()):
            self.register_hook(_Keep(self))

    def _place(self) -> tuple[Any, int]:
        """What holds the hooks of this tensor, and the number of the output that it is."""
        node = self.node
        if node is None:
            return self, 0
        return (node.node, node.index) if type(node) is Output else (node, 0)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> Callable[[], None]:
        """Call a function with the gradient of this tensor during backward; what it returns replaces the gradient.

        Parameters
        ----------
        hook : callable
            Takes the gradient; returns one of the same shape, or None to leave it as it is.

        Returns
        -------
        callable
            Call it to remove the hook.

        Raises
        ------
        GraphError
            The tensor requires no gradient.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
        >>> remove = x.register_hook(lambda g: g * 10)
        >>> x.sum().backward()
        >>> x.grad
        Tensor([10., 10.], dtype=float32)
        """
        if not self.requires_grad:
            raise GraphError("a gradient hook needs a tensor that requires a gradient")
        place, index = self._place()
        if place.hooks is None:
            place.hooks = []
        hooks = place.hooks
        entry = (index, hook)
        hooks.append(entry)

        def remove() -> None:
            hooks[:] = [other for other in hooks if other is not entry]

        return remove

    # Writing in place

    def __setitem__(self, index: Any, value: Any) -> None:
        if self.requires_grad and self.node is None and current_mode().grad_enabled:
            self._refuse_writing()
        dtype = getattr(value, "dtype", self.dtype)
        if _RANK[dtype.kind] > _RANK[self.dtype.kind]:
            raise TypeError(f"values of dtype {dtype} do not fit into dtype {self.dtype}; use value.astype(...)")
        template, arrays = take_index_apart(self, index)
        if isinstance(value, Variable):
            self._join(value.array)
            if value.version is self.version and not arrays:
                self._follow(value, template)
        self._announce_writing()
        self._become(write_in_place(self, value, *arrays, template=template))

    def _follow(self, view: Variable, template: Any) -> None:
        """Know of the last write, if it was one through `view` and this is what assigns it: as ``y[i] += x`` does."""
        writes = self.version[RECORDED]
        if view.seen != writes or self.seen != writes - 1 or type(view.array) is not type(self.array):
            return
        if backend.same_place(self.array[template], view.array):
            self.seen = writes

    def _join(self, array: Any) -> None:
        """Hold an array of the transformation that `array`, which is about to be written here, belongs to."""
        if not isinstance(array, LiftedArray):
            return
        own = self.array
        if isinstance(own, LiftedArray) and own.level.number >= array.level.number:
            return
        self.array = array.level.constant(ops.copy(self))
        array.level.written.append(ref(self))
        self.version[WRITES] += 1  # its views stay behind
        self.version[RECORDED] += 1
        self.version, self.seen, self.node, self.requires_grad = [0, 0], 0, None, False

    def _become(self, result: Tensor) -> Tensor:
        """Take over a result: its values into this memory (they may be there already), and its graph."""
        recorded = result.requires_grad
        if recorded and self.requires_grad and self.node is None:
            self._refuse_writing()
        if result.array is not self.array:
            if result.shape != self.shape:
                raise ValueError(f"a result of shape {result.shape} does not fit in place into shape {self.shape}")
            if _RANK[result.dtype.kind] > _RANK[self.dtype.kind]:
                raise TypeError(f"a result of dtype {result.dtype} does not fit in place into dtype {self.dtype}")
            if recorded:
                self._leave_behind(result.node)
            self._join(result.array)
            self._announce_writing()
            self.array[...] = result.array
        self.version[WRITES] += 1
        if recorded:
            if isinstance(self.seen, tuple):  # what is detached together with it notices
                self.seen[0][0] += 1
            self.version[RECORDED] += 1
            self.seen = self.version[RECORDED]
            self.node = result.node
            self.node.dtype = self.array.dtype  # a wider result was narrowed
            self.requires_grad = True
        return self

    def _announce_writing(self) -> None:
        observer = current_mode().observer
        if observer is not None:
            observer.writing(self)

    def _refuse_writing(self) -> NoReturn:
        raise GraphError(
            "a leaf that requires a gradient cannot be written in place while operations are recorded: "
            "do it under tg.no_grad(), or write to a copy()"
        )

    def _leave_behind(self, node: Any) -> None:
        """Give a node that saved this tensor's values a copy of them, for they are about to change."""
        saved = [i for i, value in enumerate(node.saved) if value is self.array]
        if saved:
            copy = backend.NAMESPACES[type(self.array)].copy(self.array)
            for i in saved:
                node.saved[i] = copy
            node.versions = [entry for entry in node.versions if entry[0] not in saved]


class _Keep:
    """A hook that leaves a gradient in `grad`; it does not keep the tensor alive."""

    __slots__ = ("holder",)

    def __init__(self, tensor: Tensor) -> None:
        self.holder = ref(tensor)

    def __call__(self, g: Tensor) -> None:
        tensor = self.holder()
        if tensor is not None:
            tensor.grad = g if tensor.grad is None else tensor.grad + g


# What the engine makes of results, and the namespace that rules run on when backward is recorded.
Variable.result_type = Tensor
Variable.namespace = ops
