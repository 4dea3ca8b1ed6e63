"""What eager execution checks of values, programs check at each run: the same error, and nothing is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim


def _step(loss: Any, device: str) -> Any:
    model = nn.Linear(4, 3, generator=tg.Generator(0, device))
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def step(x: Any, t: Any) -> Any:
        optimizer.zero_grad()
        value = loss(model(x), t)
        value.backward()
        optimizer.step()
        return value

    return model, step


CLASSES = {"cross_entropy": F.cross_entropy, "nll_loss": lambda z, t: F.nll_loss(F.log_softmax(z, axis=1), t)}


@pytest.mark.parametrize("loss", CLASSES)
@pytest.mark.parametrize("bad", [-1, 3, 100])
@pytest.mark.parametrize("how", [tg.compile, lambda step: lambda x, t: tg.trace(step, x, t * 0)(x, t)])
def test_class_indices(device: str, loss: str, bad: int, how: Any) -> None:
    model, step = _step(CLASSES[loss], device)
    run = how(step)
    x, t = tg.ones((2, 4), device=device), tg.asarray([0, 2], device=device)
    run(x, t)
    before = [p.detach().copy() for p in model.parameters()]
    with pytest.raises(IndexError, match=f"{loss}: the target has class indices"):
        run(x, tg.asarray([0, bad], device=device))
    for p, was in zip(model.parameters(), before):
        assert bool((p.detach() == was).all())
    assert np.isfinite(run(x, tg.asarray([1, -100], device=device)).item())


def test_probabilities(device: str) -> None:
    f = tg.compile(lambda x, t: F.binary_cross_entropy(x * 2, t))
    x, t = tg.asarray([0.25, 0.5], device=device), tg.ones(2, device=device)
    f(x, t)
    with pytest.raises(ValueError, match="from 0 to 1"):
        f(x * 3, t)
    assert f(x, t).item() > 0
