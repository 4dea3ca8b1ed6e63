"""PyTorch as an oracle: the same function, asked for its value, gradients and second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

Agree = Callable[..., None]


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")


@pytest.fixture(scope="session")
def agree(torch: Any, device: str) -> Agree:
    """Compare ``ours(*tensors)`` with ``theirs(*tensors)``: value, gradients and second derivatives."""

    def check(ours: Any, theirs: Any, *arrays: Any, rtol: float = 1e-9, second: bool = True) -> None:
        xs = [tg.asarray(a, device=device, requires_grad=a.dtype.kind == "f") for a in arrays]
        ts = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in arrays]
        y, t = ours(*xs), theirs(*ts)
        close = {"rtol": rtol, "atol": 1e-11}
        np.testing.assert_allclose(y.detach().numpy(), t.detach().numpy(), **close)
        assert y.shape == tuple(t.shape)

        xs, ts = [x for x in xs if x.requires_grad], [t for t in ts if t.requires_grad]
        draw = np.random.default_rng(0).standard_normal
        seed = draw(y.shape)
        y.backward(tg.asarray(seed, device=device), create_graph=second)
        found = torch.autograd.grad(t, ts, torch.tensor(seed), create_graph=second)
        for x, g in zip(xs, found):
            assert x.grad.dtype == x.dtype
            np.testing.assert_allclose(x.grad.detach().numpy(), g.numpy(force=True), **close)
        if not second:
            return

        seeds = [draw(x.shape) for x in xs]
        slope = sum((x.grad * tg.asarray(s, device=device)).sum() for x, s in zip(xs, seeds))
        their_slope = sum((g * torch.tensor(s)).sum() for g, s in zip(found, seeds))
        for x in xs:
            x.grad = None
        if slope.requires_grad:
            slope.backward()
        curved = [None] * len(ts)
        if their_slope.requires_grad:
            curved = torch.autograd.grad(their_slope, ts, allow_unused=True)
        for x, g in zip(xs, curved):
            ours_second = np.zeros(x.shape) if x.grad is None else x.grad.numpy()
            theirs_second = np.zeros(x.shape) if g is None else g.numpy(force=True)
            np.testing.assert_allclose(ours_second, theirs_second, rtol=1e-8, atol=1e-9)

    return check


@pytest.fixture(scope="session")
def same_as_torch(torch: Any, device: str) -> Callable[..., None]:
    """Compare a layer with PyTorch's of that name: the names and values of its state, outputs and all gradients.

    In each round of training and of evaluation both get the same inputs; the state after it must agree, too.
    """

    def check(name: str, arguments: Any, options: Any, shapes: Any, rounds: int = 1) -> None:
        draw = np.random.default_rng(0)
        theirs = getattr(torch.nn, name)(*arguments, **options).double()
        ours = getattr(nn, name)(*arguments, **options).to(device).to(tg.float64)
        for value in theirs.state_dict().values():
            if value.is_floating_point():
                value.copy_(torch.tensor(draw.uniform(0.5, 2, value.shape)))
        ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
        assert list(ours.state_dict()) == list(theirs.state_dict())
        for training in (True, False):
            ours.train(training), theirs.train(training)
            for _ in range(rounds):
                arrays = [draw.normal(1, 2, shape) for shape in shapes]
                xs = [tg.asarray(a, device=device, requires_grad=True) for a in arrays]
                ts = [torch.tensor(a, requires_grad=True) for a in arrays]
                ours.zero_grad(), theirs.zero_grad()
                y, t = ours(*xs), theirs(*ts)
                assert y.shape == tuple(t.shape)
                g = draw.normal(size=y.shape)
                y.backward(tg.asarray(g, device=device)), t.backward(torch.tensor(g))
                pairs = [(y, t), *((x.grad, t.grad) for x, t in zip(xs, ts))]
                pairs += [(p.grad, q.grad) for p, q in zip(ours.parameters(), theirs.parameters())]
                pairs += [(value, theirs.state_dict()[key]) for key, value in ours.state_dict().items()]
                for found, wanted in pairs:
                    np.testing.assert_allclose(
                        found.detach().numpy(), wanted.detach().numpy(), rtol=1e-9, atol=1e-11
                    )

    return check
