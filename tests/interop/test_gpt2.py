"""A network of GPT-2's shape whose weights come from PyTorch: the same logits, and the same characters written."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.interop import load_file, load_torch

EXAMPLE = Path(__file__).parents[2] / "examples" / "char_gpt.py"
VOCABULARY, CONTEXT, WIDTH, DEPTH, HEADS = 61, 24, 32, 3, 4


def ours():
    """The model of the example."""
    spec = importlib.util.spec_from_file_location("char_gpt", EXAMPLE)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.GPT(VOCABULARY, CONTEXT, WIDTH, DEPTH, HEADS)


@pytest.fixture(scope="module")
def theirs():
    """The same in PyTorch: pre-norm blocks, GELU by tanh, and a head that is the table of tokens."""
    torch = pytest.importorskip("torch")
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln_1 = nn.LayerNorm(WIDTH)
            self.attn = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
            self.ln_2 = nn.LayerNorm(WIDTH)
            self.mlp = nn.Sequential(
                nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(approximate="tanh"), nn.Linear(4 * WIDTH, WIDTH), nn.Dropout(0.0)
            )

        def forward(self, x):
            y = self.ln_1(x)
            later = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
            x = x + self.attn(y, y, y, need_weights=False, attn_mask=later)[0]
            return x + self.mlp(self.ln_2(x))

    class GPT2(nn.Module):
        def __init__(self):
            super().__init__()
            self.wte = nn.Embedding(VOCABULARY, WIDTH)
            self.wpe = nn.Embedding(CONTEXT, WIDTH)
            self.h = nn.ModuleList(Block() for _ in range(DEPTH))
            self.ln_f = nn.LayerNorm(WIDTH)

        def forward(self, tokens):
            x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
            for block in self.h:
                x = block(x)
            return self.ln_f(x) @ self.wte.weight.T

        def write(self, tokens, count):
            """The most probable tokens, with all that was written before read anew for each."""
            for _ in range(count):
                logits = self(torch.tensor([tokens]))[0, -1]
                tokens = [*tokens, int(logits.argmax())]
            return tokens

    torch.manual_seed(0)
    model = GPT2().eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():  # such that what it writes is not always the same
            scale = "ln_" in name and name.endswith("weight")
            parameter.normal_(1.0 if scale else 0.0, 1.0 if name == "wpe.weight" else 0.2)
    return model


def tokens(batch):
    return np.random.default_rng(0).integers(VOCABULARY, size=(batch, CONTEXT))


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_the_same_logits_and_tokens(theirs, tmp_path, device, suffix):
    torch = pytest.importorskip("torch")
    path = tmp_path / f"model{suffix}"
    if suffix == ".pt":
        torch.save(theirs.state_dict(), path)
        state = load_torch(path)
    else:
        pytest.importorskip("safetensors.torch").save_file(theirs.state_dict(), path)
        state = load_file(path)
    model = ours()
    assert model.load_state_dict(state) == ([], [])  # every name is there, and no other
    model = model.to(device).eval()
    x = tokens(batch=3)
    with torch.no_grad():
        expected = theirs(torch.from_numpy(x)).numpy()
        written = theirs.write([7, 3], CONTEXT - 3)
    logits = model(tg.asarray(x, device=device)).detach().numpy()
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
    assert len(set(written)) > 5
    assert model.write([7, 3], CONTEXT - 3, np.argmax) == written


def test_a_cache_gives_what_reading_anew_gives():
    """In pieces of any length."""
    model = ours().eval()
    x = tg.asarray(tokens(batch=2))
    whole = model(x).detach().numpy()
    caches = [tg.nn.KeyValueCache() for _ in model.h]
    pieces = [model(x[:, a:b], caches).detach().numpy() for a, b in [(0, 5), (5, 6), (6, 16), (16, CONTEXT)]]
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, rtol=1e-4, atol=1e-5)


def test_it_writes_on_when_its_context_is_full():
    model = ours().eval()
    written = model.write([1], 3 * CONTEXT, np.argmax)
    assert len(written) == 3 * CONTEXT + 1
    assert all(0 <= token < VOCABULARY for token in written)
