from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn, optim

KINDS = {
    "sgd": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1),
    "adam": lambda params: optim.Adam(params, lr=0.1, weight_decay=0.1, amsgrad=True),
    "adamw": lambda params: optim.AdamW(params, lr=0.1),
    "rmsprop": lambda params: optim.RMSprop(params, lr=0.1, momentum=0.5, centered=True),
    "adagrad": lambda params: optim.Adagrad(params, lr=0.1, lr_decay=0.1),
    "adafactor": lambda params: optim.Adafactor(params, lr=0.1, weight_decay=0.1),
    "adadelta": lambda params: optim.Adadelta(params, eps=1e-2),
    "adamax": lambda params: optim.Adamax(params, lr=0.1, weight_decay=0.1),
    "asgd": lambda params: optim.ASGD(params, lr=0.1, lambd=0.1, t0=1),
    "lamb": lambda params: optim.LAMB(params, lr=0.1, weight_decay=0.1),
    "lion": lambda params: optim.Lion(params, lr=0.1, weight_decay=0.1),
    "nadam": lambda params: optim.NAdam(params, lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    "radam": lambda params: optim.RAdam(params, lr=0.1, betas=(0.5, 0.9), weight_decay=0.1),
    "rprop": lambda params: optim.Rprop(params, lr=0.1),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]


def made(device: str, dtype: Any = "float64") -> list[tg.Tensor]:
    rng = np.random.default_rng(1)
    shapes = ((3, 2), (4,), ())
    return [tg.asarray(rng.standard_normal(s), dtype=dtype, device=device).requires_grad_() for s in shapes]


def train(optimizer: optim.Optimizer, params: list[tg.Tensor], steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p * p * p).sum() for p in params).backward()  # type: ignore[union-attr]
        optimizer.step()


def values(params: list[tg.Tensor]) -> list[Any]:
    return [p.detach().numpy() for p in params]


# Parameters and groups


def test_groups_have_hyper_parameters_of_their_own(device: str) -> None:
    a, b = tg.ones(2, device=device).requires_grad_(), tg.ones(2, device=device).requires_grad_()
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.25)
    for p in (a, b):
        p.grad = tg.ones(2, device=device)
    optimizer.step()
    assert a.tolist() == [0.75, 0.75]
    assert b.tolist() == [0.5, 0.5]
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    assert a.tolist() == [-0.25, -0.25]
    assert b.tolist() == [0.0, 0.0]


def test_a_group_may_be_added_later(kind: Any, device: str) -> None:
    first, second = made(device)[:1], made(device)[1:]
    optimizer = kind(first)
    train(optimizer, first, 2)
    optimizer.add_param_group({"params": iter(second)})
    train(optimizer, first + second, 2)
    counts = [optimizer.state[p]["step"] for p in first + second]
    assert counts == [4, 2, 2]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ([], ValueError, "params is empty"),
        (lambda x: x, TypeError, "put it into a list"),
        (lambda x: {"params": [x]}, TypeError, "put it into a list"),
        (lambda x: [x, 3.0], TypeError, "parameter 1 is a float, not a tensor"),
        (lambda x: [("weight", x)], TypeError, "parameter 0 is a tuple, not a tensor; pass model.parameters()"),
        (lambda x: [x, tg.zeros(3)], ValueError, r"parameter 1, of shape \(3,\), does not require a gradient"),
        (lambda x: [x * 2], ValueError, "was computed from others"),
        (lambda x: [x, x], ValueError, r"parameter 1 of a group, of shape \(2,\), is in the optimizer already"),
        (lambda x: [{"params": [x]}, {"params": [x]}], ValueError, "is in the optimizer already"),
        (lambda x: [{"params": []}], ValueError, "a parameter group is empty"),
        (lambda x: [{"params": {x}}], TypeError, "a set of parameters has no order"),
        (lambda x: [{"lr": 0.1}], TypeError, 'a dictionary with "params"'),
        (lambda x: [{"params": x, "learning_rate": 1}], TypeError, "has learning_rate; its hyper-parameters are lr, "),
        (lambda x: [{"params": x, "lr": -1}], ValueError, "lr must be at least 0, not -1"),
    ],
)
def test_refuses_what_cannot_be_optimized(params: Any, error: Any, message: str) -> None:
    x = tg.ones(2).requires_grad_()
    with pytest.raises(error, match=message):
        optim.SGD(params(x) if callable(params) else params, lr=0.1)


