"""Functions that differentiate functions: `grad`, `value_and_grad`, `vjp`.

Each evaluates its function on leaves of its own and walks back from the result. Where what it evaluated leads to
tensors outside that require gradients, or it is itself being differentiated, the walk is recorded, so these nest to any
order; else it is not, and costs no more than `backward`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..backend.dtypes import is_differentiable, is_floating
from ..backend.errors import GraphError
from .apply import make
from .grad import grad as gradients
from .graph import Node, Output
from .lifted import LiftedArray
from .modes import current_mode, enable_grad, is_grad_enabled
from .tree import flatten, mapped, rebuilt
from .variable import Variable

__all__ = ["argument_places", "grad", "value_and_grad", "vjp"]


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of a scalar function.

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of tuples, lists and dictionaries of them; returns a tensor of one element.
    argnums : int or tuple of int
        With respect to which arguments.
    has_aux : bool
        `f` returns a pair of the tensor and something else, which is passed on.

    Returns
    -------
    callable
        Takes what `f` takes. It returns the gradient: of the form of the argument (a tuple of them where `argnums` is
        one), zeros where `f` does not depend on it; with `has_aux` a pair of that and the other thing.

    Raises
    ------
    GraphError
        `f` returns more than one element.
    TypeError
        An argument to differentiate is no floating tensor.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.grad(tg.grad(lambda x: x**3))(tg.asarray(2.0)).item()
    12.0
    """
    both = value_and_grad(f, argnums, has_aux)

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        value, found = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return call


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0,
                   has_aux: bool = False) -> Callable[..., Any]:  # fmt: skip
    """A function that gives the value of a scalar function together with its gradient.

    Parameters
    ----------
    f, argnums, has_aux
        As for `grad`.

    Returns
    -------
    callable
        Takes what `f` takes; returns a pair of what `f` returns and the gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> value, slope = tg.value_and_grad(lambda x: x**3)(tg.asarray(2.0))
    >>> value.item(), slope.item()
    (8.0, 12.0)
    """

    @wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        pull = _Pullback("grad", lambda *xs: f(*xs, **kwargs), args, argnums, has_aux)
        (y,) = pull.outputs if len(pull.outputs) == 1 else (None,)
        if y is None or y.size != 1 or not is_floating(y.dtype):
            found = f"{len(pull.outputs)} tensors" if y is None else f"a tensor of dtype {y.dtype} and shape {y.shape}"
            raise GraphError(f"grad: the function returns {found}; wanted is a real one with one element")
        value = pull.value
        return (value, pull.aux) if has_aux else value, pull([None], once=True)

    return call


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of a function, and a function for vector-Jacobian products.

    For ``y = f(x)`` with the Jacobian ``J`` at ``x``, and `g` of the shape of ``y``::

        y, pull = vjp(f, x)
        pull(g) = (J^T g,)

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of tuples, lists and dictionaries of them; returns the like.
    *primals : Tensor or nest of them
        The arguments.
    has_aux : bool
        `f` returns a pair of the tensors and something else, which is passed on.

    Returns
    -------
    (y, pull) or (y, pull, aux)
        `pull` takes one argument of the form of ``y`` and returns a tuple with the product for each argument of `f`;
        it may be called any number of times.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> y, pull = tg.vjp(lambda x: x * x, tg.asarray([1.0, 2.0]))
    >>> pull(tg.asarray([1.0, 10.0]))
    (Tensor([ 2., 40.], dtype=float32),)
    """
    pullback = _Pullback("vjp", f, primals, tuple(range(len(primals))), has_aux)

    def pull(g: Any) -> tuple[Any, ...]:
        seeds: list[Any] = []
        mapped(lambda y, part: seeds.append(part), pullback.value, g)
        found: tuple[Any, ...] = pullback(seeds)
        return found

    return (pullback.value, pull, pullback.aux) if has_aux else (pullback.value, pull)


def argument_places(name: str, argnums: Any, count: int) -> tuple[int, ...]:
    """The places that `argnums` names among `count` arguments, each from 0 on.

    Raises
    ------
    ValueError
        There is no such argument, or one is named twice.
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not all(isinstance(n, int) for n in places) or len({n % (count or 1) for n in places}) < len(places):
        raise ValueError(f"{name}: argnums must be one number, or some that differ, not {argnums!r}")
    for n in places:
        if not -count <= n < count:
            raise ValueError(f"{name}: argument {n} is to be differentiated, but there are {count}")
    return tuple(n % count for n in places)


