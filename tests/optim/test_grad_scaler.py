"""Loss scaling follows PyTorch's scaler, skips what overflows, and is none for those who switch it off."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim


def made(device: str) -> list[tg.Tensor]:
    return [tg.asarray([1.0, 2.0], device=device).requires_grad_(), tg.asarray(3.0, device=device).requires_grad_()]


def test_follows_pytorch(torch: ModuleType, device: str) -> None:
    settings: Any = {"init_scale": 8.0, "growth_factor": 3.0, "backoff_factor": 0.25, "growth_interval": 3}
    params, theirs = made(device), [torch.tensor([1.0, 2.0]), torch.tensor(3.0)]
    for q in theirs:
        q.requires_grad_()
    optimizer, oracle = optim.Adam(params, lr=0.1), torch.optim.Adam(theirs, lr=0.1)
    scaler, other = optim.GradScaler(**settings), torch.amp.GradScaler("cpu", **settings)
    infinite = (4, 5, 11)
    for step in range(16):
        factor = float("inf") if step in infinite else 1.0
        for each, by, at in ((params, scaler, optimizer), (theirs, other, oracle)):
            at.zero_grad()
            by.scale(sum((p * p * factor).sum() for p in each)).backward()  # type: ignore[attr-defined]
            if step % 2:
                by.unscale_(at)  # type: ignore[attr-defined]
            by.step(at)  # type: ignore[attr-defined]
            by.update()  # type: ignore[attr-defined]
        assert scaler.get_scale() == other.get_scale()
        saved = other.state_dict()
        assert scaler.state_dict() == saved
    for p, q in zip(params, theirs):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5)
        assert optimizer.state[p]["step"] == 13
    scaler.load_state_dict(torch.amp.GradScaler("cpu").state_dict() | {"scale": 32.0, "growth_interval": 7})
    assert scaler.get_scale() == 32.0
    assert scaler.growth_interval == 7


def test_small_gradients_of_float16_are_kept(device: str) -> None:
    gradients = []
    for scale in (1.0, 2.0**14):
        w = tg.asarray([1.0], device=device).requires_grad_()
        scaler = optim.GradScaler(init_scale=scale)
        optimizer = optim.SGD([w], lr=1.0)
        loss = (w.astype(tg.float16) * 1e-3).astype(tg.float32).sum() * 1e-5
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        assert w.grad is not None
        gradients.append(w.grad.item())
    assert gradients[0] != pytest.approx(1e-8, rel=1e-2)
    assert gradients[1] == pytest.approx(1e-8, rel=1e-2)


def test_clipping_sees_unscaled_gradients(device: str) -> None:
    params = made(device)
    optimizer, scaler = optim.SGD(params, lr=1.0), optim.GradScaler()
    scaler.scale((params[0] * tg.asarray([3.0, 4.0], device=device)).sum()).backward()
    scaler.unscale_(optimizer)
    assert optim.clip_grad_norm_(params, 1.0).item() == pytest.approx(5.0)
    scaler.step(optimizer)
    np.testing.assert_allclose(params[0].detach().numpy(), [0.4, 1.2], rtol=1e-5)
    with pytest.raises(RuntimeError, match="unscaled already"):
        scaler.unscale_(optimizer)


def test_one_step_between_updates(device: str) -> None:
    params = made(device)
    optimizer, scaler = optim.SGD(params, lr=0.5), optim.GradScaler(device=device)
    scaler.scale(params[1] * 2).backward()
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"step already since the last update\(\); call update\(\) after each step"):
        scaler.step(optimizer)
    assert params[1].item() == 2.0
    scaler.update()
    scaler.step(optimizer)


def test_one_that_is_not_enabled(device: str) -> None:
    params = made(device)
    optimizer, scaler = optim.SGD(params, lr=0.5), optim.GradScaler(enabled=False)
    loss = params[1] * 2
    assert scaler.scale(loss) is loss
    loss.backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert params[1].item() == 2.0
    assert scaler.get_scale() == 1.0
    assert scaler.state_dict() == {}
    scaler.load_state_dict({})


def test_programs_read_the_scale_anew(device: str) -> None:
    scaler = optim.GradScaler(init_scale=2.0, device=device)
    scaled = tg.compile(scaler.scale)
    loss = tg.asarray(3.0, device=device)
    assert scaled(loss).item() == 6.0
    scaler.update(new_scale=5.0)
    assert scaled(loss).item() == 15.0
    assert len(scaled.programs) == 1


def test_steps_are_no_part_of_programs(device: str) -> None:
    params = made(device)
    optimizer, scaler = optim.SGD(params, lr=0.5), optim.GradScaler(device=device)

    def step() -> None:
        optimizer.zero_grad()
        scaler.scale(params[1] * 2).backward()
        scaler.step(optimizer)
        scaler.update()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compiled = tg.compile(step)
        for _ in range(2):
            compiled()
    assert len(caught) == 1
    assert "whether gradients are finite" in str(caught[0].message)
    assert params[1].item() == 1.0


def test_the_scale_stays_a_number() -> None:
    w = tg.asarray([1.0]).requires_grad_()
    optimizer, scaler = optim.SGD([w], lr=0.5), optim.GradScaler(init_scale=2.0**126, growth_interval=1)
    for _ in range(4):
        scaler.scale(w * 0).backward()
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() == 2.0**127


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optim.GradScaler(init_scale=0.0), ValueError, "init_scale must be above 0"),
        (lambda: optim.GradScaler(growth_factor=1.0), ValueError, "growth_factor must be above 1"),
        (lambda: optim.GradScaler(backoff_factor=1.0), ValueError, r"backoff_factor must be in \[0.0, 1.0\)"),
        (lambda: optim.GradScaler(growth_interval=0), ValueError, "growth_interval must be at least 1"),
        (lambda: optim.GradScaler().scale(3.0), TypeError, "the loss is a float"),
        (lambda: optim.GradScaler().scale(tg.asarray(3)), TypeError, "the loss is a tensor of int64"),
        (lambda: optim.GradScaler().update(), RuntimeError, "there was no step"),
        (lambda: optim.GradScaler().load_state_dict({}), ValueError, r"lacks \['_growth_tracker'"),
        (lambda: optim.GradScaler().unscale_(optim.SGD([tg.ones(1, dtype="float16").requires_grad_()])), ValueError,
         "keep the weights in float32"),
        (lambda: optim.GradScaler().step(optim.LBFGS([tg.ones(1).requires_grad_()])), TypeError,
         "LBFGS is not supported"),
    ],
)  # fmt: skip
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