def test_repr_shows_each_group() -> None:
    text = repr(optim.SGD([tg.ones(1).requires_grad_()], lr=0.5))
    assert text.startswith("SGD(\n  group 0: 1 parameters, lr=0.5, momentum=0.0")


# The step


def test_a_parameter_without_a_gradient_is_passed_over(kind: Any, device: str) -> None:
    params = made(device)
    before = values(params)[0].copy()
    optimizer = kind(params)
    train(optimizer, params[1:], 3)
    assert np.array_equal(values(params)[0], before)
    assert params[0] not in optimizer.state
    train(optimizer, params, 1)  # it counts its own steps
    assert [optimizer.state[p]["step"] for p in params] == [1, 4, 4]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_parameters_without_elements(kind: Any, shape: tuple[int, ...], device: str) -> None:
    params = [tg.zeros(shape, device=device).requires_grad_(), tg.ones(2, device=device).requires_grad_()]
    train(kind(params), params, 2)
    assert np.isfinite(values(params)[1]).all()


def test_zero_grad_forgets_the_gradients(device: str) -> None:
    params = made(device)
    optimizer = optim.SGD(params, lr=0.1)
    sum((p * p).sum() for p in params).backward()  # type: ignore[union-attr]
    assert all(p.grad is not None for p in params)
    optimizer.zero_grad()
    assert all(p.grad is None for p in params)


def test_a_closure_is_called_with_gradients_on(device: str) -> None:
    x = tg.asarray([2.0], device=device).requires_grad_()
    optimizer = optim.SGD([x], lr=0.25)

    def closure() -> tg.Tensor:
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 4.0
    assert x.item() == 1.0


def test_nothing_is_recorded(kind: Any, device: str) -> None:
    params = made(device)
    optimizer = kind(params)
    train(optimizer, params, 2)
    assert all(p.is_leaf and p.requires_grad for p in params)
    for state in optimizer.state.values():
        assert not any(value.requires_grad for name, value in state.items() if name != "step")


def test_backward_through_values_that_a_step_replaced_raises(kind: Any, device: str) -> None:
    x = tg.asarray([1.0, 2.0], device=device).requires_grad_()
    optimizer = kind([x])
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(tg.GraphError, match="written in place"):
        loss.backward()


@pytest.mark.parametrize("dtype", [tg.float16, tg.float32, tg.float64])
def test_dtypes_stay(kind: Any, dtype: Any, device: str) -> None:
    params = made(device, dtype)
    optimizer = kind(params)
    for group in optimizer.param_groups:
        if isinstance(group.get("eps"), float):
            group["eps"] = 1e-4  # the usual ones are zero in float16
    train(optimizer, params, 2)
    assert all(p.dtype == dtype for p in params)
    for state in optimizer.state.values():
        assert all(value.dtype == dtype for name, value in state.items() if name != "step")


def test_parameters_of_several_dtypes_go_together(device: str) -> None:
    params = [tg.ones(3, dtype=dtype, device=device).requires_grad_() for dtype in (tg.float32, tg.float64)]
    train(optim.Adam(params, lr=0.1), params, 3)
    np.testing.assert_allclose(values(params)[0], values(params)[1], rtol=1e-6)


def test_every_device_gives_the_same(kind: Any) -> None:
    results = []
    for device in ("cpu", "strict"):
        params = made(device)
        train(kind(params), params, 5)
        results.append(values(params))
    for one, other in zip(*results):
        assert np.array_equal(one, other)


