"""Attention as a function, with PyTorch as the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F

ours: Any = F.scaled_dot_product_attention
draw = np.random.default_rng(0).standard_normal
QKV = draw((2, 3, 4, 5)), draw((2, 3, 6, 5)), draw((2, 3, 6, 2))
SEEN = np.random.default_rng(1).random((2, 1, 4, 6)) < 0.5
SEEN[0, 0, 1] = False  # a query that may look at nothing


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.3}], ids=str)
def test_matches_pytorch(agree: Any, torch: Any, options: Any) -> None:
    theirs = torch.nn.functional.scaled_dot_product_attention
    agree(lambda *qkv: ours(*qkv, **options), lambda *qkv: theirs(*qkv, **options), *QKV)


def test_masks_match_pytorch(agree: Any, torch: Any, device: str) -> None:
    theirs = torch.nn.functional.scaled_dot_product_attention
    seen = tg.asarray(SEEN, device=device)
    agree(lambda *qkv: ours(*qkv, seen), lambda *qkv: theirs(*qkv, torch.tensor(SEEN)), *QKV)
    agree(ours, theirs, *QKV, draw((4, 6)))
    hidden = np.where(SEEN, 0.0, -np.inf)
    added = tg.asarray(hidden, device=device)
    agree(lambda *qkv: ours(*qkv, added), lambda *qkv: theirs(*qkv, torch.tensor(hidden)), *QKV)


def test_fewer_heads_of_keys_match_pytorch(agree: Any, torch: Any) -> None:
    theirs = torch.nn.functional.scaled_dot_product_attention
    agree(
        lambda *qkv: ours(*qkv, enable_gqa=True),
        lambda *qkv: theirs(*qkv, enable_gqa=True),
        draw((2, 6, 4, 5)), draw((2, 3, 4, 5)), draw((2, 3, 4, 5)),
        second=False,
    )  # fmt: skip


def test_dropout_of_weights(device: str) -> None:
    x = tg.ones((1, 50, 4), device=device)
    values = F.scaled_dot_product_attention(x, x, x, dropout_p=0.5, generator=tg.Generator(0, device))
    assert values.numpy().std() > 0
    assert values.numpy().mean() == pytest.approx(1, abs=0.1)


def test_what_does_not_fit_is_named(device: str) -> None:
    x, y = tg.ones((2, 3, 4), device=device), tg.ones((2, 3, 5), device=device)
    with pytest.raises(ValueError, match=r"shapes \(2, 3, 4\), \(2, 3, 5\) and \(2, 3, 4\); wanted"):
        F.scaled_dot_product_attention(x, y, x)
    with pytest.raises(TypeError, match="attn_mask is int64; wanted are bools"):
        F.scaled_dot_product_attention(x, x, x, tg.asarray([[1, 0, 1]] * 3, device=device))
    with pytest.raises(ValueError, match="has 2 heads, .* has 3"):
        F.scaled_dot_product_attention(x, tg.ones((3, 3, 4), device=device), x, enable_gqa=True)
    with pytest.raises(ValueError, match=r"query has shape \(3, 4\), .* need an axis of heads"):
        F.scaled_dot_product_attention(x[0], x[0], x[0], enable_gqa=True)


@pytest.mark.parametrize("sizes", [(0, 3, 3), (2, 0, 3), (2, 3, 0)], ids=str)
def test_of_nothing(agree: Any, torch: Any, sizes: Any) -> None:
    batch, queries, keys = sizes
    arrays = draw((batch, queries, 4)), draw((batch, keys, 4)), draw((batch, keys, 4))
    agree(F.scaled_dot_product_attention, torch.nn.functional.scaled_dot_product_attention, *arrays, second=False)


@pytest.mark.parametrize("steps", [2, 80])
def test_products_of_float16_may_be_beyond_its_greatest(torch: Any, steps: int, device: str) -> None:
    q = np.linspace(100, 50, steps, dtype=np.float16)[:, None] * np.ones((1, steps, 64), np.float16)
    q[..., 1:] *= draw(63).astype(np.float16) / 4 + 1
    x = tg.asarray(q, device=device, requires_grad=True)
    t = torch.tensor(q, requires_grad=True)
    y, wanted = ours(x, x, x), torch.nn.functional.scaled_dot_product_attention(t, t, t)
    np.testing.assert_allclose(y.detach().numpy(), wanted.detach().numpy(), rtol=1e-3)
    y.backward(tg.ones_like(y))
    wanted.backward(torch.ones_like(wanted))
    assert (y.dtype, x.grad.dtype) == (tg.float16, tg.float16)
    np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("shape", [(2, 2), (5, 3, 3), (3, 2), (1, 2, 3, 3)], ids=str)
def test_a_mask_that_does_not_broadcast_is_refused(shape: Any, device: str) -> None:
    x = tg.ones((2, 3, 4), device=device)
    with pytest.raises(ValueError, match=r"attn_mask has shape \(.*\); wanted .* \(\.\.\., T, S\) = \(2, 3, 3\)"):
        F.scaled_dot_product_attention(x, x, x, tg.zeros(shape, device=device))


def test_batches_that_do_not_broadcast_are_refused(device: str) -> None:
    x, y = tg.ones((2, 3, 4), device=device), tg.ones((3, 3, 4), device=device)
    for given in ((x, y, y), (x, x, y)):
        with pytest.raises(ValueError, match=r"key and value have shapes \(2, 3, 4\), .* must broadcast"):
            F.scaled_dot_product_attention(*given)
