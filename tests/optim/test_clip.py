from __future__ import annotations

from math import inf, nan
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

SHAPES = ((3, 4), (5,), (), (0,))


def with_gradients(device: str, scale: float = 1.0, dtype: Any = "float64") -> list[tg.Tensor]:
    rng = np.random.default_rng(2)
    params = []
    for shape in SHAPES:
        p = tg.zeros(shape, dtype=dtype, device=device).requires_grad_()
        p.grad = tg.asarray(scale * rng.standard_normal(shape), dtype=dtype, device=device)
        params.append(p)
    params.append(tg.zeros(2, device=device).requires_grad_())  # one that nothing has flowed to
    return params


@pytest.mark.parametrize("norm_type", [2.0, 1, 3.5, inf])
@pytest.mark.parametrize("max_norm", [0.5, 0, 100])
def test_clipping_by_norm_follows_pytorch(norm_type: float, max_norm: float, torch: ModuleType, device: str) -> None:
    params = with_gradients(device)
    theirs = [torch.zeros(p.shape, dtype=torch.float64, requires_grad=True) for p in params]
    for p, q in zip(params, theirs):
        q.grad = None if p.grad is None else torch.tensor(p.grad.numpy())
    if norm_type == inf:  # PyTorch has no largest element of nothing
        theirs = [q for q in theirs if q.numel()]
    total = optim.clip_grad_norm_(iter(params), max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert total.shape == ()
    assert total.dtype == tg.float64
    np.testing.assert_allclose(total.numpy(), expected.numpy(), rtol=1e-12)
    for p, q in zip(params, theirs):
        if p.grad is not None and p.size:
            np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("clip_value", [0.3, 0, 10])
def test_clipping_by_value_follows_pytorch(clip_value: float, torch: ModuleType, device: str) -> None:
    params = with_gradients(device)
    theirs = [torch.zeros(p.shape, dtype=torch.float64, requires_grad=True) for p in params]
    for p, q in zip(params, theirs):
        q.grad = None if p.grad is None else torch.tensor(p.grad.numpy())
    optim.clip_grad_value_(params, clip_value)
    torch.nn.utils.clip_grad_value_(theirs, clip_value)
    for p, q in zip(params, theirs):
        assert (p.grad is None) == (q.grad is None)
        if p.grad is not None:
            np.testing.assert_array_equal(p.grad.numpy(), q.grad.numpy())


def test_the_norm_is_taken_over_all_gradients(device: str) -> None:
    params = [tg.zeros(1, device=device).requires_grad_() for _ in range(2)]
    params[0].grad, params[1].grad = tg.asarray([3.0], device=device), tg.asarray([4.0], device=device)
    assert optim.clip_grad_norm_(params, 2.5).item() == 5.0
    assert [p.grad.item() for p in params] == pytest.approx([1.5, 2.0])
    assert optim.clip_grad_norm_(params[0], 2.5).item() == pytest.approx(1.5)  # a tensor alone


def test_without_gradients_the_norm_is_zero(device: str) -> None:
    assert optim.clip_grad_norm_([tg.zeros(2, device=device).requires_grad_()], 1.0).item() == 0.0
    assert optim.clip_grad_norm_([], 1.0).item() == 0.0


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32])
def test_the_dtype_stays_and_float16_does_not_overflow(dtype: Any, device: str) -> None:
    params = with_gradients(device, 1000.0, dtype)
    total = optim.clip_grad_norm_(params, 1.0).item()
    assert np.isfinite(total)
    assert total > 1000
    assert all(p.grad.dtype == dtype for p in params if p.grad is not None)
    assert optim.clip_grad_norm_(params, 1.0).item() == pytest.approx(1.0, rel=2e-2)


def test_gradients_of_several_dtypes(device: str) -> None:
    params = [tg.zeros(1, dtype=dtype, device=device).requires_grad_() for dtype in (tg.float32, tg.float64)]
    for p in params:
        p.grad = tg.ones(1, dtype=p.dtype, device=device)
    optim.clip_grad_norm_(params, 1.0)
    assert [p.grad.dtype for p in params] == [tg.float32, tg.float64]
    assert [p.grad.item() for p in params] == pytest.approx([0.5**0.5] * 2, rel=1e-5)


@pytest.mark.parametrize("value", [inf, nan])
def test_gradients_that_are_not_finite(value: float, device: str) -> None:
    x = tg.zeros(2, device=device).requires_grad_()
    x.grad = tg.asarray([value, 1.0], device=device)
    with pytest.raises(RuntimeError, match=f"the norm of order 2.0 of the gradients is {value}"):
        optim.clip_grad_norm_([x], 1.0, error_if_nonfinite=True)
    assert x.grad[1].item() == 1.0  # unchanged


def test_clipping_is_a_write_in_place(device: str) -> None:
    x = tg.asarray([3.0], device=device).requires_grad_()
    (x * x).sum().backward()
    counts = list(x.grad.version)
    optim.clip_grad_norm_([x], 1.0)
    optim.clip_grad_value_([x], 0.5)
    assert x.grad.version[0] == counts[0] + 2


def test_clipping_is_recorded(device: str) -> None:
    x = tg.asarray([3.0, 4.0], dtype=tg.float64, device=device).requires_grad_()

    def clipped(scale: tg.Tensor) -> tuple[tg.Tensor, tg.Tensor]:
        x.grad = None
        (x * scale).sum().backward()
        norm = optim.clip_grad_norm_([x], 1.0)
        optim.clip_grad_value_([x], 0.7)
        return norm, x.grad

    first, second = (tg.asarray(v, dtype=tg.float64, device=device) for v in ([1.0, 2.0], [6.0, 8.0]))
    program = tg.trace(clipped, first)
    norm, grad = program(second)
    assert norm.item() == 10.0
    assert grad.tolist() == pytest.approx([0.6, 0.7])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: optim.clip_grad_norm_([x], -1.0), ValueError, "max_norm must be at least 0"),
        (lambda x: optim.clip_grad_norm_([x], 1.0, 0), ValueError, "norm_type must be above 0"),
        (lambda x: optim.clip_grad_norm_([x, 1], 1.0), TypeError, "parameter 1 is a int, not a tensor"),
        (lambda x: optim.clip_grad_value_([x], -1.0), ValueError, "clip_value must be at least 0"),
    ],
)
def test_refuses_what_makes_no_sense(call: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        call(tg.zeros(1).requires_grad_())


def test_refuses_gradients_on_several_devices() -> None:
    params = with_gradients("cpu") + with_gradients("strict")
    with pytest.raises(tg.DeviceError, match="clip_grad_norm_: operands are on cpu and strict"):
        optim.clip_grad_norm_(params, 1.0)
