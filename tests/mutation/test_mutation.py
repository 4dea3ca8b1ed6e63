"""The mutation tester itself: it tells tests that can fail from those that cannot, and leaves everything as it was."""

from __future__ import annotations

import pytest

from tests.mutation.__main__ import main
from tests.mutation.hunt import CHECKS, Check, Mutant, differing, is_noticed
from tests.ops.table import ROWS
from tinygrad_nn import ops

ROWS_HERE = [row for row in ROWS if row.name in ("tanh", "matmul", "subtract", "stack")]


@pytest.mark.parametrize("kind", sorted(CHECKS))
def test_wrong_rules_are_noticed(kind: str) -> None:
    names = ["matmul", "stack", "subtract", "tanh"]
    before = [(ops.registry()[name].rules, ops.registry()[name].jvp, ops.registry()[name].batch) for name in names]
    cases = differing(kind, names, ROWS_HERE)
    wrong = {mutant: found for mutant, found in cases.items() if found}
    assert wrong or kind == "jvp"
    for mutant, found in wrong.items():
        assert is_noticed(mutant, found, CHECKS[kind]), str(mutant)
    assert before == [
        (ops.registry()[name].rules, ops.registry()[name].jvp, ops.registry()[name].batch) for name in names
    ]


def test_a_check_that_cannot_fail_notices_nothing() -> None:
    mutant = Mutant("vjp", "tanh", 0, "sign")
    found = differing("vjp", ["tanh"], ROWS_HERE)[mutant]
    assert found
    assert not is_noticed(mutant, found, [Check(lambda row, case, device: None)])


def test_a_check_that_always_fails_says_nothing() -> None:
    def fails(row: object, case: object, device: str) -> None:
        raise ValueError

    mutant = Mutant("vjp", "tanh", 0, "sign")
    with pytest.raises(AssertionError, match="fails for tanh"):
        is_noticed(mutant, differing("vjp", ["tanh"], ROWS_HERE)[mutant], [Check(fails)])


def test_what_makes_no_difference_is_told_apart() -> None:
    cases = differing("vjp", ["tanh", "subtract"], ROWS_HERE)
    assert cases[Mutant("vjp", "tanh", 0, "inputs exchanged")] == []  # there is one input
    assert cases[Mutant("vjp", "tanh", 0, "transposed")] != []
    assert cases[Mutant("vjp", "subtract", 1, "sign")] != []


def test_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--kind", "vjp", "--op", "tanh"]) == 0
    printed = capsys.readouterr().out
    assert "vjp: 6 of 6 mutants noticed (100.00%), 1 more make no difference" in printed
    assert "survived" not in printed
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "python -m tests.mutation" in capsys.readouterr().out
