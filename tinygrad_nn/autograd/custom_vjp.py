"""`custom_vjp`: a function with a gradient of its own, as a decorator."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from .custom import TENSOR, Statement, call
from .lifted import LiftedArray
from .modes import is_grad_enabled
from .tree import flatten, mapped, rebuilt
from .variable import Variable

__all__ = ["custom_vjp"]


class custom_vjp:
    """A function of tensors whose vector-Jacobian product you state.

    Parameters
    ----------
    f : callable
        Takes tensors, nests of tuples, lists and dictionaries of them, and other things; returns a tensor or a nest of
        tensors. It is called as it is where nothing is differentiated. Tensors to differentiate with respect to must be
        its arguments, not in closures.

    Notes
    -----
    The rule is that of `backward` and of everything built on it; forward mode transposes it. Computed with tensors it
    can be differentiated itself: then `forward` is run once more where it saved floating tensors that are neither
    arguments nor results, to find how they depend on the arguments. In tg.vmap both functions run on one sample.

    Examples
    --------
    A gradient that is clipped on its way back:

    >>> import tinygrad_nn as tg
    >>> @tg.custom_vjp
    ... def clip_gradient(x, limit):
    ...     return x
    >>> clip_gradient.defvjp(
    ...     lambda x, limit: (x, limit),
    ...     lambda limit, g: (tg.clip(g, -limit, limit), None),
    ... )
    >>> tg.grad(lambda x: (100 * clip_gradient(x, 1.0)).sum())(tg.ones(2))
    Tensor([1., 1.], dtype=float32)
    """

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self._rule: tuple[Callable[..., Any], Callable[..., Any]] | None = None
        update_wrapper(self, f)

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> None:
        """State the rule.

        Parameters
        ----------
        forward : callable
            Takes what `f` takes. Returns a pair of what `f` returns and the residuals: a nest of tensors and anything
            else that `backward` needs.
        backward : callable
            ``backward(residuals, g)``, with `g` of the form of the result, returns a tuple with the gradient of each
            argument, of its form; None for what is no tensor or needs none.
        """
        self._rule = forward, backward

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            from inspect import signature

            bound = signature(self.f).bind(*args, **kwargs)
            if bound.kwargs:
                raise TypeError(f"{self._name}: {list(bound.kwargs)} go by name only, a rule gets all by place")
            args = bound.args
        if self._rule is None:
            raise TypeError(f"{self._name}: its gradient is not stated; call {self._name}.defvjp(forward, backward)")
        if not any(_matters(x) for x in flatten(args)):
            return self.f(*args)
        return _Application(self._name, *self._rule, args)(args)

    @property
    def _name(self) -> str:
        return getattr(self.f, "__name__", type(self.f).__name__)


def _matters(x: Any) -> bool:
    """Whether a leaf of the arguments may have to be differentiated, here or outside of a transformation."""
    return isinstance(x, Variable) and ((x.requires_grad and is_grad_enabled()) or isinstance(x.array, LiftedArray))


class _Application:
    """A rule, and the forms of the arguments and of the result: nests with `TENSOR` where tensors are, to hold none."""

    def __init__(self, name: str, forward: Any, backward: Any, args: tuple[Any, ...]) -> None:
        self.name = name
        self.rule = forward, backward
        self.args = mapped(_form, args)
        self.result: Any = None

    def __call__(self, args: tuple[Any, ...]) -> Any:
        labels = [
            f"argument {n}" + (f" (tensor {i} in it)" if isinstance(arg, (tuple, list, dict)) else "")
            for n, arg in enumerate(self.args)
            for i, x in enumerate(flatten(arg))
            if x is TENSOR
        ]
        statement = Statement(self.name, labels, self.forward, self.pull, None)
        outputs = call(statement, [x for x in flatten(args) if isinstance(x, Variable)])
        return rebuilt(self.result, outputs)

    def forward(self, *tensors: Any) -> tuple[list[Any], Any, set[int]]:
        rest = iter(tensors)
        returned = self.rule[0](*mapped(lambda x: next(rest) if x is TENSOR else x, self.args))
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise TypeError(f"{self.name}: forward must give a pair of what the function gives and the residuals")
        result, residuals = returned
        outputs = flatten(result)
        for y in outputs:
            if not isinstance(y, Variable):
                raise TypeError(f"{self.name}: forward gave a {type(y).__name__} for the result, wanted are tensors")
        self.result = mapped(_form, result)
        return outputs, residuals, set()

    def pull(self, residuals: Any, gradients: list[Any]) -> list[Any]:
        found = self.rule[1](residuals, rebuilt(self.result, gradients))
        if not isinstance(found, (tuple, list)) or len(found) != len(self.args):
            what = f"{len(found)}" if isinstance(found, (tuple, list)) else f"a {type(found).__name__}"
            raise TypeError(
                f"{self.name}: backward must give a tuple with a gradient for each of the {len(self.args)} arguments, "
                f"it gave {what}"
            )
        ds: list[Any] = []

        def collect(x: Any, d: Any) -> None:
            if x is TENSOR:
                ds.append(d)
            elif d is not None:
                raise TypeError(f"{self.name}: backward gave a gradient for a {type(x).__name__}; give None")

        for arg, d in zip(self.args, found):
            mapped(collect, arg, mapped(lambda x: None, arg) if d is None else d)
        return ds


def _form(x: Any) -> Any:
    return TENSOR if isinstance(x, Variable) else x
