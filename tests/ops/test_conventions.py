"""Values and gradients at kinks, ties, zeros and extremes: PyTorch's, where it has the operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg

inf, nan = float("inf"), float("nan")
HUGE = [-1e4, -100.0, -20.0, -1.0, 0.0, 1.0, 20.0, 100.0, 1e4]
TIES = [[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]
ZEROS = [[2.0, 0.0, 3.0], [0.0, 0.0, 5.0], [1.0, 2.0, 4.0]]


def same(name: str, *inputs: Any) -> Any:
    """A function that has one name on both sides."""
    return pytest.param(getattr(tg, name), lambda torch, *xs: getattr(torch, name)(*xs), inputs, id=name)


def named(label: str, ours: Callable[..., Any], theirs: Callable[..., Any], *inputs: Any) -> Any:
    return pytest.param(ours, theirs, inputs, id=label)


def functional(name: str, ours: Callable[..., Any], *inputs: Any, **kwargs: Any) -> Any:
    return pytest.param(ours, lambda torch, *xs: getattr(torch.nn.functional, name)(*xs, **kwargs), inputs, id=name)


KINKS = [
    same("abs", [-1.0, 0.0, -0.0, 2.0]),
    same("sign", [-1.0, 0.0, 2.0]),
    same("maximum", [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]),
    same("minimum", [1.0, 2.0, 3.0], [2.0, 2.0, 2.0]),
    same("sqrt", [0.0, 4.0]),
    same("log", [0.0, 1.0]),
    same("reciprocal", [0.0, 2.0]),
    same("asin", [-1.0, 1.0, 0.5]),
    same("acos", [-1.0, 1.0, 0.5]),
    same("acosh", [1.0, 2.0]),
    same("atanh", [-1.0, 1.0, 0.5]),
    same("remainder", [5.0, -5.0, 5.5, 0.0], [3.0, 3.0, -2.0, 2.0]),
    same("copysign", [1.0, 0.0, -2.0, 2.0], [0.0, 1.0, -0.0, -3.0]),
    same("round", [0.5, 1.5, 2.5, -0.5]),
    named("atan2 at zero", tg.atan2, lambda torch, a, b: torch.atan2(a, b), [0.0, 1.0], [0.0, 0.0]),
    named("hypot at zero", tg.hypot, lambda torch, a, b: torch.hypot(a, b), [0.0, 3.0], [0.0, 4.0]),
    named("pow by 0", lambda x: x**0, lambda torch, x: x**0, [0.0, 2.0, -1.0]),
    named("pow by 1", lambda x: x**1, lambda torch, x: x**1, [0.0, 2.0, -1.0]),
    named("pow by 2", lambda x: x**2, lambda torch, x: x**2, [0.0, 2.0, -1.0]),
    named("pow by 0.5", lambda x: x**0.5, lambda torch, x: x**0.5, [0.0, 2.0]),
    named("pow by -1", lambda x: x**-1, lambda torch, x: x**-1, [0.5, 2.0, -1.0]),
    named("pow of 2", lambda x: 2**x, lambda torch, x: 2**x, [0.0, 2.0, -1.0]),
    named("pow of 0", lambda x: 0**x, lambda torch, x: 0**x, [0.0, 2.0]),
    same("pow", [0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]),
    named("clip", lambda x: tg.clip(x, -1, 1), lambda torch, x: torch.clamp(x, -1, 1), [-2.0, -1.0, 0.0, 1.0, 2.0]),
    named("clip by arrays", tg.clip, lambda torch, *xs: torch.clamp(*xs), [-2.0, -1.0, 0.0, 1.0, 2.0], [-1.0] * 5,
        [1.0] * 5),
    named("where", lambda x: tg.where(x > 0, x, x * 0), lambda torch, x: torch.where(x > 0, x, x * 0),
        [0.0, 1.0, -1.0]),
    named("where with NaN beside", lambda x: tg.where(x > 0, tg.sqrt(tg.where(x > 0, x, 1)), 0.0),
          lambda torch, x: torch.where(x > 0, torch.sqrt(torch.where(x > 0, x, 1.0)), 0.0), [-1.0, 4.0]),
    named("where with NaN given", lambda x: tg.where(x > 0, x, nan * 0), lambda torch, x: torch.where(x > 0, x, nan),
        [1.0, 4.0]),
]  # fmt: skip

ACTIVATIONS = [
    functional("relu", tg.relu, [-1.0, 0.0, 1.0]),
    functional("leaky_relu", lambda x: tg.leaky_relu(x, slope=0.1), [-1.0, 0.0, 1.0], negative_slope=0.1),
    named("prelu", tg.prelu, lambda torch, x, w: torch.nn.functional.prelu(x, w), [-1.0, 0.0, 1.0], [0.3]),
    functional("elu", lambda x: tg.elu(x, alpha=1.3), [-1.0, 0.0, 1.0], alpha=1.3),
    functional("selu", tg.selu, [-1.0, 0.0, 1.0]),
    functional("softsign", tg.softsign, [-1.0, 0.0, 1.0]),
    functional(
        "hardtanh", lambda x: tg.hardtanh(x, low=-1.0, high=2.0), [-2.0, -1.0, 0.0, 2.0, 3.0], min_val=-1.0, max_val=2.0
    ),
    functional("gelu", tg.gelu, [-1.0, 0.0, 1.0]),
]

REDUCTIONS = [
    named("max with ties", tg.max, lambda torch, x: torch.amax(x), TIES),
    named("max with ties along an axis", lambda x: tg.max(x, axis=1), lambda torch, x: torch.amax(x, 1), TIES),
    named("max with ties along axes", lambda x: tg.max(x, axis=(0, 1)), lambda torch, x: torch.amax(x, (0, 1)), TIES),
    named("min with ties along an axis", lambda x: tg.min(x, axis=1), lambda torch, x: torch.amin(x, 1), TIES),
    named("prod with zeros", lambda x: tg.prod(x, axis=1), lambda torch, x: torch.prod(x, 1), ZEROS),
    named("prod of all with zeros", tg.prod, lambda torch, x: torch.prod(x), ZEROS[0]),
    named("cumulative_prod with zeros", lambda x: tg.cumulative_prod(x, axis=1), lambda torch, x: torch.cumprod(x, 1),
        ZEROS),
    named("std of constants", lambda x: tg.std(x, axis=1), lambda torch, x: torch.std(x, 1, correction=0), TIES),
    named("std of constants with correction", lambda x: tg.std(x, axis=1, correction=1), lambda torch,
        x: torch.std(x, 1), TIES),
    named("var of constants", lambda x: tg.var(x, axis=1), lambda torch, x: torch.var(x, 1, correction=0), TIES),
    named("logsumexp with infinities", lambda x: tg.logsumexp(x, axis=1), lambda torch, x: torch.logsumexp(x, 1),
        [[-inf, 0.0, 1.0]]),
    named("logsumexp of +inf", lambda x: tg.logsumexp(x, axis=1), lambda torch, x: torch.logsumexp(x, 1), [[inf, 0.0]]),
    named("softmax with -inf", lambda x: tg.softmax(x, axis=1), lambda torch, x: torch.softmax(x, 1),
        [[-inf, 0.0, 1.0]]),
    named("log_softmax with -inf", lambda x: tg.log_softmax(x, axis=1)[:, 1:], lambda torch,
        x: torch.log_softmax(x, 1)[:, 1:],
          [[-inf, 0.0, 1.0]]),
    named("sort with ties", lambda x: tg.sort(x, axis=1), lambda torch, x: torch.sort(x, dim=1, stable=True)[0], TIES),
    named("sort down with ties", lambda x: tg.sort(x, axis=1, descending=True),
          lambda torch, x: torch.sort(x, dim=1, stable=True, descending=True)[0], TIES),
]  # fmt: skip

LOSSES = [
    functional("mse_loss", tg.squared_error, [1.0, 2.0], [1.0, 0.0], reduction="none"),
    functional("l1_loss", tg.absolute_error, [1.0, 2.0], [1.0, 0.0], reduction="none"),
    functional("huber_loss", lambda x, t: tg.huber_error(x, t, delta=0.5), [1.0, 2.0, 1.5, 0.0], [1.0, 1.0, 1.0, 1.0],
               reduction="none", delta=0.5),
    functional("binary_cross_entropy_with_logits", tg.binary_cross_entropy_with_logits, HUGE, [0.0, 1.0, 0.5] * 3,
        reduction="none"),
]  # fmt: skip


def compare(
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    inputs: Any,
    device: str,
    dtype: Any,
    rtol: float,
    atol: float = 0,
) -> None:
    torch = pytest.importorskip("torch")
    arrays = [np.array(x, dtype) for x in inputs]
    xs = [tg.asarray(x, device=device, requires_grad=True) for x in arrays]
    ts = [torch.tensor(x, requires_grad=True) for x in arrays]
    with np.errstate(all="ignore"):
        y = ours(*xs)
        y.backward(tg.ones(y.shape, dtype=y.dtype, device=device))
    z = theirs(torch, *ts)
    z.backward(torch.ones_like(z))
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=rtol, atol=atol)
    for x, t in zip(xs, ts):
        wanted = np.zeros(t.shape) if t.grad is None else t.grad.numpy()
        np.testing.assert_allclose(
            np.zeros(x.shape) if x.grad is None else x.grad.numpy(), wanted, rtol=rtol, atol=atol
        )


@pytest.mark.parametrize(("ours", "theirs", "inputs"), KINKS + ACTIVATIONS + REDUCTIONS + LOSSES)
def test_as_pytorch(ours: Callable[..., Any], theirs: Callable[..., Any], inputs: Any, device: str) -> None:
    compare(ours, theirs, inputs, device, np.float64, 1e-12)


TARGETS = [0.0, 1.0, 1.0, 0.0, 0.2]
EXTREMES = [
    functional("relu", tg.relu, HUGE),
    functional("elu", lambda x: tg.elu(x, alpha=1.0), HUGE),
    functional("selu", tg.selu, HUGE),
    functional("gelu", tg.gelu, HUGE),
    functional("gelu", tg.gelu_tanh, HUGE, approximate="tanh"),
    functional("silu", tg.silu, HUGE),
    functional("mish", tg.mish, HUGE),
    functional("softplus", lambda x: tg.softplus(x, beta=1.0), HUGE),
    functional("softsign", tg.softsign, HUGE),
    functional("logsigmoid", tg.log_sigmoid, HUGE),
    same("sigmoid", HUGE),
    same("tanh", HUGE),
    same("erf", HUGE),
    same("logaddexp", HUGE, HUGE[::-1]),
    named("softmax", lambda x: tg.softmax(x, axis=0), lambda torch, x: torch.softmax(x, 0), HUGE),
    named("log_softmax", lambda x: tg.log_softmax(x, axis=0), lambda torch, x: torch.log_softmax(x, 0), HUGE),
    named("logsumexp", lambda x: tg.logsumexp(x, axis=0), lambda torch, x: torch.logsumexp(x, 0), HUGE),
    named(
        "cross_entropy",
        lambda x: tg.softmax_cross_entropy(x, tg.asarray([0, 8]).to_device(x.device))[0],
        lambda torch, x: torch.nn.functional.cross_entropy(x, torch.tensor([0, 8]), reduction="none"),
        [HUGE, HUGE],
    ),
    functional(
        "binary_cross_entropy_with_logits",
        tg.binary_cross_entropy_with_logits,
        HUGE,
        [0.0, 1.0, 0.5] * 3,
        reduction="none",
    ),
    named(
        "binary_cross_entropy",
        lambda p: tg.binary_cross_entropy(p, tg.asarray(TARGETS, device=p.device)),
        lambda torch, p: torch.nn.functional.binary_cross_entropy(p, torch.tensor(TARGETS), reduction="none"),
        [0.0, 1.0, 0.0, 1.0, 0.5],
    ),
    functional("huber_loss", lambda x, t: tg.huber_error(x, t, delta=1.0), HUGE, [0.0] * 9, reduction="none"),
]


@pytest.mark.parametrize(("ours", "theirs", "inputs"), EXTREMES)
def test_extremes_are_finite_and_as_pytorch(
    ours: Callable[..., Any], theirs: Callable[..., Any], inputs: Any, device: str
) -> None:
    # In float32, where exp overflows beyond 88; and without a floating-point warning.
    xs = [tg.asarray(np.array(x, np.float32), device=device, requires_grad=True) for x in inputs]
    y = ours(*xs)
    y.backward(tg.ones(y.shape, device=device))
    assert np.isfinite(y.detach().numpy()).all()
    assert all(np.isfinite(x.grad.numpy()).all() for x in xs)
    compare(ours, theirs, inputs, device, np.float32, 2e-5, 1e-7)


def test_a_huge_untaken_branch_leaves_no_nan(device: str) -> None:
    x = tg.asarray([-1.0, 4.0], device=device, requires_grad=True)
    safe = tg.where(x > 0, x, 1.0)
    tg.where(x > 0, tg.log(safe), 0.0).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [0, 0.25])


def test_logsumexp_of_no_probability_has_no_gradient(device: str) -> None:
    # PyTorch gives NaN, which one masked row would spread over all parameters.
    x = tg.asarray([[-inf, -inf], [0.0, 0.0]], device=device, requires_grad=True)
    with np.errstate(divide="ignore"):
        y = tg.logsumexp(x, axis=1)
    y.backward(tg.ones(2, device=device))
    np.testing.assert_allclose(y.detach().numpy(), [-inf, np.log(2)], rtol=1e-6)
    np.testing.assert_array_equal(x.grad.numpy(), [[0, 0], [0.5, 0.5]])


def test_the_gradient_of_an_extremum_goes_to_nan(device: str) -> None:
    # PyTorch gives NaN to all elements.
    for reduction in (tg.max, tg.min):
        x = tg.asarray([1.0, nan, 3.0], device=device, requires_grad=True)
        y = reduction(x)
        y.backward()
        assert np.isnan(y.item())
        np.testing.assert_array_equal(x.grad.numpy(), [0, 1, 0])


def test_power_of_negative_numbers_has_no_gradient_for_the_exponent(device: str) -> None:
    # The logarithm is not real there; PyTorch gives NaN.
    exponent = tg.asarray([2.0, 3.0], device=device, requires_grad=True)
    (tg.asarray([-2.0, 0.0], device=device) ** exponent).sum().backward()
    np.testing.assert_array_equal(exponent.grad.numpy(), [0, 0])


def test_reductions_of_nothing(device: str) -> None:
    x = tg.zeros((0, 3), device=device)
    assert tg.sum(x).item() == 0
    assert tg.prod(x).item() == 1
    assert tg.all(x).item() is True
    assert tg.any(x).item() is False
    assert np.isnan(tg.mean(x, axis=0).numpy()).all()
    assert np.isnan(tg.var(x, axis=0).numpy()).all()
    np.testing.assert_array_equal(tg.logsumexp(x, axis=0).numpy(), [-inf] * 3)
    for reduction in (tg.max, tg.min, tg.argmax, tg.argmin):
        with pytest.raises(ValueError, match=reduction.name):
            reduction(x, axis=0)


def test_mean_loss_of_nothing_is_nan(device: str) -> None:
    x = tg.zeros((0, 3), device=device, requires_grad=True)
    loss = tg.squared_error(x, tg.zeros((0, 3), device=device), reduction="mean")
    loss.backward()
    assert np.isnan(loss.item())
    assert x.grad.shape == (0, 3)


def test_half_precision_counts_beyond_its_range(device: str) -> None:
    # 70,000 ones: neither their sum nor their count is a float16.
    x = tg.asarray(np.repeat([1.0, 3.0], 35_000), dtype=tg.float16, device=device, requires_grad=True)
    for f, value in ((tg.mean, 2), (tg.var, 1), (tg.std, 1)):
        y = f(x)
        assert (y.item(), y.dtype) == (value, tg.float16)
    losses = tg.squared_error(x, tg.zeros(1, dtype=tg.float16, device=device), reduction="mean")
    assert (losses.item(), losses.dtype) == (5, tg.float16)
    (x.mean() * 1000 + losses * 1000).backward()
    assert x.grad.dtype == tg.float16
    np.testing.assert_allclose(x.grad.numpy()[[0, -1]], [3 / 70, 7 / 70], rtol=1e-2)


def test_a_condition_of_floats_gets_no_gradient(device: str) -> None:
    x = tg.asarray([0.0, 2.0], device=device, requires_grad=True)
    tg.where(x, x * 3, x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1, 3])


def test_var_without_freedom_is_nan(device: str) -> None:
    assert np.isnan(tg.var(tg.ones(1, device=device), correction=1).item())
    assert np.isnan(tg.std(tg.ones(2, device=device), correction=3).item())


def test_nan_sorts_last(device: str) -> None:
    x = tg.asarray([2.0, nan, 1.0], device=device)
    assert tg.argsort(x).tolist() == [2, 0, 1]


def test_equal_elements_keep_their_order(device: str) -> None:
    x = tg.asarray([1.0, 0.0, 1.0, 0.0] * 10, device=device)
    ones, zeros = list(range(0, 40, 2)), list(range(1, 40, 2))
    assert tg.argsort(x).tolist() == zeros + ones
    assert tg.argsort(x, descending=True).tolist() == ones + zeros
    assert tg.top_k(x, 3).indices.tolist() == [0, 2, 4]
