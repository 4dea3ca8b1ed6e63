"""`NeuralRegressor`: a network that predicts numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from .estimator import NeuralEstimator
from .losses import squared_error
from .samples import Samples

__all__ = ["NeuralRegressor"]


class NeuralRegressor(RegressorMixin, NeuralEstimator):
    """A network that predicts one number, or several, by squared error, as a scikit-learn estimator.

    The settings, and what a training leaves, are those of `NeuralClassifier`, except for the classes. A network that
    `module` makes has one output for each number. `score`, which is also what early stopping goes by, is the
    coefficient of determination R² (of several numbers, its mean).

    Numbers far from 0, or of very different sizes, are better trained on when they are standardised:
    ``TransformedTargetRegressor(NeuralRegressor(), transformer=StandardScaler())``, inputs likewise in a pipeline.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_nn.interop.sklearn import NeuralRegressor
    >>> x = np.linspace(-1, 1, 100, dtype=np.float32)[:, None]
    >>> y = np.hstack([x**2, np.sin(3 * x)])
    >>> regressor = NeuralRegressor((16, 16), learning_rate=1e-2, clip_norm=10.0, random_state=0).fit(x, y)
    >>> regressor.predict(x).shape, regressor.score(x, y) > 0.95
    ((100, 2), True)
    """

    _loss = staticmethod(squared_error)
    _data: ClassVar[dict[str, Any]] = {"multi_output": True, "y_numeric": True}

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """Train for one epoch on these samples, going on from where the training is.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.
        y : array_like, shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array_like, shape (n_samples,), optional
            How much each sample counts, at least 0, relative to the others in this call.

        Returns
        -------
        self

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_nn.interop.sklearn import NeuralRegressor
        >>> x = np.linspace(-1, 1, 100, dtype=np.float32)[:, None]
        >>> regressor = NeuralRegressor(random_state=0)
        >>> for _ in range(3):
        ...     regressor = regressor.partial_fit(x, x[:, 0])
        >>> regressor.n_iter_
        3
        """
        return self._partial_fit(X, y, sample_weight, self._learn_targets)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The predicted numbers, of the shape that the targets had in training.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        numpy.ndarray
            Shape (n_samples,) or (n_samples, n_outputs), of the dtype of the training.
        """
        outputs = self._predicted(X)
        return outputs[:, 0] if self._one_number else outputs

    def _learn_targets(self, y: NDArray[Any]) -> int:
        self._one_number = y.ndim == 1
        return 1 if self._one_number else y.shape[1]

    def _encoded(self, y: NDArray[Any]) -> NDArray[Any]:
        numbers = y.reshape(len(y), -1)
        if numbers.shape[1] != self.n_outputs_:
            found = numbers.shape[1]
            raise ValueError(f"partial_fit: y has {found} columns, but the training began with {self.n_outputs_}")
        return numbers.astype(self._dtype, copy=False)

    def _weighted(self, samples: Samples, weights: NDArray[Any]) -> NDArray[Any]:
        return np.column_stack([samples.target, weights])

    def _score_of(self, outputs: NDArray[Any], samples: Samples) -> float:
        return float(r2_score(samples.target, outputs, sample_weight=samples.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
