"""What the tests of optimizers share: PyTorch as an oracle, and a small problem that both can be given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

STEPS = 20
SHAPES = ((3, 4), (5,), ())


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    module = pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    assert isinstance(module, ModuleType)
    return module


@pytest.fixture
def double(torch: ModuleType) -> Iterator[None]:
    """PyTorch keeps the numbers of a step in its default dtype: let that be float64."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def problem() -> list[tuple[Any, Any, Any]]:
    """For each parameter where it starts, and two arrays: the loss is Σ a p² sin(b p)."""
    rng = np.random.default_rng(3)
    return [tuple(rng.standard_normal(shape) for _ in range(3)) for shape in SHAPES]  # type: ignore[misc]


def loss_of(module: ModuleType, parameters: Any, weights: Any) -> Any:
    terms = [(a * p * p * module.sin(b * p)).sum() for p, (a, b) in zip(parameters, weights)]
    return sum(terms[1:], terms[0])


@pytest.fixture
def assert_follows(torch: ModuleType, device: str) -> Callable[..., None]:
    """Check that 20 steps in float64 go where PyTorch's go, to rounding."""

    def check(name: str, tolerance: float = 1e-12, **settings: Any) -> None:
        starts = problem()
        ours = [tg.asarray(p.copy(), device=device).requires_grad_() for p, _, _ in starts]
        our_weights = [(tg.asarray(a, device=device), tg.asarray(b, device=device)) for _, a, b in starts]
        theirs = [torch.tensor(p, requires_grad=True) for p, _, _ in starts]
        their_weights = [(torch.tensor(a), torch.tensor(b)) for _, a, b in starts]
        optimizer = getattr(optim, name)(ours, **settings)
        oracle = getattr(torch.optim, name)(theirs, **settings)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss_of(tg, ours, our_weights).backward()
            optimizer.step()
            oracle.zero_grad()
            loss_of(torch, theirs, their_weights).backward()
            oracle.step()
        for p, q, (start, _, _) in zip(ours, theirs, starts):
            assert not np.allclose(p.detach().numpy(), start, rtol=1e-3)
            np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=tolerance, atol=tolerance)
        saved = optimizer.state_dict()["state"]
        for n, state in oracle.state_dict()["state"].items():
            for moment, wanted in state.items():
                found = saved[n][moment]
                found = found.numpy() if isinstance(found, tg.Tensor) else found
                np.testing.assert_allclose(found, wanted.numpy(), rtol=tolerance, atol=tolerance)

    return check
