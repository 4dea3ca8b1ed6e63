"""Wrong arguments: one clear exception that names the operation, what it was given and the fix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn

X = (2, 3)  # the shape of what the operations below are given


@pytest.mark.parametrize("word", [("dim", "axis"), ("keepdim", "keepdims"), ("unbiased", "correction")])
@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "max", "min", "var", "std", "logsumexp", "any", "all", "argmax", "argmin"]
)
def test_words_of_other_frameworks(name: str, word: tuple[str, str], device: str) -> None:
    theirs, ours = word
    with pytest.raises(TypeError, match=rf"{name}.*'{ours}'"):
        getattr(tg, name)(tg.ones(X, device=device), **{theirs: 0})


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cumulative_sum", "cumulative_prod"])
def test_dim_where_an_axis_must_be_given(name: str, device: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}.*'axis'"):
        getattr(tg, name)(tg.ones(X, device=device), dim=0)


REDUCTIONS = ["sum", "mean", "prod", "max", "min", "var", "std", "logsumexp", "any", "all"]


@pytest.mark.parametrize(
    "name",
    [*REDUCTIONS, "argmax", "argmin", "sort", "argsort", "squeeze", "flip", "expand_dims", "softmax", "log_softmax",
     "cumulative_sum", "cumulative_prod"],
)  # fmt: skip
def test_dim_in_methods(name: str, device: str) -> None:
    with pytest.raises(TypeError, match="'axis'"):
        getattr(tg.ones(X, device=device), name)(dim=0)


@pytest.mark.parametrize("word", [("keepdim", "keepdims"), ("unbiased", "correction")])
def test_other_words_in_methods(word: tuple[str, str], device: str) -> None:
    theirs, ours = word
    with pytest.raises(TypeError, match=f"var.*'{ours}'"):
        tg.ones(X, device=device).var(**{theirs: True})  # type: ignore[arg-type]


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax, tg.sort, tg.squeeze, tg.flip, tg.expand_dims])
def test_dim_in_functions(function: Callable[..., Any], device: str) -> None:
    with pytest.raises(TypeError, match="'axis'"):
        function(tg.ones(X, device=device), dim=1)
    with pytest.raises(TypeError, match="'axis'"):
        function(tg.ones(X, device=device), axis=0, dim=1)


@pytest.mark.parametrize("join", [tg.concat, tg.stack])
def test_dim_in_joining(join: Callable[..., Any], device: str) -> None:
    with pytest.raises(TypeError, match="'axis'"):
        join([tg.ones(X, device=device)], dim=1)


@pytest.mark.parametrize("layer", [nn.Softmax, nn.LogSoftmax])
def test_dim_in_layers(layer: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="'axis'"):
        layer(dim=1)
    with pytest.raises(TypeError, match="'axis'"):
        layer(1, dim=1)
    with pytest.raises(TypeError, match="no argument 'size'"):
        layer(1, size=1)


@pytest.mark.parametrize("name", [*REDUCTIONS, "count_nonzero"])
def test_axes_in_a_list(name: str, device: str) -> None:
    x = tg.asarray(np.arange(6.0).reshape(X), device=device, requires_grad=True)
    wanted = getattr(tg, name)(x, axis=(0, 1))
    found = getattr(tg, name)(x, axis=[0, 1])
    np.testing.assert_array_equal(found.detach().numpy(), wanted.detach().numpy())
    if found.requires_grad:
        assert found.node.attrs["axis"] == (0, 1)
    if hasattr(x, name):
        np.testing.assert_array_equal(getattr(x.detach(), name)([0, 1]).numpy(), wanted.detach().numpy())


@pytest.mark.parametrize("axis", [2, -3, (0, 5)])
@pytest.mark.parametrize(
    "name", ["sum", "mean", "prod", "max", "min", "var", "std", "logsumexp", "any", "all", "flip", "squeeze"]
)
def test_an_axis_that_is_not_there(name: str, axis: Any, device: str) -> None:
    with pytest.raises((IndexError, ValueError), match=rf"{name}.*axis"):
        getattr(tg, name)(tg.ones(X, device=device), axis=axis)


@pytest.mark.parametrize(
    "name", ["softmax", "log_softmax", "cumulative_sum", "cumulative_prod", "argmax", "sort", "argsort"]
)
def test_one_axis_that_is_not_there(name: str, device: str) -> None:
    for axis in (2, -3):
        with pytest.raises((IndexError, ValueError), match="axis"):
            getattr(tg, name)(tg.ones(X, device=device), axis=axis)


@pytest.mark.parametrize("axis", [0, -1, (0,)])
@pytest.mark.parametrize("name", [*REDUCTIONS, "flip", "squeeze"])
def test_axes_of_a_tensor_without_any(name: str, axis: Any, device: str) -> None:
    # NumPy's reductions take 0 and -1 there; CuPy and the gradients do not.
    with pytest.raises(IndexError, match=rf"{name}.*axis"):
        getattr(tg, name)(tg.asarray(2.0, device=device), axis=axis)


@pytest.mark.parametrize(
    "name", ["argmax", "argmin", "softmax", "log_softmax", "cumulative_sum", "cumulative_prod", "sort", "argsort"]
)
def test_one_axis_of_a_tensor_without_any(name: str, device: str) -> None:
    for axis in (0, -1):
        with pytest.raises(IndexError, match="axis"):
            getattr(tg, name)(tg.asarray(2.0, device=device), axis=axis)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "var", "logsumexp", "flip"])
def test_an_axis_twice(name: str, device: str) -> None:
    with pytest.raises(ValueError, match="axis"):
        getattr(tg, name)(tg.ones(X, device=device), axis=(0, -2))


def case(label: str, call: Callable[..., Any], match: str, error: Any = ValueError) -> Any:
    return pytest.param(call, match, error, id=label)


@pytest.mark.parametrize(
    ("call", "match", "error"),
    [
        case("matmul", lambda x: x @ x, r"matmul.*\[2, 3\]"),
        case("matmul with a number", lambda x: x @ x[0, 0], "matmul"),
        case("linear", lambda x: tg.linear(x, tg.ones((4, 5)).to_device(x.device)), r"linear.*\(4, 5\)"),
        case("linear bias", lambda x: tg.linear(x, x, x[0]), "bias"),
        case("linear activation", lambda x: tg.linear(x, x, activation="gelu"), "activation='gelu'; wanted is one"),
        case("reshape", lambda x: x.reshape(4, 2), "reshape"),
        case("reshape with two unknown", lambda x: x.reshape(-1, -1), "reshape"),
        case("permute_dims", lambda x: x.permute_dims((0, 0)), "permute_dims"),
        case("squeeze", lambda x: x.squeeze(1), "squeeze"),
        case("broadcast_to", lambda x: x.broadcast_to((2, 4)), "broadcast_to"),
        case("concat", lambda x: tg.concat([x, x[:, :2]], axis=0), "concat"),
        case("concat of nothing", lambda x: tg.concat([]), "concat"),
        case("concat of other ndim", lambda x: tg.concat([x, x[0]]), "concat"),
        case("stack", lambda x: tg.stack([x, x[0]]), "stack"),
        case("stack of nothing", lambda x: tg.stack([]), "stack", TypeError),
        case("nothing at all", lambda x: tg.tanh(), "tanh", TypeError),
        case("split", lambda x: tg.split(x, 2, axis=1), "3 does not divide into 2"),
        case("pad", lambda x: tg.pad(x, ((1, 1),)), "pad_width"),
        case("negative pad", lambda x: tg.pad(x, -1), "pad_width"),
        case("repeat", lambda x: tg.repeat(x, [1, 2, 3], axis=0), "3 repeats for an axis of size 2"),
        case("flatten", lambda x: x.flatten(1, 0), "start_axis"),
        case("moveaxis", lambda x: x.moveaxis((0, 1), 0), "moveaxis"),
        case("top_k", lambda x: tg.top_k(x, 4), "k is 4"),
        case("T", lambda x: x[0].T, "T is for matrices"),
        case("mT", lambda x: x[0].mT, "at least two axes"),
        case("diagonal", lambda x: tg.linalg.diagonal(x[0]), r"diagonal.*\(3,\)"),
        case("vecdot", lambda x: tg.vecdot(x, x[:, :1]), r"vecdot.*\(2, 3\) and \(2, 1\)"),
        case("cross", lambda x: tg.linalg.cross(x, x[0, :2]), r"cross.*\(2, 3\) and \(2,\); axis -1 must have 3"),
        case("matrix_norm", lambda x: tg.linalg.matrix_norm(x, ord=3), "matrix_norm: ord must be .* not 3"),
        case("norm", lambda x: tg.linalg.norm(x[None], ord=2), r"norm: with ord=2 a tensor of shape \(1, 2, 3\)"),
        case("svd", lambda x: tg.linalg.svd(x[0]), r"svd: the tensor has shape \(3,\); wanted are matrices"),
        case("fft norm", lambda x: tg.fft.fft(x, norm="none"), "fft: norm must be .* not 'none'"),
        case("fft n", lambda x: tg.fft.fft(x, n=0), "fft: there must be at least one value to transform"),
        case("fftn", lambda x: tg.fft.fftn(x, s=(2,), axes=(0, 1)), "fftn: s has 1 sizes for the 2 axes"),
        case("outer", lambda x: tg.linalg.outer(x, x), "outer"),
        case("tensordot", lambda x: tg.tensordot(x, x, 1), "tensordot"),
        case("tensordot axes", lambda x: tg.tensordot(x, x, 3), "tensordot"),
        case("einsum terms", lambda x: tg.einsum("ij,jk", x), "2 terms for 1 operands"),
        case("einsum axes", lambda x: tg.einsum("ijk->i", x), "'ijk'"),
        case("einsum sizes", lambda x: tg.einsum("ij,jk", x, x), "'j' has sizes 3 and 2"),
        case("einsum result", lambda x: tg.einsum("ij->ik", x), "result"),
        case("einsum result twice", lambda x: tg.einsum("ij->ii", x), "result"),
        case("take_along_axis", lambda x: tg.take_along_axis(x, x[0].astype(tg.int64), 0), "as many"),
        case("write of a wrong shape", lambda x: x.__setitem__(0, x), "write_in_place"),
        case("index", lambda x: x[2], "getitem", IndexError),
        case("negative index", lambda x: x[-3], "getitem", IndexError),
        case("too many indices", lambda x: x[0, 0, 0], "getitem", IndexError),
        case("index array", lambda x: x[tg.asarray([0, 2]).to_device(x.device)], "getitem", IndexError),
        case("index by floats", lambda x: x[x], "getitem", IndexError),
        case("mask of a wrong shape", lambda x: x[tg.asarray([True] * 3).to_device(x.device)], "getitem", IndexError),
        case("take", lambda x: tg.take(x, tg.asarray([0, 5]).to_device(x.device), axis=0), "getitem", IndexError),
        case("take_along_axis range", lambda x: tg.take_along_axis(x, tg.asarray([[5], [0]]).to_device(x.device), 1),
             "take_along_axis", IndexError),
        case("put_along_axis range",
             lambda x: tg.put_along_axis(x[:, :1], tg.asarray([[5], [0]]).to_device(x.device), 1, 3), "put_along_axis",
                 IndexError),
        case("scatter_add range", lambda x: tg.scatter_add(x[0], tg.asarray([0, 1, 7]).to_device(x.device), (4,)),
             "scatter_add", IndexError),
        case("assign_at range", lambda x: tg.assign_at(x, tg.asarray([7]).to_device(x.device), 1.0), "assign_at",
            IndexError),
        case("bits of floats", lambda x: x & x, "bitwise_and", TypeError),
        case("an operand of a wrong type", lambda x: x + "1", "str", TypeError),
        case("a list as operand", lambda x: x + [1.0, 2.0, 3.0], "list.*asarray", TypeError),
        case("None as operand", lambda x: x * None, "NoneType", TypeError),
        case("a keyword that is not there", lambda x: tg.sum(x, axes=0), "sum", TypeError),
        case("iteration over a number", lambda x: list(x[0, 0]), "cannot be iterated", TypeError),
        case("length of a number", lambda x: len(x[0, 0]), "no length", TypeError),
        case("truth of many", bool, "any", ValueError),
        case("item of many", lambda x: x.item(), "one element", ValueError),
    ],
)  # fmt: skip
def test_message(call: Callable[..., Any], match: str, error: Any, device: str) -> None:
    with pytest.raises(error, match=match):
        call(tg.asarray(np.arange(6.0, dtype=np.float32).reshape(X), device=device))


def test_arrays_of_another_device_are_refused(device: str) -> None:
    other = "strict" if device == "cpu" else "cpu"
    with pytest.raises(tg.DeviceError, match=r"add.*to_device"):
        tg.ones(2, device=device) + tg.ones(2, device=other)


def test_index_arrays_of_another_device_are_refused() -> None:
    with pytest.raises((tg.DeviceError, TypeError)):
        tg.ones(3, device="strict")[np.array([0, 1])]


@pytest.mark.parametrize("index", [5, (0, 5), [7], (0, 0, 0)])
def test_an_index_that_is_not_there_is_told_as_it_was_written(index: Any, device: str) -> None:
    with pytest.raises(IndexError) as caught:
        tg.ones(X, device=device)[index]
    assert f"the index is {index!r}, the shape {X}" in str(caught.value)
    assert "template" not in str(caught.value)
    assert "Ellipsis" not in str(caught.value)


def test_powers_of_matrices_are_ints(device: str) -> None:
    with pytest.raises(TypeError, match="matrix_power: n is 0.5, wanted is an int"):
        tg.linalg.matrix_power(tg.eye(2, device=device), 0.5)  # type: ignore[arg-type]
