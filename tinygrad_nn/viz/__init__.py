"""Pictures: curves, images, weights, matrices, boundaries, searches, and the graphs of programs; reports of a run.

They need no display. What is named ``plot_...`` gives a matplotlib figure and needs ``pip install tinygrad_nn[plot]``.
"""

from .boundary import plot_decision_boundary
from .components import plot_weight_components
from .confusion import plot_confusion_matrix
from .curves import plot_curves, plot_history
from .graph import draw_graph
from .images import plot_images, plot_reconstructions, plot_weights
from .learned import plot_function
from .plan import draw_plan
from .report import Report
from .search import plot_search

__all__ = [
    "Report",
    "draw_graph",
    "draw_plan",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_decision_boundary",
    "plot_function",
    "plot_history",
    "plot_images",
    "plot_reconstructions",
    "plot_search",
    "plot_weight_components",
    "plot_weights",
]
