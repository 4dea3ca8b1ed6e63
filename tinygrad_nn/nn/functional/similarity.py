"""Losses of how far embeddings are from each other: alike should be close, others apart by a margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import ops
from ...tensor import Tensor
from .distance import pairwise_distance
from .reduction import check_reduction, check_tensors, labels_like, reduced

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "triplet_margin_loss", "triplet_margin_with_distance_loss",
]  # fmt: skip


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """Distances of what is alike, and how much those of the others are less than a margin.

    `input` where the target is 1, ``max(0, margin - input)`` where it is -1.

    Parameters
    ----------
    input : Tensor
        Distances, of any shape.
    target : Tensor
        Of the shape of `input`: 1 or -1.
    margin : float
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `input`.

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.hinge_embedding_loss(tg.asarray([0.25, 0.25]), tg.asarray([1, -1]), reduction="none")
    Tensor([0.25, 0.75], dtype=float32)
    """
    check_reduction("hinge_embedding_loss", reduction)
    target = labels_like("hinge_embedding_loss", input, target)
    alike = ops.where(ops.equal(target, -1), 0, input)
    others = ops.where(ops.equal(target, 1), 0, ops.clip(margin - input, 0))
    return reduced(alike + others, reduction)


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0,
                          reduction: str = "mean") -> Tensor:  # fmt: skip
    """One less the cosine of the angle between what is alike, and how much that between others is above a margin.

    ``1 - cos(input1, input2)`` where the target is 1, ``max(0, cos(input1, input2) - margin)`` where it is -1.

    Parameters
    ----------
    input1, input2 : Tensor
        Embeddings, both of shape (N, d) or (d,).
    target : Tensor
        Of shape (N,) or (): 1 or -1.
    margin : float
        From -1 to 1.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of `target`.

    Raises
    ------
    ValueError
        The shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> x, y = tg.asarray([[1.0, 0.0], [1.0, 0.0]]), tg.asarray([[0.0, 2.0], [3.0, 0.0]])
    >>> F.cosine_embedding_loss(x, y, tg.asarray([1, -1]), reduction="none")
    Tensor([1., 1.], dtype=float32)
    """
    check_reduction("cosine_embedding_loss", reduction)
    check_tensors("cosine_embedding_loss", input1, input2)
    if input1.shape != input2.shape or input1.ndim not in (1, 2):
        raise ValueError(
            f"cosine_embedding_loss: the inputs have shapes {input1.shape} and {input2.shape}; wanted is one, (N, d) "
            "or (d,)"
        )
    target = labels_like("cosine_embedding_loss", input1, target, input1.shape[:-1])
    eps = 1e-12  # keeps the slope finite where a vector is zero
    squares = (ops.sum(input1 * input1, axis=-1) + eps) * (ops.sum(input2 * input2, axis=-1) + eps)
    cosines = ops.sum(input1 * input2, axis=-1) / ops.sqrt(squares)
    return reduced(ops.where(ops.equal(target, 1), 1 - cosines, ops.clip(cosines - margin, 0)), reduction)


def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0,
                        eps: float = 1e-6, swap: bool = False, reduction: str = "mean") -> Tensor:  # fmt: skip
    """How far an anchor is from being closer to what is like it than to what is not, by a margin.

    ``max(0, margin + d(anchor, positive) - d(anchor, negative))`` where `d` is `pairwise_distance` (Balntas et al.
    2016).

    Parameters
    ----------
    anchor, positive, negative : Tensor
        Embeddings of shape (..., d), which broadcast against each other.
    margin : float
        Positive.
    p : float
        Which norm the distance is: see `linalg.vector_norm`.
    eps : float
        Keeps the gradient finite where embeddings are equal.
    swap : bool
        Take the distance of `negative` from `positive` where that is less than from `anchor`.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of shape (...).

    Raises
    ------
    ValueError
        The margin is not positive, the shapes do not fit, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> anchor, positive, negative = (tg.asarray([[x, 0.0]]) for x in (0.0, 1.0, 1.5))
    >>> round(F.triplet_margin_loss(anchor, positive, negative).item(), 4)
    0.5
    """
    name = "triplet_margin_loss"
    _check_embeddings(name, anchor, positive, negative)
    return _triplet(
        name, anchor, positive, negative, margin, swap, reduction, lambda a, b: pairwise_distance(a, b, p, eps)
    )


def triplet_margin_with_distance_loss(
    anchor: Any, positive: Any, negative: Any, *, distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0, swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with a distance of your own.

    Parameters
    ----------
    anchor, positive, negative : Tensor
        What the distance takes.
    distance_function : callable or None
        Of two of them, larger for what is less alike; None is `pairwise_distance`.
    margin : float
        Positive.
    swap : bool
        Take the distance of `negative` from `positive` where that is less than from `anchor`.
    reduction : str
        ``"mean"`` over all losses, ``"sum"``, or ``"none"``.

    Returns
    -------
    Tensor
        Without axes, or for ``"none"`` of the shape of the distances.

    Raises
    ------
    ValueError
        The margin is not positive, or the reduction is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> anchor, positive, negative = tg.asarray([0.0]), tg.asarray([1.0]), tg.asarray([1.5])
    >>> F.triplet_margin_with_distance_loss(
    ...     anchor, positive, negative, distance_function=lambda a, b: abs(a - b)
    ... ).item()
    0.5
    """
    name = "triplet_margin_with_distance_loss"
    if distance_function is None:
        _check_embeddings(name, anchor, positive, negative)
    return _triplet(name, anchor, positive, negative, margin, swap, reduction, distance_function or pairwise_distance)


def _check_embeddings(name: str, *embeddings: Any) -> None:
    shapes = [getattr(x, "shape", ()) for x in embeddings]
    try:
        ops.broadcast_shapes(*shapes)
    except ValueError as error:
        raise ValueError(
            f"{name}: the anchor has shape {shapes[0]}, the positive {shapes[1]}, the negative {shapes[2]}; they must "
            "broadcast against each other"
        ) from error


def _triplet(name: str, anchor: Any, positive: Any, negative: Any, margin: float, swap: bool, reduction: str,
             distance: Callable[[Any, Any], Any]) -> Tensor:  # fmt: skip
    check_reduction(name, reduction)
    check_tensors(name, anchor, positive)
    check_tensors(name, anchor, negative)
    if margin <= 0:
        raise ValueError(f"{name}: margin={margin} must be positive")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    return reduced(ops.clip(margin + near - far, 0), reduction)
