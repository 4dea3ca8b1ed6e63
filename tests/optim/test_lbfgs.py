"""L-BFGS finds minima, goes on from saved states, and says what it needs; `tests/oracle` follows PyTorch's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim


def rosenbrock(x: Any, y: Any, optimizer: Any) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = (100 * (y - x**2) ** 2 + (1 - x) ** 2).sum()
        loss.backward()
        return loss

    return closure


def made(device: str) -> list[tg.Tensor]:
    return [tg.asarray(start, dtype="float64", device=device).requires_grad_() for start in ([[-1.2, 0.0]], [[1.0, 2]])]


@pytest.mark.parametrize("line_search", ["strong_wolfe", None])
def test_finds_a_minimum(line_search: str | None, device: str) -> None:
    params = made(device)
    optimizer = optim.LBFGS(params, lr=1.0 if line_search else 0.2, max_iter=300, line_search_fn=line_search)
    first = optimizer.step(rosenbrock(*params, optimizer))
    assert first.item() > 1
    for p in params:
        np.testing.assert_allclose(p.detach().numpy(), 1.0, rtol=1e-4)
    state = optimizer.state[params[0]]
    assert len(state["old_dirs"]) <= 100
    assert state["n_iter"] < 300
    assert optimizer.step(rosenbrock(*params, optimizer)).item() < 1e-6


def test_a_parameter_without_a_gradient_stays(device: str) -> None:
    params = [*made(device), tg.ones(3, dtype="float64", device=device).requires_grad_()]
    optimizer = optim.LBFGS(params)
    optimizer.step(rosenbrock(*params[:2], optimizer))
    assert params[2].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("history_size", [1, 3, 100])
def test_follows_pytorch(history_size: int, torch: ModuleType, device: str) -> None:
    params = made(device)
    theirs = [torch.tensor(p.detach().numpy(), requires_grad=True) for p in params]
    settings: Any = {"max_iter": 12, "history_size": history_size, "line_search_fn": "strong_wolfe"}
    ours, oracle = optim.LBFGS(params, **settings), torch.optim.LBFGS(theirs, **settings)
    for _ in range(2):
        ours.step(rosenbrock(*params, ours))
        oracle.step(rosenbrock(*theirs, oracle))
    for p, q in zip(params, theirs):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-6)
    # and goes on from its state
    loaded = optim.LBFGS(again := [p.detach().copy().requires_grad_() for p in params])
    loaded.load_state_dict(oracle.state_dict())
    assert loaded.param_groups[0]["history_size"] == history_size
    loaded.step(rosenbrock(*again, loaded))
    ours.step(rosenbrock(*params, ours))
    for p, q in zip(again, params):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5)


def test_a_saved_state_goes_on_where_it_was(device: str) -> None:
    params = made(device)
    optimizer = optim.LBFGS(params, max_iter=5)
    optimizer.step(rosenbrock(*params, optimizer))
    saved = optimizer.state_dict()
    assert set(saved["state"]) == {0}
    again = [p.detach().copy().requires_grad_() for p in params]
    loaded = optim.LBFGS(again)
    loaded.load_state_dict(saved)
    for each, of in ((loaded, again), (optimizer, params)):
        each.step(rosenbrock(*of, each))
    for p, q in zip(params, again):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())
    saved["state"][0]["d"] = tg.zeros(3)
    with pytest.raises(ValueError, match=r"the saved d has shape \(3,\), the parameters together \(4,\)"):
        loaded.load_state_dict(saved)
    del saved["state"][0]["d"]
    with pytest.raises(ValueError, match=r"lacks \['d'\]"):
        loaded.load_state_dict(saved)


def test_compiled_it_is_itself_with_a_warning(device: str) -> None:
    params, eager = made(device), made(device)
    optimizer, other = optim.LBFGS(params), optim.LBFGS(eager)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        step = tg.compile(lambda: optimizer.step(rosenbrock(*params, optimizer)))
        for _ in range(2):
            step()
            other.step(rosenbrock(*eager, other))
    assert [warning.category for warning in caught] == [tg.CompileWarning]
    for p, q in zip(params, eager):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy())


def test_parameters_without_elements(device: str) -> None:
    x = tg.zeros((0, 2), device=device).requires_grad_()
    optimizer = optim.LBFGS([x])

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 0.0


def test_refuses_what_makes_no_sense() -> None:
    x, y = (tg.ones(2).requires_grad_() for _ in range(2))
    with pytest.raises(ValueError, match="one group"):
        optim.LBFGS([{"params": [x]}, {"params": [y]}])
    with pytest.raises(TypeError, match="needs a closure"):
        optim.LBFGS([x]).step()
    with pytest.raises(ValueError, match='must be None or "strong_wolfe"'):
        optim.LBFGS([x], line_search_fn="armijo")
    with pytest.raises(ValueError, match="history_size must be at least 1"):
        optim.LBFGS([x], history_size=0)
