"""Vectors looked up by integers."""

from __future__ import annotations

from typing import Any

from ... import backend, ops
from ...autograd.modes import current_mode, no_grad
from ...ops.embedding import embedding as chosen_rows
from ...ops.norms import vector_norm
from ...ops.operands import as_tensor
from ...tensor import Tensor

__all__ = ["check_table", "embedding", "row_of_padding"]


def embedding(input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False) -> Tensor:  # fmt: skip
    """Look up rows of a table: ``weight[input]``.

    Parameters
    ----------
    input : Tensor of int
        Indices from 0 to N - 1, of any shape.
    weight : Tensor
        The table, of shape (N, D).
    padding_idx : int or None
        A row that stands for nothing: it gets no gradient. A negative one is counted from the end.
    max_norm : float or None
        Rows that are looked up and have a greater norm are first scaled down to it, in place.
    norm_type : float
        Which norm: the p of the p-norm.
    scale_grad_by_freq : bool
        Divide the gradient of each row by how often it is looked up.

    Returns
    -------
    Tensor
        Shape (..., D).

    Raises
    ------
    IndexError
        An index is not from 0 to N - 1.
    TypeError
        The indices are no integers.
    ValueError
        The table has not two axes, or no row `padding_idx`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> import tinygrad_nn.nn.functional as F
    >>> F.embedding(tg.asarray([2, 0]), tg.asarray([[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]))
    Tensor([[2. , 2.5],
            [0. , 0.5]], dtype=float32)
    """
    input, weight = as_tensor("embedding", input), as_tensor("embedding", weight)
    check_table("embedding", input, weight)
    padding_idx = row_of_padding("embedding", weight.shape[0], padding_idx)
    if max_norm is not None:
        _limit_norms(weight, input, max_norm, norm_type)
    rows: Tensor
    if padding_idx is None and not scale_grad_by_freq:
        rows = ops.getitem(weight, input)
    else:
        rows = chosen_rows(weight, input, padding_idx=padding_idx, by_frequency=scale_grad_by_freq)
    return rows


def check_table(name: str, input: Any, weight: Any) -> None:
    """Refuse indices that are no integers or name no row."""
    if input.dtype.kind not in "iu":
        raise TypeError(f"{name}: the indices are {input.dtype}; wanted are integers: use input.astype(tg.int64)")
    if weight.ndim != 2:
        raise ValueError(f"{name}: weight has shape {weight.shape}, wanted (rows, columns)")
    rows = weight.shape[0]
    error = IndexError(f"{name}: input has indices that are not from 0 to {rows - 1}, for weight of {weight.shape}")
    recorder = current_mode().recorder
    if recorder is not None:  # a program asks for values when it is run
        recorder.check(input, 0, rows - 1, None, error)
    elif not backend.all_within(input.array, 0, rows - 1):
        raise error


def row_of_padding(name: str, rows: int, padding_idx: int | None) -> int | None:
    """The row, counted from the start."""
    if padding_idx is None:
        return None
    if not -rows <= padding_idx < rows:
        raise ValueError(f"{name}: padding_idx={padding_idx} is no row of a table that has {rows}")
    return padding_idx % rows


def _limit_norms(weight: Any, input: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows in use down to the greatest norm allowed."""
    with no_grad():
        rows = ops.getitem(weight, input)
        norms = vector_norm(rows, axis=-1, keepdims=True, ord=norm_type)
        weight[input] = rows * ops.where(norms > max_norm, max_norm / (norms + 1e-7), 1)
