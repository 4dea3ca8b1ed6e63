"""What layers take: floating tensors and arrays, and neither integers nor lists in their place."""

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn

LAYERS = {
    "Linear": (lambda: nn.Linear(3, 2), (2, 3)),
    "Conv1d": (lambda: nn.Conv1d(3, 2, 1), (2, 3, 4)),
    "Conv2d": (lambda: nn.Conv2d(3, 2, 1), (2, 3, 4, 4)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(3, 2, 1), (2, 3, 4)),
    "RNN": (lambda: nn.RNN(3, 2), (4, 2, 3)),
    "GRU": (lambda: nn.GRU(3, 2), (4, 2, 3)),
    "LSTM": (lambda: nn.LSTM(3, 2), (4, 2, 3)),
    "LSTMCell": (lambda: nn.LSTMCell(3, 2), (2, 3)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3), (4, 3)),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(3), (2, 3, 4)),
    "layer_norm": (lambda: nn.LayerNorm(3), (2, 3)),
    "rms_norm": (lambda: nn.RMSNorm(3), (2, 3)),
    "group_norm": (lambda: nn.GroupNorm(1, 3), (2, 3)),
}
INTEGERS = "x has dtype int64, wanted a floating one; x.astype\\(tg.float32\\) converts it"


def first(result):
    return result[0] if isinstance(result, tuple) else result


@pytest.mark.parametrize("name", LAYERS)
def test_integers_are_refused(device, name):
    make, shape = LAYERS[name]
    kind = name.lower() if name.startswith("ConvTranspose") else name
    with pytest.raises(TypeError, match=f"(?i)^{kind.replace('transpose', '_?transpose')}: {INTEGERS}"):
        make().to(device)(tg.ones(shape, dtype=tg.int64, device=device))


def test_bilinear_refuses_integers(device):
    layer, x = nn.Bilinear(3, 3, 2).to(device), tg.ones((2, 3), device=device)
    for pair in ((x.astype(tg.int64), x), (x, x.astype(tg.int64))):
        with pytest.raises(TypeError, match=f"^bilinear: {INTEGERS}"):
            layer(*pair)
    whole = tg.ones((3, 2), tg.int64, device=device)  # between integers it is a product like others
    assert F.linear(whole, whole).dtype == np.int64


def test_attention_refuses_integers(device):
    x = tg.ones((4, 2, 6), dtype=tg.int64, device=device)
    with pytest.raises(TypeError, match=f"^MultiheadAttention: {INTEGERS}"):
        nn.MultiheadAttention(6, 2).to(device)(x, x, x)
    with pytest.raises(TypeError, match=f"^scaled_dot_product_attention: {INTEGERS}"):
        F.scaled_dot_product_attention(x, x, x)


@pytest.mark.parametrize("name", LAYERS)
def test_arrays_are_taken(name):
    make, shape = LAYERS[name]
    layer, x = make(), np.random.default_rng(0).normal(size=shape).astype("float32")
    np.testing.assert_array_equal(first(layer(x)).detach(), first(layer(tg.asarray(x))).detach())


def test_an_embedding_takes_arrays():
    layer = nn.Embedding(5, 2)
    np.testing.assert_array_equal(layer(np.array([3, 1])).detach(), layer.weight.detach().numpy()[[3, 1]])
