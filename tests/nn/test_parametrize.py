"""Parametrisation: attributes that are computed from parameters whenever they are read."""

from __future__ import annotations

import pickle
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn.parametrize import (
    Parametrization,
    is_parametrized,
    register_parametrization,
    remove_parametrizations,
)


class Symmetric(Parametrization):
    """Square matrices from their upper triangles."""

    def forward(self, x: Any) -> Any:
        return tg.triu(x) + tg.triu(x, k=1).mT

    def right_inverse(self, value: Any) -> Any:
        return tg.triu(value)


class Doubled(Parametrization):
    """Twice the original."""

    def forward(self, x: Any) -> Any:
        return 2 * x

    def right_inverse(self, value: Any) -> Any:
        return value / 2


def linear(device: str, size: int = 3) -> nn.Linear:
    return nn.Linear(size, size, generator=tg.Generator(0, device)).to(tg.float64)


def test_it_is_computed_whenever_it_is_read(device: str) -> None:
    layer = linear(device)
    weight = layer.weight
    assert register_parametrization(layer, "weight", Symmetric()) is layer
    held = layer.parametrizations["weight"]
    assert held.original is weight  # an optimizer keeps hold of it
    assert layer.weight.tolist() == layer.weight.mT.tolist()
    assert layer.weight.requires_grad
    assert isinstance(layer, nn.Linear)
    assert repr(type(layer)) == repr(nn.Linear)
    with tg.no_grad():
        held.original[0, 1] = 7
    assert layer.weight[1, 0].item() == 7
    assert list(layer.state_dict()) == ["bias", "parametrizations.weight.original"]
    assert [name for name, _ in layer.named_parameters()] == list(layer.state_dict())


def test_gradients_reach_the_original(device: str) -> None:
    layer = register_parametrization(linear(device), "weight", Symmetric())
    x = tg.ones((2, 3), dtype=tg.float64, device=device)
    layer(x).sum().backward()
    assert layer.parametrizations["weight"].original.grad.tolist() == [[2, 4, 4], [0, 2, 4], [0, 0, 2]]


def test_others_of_the_class_do_not_notice(device: str) -> None:
    plain, layer = linear(device), register_parametrization(linear(device), "weight", Doubled())
    later = linear(device)
    for other in (plain, later):
        assert isinstance(other.weight, nn.Parameter)
        assert list(other.state_dict()) == ["weight", "bias"]
        assert not is_parametrized(other)
    np.testing.assert_array_equal(layer.weight.detach().numpy(), plain.weight.detach().numpy())
    del plain.weight
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'weight'"):
        _ = plain.weight
    assert not hasattr(nn.Linear, "weight")
    assert type(plain) is type(later) is nn.Linear


def test_several_one_after_the_other(device: str) -> None:
    layer = register_parametrization(linear(device), "weight", Symmetric())
    before = layer.weight.tolist()
    register_parametrization(layer, "weight", Doubled())
    assert layer.weight.tolist() == (2 * tg.asarray(before)).tolist()
    wanted = tg.asarray([[1.0, 2, 3], [2, 4, 5], [3, 5, 6]], tg.float64, device=device)
    layer.weight = wanted
    assert layer.weight.tolist() == wanted.tolist()


def test_buffers(device: str) -> None:
    layer = register_parametrization(nn.BatchNorm1d(3, device=device), "running_var", Doubled())
    assert "parametrizations.running_var.original" in dict(layer.named_buffers())
    assert layer.running_var.tolist() == [1, 1, 1]
    assert "running_var" in dict(remove_parametrizations(layer, "running_var").named_buffers())


@pytest.mark.parametrize("leave", [True, False])
def test_removing_gives_the_parameter_back(leave: bool, device: str) -> None:
    layer = linear(device)
    weight = layer.weight
    register_parametrization(layer, "weight", Doubled())
    with tg.no_grad():
        layer.parametrizations["weight"].original[...] = 1
    remove_parametrizations(layer, "weight", leave)
    assert layer.weight is weight
    assert set(weight.detach().numpy().ravel().tolist()) == {2.0 if leave else 1.0}
    assert not is_parametrized(layer)
    assert list(layer.state_dict()) == ["bias", "weight"]
    assert repr(layer) == "Linear(in_features=3, out_features=3, bias=True)"


def test_copies_stand_by_themselves(device: str) -> None:
    layer = nn.parametrizations.weight_norm(linear(device))
    copy = deepcopy(layer)
    with tg.no_grad():
        copy.parametrizations["weight"].original0[...] = 0
    assert not copy.weight.any()
    assert layer.weight.all()


def test_pickles(device: str) -> None:
    layer = nn.parametrizations.weight_norm(linear(device))
    register_parametrization(layer, "bias", Doubled())
    back = pickle.loads(pickle.dumps(layer))
    assert back.weight.tolist() == layer.weight.tolist()
    assert back.bias.tolist() == layer.bias.tolist()
    assert repr(back) == repr(layer)
    remove_parametrizations(back, "weight")
    assert is_parametrized(back, "bias")
    assert type(remove_parametrizations(back, "bias")) is nn.Linear
    assert is_parametrized(layer, "weight")


