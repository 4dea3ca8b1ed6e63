"""Hypothesis strategies for shapes, broadcasting, tensors in every memory layout, and matrices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from math import ceil, floor, log2, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backend import as_dtype
from ..tensor import Tensor
from .layouts import LAYOUTS, in_layout

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["broadcastable_shapes", "groups", "layouts", "matrices", "shapes", "tensors"]


def hypothesis_modules() -> tuple[Any, Any]:
    """The modules of strategies: Hypothesis' own and those for NumPy."""
    try:
        from hypothesis import strategies
        from hypothesis.extra import numpy
    except ImportError as error:
        raise ImportError("the strategies need Hypothesis: pip install tinygrad_nn[test]") from error
    return strategies, numpy


def shapes(min_ndim: int = 0, max_ndim: int = 4, min_size: int = 0, max_size: int = 4) -> SearchStrategy[Any]:
    """Shapes of arrays, those without axes and those without elements included.

    Parameters
    ----------
    min_ndim, max_ndim : int
        How many axes.
    min_size, max_size : int
        The size of each.

    Returns
    -------
    strategy of tuple of int

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.shapes(max_ndim=3))
    ... def check(shape):
    ...     assert len(shape) <= 3
    >>> check()
    """
    _, numpy = hypothesis_modules()
    found: SearchStrategy[Any] = numpy.array_shapes(
        min_dims=min_ndim, max_dims=max_ndim, min_side=min_size, max_side=max_size
    )
    return found


def broadcastable_shapes(count: int, max_ndim: int = 3, min_size: int = 0, max_size: int = 3) -> SearchStrategy[Any]:
    """Groups of shapes that broadcast against each other.

    Parameters
    ----------
    count : int
        How many shapes.
    max_ndim : int
        The most axes one has.
    min_size, max_size : int
        The size of each axis; 1 is always among them.

    Returns
    -------
    strategy of tuple of shapes

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.broadcastable_shapes(2))
    ... def check(shapes):
    ...     np.broadcast_shapes(*shapes)
    >>> check()
    """
    _, numpy = hypothesis_modules()
    groups = numpy.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_ndim, min_side=min_size, max_side=max_size
    )
    found: SearchStrategy[Any] = groups.map(lambda group: group.input_shapes)
    return found


def layouts() -> SearchStrategy[str]:
    """Names of memory layouts, for `in_layout`.

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.layouts())
    ... def check(layout):
    ...     assert layout in testing.LAYOUTS
    >>> check()
    """
    strategies, _ = hypothesis_modules()
    found: SearchStrategy[str] = strategies.sampled_from(LAYOUTS)
    return found


def tensors(shape: Any = None, low: float = -2.0, high: float = 2.0, avoid: Sequence[float] = (),
            distance: float = 1e-2, dtype: Any = "float64", layout: Any = None,
            device: str = "cpu") -> SearchStrategy[Tensor]:  # fmt: skip
    """Floating tensors, at a distance from the points where a function has a kink.

    Parameters
    ----------
    shape : shape, strategy of shapes or None
        None for any that `shapes` gives.
    low, high : float
        The values are in the interval [low, high].
    avoid : sequence of float
        No value is nearer to one of these than `distance`.
    distance : float
        See `avoid`.
    dtype : dtype
        A floating one.
    layout : str, strategy of str or None
        A memory layout of `LAYOUTS`; None for any.
    device : str
        Where the tensors are.

    Returns
    -------
    strategy of Tensor

    Examples
    --------
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.tensors(shape=(2, 3), avoid=[0.0]))
    ... def check(x):
    ...     assert x.shape == (2, 3)
    ...     assert x.abs().min().item() >= 1e-2
    >>> check()
    """
    strategies, numpy = hypothesis_modules()
    dtype = as_dtype(dtype)
    shape = shapes() if shape is None else _drawn(strategies, shape)
    layout = layouts() if layout is None else _drawn(strategies, layout)
    width = 8 * dtype.itemsize
    bounds = [float(dtype.type(low)), float(dtype.type(high))]
    values = strategies.floats(*bounds, width=width, allow_subnormal=False).filter(
        lambda value: all(abs(value - point) >= distance for point in avoid)
    )
    found: SearchStrategy[Tensor] = strategies.builds(
        lambda array, name: in_layout(Tensor(array, device=device), name),
        numpy.arrays(dtype, shape, elements=values),
        layout,
    )
    return found


