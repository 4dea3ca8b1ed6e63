"""interpolate: PyTorch's values and gradients in all modes, and what it refuses."""

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

AXES = {"linear": (1,), "bilinear": (2,), "trilinear": (3,), "bicubic": (2,)}


def drawn(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


@settings(max_examples=100)
@for_all(
    mode=st.sampled_from(("nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear", "bicubic")),
    data=st.data(),
)
def test_interpolate_matches_pytorch(agree: Any, torch: Any, mode: str, data: st.DataObject) -> None:
    axes = data.draw(st.sampled_from(AXES.get(mode, (1, 2, 3))))
    sizes = data.draw(st.tuples(*[st.integers(1, 6)] * axes))
    given: dict[str, Any] = {"mode": mode}
    if data.draw(st.booleans()):
        given["size"] = data.draw(st.tuples(*[st.integers(1, 9)] * axes) | st.integers(1, 9))
    else:
        factor = st.sampled_from((0.5, 0.7, 1.0, 1.3, 1.9, 2.0, 2.1, 3.0))
        factors = data.draw(st.tuples(*[factor] * axes))
        if min(int(n * f) for n, f in zip(sizes, factors)) < 1:
            factors = tuple(f + 1 for f in factors)
        given["scale_factor"] = factors
        # (else PyTorch's gradients belong to other factors than its values, where the sizes become equal or double)
        given["recompute_scale_factor"] = True if mode == "nearest" else data.draw(st.sampled_from((None, True)))
    if mode in AXES:
        given["align_corners"] = data.draw(st.sampled_from((None, True, False)))
    agree(partial(F.interpolate, **given), partial(torch.nn.functional.interpolate, **given), drawn(2, 3, *sizes))


@pytest.mark.parametrize("factor", [0.6, 1.3, 2.3, 3.7])
def test_factors_that_are_no_integers(agree: Any, torch: Any, factor: float) -> None:
    given = {"scale_factor": factor, "mode": "nearest"}
    agree(partial(F.interpolate, **given), partial(torch.nn.functional.interpolate, **given), drawn(2, 1, 7, 11))


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (4, 3, 40, 70), (4, 3, 7, 50)])
def test_images_match_pytorch(agree: Any, torch: Any, mode: str, shape: Any, antialias: bool) -> None:
    given = {"size": (23, 61), "mode": mode, "antialias": antialias}
    agree(partial(F.interpolate, **given), partial(torch.nn.functional.interpolate, **given), drawn(*shape))


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.bool_, np.float16])
def test_nearest_takes_any_dtype(device: str, dtype: Any) -> None:
    x = np.array([[[1, 0, 1]]], dtype)
    y = F.interpolate(tg.asarray(x, device=device), 6)
    assert y.dtype == dtype
    np.testing.assert_array_equal(y.numpy(), x.repeat(2, -1))


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "area"])
def test_transformations_and_programs(device: str, mode: str) -> None:
    x = tg.asarray(drawn(3, 2, 4, 6), device=device)
    resized = partial(F.interpolate, size=(7, 5), mode=mode)
    np.testing.assert_array_equal(tg.vmap(resized)(x[None]).numpy()[0], resized(x).numpy())
    np.testing.assert_array_equal(tg.trace(resized, x)(-x).numpy(), resized(-x).numpy())
    assert resized(x[:0]).shape == (0, 2, 7, 5)


def test_errors(device: str) -> None:
    x = tg.ones((2, 3, 8), device=device)
    with pytest.raises(ValueError, match=r"mode='cubic'; wanted is one of nearest, nearest-exact, area, linear,"):
        F.interpolate(x, 2, mode="cubic")
    with pytest.raises(ValueError, match=r"x has shape \(2, 3, 8\); mode='bilinear' wants \(N, C, H, W\)"):
        F.interpolate(x, 2, mode="bilinear")
    with pytest.raises(ValueError, match=r"x has shape \(8,\); mode='nearest' wants \(N, C, ...\) with one to three"):
        F.interpolate(x[0, 0], 2)
    with pytest.raises(ValueError, match=r"size=2 and scale_factor=2; wanted is one of the two"):
        F.interpolate(x, 2, 2)
    with pytest.raises(ValueError, match=r"size=None and scale_factor=None; wanted is one of the two"):
        F.interpolate(x)
    with pytest.raises(ValueError, match=r"scale_factor=-1; wanted is one above 0, or 1 of them"):
        F.interpolate(x, scale_factor=-1)
    with pytest.raises(ValueError, match=r"from \(8,\) to \(0,\) elements; wanted is at least 1"):
        F.interpolate(x, scale_factor=0.1)
    with pytest.raises(ValueError, match="align_corners goes with the linear and cubic modes, not 'nearest'"):
        F.interpolate(x, 2, align_corners=False)
    with pytest.raises(ValueError, match="antialias goes with the modes bilinear and bicubic, not 'linear'"):
        F.interpolate(x, 2, mode="linear", antialias=True)
    with pytest.raises(TypeError, match="interpolate: x has dtype int64, wanted a floating one"):
        F.interpolate(x.astype(tg.int64), 2, mode="linear")
