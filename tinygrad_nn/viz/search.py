"""Heat maps of searches for hyper-parameters: the score over two of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .figure import DARK, finished, label_axes, make_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_search"]


def plot_search(
    results: Mapping[str, Any],
    param_a: str,
    param_b: str,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    score: str = "mean_test_score",
) -> Figure:
    """Draw the best score of a search for each pair of values of two parameters, whatever the others are.

    Parameters
    ----------
    results : mapping of str to sequence
        The ``cv_results_`` of a search of scikit-learn. What failed (NaN) counts as not tried.
    param_a, param_b : str
        The parameters, as in the search's grid: of the rows and of the columns.
    path : str or path-like, optional
        Where to save the picture, in the format of the suffix (.png, .svg, .pdf).
    title : str, optional
        What stands above.
    score : str
        What is drawn; larger is better, as scikit-learn has it.

    Returns
    -------
    matplotlib.figure.Figure
        A notebook shows it.

    Raises
    ------
    ImportError
        If matplotlib is not installed: ``pip install tinygrad_nn[plot]``.
    ValueError
        If the search knows no such parameter or score, or no candidate has both parameters.

    Examples
    --------
    >>> from tinygrad_nn.viz import plot_search
    >>> results = {"param_width": [10, 10, 20], "param_rate": [0.1, 1.0, 0.1], "mean_test_score": [0.8, 0.7, 0.9]}
    >>> figure = plot_search(results, "width", "rate")
    >>> sorted(text.get_text() for text in figure.axes[0].texts)
    ['0.7', '0.8', '0.9']
    """
    for key in (f"param_{param_a}", f"param_{param_b}", score):
        if key not in results:
            known = sorted(name for name in results if name.startswith("param_") or name.startswith("mean_"))
            raise ValueError(f"plot_search: the results have no {key!r}; they have {', '.join(known)}")
    best: dict[tuple[Any, Any], float] = {}
    for a, b, value in zip(results[f"param_{param_a}"], results[f"param_{param_b}"], results[score]):
        if np.isfinite(value) and a is not np.ma.masked and b is not np.ma.masked:
            pair = _plain(a), _plain(b)
            best[pair] = max(float(value), best.get(pair, -np.inf))
    if not best:
        raise ValueError(f"plot_search: no candidate with a score has both {param_a!r} and {param_b!r}")
    rows, columns = (_in_order({pair[k] for pair in best}) for k in (0, 1))
    table = np.array([[best.get((a, b), np.nan) for b in columns] for a in rows])

    figure = make_figure(max(3.6, 1.8 + 0.72 * len(columns)), max(2.4, 1.3 + 0.46 * len(rows)))
    axes = figure.add_subplot()
    picture = axes.imshow(table, cmap="viridis", aspect="auto")
    low, high = np.nanmin(table), np.nanmax(table)
    for row, column in np.argwhere(np.isfinite(table)):
        value = table[row, column]
        bright = high > low and (value - low) / (high - low) > 0.6
        axes.text(column, row, f"{value:.4g}", ha="center", va="center", fontsize=8,
                  color="#111827" if bright else "white", fontweight="bold" if value == high else "normal")  # fmt: skip
    axes.set_xticks(range(len(columns)), [_shown(value) for value in columns])
    axes.set_yticks(range(len(rows)), [_shown(value) for value in rows])
    axes.tick_params(length=0, labelsize=9, colors=DARK)
    axes.spines[:].set_visible(False)
    label_axes(axes, param_b, param_a)
    figure.colorbar(picture, ax=axes).ax.tick_params(labelsize=8, colors=DARK)
    return finished(figure, path, title)


def _plain(value: Any) -> Any:
    """A value of a parameter as a key: lists become tuples, NumPy's scalars Python's."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    return value.item() if isinstance(value, np.generic) else value


def _in_order(values: set[Any]) -> list[Any]:
    """From small to large; values of several kinds by their names."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=str)


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