class _Pullback:
    """A function evaluated on leaves of its own, ready for vector-Jacobian products.

    Attributes
    ----------
    value, aux
        What the function returned.
    outputs : list of Tensor
        The tensors in `value`, with their graph.
    """

    def __init__(self, name: str, f: Callable[..., Any], args: tuple[Any, ...], argnums: Any, has_aux: bool) -> None:
        places = argument_places(name, argnums, len(args))
        self.single = isinstance(argnums, int)
        recorded = is_grad_enabled()
        self.arguments = [args[n] for n in places]
        self.trees = [mapped(lambda x: _leaf(name, x, recorded), x) for x in self.arguments]
        self.leaves = flatten(self.trees)
        own = list(args)
        for n, tree in zip(places, self.trees):
            own[n] = tree
        with enable_grad():
            result = f(*own)
        self.aux: Any = None
        if has_aux:
            result, self.aux = result
        self.outputs = flatten(result)
        for y in self.outputs:
            if not isinstance(y, Variable):
                raise TypeError(f"{name}: the function returns a {type(y).__name__}, wanted are tensors")
        self.create_graph = recorded and (
            any(leaf.node is not None for leaf in self.leaves) or _leads_outside(self.outputs, self.leaves)
        )
        self.value = result if self.create_graph else mapped(_released, result)

    def __call__(self, seeds: list[Any], once: bool = False) -> Any:
        """The products with the gradients of the outputs: one for each argument, or for the only one.

        What is called `once` frees the graph as it goes.
        """
        places = [(y, g) for y, g in zip(self.outputs, seeds) if y.requires_grad]
        found: Any = [None] * len(self.leaves)
        if places:
            found = gradients(
                [y for y, _ in places], self.leaves, [g for _, g in places],
                retain_graph=not once, create_graph=self.create_graph, allow_unused=True,
            )  # fmt: skip
        xp = Variable.namespace
        filled = [xp.zeros_like(x) if g is None else g for x, g in zip(self.leaves, found)]
        results = rebuilt(self.trees, filled)
        return results[0] if self.single else tuple(results)


def _leaf(name: str, x: Any, recorded: bool) -> Any:
    """A tensor to differentiate with respect to, connected to `x` where that is recorded or transformed itself."""
    if type(x) is float:
        x = Variable.result_type(x)
    if not isinstance(x, Variable) or not is_differentiable(x.dtype):
        found = f"has dtype {x.dtype}" if isinstance(x, Variable) else f"is a {type(x).__name__}"
        raise TypeError(f"{name}: an argument to differentiate {found}; wanted are floating tensors")
    mode = current_mode()
    if mode.observer is not None:
        mode.observer.meet(x)
    level = mode.level
    inside = level is None or (isinstance(x.array, LiftedArray) and x.array.level is level)
    if inside and x.requires_grad and recorded:
        return Variable.namespace.positive(x)
    leaf = make(x.array if inside else level.constant(x), None, True)
    if inside:  # the same memory
        leaf.version, leaf.seen = x.version, x.seen
    return leaf


def _released(y: Any) -> Any:
    """The same values without the graph that led to leaves of ours."""
    value = make(y.array)
    value.version = y.version
    value.seen = y.seen
    return value


def _leads_outside(results: list[Any], own: list[Any]) -> bool:
    """Whether the graph of `results` has leaves beyond `own`."""
    known = {id(x.node or x) for x in own}
    seen = set()
    todo = [y.node or y for y in results if y.requires_grad]
    while todo:
        place = todo.pop()
        if id(place) in known:
            continue
        if type(place) is Output:
            place = place.node
        if type(place) is not Node:
            return True
        if id(place) not in seen:
            seen.add(id(place))
            todo += [parent for parent in place.parents or () if parent is not None]
    return False
