"""Which different elements there are; equal ones are found next to each other, by sorting. No NaN equals another."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autograd.variable import Variable
from ..backend.dtypes import result_type
from .compare import equal, logical_and, logical_not, not_equal
from .cumulative import cumulative_sum, diff
from .index import getitem, scatter_add, take
from .join import concat
from .like import astype, ones_like, zeros_like
from .operands import as_tensor
from .searching import nonzero, searchsorted
from .shape import reshape
from .sorting import argsort, sort

__all__ = [
    "UniqueAll", "UniqueCounts", "UniqueInverse", "isin", "unique_all", "unique_counts", "unique_inverse",
    "unique_values",
]  # fmt: skip


class UniqueAll(NamedTuple):
    """The different elements and where they are; what `unique_all` returns.

    Attributes
    ----------
    values : Tensor
        The different elements, in ascending order.
    indices : Tensor of int64
        Where each of them first is in the flattened tensor.
    inverse_indices : Tensor of int64
        For each element of the tensor, in its shape, which of `values` it is.
    counts : Tensor of int64
        How often each of them is there.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.unique_all(tg.asarray([2, 1, 2])).indices
    Tensor([1, 0], dtype=int64)
    """

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The different elements and how often they are there; what `unique_counts` returns.

    Attributes
    ----------
    values : Tensor
        The different elements, in ascending order.
    counts : Tensor of int64
        How often each of them is there.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.unique_counts(tg.asarray([2, 1, 2])).counts
    Tensor([1, 2], dtype=int64)
    """

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The different elements and which of them each element is; what `unique_inverse` returns.

    Attributes
    ----------
    values : Tensor
        The different elements, in ascending order.
    inverse_indices : Tensor of int64
        For each element of the tensor, in its shape, which of `values` it is.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.unique_inverse(tg.asarray([2, 1, 2])).inverse_indices
    Tensor([1, 0, 1], dtype=int64)
    """

    values: Any
    inverse_indices: Any


def _runs(name: str, x: Any) -> tuple[Any, Any, Any]:
    """A tensor flattened, the order that sorts it, and whether each place in that order begins a run of equal ones."""
    flat = reshape(as_tensor(name, x), (-1,))
    order = argsort(flat)
    ordered = take(flat, order)
    first = equal(ones_like(order[:1]), 1)  # [True], and nothing where there is nothing
    return flat, order, concat([first, not_equal(ordered[1:], ordered[:-1])])


def unique_all(x: Any) -> UniqueAll:
    """The different elements, where each first is, which of them each element is, and how often each is there.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    UniqueAll
        `values` (gradients flow to the first of equal elements), `indices`, `inverse_indices` and `counts`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> values, indices, inverse_indices, counts = tg.unique_all(tg.asarray([3, 1, 3]))
    >>> values, indices
    (Tensor([1, 3], dtype=int64), Tensor([1, 0], dtype=int64))
    >>> inverse_indices, counts
    (Tensor([1, 0, 1], dtype=int64), Tensor([1, 2], dtype=int64))
    """
    flat, order, begins = _runs("unique_all", x)
    indices = getitem(order, begins)
    inverse = scatter_add(cumulative_sum(astype(begins, order.dtype), axis=0) - 1, order, order.shape)
    starts = concat([nonzero(begins)[0], zeros_like(indices[:1]) + order.size])
    return UniqueAll(take(flat, indices), indices, reshape(inverse, as_tensor("unique_all", x).shape), diff(starts))


def unique_counts(x: Any) -> UniqueCounts:
    """The different elements, and how often each is there.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    UniqueCounts
        `values` and `counts`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> values, counts = tg.unique_counts(tg.asarray([3, 1, 3]))
    >>> values, counts
    (Tensor([1, 3], dtype=int64), Tensor([1, 2], dtype=int64))
    """
    found = unique_all(x)
    return UniqueCounts(found.values, found.counts)


def unique_inverse(x: Any) -> UniqueInverse:
    """The different elements, and which of them each element is.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    UniqueInverse
        `values` and `inverse_indices`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> values, inverse_indices = tg.unique_inverse(tg.asarray([3, 1, 3]))
    >>> values[inverse_indices]
    Tensor([3, 1, 3], dtype=int64)
    """
    found = unique_all(x)
    return UniqueInverse(found.values, found.inverse_indices)


def unique_values(x: Any) -> Any:
    """The different elements, in ascending order; gradients flow to the first of equal ones.

    Parameters
    ----------
    x : Tensor
        Any shape.

    Returns
    -------
    Tensor
        One axis.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.unique_values(tg.asarray([[3, 1], [1, 3]]))
    Tensor([1, 3], dtype=int64)
    """
    flat, order, begins = _runs("unique_values", x)
    return take(flat, getitem(order, begins))


def isin(x1: Any, x2: Any, invert: bool = False) -> Any:
    """Whether each element of one tensor is somewhere in another.

    Parameters
    ----------
    x1 : Tensor or scalar
        What is looked for.
    x2 : Tensor or scalar
        Where, in any shape.
    invert : bool
        Ask whether it is not there.

    Returns
    -------
    Tensor of bool
        Of the shape of `x1`, without a gradient.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.isin(tg.asarray([1, 2, 3]), tg.asarray([3, 1]))
    Tensor([ True, False,  True], dtype=bool)
    """
    common = result_type(*(x.dtype if isinstance(x, Variable) else x for x in (x1, x2)))
    x1, x2 = (astype(as_tensor("isin", x), common, copy=False) for x in (x1, x2))
    if not x2.size:
        found = not_equal(zeros_like(x1), 0)
    else:
        ordered = sort(reshape(x2, (-1,)))
        places = searchsorted(ordered, reshape(x1, (-1,)))
        there = places < ordered.size
        found = reshape(logical_and(there, equal(take(ordered, places * there), reshape(x1, (-1,)))), x1.shape)
    return logical_not(found) if invert else found