def test_a_recorded_step_does_what_the_step_does(kind: Any, device: str) -> None:
    recorded, eager = made(device), made(device)
    optimizer = kind(recorded)
    before = [v.copy() for v in values(recorded)]
    program = tg.trace(lambda: train(optimizer, recorded, 1))
    for p, value in zip(recorded, before):  # tracing changes no values
        assert p.grad is None
        assert np.array_equal(p.detach().numpy(), value)
    program()
    other = kind(eager)
    train(other, eager, 1)
    for p, q in zip(recorded, eager):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-14)
        ours, theirs = optimizer.state[p], other.state[q]
        assert ours.keys() == theirs.keys()
        for name in ours.keys() - {"step"}:
            np.testing.assert_allclose(ours[name].numpy(), theirs[name].numpy(), rtol=1e-14)


def test_moments_are_state_of_a_recorded_program(device: str) -> None:
    recorded, eager = made(device), made(device)
    optimizer = optim.SGD(recorded, lr=0.1, momentum=0.9)
    program = tg.trace(lambda: train(optimizer, recorded, 1))
    for _ in range(4):
        program()
    train(optim.SGD(eager, lr=0.1, momentum=0.9), eager, 4)
    for p, q in zip(recorded, eager):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-14)


@pytest.mark.filterwarnings("error::tinygrad_nn.CompileWarning")
def test_compiled_steps_are_the_same(kind: Any, device: str) -> None:
    compiled, eager = made(device), made(device)
    optimizer, other = kind(compiled), kind(eager)
    step = tg.compile(lambda: train(optimizer, compiled, 1))
    for i in range(8):
        for each in (optimizer, other):
            each.param_groups[0]["lr"] = 0.1 / (i + 1)
        step()
        train(other, eager, 1)
    for p, q in zip(compiled, eager):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-12)
        assert optimizer.state[p]["step"] == 8
    assert len(step.programs) <= 2  # RAdam begins with another rule


# Saving


def test_a_saved_state_goes_on_where_it_was(kind: Any, device: str) -> None:
    whole, first, second = made(device), made(device), made(device)
    train(kind(whole), whole, 6)
    optimizer = kind(first)
    train(optimizer, first, 3)
    saved = optimizer.state_dict()
    assert saved["param_groups"][0]["params"] == [0, 1, 2]
    assert set(saved["state"]) == {0, 1, 2}
    for p, q in zip(second, first):
        p.array[...] = q.array
    loaded = kind(second)
    loaded.load_state_dict(saved)
    train(optimizer, first, 1)  # the loaded moments are copies
    train(loaded, second, 3)
    for p, q in zip(second, whole):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


