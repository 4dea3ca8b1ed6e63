"""What the tests of schedulers share: two groups to schedule, PyTorch's rates, and going on from a saved state."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import tinygrad_nn as tg
from tinygrad_nn import optim

RUN = 200


def made(kind: str = "SGD") -> optim.Optimizer:
    groups = [{"params": [tg.zeros(1).requires_grad_()]}, {"params": [tg.zeros(1).requires_grad_()], "lr": 0.3}]
    return optim.SGD(groups, lr=0.1, momentum=0.9) if kind == "SGD" else optim.Adam(groups, lr=0.1)


def rates(optimizer: Any) -> list[float]:
    return [group["lr"] for group in optimizer.param_groups]


def assert_follows_pytorch(torch: ModuleType, kind: str, name: str, arguments: dict[str, Any]) -> None:
    optimizer = made(kind)
    zeros = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    groups = [{"params": [zeros[0]]}, {"params": [zeros[1]], "lr": 0.3}]
    settings = {"momentum": 0.9} if kind == "SGD" else {}
    oracle = getattr(torch.optim, kind)(groups, lr=0.1, **settings)
    scheduler = getattr(optim, name)(optimizer, **arguments)
    theirs = getattr(torch.optim.lr_scheduler, name)(oracle, **arguments)
    key = "momentum" if kind == "SGD" else "betas"
    for _ in range(RUN):
        np.testing.assert_allclose(rates(optimizer), rates(oracle), rtol=1e-12, atol=1e-14)
        assert scheduler.get_last_lr() == rates(optimizer)
        for ours, other in zip(optimizer.param_groups, oracle.param_groups):
            np.testing.assert_allclose(ours[key], other[key], rtol=1e-12)
        optimizer.step()
        oracle.step()
        scheduler.step()
        theirs.step()


def pytorch_sgd(torch: ModuleType) -> Any:
    """PyTorch's counterpart of `made`, without momentum."""
    zeros = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    return torch.optim.SGD([{"params": [zeros[0]]}, {"params": [zeros[1]], "lr": 0.3}], lr=0.1)


def assert_goes_on_from_a_saved_state(make: Callable[[Any], Any], metric: Callable[[int], float] | None = None) -> None:
    """Thirty steps are the same with and without saving and loading on the way."""

    def run(scheduler: Any, first: int, last: int) -> None:
        for t in range(first, last):
            scheduler.step(*([] if metric is None else [metric(t)]))

    whole, first, second = made(), made(), made()
    run(make(whole), 0, 30)
    scheduler = make(first)
    run(scheduler, 0, 13)
    saved, saved_scheduler = first.state_dict(), json.loads(json.dumps(scheduler.state_dict()))
    loaded = make(second)
    second.load_state_dict(saved)
    loaded.load_state_dict(saved_scheduler)
    run(loaded, 13, 30)
    assert rates(second) == rates(whole)
    assert second.param_groups[0]["momentum"] == whole.param_groups[0]["momentum"]
