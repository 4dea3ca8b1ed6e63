"""Pictures: learning curves, confusion matrices, and plans of programs.

They need no display; the first two need ``pip install tinygrad_nn[plot]``.
"""

from .confusion import plot_confusion_matrix
from .curves import plot_history
from .plan import draw_plan

__all__ = ["draw_plan", "plot_confusion_matrix", "plot_history"]
