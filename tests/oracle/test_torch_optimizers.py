"""Every configuration of PyTorch's database of optimizers, for those that both have: 20 steps go where PyTorch's go."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import optim

torch = pytest.importorskip("torch", reason="the oracle is not installed: pip install tinygrad_nn[oracle]")
pytest.importorskip("expecttest", reason="PyTorch's database needs it: pip install tinygrad_nn[oracle]")

STEPS = 20
# Each step of LBFGS is 20 iterations, which amplify rounding: from 200 on PyTorch's go elsewhere themselves when what
# they start from differs in the last bit.
FEWER_STEPS = {"LBFGS": 8}
ONE_GROUP = ("LBFGS",)
MATRICES_ONLY = ("Muon",)

# What is left out, and why.
LEFT_OUT = {"SparseAdam": "it is for sparse gradients, and there are none here"}


@pytest.fixture(scope="session")
def optim_db(device: str) -> dict[str, list[dict[str, Any]]]:
    """The settings of every configuration, by the optimizer's name."""
    if device != "cpu":
        pytest.skip("PyTorch is on the CPU here, and the other devices run the tests of optimizers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torch.testing._internal.common_optimizers import optim_db
    return {info.name: [doubled(each.kwargs) for each in info.optim_inputs_func(device="cpu")] for info in optim_db}


def doubled(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with tensors in float64, as everything else."""
    return {name: value.double() if isinstance(value, torch.Tensor) else value for name, value in settings.items()}


@pytest.fixture
def exact(monkeypatch: Any) -> Iterator[None]:
    """PyTorch in float64 throughout: also the numbers that it keeps of a step, and the iteration of Muon."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda x: x.clone())
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def ours_of(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as ours: a tensor is the number in it. (Those of how PyTorch computes are for GPUs only.)"""
    return {name: value.item() if isinstance(value, torch.Tensor) else value for name, value in settings.items()}


def starts(name: str) -> list[Any]:
    """Parameters of a small net: the weights, and the biases of its layers."""
    rng = np.random.default_rng(5)
    shapes = ((4, 3), (2, 4)) if name in MATRICES_ONLY else ((4, 3), (4,), (2, 4), (2,))
    return [rng.standard_normal(shape) for shape in shapes]


def groups_of(name: str, parameters: list[Any], lr: float | None) -> list[Any]:
    """Two groups, the second with half of the learning rate."""
    if name in ONE_GROUP:
        return parameters
    half = len(parameters) // 2
    return [{"params": parameters[:half]}, {"params": parameters[half:], "lr": (1e-2 if lr is None else lr) / 2}]


def trained(module: Any, optimizer: Any, parameters: list[Any], tensor: Any, steps: int) -> list[float]:
    """The losses of a net with one hidden layer, step by step."""
    rng = np.random.default_rng(6)
    x, y = tensor(rng.standard_normal((6, 3))), tensor(rng.standard_normal((6, 2)))
    weights = [p for p in parameters if p.ndim == 2]
    biases = [p for p in parameters if p.ndim == 1] or [0.0, 0.0]

    def closure() -> Any:
        optimizer.zero_grad()
        hidden = module.tanh(x @ weights[0].T + biases[0])
        loss = ((hidden @ weights[1].T + biases[1] - y) ** 2).mean()
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(steps)]


def compare(name: str, settings: dict[str, Any]) -> None:
    mine = ours_of(settings)
    ours = [tg.asarray(p.copy(), requires_grad=True) for p in starts(name)]
    theirs = [torch.tensor(p, requires_grad=True) for p in starts(name)]
    optimizer = getattr(optim, name)(groups_of(name, ours, mine.get("lr")), **mine)
    oracle = getattr(torch.optim, name)(groups_of(name, theirs, mine.get("lr")), **settings)
    steps = FEWER_STEPS.get(name, STEPS)
    losses = trained(tg, optimizer, ours, tg.asarray, steps)
    np.testing.assert_allclose(losses, trained(torch, oracle, theirs, torch.tensor, steps), rtol=1e-8)
    for p, q, start in zip(ours, theirs, starts(name)):
        assert not np.array_equal(p.detach().numpy(), start)
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", sorted(set(torch.optim.__all__) & set(optim.__all__) - {"Optimizer"}))
def test_configurations_agree(name: str, optim_db: Any, exact: None) -> None:
    for settings in optim_db[name]:
        try:
            compare(name, settings)
        except Exception as error:
            raise AssertionError(f"{name}: {settings}") from error


@pytest.mark.parametrize("wrong", [False, True])
def test_what_is_wrong_is_found(wrong: bool, optim_db: Any, exact: None, monkeypatch: Any) -> None:
    rule = optim.RMSprop.rule

    def other(xp: Any, p: Any, *arrays: Any, lr: float, **settings: Any) -> None:
        rule(xp, p, *arrays, lr=lr * (1 + 1e-6 * wrong), **settings)

    monkeypatch.setattr(optim.RMSprop, "rule", staticmethod(other))
    with pytest.raises(AssertionError) if wrong else nullcontext():
        compare("RMSprop", {})


def test_counts(optim_db: Any) -> None:
    assert {name for name in optim_db if not hasattr(optim, name)} == set(LEFT_OUT)
    mapped = Counter(
        name
        for name, configurations in optim_db.items()
        for settings in configurations
        if any(isinstance(value, torch.Tensor) for value in settings.values())
    )
    print(f"\n{'optimizer':12} configurations  of these with a tensor for a number")
    for name, configurations in optim_db.items():
        why = f"left out: {LEFT_OUT[name]}" if name in LEFT_OUT else ""
        print(f"{name:12} {len(configurations):14}  {mapped[name]:38}  {why}".rstrip())
    assert sum(len(configurations) for name, configurations in optim_db.items() if name not in LEFT_OUT) >= 87
