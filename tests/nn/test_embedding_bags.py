"""EmbeddingBag, with PyTorch as the oracle."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F

TABLE = np.random.default_rng(0).standard_normal((5, 3))
BAGS: dict[str, tuple[Any, Any]] = {
    "rows": (np.array([[1, 4, 1], [0, 4, 4]]), None),
    "offsets": (np.array([2, 2, 0, 4, 1, 4]), np.array([0, 2, 3, 5])),
    "empty": (np.array([2, 4, 0, 4]), np.array([0, 0, 2, 3, 3, 4, 4])),
    "nothing": (np.zeros((0,), int), np.array([0, 0])),
    "int32": (np.array([1, 3, 3], np.int32), np.array([0, 1], np.int32)),
}
OPTIONS: list[dict[str, Any]] = [{}, {"padding_idx": 4}, {"padding_idx": -1, "scale_grad_by_freq": True}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("bags", BAGS)
def test_matches_pytorch(agree: Any, torch: Any, bags: str, mode: str, options: Any, device: str) -> None:
    options = {name: value for name, value in options.items() if mode != "max" or name == "padding_idx"}
    pairs = [(x, torch.tensor(x)) if x is not None else (None, None) for x in BAGS[bags]]
    (found, their_input), (found_offsets, offsets) = pairs
    ours = tg.asarray(found, device=device), None if offsets is None else tg.asarray(found_offsets, device=device)
    agree(
        lambda weight: F.embedding_bag(ours[0], weight, ours[1], mode=mode, **options),
        lambda weight: torch.nn.functional.embedding_bag(their_input, weight, offsets, mode=mode, **options),
        TABLE,
        second=False,
    )


@pytest.mark.parametrize("padding", [None, 1])
def test_weights_and_the_last_offset(agree: Any, torch: Any, padding: Any, device: str) -> None:
    indices, offsets = np.array([2, 1, 0, 4, 1]), np.array([0, 2, 2, 5])
    agree(
        lambda table, w: F.embedding_bag(
            tg.asarray(indices, device=device), table, tg.asarray(offsets, device=device), mode="sum",
            per_sample_weights=w, include_last_offset=True, padding_idx=padding,
        ),
        lambda table, w: torch.nn.functional.embedding_bag(
            torch.tensor(indices), table, torch.tensor(offsets), mode="sum", per_sample_weights=w,
            include_last_offset=True, padding_idx=padding,
        ),
        TABLE, np.random.default_rng(1).standard_normal(5), second=False,
    )  # fmt: skip
    rows = np.array([[0, 1], [2, 2]])
    agree(
        lambda table, w: F.embedding_bag(tg.asarray(rows, device=device), table, mode="sum", per_sample_weights=w),
        lambda table, w: torch.nn.functional.embedding_bag(
            torch.tensor(rows), table, mode="sum", per_sample_weights=w
        ),
        TABLE, np.random.default_rng(1).standard_normal((2, 2)), second=False,
    )  # fmt: skip


def test_the_module_is_pytorchs(torch: Any, device: str) -> None:
    settings = {"max_norm": 1.0, "norm_type": 1.0, "mode": "sum", "padding_idx": 0}
    ours = nn.EmbeddingBag(5, 3, dtype=tg.float64, device=device, **settings)
    theirs = torch.nn.EmbeddingBag(5, 3, dtype=torch.float64, **settings)
    assert not ours.weight[0].any()
    ours.load_state_dict({"weight": tg.asarray(TABLE, device=device)})
    theirs.load_state_dict({"weight": torch.tensor(TABLE)})
    indices = np.array([[0, 2], [2, 4]])
    y, t = ours(tg.asarray(indices, device=device)), theirs(torch.tensor(indices))
    np.testing.assert_allclose(y.detach().numpy(), t.detach().numpy())
    np.testing.assert_allclose(ours.weight.detach().numpy(), theirs.weight.detach().numpy())
    assert repr(ours) == "EmbeddingBag(5, 3, mode=sum, padding_idx=0, max_norm=1.0)"


def test_from_pretrained(device: str) -> None:
    vectors = tg.asarray([[1.0, 2.0], [3.0, 4.0]], device=device)
    frozen = nn.EmbeddingBag.from_pretrained(vectors, mode="max")
    assert not frozen.weight.requires_grad
    assert frozen(tg.asarray([[0, 1]], device=device)).tolist() == [[3.0, 4.0]]
    free = nn.EmbeddingBag.from_pretrained(vectors, freeze=False, padding_idx=0)
    free(tg.asarray([[0, 1, 1]], device=device)).sum().backward()
    assert free.weight.grad.tolist() == [[0.0, 0.0], [1.0, 1.0]]
    with pytest.raises(ValueError, match=r"from_pretrained: embeddings have shape \(2,\)"):
        nn.EmbeddingBag.from_pretrained(tg.ones(2, device=device))


def test_what_does_not_fit_is_named(device: str) -> None:
    table = tg.ones((4, 2), device=device)
    pair, four = tg.asarray([[0, 1]], device=device), tg.asarray([0, 1, 2, 3], device=device)
    weights = tg.ones(4, device=device)

    def offsets(*places: int) -> Any:
        return tg.asarray(list(places), device=device)

    wrong: list[tuple[type[Exception], str, Any, dict[str, Any]]] = [
        (ValueError, "mode='min'; wanted is one of sum, mean, max", pair, {"mode": "min"}),
        (ValueError, "has a bag in each row; leave out offsets", pair, {"offsets": offsets(0)}),
        (ValueError, r"input has shape \(4,\); wanted is \(B, L\), or \(n,\) with offsets", four, {}),
        (ValueError, "the first of the offsets must be 0", four, {"offsets": offsets(1, 2)}),
        (ValueError, "the offsets do not ascend", four, {"offsets": offsets(0, 3, 2)}),
        (IndexError, "there are offsets that are not from 0 to 4", four, {"offsets": offsets(0, 5)}),
        (ValueError, "must be 4, where bags end", four, {"offsets": offsets(0, 3), "include_last_offset": True}),
        (ValueError, "there are no offsets for input", four, {"offsets": four[:0]}),
        (ValueError, r"offsets have shape \(1, 1\), wanted \(B,\)", four, {"offsets": four[:1][None]}),
        (TypeError, "offsets are float32; wanted are integers", four, {"offsets": weights}),
        (ValueError, "per_sample_weights go with mode='sum', not 'mean'", pair, {"per_sample_weights": weights}),
        (ValueError, r"per_sample_weights are float32 of shape \(4,\); wanted is float32 of the shape of input", pair,
         {"per_sample_weights": weights, "mode": "sum"}),
        (ValueError, "goes with the modes sum and mean", pair, {"scale_grad_by_freq": True, "mode": "max"}),
        (IndexError, "input has indices that are not from 0 to 3", pair + 3, {}),
    ]  # fmt: skip
    for error, message, input, options in wrong:
        with pytest.raises(error, match=message):
            F.embedding_bag(input, table, **options)


@pytest.mark.parametrize("mode", ["mean", "max"])
def test_a_compiled_step_is_the_eager_one(mode: str, device: str) -> None:
    indices = np.random.default_rng(0).integers(0, 50, 64)
    bags = [np.array([0, 10, 10, 40]), np.array([0, 1, 33, 64])]

    def weights_after(wrap: Any) -> Any:
        layer = nn.EmbeddingBag(50, 8, mode=mode, padding_idx=3, generator=tg.Generator(0, device))
        optimizer = optim.SGD(layer.parameters(), lr=0.1)

        def step(x: Any, offsets: Any) -> None:
            optimizer.zero_grad()
            (layer(x, offsets) ** 2).mean().backward()
            optimizer.step()

        run = wrap(step)
        for offsets in bags:
            run(tg.asarray(indices, device=device), tg.asarray(offsets, device=device))
        with pytest.raises(ValueError, match="the offsets do not ascend"):
            run(tg.asarray(indices, device=device), tg.asarray([0, 5, 4, 6], device=device))
        return layer.weight.detach().numpy()

    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        compiled = weights_after(tg.compile)
    np.testing.assert_allclose(compiled, weights_after(lambda step: step), rtol=1e-6, atol=1e-7)
