"""Modules as functions of their parameters: replaced for the call, restored after it, transformed like any function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

SIZES = (3, 4, 2)


def mlp(device: str) -> nn.Sequential:
    generator = tg.Generator(0, device)
    first, second = (
        nn.Linear(m, n, dtype=tg.float64, device=device, generator=generator) for m, n in zip(SIZES, SIZES[1:])
    )
    return nn.Sequential(first, nn.Tanh(), second)


def parameters_of(model: nn.Module) -> dict[str, Any]:
    return {name: p.detach() for name, p in model.named_parameters()}


def data(device: str, n: int = 5) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    return tuple(tg.asarray(rng.standard_normal((n, size)), device=device) for size in (SIZES[0], SIZES[-1]))


def squared_error(model: nn.Module) -> Callable[..., Any]:
    return lambda parameters, x, y: ((nn.functional_call(model, parameters, (x,)) - y) ** 2).sum()


def test_it_computes_with_the_given_tensors(device: str) -> None:
    model, (x, _) = mlp(device), data(device)
    before = model(x)
    doubled = {name: p * 2 for name, p in parameters_of(model).items()}
    found = nn.functional_call(model, doubled, x)
    own = list(model.parameters())
    assert all(isinstance(p, nn.Parameter) for p in own)
    np.testing.assert_array_equal(model(x).detach().numpy(), before.detach().numpy())
    with tg.no_grad():
        for p in own:
            p *= 2
    np.testing.assert_array_equal(found.numpy(), model(x).detach().numpy())


def test_what_is_not_given_stays(device: str) -> None:
    model, (x, _) = mlp(device), data(device)
    bias = tg.asarray([10.0, 20.0], dtype=tg.float64, device=device)
    difference = nn.functional_call(model, {"2.bias": bias}, x) - (model(x) - model[2].bias)
    np.testing.assert_allclose(difference.detach().numpy(), np.tile([10.0, 20.0], (5, 1)))


def test_gradients_go_to_the_given_tensors(device: str) -> None:
    model, (x, y) = mlp(device), data(device)
    parameters = {name: p.requires_grad_() for name, p in parameters_of(model).items()}
    squared_error(model)(parameters, x, y).backward()
    assert all(p.grad is None for p in model.parameters())
    ((model(x) - y) ** 2).sum().backward()
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(parameters[name].grad.numpy(), p.grad.numpy())


def test_arguments_by_name(device: str) -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = nn.Parameter(tg.ones(2, device=device))

        def forward(self, x: Any, *, power: int) -> Any:
            return (self.factor * x) ** power

    x = tg.asarray([1.0, 2.0], device=device)
    found = nn.functional_call(Scaled(), {"factor": x}, (x,), {"power": 2})
    assert found.tolist() == [1, 16]


def test_restored_when_the_call_raises(device: str) -> None:
    model = mlp(device)
    own = dict(model.named_parameters())
    with pytest.raises(ValueError, match="linear"):
        nn.functional_call(model, {"0.bias": tg.zeros(4, dtype=tg.float64, device=device)}, tg.ones(7, device=device))
    assert all(p is own[name] for name, p in model.named_parameters())


def test_a_module_is_wanted(device: str) -> None:
    with pytest.raises(TypeError, match=r"functional_call: wanted is a module, not 3 .int."):
        nn.functional_call(3, {}, tg.ones(3, device=device))  # type: ignore[arg-type]


def test_unknown_names(device: str) -> None:
    x = tg.ones((1, 3), device=device)
    with pytest.raises(KeyError, match=r"Sequential has no parameter or buffer '1.weight', 'b'; it has 0.weight, 0.b"):
        nn.functional_call(mlp(device), {"1.weight": x, "b": x}, x)


def test_shapes_that_do_not_fit(device: str) -> None:
    x = tg.ones((1, 3), device=device)
    with pytest.raises(ValueError, match=r"'0.weight' has shape \(1, 3\), wanted is \(4, 3\)"):
        nn.functional_call(mlp(device), {"0.weight": x}, x)


def test_what_is_no_tensor(device: str) -> None:
    with pytest.raises(TypeError, match=r"'0.bias' is a list, wanted is a tensor"):
        nn.functional_call(mlp(device), {"0.bias": [0.0] * 4}, tg.ones((1, 3), device=device))


class Tied(nn.Module):
    def __init__(self, device: str) -> None:
        super().__init__()
        self.encode = nn.Linear(3, 3, bias=False, device=device)
        self.decode = nn.Linear(3, 3, bias=False, device=device)
        self.decode.weight = self.encode.weight

    def forward(self, x: Any) -> Any:
        return self.decode(self.encode(x))


@pytest.mark.parametrize("name", ["encode.weight", "decode.weight"])
def test_one_name_stands_for_all_places_of_a_tensor(name: str, device: str) -> None:
    model, x = Tied(device), tg.asarray([[1.0, 2.0, 3.0]], device=device)
    weight = tg.eye(3, device=device) * 2
    assert nn.functional_call(model, {name: weight}, x).tolist() == [[4, 8, 12]]
    assert model.decode.weight is model.encode.weight
    assert nn.functional_call(model, {"encode.weight": weight, "decode.weight": weight}, x).tolist() == [[4, 8, 12]]


def test_two_tensors_for_one(device: str) -> None:
    weight = tg.eye(3, device=device)
    with pytest.raises(ValueError, match=r"'encode.weight' and 'decode.weight' are one tensor of the module"):
        nn.functional_call(Tied(device), {"encode.weight": weight, "decode.weight": weight + 1}, weight)


class Averaging(nn.Module):
    """Keeps a mean by assignment, and a number of calls in place."""

    def __init__(self, device: str) -> None:
        super().__init__()
        self.register_buffer("mean", tg.zeros(2, device=device))
        self.register_buffer("calls", tg.zeros((), dtype=tg.int64, device=device))

    def forward(self, x: Any) -> Any:
        self.mean = 0.5 * self.mean + x.detach().mean(0)
        self.calls += 1
        return x - self.mean


def test_buffers_that_the_module_updates(device: str) -> None:
    model = Averaging(device)
    mean, calls = tg.ones(2, device=device), tg.asarray(7, device=device)
    x = tg.asarray([[1.0, 2.0], [3.0, 4.0]], device=device, requires_grad=True)
    y = nn.functional_call(model, {"mean": mean, "calls": calls}, x)
    assert y.detach().tolist() == [[-1.5, -1.5], [0.5, 0.5]]
    assert (mean.tolist(), calls.item()) == ([2.5, 3.5], 8)
    assert (model.mean.tolist(), model.calls.item()) == ([0, 0], 0)
    model(x)
    assert (mean.tolist(), model.mean.tolist(), model.calls.item()) == ([2.5, 3.5], [2, 3], 1)


# Transformations


def test_gradients_per_sample(device: str) -> None:
    model, (x, y) = mlp(device), data(device)
    loss, parameters = squared_error(model), parameters_of(model)
    found = tg.vmap(tg.grad(loss), in_axes=(None, 0, 0))(parameters, x, y)
    for i in range(len(x)):
        model.zero_grad()
        ((model(x[i]) - y[i]) ** 2).sum().backward()
        for name, p in model.named_parameters():
            np.testing.assert_allclose(found[name][i].numpy(), p.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_an_ensemble(device: str) -> None:
    model, (x, _) = mlp(device), data(device)
    members = [{name: p * k for name, p in parameters_of(model).items()} for k in (1, 2, 3)]
    stacked = {name: tg.stack([member[name] for member in members]) for name in members[0]}
    found = tg.vmap(lambda p: nn.functional_call(model, p, x))(stacked)
    for i, member in enumerate(members):
        np.testing.assert_allclose(found[i].numpy(), nn.functional_call(model, member, x).numpy(), rtol=1e-12)


@pytest.fixture
def twin(device: str) -> tuple[Any, Any, Any, Any, Any]:
    """Our model, PyTorch's loss of the same parameters, and the data on both sides."""
    torch = pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")
    model, (x, y) = mlp(device), data(device)
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2)).double()
    state = {name: torch.tensor(p.numpy()) for name, p in parameters_of(model).items()}
    their_x, their_y = torch.tensor(x.numpy()), torch.tensor(y.numpy())

    def their_loss(p: Any) -> Any:
        return ((torch.func.functional_call(theirs, p, (their_x,)) - their_y) ** 2).sum()

    def their_outputs(p: Any) -> Any:
        return torch.func.functional_call(theirs, p, (their_x,))

    return model, (x, y), state, their_loss, their_outputs