def test_hyper_parameters_are_loaded(device: str) -> None:
    optimizer = optim.Adam(made(device), lr=0.5, betas=(0.5, 0.75))
    loaded = optim.Adam(made(device))
    loaded.load_state_dict(optimizer.state_dict())
    assert loaded.param_groups[0]["lr"] == 0.5
    assert loaded.param_groups[0]["betas"] == (0.5, 0.75)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"lr": 0.1}),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
        ("Adam", {"lr": 0.1, "amsgrad": True}),
        ("AdamW", {"lr": 0.1}),
        ("RMSprop", {"lr": 0.1, "centered": True, "momentum": 0.9}),
        ("Adagrad", {"lr": 0.1}),
        ("Adadelta", {"lr": 0.1}),
        ("Adafactor", {"lr": 0.1}),
        ("Adamax", {"lr": 0.1}),
        ("ASGD", {"lr": 0.1, "t0": 1}),
        ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
        ("RAdam", {"lr": 0.1}),
        ("Rprop", {"lr": 0.1}),
    ],
)
def test_pytorch_states_are_loaded(
    name: str, settings: dict[str, Any], torch: ModuleType, double: None, device: str
) -> None:
    ours = made(device)
    theirs = [torch.tensor(v, requires_grad=True) for v in values(ours)]
    oracle = getattr(torch.optim, name)(theirs, **settings)

    def train_oracle(steps: int) -> None:
        for _ in range(steps):
            oracle.zero_grad()
            sum((p * p * p).sum() for p in theirs).backward()
            oracle.step()

    train_oracle(3)
    optimizer = getattr(optim, name)(ours, lr=1.0)
    optimizer.load_state_dict(oracle.state_dict())
    for p, q in zip(ours, theirs):
        p.array[...] = tg.asarray(q.detach().numpy().copy(), device=device).array
    train_oracle(3)
    train(optimizer, ours, 3)
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.detach().numpy(), q.detach().numpy(), rtol=1e-11)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["param_groups"].append({}), "2 parameter groups were saved, there are 1"),
        (lambda s: s["param_groups"][0]["params"].pop(), "saved with 2 parameters, it has 3"),
        (lambda s: s["param_groups"][0].pop("betas"), r"lacks \['betas'\]"),
        (lambda s: s["param_groups"][0].update(momentum=0.9), r"the unknown \['momentum'\]"),
        (lambda s: s["param_groups"][0].update(lr=-1.0), "lr must be at least 0"),
        (lambda s: s["state"].update({7: {}}), r"a state was saved for \[7\]"),
        (lambda s: s["state"][1].pop("exp_avg"), r"state of parameter 1 lacks \['exp_avg'\]"),
        (lambda s: s["state"][1].update(sum=1), r"the unknown \['sum'\]"),
        (
            lambda s: s["state"][1].update(exp_avg=np.zeros(9)),
            r"exp_avg of parameter 1 has shape \(9,\), the parameter \(4,\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change: Any, message: str, device: str) -> None:
    params = made(device)
    optimizer = optim.Adam(params, lr=0.1)
    train(optimizer, params, 2)
    saved = optim.Adam(params, lr=0.5)
    train(saved, params, 1)
    state = saved.state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert optimizer.state[params[0]]["step"] == 2


# A parameter that goes elsewhere


def test_moments_follow_a_parameter_to_another_device(kind: Any) -> None:
    stays, moves = made("cpu"), made("cpu")
    for params, devices in ((stays, ("cpu", "cpu")), (moves, ("strict", "cpu"))):
        optimizer = kind(params)
        train(optimizer, params, 2)
        for device in devices:
            for p in params:
                p.array = p.detach().to_device(device).array
            train(optimizer, params, 2)
            assert all(
                m.device == device
                for state in optimizer.state.values()
                for m in state.values()
                if not isinstance(m, int)
            )
    for wanted, found in zip(values(stays), values(moves)):
        np.testing.assert_array_equal(found, wanted)


def test_moments_follow_a_parameter_to_another_dtype(kind: Any, device: str) -> None:
    params = made(device, "float32")
    optimizer = kind(params)
    train(optimizer, params, 2)
    before = {p: {name: m for name, m in state.items() if name != "step"} for p, state in optimizer.state.items()}
    for p in params:
        p.array = p.detach().astype(tg.float64).array
    twins = [p.detach().copy().requires_grad_() for p in params]
    twin = kind(twins)
    twin.load_state_dict(optimizer.state_dict())
    train(optimizer, params, 2)
    train(twin, twins, 2)
    assert all(optimizer.state[p][name].dtype == tg.float64 for p in params for name in before[p])
    for wanted, found in zip(values(twins), values(params)):
        np.testing.assert_array_equal(found, wanted)


def test_a_program_starts_from_moments_that_have_followed(device: str) -> None:
    w = tg.asarray([1.0, 2.0], device=device, requires_grad=True)
    optimizer = optim.Adam([w], lr=0.1)
    train(optimizer, [w], 1)
    w.grad = None
    w.array = w.detach().astype(tg.float64).array

    def step(x: tg.Tensor) -> tg.Tensor:
        optimizer.zero_grad()
        loss = (w * w * x).sum()
        loss.backward()
        optimizer.step()
        return loss

    program = tg.trace(step, tg.asarray([1.0, 1.0], dtype=tg.float64, device=device))
    program(tg.asarray([1.0, 1.0], dtype=tg.float64, device=device))
    assert w.dtype == tg.float64
    assert optimizer.state[w]["exp_avg"].dtype == tg.float64


def test_a_model_is_no_list_of_parameters(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"params is a Linear; pass model\.parameters\(\)"):
        kind(nn.Linear(2, 3))
    with pytest.raises(TypeError, match="params is a float; pass .* another iterable"):
        kind(0.1)
