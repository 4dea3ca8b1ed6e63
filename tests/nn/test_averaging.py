"""Averages of weights are PyTorch's, in programs too; statistics of batches are computed anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

pytestmark = pytest.mark.filterwarnings("error::tinygrad_nn.CompileWarning")


def made(device: str) -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).to(device)


def moved(model: Any, rng: Any) -> None:
    """Other weights and statistics, as after some steps."""
    with tg.no_grad():
        for tensor in [*model.parameters(), *model.buffers()]:
            if tensor.dtype.kind == "f":
                tensor[...] = tg.asarray(rng.uniform(0.1, 1.0, tensor.shape), dtype=tensor.dtype, device=tensor.device)
            else:
                tensor += 1


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_follows_pytorch(kind: str, use_buffers: bool, device: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    utils = torch.optim.swa_utils
    ours, rng = made(device), np.random.default_rng(0)
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    functions = (None, None) if kind == "swa" else (nn.get_ema_avg_fn(0.8), utils.get_ema_avg_fn(0.8))
    averaged = nn.AveragedModel(ours, avg_fn=functions[0], use_buffers=use_buffers)
    oracle = utils.AveragedModel(theirs, avg_fn=functions[1], use_buffers=use_buffers)
    for _ in range(4):
        moved(ours, rng)
        theirs.load_state_dict({name: torch.tensor(x.numpy().copy()) for name, x in ours.state_dict().items()})
        averaged.update_parameters(ours)
        oracle.update_parameters(theirs)
    wanted = oracle.state_dict()
    found = averaged.state_dict()
    assert set(found) == set(wanted)
    for name, x in found.items():
        if not (use_buffers and name.endswith("num_batches_tracked")):  # whose mean PyTorch rounds
            np.testing.assert_allclose(x.numpy(), wanted[name].numpy(), rtol=1e-5, atol=1e-6)


def test_it_is_a_copy_that_computes(device: str) -> None:
    model = made(device).eval()
    averaged = nn.AveragedModel(model)
    x = tg.ones((5, 3), device=device)
    assert np.array_equal(averaged(x).detach().numpy(), model(x).detach().numpy())
    model(x).sum().backward()
    assert all(p.grad is None for p in averaged.parameters())
    moved(model, np.random.default_rng(0))
    assert not np.array_equal(averaged(x).detach().numpy(), model(x).detach().numpy())
    averaged.update_parameters(model)
    assert np.array_equal(averaged(x).detach().numpy(), model(x).detach().numpy())


def test_shared_weights_stay_shared(device: str) -> None:
    layer = nn.Linear(2, 2).to(device)
    averaged = nn.AveragedModel(nn.Sequential(layer, layer))
    assert len([*averaged.parameters()]) == 2


def test_in_a_program(device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).standard_normal((8, 3)), dtype=tg.float32, device=device)
    results = []
    for compiled in (False, True):
        model = made(device)
        model.load_state_dict({name: np.full(t.shape, 0.5) for name, t in model.state_dict().items()})
        averaged = nn.AveragedModel(model, avg_fn=nn.get_ema_avg_fn(0.7))
        optimizer = optim.SGD(model.parameters(), lr=0.01)

        def step(x: Any, model: Any = model, averaged: Any = averaged, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = (model(x) ** 2).mean()
            loss.backward()
            optimizer.step()
            averaged.update_parameters(model)
            return loss

        run: Any = tg.compile(step) if compiled else step
        for _ in range(4):
            run(x)
        results.append(averaged.state_dict())
        assert averaged.n_averaged.item() == 4
    for name, found in results[0].items():
        np.testing.assert_allclose(results[1][name].numpy(), found.numpy(), rtol=1e-4, atol=1e-5)


def test_statistics_of_batches_anew(device: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch, the oracle, is not installed")
    model, rng = made(device), np.random.default_rng(0)
    moved(model, rng)
    model[1].eval()  # type: ignore[index]
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 2))
    theirs.load_state_dict({name: torch.tensor(x.numpy()) for name, x in model.state_dict().items()})
    batches = [rng.standard_normal((n, 3)).astype(np.float32) for n in (5, 5, 3)]
    nn.update_bn([(tg.asarray(batch), None) for batch in batches], model, device)
    torch.optim.swa_utils.update_bn([torch.tensor(batch) for batch in batches], theirs)
    for name, x in model.state_dict().items():
        np.testing.assert_allclose(x.numpy(), theirs.state_dict()[name].numpy(), rtol=1e-4, atol=1e-5)
    assert model.training
    assert not model[1].training  # type: ignore[index]
    assert model[1].momentum == 0.1  # type: ignore[index]


def test_a_model_without_such_statistics_is_not_run(device: str) -> None:
    class Never(nn.Module):
        def forward(self, x: Any) -> Any:
            raise AssertionError

    nn.update_bn([tg.ones((2, 2), device=device)], Never())


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="decay is 1.5"):
        nn.get_ema_avg_fn(1.5)
    with pytest.raises(TypeError, match="wanted is a module"):
        nn.AveragedModel([])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the Linear has other parameters"):
        nn.AveragedModel(nn.Linear(2, 3)).update_parameters(nn.Linear(3, 3))
