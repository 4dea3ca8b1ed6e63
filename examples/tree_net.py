"""A recursive network for expressions of any shape: it learns to evaluate lists of lists of digits.

    python examples/tree_net.py

The task is that of ListOps (Nangia and Bowman, "ListOps: A Diagnostic Dataset for Latent Tree Learning",
arXiv:1804.06028, 2018) without its medians: the value, 0 to 9, of expressions such as (max 2 (sum 4 7) 0), where sums
are modulo 10. They are drawn from its grammar as they are needed, with 2 or 3 arguments each, up to 4 levels deep.

The graph of each sample is the tree of its expression: an operation's vector takes in those of its arguments, one after
the other, through a gated cell, and what results is the vector of the whole, up to the root. Nothing is padded, and
no two samples of a batch need have anything in common.

After 3000 steps, less than two minutes of one core's time, it evaluates 99 % of new expressions of one level, 92 % of
those of up to 3 levels, and 91 % of those of up to 4, of which it has seen none.
"""

import argparse
import random
import time

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim

OPERATIONS = {"max": max, "min": min, "sum": lambda values: sum(values) % 10}


def draw(rng, depth):
    """A random expression: a digit, or an operation with 2 or 3 arguments."""
    if depth == 0:
        return rng.randrange(10)
    arguments = [draw(rng, depth - 1 if rng.random() < 0.3 else 0) for _ in range(rng.randint(2, 3))]
    return (rng.choice(list(OPERATIONS)), *arguments)


def value(expression):
    """What the network is to find out."""
    if isinstance(expression, int):
        return expression
    operation, *arguments = expression
    return OPERATIONS[operation]([value(argument) for argument in arguments])


class TreeNet(nn.Module):
    def __init__(self, size, generator):
        super().__init__()
        self.words = nn.Embedding(10 + len(OPERATIONS), size, generator=generator)
        self.cell = nn.Linear(2 * size, 2 * size, generator=generator)
        self.root = nn.Linear(size, 10, generator=generator)

    def forward(self, expressions):
        """Logits (N, 10)."""
        vectors = dict(zip([*range(10), *OPERATIONS], tg.unstack(self.words.weight)))
        return self.root(tg.stack([self.represent(expression, vectors) for expression in expressions]))

    def represent(self, expression, vectors):
        """A vector (size,): here Python's own recursion shapes the graph."""
        if isinstance(expression, int):
            return vectors[expression]
        operation, *arguments = expression
        state = vectors[operation]
        for argument in arguments:
            gate, new = tg.split(self.cell(tg.concat([state, self.represent(argument, vectors)])), 2)
            state = state + tg.sigmoid(gate) * (tg.tanh(new) - state)
        return state


def accuracy(model, expressions):
    with tg.no_grad():
        found = model(expressions).argmax(axis=1).tolist()
    return sum(digit == value(expression) for digit, expression in zip(found, expressions)) / len(expressions)


parser = argparse.ArgumentParser(description="Learn to evaluate expressions of any shape.")
parser.add_argument("--steps", type=int, default=3000)
parser.add_argument("--size", type=int, default=64, help="of the vectors")
args = parser.parse_args()

rng = random.Random(0)
model = TreeNet(args.size, tg.Generator(0))
optimizer = optim.Adam(model.parameters(), lr=1e-2)
scheduler = optim.OneCycleLR(optimizer, max_lr=1e-2, total_steps=args.steps)
start = time.perf_counter()
for step in range(1, args.steps + 1):
    expressions = [draw(rng, rng.randint(1, 3)) for _ in range(32)]
    loss = F.cross_entropy(model(expressions), tg.asarray([value(expression) for expression in expressions]))
    optimizer.zero_grad()
    loss.backward()
    optim.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 200 == 0 or step == args.steps:
        print(f"step {step}/{args.steps}: loss {loss.item():.4f}, {time.perf_counter() - start:.0f} s", flush=True)

for depth in range(1, 5):
    expressions = [draw(rng, depth) for _ in range(500)]
    print(f"accuracy on new expressions of up to {depth} levels: {100 * accuracy(model, expressions):.1f} %")
