"""The strategies draw what they say, and all of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings

import tinygrad_nn as tg
from tinygrad_nn.testing import (
    LAYOUTS,
    broadcastable_shapes,
    groups,
    in_layout,
    layouts,
    matrices,
    shapes,
    tensors,
)


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


def test_groups() -> None:
    @given(groups(broadcastable_shapes(2), low=-1, high=3, avoid=(0, 2), distance=0.1, dtype="float16"))
    @settings(max_examples=50)
    def check(pair: Any) -> None:
        assert len(pair) == 2
        np.broadcast_shapes(*(x.shape for x in pair))
        assert {x.dtype for x in pair} == {np.dtype(np.float16)}
        if all(np.prod(x.numpy().strides) for x in pair):
            values = np.concatenate([x.numpy().ravel() for x in pair])
            assert len(np.unique(values)) == len(values)
            assert ((values >= -1) & (values <= 3)).all()
            assert (np.abs(values) >= 0.1).all()
            assert (np.abs(values - 2) >= 0.1).all()

    check()


def test_groups_of_fixed_shapes(device: str) -> None:
    @given(groups([(20, 10), (3,)], low=0.1, high=0.2, layout="contiguous", device=device))
    @settings(max_examples=5)
    def check(pair: Any) -> None:
        assert [x.shape for x in pair] == [(20, 10), (3,)]
        assert [x.device for x in pair] == [device] * 2
        values = np.concatenate([x.numpy().ravel() for x in pair])
        assert len(np.unique(values)) == 203
        assert ((values >= 0.1) & (values <= 0.2)).all()

    check()


def test_groups_shrink_to_simple_numbers() -> None:
    (x,) = find(groups([(3,)], layout="contiguous"), lambda group: bool((group[0] > 0.3).all()))
    assert set(x.tolist()) <= {0.5, 1, 1.5, 2}


@pytest.mark.parametrize("interval", [(1, 1), (-1e-3, 1e-3)])
def test_groups_where_there_is_no_room(interval: Any) -> None:
    with pytest.raises(ValueError, match="too few numbers"):
        groups([(3,)], *interval, avoid=(0,))


def test_matrices(device: str) -> None:
    @given(matrices(device=device), matrices(kind="definite"), matrices((2, 3, 3), "symmetric", dtype="float32"))
    @settings(max_examples=30)
    def check(regular: Any, definite: Any, symmetric: Any) -> None:
        assert regular.device == device
        assert regular.shape[-1] == regular.shape[-2]
        sizes = np.linalg.svd(regular.numpy(), compute_uv=False)
        assert ((sizes > 0.99) & (sizes < 3.01)).all()
        np.testing.assert_array_equal(definite.numpy(), definite.numpy().swapaxes(-1, -2))
        values = np.linalg.eigvalsh(definite.numpy())
        assert ((values > 0.99) & (values < 3.01)).all()
        assert (symmetric.shape, symmetric.dtype) == ((2, 3, 3), tg.float32)
        np.testing.assert_array_equal(symmetric.numpy(), symmetric.numpy().swapaxes(-1, -2))
        assert (np.diff(np.linalg.eigvalsh(symmetric.numpy())) > 0.99).all()

    check()


def test_stacks_of_matrices_and_negative_strides_are_drawn() -> None:
    any_will_do = settings(phases=[Phase.generate], max_examples=5000, derandomize=True)
    find(matrices(), lambda x: x.ndim == 3 and x.shape[0] > 1, settings=any_will_do)
    find(matrices((2, 2)), lambda x: x.array.strides[0] < 0, settings=any_will_do)


def test_matrices_that_there_are_none_of() -> None:
    with pytest.raises(ValueError, match="known are regular"):
        matrices(kind="singular")

    @given(matrices((2, 3)))
    def check(x: Any) -> None:
        raise AssertionError("nothing can be drawn")

    with pytest.raises(ValueError, match="not that of square matrices"):
        check()
