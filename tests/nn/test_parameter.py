"""Parameters are leaf tensors."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


def test_a_parameter_is_trained_unless_told_otherwise(device: str) -> None:
    data = tg.asarray([1.0, 2.0], device=device)
    assert nn.Parameter(data).requires_grad
    assert not nn.Parameter(data, requires_grad=False).requires_grad


def test_operations_give_plain_tensors(device: str) -> None:
    p = nn.Parameter(tg.ones(2, device=device))
    for y in (p * 2, -p, p.sum(), p.detach(), p[0]):
        assert type(y) is tg.Tensor


def test_a_parameter_of_a_computed_tensor_is_a_leaf(device: str) -> None:
    x = tg.ones(2, device=device, requires_grad=True)
    p = nn.Parameter(x * 3)
    (p * 2).sum().backward()
    assert p.grad.tolist() == [2, 2]
    assert x.grad is None


def test_integers_are_no_parameters(device: str) -> None:
    with pytest.raises(tg.GraphError, match=r"only floating tensors can require gradients, this one is int64"):
        nn.Parameter(tg.asarray([1, 2], device=device))


def test_repr() -> None:
    assert repr(nn.Parameter([1.0, 2.0])) == "Parameter([1., 2.], dtype=float32, requires_grad=True)"
    assert repr(nn.Parameter(np.zeros(1), False)) == "Parameter([0.], dtype=float64, requires_grad=False)"


def test_deep_copies_are_independent(device: str) -> None:
    p = nn.Parameter(tg.ones(2, device=device))
    q = copy.deepcopy(p)
    with tg.no_grad():
        q[0] = 5.0
    assert type(q) is nn.Parameter
    assert q.requires_grad
    assert p.tolist() == [1, 1]
