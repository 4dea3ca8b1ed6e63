"""Orthogonal weights: PyTorch's values, gradients and states, and that they stay orthogonal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

MAPS = ["matrix_exp", "cayley", "householder", None]
SHAPES = [(4, 4), (5, 3), (3, 5), (2, 4, 3)]


class Held(nn.Module):
    """A weight of any shape."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(value)


def held_by_torch(torch: Any, value: Any) -> Any:
    module = torch.nn.Module()
    module.weight = torch.nn.Parameter(torch.tensor(value))
    return module


def both(torch: Any, value: Any, device: str, *arguments: Any, **options: Any) -> Any:
    ours = nn.parametrizations.orthogonal(Held(tg.asarray(value, device=device, copy=True)), *arguments, **options)
    theirs = torch.nn.utils.parametrizations.orthogonal(held_by_torch(torch, value), *arguments, **options)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    return ours, theirs


def compare(torch: Any, ours: Any, theirs: Any, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=rtol, atol=1e-11)
    g = np.random.default_rng(1).normal(size=ours.weight.shape)
    (ours.weight * tg.asarray(g, device=ours.weight.device)).sum().backward()
    (theirs.weight * torch.tensor(g)).sum().backward()
    found, wanted = (m.parametrizations["weight"].original.grad.numpy() for m in (ours, theirs))
    np.testing.assert_allclose(found, wanted, rtol=rtol, atol=1e-10)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("orthogonal_map", MAPS)
def test_any_state_is_pytorchs(orthogonal_map: Any, shape: tuple[int, ...], torch: Any, device: str) -> None:
    draw = np.random.default_rng(0)
    ours, theirs = both(torch, draw.normal(size=shape), device, "weight", orthogonal_map)
    for scale in (0.0, 0.3, 10.0):
        ours.zero_grad(), theirs.zero_grad()
        with torch.no_grad():
            original = theirs.parametrizations.weight.original
            original += scale * torch.tensor(np.tril(draw.normal(size=shape), -1))
        ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
        compare(torch, ours, theirs)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("orthogonal_map", MAPS[:3])
def test_without_a_base(orthogonal_map: Any, shape: tuple[int, ...], torch: Any, device: str) -> None:
    value = np.random.default_rng(0).normal(size=shape)
    ours, theirs = both(torch, value, device, "weight", orthogonal_map, use_trivialization=False)
    compare(torch, ours, theirs)
    if orthogonal_map == "householder":
        q = ours.weight.detach()
        ours.weight = -q
        np.testing.assert_allclose(ours.weight.detach().numpy(), -q.numpy(), atol=1e-12)
    else:
        with pytest.raises(NotImplementedError, match="no matrix can be assigned, unless use_trivialization=True"):
            ours.weight = ours.weight.detach()


@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley"])
def test_unitary_ones(orthogonal_map: str, torch: Any, device: str) -> None:
    draw = np.random.default_rng(0)
    value = draw.normal(size=(3, 3)) + 1j * draw.normal(size=(3, 3))
    ours, theirs = both(torch, value, device, "weight", orthogonal_map)
    with torch.no_grad():
        theirs.parametrizations.weight.original += torch.tensor(value)
    ours.load_state_dict({name: x.numpy() for name, x in theirs.state_dict().items()})
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), rtol=1e-9)
    with pytest.raises(ValueError, match="complex128, and householder is for real matrices"):
        nn.parametrizations.orthogonal(Held(tg.asarray(value, device=device)), orthogonal_map="householder")


@pytest.mark.parametrize("orthogonal_map", MAPS[:3])
def test_orthogonal_weights_are_kept_and_assigned(orthogonal_map: str, device: str) -> None:
    layer = nn.init.orthogonal_(tg.empty((4, 4), device=device), generator=tg.Generator(0, device))
    for q in (layer, layer[:, :3], layer[:2]):
        held = nn.parametrizations.orthogonal(Held(q.copy()), orthogonal_map=orthogonal_map)
        np.testing.assert_allclose(held.weight.detach().numpy(), q.numpy(), atol=1e-6)
        held.weight = q.flip(-1)
        np.testing.assert_allclose(held.weight.detach().numpy(), q.flip(-1).numpy(), atol=1e-6)


@pytest.mark.parametrize(("orthogonal_map", "sizes"), [("matrix_exp", (6, 6)), ("cayley", (6, 4)), (None, (6, 4))])
def test_training_keeps_them_orthogonal_as_a_program_too(orthogonal_map: Any, sizes: Any, device: str) -> None:
    def weights_after(wrap: Any) -> Any:
        draw = tg.Generator(0, device)
        layer = nn.parametrizations.orthogonal(
            nn.Linear(*sizes, generator=draw, dtype=tg.float64), orthogonal_map=orthogonal_map, generator=draw
        )
        optimizer = optim.SGD(layer.parameters(), 0.1)
        x = tg.randn(16, sizes[0], generator=draw, dtype=tg.float64)

        def step(x: Any) -> None:
            optimizer.zero_grad()
            ((layer(x) - x[:, : sizes[1]]) ** 2).sum().backward()
            optimizer.step()

        run = wrap(step, x)
        for _ in range(5):
            run(x)
        return layer.weight.detach().numpy()

    weight = weights_after(lambda step, x: step)
    np.testing.assert_allclose(weight @ weight.T, np.eye(sizes[1]), atol=1e-12)
    np.testing.assert_allclose(weights_after(tg.trace), weight, rtol=1e-9)


def test_what_does_not_fit_is_named(device: str) -> None:
    with pytest.raises(ValueError, match="ReLU has no parameter or buffer 'weight'"):
        nn.parametrizations.orthogonal(nn.ReLU())
    with pytest.raises(ValueError, match=r"'bias' has shape \(2,\), wanted are matrices"):
        nn.parametrizations.orthogonal(nn.Linear(2, 2), "bias")
    with pytest.raises(ValueError, match="orthogonal_map='qr'; wanted is one of matrix_exp, cayley, householder"):
        nn.parametrizations.orthogonal(nn.Linear(2, 2), orthogonal_map="qr")


@pytest.mark.parametrize("orthogonal_map", ["matrix_exp", "cayley", "householder"])
def test_of_dependent_columns_it_is_a_number_too(orthogonal_map: str, device: str) -> None:
    layer = nn.Linear(4, 3, generator=tg.Generator(0, device))
    nn.init.zeros_(layer.weight)
    weight = nn.parametrizations.orthogonal(layer, orthogonal_map=orthogonal_map).weight.detach().numpy()
    np.testing.assert_allclose(weight @ weight.T, np.eye(3), atol=1e-6)


def test_decay_of_the_original_leaves_it_orthogonal(device: str) -> None:
    layer = nn.parametrizations.orthogonal(nn.Linear(3, 4, generator=tg.Generator(0, device)))
    optimizer = optim.SGD(layer.parameters(), lr=0.1, weight_decay=0.1)
    layer(tg.ones((2, 3), device=device)).sum().backward()
    optimizer.step()
    weight = layer.weight.detach().numpy()
    np.testing.assert_allclose(weight.T @ weight, np.eye(3), atol=1e-6)
