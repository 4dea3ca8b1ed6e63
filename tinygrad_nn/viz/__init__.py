"""Pictures: learning curves and confusion matrices. They need ``pip install tinygrad_nn[plot]``, and no display."""

from .confusion import plot_confusion_matrix
from .curves import plot_history

__all__ = ["plot_confusion_matrix", "plot_history"]
