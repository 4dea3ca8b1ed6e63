"""MultiheadAttention, with PyTorch as the oracle, and its cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

from .against_torch import assert_modules_agree

draw = np.random.default_rng(0).standard_normal
HIDDEN = np.random.default_rng(1).random((3, 4)) < 0.3
HIDDEN[:, 0] = False
PADDING = np.array([[False, False, True, True], [False, False, False, True]])

SETTINGS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"bias": False}, {"average_attn_weights": False}),
    ({"kdim": 5, "vdim": 7}, {"attn_mask": HIDDEN}),
    ({"kdim": 5, "add_bias_kv": True}, {"key_padding_mask": PADDING}),
    ({"add_bias_kv": True, "add_zero_attn": True}, {"attn_mask": HIDDEN, "key_padding_mask": PADDING}),
    ({"add_zero_attn": True}, {"attn_mask": draw((4, 3, 4)), "key_padding_mask": np.where(PADDING, -np.inf, 0.0)}),
    ({}, {"need_weights": False}),
]


@pytest.mark.filterwarnings("ignore:Support for mismatched")
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("settings", "options"), SETTINGS, ids=lambda given: ",".join(given))
def test_matches_pytorch(torch: Any, batch_first: bool, settings: Any, options: Any, device: str) -> None:
    ours = nn.MultiheadAttention(6, 2, batch_first=batch_first, **settings, device=device)
    theirs = torch.nn.MultiheadAttention(6, 2, batch_first=batch_first, **settings)
    arrays = draw((2, 3, 6)), draw((2, 4, ours.kdim)), draw((2, 4, ours.vdim))
    if not batch_first:
        arrays = tuple(np.swapaxes(x, 0, 1).copy() for x in arrays)
    assert_modules_agree(torch, ours, theirs, *arrays, device=device, **options)


def test_of_one_sequence_alone(torch: Any, device: str) -> None:
    ours, theirs = nn.MultiheadAttention(6, 2, device=device), torch.nn.MultiheadAttention(6, 2)
    arrays = draw((3, 6)), draw((4, 6)), draw((4, 6))
    assert_modules_agree(torch, ours, theirs, *arrays, device=device, key_padding_mask=PADDING[0])


@pytest.mark.parametrize("settings", [{}, {"add_bias_kv": True, "add_zero_attn": True}], ids=str)
def test_causal_is_the_mask_of_later_steps(settings: Any, device: str) -> None:
    layer = nn.MultiheadAttention(6, 2, batch_first=True, **settings, device=device)
    x = tg.asarray(draw((2, 4, 6)).astype(np.float32), device=device)
    later = tg.asarray(np.triu(np.ones((4, 4), bool), 1), device=device)
    for found, wanted in zip(layer(x, x, x, is_causal=True), layer(x, x, x, attn_mask=later)):
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("steps", [[1] * 6, [3, 1, 2]], ids=str)
def test_a_cache_gives_what_the_whole_sequence_gives(steps: list[int], device: str) -> None:
    layer = nn.MultiheadAttention(8, 2, batch_first=True, device=device)
    x = tg.asarray(draw((2, 6, 8)).astype(np.float32), device=device)
    whole, _ = layer(x, x, x, is_causal=True)
    cache = nn.KeyValueCache()
    parts = []
    with tg.no_grad():
        for size in steps:
            new = x[:, len(cache) : len(cache) + size]
            parts.append(layer(new, new, new, is_causal=True, cache=cache)[0])
    assert len(cache) == 6
    np.testing.assert_allclose(tg.concat(parts, axis=1).numpy(), whole.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_weights_are_dropped_in_training_only(device: str) -> None:
    layer = nn.MultiheadAttention(4, 1, dropout=0.5, generator=tg.Generator(0, device))
    x = tg.ones((50, 1, 4), device=device)
    assert 0.3 < np.mean(layer(x, x, x)[1].detach().numpy() == 0) < 0.7
    assert not np.any(layer.eval()(x, x, x)[1].detach().numpy() == 0)


def test_starts_as_in_pytorch(device: str) -> None:
    layer = nn.MultiheadAttention(100, 4, add_bias_kv=True, generator=tg.Generator(0, device))
    values = {name: parameter.detach().numpy() for name, parameter in layer.named_parameters()}
    weight = values["in_proj_weight"]
    assert np.abs(weight).max() <= np.sqrt(6 / 400)
    assert weight.std() == pytest.approx(np.sqrt(2 / 400), rel=0.05)
    assert not values["in_proj_bias"].any()
    assert not values["out_proj.bias"].any()
    assert values["bias_k"].std() == pytest.approx(np.sqrt(2 / 200), rel=0.3)


def test_what_does_not_fit_is_named(device: str) -> None:
    with pytest.raises(ValueError, match="embed_dim=6 must be a multiple of num_heads=4"):
        nn.MultiheadAttention(6, 4)
    with pytest.raises(ValueError, match="dropout=2 must be a probability"):
        nn.MultiheadAttention(6, 2, dropout=2)
    layer = nn.MultiheadAttention(6, 2, device=device)
    x, y = tg.ones((3, 2, 6), device=device), tg.ones((4, 1, 6), device=device)
    with pytest.raises(ValueError, match=r"shapes \(3, 2, 6\), \(4, 1, 6\) and \(4, 1, 6\); wanted are \(steps, batch"):
        layer(x, y, y)
    with pytest.raises(ValueError, match=r"sizes 6, 6 and 6"):
        layer(x, x, x[..., :5])
    with pytest.raises(TypeError, match="attn_mask is int64; wanted are bools"):
        layer(x, x, x, attn_mask=tg.zeros((3, 3), tg.int64, device))


@pytest.mark.parametrize(
    ("shape", "masks", "message"),
    [
        ((3, 2, 6), {"attn_mask": (2, 3)}, r"attn_mask has shape \(2, 3\); wanted is \(T, S\) = \(3, 3\) or "
         r"\(batch \* num_heads, T, S\) = \(4, 3, 3\)"),
        ((3, 2, 6), {"attn_mask": (2, 3, 3)}, r"attn_mask has shape \(2, 3, 3\)"),
        ((3, 2, 6), {"attn_mask": (1, 3)}, r"attn_mask has shape \(1, 3\)"),
        ((3, 2, 6), {"attn_mask": (2, 2, 3, 3)}, r"attn_mask has shape \(2, 2, 3, 3\)"),
        ((3, 6), {"attn_mask": (4, 3, 3)}, r"or \(num_heads, T, S\) = \(2, 3, 3\)"),
        ((3, 2, 6), {"key_padding_mask": (3,)}, r"key_padding_mask has shape \(3,\); .* \(batch, S\) = \(2, 3\)"),
        ((3, 2, 6), {"key_padding_mask": (1, 3)}, r"key_padding_mask has shape \(1, 3\)"),
        ((3, 2, 6), {"key_padding_mask": (3, 2)}, r"key_padding_mask has shape \(3, 2\)"),
        ((3, 6), {"key_padding_mask": (1, 3)}, r"wanted is \(S,\) = \(3,\)"),
    ],
)  # fmt: skip
def test_masks_of_other_shapes_are_refused(shape: Any, masks: Any, message: str, device: str) -> None:
    layer, cache = nn.MultiheadAttention(6, 2, device=device), nn.KeyValueCache()
    x = tg.ones(shape, device=device)
    with pytest.raises(ValueError, match=message):
        layer(x, x, x, **{name: tg.zeros(size, tg.bool, device) for name, size in masks.items()}, cache=cache)
    assert not len(cache)


def test_a_mask_for_each_head_of_a_sequence_alone(torch: Any, device: str) -> None:
    ours, theirs = nn.MultiheadAttention(6, 2, device=device), torch.nn.MultiheadAttention(6, 2)
    arrays = draw((3, 6)), draw((4, 6)), draw((4, 6))
    assert_modules_agree(torch, ours, theirs, *arrays, device=device, attn_mask=draw((2, 3, 4)))
