"""Checks for gradients, and Hypothesis strategies to test operations with; for users' own operations as well."""

from .check_op import Report, check_op
from .gradcheck import gradcheck, gradgradcheck
from .layouts import LAYOUTS, in_layout
from .strategies import broadcastable_shapes, groups, layouts, matrices, shapes, tensors

__all__ = [
    "LAYOUTS", "Report", "broadcastable_shapes", "check_op", "gradcheck", "gradgradcheck", "groups", "in_layout",
    "layouts", "matrices", "shapes", "tensors",
]  # fmt: skip
