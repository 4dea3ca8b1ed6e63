"""Anomalies: born where they are said to be, in forward and backward, with the line and the module; cheap when off."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

HERE = __file__


def tensor(values: Any, device: str, **kwargs: Any) -> Any:
    return tg.asarray(np.asarray(values, np.float32), device=device, **kwargs)


@contextmanager
def anomaly(match: str, **options: bool) -> Iterator[Any]:
    """What is computed inside must raise."""
    with pytest.raises(tg.AnomalyError, match=match) as caught, tg.autograd.detect_anomaly(**options):
        yield caught


def line_of(function: Callable[..., Any], offset: int) -> int:
    return function.__code__.co_firstlineno + offset


def test_a_nan_in_a_forward(device: str) -> None:
    def broken(x: Any) -> Any:
        y = x - 1
        return tg.sqrt(y)

    with anomaly(r"\n  called at ") as caught:
        broken(tensor([0, 1, 5], device))
    first, second = str(caught.value).splitlines()
    assert first == "forward of sqrt(float32[3]): the result, float32[3], has 1 NaN among 3 elements, from finite ones"
    assert second == f"  called at {HERE}, line {line_of(broken, 2)}, in broken: return tg.sqrt(y)"
    assert isinstance(caught.value, FloatingPointError)


def test_an_infinity_in_a_forward(device: str) -> None:
    x = tensor([[0, 1, 5]], device)
    with anomaly(r"forward of divide\(1, float32\[1, 3\]\).* 1 inf among"):
        1 / x


def test_several_outputs_and_attributes(device: str) -> None:
    logits = tensor([[3e38, -3e38]], device)
    with anomaly(r"softmax_cross_entropy\(float32\[1, 2\], int64\[1\].*reduction='mean'\)"):
        tg.softmax_cross_entropy(logits, tg.asarray([1], device=device), reduction="mean")


def test_a_gradient(device: str) -> None:
    def root(x: Any) -> Any:
        return tg.sqrt(x)

    x = tensor([0, 4], device, requires_grad=True)
    with anomaly(r"\n  called at ") as caught:
        root(x * 2).sum().backward()
    first, second = str(caught.value).splitlines()
    assert first.startswith("backward of sqrt(float32[2]): the gradient of input 0, float32[2], has 1 inf among 2")
    assert second == f"  called at {HERE}, line {line_of(root, 1)}, in root: return tg.sqrt(x)"


def test_what_was_recorded_inside_is_looked_at_outside(device: str) -> None:
    x = tensor([0, 4], device, requires_grad=True)
    with tg.autograd.detect_anomaly():
        y = tg.sqrt(x).sum()
    with pytest.raises(tg.AnomalyError, match=r"backward of sqrt"):
        y.backward()


def test_a_nan_of_a_masked_value(device: str) -> None:
    """The gradient of the branch that is not chosen is zero times infinity."""
    x = tensor([0, 4], device, requires_grad=True)
    with anomaly(r"backward of sqrt.* 1 NaN among 2"):
        tg.where(x > 0, tg.sqrt(x), 0.0).sum().backward()


def test_a_recorded_backward(device: str) -> None:
    x = tensor([0, 4], device, requires_grad=True)
    with anomaly(r"backward of sqrt"):
        tg.sqrt(x).sum().backward(create_graph=True)


# What is not blamed


def test_what_is_broken_before_is_let_pass(device: str) -> None:
    x = tensor([np.nan, np.inf, 1], device, requires_grad=True)
    with tg.autograd.detect_anomaly():
        y = (x * 2 + 1).exp()
        (y * x).sum().backward()
    assert np.isnan(x.grad.numpy()[0])


def test_a_mask_of_infinities(device: str) -> None:
    x = tensor([[1, 2], [3, 4]], device, requires_grad=True)
    mask = tg.asarray([[True, False], [True, True]], device=device)
    with tg.autograd.detect_anomaly():
        y = tg.softmax(tg.where(mask, x, -tg.inf), axis=1)
        (y * y).sum().backward()
    assert np.isfinite(x.grad.numpy()).all()


def test_a_nan_of_infinities(device: str) -> None:
    x = tensor([np.inf, 1], device)
    with anomaly(r"subtract.* 1 NaN among 2 elements, from infinite ones"):
        x - x


def test_inputs_that_are_not_finite_already(device: str) -> None:
    x, w = tensor([1, np.nan], device), tensor([1, 2], device)
    with anomaly("not finite already", check_inputs=True) as caught:
        w * x
    assert str(caught.value).startswith(
        "forward of multiply(float32[2], float32[2]): input 1, float32[2], was not finite already: it has 1 NaN among 2"
    )


# Where it was


class Encoder(nn.Module):
    def __init__(self, device: str) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 2, device=device), Logarithm())

    def forward(self, x: Any) -> Any:
        return self.layers(x)


class Logarithm(nn.Module):
    def forward(self, x: Any) -> Any:
        return tg.log(x * 0)


class Model(nn.Module):
    def __init__(self, device: str) -> None:
        super().__init__()
        self.encoder = Encoder(device)

    def forward(self, x: Any) -> Any:
        return self.encoder(x)


def test_the_path_of_the_module(device: str) -> None:
    with anomaly(r"\n  called at ") as caught:
        Model(device)(tensor([[1, 2]], device))
    _, line, module = str(caught.value).splitlines()
    assert line.endswith("in forward: return tg.log(x * 0)")
    assert module == "  within Model.encoder.layers.1 (Logarithm)"


def test_the_module_of_a_gradient(device: str) -> None:
    class Root(nn.Module):
        def forward(self, x: Any) -> Any:
            return tg.sqrt(x)

    x = tensor([[0, 2]], device, requires_grad=True)
    with tg.autograd.detect_anomaly():
        y = nn.Sequential(nn.Identity(), Root())(x)
    with pytest.raises(tg.AnomalyError, match=r"(?s)backward of sqrt.*within Sequential\.1 \(Root\)"):
        y.sum().backward()
    with tg.autograd.detect_anomaly():
        y = Root()(x)
    with pytest.raises(tg.AnomalyError, match=r"within Root$"):
        y.sum().backward()


def test_a_module_that_is_no_part_of_the_outermost(device: str) -> None:
    class Hidden(nn.Module):
        def forward(self, x: Any) -> Any:
            return Logarithm()(x)

    with anomaly(r"within Hidden, in a Logarithm$"):
        Hidden()(tensor([1], device))


# With the rest


@pytest.mark.parametrize(
    ("transform", "direction"),
    [
        (lambda f: tg.vmap(tg.grad(f)), "backward"),
        (lambda f: tg.grad(lambda x: tg.vmap(f)(x).sum()), "backward"),
        (lambda f: lambda x: tg.jvp(f, (x,), (x + 1,)), "forward"),
    ],
)
def test_transformations(transform: Any, direction: str, device: str) -> None:
    x = tensor([[0, 1], [2, 3]], device)
    with pytest.raises(tg.AnomalyError, match=rf"{direction} of sqrt"), tg.autograd.detect_anomaly():
        transform(lambda v: tg.sqrt(v).sum())(x)


def test_a_checkpoint(device: str) -> None:
    x = tensor([0, 1], device, requires_grad=True)
    with anomaly(r"backward of sqrt"):
        tg.checkpoint(tg.sqrt, x).sum().backward()


def test_a_function_of_the_user(device: str) -> None:
    class Halves(tg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, broken: bool) -> Any:
            ctx.broken = broken
            return tg.log(x) if broken else x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g / 0, None

    x = tensor([0, 1], device, requires_grad=True)
    with anomaly(r"(?s)forward of log.*in forward: return tg.log\(x\) if broken"):
        Halves.apply(x, True)
    with anomaly(r"(?s)backward of Halves.*in test_a_function_of_the_user") as caught:
        Halves.apply(x, False).sum().backward()
    assert "in backward: return g / 0, None" in str(caught.value.__cause__)


def test_a_trace(device: str) -> None:
    with anomaly(r"forward of log"):
        tg.trace(lambda x: tg.log(x * 0), tensor([1, 2], device))


def test_results_are_the_same(device: str) -> None:
    model = nn.Sequential(nn.Linear(3, 4, device=device), nn.Tanh(), nn.Linear(4, 2, device=device))
    x, target = tensor(np.ones((5, 3)), device), tg.asarray([0, 1, 1, 0, 1], device=device)

    def gradients() -> list[Any]:
        model.zero_grad()
        nn.functional.cross_entropy(model(x), target).backward()
        return [p.grad.numpy() for p in model.parameters()]

    wanted = gradients()
    with tg.autograd.detect_anomaly():
        found = gradients()
    for ours, theirs in zip(found, wanted):
        np.testing.assert_array_equal(ours, theirs)


def test_it_ends_with_its_block(device: str) -> None:
    x = tensor([np.inf], device)

    @tg.autograd.detect_anomaly()
    def inside() -> Any:
        return x - x

    with pytest.raises(tg.AnomalyError):
        inside()
    with np.errstate(all="ignore"):
        assert np.isnan((x - x).item())


def test_nothing_is_done_while_it_is_off(device: str) -> None:
    """Of the detector's file no line runs, nor of any observer."""
    model = nn.Sequential(nn.Linear(3, 4, device=device), nn.Tanh())
    x = tensor(np.ones((5, 3)), device)
    files: set[str] = set()
    sys.setprofile(lambda frame, event, arg: files.add(frame.f_code.co_filename))
    try:
        model(x).sum().backward()
    finally:
        sys.setprofile(None)
    names = {Path(file).name for file in files}
    assert "apply.py" in names
    assert not names & {"anomaly.py", "observer.py"}


def test_the_rule_that_all_inputs_share_is_looked_at(device: str) -> None:
    x = tg.asarray([[100.0]], device=device)
    weight = tg.asarray([[1.0]], device=device, requires_grad=True)
    with tg.autograd.detect_anomaly():
        y = tg.linear(x, weight, activation="tanh")
        y.backward(tg.asarray([[2.0]], device=device))
    assert weight.grad.tolist() == [[0.0]]
    with tg.autograd.detect_anomaly(), np.errstate(invalid="ignore"):
        y = tg.linear(x, weight, activation="tanh")
        with pytest.raises(tg.AnomalyError, match=r"backward of activated_linear(.|\n)*between its two stages"):
            y.backward(tg.asarray([[float("inf")]], device=device))
