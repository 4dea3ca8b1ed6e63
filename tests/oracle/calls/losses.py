"""Loss functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn.nn.functional as F

__all__ = ["CALLS"]

SAME = (
    "binary_cross_entropy binary_cross_entropy_with_logits cosine_embedding_loss cross_entropy ctc_loss "
    "gaussian_nll_loss hinge_embedding_loss huber_loss kl_div l1_loss margin_ranking_loss mse_loss multi_margin_loss "
    "multilabel_margin_loss multilabel_soft_margin_loss nll_loss poisson_nll_loss smooth_l1_loss soft_margin_loss "
    "triplet_margin_loss"
).split()


def triplets_of_any_distance(*triplet: Any, distance_function: Any = None, **settings: Any) -> Any:
    """The samples' distance is a module of the same as is taken without one."""
    assert type(distance_function).__name__ in ("PairwiseDistance", "NoneType")
    return F.triplet_margin_with_distance_loss(*triplet, **settings)


CALLS: dict[str, Callable[..., Any]] = {
    **{f"nn.functional.{name}": getattr(F, name) for name in SAME},
    "nn.functional.triplet_margin_with_distance_loss": triplets_of_any_distance,
}
