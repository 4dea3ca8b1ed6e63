"""Images and volumes, looked up at places between their elements: spatial transformers (Jaderberg et al. 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from ... import ops
from ...backend.dtypes import int64
from ...creation import arange
from ...ops.operands import as_tensor
from ...tensor import Tensor
from .sizes import check_floating

__all__ = ["affine_grid", "grid_sample"]

MODES = ("bilinear", "nearest", "bicubic")
PADDING_MODES = ("zeros", "border", "reflection")

Elements = list[tuple[Any, Any]]  # along one axis: the places of elements (whole numbers), and the weights they have


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool = False) -> Tensor:
    """The places that affine maps send the elements of an image or volume to: a grid for `grid_sample`.

    Parameters
    ----------
    theta : Tensor
        The maps, floating, of shape (N, 2, 3) for images and (N, 3, 4) for volumes.
    size : sequence of int
        The shape of what is to be sampled: (N, C, H, W) or (N, C, D, H, W).
    align_corners : bool
        Whether -1 and 1 are the middles of the first and last elements, or their outer edges.

    Returns
    -------
    Tensor
        Shape (N, H, W, 2) or (N, D, H, W, 3): for each element its place along the last axis first.

    Raises
    ------
    TypeError
        `theta` is not floating.
    ValueError
        The shapes do not fit each other.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> shift = tg.asarray([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]])
    >>> F.affine_grid(shift, (1, 1, 1, 2)).tolist()
    [[[[0.0, 0.0], [1.0, 0.0]]]]
    """
    theta, sizes = as_tensor("affine_grid", theta), tuple(size)
    check_floating("affine_grid", theta, "f")
    axes = len(sizes) - 2
    if axes not in (2, 3) or theta.shape != (sizes[0], axes, axes + 1) or min(sizes) < 1:
        raise ValueError(
            f"affine_grid: theta has shape {theta.shape}, size is {sizes}; wanted are (N, 2, 3) with (N, C, H, W), or "
            "(N, 3, 4) with (N, C, D, H, W)"
        )
    along = []
    for n in sizes[2:]:
        place = (2 * arange(n, dtype=theta.dtype, device=theta.device) + 1) / n - 1
        along.append(place * (n / max(n - 1, 1)) if align_corners else place)
    places = [ops.flatten(x) for x in reversed(ops.meshgrid(*along, indexing="ij"))]
    points = ops.stack([*places, ops.ones_like(places[0])], axis=1)  # (elements, axes + 1)
    grid: Tensor = ops.reshape(ops.matmul(points, theta.mT), (sizes[0], *sizes[2:], axes))
    return grid


def grid_sample(input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros",
                align_corners: bool = False) -> Tensor:  # fmt: skip
    """Look up images or volumes at the places of a grid.

    Parameters
    ----------
    input : Tensor
        Floating, of shape (N, C, H, W) or (N, C, D, H, W).
    grid : Tensor
        Places, of shape (N, H', W', 2) or (N, D', H', W', 3), with that along the last axis of `input` first: from -1,
        where an axis begins, to 1, where it ends. Gradients reach it, too (of the mode nearest there are none).
    mode : str
        ``"bilinear"``: between the elements around a place (the two along each axis, of volumes too);
        ``"nearest"``: the nearest one; ``"bicubic"`` (of images): on curves through four along each axis (Keys 1981).
    padding_mode : str
        What lies beyond: ``"zeros"``; ``"border"``: what the nearest border has; ``"reflection"``: the mirror image.
    align_corners : bool
        Whether -1 and 1 are the middles of the first and last elements, or their outer edges.

    Returns
    -------
    Tensor
        Shape (N, C, H', W') or (N, C, D', H', W').

    Raises
    ------
    TypeError
        `input` or `grid` is not floating, or their dtypes differ.
    ValueError
        The shapes do not fit each other, or there is no such mode.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x = tg.asarray([[[[1.0, 3.0]]]])
    >>> F.grid_sample(x, tg.asarray([[[[0.0, 0.0], [0.5, 0.0]]]])).tolist()
    [[[[2.0, 3.0]]]]
    """
    x, grid = as_tensor("grid_sample", input), as_tensor("grid_sample", grid)
    check_floating("grid_sample", x, "f")
    axes, sizes = x.ndim - 2, x.shape[2:]
    _check(x, grid, mode, padding_mode)
    at = ops.reshape(grid, (grid.shape[0], -1, axes))  # (N, places, axes)
    found: list[Elements] = []
    for axis, size in enumerate(sizes):
        unit = at[..., axes - 1 - axis]
        place = (unit + 1) / 2 * (size - 1) if align_corners else ((unit + 1) * size - 1) / 2
        along = _elements(place, size, mode, padding_mode, align_corners)
        if padding_mode == "zeros":
            along = [(e, ops.where((e >= 0) & (e <= size - 1), w, 0)) for e, w in along]
        found.append([(ops.astype(ops.where(e > 0, ops.minimum(e, size - 1), 0), int64), w) for e, w in along])

    # The channels of an element lie together: it is a row of a table, (N * elements, C).
    table = ops.reshape(ops.moveaxis(x, 1, -1), (-1, x.shape[1]))
    first = ops.reshape(arange(x.shape[0], device=x.device) * prod(sizes), (-1, 1))  # of each sample, its first row
    total = None
    for corner in product(*found):
        row, weight = 0, 1
        for size, (element, part) in zip(sizes, corner):
            row, weight = row * size + element, weight * part
        share = ops.getitem(table, first + row) * ops.expand_dims(weight, -1)  # (N, places, C)
        total = share if total is None else total + share
    y: Tensor = ops.reshape(ops.permute_dims(total, (0, 2, 1)), (*x.shape[:2], *grid.shape[1:-1]))
    return y


def _check(x: Any, grid: Any, mode: str, padding_mode: str) -> None:
    axes = x.ndim - 2
    if mode not in MODES:
        raise ValueError(f"grid_sample: mode={mode!r}; wanted is one of {', '.join(MODES)}")
    if padding_mode not in PADDING_MODES:
        raise ValueError(f"grid_sample: padding_mode={padding_mode!r}; wanted is one of {', '.join(PADDING_MODES)}")
    fits = grid.ndim == x.ndim and grid.shape[0] == x.shape[0] and grid.shape[-1] == axes
    if axes not in ((2,) if mode == "bicubic" else (2, 3)) or not fits or 0 in x.shape[2:]:
        volumes = "" if mode == "bicubic" else ", or (N, C, D, H, W) and (N, D', H', W', 3)"
        raise ValueError(
            f"grid_sample: input has shape {x.shape}, grid {grid.shape}; wanted for mode={mode!r} are (N, C, H, W) and "
            f"(N, H', W', 2){volumes}"
        )
    if grid.dtype != x.dtype:
        raise TypeError(f"grid_sample: input is {x.dtype}, grid {grid.dtype}; use grid.astype(tg.{x.dtype})")


def _elements(place: Any, size: int, mode: str, padding_mode: str, corners: bool) -> Elements:
    """The elements that count for places along an axis."""
    if mode == "bicubic":
        below = ops.floor(place)
        part = place - below
        weights = [_cubic_far(part + 1), _cubic_near(part), _cubic_near(1 - part), _cubic_far(2 - part)]
        return [(_inside(below + k, size, padding_mode, corners), w) for k, w in zip((-1, 0, 1, 2), weights)]
    place = _inside(place, size, padding_mode, corners)
    if mode == "nearest":
        return [(ops.round(place), ops.ones_like(place))]
    below = ops.floor(place)
    part = place - below
    return [(below, 1 - part), (below + 1, part)]


def _inside(place: Any, size: int, padding_mode: str, corners: bool) -> Any:
    """Places brought to where there are elements. At an end of an axis there is no slope, as in PyTorch."""
    if padding_mode == "zeros":
        return place
    if padding_mode == "reflection":
        low, span = (0.0, size - 1) if corners else (-0.5, size)
        if not span:  # a single element, which all places are reflected to
            return ops.zeros_like(place)
        beyond = (place - low) * ops.where(place < low, -1.0, 1.0)
        times = ops.floor(beyond / span)
        rest = beyond - times * span
        place = ops.where(ops.remainder(times, 2) == 0, rest, span - rest) + low
    return ops.where(place > 0, ops.where(place < size - 1, place, size - 1), 0)


def _cubic_near(x: Any) -> Any:
    """The weight of an element at a distance of at most 1; the slope at 1 is -0.75."""
    return (1.25 * x - 2.25) * x * x + 1


def _cubic_far(x: Any) -> Any:
    """The weight of an element at a distance from 1 to 2."""
    return -0.75 * (((x - 5) * x + 8) * x - 4)
