"""Rows of indexing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def index(parts: Callable[..., Any]) -> dict[str, Any]:
    return {"index": parts}


def getitem(x: Any, *arrays: Any, index: Callable[..., Any]) -> Any:
    return x[index(*arrays)]


def assign_at(x: Any, value: Any, *arrays: Any, index: Callable[..., Any]) -> Any:
    x = x.copy()
    place = x[index(*arrays)]
    x[index(*arrays)] = value.reshape(value.shape[max(0, value.ndim - place.ndim) :])
    return x


def scatter_add(x: Any, *arrays: Any, index: Callable[..., Any], shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, x.dtype)
    np.add.at(out, index(*arrays), x)
    return out


def put_along_axis(x: Any, indices: Any, axis: int, size: int) -> Any:
    shape = list(indices.shape)
    shape[axis] = size
    out = np.zeros(shape, x.dtype)
    for place in np.ndindex(*indices.shape):
        target = list(place)
        target[axis] = indices[place]
        out[tuple(target)] += x[place]
    return out


def rows() -> list[Row]:
    i = np.array([2, 0, 2])
    basic = cases(
        ((3, 4), index(lambda: 1)), ((3, 4), index(lambda: (-1, 2))), ((5,), index(lambda: 2)),
        ((5, 2), index(lambda: slice(1, 4, 2))), ((5,), index(lambda: slice(None, None, -2))),
        ((3, 4), index(lambda: (..., 1))), ((3, 4), index(lambda: (None, slice(1), None, 2))), ((), index(lambda: ())),
        ((), index(lambda: (None, ...))), ((3, 2), index(lambda: slice(3, 3))),
            ((0, 2), index(lambda: (slice(None), 1))),
    )  # fmt: skip
    advanced = cases(
        ((3, 3), i, index(lambda i: i)), ((3, 4), i, index(lambda i: (slice(None), i))),
        ((3, 4), np.array([[0, -1], [1, 1]]), index(lambda i: (i, 1))), ((3, 4), i, i, index(lambda i, j: (i, j))),
        ((3, 4), np.array([[0], [2]]), np.array([1, 1, 3]), index(lambda i, j: (i, j))),
        ((3, 2, 3), i, i, index(lambda i, j: (i, slice(None), j))), ((3, 4), np.array(1), index(lambda i: i)),
        ((3, 4), np.zeros((0,), int), index(lambda i: i)), ((3, 4, 2), i, index(lambda i: (..., i, None, 0))),
    )  # fmt: skip
    masks = cases(
        ((3,), np.array([True, False, True]), index(lambda m: m)),
            ((2, 3), np.array([[True, False, True]] * 2), index(lambda m: m)),
        ((2, 3), np.array([False, True]), index(lambda m: (m, slice(1, None)))),
            ((3,), np.zeros(3, bool), index(lambda m: m)),
    )  # fmt: skip
    writes = cases(
        ((4, 4), (4,), index(lambda: 1)), ((3, 4), (), index(lambda: (slice(None), slice(None, None, 2)))),
        ((3, 4), (3, 1), index(lambda: (slice(None), slice(2)))), ((5,), (5,), index(lambda: slice(None, None, -1))),
        ((3, 2), (2, 2), np.array([2, 0]), index(lambda i: i)), ((3, 4), (), np.array([2, 0]), index(lambda i: (i, 1))),
        ((), (), index(lambda: ...)), ((3, 2), (0, 2), index(lambda: slice(0, 0))), ((4,), (1,), index(lambda: 2)),
        ((3, 4), (1, 1, 4), index(lambda: 0)),
    )  # fmt: skip
    mask_writes = cases(
        ((2, 3), (), np.array([[True, False, True], [False, False, True]]), index(lambda m: m)),
        ((3,), (2,), np.array([True, False, True]), index(lambda m: m)),
    )

    def write(x: Any, value: Any, *arrays: Any, index: Callable[..., Any]) -> Any:
        x = x.copy()
        x[index(*arrays)] = value
        return x

    def functional(x: Any, value: Any, *arrays: Any, index: Callable[..., Any]) -> Any:
        return tg.assign_at(x, index(*arrays), value)

    def take(x: Any, i: Any, axis: Any = None) -> Any:
        return np.take(x, i, axis)

    return [
        Row("getitem", getitem, getitem, (*basic, *advanced), covers=("getitem_at_arrays",)),
        Row("getitem", getitem, getitem, masks, traceable=False),
        Row("scatter_add", lambda x, *arrays, index, shape: tg.scatter_add(x, index(*arrays), shape), scatter_add,
            cases(((3,), i, {"shape": (4,), **index(lambda i: i)}),
                ((3, 3), i, {"shape": (4, 3), **index(lambda i: i)}),
                  ((2, 3), i, {"shape": (2, 4), **index(lambda i: (slice(None), i))}),
                  ((3,), i, i, {"shape": (3, 3), **index(lambda i, j: (i, j))}),
                      ((), {"shape": (3,), **index(lambda: 1)}),
                  ((2,), {"shape": (4,), **index(lambda: slice(None, None, 2))}))),
        Row("assign_at", functional, assign_at, writes),
        Row("assign_at", functional, assign_at, mask_writes, traceable=False),
        Row("setitem", write, assign_at, writes),
        Row("setitem", write, assign_at, mask_writes, traceable=False),
        Row("take_along_axis", tg.take_along_axis, np.take_along_axis,
            cases(((3, 4), np.array([[0, 3, 3], [1, 2, 0], [1, 1, 1]]), {"axis": 1}),
                ((3, 3), np.array([[2, 0, 0]]), {"axis": 0}),
                  ((1, 3), np.array([[0], [2]]), {"axis": -1}), ((4,), np.array([3, -1, 3]), {"axis": 0}),
                  ((3, 2), np.zeros((0, 2), int), {"axis": 0}))),
        Row("put_along_axis", tg.put_along_axis, put_along_axis,
            cases(((2, 2), np.array([[0, 3], [1, 1]]), {"axis": 1, "size": 4}),
                  ((3,), np.array([1, 1, 0]), {"axis": 0, "size": 2}),
                      ((0, 2), np.zeros((0, 2), int), {"axis": 1, "size": 3}))),
        Row("take", tg.take, take,
            cases(((3, 4), i, {"axis": 0}), ((3, 4), np.array([[0, 1], [2, 2]]), {"axis": -1}),
                ((3, 4), np.array([11, 0])))),
    ]  # fmt: skip
