"""Convolutions and transposed ones against PyTorch, and what is said of shapes that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F


def sizes(draw: Any, axes: int, low: int, high: int) -> Any:
    """One number for all axes, or one for each."""
    one = st.integers(low, high)
    return draw(one | st.tuples(*(one,) * axes))


@st.composite
def calls(draw: Any, transposed: bool) -> tuple[int, list[Any], dict[str, Any]]:
    """The number of axes, the shapes of the operands, and the settings."""
    axes = draw(st.integers(1, 3))
    groups, inputs, outputs = (draw(st.integers(1, 2)) for _ in range(3))
    kernel = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    size = tuple(draw(st.integers(1, 5 - axes // 2)) for _ in range(axes))
    kwargs = {name: sizes(draw, axes, 1, 2) for name in ("stride", "dilation")}
    kwargs |= {"padding": sizes(draw, axes, 0, 2), "groups": groups}
    if not transposed and draw(st.booleans()):
        kwargs |= {"stride": 1, "padding": draw(st.sampled_from(["same", "valid"]))}
    if transposed:
        kwargs["output_padding"] = sizes(draw, axes, 0, 1)
    batch = (draw(st.integers(1, 2)),) if draw(st.booleans()) else ()
    weight = (inputs * groups, outputs, *kernel) if transposed else (outputs * groups, inputs, *kernel)
    shapes = [(*batch, inputs * groups, *size), weight, (outputs * groups,)]
    return axes, shapes[: draw(st.integers(2, 3))], kwargs


def compare(agree: Any, torch: Any, name: str, shapes: list[Any], kwargs: dict[str, Any]) -> None:
    random = np.random.default_rng(0)
    arrays = [random.standard_normal(shape) for shape in shapes]
    theirs = getattr(torch.nn.functional, name)
    try:
        theirs(*map(torch.tensor, arrays), **kwargs)
    except RuntimeError:  # there are no windows, or nothing is left
        with pytest.raises(ValueError, match=name):
            getattr(F, name)(*map(tg.asarray, arrays), **kwargs)
        assume(False)
    agree(lambda *xs: getattr(F, name)(*xs, **kwargs), lambda *xs: theirs(*xs, **kwargs), *arrays)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
@settings(max_examples=30)
@given(call=calls(transposed=False))
def test_convolution_matches_pytorch(agree: Any, torch: Any, call: Any) -> None:
    axes, shapes, kwargs = call
    compare(agree, torch, f"conv{axes}d", shapes, kwargs)


@settings(max_examples=30)
@given(call=calls(transposed=True))
def test_transposed_convolution_matches_pytorch(agree: Any, torch: Any, call: Any) -> None:
    axes, shapes, kwargs = call
    compare(agree, torch, f"conv_transpose{axes}d", shapes, kwargs)


def test_an_empty_batch_has_gradients_of_zero(device: str) -> None:
    x = tg.zeros((0, 2, 5), device=device)
    for function in (F.conv1d, F.conv_transpose1d):
        weight = tg.ones((2, 2, 3), device=device, requires_grad=True)
        y = function(x, weight)
        y.sum().backward()
        assert y.shape[:2] == (0, 2)
        assert not weight.grad.numpy().any()


@pytest.mark.parametrize(
    ("shapes", "kwargs", "message"),
    [
        (((2, 3), (4, 3, 3, 3)), {}, r"conv2d: x has shape \(2, 3\), wanted \(C, H, W\) or \(N, C, H, W\)"),
        (((3, 5, 5), (4, 3, 3)), {}, r"conv2d: weight has shape \(4, 3, 3\), wanted are 4 axes"),
        (((2, 5, 5), (4, 3, 3, 3)), {}, r"2 channels; weight \(4, 3, 3, 3\) with groups=1 wants 3"),
        (((6, 5, 5), (3, 3, 3, 3)), {"groups": 2}, r"weight \(3, 3, 3, 3\) cannot be divided into groups=2"),
        (((3, 5, 5), (4, 3, 3, 3), (3,)), {}, r"conv2d: bias has shape \(3,\), wanted \(4,\)"),
        (((3, 2, 5), (4, 3, 3, 3)), {}, r"kernels of \(3, 3\) with dilation=\(1, 1\) do not fit into x, .*\(3, 2, 5\)"),
        (((3, 5, 5), (4, 3, 3, 3)), {"stride": 0}, r"conv2d: stride is 0, wanted at least 1"),
        (((3, 5, 5), (4, 3, 3, 3)), {"padding": -1}, r"conv2d: padding is -1, wanted at least 0"),
        (((3, 5, 5), (4, 3, 3, 3)), {"stride": 2, "padding": "same"}, "a stride of .2, 2. does not"),
        (((3, 5, 5), (4, 3, 3, 3)), {"padding": "full"}, "padding='full'; wanted are integers, 'same' or 'valid'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(shapes: Any, kwargs: Any, message: str, device: str) -> None:
    with pytest.raises(ValueError, match=message):
        F.conv2d(*(tg.ones(shape, device=device) for shape in shapes), **kwargs)


def test_what_does_not_fit_a_transposed_convolution_is_named(device: str) -> None:
    x, weight = tg.ones((2, 3), device=device), tg.ones((2, 1, 2), device=device)
    with pytest.raises(ValueError, match=r"output_padding=\(1,\) must be less than stride=\(1,\) or dilation=\(1,\)"):
        F.conv_transpose1d(x, weight, output_padding=1)
    with pytest.raises(ValueError, match=r"padding=\(2,\) leaves nothing: \(0,\)"):
        F.conv_transpose1d(x, weight, padding=2)
