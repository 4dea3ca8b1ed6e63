"""Functions beside erf: against PyTorch, at their limits, and where differences would cancel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn.testing import gradgradcheck

POINTS = np.concatenate([np.linspace(-6, 26, 4001), np.logspace(-300, 0, 200), -np.logspace(-300, 0, 200), [0.0, -0.0]])
UNIT = np.concatenate([np.linspace(0, 1, 4001), np.logspace(-300, 0, 200), 1 - np.logspace(-15, 0, 100)])


def ulps(found: Any, wanted: Any) -> float:
    """The largest error, in units in the last place of what is wanted."""
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    with np.errstate(all="ignore"):
        return float(np.max(np.where(same, 0, np.abs(found - wanted) / np.spacing(np.abs(wanted)))))


@pytest.mark.parametrize(
    ("name", "theirs", "x"),
    [("erfinv", "erfinv", np.concatenate([UNIT, -UNIT])), ("logit", "logit", UNIT), ("sinc", "sinc", POINTS / 4),
     ("entr", "special.entr", UNIT)],
)  # fmt: skip
def test_values_of_pytorch(name: str, theirs: str, x: Any, device: str) -> None:
    torch = pytest.importorskip("torch")
    function = torch.special.entr if name == "entr" else getattr(torch, theirs)
    with np.errstate(all="ignore"):
        found = getattr(tg, name)(tg.asarray(x, device=device)).numpy()
    wanted = function(torch.tensor(x)).numpy()
    if name == "sinc":  # near its zeros the sine of what is rounded differs
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-16)
    elif name == "logit":  # PyTorch's cancels near one half
        np.testing.assert_allclose(found, wanted, rtol=1e-13, atol=1e-15)
    else:
        assert ulps(found, wanted) <= 8


def test_erfc_is_that_of_the_c_library(device: str) -> None:
    found = tg.erfc(tg.asarray(POINTS, device=device)).numpy()
    assert ulps(found, np.vectorize(math.erfc)(POINTS)) <= 8


def test_logit_near_one_half_undoes_the_sigmoid(device: str) -> None:
    x = np.logspace(-12, -1, 50)
    y = tg.logit(tg.asarray(0.5 + x, device=device)).numpy()
    exact = (0.5 + x) - 0.5
    np.testing.assert_allclose(y, 2 * np.arctanh(2 * exact), rtol=1e-15)


def test_limits(device: str) -> None:
    def of(function: Any, *values: Any) -> list[float]:
        with np.errstate(all="ignore"):
            return function(*(tg.asarray(v, tg.float64, device) for v in values)).tolist()

    assert of(tg.erfc, [-math.inf, math.inf, 40.0]) == [2, 0, 0]
    assert of(tg.erfinv, [-1.0, 1.0]) == [-math.inf, math.inf]
    assert math.isnan(of(tg.erfinv, [1.5])[0])
    assert of(tg.logit, [0.0, 1.0, 0.5]) == [-math.inf, math.inf, 0]
    assert of(tg.entr, [0.0, -1.0]) == [0, -math.inf]
    assert math.isnan(of(tg.entr, [math.nan])[0])
    assert of(tg.xlogy, [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]) == [0, 0, -math.inf]
    assert of(tg.xlogy, [0.0, 0.0, 1.0], [math.inf, -math.inf, math.inf]) == [0, 0, math.inf]
    assert tg.xlogy(tg.zeros(1, device=device), math.inf).item() == 0
    assert math.isnan(of(tg.xlogy, [0.0], [math.nan])[0])
    assert of(tg.sinc, [0.0, 1e-300]) == [1, 1]


def test_sinc_is_smooth_at_zero(device: str) -> None:
    gradgradcheck(tg.sinc, tg.asarray([0.0, 1e-4, 0.3, 0.32, -0.31], tg.float64, device), rtol=1e-4, atol=1e-6)
    x = tg.asarray([0.0], tg.float64, device, requires_grad=True)
    (g,) = tg.autograd.grad(tg.sinc(x), x, create_graph=True)
    (h,) = tg.autograd.grad(g, x)
    np.testing.assert_allclose([g.item(), h.item()], [0, -(math.pi**2) / 3], rtol=1e-12)


def test_gradients_of_xlogy_at_zero_are_those_of_pytorch(device: str) -> None:
    torch = pytest.importorskip("torch")
    a, b = np.array([0.0, 0.0, 2.0, 0.0, 0.0, 0.0]), np.array([3.0, 0.0, 3.0, -1.0, math.inf, -math.inf])
    ours = [tg.asarray(v, device=device, requires_grad=True) for v in (a, b)]
    theirs = [torch.tensor(v, requires_grad=True) for v in (a, b)]
    with np.errstate(all="ignore"):
        tg.xlogy(*ours).sum().backward()
    torch.xlogy(*theirs).sum().backward()
    for x, t in zip(ours, theirs):
        np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=1e-12)
