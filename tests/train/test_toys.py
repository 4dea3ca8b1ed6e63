"""Every optimizer, on every toy data set with each loss that suits it, reaches the score that the table of toys states.

The networks are small and see all points at once; a training ends as soon as it is good enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import make_blobs, make_moons, make_noisy_function, make_rings, make_spirals, make_xor, one_hot


class Toy(NamedTuple):
    """A data set, and what is asked on it.

    Attributes
    ----------
    make : callable
        Gives the points and their classes or values.
    outputs : int
        How many classes there are; 1 for a value.
    score : float
        The share of points in the right class, or the share of the variance that is explained.
    """

    make: Callable[..., tuple[Any, Any]]
    outputs: int
    score: float


def blobs(corners: int, generator: tg.Generator) -> tuple[Any, Any]:
    """Round clusters on a circle."""
    angle = 2 * np.pi * np.arange(corners) / corners
    centers = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return make_blobs(90, centers=centers, cluster_std=0.2, generator=generator)


def sine(generator: tg.Generator) -> tuple[Any, Any]:
    """One period, with noise; a straight line explains 61 % of its variance."""
    return make_noisy_function(90, lambda x: np.sin(2 * x), low=-np.pi / 2, high=np.pi / 2, generator=generator)


TOYS = {
    "2 gaussians": Toy(lambda generator: blobs(2, generator), 2, 0.99),
    "4 gaussians": Toy(lambda generator: blobs(4, generator), 4, 0.98),
    "xor": Toy(lambda generator: make_xor(90, generator=generator), 2, 0.97),
    "moons": Toy(lambda generator: make_moons(90, generator=generator), 2, 0.94),
    "rings": Toy(lambda generator: make_rings(90, generator=generator), 2, 0.97),
    "spirals": Toy(lambda generator: make_spirals(90, 3, turns=0.35, generator=generator), 3, 0.9),
    "sine": Toy(sine, 1, 0.85),
}

# A loss of the outputs of a network and a target, and what makes the target of the classes or values.
Loss = tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]


def column(y: Any) -> Any:
    return y[:, None].astype(np.float32)


CLASSES: dict[str, Loss] = {  # with an output for each class
    "cross-entropy": (F.cross_entropy, lambda y: y),
    "dense cross-entropy": (F.cross_entropy, one_hot),
    "negative log-likelihood": (lambda z, t: F.nll_loss(F.log_softmax(z, axis=1), t), lambda y: y),
    "hinge": (F.multi_margin_loss, lambda y: y),
    "squared error of classes": (F.mse_loss, one_hot),
}
TWO_CLASSES: dict[str, Loss] = {  # with one output, positive for the second class
    "binary cross-entropy": (lambda z, t: F.binary_cross_entropy(F.sigmoid(z), t), column),
    "binary cross-entropy of logits": (F.binary_cross_entropy_with_logits, column),
    "soft margin": (F.soft_margin_loss, lambda y: 2 * column(y) - 1),
}
VALUES: dict[str, Loss] = {
    "squared error": (F.mse_loss, lambda y: y),
    "root of squared error": (F.rmse_loss, lambda y: y),
    "absolute error": (F.l1_loss, lambda y: y),
    "Huber": (F.huber_loss, lambda y: y),
}
OPTIMIZERS: dict[str, Callable[[Any], Any]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.4),
    "SGD with momentum": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "SGD of Nesterov": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "Adam": lambda p: optim.Adam(p, lr=0.04),
    "AdamW": lambda p: optim.AdamW(p, lr=0.04),
    "NAdam": lambda p: optim.NAdam(p, lr=0.04),
    "RAdam": lambda p: optim.RAdam(p, lr=0.1),
    "Adamax": lambda p: optim.Adamax(p, lr=0.08),
    "Adadelta": lambda p: optim.Adadelta(p, lr=10.0),
    "Adafactor": lambda p: optim.Adafactor(p, lr=0.2),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.15),
    "ASGD": lambda p: optim.ASGD(p, lr=0.4),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01),
    "Rprop": lambda p: optim.Rprop(p, lr=0.01),
    "LBFGS": lambda p: optim.LBFGS(p, max_iter=5, line_search_fn="strong_wolfe"),
    "LAMB": lambda p: optim.LAMB(p, lr=0.06),
    "Lion": lambda p: optim.Lion(p, lr=0.01),
    "Lookahead": lambda p: optim.Lookahead(optim.Adam(p, lr=0.05)),
    "Muon": lambda p: optim.Muon([matrix for matrix in p if matrix.ndim == 2], lr=0.05),  # biases stay as they are
}
STEPS = 1000
LOOK = 3  # steps from one look at the score to the next


def losses_for(toy: Toy) -> dict[str, Loss]:
    return VALUES if toy.outputs == 1 else CLASSES | TWO_CLASSES if toy.outputs == 2 else CLASSES


def score(z: Any, y: Any) -> float:
    """The share of right classes, or of the variance of values."""
    if y.ndim == 2:
        return float(1 - ((z - y) ** 2).mean() / y.var())
    return float(((z.argmax(axis=1) if z.shape[1] > 1 else z[:, 0] > 0) == y).mean())


def test_every_optimizer_is_in_the_table() -> None:
    known = {kind for kind in vars(optim).values() if isinstance(kind, type) and issubclass(kind, optim.Optimizer)}
    tried = {type(make([tg.ones((2, 2)).requires_grad_()])) for make in OPTIMIZERS.values()}
    assert tried == known - {optim.Optimizer}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("toy", "loss"), [(name, loss) for name, toy in TOYS.items() for loss in losses_for(toy)])
def test_it_learns(optimizer: str, toy: str, loss: str) -> None:
    make, outputs, wanted = TOYS[toy]
    x, y = make(generator=tg.Generator(1))
    loss_of, target_of = losses_for(TOYS[toy])[loss]
    generator = tg.Generator(2)
    wide = 1 if loss in TWO_CLASSES else outputs
    model = nn.Sequential(
        nn.Linear(x.shape[1], 24, generator=generator), nn.Tanh(), nn.Linear(24, 24, generator=generator), nn.Tanh(),
        nn.Linear(24, wide, generator=generator),
    )  # fmt: skip
    stepper = OPTIMIZERS[optimizer](list(model.parameters()))
    points, target = tg.asarray(x), tg.asarray(target_of(y))

    def closure() -> Any:
        stepper.zero_grad()
        value = loss_of(model(points), target)
        value.backward()
        return value

    reached = -np.inf
    for step in range(1, STEPS + 1):
        stepper.step(closure)
        if step % LOOK == 0:
            with tg.no_grad():
                reached = score(model(points).numpy(), y)
            if reached >= wanted:
                break
    assert reached >= wanted
