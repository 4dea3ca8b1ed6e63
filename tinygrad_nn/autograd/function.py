"""`Function`: an operation on tensors with a gradient of its own, as a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..backend.dtypes import is_differentiable
from .custom import TENSOR, Statement, call
from .lifted import LiftedArray
from .modes import is_grad_enabled, no_grad
from .tree import flatten
from .variable import Variable

__all__ = ["Context", "Function"]


class Context:
    """What the forward of a `Function` leaves for its backward: tensors, and whatever else is assigned to it.

    Attributes
    ----------
    needs_input_grad : tuple of bool
        For each argument of forward, whether a gradient of it may be wanted.
    saved_tensors : tuple of (Tensor or None)
        What `save_for_backward` was given.
    """

    def __init__(self, needs_input_grad: tuple[bool, ...]) -> None:
        self.needs_input_grad = needs_input_grad
        self.saved_tensors: tuple[Any, ...] = ()
        self._constant: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward: inputs and outputs best, which costs no more than keeping them.

        Parameters
        ----------
        *tensors : Tensor or None
            They are `saved_tensors` in backward. A floating one that is neither an input nor an output makes the call
            keep its inputs too: backward of backward runs forward once more to find how it depends on them.
        """
        for i, x in enumerate(tensors):
            if not (x is None or isinstance(x, Variable)):
                raise TypeError(
                    f"save_for_backward: argument {i} is a {type(x).__name__}, no tensor; assign it: ctx.name = value"
                )
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *outputs: Any) -> None:
        """Say that outputs are constant: they require no gradient.

        Parameters
        ----------
        *outputs : Tensor
            Those that forward is about to return. Outputs that are not floating need no mark.
        """
        self._constant = outputs


class Function:
    """An operation on tensors whose gradient you state, to derive from: ``Exp.apply(x)`` calls it.

    A derived class has these static methods:

    - ``forward(ctx, *args)`` gets the arguments of `apply`; its tensors are detached, and nothing in it is recorded. It
      returns a tensor or a tuple; tensors among its arguments must not be written in place.
    - ``backward(ctx, *gradients)`` gets the gradient of each output (zeros where none arrived, None for what is no
      tensor) and returns one for each argument of forward: a tensor of its shape, or None for an argument that is no
      tensor or needs none (see ``ctx.needs_input_grad``). Computed with tensors, it can be differentiated itself.
    - ``jvp(ctx, *tangents)``, if forward mode is not to transpose `backward`, gets the tangent of each argument (zeros
      where it is constant, None for what is no tensor) and returns that of each output.

    `ctx` is a `Context`: ``ctx.save_for_backward(*tensors)``, ``ctx.saved_tensors``, ``ctx.needs_input_grad``,
    ``ctx.mark_non_differentiable(*outputs)``, and plain attributes. In `tg.vmap` the methods run on one sample. Tensors
    to differentiate with respect to must be arguments of their own, not in lists or closures.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> class Exp(tg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         y = tg.exp(x)
    ...         ctx.save_for_backward(y)
    ...         return y
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (y,) = ctx.saved_tensors
    ...         return g * y
    >>> x = tg.asarray([0.0, 1.0], requires_grad=True)
    >>> Exp.apply(x).sum().backward()
    >>> x.grad.tolist() == tg.exp(x).tolist()
    True
    """

    jvp: ClassVar[Callable[..., Any] | None] = None

    def __init__(self) -> None:
        raise TypeError(f"{type(self).__name__} is not made, but called: {type(self).__name__}.apply(...)")

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        """Compute the outputs; every function defines it.

        Raises
        ------
        NotImplementedError
            This one does not.
        """
        raise NotImplementedError("a Function must define forward(ctx, *args) as a static method")

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Compute the gradients of the arguments; every function defines it.

        Raises
        ------
        NotImplementedError
            This one does not.
        """
        raise NotImplementedError("a Function must define backward(ctx, *gradients) as a static method")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the function.

        Parameters
        ----------
        *args
            What its forward takes after `ctx`.

        Returns
        -------
        Tensor, or tuple of them
            What its forward returns.

        Raises
        ------
        GraphError
            In backward: a gradient has another shape or kind of dtype than its argument, or is missing.
        TypeError
            Forward returns something else than tensors, backward another number of gradients than arguments.
        """
        return _Application(cls, args)(args)


