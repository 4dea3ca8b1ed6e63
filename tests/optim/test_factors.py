"""Multiples of the first rate are PyTorch's."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tinygrad_nn import optim

from .schedules import assert_follows_pytorch, assert_goes_on_from_a_saved_state, made, rates

SCHEDULES: list[tuple[str, dict[str, Any]]] = [
    ("ConstantLR", {}),
    ("ConstantLR", {"factor": 0.1, "total_iters": 30}),
    ("PolynomialLR", {}),
    ("PolynomialLR", {"total_iters": 60, "power": 2.5}),
    ("MultiplicativeLR", {"lr_lambda": lambda t: 0.99 if t % 3 else 1.01}),
    ("MultiplicativeLR", {"lr_lambda": [lambda t: 0.99, lambda t: 1 - 1 / (t + 1) ** 2]}),
]


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_follows_pytorch(name: str, arguments: dict[str, Any], torch: ModuleType) -> None:
    assert_follows_pytorch(torch, "SGD", name, arguments)


def test_products_may_be_moved_anywhere() -> None:
    optimizer = made()
    scheduler = optim.MultiplicativeLR(optimizer, lambda t: t)
    for step, product in ((4, 24.0), (2, 2.0), (2, 2.0), (3, 6.0), (0, 1.0)):
        scheduler.move_to(step)
        assert rates(optimizer) == pytest.approx([0.1 * product, 0.3 * product])


@pytest.mark.parametrize(
    "make",
    [
        lambda on: optim.ConstantLR(on, total_iters=20),
        lambda on: optim.PolynomialLR(on, total_iters=20),
        lambda on: optim.MultiplicativeLR(on, lambda t: 1 - 0.1 / t),
    ],
)
def test_a_saved_state_goes_on_where_it_was(make: Any) -> None:
    assert_goes_on_from_a_saved_state(make)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda o: optim.ConstantLR(o, factor=-1), "factor must be at least 0"),
        (lambda o: optim.PolynomialLR(o, total_iters=0), "total_iters must be at least 1"),
        (lambda o: optim.MultiplicativeLR(o, [abs]), "lr_lambda has 1 values, the optimizer has 2 groups"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(made())
