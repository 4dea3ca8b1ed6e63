"""Transformers: what PyTorch's module database, of small layers without dropout, does not ask."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F

from .against_torch import assert_modules_agree

draw = np.random.default_rng(0).standard_normal


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize("options", [{"norm_first": True}, {"activation": "gelu", "batch_first": True}], ids=str)
def test_stacks_match_pytorch(torch: Any, options: Any, device: str) -> None:
    shape = 8, 2, 16, 0.0
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(*shape, **options), 2, nn.LayerNorm(8))
    theirs = torch.nn.TransformerEncoder(
        torch.nn.TransformerEncoderLayer(*shape, **options), 2, torch.nn.LayerNorm(8), enable_nested_tensor=False
    )
    assert_modules_agree(torch, encoder, theirs, draw((4, 3, 8)), device=device)
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(*shape, **options), 2, nn.LayerNorm(8))
    theirs = torch.nn.TransformerDecoder(torch.nn.TransformerDecoderLayer(*shape, **options), 2, torch.nn.LayerNorm(8))
    memory = draw((4, 5, 8)) if options.get("batch_first") else draw((5, 3, 8))
    assert_modules_agree(torch, decoder, theirs, draw((4, 3, 8)), memory, device=device)


def test_caches_give_what_whole_sequences_give(device: str) -> None:
    layer = nn.TransformerDecoderLayer(8, 2, 16, batch_first=True, device=device)
    decoder = nn.TransformerDecoder(layer, 2).eval()
    x, memory = (tg.asarray(draw((2, 5, 8)).astype(np.float32), device=device) for _ in range(2))
    caches = [nn.KeyValueCache() for _ in range(2)]
    with tg.no_grad():
        whole = decoder(x, memory, tgt_is_causal=True)
        parts = [decoder(x[:, t : t + 1], memory, tgt_is_causal=True, caches=caches) for t in range(5)]
    np.testing.assert_allclose(tg.concat(parts, axis=1).numpy(), whole.numpy(), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="there are 1 caches for 2 layers"):
        decoder(x, memory, caches=caches[:1])


def test_layers_are_copies_that_draw_one_after_the_other(device: str) -> None:
    layer = nn.TransformerEncoderLayer(4, 1, 8, 0.5, generator=tg.Generator(0, device))
    encoder = nn.TransformerEncoder(layer, 2)
    first, second = (cast("nn.TransformerEncoderLayer", copied) for copied in encoder.layers)
    assert first.linear1.weight is not second.linear1.weight
    assert first.linear1.weight.tolist() == second.linear1.weight.tolist() == layer.linear1.weight.tolist()
    assert first.dropout.generator is second.dropout.generator is layer.dropout.generator


def test_transformer_names_what_does_not_fit(device: str) -> None:
    model = nn.Transformer(8, 2, 1, 1, 16, device=device)
    with pytest.raises(ValueError, match="their last axes must be d_model, 8"):
        model(tg.ones((3, 8), device=device), tg.ones((3, 7), device=device))
    with pytest.raises(ValueError, match="activation='swish'; wanted is 'relu', 'gelu' or a function"):
        nn.TransformerEncoderLayer(8, 2, activation="swish")


@pytest.mark.parametrize("dropout", [0.0, 0.1])
def test_a_compiled_step_is_the_eager_one(dropout: float) -> None:
    x = tg.asarray(draw((4, 12, 16)).astype(np.float32))

    def losses(wrap: Any) -> list[float]:
        generator = tg.Generator(0)
        layer = nn.TransformerEncoderLayer(16, 4, 32, dropout, F.gelu, batch_first=True, norm_first=True,
                                           generator=generator)  # fmt: skip
        optimizer = optim.Adam(layer.parameters(), lr=0.01)

        def step(x: Any) -> Any:
            optimizer.zero_grad()
            loss = F.mse_loss(layer(x, is_causal=True), x)
            loss.backward()
            optimizer.step()
            return loss

        run = wrap(step)
        found = [run(x).item() for _ in range(3)]
        layer.eval()
        return [*found, run(x).item()]

    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        compiled = losses(tg.compile)
    np.testing.assert_allclose(compiled, losses(lambda step: step), rtol=1e-5)
