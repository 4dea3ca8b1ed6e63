"""All derivatives at once: `jacobian` and `hessian`; and `hvp`, the product with the Hessian without it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..backend import eye
from .apply import make
from .forward import jvp
from .transforms import argument_places, grad, vjp
from .tree import flatten, mapped, rebuilt
from .variable import Variable
from .vmap import vmap

__all__ = ["hessian", "hvp", "jacobian"]


def jacobian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, mode: str = "reverse") -> Callable[..., Any]:
    """A function that gives the Jacobian: all first derivatives, ``J[i, j] = d y[i] / d x[j]``.

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of tuples, lists and dictionaries of them; returns the like.
    argnums : int or tuple of int
        With respect to which arguments.
    mode : str
        ``"reverse"``: one backward for each output element, cheaper where there are fewer of these; ``"forward"``: one
        forward for each input element. Either way all of them run at once.

    Returns
    -------
    callable
        Takes what `f` takes. For each tensor of shape ``s`` that `f` returns, and each tensor of shape ``t`` of the
        arguments, it gives one of shape ``(*s, *t)``, in a nest of the form of the result with nests of the form of
        the argument in it (a tuple of these where `argnums` is one).

    Raises
    ------
    ValueError
        There is no such mode or argument, or one is named twice.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.jacobian(lambda x: x**2)(tg.asarray([1.0, 2.0]))
    Tensor([[2., 0.],
            [0., 4.]], dtype=float32)
    """
    if mode not in ("reverse", "forward"):
        raise ValueError(f'jacobian: mode must be "reverse" or "forward", not {mode!r}')

    @wraps(f)
    def call(*args: Any) -> Any:
        places = argument_places("jacobian", argnums, len(args))

        def of_chosen(*chosen: Any) -> Any:
            own = list(args)
            for n, x in zip(places, chosen):
                own[n] = x
            return f(*own)

        chosen = mapped(_tensor, tuple(args[n] for n in places))
        make_rows = _reverse_rows if mode == "reverse" else _forward_rows
        result, rows = make_rows(of_chosen, chosen)
        blocks = [rebuilt(chosen, row) for row in rows]
        return rebuilt(result, [row[0] if isinstance(argnums, int) else tuple(row) for row in blocks])

    return call


def _tensor(x: Any) -> Any:
    return Variable.result_type(x) if type(x) is float else x


def _reverse_rows(f: Callable[..., Any], xs: tuple[Any, ...]) -> tuple[Any, list[list[Any]]]:
    """What `f` returns, and for each tensor in it the list of blocks, one for each tensor of the arguments."""
    value, pull = vjp(f, *xs)
    outputs = flatten(value)
    rows = []
    for place, y in enumerate(outputs):

        def one(g: Any, place: int = place) -> list[Any]:
            seeds = [g if i == place else Variable.namespace.zeros_like(other) for i, other in enumerate(outputs)]
            return flatten(list(pull(rebuilt(value, seeds))))

        shapes = [x.shape for x in flatten(list(xs))]
        found = vmap(one)(_basis(y)) if y.size else [Variable.namespace.zeros_like(x)[None][:0] for x in flatten(xs)]
        rows.append([block.reshape((*y.shape, *shape)) for block, shape in zip(found, shapes)])
    return value, rows


def _forward_rows(f: Callable[..., Any], xs: tuple[Any, ...]) -> tuple[Any, list[list[Any]]]:
    """As `_reverse_rows`, by forward mode."""
    inputs = flatten(list(xs))
    columns = []
    result: Any = None
    for place, x in enumerate(inputs):

        def one(t: Any, place: int = place) -> list[Any]:
            nonlocal result
            tangents = rebuilt(xs, [t if i == place else None for i in range(len(inputs))])
            result, dy = jvp(f, xs, tangents)
            return flatten(dy)

        found = vmap(one, out_axes=-1)(_basis(x))
        columns.append([block.reshape((*block.shape[:-1], *x.shape)) for block in found])
    return result, [list(row) for row in zip(*columns)]


def _basis(x: Any) -> Any:
    """All tensors of the shape of `x` with a single one in them, along a new first axis: (x.size, *x.shape)."""
    return make(eye(x.size, None, 0, x.dtype, x.device)).reshape((x.size, *x.shape))


def hessian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """A function that gives the Hessian of a scalar function: ``H[i, j] = d^2 y / d x[i] d x[j]``.

    It is the forward-mode Jacobian of the gradient.

    Parameters
    ----------
    f, argnums
        As for `grad`.

    Returns
    -------
    callable
        Takes what `f` takes; for an argument of shape ``s`` it gives a tensor of shape ``(*s, *s)``. Nests, and several
        arguments, as with `jacobian` of `grad`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.hessian(lambda x: (x**3).sum())(tg.asarray([1.0, 2.0]))
    Tensor([[ 6.,  0.],
            [ 0., 12.]], dtype=float32)
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, ...]:
    """The product of the Hessian of a scalar function with a vector, without the Hessian.

    ``H v``, by forward mode through the gradient: about twice the cost of the gradient.

    Parameters
    ----------
    f : callable
        Takes tensors, or nests of them; returns a tensor of one element.
    primals : sequence
        The arguments of `f`.
    tangents : sequence
        The vector: for each argument a tensor of its shape, in a nest of its form.

    Returns
    -------
    tuple
        The product for each argument, of its form.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.hvp(lambda x: (x**3).sum(), (tg.asarray([1.0, 2.0]),), (tg.asarray([1.0, 1.0]),))
    (Tensor([ 6., 12.], dtype=float32),)
    """
    primals = tuple(primals)
    product: tuple[Any, ...] = jvp(grad(f, tuple(range(len(primals)))), primals, tangents)[1]
    return product
