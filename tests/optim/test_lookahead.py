"""Lookahead follows the paper, shares its groups with the optimizer that goes ahead, and saves both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

pytestmark = pytest.mark.filterwarnings("error::tinygrad_nn.CompileWarning")


def made(device: str) -> list[tg.Tensor]:
    rng = np.random.default_rng(1)
    return [tg.asarray(np.array(rng.standard_normal(s)), device=device).requires_grad_() for s in ((3, 2), (4,), ())]


def on(params: list[tg.Tensor]) -> optim.Lookahead:
    return optim.Lookahead(optim.Adam(params, lr=0.1), k=3, alpha=0.4)


def train(optimizer: Any, params: list[tg.Tensor], steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p * p * p).sum() for p in params).backward()  # type: ignore[union-attr]
        optimizer.step()


def values(params: list[tg.Tensor]) -> list[Any]:
    return [p.detach().numpy().copy() for p in params]


def test_follows_the_paper(device: str) -> None:
    params, by_hand = made(device), made(device)
    inner = optim.Adam(by_hand, lr=0.1)
    slow = values(by_hand)
    for _ in range(4):
        train(inner, by_hand, 3)
        slow = [s + 0.4 * (p - s) for s, p in zip(slow, values(by_hand))]
        for p, s in zip(by_hand, slow):
            p.array[...] = tg.asarray(s, device=device).array
    train(on(params), params, 12)
    for p, s in zip(params, slow):
        np.testing.assert_allclose(p.detach().numpy(), s, rtol=1e-12)


def test_steps_of_a_program(device: str) -> None:
    params, eager = made(device), made(device)
    optimizer, other = on(params), on(eager)
    step = tg.compile(lambda: train(optimizer, params, 1))
    for _ in range(7):
        step()
        train(other, eager, 1)
    for p, q in zip(values(params), values(eager)):
        np.testing.assert_allclose(p, q, rtol=1e-12)
    assert len(step.programs) == 2


def test_groups_are_shared(device: str) -> None:
    params = made(device)
    optimizer = on(params[:2])
    optimizer.add_param_group({"params": params[2:], "lr": 0.5})
    optimizer.param_groups[0]["lr"] = 0.0
    scheduler = optim.StepLR(optimizer, 10)
    assert scheduler.get_last_lr() == [0.0, 0.5]
    before = values(params)
    train(optimizer, params, 3)
    assert [np.array_equal(x, y) for x, y in zip(before, values(params))] == [True, True, False]


def test_a_saved_state_goes_on_where_it_was(device: str) -> None:
    whole, first, second = made(device), made(device), made(device)
    train(on(whole), whole, 8)
    optimizer = on(first)
    train(optimizer, first, 4)
    for p, q in zip(second, first):
        p.array[...] = q.array
    loaded = on(second)
    loaded.load_state_dict(optimizer.state_dict())
    assert loaded.param_groups is loaded.optimizer.param_groups
    train(loaded, second, 4)
    for p, q in zip(values(second), values(whole)):
        assert np.array_equal(p, q)


def test_a_state_that_does_not_fit_changes_nothing(device: str) -> None:
    params = made(device)
    optimizer = on(params)
    train(optimizer, params, 2)
    saved = optimizer.state_dict()
    del saved["optimizer"]["state"][1]["exp_avg"]
    train(optimizer, params, 1)
    with pytest.raises(ValueError, match=r"Adam: the saved state of parameter 1 lacks \['exp_avg'\]"):
        optimizer.load_state_dict(saved)
    assert optimizer.state[params[0]]["step"] == 3
    assert optimizer.param_groups[0]["params"][0] is params[0]
    with pytest.raises(ValueError, match="has no 'optimizer'"):
        optimizer.load_state_dict(optim.Adam(params).state_dict())


def test_refuses_what_makes_no_sense(device: str) -> None:
    params = made(device)
    with pytest.raises(TypeError, match="must be an Optimizer, not a list"):
        optim.Lookahead(params)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="k must be at least 1"):
        optim.Lookahead(optim.SGD(params), k=0)
    with pytest.raises(ValueError, match="alpha must be from 0 to 1"):
        optim.Lookahead(optim.SGD(params), alpha=1.5)