def groups(shapes: Any, low: float = -2.0, high: float = 2.0, avoid: Sequence[float] = (), distance: float = 1e-2,
           dtype: Any = "float64", layout: Any = None,
           device: str = "cpu") -> SearchStrategy[tuple[Tensor, ...]]:  # fmt: skip
    """Several floating tensors of which no two elements are equal, so that what sorts or compares them is smooth.

    Parameters
    ----------
    shapes : sequence of shapes, or strategy of them
        One for each tensor; `broadcastable_shapes` gives tensors that broadcast against each other.
    low, high, avoid, distance, dtype, layout, device
        As for `tensors`. The layout ``"broadcast"`` repeats elements. The values are few-digit binary fractions, which
        float16 holds exactly where there are not too many.

    Returns
    -------
    strategy of tuple of Tensor

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.groups(testing.broadcastable_shapes(2), avoid=[0.0]))
    ... def check(pair):
    ...     a, b = pair
    ...     assert ((a / b) * b - a).abs().sum().item() < 1e-12
    >>> check()
    """
    strategies, numpy = hypothesis_modules()
    dtype = as_dtype(dtype)
    layout = layouts() if layout is None else _drawn(strategies, layout)

    @cache  # for strategies take longer to make than to draw from
    def values(group: tuple[Any, ...]) -> Any:
        sizes = [prod(shape) for shape in group]
        step, numbers = _simple_numbers(float(low), float(high), tuple(map(float, avoid)), distance, sum(sizes))

        def split(drawn: Any, name: str) -> tuple[Tensor, ...]:
            flat = np.array(_made_distinct(drawn.tolist(), step, numbers), dtype)
            return tuple(
                in_layout(Tensor(flat[end - size : end].reshape(shape), device=device), name)
                for shape, size, end in zip(group, sizes, accumulate(sizes))
            )

        elements = strategies.floats(low, high)
        drawn = numpy.arrays(np.float64, sum(sizes), elements=elements, fill=strategies.nothing())
        return strategies.builds(split, drawn, layout)

    if isinstance(shapes, strategies.SearchStrategy):
        found: SearchStrategy[tuple[Tensor, ...]] = shapes.map(tuple).flatmap(values)
        return found
    found = values(tuple(map(tuple, shapes)))
    return found


@lru_cache
def _simple_numbers(low: float, high: float, avoid: tuple[float, ...], distance: float,
                    count: int) -> tuple[float, list[float]]:  # fmt: skip
    """A power of two, and at least `count` multiples of it in an interval, those of the fewest binary digits first."""
    finest = (high - low) / (64 * count + 1024)
    step = 2.0 ** floor(log2((high - low) / (2 * count + 64))) if high > low else 0.0
    while step > finest:
        found = [n * step for n in range(ceil(low / step), floor(high / step) + 1)]
        found = [x for x in found if all(abs(x - point) >= distance for point in avoid)]
        if len(found) > count:
            return step, sorted(found, key=lambda x: (_digits_after_the_point(x), abs(x), x < 0))
        step /= 2
    raise ValueError(f"groups: between {low} and {high}, {distance} from {avoid}, there are too few numbers")


def _made_distinct(drawn: list[float], step: float, numbers: list[float]) -> list[float]:
    """Each value, rounded, where that is among `numbers` and has not been there before; else another of them."""
    left = dict.fromkeys(numbers)
    found = []
    for x in drawn:
        rounded = round(x / step) * step
        found.append(rounded if rounded in left else next(iter(left)))
        del left[found[-1]]
    return found


def _digits_after_the_point(x: float) -> int:
    digits = 0
    while not x.is_integer():
        x, digits = 2 * x, digits + 1
    return digits


MATRICES = ("regular", "definite", "symmetric")


def matrices(shape: Any = None, kind: str = "regular", dtype: Any = "float64", layout: Any = None,
             device: str = "cpu") -> SearchStrategy[Tensor]:  # fmt: skip
    """Square matrices that are far from those on which linear algebra breaks down.

    Parameters
    ----------
    shape : shape, strategy of shapes or None
        The last two axes are those of the matrix, of one size; None for one matrix or a stack of a few, up to (3, 3).
    kind : str
        ``"regular"``: singular values in [1, 3]; ``"definite"``: symmetric with eigenvalues in [1, 3];
        ``"symmetric"``: symmetric with eigenvalues that are at least 1 apart.
    dtype, layout, device
        As for `tensors`; without the layout ``"broadcast"``, which would make them singular.

    Returns
    -------
    strategy of Tensor

    Raises
    ------
    ValueError
        There is no such kind, or a shape is not square.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from hypothesis import given
    >>> from tinygrad_nn import testing
    >>> @given(testing.matrices((3, 3), "definite"))
    ... def check(x):
    ...     assert tg.linalg.cholesky(x).shape == (3, 3)
    >>> check()
    """
    strategies, numpy = hypothesis_modules()
    if kind not in MATRICES:
        raise ValueError(f"matrices: there is no kind {kind!r}; known are {', '.join(MATRICES)}")
    if shape is None:
        shape = strategies.builds(
            lambda stack, n: (*stack, n, n), shapes(max_ndim=1, max_size=2), strategies.integers(1, 3)
        )
    names = strategies.sampled_from([name for name in LAYOUTS if name != "broadcast"])
    dtype = as_dtype(dtype)

    def made(x: Any, name: str) -> Tensor:
        if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
            raise ValueError(f"matrices: the shape {x.shape} is not that of square matrices")
        n = x.shape[-1]
        x = x / max(n, 1)  # its rows and columns sum to 1 at most, and so its norm is 1 at most
        if kind != "regular":
            x = (x + x.swapaxes(-1, -2)) / 2
        diagonal = 3.0 * np.arange(n) if kind == "symmetric" else np.full(n, 2.0)
        return in_layout(Tensor((x + np.diag(diagonal)).astype(dtype), device=device), name)

    elements = strategies.integers(-64, 64).map(lambda n: n / 64)
    found: SearchStrategy[Tensor] = strategies.builds(
        made,
        numpy.arrays(np.float64, _drawn(strategies, shape), elements=elements),
        names if layout is None else _drawn(strategies, layout),
    )
    return found


def _drawn(strategies: Any, value: Any) -> Any:
    """A strategy for what may be one or a fixed value."""
    return value if isinstance(value, strategies.SearchStrategy) else strategies.just(value)
