"""The sizes that layers are made with."""

from __future__ import annotations

from typing import Any

import pytest

from tinygrad_nn import nn


@pytest.mark.parametrize(
    ("layer", "sizes", "error", "message"),
    [
        (nn.Linear, {"in_features": 3, "out_features": 2.0}, TypeError, "out_features is 2.0, wanted an integer"),
        (nn.Embedding, {"num_embeddings": -4, "embedding_dim": 2}, ValueError, "num_embeddings is -4, wanted at least"),
        (nn.Embedding, {"num_embeddings": 4, "embedding_dim": "2"}, TypeError, "embedding_dim is '2', wanted an int"),
        (nn.MultiheadAttention, {"embed_dim": 4.0, "num_heads": 2}, TypeError, "embed_dim is 4.0, wanted an integer"),
        (nn.MultiheadAttention, {"embed_dim": 4, "num_heads": 0}, ValueError, "num_heads is 0, wanted at least 1"),
        (nn.MultiheadAttention, {"embed_dim": 4, "num_heads": 2, "kdim": -3}, ValueError, "kdim is -3, wanted at lea"),
    ],
)
def test_what_does_not_fit_is_named(layer: Any, sizes: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=f"{layer.__name__}: {message}"):
        layer(**sizes)
