"""Rows of a table by their indices, with the two departures from the plain gradient that embeddings are used with."""

from __future__ import annotations

from typing import Any

from ..autograd.op import op, vjp

__all__ = ["embedding"]


def _share(xp: Any, g: Any, indices: Any, rows: int, padding_idx: int | None, by_frequency: bool) -> Any:
    """What of `g`, of shape (*indices.shape, D), counts: nothing of the padding, less of what occurs often."""
    if by_frequency:
        counts = xp.scatter_add(xp.ones_like(indices, dtype=g.dtype), indices, (rows,))
        g = g / xp.expand_dims(xp.getitem(counts, indices), axis=-1)
    if padding_idx is not None:
        g = xp.where(xp.expand_dims(indices == padding_idx, axis=-1), 0, g)
    return g


def _embedding_vjp(xp: Any, g: Any, y: Any, weight: Any, indices: Any, padding_idx: int | None = None,
                   by_frequency: bool = False) -> Any:  # fmt: skip
    g = _share(xp, g, indices, weight.shape[0], padding_idx, by_frequency)
    return xp.scatter_add(g, indices, weight.shape)


def _embedding_jvp(xp: Any, tangents: Any, y: Any, weight: Any, indices: Any, padding_idx: int | None = None,
                   by_frequency: bool = False) -> Any:  # fmt: skip
    rows = xp.getitem(tangents[0], indices)
    return _share(xp, rows, indices, weight.shape[0], padding_idx, by_frequency)


def _embedding_batch(xp: Any, batched: Any, weight: Any, indices: Any, **attributes: Any) -> Any:
    if batched[0]:  # a table for each sample
        return NotImplemented
    return embedding(weight, indices, **attributes)


@op(vjp(_embedding_vjp, reads="indices"), jvp=_embedding_jvp, batch=_embedding_batch)
def embedding(xp: Any, weight: Any, indices: Any, *, padding_idx: int | None = None, by_frequency: bool = False) -> Any:
    """The rows ``weight[indices]``.

    Parameters
    ----------
    weight : Tensor
        Shape (N, D).
    indices : Tensor of int
        Any shape.
    padding_idx : int or None
        A row that gets no gradient.
    by_frequency : bool
        Whether the gradient of each row is divided by how often it was chosen.

    Returns
    -------
    Tensor
        Shape (\\*indices.shape, D).

    Raises
    ------
    IndexError
        An index is out of bounds.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.ops.embedding import embedding
    >>> embedding(tg.asarray([[1.0, 2.0], [3.0, 4.0]]), tg.asarray([1, 0, 1]), padding_idx=0)
    Tensor([[3., 4.],
            [1., 2.],
            [3., 4.]], dtype=float32)
    """
    return xp.getitem(weight, indices)
