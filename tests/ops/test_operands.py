"""What functions composed of operations take: arrays and numbers as the operations do, and no lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn

A = np.arange(4.0).reshape(2, 2)

COMPOSED: dict[str, Callable[[Any], Any]] = {
    "argsort": lambda x: tg.argsort(x, descending=True),
    "broadcast_arrays": lambda x: tg.broadcast_arrays(x, x),
    "concat": lambda x: tg.concat([x, x]),
    "concat_flat": lambda x: tg.concat([x, x], axis=None),
    "diagonal": lambda x: tg.linalg.diagonal(x),
    "einsum": lambda x: tg.einsum("ii", x),
    "expand_dims": lambda x: tg.expand_dims(x, 0),
    "flatten": lambda x: tg.flatten(x),
    "flip": lambda x: tg.flip(x),
    "linear": lambda x: tg.linear(x, x, x[0]),
    "moveaxis": lambda x: tg.moveaxis(x, 0, 1),
    "outer": lambda x: tg.linalg.outer(x[0], x[1]),
    "pad": lambda x: tg.pad(x, 1),
    "permute_dims": lambda x: tg.permute_dims(x, (1, 0)),
    "put_along_axis": lambda x: tg.put_along_axis(x, x.astype(tg.int64), axis=0, size=4),
    "repeat": lambda x: tg.repeat(x, [1, 2], axis=0),
    "reshape": lambda x: tg.reshape(x, (-1,)),
    "roll": lambda x: tg.roll(x, 1),
    "sort": lambda x: tg.sort(x, descending=True),
    "split": lambda x: tg.split(x, 2),
    "squeeze": lambda x: tg.squeeze(x),
    "stack": lambda x: tg.stack([x, x]),
    "swapaxes": lambda x: tg.swapaxes(x, 0, 1),
    "take": lambda x: tg.take(x, [1, 0]),
    "take_along_axis": lambda x: tg.take_along_axis(x, (x > 1).astype(tg.int64)),
    "tensordot": lambda x: tg.tensordot(x, x),
    "tile": lambda x: tg.tile(x, 2),
    "top_k": lambda x: tg.top_k(x, 1),
    "trace": lambda x: tg.linalg.trace(x),
    "unstack": lambda x: tg.unstack(x),
    "vecdot": lambda x: tg.vecdot(x, x),
}


def _parts(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


@pytest.mark.parametrize("name", COMPOSED)
def test_arrays_give_the_same_tensors(name: str, device: str) -> None:
    x = tg.asarray(A, device=device)
    of_tensor, of_array = _parts(COMPOSED[name](x)), _parts(COMPOSED[name](A))
    assert len(of_tensor) == len(of_array)
    for wanted, found in zip(of_tensor, of_array):
        assert isinstance(found, tg.Tensor)
        np.testing.assert_array_equal(found.numpy(), wanted.numpy())


@pytest.mark.parametrize(
    "call",
    [
        lambda x: tg.argsort(x), lambda x: tg.broadcast_arrays(x), lambda x: tg.concat([x]),
        lambda x: tg.linalg.diagonal(x), lambda x: tg.einsum("ii", x), lambda x: tg.flatten(x),
        lambda x: tg.linear(x, x), lambda x: tg.moveaxis(x, 0, 1), lambda x: tg.linalg.outer(x, x),
        lambda x: tg.pad(x, 1), lambda x: tg.repeat(x, 2, axis=0), lambda x: tg.sort(x), lambda x: tg.split(x, 2),
        lambda x: tg.squeeze(x), lambda x: tg.swapaxes(x, 0, 1), lambda x: tg.take(x, [0]),
        lambda x: tg.take_along_axis(x, x), lambda x: tg.tensordot(x, x), lambda x: tg.tile(x, 2),
        lambda x: tg.top_k(x, 1), lambda x: tg.linalg.trace(x), lambda x: tg.unstack(x), lambda x: tg.vecdot(x, x),
        lambda x: nn.Linear(2, 3)(x), lambda x: nn.Flatten()(x),
    ],
)  # fmt: skip
def test_lists_are_refused_with_the_fix(call: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"^\w+: an operand is a list, not a tensor.*tg\.asarray"):
        call([[1.0, 2.0], [3.0, 4.0]])


def test_a_scalar_is_a_tensor_without_axes() -> None:
    assert tg.flatten(2.0).shape == (1,)
    assert tg.squeeze(np.float64(2.0)).dtype == tg.float64


def test_an_array_requires_no_gradient_beside_a_tensor_that_does() -> None:
    x = tg.asarray(A, requires_grad=True)
    tg.tensordot(A, x).backward()
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), A)
