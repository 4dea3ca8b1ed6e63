"""Variances and standard deviations of complex numbers: real, with PyTorch's gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

from .against_torch import agrees, forward_mode_agrees, matrix

CALLS: list[dict[str, Any]] = [{}, {"axis": 1}, {"axis": 0, "correction": 1}, {"axis": (0, 1), "keepdims": True}]


@pytest.mark.parametrize("keywords", CALLS)
@pytest.mark.parametrize("name", ["var", "std"])
def test_of_complex_numbers(name: str, keywords: dict[str, Any], device: str) -> None:
    torch = pytest.importorskip("torch")
    x = matrix(3, 4)
    axis, correction, keepdims = (keywords.get(k, d) for k, d in (("axis", None), ("correction", 0), ("keepdims", 0)))

    def ours(x: Any) -> Any:
        return getattr(tg, name)(x, **keywords)

    def theirs(x: Any) -> Any:
        return getattr(torch, name)(x, dim=axis, correction=correction, keepdim=bool(keepdims))

    agrees(ours, theirs, x, device=device)
    forward_mode_agrees(ours, x, device=device)
    wanted = getattr(np, name)(x, axis=axis, ddof=correction, keepdims=bool(keepdims))
    np.testing.assert_allclose(ours(tg.asarray(x, device=device)).numpy(), wanted, rtol=1e-14)


def test_the_spread_of_complex_numbers_is_real(device: str) -> None:
    x = tg.asarray([1j, 2.0], device=device)
    assert tg.var(x).dtype == tg.std(x).dtype == tg.float32
    assert tg.var(x).item() == 1.25
    np.testing.assert_allclose(tg.vmap(tg.var)(tg.stack([x, 2 * x])).numpy(), [1.25, 5])


def test_equal_complex_numbers_have_the_gradient_zero(device: str) -> None:
    x = tg.full((3,), 1 + 1j, tg.complex128, device).requires_grad_()
    tg.std(x).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0, 0])
