"""pad: PyTorch's values and gradients in all modes, and what it refuses."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_nn as tg
from tinygrad_nn.nn import functional as F

MODES = ("constant", "reflect", "replicate", "circular")


def drawn(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


@given(mode=st.sampled_from(MODES), axes=st.integers(1, 3), data=st.data())
def test_pad_matches_pytorch(agree: Any, torch: Any, mode: str, axes: int, data: st.DataObject) -> None:
    sizes = data.draw(st.tuples(*[st.integers(2, 4)] * axes))
    widths = [w for size in reversed(sizes) for w in data.draw(st.tuples(*[st.integers(0, size - 1)] * 2))]
    agree(partial(F.pad, pad=widths, mode=mode), partial(torch.nn.functional.pad, pad=widths, mode=mode),
          drawn(2, 1, *sizes))  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("widths", [(-1, 2), (2, -2), (-1, -2), (-2, 3, 1, -1)])
def test_negative_amounts_take_away(agree: Any, torch: Any, mode: str, widths: tuple[int, ...]) -> None:
    shape = (2, 1, *(4, 5)[-len(widths) // 2 :])
    agree(partial(F.pad, pad=widths, mode=mode), partial(torch.nn.functional.pad, pad=widths, mode=mode), drawn(*shape))


@pytest.mark.parametrize("mode", MODES)
def test_programs_and_batches_of_none(device: str, mode: str) -> None:
    x = tg.asarray(drawn(2, 3, 4), device=device)
    padded = partial(F.pad, pad=(1, 2, 0, 1), mode=mode)
    np.testing.assert_array_equal(tg.trace(padded, x)(x).numpy(), padded(x).numpy())
    np.testing.assert_array_equal(tg.vmap(padded)(x).numpy(), padded(x).numpy())
    assert padded(x[:0]).shape == (0, 4, 7)


def test_constants_keep_the_dtype(device: str) -> None:
    y = F.pad(tg.asarray([1, 2], device=device), (1, 0), value=7)
    assert y.dtype == tg.int64
    assert y.tolist() == [7, 1, 2]
    assert F.pad(y, ()).tolist() == [7, 1, 2]


def test_errors(device: str) -> None:
    x = tg.ones((2, 3), device=device)
    for widths in ((1,), (1, 1, 1, 1, 1, 1)):
        with pytest.raises(ValueError, match=r"must be pairs of integers, at most one for each axis of \(2, 3\)"):
            F.pad(x, widths)
    with pytest.raises(ValueError, match=r"mode='mirror'; wanted is one of constant, reflect, replicate, circular"):
        F.pad(x, (1, 1), mode="mirror")
    with pytest.raises(ValueError, match=r"value=3.0 goes with mode='constant', not 'reflect'"):
        F.pad(x, (1, 1), mode="reflect", value=3.0)
    with pytest.raises(ValueError, match=r"\(-2, -2\) takes away more than the 3 elements along axis 1"):
        F.pad(x, (-2, -2))
    with pytest.raises(ValueError, match=r"'reflect' can put at most 2 elements on a side of axis 1 of \(2, 3\)"):
        F.pad(x, (3, 1), mode="reflect")
    with pytest.raises(ValueError, match=r"'circular' can put at most 3 elements on a side of axis 1"):
        F.pad(x, (0, 4), mode="circular")
    with pytest.raises(ValueError, match=r"'replicate' finds no element along axis 1 of \(2, 0\)"):
        F.pad(x[:, :0], (0, 4), mode="replicate")
