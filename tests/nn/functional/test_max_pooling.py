"""Max pooling: PyTorch's values, places and gradients; ties, NaN, and what it refuses."""

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
    """Elements in random order, of which no two are equal."""
    return np.random.default_rng(0).permutation(int(np.prod(shape))).reshape(shape) / 10


def with_places(function: Any, other: str, torch: Any, x: Any, device: str, **given: Any) -> None:
    """Values and places agree."""
    y, places = function(tg.asarray(x, device=device), return_indices=True, **given)
    theirs = getattr(torch.nn.functional, other)(torch.tensor(x), return_indices=True, **given)
    np.testing.assert_array_equal(y.numpy(), theirs[0].numpy())
    np.testing.assert_array_equal(places.numpy(), theirs[1].numpy())
    assert places.dtype == tg.int64


@settings(max_examples=40)
@for_all(axes=st.integers(1, 3), batched=st.booleans(), ceil_mode=st.booleans(), data=st.data())
def test_max_pool_matches_pytorch(
    agree: Any, torch: Any, device: str, axes: int, batched: bool, ceil_mode: bool, data: st.DataObject
) -> None:
    def each(least: int, most: int) -> Any:
        return data.draw(st.tuples(*[st.integers(least, most)] * axes))

    kernel, stride, dilation = each(1, 3), each(1, 3), each(1, 2)
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    extents = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    sizes = [data.draw(st.integers(max(1, e - 2 * p), 6)) for e, p in zip(extents, padding)]
    given = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation, "ceil_mode": ceil_mode}
    name = f"max_pool{axes}d"
    ours, theirs = partial(getattr(F, name), **given), partial(getattr(torch.nn.functional, name), **given)
    x = drawn(*[2] * batched, 2, *sizes)
    if any(p and s == 1 for p, s in zip(padding, sizes)):  # a window of padding only
        return
    agree(ours, theirs, x)
    with_places(getattr(F, name), name, torch, x, device, **given)


@settings(max_examples=40)
@for_all(axes=st.integers(1, 3), batched=st.booleans(), data=st.data())
def test_adaptive_max_pool_matches_pytorch(
    agree: Any, torch: Any, device: str, axes: int, batched: bool, data: st.DataObject
) -> None:
    sizes = data.draw(st.tuples(*[st.integers(1, 7)] * axes))
    wanted = data.draw(st.tuples(*[st.integers(1, 8) | (st.none() if axes > 1 else st.nothing())] * axes))
    name = f"adaptive_max_pool{axes}d"
    given = {"output_size": wanted if axes > 1 else wanted[0]}
    x = drawn(*[2] * batched, 2, *sizes)
    agree(partial(getattr(F, name), **given), partial(getattr(torch.nn.functional, name), **given), x)
    with_places(getattr(F, name), name, torch, x, device, **given)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_ties_and_infinities(torch: Any, device: str, dtype: Any) -> None:
    x = np.random.default_rng(0).integers(0, 2, (2, 3, 6, 6)).astype(dtype)
    if x.dtype.kind == "f":
        x[0], x[1, 0] = -np.inf, np.inf
    with_places(F.max_pool2d, "max_pool2d", torch, x, device, kernel_size=3, stride=2, padding=1)


@pytest.mark.parametrize("size", [6, 100])  # the larger by a loop of machine code, where there is one
def test_nan_wins(torch: Any, device: str, size: int) -> None:
    x = np.random.default_rng(0).standard_normal((3, 2, size, size))
    x[x > 1] = np.nan
    with_places(F.max_pool2d, "max_pool2d", torch, x, device, kernel_size=3, stride=2)


def test_gradients_of_equal_elements_go_to_the_first(device: str) -> None:
    x = tg.ones((1, 5), device=device, requires_grad=True)
    F.max_pool1d(x, 3, stride=1).sum().backward()
    assert x.grad.tolist() == [[1, 1, 1, 0, 0]]


@pytest.mark.parametrize("pool", [partial(F.max_pool2d, kernel_size=2), partial(F.adaptive_max_pool2d, output_size=3)])
def test_transformations_and_programs(device: str, pool: Any) -> None:
    x = tg.asarray(drawn(3, 2, 4, 6), device=device)
    np.testing.assert_array_equal(tg.vmap(pool)(x).numpy(), pool(x).numpy())
    np.testing.assert_array_equal(tg.trace(pool, x)(-x).numpy(), pool(-x).numpy())
    value, tangent = tg.jvp(pool, (x,), (x,))
    np.testing.assert_array_equal(tangent.numpy(), value.numpy())
    assert pool(x[:0]).shape == (0, *pool(x).shape[1:])


def test_errors(device: str) -> None:
    x = tg.ones((2, 3, 8), device=device)
    with pytest.raises(ValueError, match=r"max_pool2d: x has shape \(2, 3, 8, 1, 1\), wanted \(C, H, W\) or \(N, C,"):
        F.max_pool2d(x[..., None, None], 2)
    with pytest.raises(ValueError, match="max_pool1d: padding 2 is more than half of a window, which is 3 wide"):
        F.max_pool1d(x, 3, padding=2)
    with pytest.raises(ValueError, match="max_pool1d: windows of 9 do not fit into 8 elements with 0 of padding"):
        F.max_pool1d(x, 5, dilation=2)
    with pytest.raises(ValueError, match=r"max_pool1d: kernel_size is 0, wanted at least 1"):
        F.max_pool1d(x, 0)
    with pytest.raises(ValueError, match=r"max_pool1d: kernel_size is \(2, 2\), wanted an integer or 1 of them"):
        F.max_pool1d(x, (2, 2))
    with pytest.raises(TypeError, match=r"max_pool1d: stride is 1.5, wanted an integer"):
        F.max_pool1d(x, 2, 1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"adaptive_max_pool1d: the spatial axes \(0,\) must have elements"):
        F.adaptive_max_pool1d(x[..., :0], 1)
    with pytest.raises(ValueError, match=r"adaptive_max_pool1d: output_size is \[1, 2\], wanted an integer"):
        F.adaptive_max_pool1d(x, (1, 2))
    with pytest.raises(ValueError, match="a window has no element of the array, only padding"):
        F.max_pool1d(x[..., :1], 2, padding=2, dilation=3)
