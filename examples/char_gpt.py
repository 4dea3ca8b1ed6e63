"""A GPT that writes in the manner of a text, character by character: GPT-2's shape, small, in one file.

    python examples/char_gpt.py tinyshakespeare.txt --compile

Each block looks back with attention and then thinks about each position by itself; both add to what was there, after a
normalization (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019). The weights that read a
character in are those that tell the next one. Any text will do; the settings are those that nanoGPT (Karpathy)
proposes for a CPU and this text of 1.1 million characters, of which the last tenth is held back for validation.

In 2000 steps it reaches a validation loss of 1.88 nats per character, in 4 minutes of one core's time with `--compile`
and numba.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim


class Block(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, dropout, batch_first=True)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width), nn.Dropout(dropout)
        )

    def forward(self, x, cache=None):
        """(B, T, width) -> (B, T, width); a cache holds what attention needs of the positions before."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, is_causal=True, cache=cache)[0]
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, vocabulary, context, width, depth, heads, dropout=0.0):
        super().__init__()
        self.context = context
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads, dropout) for _ in range(depth))
        self.ln_f = nn.LayerNorm(width)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, caches=None):
        """Logits (B, T, vocabulary) of what follows each of the tokens (B, T), which continue those in the caches."""
        start = len(caches[0]) if caches else 0
        x = self.wte(tokens) + self.wpe.weight[start : start + tokens.shape[1]]  # (B, T, width)
        for block, cache in zip(self.h, caches or [None] * len(self.h)):
            x = block(x, cache)
        return F.linear(self.ln_f(x), self.wte.weight)

    @tg.no_grad()
    def write(self, tokens, count, choose):
        """Continue a list of tokens by `count`, each chosen from its logits, an array (vocabulary,)."""
        written, unread, caches = list(tokens), list(tokens), None
        for _ in range(count):
            if caches is None or len(caches[0]) == self.context:  # positions end here: go on from the last half
                caches = [nn.KeyValueCache() for _ in self.h]
                unread = written[-self.context // 2 :]
            logits = self(tg.asarray([unread], device=self.wte.weight.device), caches)
            unread = [int(choose(logits[0, -1].numpy()))]
            written += unread
        return written


def batch(data, rng, size, context):
    """Random pieces of the data (size, context), and the same pieces one character later."""
    starts = rng.integers(len(data) - context, size=(size, 1))
    places = starts + np.arange(context)
    return tg.asarray(data[places]), tg.asarray(data[places + 1])


def loss_of(model, x, y):
    return F.cross_entropy(model(x).reshape(-1, model.wte.num_embeddings), y.reshape(-1))


@tg.no_grad()
def validation_loss(model, data, context):
    """Over all of the data, in pieces of the model's context."""
    model.eval()
    count = (len(data) - 1) // context
    x, y = (data[i : i + count * context].reshape(count, context) for i in (0, 1))
    parts = [slice(i, i + 64) for i in range(0, count, 64)]
    losses = [loss_of(model, tg.asarray(x[part]), tg.asarray(y[part])).item() * len(x[part]) for part in parts]
    model.train()
    return sum(losses) / count


def main():
    parser = argparse.ArgumentParser(description="Train a small GPT on a text, and let it write.")
    parser.add_argument("text", type=Path, help="any text file, such as tinyshakespeare.txt")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=12)
    parser.add_argument("--context", type=int, default=64, help="characters that it sees")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--length", type=int, default=500, help="characters to write in the end")
    parser.add_argument("--compile", action="store_true", help="run the steps as a compiled program")
    args = parser.parse_args()
    tg.manual_seed(0)
    tg.keep_freed_memory()
    rng = np.random.default_rng(0)

    text = args.text.read_text(encoding="utf-8")
    letters = sorted(set(text))
    data = np.searchsorted(letters, list(text))
    train, validation = data[: len(data) * 9 // 10], data[len(data) * 9 // 10 :]
    model = GPT(len(letters), args.context, args.width, args.depth, args.heads, args.dropout)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    optimizer = optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))
    scheduler = optim.OneCycleLR(optimizer, max_lr=1e-3, total_steps=args.steps, pct_start=0.05, cycle_momentum=False)
    count = sum(parameter.size for parameter in model.parameters())
    print(f"{len(text):,} characters, {len(letters)} different ones; {count:,} parameters")

    def step(x, y):
        loss = loss_of(model, x, y)
        optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    if args.compile:
        step = tg.compile(step)
    start = time.perf_counter()
    for i in range(1, args.steps + 1):
        loss = step(*batch(train, rng, args.batch, args.context))
        scheduler.step()
        if i % 500 == 0 or i == args.steps:
            held_back = validation_loss(model, validation, args.context)
            seconds = time.perf_counter() - start
            print(f"step {i}: loss {loss.item():.3f}, of validation {held_back:.3f}, {seconds:.0f} s", flush=True)

    def choose(logits):
        """One of the characters, by their probabilities: the largest of logits with Gumbel noise."""
        return np.argmax(logits + rng.gumbel(size=logits.shape))

    model.eval()
    start = time.perf_counter()
    written = model.write(data[:1].tolist(), args.length, choose)
    print("".join(letters[i] for i in written))
    print(f"({args.length / (time.perf_counter() - start):.0f} characters a second)")


if __name__ == "__main__":
    main()