def test_what_has_no_right_inverse_starts_from_the_value(device: str) -> None:
    class Squared(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * x

        def right_inverse(self, value: Any) -> Any:
            raise NotImplementedError("Squared: the sign is lost")

    layer = linear(device)
    before = layer.weight.detach().numpy() ** 2
    register_parametrization(layer, "weight", Squared())
    np.testing.assert_array_equal(layer.weight.detach().numpy(), before)
    with pytest.raises(NotImplementedError, match="the sign is lost"):
        layer.weight = tg.ones((3, 3), dtype=tg.float64, device=device)


def test_other_tensors_stand_in_for_a_call(device: str) -> None:
    layer = nn.parametrizations.weight_norm(linear(device))
    x = tg.ones((2, 3), dtype=tg.float64, device=device)
    given = {"parametrizations.weight.original0": tg.zeros((3, 1), dtype=tg.float64, device=device)}
    y = nn.functional_call(layer, given, x)
    np.testing.assert_array_equal(y.detach().numpy(), np.tile(layer.bias.detach().numpy(), (2, 1)))


def test_a_compiled_training_step_is_the_eager_one(device: str) -> None:
    models = []
    for _ in range(2):
        generator = tg.Generator(0, device)
        model = nn.Sequential(
            nn.parametrizations.weight_norm(nn.Linear(3, 4, generator=generator)), nn.Tanh(),
            nn.parametrizations.spectral_norm(nn.Linear(4, 2, generator=generator), generator=generator),
        ).to(tg.float64)  # fmt: skip
        models.append((model, optim.Adam(model.parameters(), 0.05)))

    def step(model: Any, optimizer: Any, x: Any) -> Any:
        optimizer.zero_grad()
        loss = (model(x) ** 2).sum()
        loss.backward()
        optimizer.step()
        return loss

    compiled = tg.compile(lambda x: step(*models[0], x))
    x = tg.asarray(np.random.default_rng(0).normal(size=(5, 3)), device=device)
    for _ in range(4):
        assert compiled(x).item() == pytest.approx(step(*models[1], x).item(), rel=1e-10)
    assert len(compiled.programs) == 1
    states = [model.state_dict() for model, _ in models]
    for name, value in states[0].items():
        np.testing.assert_allclose(value.numpy(), states[1][name].numpy(), rtol=1e-9)
    assert states[0]["2.parametrizations.weight.0._u"].shape == (2,)


def test_what_does_not_fit_is_named(device: str) -> None:
    class Halved(nn.Module):
        def forward(self, x: Any) -> Any:
            return x[:1]

    layer = linear(device)
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match=r"Halved gives float64\[1, 3\] for 'weight', which is float64\[3, 3\]"):
        register_parametrization(layer, "weight", Halved())
    assert layer.weight.tolist() == before
    with pytest.raises(ValueError, match="Linear has no parameter or buffer 'training'"):
        register_parametrization(layer, "training", Doubled())
    with pytest.raises(TypeError, match="the parametrisation is a function, wanted is a module"):
        register_parametrization(layer, "weight", lambda x: x)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Linear has no parametrisation of 'weight'"):
        remove_parametrizations(layer, "weight")
    nn.parametrizations.weight_norm(layer)
    with pytest.raises(ValueError, match="computed from several tensors; it must keep its value"):
        remove_parametrizations(layer, "weight", leave_parametrized=False)
    with pytest.raises(TypeError, match="is assigned a int, wanted is a tensor"):
        layer.weight = 3
    with pytest.raises(ValueError, match=r"a tensor of shape \(3,\), for which original0 would have shape"):
        layer.weight = tg.ones(3, dtype=tg.float64, device=device)


def test_a_right_inverse_needs_no_base_class(device: str) -> None:
    class Exponential(nn.Module):
        def forward(self, x: Any) -> Any:
            return tg.exp(x)

        def right_inverse(self, value: Any) -> Any:
            return tg.log(value)

    layer = linear(device)
    with tg.no_grad():
        layer.weight[...] = 2.0
    register_parametrization(layer, "weight", Exponential())
    np.testing.assert_allclose(layer.weight.detach().numpy(), np.full((3, 3), 2.0))
    layer.weight = tg.full((3, 3), 3.0, dtype=tg.float64, device=device)
    np.testing.assert_allclose(layer.parametrizations["weight"].original.detach().numpy(), np.log(np.full((3, 3), 3.0)))


def test_attributes_of_classes_are_not_replaced(device: str) -> None:
    class Shifted(nn.Module):
        shift = None

        def __init__(self, size: int | None = None) -> None:
            super().__init__()
            if size is not None:
                self.shift = nn.Parameter(tg.ones(size, device=device))

    class Further(Shifted):
        pass

    for kind in (Shifted, Further):
        with pytest.raises(AttributeError, match=f"{kind.__name__} has a class attribute 'shift', which the computed"):
            register_parametrization(kind(2), "shift", Doubled())
        assert kind().shift is None


def test_an_error_of_its_own_leaves_the_value(device: str) -> None:
    class Failing(nn.Module):
        def right_inverse(self, value: Any) -> Any:
            return value * 2

        def forward(self, original: Any) -> Any:
            raise RuntimeError("on purpose")

    layer = nn.Linear(3, 2, generator=tg.Generator(0, device))
    before = layer.weight.detach().numpy().copy()
    with pytest.raises(RuntimeError, match="on purpose"):
        nn.parametrize.register_parametrization(layer, "weight", Failing())
    np.testing.assert_array_equal(layer.weight.detach().numpy(), before)
