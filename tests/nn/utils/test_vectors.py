"""Parameters as vectors."""

from __future__ import annotations

from typing import Any

import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn.utils import parameters_to_vector, vector_to_parameters


def model(package: Any) -> Any:
    return package.Sequential(package.Linear(3, 2), package.Linear(2, 1, bias=False))


def test_vectors_are_pytorchs(torch: Any, device: str) -> None:
    ours, theirs = model(nn).to(device), model(torch.nn)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    vector = parameters_to_vector(ours.parameters())
    assert vector.tolist() == torch.nn.utils.parameters_to_vector(theirs.parameters()).tolist()
    (vector**2).sum().backward()
    assert ours[0].weight.grad.tolist() == (2 * ours[0].weight).tolist()
    vector_to_parameters(2 * vector.detach(), ours.parameters())
    assert parameters_to_vector(ours.parameters()).tolist() == (2 * vector).tolist()


def test_another_length_is_named(device: str) -> None:
    with pytest.raises(ValueError, match=r"vector_to_parameters: vec has shape \(9,\), wanted \(10,\)"):
        vector_to_parameters(tg.ones(9, device=device), model(nn).to(device).parameters())
