"""The table of operations: a row says how to call one, where it is smooth, and what it means in NumPy.

The tests take their cases from here, and one of them fails when an exported operation has no row.
"""

from __future__ import annotations

from . import (
    activation,
    affine,
    arithmetic,
    arrange,
    attention,
    choose,
    compare,
    contraction,
    convolutions,
    ctc,
    cumulative,
    decompositions,
    eigen,
    embedding,
    exponential,
    fourier,
    grids,
    index,
    join,
    like,
    linalg,
    loss,
    matrix_products,
    missing,
    normalization,
    norms,
    pooling,
    quantiles,
    recurrences,
    reduce,
    rounding,
    searching,
    sets,
    shape,
    singular,
    solving,
    sorting,
    special,
    statistics,
    trigonometric,
)
from .row import Case, Row, distinct

__all__ = ["ROWS", "TECHNICAL", "Case", "Row", "distinct"]

# Exported for the engine or as types, with no values of their own to test.
TECHNICAL = frozenset(("TopK", "UniqueAll", "UniqueCounts", "UniqueInverse", "broadcast_shapes", "empty_like"))

FAMILIES = (
    activation, affine, arithmetic, arrange, attention, choose, compare, contraction, convolutions, ctc, cumulative,
    decompositions, eigen, embedding, exponential, fourier, grids, index, join, like, linalg, loss, matrix_products,
    missing, normalization, norms, pooling, quantiles, recurrences, reduce, rounding, searching, sets, shape, singular,
    solving, sorting, special, statistics, trigonometric,
)  # fmt: skip

ROWS = [row for family in FAMILIES for row in family.rows()]
