"""einops on tensors: the same results as on NumPy arrays, the same gradients as on PyTorch's tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.interop import register_einops
from tinygrad_nn.testing import gradcheck

einops = pytest.importorskip("einops")
register_einops()

CALLS: dict[str, Callable[..., Any]] = {
    "transpose": lambda x: einops.rearrange(x, "a b c -> c a b"),
    "join": lambda x: einops.rearrange(x, "a b c -> (c a) b"),
    "part": lambda x: einops.rearrange(x, "a b (c d) -> d a b c", d=2),
    "ellipsis": lambda x: einops.rearrange(x, "... c -> c ..."),
    "new axis": lambda x: einops.rearrange(x, "a b c -> a 1 (b c) 1"),
    "list": lambda x: einops.rearrange([x, x + 1], "n a b c -> b (n c) a"),
    "identity": lambda x: einops.rearrange(x, "a b c -> a b c"),
    "sum": lambda x: einops.reduce(x, "a b c -> b", "sum"),
    "mean": lambda x: einops.reduce(x, "a b (c d) -> a c", "mean", d=2),
    "max": lambda x: einops.reduce(x, "a b c -> c", "max"),
    "min": lambda x: einops.reduce(x, "a b c -> a 1 c", "min"),
    "prod": lambda x: einops.reduce(x, "a b c -> ", "prod"),
    "keep": lambda x: einops.reduce(x, "a b c -> () b ()", "sum"),
    "repeat": lambda x: einops.repeat(x, "a b c -> b n (a 2) c", n=3),
    "repeat inside": lambda x: einops.repeat(x, "a b c -> a (b n) c m", n=2, m=2),
    "einsum": lambda x: einops.einsum(x, x, "a b c, a d c -> a b d"),
    "pack": lambda x: einops.pack([x, x[:, 0], x], "a * c")[0],
    "unpack": lambda x: sum(y.sum() for y in einops.unpack(x, [(1,), (2, 1)], "a * c")),
}


def numbers() -> Any:
    return np.random.default_rng(0).permutation(24).reshape(2, 3, 4) / 24 + 0.05


@pytest.mark.parametrize("name", CALLS)
def test_values_as_of_numpy(name: str, device: str) -> None:
    found = CALLS[name](tg.asarray(numbers(), device=device))
    wanted = CALLS[name](numbers())
    assert isinstance(found, tg.Tensor)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("name", CALLS)
def test_gradients(name: str, device: str) -> None:
    gradcheck(CALLS[name], tg.asarray(numbers(), device=device))


@pytest.mark.parametrize("name", CALLS)
def test_gradients_as_of_torch(name: str, device: str) -> None:
    torch = pytest.importorskip("torch")
    ours = tg.asarray(numbers(), device=device, requires_grad=True)
    theirs = torch.tensor(numbers(), requires_grad=True)
    (CALLS[name](ours) ** 2).sum().backward()
    (CALLS[name](theirs) ** 2).sum().backward()
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-12)


def test_logic(device: str) -> None:
    x = tg.asarray(numbers() > 0.5, device=device)
    assert einops.reduce(x, "a b c -> b", "any").tolist() == (numbers() > 0.5).any((0, 2)).tolist()
    assert einops.reduce(x, "a b c -> b", "all").tolist() == (numbers() > 0.5).all((0, 2)).tolist()
    y = einops.reduce(tg.asarray(numbers(), device=device), "a b c -> b", lambda t, axes: tg.logsumexp(t, axis=axes))
    np.testing.assert_allclose(y.numpy(), np.log(np.exp(numbers()).sum((0, 2))))


def test_shapes_and_arrays(device: str) -> None:
    x = tg.asarray(numbers(), device=device, requires_grad=True)
    assert einops.parse_shape(x, "a _ c") == {"a": 2, "c": 4}
    np.testing.assert_array_equal(einops.asnumpy(x), numbers())


def test_integers_have_no_mean(device: str) -> None:
    with pytest.raises(NotImplementedError, match="reduce_mean"):
        einops.reduce(tg.arange(4, device=device), "a -> ", "mean")


def test_errors_name_the_pattern(device: str) -> None:
    with pytest.raises(einops.EinopsError, match="a b -> a"):
        einops.rearrange(tg.ones((2, 3), device=device), "a b -> a")


def test_registering_again_does_nothing() -> None:
    before = einops._backends.AbstractBackend.__subclasses__()
    register_einops()
    assert einops._backends.AbstractBackend.__subclasses__() == before


def test_in_a_traced_function(device: str) -> None:
    program = tg.trace(CALLS["repeat"], tg.asarray(numbers(), device=device))
    np.testing.assert_allclose(
        program(tg.asarray(numbers() + 1, device=device)).numpy(), CALLS["repeat"](numbers() + 1)
    )


def test_the_array_api_of_einops() -> None:
    array_api = pytest.importorskip("einops.array_api")
    x = tg.asarray(numbers(), requires_grad=True)
    y = array_api.reduce(x, "a b c -> c a", "mean")
    np.testing.assert_allclose(y.detach().numpy(), numbers().mean(1).T)
    y.sum().backward()
    assert x.grad.shape == x.shape
