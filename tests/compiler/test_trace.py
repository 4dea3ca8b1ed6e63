"""Tracing: programs replay to what eager execution gives, and tracing leaves everything as it was."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim


def _model(device: str) -> nn.Module:
    g = tg.Generator(0, device)
    return nn.Sequential(nn.Linear(6, 8, generator=g), nn.Tanh(), nn.Linear(8, 3, generator=g))


def _batch(device: str, seed: int = 0) -> tuple[tg.Tensor, tg.Tensor]:
    rng = np.random.default_rng(seed)
    x = tg.asarray(rng.normal(size=(5, 6)).astype(np.float32), device=device)
    return x, tg.asarray(rng.integers(0, 3, 5), device=device)


def _host(tensors) -> list[np.ndarray]:
    return [t.detach().numpy().copy() for t in tensors]


def test_inference(device):
    model, (x, _) = _model(device), _batch(device)
    program = tg.trace(model, x)
    other, _ = _batch(device, 1)
    np.testing.assert_array_equal(program(other).numpy(), model(other).detach().numpy())


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, lr=0.1),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: optim.Adam(p, lr=0.01),
        lambda p: optim.AdamW(p, lr=0.01, amsgrad=True),
        lambda p: optim.RMSprop(p, lr=0.01, momentum=0.9, centered=True),
        lambda p: optim.Adagrad(p, lr=0.01),
    ],
)
@pytest.mark.parametrize(
    "loss", [F.cross_entropy, lambda z, t: F.mse_loss(z, F.softmax(z.detach(), axis=1)) + F.l1_loss(z, z * 0.5)]
)
def test_training_step(device, make, loss):
    def prepared():
        model = _model(device)
        optimizer = make(model.parameters())

        def step(x, t):
            optimizer.zero_grad()
            value = loss(model(x), t)
            value.backward()
            optim.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            return value

        return model, step

    x, t = _batch(device)
    eager_model, eager_step = prepared()
    traced_model, traced_step = prepared()
    before = _host(traced_model.parameters())
    program = tg.trace(traced_step, x, t)
    for p, was in zip(traced_model.parameters(), before):
        np.testing.assert_array_equal(p.detach().numpy(), was)
        assert p.grad is None
    value, replayed = eager_step(x, t), program(x, t)
    np.testing.assert_allclose(replayed.numpy(), value.detach().numpy(), rtol=1e-6)
    for p, q in zip(traced_model.parameters(), eager_model.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(p.grad.numpy(), q.grad.numpy(), rtol=1e-5, atol=1e-7)


def test_state_carries_over_many_runs(device):
    def prepared():
        model = _model(device)
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

        def step(x, t):
            optimizer.zero_grad()
            value = F.cross_entropy(model(x), t)
            value.backward()
            optimizer.step()
            return value

        return model, step

    (eager_model, eager_step), (traced_model, traced_step) = prepared(), prepared()
    program = tg.trace(traced_step, *_batch(device))
    for seed in range(5):
        batch = _batch(device, seed)
        np.testing.assert_allclose(program(*batch).item(), eager_step(*batch).item(), rtol=1e-5)
    for p, q in zip(traced_model.parameters(), eager_model.parameters()):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_accumulate_as_in_eager(device):
    w = tg.ones(3, device=device, requires_grad=True)

    def step(x):
        (w * x).sum().backward()

    x = tg.asarray([1.0, 2.0, 3.0], device=device)
    step(x)
    program = tg.trace(step, x)
    np.testing.assert_array_equal(w.grad.numpy(), [1, 2, 3])
    program(x)
    program(x)
    np.testing.assert_array_equal(w.grad.numpy(), [3, 6, 9])


def test_higher_order(device):
    def third(x):
        for _ in range(3):
            (x_grad,) = tg.autograd.grad((x**4).sum() if x.is_leaf else x.sum(), leaf[0], create_graph=True)
            x = x_grad
        return x

    leaf = []

    def f(x):
        leaf[:] = [x]
        return third(x)

    x = tg.asarray(np.array([1.0, 2.0]), device=device, requires_grad=True)
    program = tg.trace(f, x)
    y = tg.asarray(np.array([3.0, -1.0]), device=device)
    np.testing.assert_allclose(program(y).numpy(), [72.0, -24.0])


def test_random_numbers_are_drawn_anew_in_each_run(device):
    dropout = nn.Dropout(0.5, generator=tg.Generator(3, device))
    x = tg.ones((4, 50), device=device)
    program = tg.trace(dropout, x)
    first, second = program(x).numpy(), program(x).numpy()
    assert (first != second).any()
    dropout.generator = tg.Generator(3, device)
    np.testing.assert_array_equal(first, dropout(x).numpy())


def test_in_place_writes(device):
    history = tg.zeros(3, device=device)

    def f(x):
        y = tg.zeros((3,), device=device)
        y[0] = x
        for i in (1, 2):
            y[i] = y[i - 1].copy() * x
        with tg.no_grad():
            history[...] = history + y
        return y

    program = tg.trace(f, tg.asarray(2.0, device=device))
    np.testing.assert_array_equal(history.numpy(), [0, 0, 0])
    np.testing.assert_array_equal(program(tg.asarray(3.0, device=device)).numpy(), [3, 9, 27])
    np.testing.assert_array_equal(program(tg.asarray(1.0, device=device)).numpy(), [1, 1, 1])
    np.testing.assert_array_equal(history.numpy(), [4, 10, 28])


@pytest.mark.parametrize("read", [float, bool, int, lambda x: x.item(), lambda x: x.numpy(), lambda x: x.tolist()])
def test_reading_a_value_names_the_line(device, read):
    def f(x):
        return read(x.sum()) * x

    with pytest.raises(tg.TraceError, match=r"test_trace\.py, line \d+"):
        tg.trace(f, tg.ones(3, device=device))


def test_a_boolean_mask_as_index_is_refused(device):
    with pytest.raises(tg.TraceError, match="boolean"):
        tg.trace(lambda x: x[x > 0], tg.ones(3, device=device))


def test_an_exception_leaves_the_state_as_it_was(device):
    w = tg.ones(3, device=device, requires_grad=True)

    def f(x):
        with tg.no_grad():
            w[...] = x
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        tg.trace(f, tg.zeros(3, device=device))
    np.testing.assert_array_equal(w.detach().numpy(), [1, 1, 1])


def test_inputs_must_be_as_recorded(device):
    program = tg.trace(lambda x, y: x + y["a"], tg.ones(3, device=device), {"a": tg.ones(3, device=device)})
    with pytest.raises(tg.TraceError, match="recorded for float32"):
        program(tg.ones(4, device=device), {"a": tg.ones(4, device=device)})
    with pytest.raises(tg.TraceError, match="takes 2"):
        program(tg.ones(3, device=device))


def test_structures(device):
    x = tg.asarray([1.0, -1.0], device=device)
    program = tg.trace(lambda pair: {"sum": pair[0] + pair[1], "rest": [pair, None, 3]}, (x, x))
    result = program((x, x * 2))
    np.testing.assert_array_equal(result["sum"].numpy(), [3, -3])
    assert result["rest"][1:] == [None, 3]
    with pytest.raises(tg.TraceError, match="object"):
        tg.trace(lambda x: object(), x)


def test_programs_are_readable(device):
    text = str(tg.trace(lambda x: (x * 2).sum(), tg.ones(3, device=device)))
    assert "input   %0: float32[3]" in text
    assert "= multiply(%0, 2)" in text
    assert text.splitlines()[-1] == "  return  %2"


def test_tracing_does_not_nest(device):
    with pytest.raises(tg.TraceError, match="already"):
        tg.trace(lambda x: tg.trace(lambda y: y, x)(x), tg.ones(3, device=device))


def test_tensors_are_shown_without_values(device):
    shown = []
    tg.trace(lambda x: shown.append(repr(x * 2)), tg.ones(3, device=device))
    assert "traced %1 float32[3]" in shown[0]


def test_results_in_dictionaries_are_readable(device):
    program = tg.trace(lambda x: {"twice": x * 2, "rest": (3,)}, tg.ones(3, device=device))
    assert str(program).splitlines()[-1] == "  return  {'twice': %1, 'rest': (3,)}"
