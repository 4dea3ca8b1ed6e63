"""Activations of straight pieces against PyTorch, also where the pieces meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F

CALLS: list[tuple[str, tuple[float, ...]]] = [
    ("relu6", ()),
    ("hardsigmoid", ()),
    ("hardswish", ()),
    ("softshrink", ()),
    ("softshrink", (1.5,)),
    ("softshrink", (0.0,)),
    ("hardshrink", ()),
    ("hardshrink", (1.5,)),
    ("threshold", (1.0, -3.0)),
]
MEETINGS = np.array([-3.0, -1.5, -0.5, 0.0, 0.5, 1.0, 1.5, 3.0, 6.0])
SMOOTH = st.floats(-10, 10).filter(lambda x: abs(MEETINGS - x).min() > 1e-3)


@pytest.mark.parametrize(("name", "settings"), CALLS)
@given(x=hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=4), elements=SMOOTH))
def test_pieces_match_pytorch(agree: Any, torch: Any, name: str, settings: tuple[float, ...], x: Any) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    # PyTorch's hardsigmoid has no second derivative, and its sixth is one in float32
    exact = name != "hardsigmoid"
    agree(lambda t: ours(t, *settings), lambda t: theirs(t, *settings), x, second=exact, rtol=1e-9 if exact else 1e-7)


@pytest.mark.parametrize(("name", "settings"), [call for call in CALLS if call[0] != "hardswish"])
def test_slopes_where_pieces_meet_are_those_of_pytorch(
    agree: Any, torch: Any, name: str, settings: tuple[float, ...]
) -> None:
    ours, theirs = getattr(F, name), getattr(torch.nn.functional, name)
    agree(lambda t: ours(t, *settings), lambda t: theirs(t, *settings), MEETINGS, second=False, rtol=1e-7)


def test_hardswish_far_out_has_the_slopes_of_pytorch(device: str, torch: Any) -> None:
    values = [-np.inf, -1e30, -4.0, 4.0, 1e30, np.inf]
    x, t = tg.asarray(values, device=device, requires_grad=True), torch.tensor(values, requires_grad=True)
    y = F.hardswish(x)
    y.sum().backward()
    torch.nn.functional.hardswish(t).sum().backward()
    np.testing.assert_array_equal(y.detach().numpy(), np.maximum(np.float32(values), 0))
    np.testing.assert_array_equal(x.grad.numpy(), t.grad.numpy())
    _, tangent = tg.jvp(F.hardswish, (x.detach(),), (tg.ones(6, device=device),))
    np.testing.assert_array_equal(tangent.numpy(), t.grad.numpy())


@pytest.mark.parametrize(("name", "settings"), CALLS)
def test_pieces_keep_the_dtype(device: str, name: str, settings: tuple[float, ...]) -> None:
    for dtype in (tg.float16, tg.float32):
        assert getattr(F, name)(tg.ones(3, dtype=dtype, device=device), *settings).dtype == dtype


def test_a_negative_width_is_refused(device: str) -> None:
    with pytest.raises(ValueError, match="softshrink: lambd=-1"):
        F.softshrink(tg.ones(3, device=device), -1)
