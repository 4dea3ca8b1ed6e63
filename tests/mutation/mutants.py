"""Rules made wrong, each in one way that a person could have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["MUTATIONS"]

Rule = Callable[..., Any]


def each_part(y: Any, change: Callable[[Any], Any]) -> Any:
    """`change` applied to an array, or to each of several outputs."""
    if y is None or y is NotImplemented:
        return y
    return tuple(each_part(part, change) for part in y) if isinstance(y, tuple) else change(y)


# Of vector-Jacobian products: rule(xp, g, y, *inputs, **attributes)


def with_result(change: Callable[[Any, Any, Any], Any]) -> Callable[[Rule], Rule]:
    """Mutants whose result is ``change(xp, d, g)`` of the right one."""

    def mutate(rule: Rule) -> Rule:
        return lambda xp, g, y, *inputs, **attrs: change(xp, rule(xp, g, y, *inputs, **attrs), g)

    return mutate


def transposed(xp: Any, d: Any, g: Any) -> Any:
    """Two axes of one size exchanged, the last such pair."""
    for j in range(d.ndim - 1, 0, -1):
        for i in range(j - 1, -1, -1):
            if d.shape[i] == d.shape[j] > 1:
                axes = list(range(d.ndim))
                axes[i], axes[j] = j, i
                return xp.permute_dims(d, tuple(axes))
    return d


def with_some_of_g(xp: Any, d: Any, g: Any) -> Any:
    for part in g if isinstance(g, list) else [g]:
        if part is not None and part.shape == d.shape and part.dtype.kind == d.dtype.kind:
            return d + 1e-3 * part
    return d


def reading_wrongly(rule: Rule) -> Rule:
    """The first two inputs of one shape exchanged."""

    def mutated(xp: Any, g: Any, y: Any, *inputs: Any, **attrs: Any) -> Any:
        given = list(inputs)
        shapes = [getattr(x, "shape", None) for x in inputs]
        for j in range(1, len(inputs)):
            if shapes[j] is not None and shapes[j] in shapes[:j]:
                i = shapes.index(shapes[j])
                given[i], given[j] = given[j], given[i]
                break
        return rule(xp, g, y, *given, **attrs)

    return mutated


# Of forward mode: rule(xp, tangents, y, *inputs, **attributes)
# Of vmap: rule(xp, batched, *inputs, **attributes), with the samples along the first axis


def with_parts(change: Callable[[Any], Any]) -> Callable[[Rule], Rule]:
    """Mutants whose result is ``change(y)`` of the right one, for each output."""

    def mutate(rule: Rule) -> Rule:
        return lambda *args, **attrs: each_part(rule(*args, **attrs), change)

    return mutate


def without(place: int) -> Callable[[Rule], Rule]:
    """The tangent of one input forgotten."""

    def mutate(rule: Rule) -> Rule:
        def mutated(xp: Any, tangents: Any, y: Any, *inputs: Any, **attrs: Any) -> Any:
            rest = tuple(None if i == place else t for i, t in enumerate(tangents))
            if all(t is None for t in rest):
                return each_part(y, lambda part: part * 0)
            return rule(xp, rest, y, *inputs, **attrs)

        return mutated

    return mutate


MUTATIONS: Mapping[str, Mapping[str, Callable[[Rule], Rule]]] = {
    "vjp": {
        "times 1.01": with_result(lambda xp, d, g: d * 1.01),
        "times 2": with_result(lambda xp, d, g: d * 2),
        "times 0.5": with_result(lambda xp, d, g: d * 0.5),
        "sign": with_result(lambda xp, d, g: -d),
        "transposed": with_result(transposed),
        "plus 0.001 g": with_result(with_some_of_g),
        "inputs exchanged": reading_wrongly,
    },
    "jvp": {
        "times 1.01": with_parts(lambda t: t * 1.01),
        "sign": with_parts(lambda t: -t),
        "tangent of input 0 dropped": without(0),
        "tangent of input 1 dropped": without(1),
        "tangent of input 2 dropped": without(2),
    },
    "batch": {
        "times 1.01": with_parts(lambda y: y * 1.01 if y.dtype.kind in "fc" else y + 1),
        "samples reversed": with_parts(lambda y: y.flip(0)),
        "first sample for all": with_parts(lambda y: y[:1].broadcast_to(y.shape)),
    },
}
