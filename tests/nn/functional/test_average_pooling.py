"""Average pooling: PyTorch's values and gradients, and what is refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F


def drawn(*shape: int) -> Any:
    return np.random.default_rng(0).uniform(0.5, 2, shape)


@settings(max_examples=40)
@for_all(axes=st.integers(1, 3), batched=st.booleans(), ceil_mode=st.booleans(), include=st.booleans(), data=st.data())
def test_avg_pool_matches_pytorch(
    agree: Any, torch: Any, axes: int, batched: bool, ceil_mode: bool, include: bool, data: st.DataObject
) -> None:
    kernel, stride = (data.draw(st.tuples(*[st.integers(1, 3)] * axes)) for _ in range(2))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    sizes = [data.draw(st.integers(k, 6)) for k in kernel]
    given = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode, "count_include_pad": include}
    if axes > 1:
        given["divisor_override"] = data.draw(st.sampled_from((None, None, 3)))
    ours, theirs = (getattr(f, f"avg_pool{axes}d") for f in (F, torch.nn.functional))
    x = drawn(*[2] * batched, 2, *sizes)
    agree(partial(ours, kernel_size=kernel, **given), partial(theirs, kernel_size=kernel, **given), x)


@settings(max_examples=40)
@for_all(axes=st.integers(1, 3), batched=st.booleans(), data=st.data())
def test_adaptive_avg_pool_matches_pytorch(
    agree: Any, torch: Any, axes: int, batched: bool, data: st.DataObject
) -> None:
    sizes = data.draw(st.tuples(*[st.integers(1, 7)] * axes))
    wanted = data.draw(st.tuples(*[st.integers(1, 8) | (st.none() if axes > 1 else st.nothing())] * axes))
    given = {"output_size": wanted if axes > 1 else wanted[0]}
    ours, theirs = (getattr(f, f"adaptive_avg_pool{axes}d") for f in (F, torch.nn.functional))
    agree(partial(ours, **given), partial(theirs, **given), drawn(*[2] * batched, 2, *sizes))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
@pytest.mark.parametrize("size", [8, 60])  # the larger by a loop of machine code, where there is one
def test_the_dtype_is_kept_and_the_mean_of_equal_elements_is_exact(device: str, dtype: Any, size: int) -> None:
    x = tg.full((4, 3, size, size), 0.7, dtype=dtype, device=device, requires_grad=True)
    y = F.avg_pool2d(x, 2)
    assert y.dtype == dtype
    assert set(y.detach().numpy().ravel().tolist()) == {float(dtype(0.7))}
    y.sum().backward()
    assert set(x.grad.numpy().ravel().tolist()) == {0.25}


@pytest.mark.parametrize("pool", [partial(F.avg_pool2d, kernel_size=2), partial(F.adaptive_avg_pool2d, output_size=3)])
@pytest.mark.parametrize("shape", [(3, 2, 4, 6), (3, 8, 40, 50)])
def test_transformations_and_programs(device: str, pool: Any, shape: Any) -> None:
    x = tg.asarray(drawn(*shape), device=device)
    np.testing.assert_array_equal(tg.vmap(pool)(x).numpy(), pool(x).numpy())
    np.testing.assert_array_equal(tg.trace(pool, x)(-x).numpy(), pool(-x).numpy())
    value, tangent = tg.jvp(pool, (x,), (x,))
    np.testing.assert_array_equal(tangent.numpy(), value.numpy())
    assert pool(x[:0]).shape == (0, *pool(x).shape[1:])


def test_errors(device: str) -> None:
    x = tg.ones((2, 3, 8), device=device)
    for pool in (F.avg_pool1d, F.adaptive_avg_pool1d):
        with pytest.raises(TypeError, match=r"avg_pool1d: x has dtype int64, wanted a floating one; x.astype"):
            pool(x.astype(tg.int64), 2)
        with pytest.raises(ValueError, match=r"avg_pool1d: x has shape \(2, 3, 8, 1\), wanted \(C, L\) or \(N, C, L\)"):
            pool(x[..., None], 2)
    with pytest.raises(ValueError, match="avg_pool1d: padding 2 is more than half of a window, which is 3 wide"):
        F.avg_pool1d(x, 3, padding=2)
    with pytest.raises(ValueError, match="avg_pool1d: windows of 9 do not fit into 8 elements with 0 of padding"):
        F.avg_pool1d(x, 9)


@pytest.mark.parametrize("pool", [partial(F.avg_pool1d, kernel_size=64), partial(F.adaptive_avg_pool1d, output_size=2)])
def test_sums_of_float16_may_be_beyond_its_greatest(pool: Any, device: str) -> None:
    x = tg.full((1, 1, 128), 2000.0, dtype=tg.float16, device=device, requires_grad=True)
    y = pool(x)
    assert y.dtype == tg.float16
    np.testing.assert_array_equal(y.detach().numpy(), np.full((1, 1, 2), 2000))
    y.backward(tg.ones_like(y))
    assert x.grad is not None
    assert x.grad.dtype == tg.float16
    np.testing.assert_array_equal(x.grad.numpy(), np.full((1, 1, 128), 1 / 64))
