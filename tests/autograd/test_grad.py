"""Gradients as values: of which outputs, with respect to which inputs, and in whose memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import autograd


def leaf(values: Any, device: str, dtype: Any = tg.float64) -> Any:
    return tg.asarray(values, dtype=dtype, device=device, requires_grad=True)


def test_grad_writes_no_grad(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    (dx,) = autograd.grad((x * x).sum(), x)
    np.testing.assert_array_equal(dx.numpy(), [2, 4])
    assert x.grad is None


def test_grad_of_several_outputs_is_that_of_their_sum(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    (dx,) = autograd.grad([(x * x).sum(), x * 3], [x], [None, tg.asarray([1.0, 10.0], device=device)])
    np.testing.assert_array_equal(dx.numpy(), [5, 34])


def test_grad_of_one_output_among_several(device: str) -> None:
    logits = leaf([[1.0, 2.0]], device)
    losses, probs = tg.softmax_cross_entropy(logits, tg.asarray([0], device=device))
    (dp,) = autograd.grad((probs * probs).sum(), probs, retain_graph=True)
    np.testing.assert_allclose(dp.numpy(), 2 * probs.detach().numpy())
    assert autograd.grad(probs.sum(), losses, allow_unused=True) == (None,)


def test_unused_inputs(device: str) -> None:
    x, other = leaf([1.0], device), leaf([1.0], device)
    with pytest.raises(tg.GraphError, match=r"input 1.*allow_unused"):
        autograd.grad(x * 2, (x, other), retain_graph=True)
    dx, nothing = autograd.grad(x * 2, (x, other), allow_unused=True)
    assert dx.item() == 2
    assert nothing is None


def test_inputs_without_gradient(device: str) -> None:
    with pytest.raises(tg.GraphError, match="input 0 does not require"):
        autograd.grad(leaf([1.0], device) * 2, tg.ones(1, device=device))


def test_inner_gradients_from_grad_share_no_memory(device: str) -> None:
    x = leaf([1.0, 2.0], device)
    a, b = x * 2, x * 3
    start = tg.ones(2, dtype=tg.float64, device=device)
    da, db, dx = autograd.grad(a + b, (a, b, x), start)
    da.array[...] = 99
    np.testing.assert_array_equal(db.numpy(), [1, 1])
    np.testing.assert_array_equal(start.numpy(), [1, 1])
    np.testing.assert_array_equal(dx.numpy(), [5, 5])


def test_gradients_of_single_numbers_are_arrays(device: str) -> None:
    x = leaf(2.0, device)
    y = x * x
    z = y * y + y.sum()
    for g in autograd.grad(z, (x, y)):
        assert type(g.array) is type(x.array)
        assert g.shape == ()


def test_inputs_must_be_tensors():
    x = tg.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match="input 0 is a ndarray"):
        tg.autograd.grad(x.sum(), [x.detach().numpy()])