class _Application:
    """A function, and the forms of its arguments and results: they have `TENSOR` where tensors are, to hold none."""

    def __init__(self, function: type[Function], args: tuple[Any, ...]) -> None:
        self.function = function
        self.args = _form(args)
        self.places = [i for i, x in enumerate(self.args) if x is TENSOR]
        self.needs = tuple(_needs_gradient(x) for x in args)
        self.results: tuple[Any, ...] = ()
        self.single = False

    def __call__(self, args: tuple[Any, ...]) -> Any:
        name = self.function.__name__
        if not self.places:
            with no_grad():
                return self.function.forward(Context(self.needs), *args)
        labels = [f"argument {i}" for i in self.places]
        push = None if self.function.jvp is None else self.push
        statement = Statement(name, labels, self.forward, self.pull, push)
        outputs = iter(call(statement, [args[i] for i in self.places]))
        results = tuple(next(outputs) if y is TENSOR else y for y in self.results)
        return results[0] if self.single else results

    def forward(self, *tensors: Any) -> tuple[list[Any], Any, set[int]]:
        ctx = Context(self.needs)
        rest = iter(tensors)
        returned = self.function.forward(ctx, *(next(rest) if x is TENSOR else x for x in self.args))
        self.single = not isinstance(returned, tuple)
        ys = (returned,) if self.single else returned
        outputs = [y for y in ys if isinstance(y, Variable)]
        if not outputs:
            raise TypeError(f"{self.function.__name__}: forward gave no tensor but {returned!r}")
        self.results = _form(ys)
        constant = {i for i, y in enumerate(outputs) if any(y is other for other in ctx._constant)}
        ctx._constant = ()
        saved = {name: x for name, x in vars(ctx).items() if any(isinstance(y, Variable) for y in flatten(x))}
        for name in saved:  # the call keeps them
            delattr(ctx, name)
        return outputs, (ctx, saved), constant

    def _restored(self, residuals: tuple[Context, dict[str, Any]]) -> Context:
        before, saved = residuals
        ctx = Context(self.needs)
        vars(ctx).update(vars(before) | saved)
        return ctx

    def pull(self, residuals: Any, gradients: list[Any]) -> list[Any]:
        found = self.function.backward(self._restored(residuals), *_among(self.results, gradients))
        ds = found if isinstance(found, (tuple, list)) else (found,)
        name = self.function.__name__
        if len(ds) != len(self.args):
            raise TypeError(f"{name}: backward gave {len(ds)} gradients for the {len(self.args)} arguments of forward")
        for i, d in enumerate(ds):
            if d is not None and i not in self.places:
                raise TypeError(f"{name}: backward gave a gradient for argument {i}, which is no tensor; give None")
        return [ds[i] for i in self.places]

    def push(self, residuals: Any, tangents: list[Any]) -> list[Any]:
        assert self.function.jvp is not None
        found = self.function.jvp(self._restored(residuals), *_among(self.args, tangents))
        ts = found if isinstance(found, (tuple, list)) else (found,)
        if len(ts) != len(self.results):
            raise TypeError(f"{self.function.__name__}: jvp gave {len(ts)} tangents for {len(self.results)} outputs")
        return [t for t, y in zip(ts, self.results) if y is TENSOR]


def _form(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(TENSOR if isinstance(x, Variable) else x for x in values)


def _among(form: tuple[Any, ...], values: list[Any]) -> list[Any]:
    """The values in the places of tensors, in order, and None in the others."""
    rest = iter(values)
    return [next(rest) if x is TENSOR else None for x in form]


def _needs_gradient(x: Any) -> bool:
    """Whether a gradient of an argument may be wanted, here or outside of a transformation."""
    if not isinstance(x, Variable) or not is_differentiable(x.dtype):
        return False
    return (x.requires_grad and is_grad_enabled()) or isinstance(x.array, LiftedArray)
