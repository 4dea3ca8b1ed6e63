"""Recurrent networks, with PyTorch as the oracle: what its module database does not ask."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim
from tinygrad_nn.nn import functional as F
from tinygrad_nn.nn.utils import rnn

from .against_torch import assert_modules_agree

draw = np.random.default_rng(0).standard_normal
KINDS = ["RNN", "GRU", "LSTM"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_initial_states_of_layers_and_directions(torch: Any, name: str, batch_first: bool, device: str) -> None:
    options = {"num_layers": 2, "bidirectional": True, "batch_first": batch_first}
    ours, theirs = getattr(nn, name)(3, 4, **options, device=device), getattr(torch.nn, name)(3, 4, **options)
    states = tuple(draw((4, 2, 4)) for _ in range(1 + (name == "LSTM")))
    x = draw((2, 5, 3) if batch_first else (5, 2, 3))
    assert_modules_agree(torch, ours, theirs, x, states if name == "LSTM" else states[0], device=device)
    alone = tuple(state[:, 0].copy() for state in states)
    assert_modules_agree(torch, getattr(nn, name)(3, 4, **options), getattr(torch.nn, name)(3, 4, **options),
                         draw((5, 3)), alone if name == "LSTM" else alone[0], device=device)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_packed_sequences_are_as_each_by_itself(name: str, device: str) -> None:
    layer = getattr(nn, name)(3, 4, num_layers=2, bidirectional=True, device=device).to(tg.float64)
    sequences = [tg.asarray(draw((n, 3)), device=device) for n in (2, 5, 1, 3)]
    y, states = layer(rnn.pack_sequence(sequences, enforce_sorted=False))
    for b, (x, found) in enumerate(zip(sequences, rnn.unpack_sequence(y))):
        wanted, last = layer(x)
        np.testing.assert_allclose(found.detach().numpy(), wanted.detach().numpy(), rtol=1e-10)
        for every, own in zip(*((s if name == "LSTM" else (s,)) for s in (states, last))):
            np.testing.assert_allclose(every[:, b].detach().numpy(), own.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
@pytest.mark.parametrize("bias", [True, False])
def test_cells(torch: Any, name: str, bias: bool, device: str) -> None:
    ours, theirs = getattr(nn, name)(3, 4, bias, device=device), getattr(torch.nn, name)(3, 4, bias)
    h = draw((2, 4))
    assert_modules_agree(torch, ours, theirs, draw((2, 3)), (h, h + 1) if name == "LSTMCell" else h, device=device)


def test_dropout_is_between_layers_in_training_only(device: str) -> None:
    layer = nn.LSTM(3, 50, num_layers=2, dropout=0.5, generator=tg.Generator(0, device))
    x = tg.ones((4, 2, 3), device=device)
    first, second = layer(x)[0].detach().numpy(), layer(x)[0].detach().numpy()
    assert not np.array_equal(first, second)
    assert not (first == 0).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].detach().numpy(), layer(x)[0].detach().numpy())


def test_starts_as_in_pytorch(device: str) -> None:
    layer = nn.GRU(30, 100, generator=tg.Generator(0, device))
    for parameter in layer.parameters():
        values = parameter.detach().numpy()
        assert np.abs(values).max() <= 0.1
        assert values.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.1)


def test_what_does_not_fit_is_named(device: str) -> None:
    layer = nn.LSTM(3, 4, device=device)
    with pytest.raises(ValueError, match=r"LSTM: x has shape \(5, 2, 2\); wanted are at least one step and .*=3"):
        layer(tg.ones((5, 2, 2), device=device))
    with pytest.raises(ValueError, match=r"LSTM: x has shape \(0, 2, 3\)"):
        layer(tg.ones((0, 2, 3), device=device))
    with pytest.raises(ValueError, match=r"LSTM: x has shape \(3,\); wanted are \(steps, batch, size\)"):
        layer(tg.ones(3, device=device))
    state = tg.zeros((1, 3, 4), device=device)
    with pytest.raises(ValueError, match=r"a state has shape \(1, 3, 4\), wanted is \(1, 2, 4\)"):
        layer(tg.ones((5, 2, 3), device=device), (state, state))
    with pytest.raises(ValueError, match="proj_size=4 must be from 0 to below hidden_size=4"):
        nn.LSTM(3, 4, proj_size=4)
    with pytest.raises(ValueError, match="nonlinearity='sin'; wanted is 'tanh' or 'relu'"):
        nn.RNN(3, 4, nonlinearity="sin")
    with pytest.raises(ValueError, match=r"GRUCell: x and states have shapes \(2, 4\), \(2, 4\); wanted"):
        nn.GRUCell(3, 4, device=device)(tg.ones((2, 4), device=device))


@pytest.mark.parametrize("name", KINDS)
def test_packed_data_that_does_not_fit_is_named(name: str, device: str) -> None:
    for x, shape in ((tg.ones((5, 3), device=device), r"\(5, 3\)"), (tg.ones(4, device=device), r"\(4,\)")):
        for sort in (True, False):
            with pytest.raises(ValueError, match=f"{name}: x is packed data of shape {shape}; wanted .*input_size=4"):
                getattr(nn, name)(4, 2, device=device)(rnn.pack_sequence([x], enforce_sorted=sort))


@pytest.mark.parametrize("name", ["RNN", "GRU", "RNNCell", "GRUCell"])
def test_a_state_is_a_tensor(name: str, device: str) -> None:
    layer, x = getattr(nn, name)(3, 2, device=device), tg.ones((5, 3), device=device)
    h = tg.zeros((5, 2) if "Cell" in name else (1, 2), device=device)
    for hx, found in (((h,), r"\(Tensor\)"), ([h], r"\(Tensor\)"), ((), r"\(\)")):
        with pytest.raises(TypeError, match=f"{name}: hx is {found}; wanted is a tensor h, or None for zeros"):
            layer(x, hx)
    layer(x, h)


@pytest.mark.parametrize("name", ["LSTM", "LSTMCell"])
def test_the_states_of_an_lstm_are_a_pair(name: str, device: str) -> None:
    layer, x = getattr(nn, name)(3, 2, device=device), tg.ones((5, 3), device=device)
    h = tg.zeros((5, 2) if "Cell" in name else (1, 2), device=device)
    wrong = {"Tensor": h, r"\(Tensor\)": (h,), r"\(NoneType, NoneType\)": (None, None), r"\(\)": (),
             r"\(Tensor, NoneType\)": (h, None), r"\(Tensor, Tensor, Tensor\)": (h, h, h)}  # fmt: skip
    for found, hx in wrong.items():
        with pytest.raises(TypeError, match=f"{name}: hx is {found}; wanted is a pair of tensors"):
            layer(x, hx)
    layer(x, [h, h])


def test_sizes_that_do_not_fit_are_named() -> None:
    for name in (*KINDS, "RNNCell", "GRUCell", "LSTMCell"):
        for size in ("4", 4.0):
            with pytest.raises(TypeError, match=f"{name}: hidden_size is {size!r}, wanted an integer"):
                getattr(nn, name)(3, size)
        with pytest.raises(ValueError, match=f"{name}: input_size is 0, wanted at least 1"):
            getattr(nn, name)(0, 4)
    with pytest.raises(ValueError, match="LSTM: proj_size is -1, wanted at least 0"):
        nn.LSTM(3, 4, proj_size=-1)


def test_dropout_without_a_place_warns() -> None:
    with pytest.warns(UserWarning, match=r"LSTM: dropout=0.5 does nothing with num_layers=1") as seen:
        nn.LSTM(3, 4, dropout=0.5)
    assert seen[0].filename == __file__


@pytest.mark.parametrize("name", KINDS)
def test_weights_may_be_computed(name: str, device: str) -> None:
    layer = getattr(nn, name)(3, 4, device=device).to(tg.float64)
    x = tg.asarray(draw((5, 2, 3)), device=device)
    before = layer(x)[0].detach().numpy()
    for weight in ("weight_ih_l0", "weight_hh_l0"):
        nn.parametrizations.weight_norm(layer, weight)
    after = layer(x)[0]
    np.testing.assert_allclose(after.detach().numpy(), before, rtol=1e-10)
    after.sum().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())


@pytest.mark.parametrize("name", KINDS)
def test_a_compiled_step_is_the_eager_one(name: str) -> None:
    x, t = tg.asarray(draw((6, 8, 10)).astype(np.float32)), tg.asarray(np.arange(8) % 3)

    def losses(wrap: Any) -> list[float]:
        model = getattr(nn, name)(10, 16, generator=tg.Generator(0))
        top = nn.Linear(16, 3, generator=tg.Generator(1))
        optimizer = optim.SGD([*model.parameters(), *top.parameters()], lr=0.1)

        def step(x: Any, t: Any) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(top(model(x)[0][-1]), t)
            loss.backward()
            optimizer.step()
            return loss

        run = wrap(step)
        return [run(x, t).item() for _ in range(4)]

    with warnings.catch_warnings():
        warnings.simplefilter("error", tg.CompileWarning)
        compiled = losses(tg.compile)
    np.testing.assert_allclose(compiled, losses(lambda step: step), rtol=1e-5)
    assert compiled[-1] < compiled[0]
