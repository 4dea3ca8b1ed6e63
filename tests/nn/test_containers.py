"""Sequential, ModuleList, ModuleDict."""

from __future__ import annotations

from collections import OrderedDict

import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


def test_sequential_computes_in_order(device: str) -> None:
    model = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Identity())
    assert model(tg.asarray([[[-1.0], [2.0]]], device=device)).tolist() == [[0, 2]]
    assert nn.Sequential()(3) == 3


def test_sequential_is_indexed_sliced_and_extended() -> None:
    a, b, c = nn.ReLU(), nn.Tanh(), nn.Sigmoid()
    model = nn.Sequential(a, b).append(c)
    assert len(model) == 3
    assert list(model) == [a, b, c]
    assert model[0] is a
    assert model[-1] is c
    assert list(model[1:]) == [b, c]
    assert isinstance(model[1:], nn.Sequential)
    model[1] = c
    assert list(model) == [a, c, c]
    del model[0]
    assert [name for name, _ in model.named_children()] == ["0", "1"]
    model.extend([a, b])
    assert [name for name, _ in model.named_children()] == ["0", "1", "2", "3"]
    del model[1:3]
    assert list(model) == [c, b]
    with pytest.raises(IndexError, match="Sequential: index 2 is out of range for 2 modules"):
        model[2]
    with pytest.raises(IndexError, match="index -3"):
        model[-3] = a


def test_sequential_with_names() -> None:
    a, b = nn.Linear(2, 3), nn.ReLU()
    model = nn.Sequential(OrderedDict(hidden=a, act=b))
    assert model.hidden is a
    assert model[1] is b
    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias"]
    assert repr(model[:1]) == "Sequential(\n  (hidden): Linear(in_features=2, out_features=3, bias=True)\n)"
    model.act = c = nn.Tanh()
    assert list(model) == [a, c]
    del model[0]
    assert list(model) == [c]
    del model.act
    assert list(model) == []
    with pytest.raises(AttributeError, match="Sequential has no attribute 'hidden'"):
        model.hidden  # noqa: B018


def test_a_subclass_has_attributes_too(device: str) -> None:
    class Scaled(nn.Sequential):
        def __init__(self) -> None:
            super().__init__(nn.Linear(2, 2, device=device))
            self.scale = nn.Parameter(tg.ones(1, device=device))

    assert set(Scaled().state_dict()) == {"scale", "0.weight", "0.bias"}


def test_module_list() -> None:
    a, b, c = nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1)
    layers = nn.ModuleList([a])
    layers.append(c).extend([a])
    layers.insert(1, b)
    assert list(layers) == [a, b, c, a]
    assert list(layers[1:3]) == [b, c]
    assert list(nn.ModuleList(iter(layers)).state_dict())[:2] == ["0.weight", "0.bias"]
    assert len(list(layers.parameters())) == 6
    del layers[-1]
    assert [name for name, _ in layers.named_children()] == ["0", "1", "2"]
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        layers(1)


def test_module_dict() -> None:
    a, b = nn.Linear(1, 1), nn.ReLU()
    heads = nn.ModuleDict({"a": a})
    heads["b"] = b
    assert heads["b"] is b
    assert "a" in heads
    assert list(heads) == list(heads.keys()) == ["a", "b"]
    assert list(heads.values()) == [a, b]
    assert dict(heads.items()) == {"a": a, "b": b}
    assert list(heads.state_dict()) == ["a.weight", "a.bias"]
    assert heads.pop("b") is b
    del heads["a"]
    assert len(heads) == 0
    heads.update([("c", b)])
    assert repr(heads) == "ModuleDict(\n  (c): ReLU()\n)"


def test_only_modules_are_held() -> None:
    with pytest.raises(TypeError, match="Sequential: '0' is a function; wanted is a Module"):
        nn.Sequential(lambda x: x)
    with pytest.raises(TypeError, match="ModuleDict: 'x' is a int; wanted is a Module"):
        nn.ModuleDict({"x": 3})  # type: ignore[dict-item]
    with pytest.raises(AttributeError, match=r"ModuleDict.items is a method or field"):
        nn.ModuleDict({"items": nn.ReLU()})


def _layers() -> list[nn.Module]:
    tg.manual_seed(5)
    return [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4, bias=False), nn.Tanh(), nn.Sigmoid(), nn.Linear(4, 2)]


def test_sequential_takes_activations_along_with_the_same_results(device: str) -> None:
    layers = _layers()
    model = nn.Sequential(*layers).to(device)
    x = tg.asarray([[0.5, -1.0, 2.0], [1.0, 0.0, -3.0]], device=device, requires_grad=True)
    y = model(x)
    z = x
    for layer in layers:
        z = layer(z)
    assert y.tolist() == z.tolist()
    parameters = [x, *model.parameters()]
    for one, other in zip(tg.autograd.grad(y.sum(), parameters), tg.autograd.grad(z.sum(), parameters)):
        assert one.tolist() == other.tolist()
    first = model[:2](x)
    assert first.node.op.name == "activated_linear"
    assert (first.tolist(), model[:1](x).node.op.name) == (layers[1](layers[0](x)).tolist(), "linear")


def test_modules_that_are_watched_or_changed_are_called_by_themselves() -> None:
    class Doubled(nn.ReLU):
        def forward(self, x: tg.Tensor) -> tg.Tensor:
            return 2 * super().forward(x)

    linear, relu = nn.Linear(3, 4), nn.ReLU()
    model, x = nn.Sequential(linear, relu), tg.ones((2, 3), requires_grad=True)
    expected = model(x).tolist()
    for module in (linear, relu):
        seen: list[tg.Tensor] = []
        remove = module.register_forward_hook(lambda module, inputs, output, seen=seen: seen.append(output))
        assert model(x).tolist() == expected
        assert [y.tolist() for y in seen] == [linear(x).tolist() if module is linear else expected]
        remove()
    assert nn.Sequential(linear, Doubled())(x).tolist() == [[2 * y for y in row] for row in expected]
    infinite = x * float("inf")
    with pytest.raises(tg.AnomalyError, match="Linear"), tg.autograd.detect_anomaly(check_inputs=True):
        model(infinite)
