"""What a program need not do: values that nobody reads, that are computed twice, or that are always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from ..backend import cpu
from ..backend.recorder import Instruction, Ref

__all__ = ["looked_at", "references", "replaced", "simplify"]

FILLED = {"ones_like": 1, "zeros_like": 0}
FOLDED = 1024  # elements of what is computed from constants once and kept


def references(tree: Any) -> Iterator[int]:
    """The numbers of the values that arguments refer to, in order."""
    if type(tree) is Ref:
        yield tree.number
    elif type(tree) in (tuple, list):
        for part in tree:
            yield from references(part)
    elif type(tree) is slice:
        yield from references((tree.start, tree.stop, tree.step))
    elif type(tree) is dict:
        yield from references(tuple(tree.values()))


def looked_at(i: Instruction, x: Any, rest: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What an instruction gives that may be a view of `x`; an array also where NumPy would give a single number."""
    y = getattr(cpu, i.name)(x, *rest, **kwargs)
    if isinstance(y, np.ndarray) or i.name != "getitem":
        return np.asarray(y)
    given = rest[0] if type(rest[0]) is tuple else (rest[0],)
    index = (*given, ...)
    return x[index]


def replaced(tree: Any, function: Callable[[int], Any]) -> Any:
    """The same arguments with ``function(number)`` in the place of each reference."""
    if type(tree) is Ref:
        return function(tree.number)
    if type(tree) in (tuple, list):
        return type(tree)(replaced(part, function) for part in tree)
    if type(tree) is slice:
        return slice(*(replaced(part, function) for part in (tree.start, tree.stop, tree.step)))
    if type(tree) is dict:
        return {key: replaced(part, function) for key, part in tree.items()}
    return tree


def simplify(
    instructions: list[Instruction], wanted: set[int], constants: dict[int, Any]
) -> tuple[list[Instruction], dict[int, int]]:
    """Drop what is not needed of a program.

    Parameters
    ----------
    instructions : list of Instruction
        In order.
    wanted : set of int
        The numbers of the values that the program returns or writes.
    constants : dict of int to array
        Values that stay the same; those found here are added to it.

    Returns
    -------
    instructions : list of Instruction
        Those that remain, in order.
    same : dict of int to int
        For each value that is another one under a different number, that number.
    """
    same: dict[int, int] = {}
    known: dict[str, int] = {}
    kept: list[Instruction] = []
    shapes: dict[int, tuple[Any, Any]] = {}
    for i in instructions:
        args, kwargs = replaced((i.args, i.kwargs), lambda n: Ref(same.get(n, n)))
        i = i._replace(args=args, kwargs=kwargs)
        shapes[i.output] = (i.shape, i.dtype)
        if i.name in FILLED:
            constants[i.output] = np.broadcast_to(np.asarray(FILLED[i.name], i.dtype), i.shape)
            continue
        if all(n in constants for n in references((args, kwargs))) and prod(i.shape) <= FOLDED:
            given = replaced((args, kwargs), constants.__getitem__)
            constants[i.output] = np.asarray(getattr(cpu, i.name)(*given[0], **given[1]))
            continue
        source = _unchanged(i, shapes)
        twin = known.setdefault(f"{i.name} {args!r} {sorted(kwargs.items())!r}", i.output) if source is None else source
        if twin != i.output:
            same[i.output] = twin
            continue
        kept.append(i)
    needed = {same.get(n, n) for n in wanted}
    live = []
    for i in reversed(kept):
        if i.output in needed:
            live.append(i)
            needed.update(references((i.args, i.kwargs)))
    return live[::-1], same


def _unchanged(i: Instruction, shapes: dict[int, tuple[Any, Any]]) -> int | None:
    """The number of the value that an instruction only repeats: a program has no writes that would tell them apart."""
    if not i.args or type(i.args[0]) is not Ref:
        return None
    if i.name == "assign_at" and i.args[1] is ... and type(i.args[2]) is Ref:  # a whole array is written over
        value = i.args[2].number
        return value if shapes.get(value) == (i.shape, i.dtype) else None
    source = i.args[0].number
    if i.name in ("copy", "positive"):
        return source
    if i.name in ("astype", "broadcast_to", "reshape") and shapes.get(source) == (i.shape, i.dtype):
        return source
    return None
