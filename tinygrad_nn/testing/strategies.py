"""Hypothesis strategies for shapes, broadcasting and tensors in every memory layout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..backend import as_dtype
from ..tensor import Tensor
from .layouts import LAYOUTS, in_layout

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["broadcastable_shapes", "layouts", "shapes", "tensors"]


def _hypothesis() -> tuple[Any, Any]:
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
    _, numpy = _hypothesis()
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
    _, numpy = _hypothesis()
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
    strategies, _ = _hypothesis()
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
    strategies, numpy = _hypothesis()
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


def _drawn(strategies: Any, value: Any) -> Any:
    """A strategy for what may be one or a fixed value."""
    return value if hasattr(value, "example") else strategies.just(value)
