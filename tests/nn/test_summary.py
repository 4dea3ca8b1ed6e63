"""The table of a model."""

from __future__ import annotations

from typing import Any

import tinygrad_nn as tg
from tinygrad_nn import nn


def test_the_table(device: str) -> None:
    body = nn.Sequential(nn.Linear(784, 256, device=device), nn.ReLU())
    model = nn.Sequential(nn.Flatten(), body, nn.Linear(256, 10, device=device))
    model[2].weight.requires_grad_(False)
    assert str(model.summary(input_shape=(64, 28, 28))) == (
        "module           output shape  parameters\n"
        "-----------------------------------------\n"
        "Sequential       (64, 10)\n"
        "  0: Flatten     (64, 784)\n"
        "  1: Sequential  (64, 256)\n"
        "    0: Linear    (64, 256)        200,960\n"
        "    1: ReLU      (64, 256)\n"
        "  2: Linear      (64, 10)           2,570\n"
        "-----------------------------------------\n"
        "203,530 parameters, 200,970 of them trained, 814 kB"
    )


def test_the_table_without_an_input() -> None:
    assert repr(nn.Sequential(nn.Linear(2, 3)).summary()) == (
        "module       parameters\n"
        "-----------------------\n"
        "Sequential\n"
        "  0: Linear           9\n"
        "-----------------------\n"
        "9 parameters, 9 of them trained, 36 bytes"
    )


def test_shared_parameters_count_once(device: str) -> None:
    model = nn.Sequential(nn.Linear(2, 2, device=device), nn.Linear(2, 2, device=device))
    model[1].weight = model[0].weight
    summary = model.summary()
    assert [row.parameters for row in summary.rows] == [0, 6, 2]
    assert summary.parameters == summary.trained == 8


def test_the_model_is_left_as_it_was(device: str) -> None:
    model = nn.Sequential(nn.Linear(2, 2, device=device), nn.Dropout(0.5).eval())
    before = model.state_dict()
    model.summary(input_shape=(1, 2))
    assert [m.training for m in model.modules()] == [True, True, False]
    assert all("forward" not in vars(m) for m in model.modules())
    assert model.state_dict().keys() == before.keys()


def test_several_outputs_and_integer_inputs(device: str) -> None:
    class Two(nn.Module):
        def forward(self, x: Any) -> Any:
            assert x.dtype == tg.int64
            return x, (x[0], None)

    (row,) = Two().summary((2, 3), dtype=tg.int64).rows
    assert row == ("", "Two", [(2, 3), [(3,), None]], 0)
