"""How to call ours: for a name of PyTorch's operator database (a colon, then its variant), a function of its sample.

It takes what the sample gives to PyTorch, positions and keywords as they are, with tensors of ours in them. An argument
that is not among its parameters fails the test, unless its samples are excluded, for a reason.
"""

from __future__ import annotations

from . import (
    activations,
    creation,
    elementwise,
    fourier,
    indexing,
    linalg,
    losses,
    normalization,
    products,
    reductions,
    shapes,
)

__all__ = ["CALLS"]

CALLS = {
    **elementwise.CALLS,
    **reductions.CALLS,
    **shapes.CALLS,
    **indexing.CALLS,
    **products.CALLS,
    **linalg.CALLS,
    **fourier.CALLS,
    **activations.CALLS,
    **losses.CALLS,
    **normalization.CALLS,
    **creation.CALLS,
}
