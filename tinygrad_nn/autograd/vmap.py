"""`vmap`: a function of one sample, made a function of a batch.

While it runs, a tensor of the function stands for one sample of many: all of them lie along the first axis of a tensor
one level further out. Elementwise operations run on that as they are, the others say in their `batch` rule which of
their axes moves on by one; what is made of other operations needs no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from ..backend import NAMESPACES
from .apply import apply, make
from .lifted import PRIMITIVE, Level, LiftedArray, hold, namespace, register
from .tree import flatten, mapped
from .variable import Variable

__all__ = ["aligned", "padded", "vmap"]


@register
class BatchedArray(LiftedArray):
    """The values of all samples, along the first axis of a tensor; without that axis where they are the same."""

    __slots__ = ("batched", "value")

    def __init__(self, level: Any, value: Any, batched: bool) -> None:
        super().__init__(level)
        self.value = value
        self.batched = batched

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.value.shape
        return shape[1:] if self.batched else shape

    @property
    def sample(self) -> Any:
        return self.value

    def detached(self) -> Any:
        return BatchedArray(self.level, self.value.detach(), self.batched)

    def _take_over(self, other: BatchedArray) -> None:
        self.value, self.batched = other.value, other.batched


class Batch(Level):
    """A `vmap` under way, over `size` samples."""

    name = "vmap"

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def constant(self, tensor: Any) -> BatchedArray:
        return BatchedArray(self, tensor, False)

    def release(self, tensor: Any) -> None:
        if not tensor.array.batched:
            hold(tensor, tensor.array.value)

    def explain(self, action: str) -> str:
        return (
            f"vmap: {action} needs the values of a tensor, which differ from sample to sample; compute with tensors "
            "(tg.where instead of if)"
        )

    def compute(self, op: Any, operands: list[Any], attrs: Any) -> Any:
        values: list[Any] = []
        batched: list[bool] = []
        for x in operands:
            own = type(x) is BatchedArray and x.level is self
            values.append(x.value if own else make(x) if type(x) in NAMESPACES else x)
            batched.append(own and x.batched)
        if not any(batched):
            return self._wrapped(apply(op, tuple(values), attrs), False, op)
        if op.elementwise:
            y = apply(op, tuple(aligned(values, batched)), attrs)
        elif op.batch is not None:
            y = op.batch(Variable.namespace, tuple(batched), *values, **attrs)
            if y is NotImplemented:
                y = self._one_by_one(op, values, batched, attrs)
        elif op.name in PRIMITIVE:
            y = self._one_by_one(op, values, batched, attrs)
        else:
            return op.forward(namespace, *operands, **attrs)  # it is made of operations that have rules
        return self._wrapped(y, True, op)

    def _wrapped(self, y: Any, batched: bool, op: Any) -> Any:
        if type(y) is tuple:
            for part in y:
                self.check_outside(op, part)
            return tuple(self._wrapped(part, batched, op) for part in y)
        return BatchedArray(self, y, batched) if batched or op.rules else y.array

    def _one_by_one(self, op: Any, values: list[Any], batched: list[bool], attrs: Any) -> Any:
        """The operation on each sample, where it has no rule for all at once."""
        if not self.size:
            raise ValueError(f"vmap: {op.name} has no rule for a batch, and of no samples the result has no shape")
        results = [
            apply(op, tuple(x[b] if own else x for x, own in zip(values, batched)), attrs) for b in range(self.size)
        ]
        if type(results[0]) is tuple:
            return tuple(map(Variable.namespace.stack, zip(*results)))
        return Variable.namespace.stack(results)


def padded(x: Any, ndim: int) -> Any:
    """(B, ...) with new axes behind the first, so that a sample has `ndim` of them."""
    more = ndim + 1 - len(x.shape)
    return x.reshape((x.shape[0], *(1,) * more, *x.shape[1:])) if more > 0 else x


def aligned(values: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """Operands whose leading axes broadcast against each other, so that with the axis of samples they still do."""
    ndim = max(len(x.shape) - own for x, own in zip(values, batched) if isinstance(x, Variable))
    return [padded(x, ndim) if own else x for x, own in zip(values, batched)]


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Callable[..., Any]:
    """A function of one sample, made a function of a batch of them: one call, no loop.

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of tuples, lists and dictionaries of them; returns the like.
    in_axes : int, None, or sequence of them (or of nests)
        For each argument, the axis of its tensors along which the samples lie; None where all samples share it. One
        for all arguments, or a sequence with one for each; a nest of the form of the argument says it for each tensor.
    out_axes : int or nest of int
        Where the samples are to lie in what is returned.

    Returns
    -------
    callable
        Takes positional arguments as `f` does, and returns what `f` returns, for all samples.

    Raises
    ------
    ValueError
        The tensors disagree about the number of samples, or none of them has an axis of samples.

    Notes
    -----
    Random numbers drawn inside are the same for every sample. What depends on the values (``if``, ``float``, boolean
    masks that differ from sample to sample) is refused.

    Examples
    --------
    The gradient of the loss of every sample:

    >>> import tinygrad_nn as tg
    >>> w = tg.asarray([1.0, 2.0])
    >>> x = tg.asarray([[1.0, 0.0], [3.0, 1.0]])
    >>> tg.vmap(tg.grad(lambda w, x: (w * x).sum() ** 2), in_axes=(None, 0))(w, x)
    Tensor([[ 2.,  0.],
            [30., 10.]], dtype=float32)
    """

    @wraps(f)
    def call(*args: Any) -> Any:
        axes = tuple(in_axes) if isinstance(in_axes, (tuple, list)) else (in_axes,) * len(args)
        if len(axes) != len(args):
            raise ValueError(f"vmap: in_axes has {len(axes)} entries for {len(args)} arguments")
        each = [_spread(axis, arg) for axis, arg in zip(axes, args)]
        sizes = {_size(x, axis) for axis, x in zip(flatten(each), flatten(list(args))) if axis is not None}
        if not sizes:
            raise ValueError("vmap: no argument has an axis of samples; in_axes must name at least one")
        if len(sizes) > 1:
            raise ValueError(f"vmap: the arguments have {sorted(sizes)} samples; there must be one number")
        with Batch(sizes.pop()) as level:

            def one(axis: Any, x: Any) -> Any:
                if axis is None:
                    return x
                return make(BatchedArray(level, Variable.namespace.moveaxis(x, axis, 0), True))

            def all_of(axis: Any, y: Any) -> Any:
                if not isinstance(axis, int):
                    raise ValueError(f"vmap: out_axes says {axis!r} for a tensor; wanted is the axis of the samples")
                if not isinstance(y, Variable):
                    raise TypeError(f"vmap: the function returns a {type(y).__name__}, wanted are tensors")
                array = y.array
                own = type(array) is BatchedArray and array.level is level
                if own:
                    array.refresh()
                value: Any = array.value if own else y
                if not (own and array.batched):
                    value = value.broadcast_to((level.size, *value.shape))
                return Variable.namespace.moveaxis(value, 0, axis)

            result = f(*(mapped(one, axis, arg) for axis, arg in zip(each, args)))
            return mapped(all_of, _spread(out_axes, result), result)

    return call


def _spread(axes: Any, tree: Any) -> Any:
    """The nest of the form of `tree` with the axis of each leaf."""
    return mapped(lambda leaf: axes, tree) if axes is None or isinstance(axes, int) else axes


def _size(x: Any, axis: int) -> int:
    if not isinstance(x, Variable):
        raise TypeError(f"vmap: an argument with an axis of samples is a {type(x).__name__}, wanted is a tensor")
    if not -len(x.shape) <= axis < len(x.shape):
        raise ValueError(f"vmap: in_axes says {axis}, but a tensor has shape {x.shape}")
    return x.shape[axis]
