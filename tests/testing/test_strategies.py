"""The strategies draw what they say, and all of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings

import tinygrad_nn as tg
from tinygrad_nn.testing import LAYOUTS, broadcastable_shapes, in_layout, layouts, shapes, tensors


@given(shapes(min_ndim=1, max_ndim=3, max_size=2))
@settings(max_examples=30)
def test_shapes(shape: Any) -> None:
    assert 1 <= len(shape) <= 3
    assert all(0 <= size <= 2 for size in shape)


def test_shapes_without_axes_or_elements_are_drawn() -> None:
    assert find(shapes(), lambda shape: shape == ()) == ()
    assert 0 in find(shapes(), lambda shape: 0 in shape)


@given(broadcastable_shapes(3))
@settings(max_examples=50)
def test_broadcastable_shapes(group: Any) -> None:
    assert len(group) == 3
    np.broadcast_shapes(*group)


def test_groups_that_need_broadcasting_are_drawn() -> None:
    find(broadcastable_shapes(2), lambda group: len(group[0]) != len(group[1]) and 1 in group[0])


def test_every_layout_is_drawn() -> None:
    for layout in LAYOUTS:
        assert find(layouts(), lambda name: name == layout) == layout  # noqa: B023


def test_tensors(device: str) -> None:
    @given(tensors(shape=(2, 3), low=-1, high=2, avoid=(0, 1), distance=0.1, dtype=tg.float32, device=device))
    @settings(max_examples=30)
    def check(x: Any) -> None:
        values = x.numpy()
        assert (x.shape, x.dtype, x.device) == ((2, 3), tg.float32, device)
        assert ((values >= -1) & (values <= 2)).all()
        assert (np.abs(values) >= 0.099).all()
        assert (np.abs(values - 1) >= 0.099).all()

    check()


def test_tensors_of_drawn_shape_and_layout() -> None:
    @given(tensors(shape=shapes(max_ndim=2), layout="negative", dtype="float16"))
    @settings(max_examples=20)
    def check(x: Any) -> None:
        assert x.ndim <= 2
        assert x.dtype == tg.float16

    check()


@pytest.mark.parametrize("shape", [(2, 3), (4,), (), (0, 2), (1, 2, 2)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_keep_the_values(layout: str, shape: Any, device: str) -> None:
    x = tg.asarray(np.random.default_rng(0).normal(size=shape), device=device)
    y = in_layout(x, layout)
    wanted = np.broadcast_to(x.numpy()[:1], shape) if layout == "broadcast" and shape else x.numpy()
    np.testing.assert_array_equal(y.numpy(), wanted)
    assert (y.device, y.requires_grad) == (device, False)


def test_strides() -> None:
    x = tg.asarray(np.arange(6.0).reshape(2, 3))
    found = {layout: in_layout(x, layout).array.strides for layout in LAYOUTS}
    assert found == {
        "contiguous": (24, 8), "transposed": (8, 16), "strided": (48, 16), "negative": (-24, -8), "broadcast": (0, 8)
    }  # fmt: skip


def test_an_unknown_layout() -> None:
    with pytest.raises(ValueError, match="known are contiguous"):
        in_layout(tg.ones(2), "diagonal")


def test_the_checker_needs_no_hypothesis() -> None:
    code = "import sys; sys.modules['hypothesis'] = None\n" + (
        "import tinygrad_nn as tg\n"
        "tg.testing.gradcheck(lambda x: x * x, tg.ones(2))\n"
        "try:\n    tg.testing.shapes()\n"
        "except ImportError as error:\n    assert 'tinygrad_nn[test]' in str(error)\n"
        "else:\n    raise AssertionError('no ImportError')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
