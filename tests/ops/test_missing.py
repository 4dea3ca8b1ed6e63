"""NaN and infinities, left out or replaced, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

inf, nan = float("inf"), float("nan")
X = np.array([[1.0, nan, 3.0], [nan, nan, nan], [-2.0, 0.5, nan]])


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (tg.nansum, lambda torch, x: torch.nansum(x), X),
        (lambda x: tg.nansum(x, axis=1), lambda torch, x: torch.nansum(x, 1), X),
        (tg.nanmean, lambda torch, x: torch.nanmean(x), X),
        (lambda x: tg.nanmean(x, axis=0, keepdims=True), lambda torch, x: torch.nanmean(x, 0, keepdim=True), X),
        (tg.nan_to_num, lambda torch, x: torch.nan_to_num(x), np.array([nan, inf, -inf, 2.0])),
        (lambda x: tg.nan_to_num(x, 1, 2, 3), lambda torch, x: torch.nan_to_num(x, 1, 2, 3),
         np.array([nan, inf, -inf, 2.0])),
        (lambda x: tg.quantile(x, 0.3, axis=0), lambda torch, x: torch.quantile(x, 0.3, 0), X[::2]),
    ],
)  # fmt: skip
def test_as_pytorch(ours: Callable[..., Any], theirs: Callable[..., Any], x: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    a, t = tg.asarray(x, device=device, requires_grad=True), torch.tensor(x, requires_grad=True)
    y, z = ours(a), theirs(torch, t)
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(a.grad.numpy(), t.grad.numpy(), rtol=1e-14)


def test_dtypes(device: str) -> None:
    x = tg.asarray([1.0, nan, inf], dtype=tg.float16, device=device)
    assert tg.nan_to_num(x).tolist() == [1, 0, 65504]
    assert tg.quantile(x[::2], 1).item() == inf
    assert tg.nanmean(x[:2]).dtype == tg.nansum(x).dtype == tg.quantile(x, 0.5).dtype == tg.float16
    with pytest.raises(TypeError, match="nan_to_num.*int64"):
        tg.nan_to_num(tg.asarray([1], device=device))


def test_quantiles_that_are_none(device: str) -> None:
    x = tg.ones((2, 3), device=device)
    with pytest.raises(ValueError, match=r"q=1\.5 must be from 0 to 1"):
        tg.quantile(x, 1.5)
    with pytest.raises(ValueError, match="method='cubic'"):
        tg.quantile(x, 0.5, method="cubic")
    with pytest.raises(ValueError, match=r"q has shape \(2, 3\)"):
        tg.quantile(x, x)
    with pytest.raises(ValueError, match="no elements"):
        tg.median(x[:0])
    with pytest.raises(IndexError, match="axis 2"):
        tg.median(x, axis=2)