def agree(ours: Any, theirs: Any) -> None:
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for name in ours:
            agree(ours[name], theirs[name])
    else:
        np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_jacobian_agrees_with_pytorch(twin: Any, mode: str) -> None:
    from torch.func import jacrev

    model, (x, _), state, _, outputs = twin
    found = tg.jacobian(lambda p: nn.functional_call(model, p, x), mode=mode)(parameters_of(model))
    agree(found, jacrev(outputs)(state))


def test_the_hessian_agrees_with_pytorch(twin: Any) -> None:
    from torch.func import jacrev

    model, (x, y), state, loss, _ = twin
    found = tg.hessian(lambda p: squared_error(model)(p, x, y))(parameters_of(model))
    agree(found, jacrev(jacrev(loss))(state))


def test_the_hessian_vector_product_agrees_with_pytorch(twin: Any) -> None:
    from torch.func import grad, vjp

    model, (x, y), state, loss, _ = twin
    parameters = parameters_of(model)
    v = {name: p.sin() for name, p in parameters.items()}
    (found,) = tg.hvp(lambda p: squared_error(model)(p, x, y), (parameters,), (v,))
    _, pull = vjp(grad(loss), state)  # the Hessian is symmetric
    agree(found, pull({name: t.sin() for name, t in state.items()})[0])
