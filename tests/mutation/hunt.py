"""Look for mutants that the tests of the table of operations do not notice.

First each rule runs once in every case of the table, right and wrong in every way, which tells the cases where a wrong
rule makes a difference at all. Then the wrong rule takes the place of the right one, and those cases are checked by the
project's own tests until one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

import tinygrad_nn as tg
from tests.ops import test_forward_mode, test_table, test_vmap
from tests.ops.table import Case, Row
from tinygrad_nn import ops
from tinygrad_nn.autograd.op import Op, each

from .mutants import MUTATIONS

__all__ = ["CHECKS", "Check", "Mutant", "differing", "is_noticed", "replaced", "rules"]

DEVICE = "cpu"


@dataclass(frozen=True)
class Check:
    """A test of the project, and the rows that it is for."""

    test: Callable[[Row, Case, str], None]
    concerns: Callable[[Row], bool] = lambda row: row.gradient


# The tests that are to notice wrong rules of a kind, the quick ones first.
CHECKS: dict[str, tuple[Check, ...]] = {
    "vjp": (Check(test_table.test_gradient), Check(test_table.test_second_derivative)),
    "jvp": (
        Check(test_forward_mode.test_it_is_the_transpose_of_the_vjp),
        Check(test_forward_mode.test_against_differences),
        Check(test_forward_mode.test_one_direction_at_a_time),
        Check(test_forward_mode.test_forward_through_backward_and_backward_through_forward),
    ),
    "batch": (
        Check(test_vmap.test_value, lambda row: row.traceable),
        Check(test_vmap.test_gradient),
        Check(test_vmap.test_forward_mode),
    ),
}


@dataclass(frozen=True)
class Mutant:
    """What is wrong with a rule of an operation; `place` is the input it is for, 0 for rules that are for all."""

    kind: str
    op: str
    place: int
    mutation: str

    def __str__(self) -> str:
        which = f" of input {self.place}" if self.kind == "vjp" else ""
        return f"{self.op}: {self.kind}{which}, {self.mutation}"


def rules(op: Op, kind: str) -> list[Any]:
    """The rules of a kind that an operation has; one that stands for any number of inputs counts once."""
    if kind != "vjp":
        rule = op.jvp if kind == "jvp" else op.batch
        return [] if rule is None else [rule]
    return list(op.rules) if isinstance(op.rules, tuple) else [op.rules.vjp.rule]


@contextmanager
def replaced(op: Op, kind: str, place: int, rule: Any) -> Iterator[None]:
    """The operation with another rule, for a while."""
    name = "rules" if kind == "vjp" else kind
    before = getattr(op, name)
    if kind != "vjp":
        setattr(op, name, rule)
    elif isinstance(before, tuple):
        op.rules = (*before[:place], rule, *before[place + 1 :])
    else:
        op.rules = each(rule)
    try:
        yield
    finally:
        setattr(op, name, before)


def differing(kind: str, names: list[str], rows: list[Row]) -> dict[Mutant, list[tuple[Row, Case]]]:
    """For each mutant of these operations the cases in which its results are not those of the right rule."""
    found: dict[Mutant, list[tuple[Row, Case]]] = {}
    here: set[Mutant] = set()
    with ExitStack() as stack, np.errstate(all="ignore"):
        for name in names:
            op = ops.registry()[name]
            for place, rule in enumerate(rules(op, kind)):
                if rule is not None:
                    mutants = {Mutant(kind, name, place, m): mutate(rule) for m, mutate in MUTATIONS[kind].items()}
                    found.update((mutant, []) for mutant in mutants)
                    stack.enter_context(replaced(op, kind, place, _watched(rule, mutants, here)))
        for row in rows:
            for case in row.cases if CHECKS[kind][0].concerns(row) else ():
                here.clear()
                _run(kind, row, case)
                for mutant in here:
                    found[mutant].append((row, case))
    return found


def is_noticed(mutant: Mutant, cases: list[tuple[Row, Case]], checks: Sequence[Check]) -> bool:
    """Whether one of the checks fails in one of the cases when the mutant takes the place of the right rule.

    Raises
    ------
    AssertionError
        It fails with the right rule, too, so it says nothing about the mutant.
    """
    op = ops.registry()[mutant.op]
    wrong = MUTATIONS[mutant.kind][mutant.mutation](rules(op, mutant.kind)[mutant.place])
    for check in checks:
        for row, case in cases:
            if not check.concerns(row):
                continue
            with replaced(op, mutant.kind, mutant.place, wrong):
                failed = _fails(check, row, case)
            if failed:
                if _fails(check, row, case):
                    raise AssertionError(f"{check.test.__name__} fails for {row.name} {case} as it is")
                return True
    return False


def _fails(check: Check, row: Row, case: Case) -> bool:
    with np.errstate(all="ignore"):
        try:
            check.test(row, case, DEVICE)
        except Exception:  # whichever it is, the test would have failed
            return True
    return False


def _watched(rule: Any, mutants: dict[Mutant, Any], here: set[Mutant]) -> Any:
    """The right rule, which notes in `here` what the mutants would have made different."""

    def watched(*args: Any, **attrs: Any) -> Any:
        right = rule(*args, **attrs)
        for mutant, wrong in mutants.items():
            if mutant not in here and not _same(right, wrong, args, attrs):
                here.add(mutant)
        return right

    return watched


def _same(right: Any, wrong: Any, args: Any, attrs: Any) -> bool:
    wanted = [_values(part) for part in _parts(right)]
    try:
        found = [_values(part) for part in _parts(wrong(*args, **attrs))]
    except Exception:  # it fails, or gives what is no array of numbers: a difference
        return False
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(wanted, found, strict=True))


def _parts(y: Any) -> list[Any]:
    return [] if y is NotImplemented else [part for part in (y if isinstance(y, tuple) else (y,)) if part is not None]


def _values(y: Any) -> Any:
    return tg.Tensor(y).numpy()


def _run(kind: str, row: Row, case: Case) -> None:
    """Reach the rules that this case reaches."""
    if kind == "vjp":
        arrays = row.arrays(case)
        xs = test_table.tensors(arrays, DEVICE, requires_grad=True)
        test_table.gradients(row, case, xs, test_table.seeds_for(row, case, arrays))
    elif kind == "jvp":
        f, xs, ts = test_forward_mode.prepared(row, case, DEVICE)
        tg.jvp(f, xs, ts)
    else:
        f, inputs = test_vmap.prepared(row, case, DEVICE)
        test_vmap.assert_is_the_loop(f, inputs, [True] * len(inputs))
