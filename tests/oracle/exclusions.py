"""Which samples of PyTorch's operator database are not ours to follow, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["EXCLUSIONS", "FIRST_ORDER", "MOSTLY_EXCLUDED", "Exclusion", "exclusion_of"]


@dataclass(frozen=True)
class Exclusion:
    """Samples of some operators that are left out: those that `covers` tells by the input, positions and keywords."""

    reason: str
    names: tuple[str, ...]
    covers: Callable[[Any, tuple[Any, ...], dict[str, Any]], bool]


def exclusion_of(name: str, sample: Any) -> Exclusion | None:
    """The exclusion that leaves out a sample, if one does."""
    for exclusion in EXCLUSIONS:
        if name in exclusion.names and exclusion.covers(sample.input, sample.args, sample.kwargs):
            return exclusion
    return None


def names_an_axis(x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    first = args[0] if args and isinstance(args[0], (int, tuple)) else None
    return x.ndim == 0 and kwargs.get("dim", first) not in (None, ())


def squeezes_a_longer_axis(x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    axes = args[0] if args and isinstance(args[0], tuple) else args
    return x.ndim > 0 and any(x.shape[axis] != 1 for axis in axes)


def leaves_elements_to_chance(x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return kwargs.get("training", True) and 0 < kwargs.get("p", 0.5) < 1


EXCLUSIONS = (
    Exclusion(
        "PyTorch takes axis 0 and -1 of a tensor without axes; to NumPy, the Array API and us there is no such axis",
        ("all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum",
         "linalg.vector_norm", "log_softmax", "log_softmax:with_dtype", "logsumexp", "max:reduction_with_dim", "mean",
         "min:reduction_with_dim", "nanmean", "nansum", "nn.functional.cosine_similarity", "nn.functional.normalize",
         "nn.functional.softmin", "nn.functional.softmin:with_dtype", "prod", "quantile", "softmax",
         "softmax:with_dtype", "squeeze", "squeeze:multiple", "squeeze_copy", "sum", "transpose", "transpose_copy"),
        names_an_axis,
    ),
    Exclusion(
        "the same, where PyTorch's function always works along an axis",
        ("argsort", "gather", "index_add", "index_copy", "index_fill", "index_select", "scatter_add", "sort", "topk"),
        lambda x, args, kwargs: x.ndim == 0,
    ),
    Exclusion(
        "the same, where the axis comes after the order of the norm",
        ("norm",),
        lambda x, args, kwargs: x.ndim == 0 and len(args) > 1,
    ),
    Exclusion(
        "softmax along an axis without elements is refused: there is nothing that could add up to 1",
        ("log_softmax", "log_softmax:with_dtype", "nn.functional.softmin", "nn.functional.softmin:with_dtype",
         "softmax", "softmax:with_dtype"),
        lambda x, args, kwargs: x.ndim > 0 and x.shape[args[0]] == 0,
    ),
    Exclusion(
        "squeeze of an axis that is longer than one is refused, by the Array API; PyTorch leaves it",
        ("squeeze", "squeeze:multiple", "squeeze_copy"),
        squeezes_a_longer_axis,
    ),
    Exclusion(
        "negative padding, which crops, is a slice to us",
        ("constant_pad_nd", "nn.functional.pad:constant"),
        lambda x, args, kwargs: min(args[0]) < 0,
    ),
    Exclusion(
        "PyTorch joins an empty one-dimensional tensor to anything",
        ("cat",),
        lambda xs, args, kwargs: len({x.ndim for x in xs}) > 1,
    ),
    Exclusion(
        "an index with more axes than the tensor, which PyTorch takes where it is empty",
        ("gather",),
        lambda x, args, kwargs: args[1].ndim > x.ndim,
    ),
    Exclusion(
        "a place that is written twice has no gradient that is right, which assign_at says of itself",
        ("index_fill",),
        lambda x, args, kwargs: len(set(args[1].tolist())) < args[1].numel() and not isinstance(args[2], float),
    ),
    Exclusion(
        "tensordot pairs axes of one size only; PyTorch repeats those of size one",
        ("tensordot",),
        lambda x, args, kwargs: x.shape == (1, 1, 1),
    ),
    Exclusion(
        "differences of order 0 are the tensor itself, as in NumPy; PyTorch joins what comes before and after it",
        ("diff",),
        lambda x, args, kwargs: args[0] == 0 and args[2:] != (None, None),
    ),
    Exclusion(
        "a tensor without axes has no places where it is not zero, as in the Array API",
        ("nonzero",),
        lambda x, args, kwargs: x.ndim == 0,
    ),
    Exclusion(
        "one axis less than the matrices is a stack of vectors to PyTorch; to NumPy and us a vector has just one",
        ("linalg.solve",),
        lambda x, args, kwargs: args[0].ndim == x.ndim - 1 > 1,
    ),
    Exclusion(
        "PyTorch's second derivative of the norm of nothing is NaN",
        ("linalg.norm",),
        lambda x, args, kwargs: x.numel() == 0 and args == (3.5,),
    ),
    Exclusion(
        "the tolerance of the rank is relative, in the Array API",
        ("linalg.matrix_rank",),
        lambda x, args, kwargs: kwargs.get("atol") is not None,
    ),
    Exclusion(
        "logit does not clip",
        ("logit",),
        lambda x, args, kwargs: bool(args),
    ),
    Exclusion(
        "hardtanh with an empty interval is refused",
        ("nn.functional.hardtanh",),
        lambda x, args, kwargs: kwargs.get("min_val") == kwargs.get("max_val") == 0,
    ),
    Exclusion(
        "a number without axes is no score of classes",
        ("nn.functional.multi_margin_loss", "nn.functional.multilabel_margin_loss"),
        lambda x, args, kwargs: x.ndim == 0,
    ),
    Exclusion(
        "the class of a single sample has no axes; PyTorch takes one, too",
        ("nn.functional.multi_margin_loss",),
        lambda x, args, kwargs: x.ndim == args[0].ndim == 1,
    ),
    Exclusion(
        "an input with a single axis has no channels",
        ("nn.functional.batch_norm",),
        lambda x, args, kwargs: x.ndim == 1,
    ),
    Exclusion(
        "random numbers differ",
        ("nn.functional.dropout",),
        leaves_elements_to_chance,
    ),
)  # fmt: skip

# Where less than half of the samples are left.
MOSTLY_EXCLUDED: dict[str, str] = {}

# No second order is compared for these.
FIRST_ORDER: dict[str, str] = {
    "nn.functional.ctc_loss": "PyTorch has no second derivative of it",
    "linalg.norm:subgradients_at_zero": "at zero a norm has no second derivative: PyTorch's are NaN, ours of parts 0",
} | dict.fromkeys(
    ("ceil", "div:floor_rounding", "div:trunc_rounding", "fill", "floor", "round", "sgn", "sign", "trunc", "zero_"),
    "piecewise constant: PyTorch's gradient is zeros without a graph",
)
