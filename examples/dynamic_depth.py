"""A network whose graph depends on the data: it learns to tell whether logical formulas are true.

A formula is a tree, such as ("and", True, ("not", ("xor", False, True))). The network is built anew for each formula,
in the formula's own shape: a vector for each leaf, a small network for each kind of operator, applied from the leaves
to the root, where one number says true or false. Only the root is ever taught. Trained on formulas up to 3 levels
deep, it judges formulas of 8 levels: what it learnt is the operators, not the formulas.

    python examples/dynamic_depth.py
"""

import argparse
import random
import time

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim

ARITY = {"not": 1, "and": 2, "or": 2, "xor": 2}
SIZE = 8  # of the vector that stands for the truth of a formula


def draw(rng, depth, full=False):
    """A random formula of at most `depth` levels; of exactly so many where it is `full`."""
    if depth == 0 or (not full and rng.random() < 0.2):
        return rng.random() < 0.5
    operator = rng.choice(list(ARITY))
    return (operator, *(draw(rng, depth - 1, full) for _ in range(ARITY[operator])))


def truth(formula):
    """What the network is to find out."""
    if isinstance(formula, bool):
        return formula
    operator, *parts = formula
    a, *b = map(truth, parts)
    return not a if operator == "not" else {"and": a and b[0], "or": a or b[0], "xor": a != b[0]}[operator]


class Judge(nn.Module):
    def __init__(self, generator):
        super().__init__()
        self.leaves = nn.Parameter(tg.randn(2, SIZE, generator=generator))
        self.operators = nn.ModuleDict({
            name: nn.Sequential(
                nn.Linear(arity * SIZE, 16, generator=generator), nn.Tanh(),
                nn.Linear(16, SIZE, generator=generator), nn.Tanh(),
            )
            for name, arity in ARITY.items()
        })  # fmt: skip
        self.root = nn.Linear(SIZE, 1, generator=generator)

    def represent(self, formula):
        """A vector (SIZE,): here Python's own recursion and `if` shape the graph."""
        if isinstance(formula, bool):
            return self.leaves[int(formula)]
        operator, *parts = formula
        vectors = [self.represent(part) for part in parts]
        return self.operators[operator](tg.concat(vectors, axis=0))

    def forward(self, formulas):
        """One logit a formula, (N, 1)."""
        return self.root(tg.stack([self.represent(formula) for formula in formulas]))


def accuracy(model, formulas):
    with tg.no_grad():
        said = (model(formulas) > 0).numpy()[:, 0]
    return sum(bool(s) == truth(f) for s, f in zip(said, formulas)) / len(formulas)


parser = argparse.ArgumentParser(description="Learn logic from formulas of any shape.")
parser.add_argument("--steps", type=int, default=400)
args = parser.parse_args()

rng = random.Random(0)
model = Judge(tg.Generator(0))
optimizer = optim.Adam(model.parameters(), lr=0.01)
start = time.perf_counter()
for step in range(1, args.steps + 1):
    formulas = [draw(rng, depth=3) for _ in range(32)]
    targets = tg.asarray([[float(truth(formula))] for formula in formulas])
    loss = F.binary_cross_entropy_with_logits(model(formulas), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 50 == 0 or step == args.steps:
        print(f"step {step}/{args.steps}: loss {loss.item():.4f}")

print(f"trained in {time.perf_counter() - start:.1f} s")
for depth in (3, 5, 8):
    formulas = [draw(rng, depth, full=True) for _ in range(200)]
    print(f"accuracy on new formulas of {depth} levels: {100 * accuracy(model, formulas):.1f} %")
