"""Which candidate of a search is the best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

__all__ = ["mean_minus_std"]


def mean_minus_std(k: float = 2.0) -> Callable[[Mapping[str, Any]], int]:
    """A rule for ``refit=`` of a search: the candidate with the highest ``mean - k * std`` of its scores.

    It prefers a candidate that is a little worse in the mean to one that depends on the luck of the split. Of a loss,
    whose score is its negative, the same rule takes the lowest mean plus k standard deviations. Where the results are
    of successive halving, only the last round counts.

    Parameters
    ----------
    k : float
        How many standard deviations over the folds, at least 0.

    Returns
    -------
    callable
        ``rule(cv_results_)``: the index of the candidate; of equals the first, and one that failed (NaN) never.

    Raises
    ------
    ValueError
        `k` is below 0; or, from the rule, every candidate failed.

    Notes
    -----
    ``HalvingGridSearchCV`` and ``HalvingRandomSearchCV`` choose by mean scores in all rounds and ask no rule. Ask it
    afterwards: ``search.cv_results_["params"][rule(search.cv_results_)]``.

    References
    ----------
    The report by Dainese, who ranks the networks of a grid by the mean plus twice the standard deviation of the loss.

    Examples
    --------
    >>> from tinygrad_nn.interop.sklearn import mean_minus_std
    >>> results = {"mean_test_score": [0.90, 0.92], "std_test_score": [0.01, 0.05]}
    >>> mean_minus_std(0)(results), mean_minus_std(2)(results)
    (1, 0)
    """
    if not k >= 0:
        raise ValueError(f"mean_minus_std: k is {k!r}, wanted at least 0")
    return partial(_best, k)


def _best(k: float, results: Mapping[str, Any]) -> int:
    bounds = np.asarray(results["mean_test_score"]) - k * np.asarray(results["std_test_score"])
    if "iter" in results:
        rounds = np.asarray(results["iter"])
        bounds = np.where(rounds == rounds.max(), bounds, np.nan)
    if np.isnan(bounds).all():
        raise ValueError("mean_minus_std: no candidate has a score; search with error_score='raise' to see why")
    return int(np.nanargmax(bounds))
