"""Reductions, running sums and products, sorting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tinygrad_nn as tg

__all__ = ["CALLS"]


SAME = "all any argmax argmin logsumexp mean nanmean nansum prod sum".split()


def reduction(ours: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction whose arguments differ from ours in their names only; `dtype` is a cast before it."""

    def call(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        return ours(x if dtype is None else x.astype(dtype), axis=dim, keepdims=keepdim)

    return call


def spread(ours: Callable[..., Any]) -> Callable[..., Any]:
    """A variance, whose divisor PyTorch corrects by one unless it is told otherwise."""

    def call(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, correction: Any = None) -> Any:
        if isinstance(dim, bool):  # the variants that are called unbiased take it first
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None else int(unbiased)
        return ours(x, axis=dim, correction=correction, keepdims=keepdim)

    return call


def with_mean(ours: Callable[..., Any]) -> Callable[..., Any]:
    """A variance and the mean."""

    def call(x: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, correction: Any = None) -> Any:
        mean = tg.mean(x, axis=None if isinstance(dim, bool) else dim, keepdims=keepdim)
        return spread(ours)(x, dim, unbiased, keepdim, correction), mean

    return call


def running(ours: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, dim, dtype=None: ours(x if dtype is None else x.astype(dtype), axis=dim)


def quantile(x: Any, q: Any, dim: Any = None, keepdim: bool = False, interpolation: str = "linear") -> Any:
    return tg.quantile(x, q, axis=dim, keepdims=keepdim, method=interpolation)


def diff(x: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    return tg.diff(x, axis=dim, n=n, prepend=prepend, append=append)


def sort(x: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    return tg.sort(x, axis=dim, descending=descending), tg.argsort(x, axis=dim, descending=descending)


def bucketize(x: Any, edges: Any, out_int32: bool = False, right: bool = False) -> Any:
    found = tg.searchsorted(edges, x, side="right" if right else "left")
    return found.astype(tg.int32) if out_int32 else found


CALLS: dict[str, Callable[..., Any]] = {
    **{name: reduction(getattr(tg, name)) for name in SAME},
    "count_nonzero": lambda x, dim=None: tg.count_nonzero(x, axis=dim),
    "amax": reduction(tg.max),
    "amin": reduction(tg.min),
    "aminmax": lambda x, dim=None, keepdim=False: (
        tg.min(x, axis=dim, keepdims=keepdim), tg.max(x, axis=dim, keepdims=keepdim)
    ),
    "max:reduction_no_dim": tg.max,
    "min:reduction_no_dim": tg.min,
    "max:reduction_with_dim": lambda x, dim, keepdim=False: (
        tg.max(x, axis=dim, keepdims=keepdim), tg.argmax(x, axis=dim, keepdims=keepdim)
    ),
    "min:reduction_with_dim": lambda x, dim, keepdim=False: (
        tg.min(x, axis=dim, keepdims=keepdim), tg.argmin(x, axis=dim, keepdims=keepdim)
    ),
    "var": spread(tg.var),
    "var:unbiased": spread(tg.var),
    "std": spread(tg.std),
    "std:unbiased": spread(tg.std),
    "var_mean": with_mean(tg.var),
    "var_mean:unbiased": with_mean(tg.var),
    "std_mean": with_mean(tg.std),
    "std_mean:unbiased": with_mean(tg.std),
    "cumsum": running(tg.cumulative_sum),
    "cumprod": running(tg.cumulative_prod),
    "diff": diff,
    "quantile": quantile,
    "sort": sort,
    "argsort": lambda x, dim=-1, descending=False, stable=True: tg.argsort(x, axis=dim, descending=descending),
    "msort": lambda x: tg.sort(x, axis=0),
    "bucketize": bucketize,
    "topk": lambda x, k, dim=-1, largest=True, sorted=True: tg.top_k(x, k, axis=dim),
}  # fmt: skip
