"""An LSTM that writes in the manner of a text, character by character.

    python examples/char_lstm.py tinyshakespeare.txt --compile

The text is read by many readers at once, each from a place of its own on. A reader keeps its state from one piece to
the next, while gradients stay within a piece (truncated backpropagation through time). What it predicts is the next
character; the last tenth of the text is held back for validation. Hochreiter and Schmidhuber, "Long Short-Term Memory",
Neural Computation 9(8), 1997; Karpathy's char-rnn made the task known.

When it has read 1.1 million characters of Shakespeare four times, its validation loss is 1.68 nats per character. That
takes one and a half minutes of one core's time with `--compile` and numba.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim

parser = argparse.ArgumentParser(description="Train an LSTM on a text, and let it write.")
parser.add_argument("text", type=Path, help="any text file, such as tinyshakespeare.txt")
parser.add_argument("--epochs", type=int, default=4, help="times through the text")
parser.add_argument("--readers", type=int, default=32, help="sequences in a batch")
parser.add_argument("--steps", type=int, default=64, help="characters of a piece")
parser.add_argument("--hidden", type=int, default=128)
parser.add_argument("--layers", type=int, default=1)
parser.add_argument("--length", type=int, default=500, help="characters to write in the end")
parser.add_argument("--compile", action="store_true", help="run the steps as a compiled program")
args = parser.parse_args()
tg.manual_seed(0)
tg.keep_freed_memory()


class CharLSTM(nn.Module):
    def __init__(self, letters, hidden, layers):
        super().__init__()
        self.embedding = nn.Embedding(letters, 64)
        self.lstm = nn.LSTM(64, hidden, layers, batch_first=True)
        self.head = nn.Linear(hidden, letters)

    def forward(self, x, state=None):
        """Logits (N, T, letters) of what follows each of the characters (N, T), and the state after them."""
        y, state = self.lstm(self.embedding(x), state)
        return self.head(y), state


def pieces(data, readers, steps):
    """The text as `readers` long lines, in pieces of `steps` characters and the same one character later."""
    length = (len(data) - 1) // (readers * steps) * steps  # of a line
    x, y = (data[i : i + readers * length].reshape(readers, length) for i in (0, 1))
    for i in range(0, length, steps):
        yield tg.asarray(x[:, i : i + steps]), tg.asarray(y[:, i : i + steps])


text = args.text.read_text(encoding="utf-8")
letters = sorted(set(text))
data = np.searchsorted(letters, list(text))
train, validation = data[: len(data) * 9 // 10], data[len(data) * 9 // 10 :]
model = CharLSTM(len(letters), args.hidden, args.layers)
optimizer = optim.Adam(model.parameters(), lr=4e-3)
count = len(list(pieces(train, args.readers, args.steps)))
scheduler = optim.OneCycleLR(optimizer, max_lr=4e-3, total_steps=args.epochs * count, pct_start=0.1)
size = sum(parameter.size for parameter in model.parameters())
print(f"{len(text):,} characters, {len(letters)} different ones; {size:,} parameters")


def step(x, y, h, c):
    logits, (h, c) = model(x, (h, c))
    loss = F.cross_entropy(logits.reshape(-1, len(letters)), y.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optim.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return loss, h.detach(), c.detach()


@tg.no_grad()
def validation_loss():
    losses, state = [], None
    for x, y in pieces(validation, 16, args.steps):
        logits, state = model(x, state)
        losses.append(F.cross_entropy(logits.reshape(-1, len(letters)), y.reshape(-1)).item())
    return sum(losses) / len(losses)


if args.compile:
    step = tg.compile(step)
start = time.perf_counter()
for epoch in range(1, args.epochs + 1):
    total = 0.0
    h = c = tg.zeros((args.layers, args.readers, args.hidden))
    for x, y in pieces(train, args.readers, args.steps):
        loss, h, c = step(x, y, h, c)
        scheduler.step()
        total += loss.item()
    print(f"epoch {epoch}/{args.epochs}: loss {total / count:.3f}, of validation {validation_loss():.3f}, "
          f"{time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip

# To write, it reads what it has just written; characters come by their probabilities (largest of logits and noise).
rng = np.random.default_rng(0)
written, state = [int(data[0])], None
with tg.no_grad():
    for _ in range(args.length):
        logits, state = model(tg.asarray([written[-1:]]), state)
        written.append(int(np.argmax(logits[0, -1].numpy() + rng.gumbel(size=len(letters)))))
print("".join(letters[i] for i in written))
