"""Networks as scikit-learn estimators, for its pipelines and searches, on all cores or a cluster (extra `sklearn`).

They are a module of their own: ``from tinygrad_nn.interop.sklearn import NeuralClassifier``.
"""

try:
    import sklearn  # noqa: F401
except ImportError:
    raise ImportError("estimators need scikit-learn: pip install tinygrad_nn[sklearn]") from None

from .classifier import NeuralClassifier
from .regressor import NeuralRegressor
from .rules import mean_minus_std

__all__ = ["NeuralClassifier", "NeuralRegressor", "mean_minus_std"]
