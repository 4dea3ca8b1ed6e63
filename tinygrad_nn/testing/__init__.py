"""Checks for gradients, and Hypothesis strategies to test operations with; for users' own operations as well."""

from .gradcheck import gradcheck, gradgradcheck
from .layouts import LAYOUTS, in_layout
from .strategies import broadcastable_shapes, layouts, shapes, tensors

__all__ = [
    "LAYOUTS", "broadcastable_shapes", "gradcheck", "gradgradcheck", "in_layout", "layouts", "shapes", "tensors",
]  # fmt: skip
