"""A model in float16: what it computes with, where its gradients end, and what stays as it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn


def made(device: str) -> nn.Module:
    g = tg.Generator(0, device)
    return nn.Sequential(nn.Linear(3, 8, generator=g), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2, generator=g)).to(
        device
    )


def inputs(device: str) -> tg.Tensor:
    return tg.asarray(np.random.default_rng(0).standard_normal((16, 3)), dtype=tg.float32, device=device)


def test_about_the_same_in_float16(device: str) -> None:
    models = made(device), made(device)
    results = []
    for model, run in zip(models, (models[0], nn.MixedPrecision(models[1]))):
        output = run(inputs(device))
        assert output.dtype == tg.float32
        (output**2).mean().backward()
        results.append([output, *(p.grad for p in model.parameters()), *model.buffers()])
        assert all(p.dtype == p.grad.dtype == tg.float32 for p in model.parameters())  # type: ignore[union-attr]
    for exact, half in zip(*results):
        np.testing.assert_allclose(half.detach().numpy(), exact.detach().numpy(), rtol=2e-2, atol=2e-3)
    assert not np.array_equal(results[0][0].detach().numpy(), results[1][0].detach().numpy())


def test_what_it_computes_with(device: str) -> None:
    seen: list[Any] = []

    class Look(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(tg.ones(2, device=device))
            self.register_buffer("offset", tg.ones(2, device=device))

        def forward(self, x: Any, index: Any) -> Any:
            seen.extend(tensor.dtype for tensor in (self.weight, self.offset, x, index))
            return {"a": x * self.weight, "b": (index, x[index])}

    model = Look()
    out = nn.MixedPrecision(model)(tg.ones(2, device=device), tg.asarray([1], device=device))
    assert seen == [tg.float16, tg.float32, tg.float16, tg.int64]
    assert out["a"].dtype == out["b"][1].dtype == tg.float32
    assert out["b"][0].dtype == tg.int64
    assert model.weight.dtype == tg.float32
    assert [name for name, _ in nn.MixedPrecision(model).named_parameters()] == ["module.weight"]


@pytest.mark.filterwarnings("error::tinygrad_nn.CompileWarning")
def test_in_a_program(device: str) -> None:
    models = made(device), made(device)

    def step(model: nn.Module, x: tg.Tensor) -> tg.Tensor:
        model.zero_grad()
        loss = (nn.MixedPrecision(model)(x) ** 2).mean()
        loss.backward()
        return loss

    compiled = tg.compile(lambda x: step(models[1], x))
    for _ in range(2):
        assert compiled(inputs(device)).item() == pytest.approx(step(models[0], inputs(device)).item(), rel=1e-2)
        for p, q in zip(models[0].parameters(), models[1].parameters()):
            np.testing.assert_allclose(q.grad.numpy(), p.grad.numpy(), rtol=2e-2, atol=2e-3)  # type: ignore[union-attr]


def test_in_bfloat16() -> None:
    pytest.importorskip("ml_dtypes", reason="ml_dtypes is not installed")
    torch = pytest.importorskip("torch")
    g = tg.Generator(0)
    ours = nn.Sequential(nn.Linear(3, 8, generator=g), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 2, generator=g))
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.LayerNorm(8), torch.nn.GELU(), torch.nn.Linear(8, 2)
    ).bfloat16()
    theirs.load_state_dict({name: torch.tensor(p.tolist()) for name, p in ours.state_dict().items()})
    y = nn.MixedPrecision(ours, "bfloat16")(inputs("cpu"))
    wanted = theirs(torch.tensor(inputs("cpu").tolist()).bfloat16()).float()
    assert y.dtype == tg.float32
    np.testing.assert_allclose(y.detach().numpy(), wanted.detach().numpy(), rtol=2e-2, atol=5e-3)
    (y * y).mean().backward()
    (wanted * wanted).mean().backward()
    for p, t in zip(ours.parameters(), theirs.parameters()):
        assert p.dtype == p.grad.dtype == tg.float32  # type: ignore[union-attr]
        size = t.grad.abs().max().item()
        np.testing.assert_allclose(p.grad.numpy(), t.grad.float().numpy(), rtol=2e-2, atol=2e-2 * size)  # type: ignore[union-attr]


def test_refuses_what_makes_no_sense() -> None:
    with pytest.raises(TypeError, match="wanted is a module"):
        nn.MixedPrecision(abs)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="dtype is int32, wanted is a floating one"):
        nn.MixedPrecision(nn.Linear(1, 1), "int32")
