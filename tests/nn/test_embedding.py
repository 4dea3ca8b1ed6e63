"""Embeddings, with PyTorch as the oracle."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F

INDICES = [np.array([[1, 4, 1], [0, 4, 4]]), np.array(3), np.zeros((0,), int), np.array([2, 2], np.int32)]
OPTIONS: list[dict[str, Any]] = [{}, {"padding_idx": 4}, {"padding_idx": -1, "scale_grad_by_freq": True}]


@pytest.mark.parametrize("indices", INDICES, ids=lambda i: str(i.shape))
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_matches_pytorch(agree: Any, torch: Any, indices: Any, options: Any, device: str) -> None:
    table = np.random.default_rng(0).standard_normal((5, 3))
    found, theirs = tg.asarray(indices, device=device), torch.tensor(indices)
    agree(
        lambda weight: F.embedding(found, weight, **options),
        lambda weight: torch.nn.functional.embedding(theirs, weight, **options),
        table,
        second=not options.get("scale_grad_by_freq"),
    )


@pytest.mark.parametrize("norm_type", [2.0, 1.0])
def test_long_rows_are_scaled_down(torch: Any, norm_type: float, device: str) -> None:
    table = np.random.default_rng(0).standard_normal((5, 3))
    layer = nn.Embedding(5, 3, max_norm=1.0, norm_type=norm_type, dtype=tg.float64, device=device)
    theirs = torch.nn.Embedding(5, 3, max_norm=1.0, norm_type=norm_type, dtype=torch.float64)
    layer.load_state_dict({"weight": tg.asarray(table, device=device)})
    theirs.load_state_dict({"weight": torch.tensor(table)})
    found = layer(tg.asarray([[0, 2], [2, 4]], device=device))
    found.sum().backward()
    wanted = theirs(torch.tensor([[0, 2], [2, 4]]))
    wanted.sum().backward()
    np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy())
    np.testing.assert_allclose(layer.weight.detach().numpy(), theirs.weight.detach().numpy())
    np.testing.assert_allclose(layer.weight.grad.numpy(), theirs.weight.grad.numpy())


def test_starts_from_the_normal_distribution(device: str) -> None:
    layer = nn.Embedding(500, 40, padding_idx=-1, generator=tg.Generator(0, device), device=device)
    values = layer.weight.detach().numpy()
    assert layer.padding_idx == 499
    assert not values[499].any()
    assert abs(values.mean()) < 0.03
    assert values[:499].std() == pytest.approx(1, abs=0.03)
    assert repr(layer) == "Embedding(500, 40, padding_idx=499)"


def test_from_pretrained(device: str) -> None:
    vectors = tg.asarray([[1.0, 2.0], [3.0, 4.0]], device=device)
    frozen = nn.Embedding.from_pretrained(vectors)
    assert not frozen.weight.requires_grad
    assert frozen.num_embeddings == 2
    assert frozen(tg.asarray([1], device=device)).tolist() == [[3.0, 4.0]]
    free = nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=0)
    free(tg.asarray([0, 1, 1], device=device)).sum().backward()
    assert free.weight.grad.tolist() == [[0.0, 0.0], [2.0, 2.0]]
    with pytest.raises(ValueError, match=r"from_pretrained: embeddings have shape \(2,\)"):
        nn.Embedding.from_pretrained(tg.ones(2, device=device))


def test_what_is_no_index_is_named(device: str) -> None:
    layer = nn.Embedding(4, 2, device=device)
    for wrong in ([4], [-1, 0]):
        with pytest.raises(IndexError, match="embedding: input has indices that are not from 0 to 3"):
            layer(tg.asarray(wrong, device=device))
    with pytest.raises(TypeError, match="the indices are float32; wanted are integers"):
        layer(tg.ones(2, device=device))
    with pytest.raises(TypeError, match="embedding: an operand is a list"):
        layer([1, 2])
    with pytest.raises(ValueError, match="padding_idx=4 is no row of a table that has 4"):
        nn.Embedding(4, 2, padding_idx=4)
    with pytest.raises(ValueError, match=r"weight has shape \(4,\)"):
        F.embedding(tg.asarray([0], device=device), tg.ones(4, device=device))


@pytest.mark.parametrize("padding_idx", [None, 0])
def test_a_compiled_step_is_the_eager_one(padding_idx: Any) -> None:
    indices = tg.asarray(np.random.default_rng(0).integers(0, 50, (16, 8)))

    def weights_after(wrap: Any) -> Any:
        layer = nn.Embedding(50, 40, padding_idx=padding_idx, generator=tg.Generator(0))
        optimizer = optim.SGD(layer.parameters(), lr=0.1)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = (layer(x).sum(axis=1) ** 2).mean()
            loss.backward()
            optimizer.step()
            return loss

        run = wrap(step)
        for _ in range(3):
            run(indices)
        with pytest.raises(IndexError, match="not from 0 to 49"):
            run(indices + 10)
        return layer.weight.detach().numpy()

    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        compiled = weights_after(tg.compile)
    np.testing.assert_allclose(compiled, weights_after(lambda step: step), rtol=1e-6, atol=1e-7)


def test_padding_has_no_gradient_in_a_batch_either(device: str) -> None:
    indices = tg.asarray([[0, 1], [1, 1], [2, 0]], device=device)
    weight = tg.ones((3, 2), device=device, requires_grad=True)
    tg.vmap(lambda i: F.embedding(i, weight, padding_idx=1))(indices).sum().backward()
    assert weight.grad.tolist() == [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]
    each = tg.vmap(lambda w: F.embedding(indices[0], w, padding_idx=1), in_axes=0)(tg.ones((4, 3, 2), device=device))
    assert each.shape == (4, 2, 2)
