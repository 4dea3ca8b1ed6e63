"""ParameterList, ParameterDict."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim


def parameters(device: str, *sizes: int) -> list[nn.Parameter]:
    return [nn.Parameter(tg.ones(size, device=device)) for size in sizes]


def test_a_list(device: str) -> None:
    a, b, c = parameters(device, 1, 2, 3)
    held = nn.ParameterList([a]).append(b).extend([c])
    assert len(held) == 3
    assert [held[0], held[-1], *held] == [a, c, a, b, c]
    assert list(held[1:]) == [b, c]
    assert isinstance(held[1:], nn.ParameterList)
    held[1] = c
    assert [p.shape for p in held] == [(1,), (3,), (3,)]
    assert list(held.parameters()) == [a, c]
    held[0] = tg.zeros(4, device=device)
    assert isinstance(held[0], nn.Parameter)
    assert repr(held) == "ParameterList(\n  (0): float32[4]\n  (1): float32[3]\n  (2): float32[3]\n)"
    assert repr(nn.ParameterList()) == "ParameterList()"
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"ParameterList: index {index} is out of range for 3 parameters"):
            held[index]
    with pytest.raises(TypeError, match="ParameterList: '3' is a list; wanted is a Parameter"):
        held.append([1.0])  # type: ignore[arg-type]


def test_a_dict(device: str) -> None:
    a, b = parameters(device, 1, 2)
    held = nn.ParameterDict({"a": a})
    held["b"] = b
    assert (held["b"], "a" in held, "c" in held, len(held)) == (b, True, False, 2)
    assert list(held) == list(held.keys()) == ["a", "b"]
    assert list(held.values()) == [a, b]
    assert dict(held.items()) == {"a": a, "b": b}
    assert held.get("b") is b
    assert held.get("nobody") is None
    assert held.get("nobody", b) is b
    assert held.pop("b") is b
    del held["a"]
    assert list(held.parameters()) == []
    held.update([("c", b)])
    assert list(held.state_dict()) == ["c"]
    with pytest.raises(KeyError, match="training"):
        held["training"]
    with pytest.raises(AttributeError, match="ParameterDict.items is a method or field"):
        held["items"] = a


class Both(nn.Module):
    """Products of a list and of a dict of vectors with the input."""

    def __init__(self, device: str) -> None:
        super().__init__()
        draw = tg.Generator(0, device)
        self.factors = nn.ParameterList(tg.randn(3, generator=draw) for _ in range(3))
        self.named = nn.ParameterDict({name: tg.randn(3, generator=draw) for name in ("down", "up")})

    def forward(self, x: Any) -> Any:
        for factor in self.factors:
            x = tg.tanh(x * factor)
        return x * self.named["up"] - self.named["down"]


def test_states_are_pytorchs(device: str, torch: Any) -> None:
    ours = Both(device)
    theirs = torch.nn.Module()
    theirs.factors = torch.nn.ParameterList(torch.zeros(3) for _ in range(3))
    theirs.named = torch.nn.ParameterDict({name: torch.zeros(3) for name in ("down", "up")})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    assert not any(p.any() for p in ours.parameters())


def test_a_training_step_compiled_and_eager(device: str) -> None:
    models = [(model, optim.SGD(model.parameters(), 0.1)) for model in (Both(device), Both(device))]

    def step(model: Any, optimizer: Any, x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    compiled = tg.compile(lambda x: step(*models[0], x))
    x = tg.asarray([[0.5, -1.0, 2.0]], device=device)
    for _ in range(3):
        assert compiled(x).item() == pytest.approx(step(*models[1], x).item(), rel=1e-6)
    assert len(compiled.programs) == 1


def test_a_program_notices_another_parameter(device: str) -> None:
    model, x = Both(device), tg.ones((1, 3), device=device)
    compiled = tg.compile(model)
    for zeros in (False, True):
        if zeros:
            model.factors[0] = tg.zeros(3, device=device)
        with tg.no_grad():
            np.testing.assert_allclose(compiled(x).numpy(), model(x).numpy(), rtol=1e-6)


def test_copies_calls_with_others_and_conversion(device: str) -> None:
    model = Both(device).to(tg.float64)
    assert {p.dtype for p in model.parameters()} == {np.dtype("float64")}
    copy = deepcopy(model)
    with tg.no_grad():
        copy.factors[0][...] = 0
    assert model.factors[0].all()
    x = tg.ones((1, 3), tg.float64, device=device)
    zeros = {"factors.0": tg.zeros(3, tg.float64, device=device)}
    assert nn.functional_call(model, zeros, x).tolist() == copy(x).tolist()
