"""`NeuralClassifier`: a network that tells classes apart."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import check_classification_targets

from .estimator import NeuralEstimator
from .losses import cross_entropy
from .samples import Samples

__all__ = ["NeuralClassifier"]


class NeuralClassifier(ClassifierMixin, NeuralEstimator):
    """A network that tells classes apart, by softmax and cross-entropy, as a scikit-learn estimator.

    It is trained by `Trainer`, and takes part in whatever scikit-learn does with estimators: pipelines,
    cross-validation, grid, random and halving searches, on all cores (``n_jobs=-1``) or, with the extra `dask`, on the
    machines of a Dask cluster (``with joblib.parallel_config(backend="dask"): search.fit(x, y)``). It can be pickled
    and copied.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        The number of units in each hidden layer; () for none.
    activation : str
        After each hidden layer: "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "mish", "tanh" or "sigmoid".
    module : callable, optional
        ``module(n_features, n_outputs)`` makes the network instead: a Module that takes inputs (B, n_features) and
        gives (B, n_outputs), one output for each class, before any softmax.
    optimizer : str or callable
        "sgd", "adam", "adamw", "nadam", "radam", "adamax", "adagrad", "adadelta", "rmsprop", "lamb" or "lion"; or what
        makes an optimizer of ``(parameters, lr=...)``, such as ``partial(optim.SGD, momentum=0.9, nesterov=True)``.
    learning_rate : float
        Of the optimizer, in the beginning.
    learning_rate_schedule : str or callable
        "constant", or what leads from `learning_rate` to `final_learning_rate` over `max_iter` epochs:
        "exponential", "cosine" or "linear"; or what makes a scheduler of an optimizer, such as
        ``partial(optim.StepLR, step_size=10)``.
    final_learning_rate : float, optional
        Of the last of `max_iter` epochs; by default a hundredth of `learning_rate`.
    schedule_every : {"epoch", "batch"}
        When the learning rate changes.
    momentum : float
        Of the optimizer "sgd".
    penalty : {"l1", "l2"}
        What is added to the loss, `alpha` times: the sum of the absolute values of all weights, or of their squares.
        Biases and other parameters with one axis are free.
    alpha : float
        The factor of the penalty; 0 for none.
    clip_norm : float, optional
        The largest norm that all gradients together may have.
    batch_size : int, optional
        How many samples an update takes; None for all.
    max_iter : int
        How many epochs at most.
    early_stopping : bool
        Whether to hold back some samples, to stop when the score on them does not rise any more, and to go back to the
        weights with the best one. Otherwise the training stops when the loss does not fall any more.
    validation_fraction : float
        Of the samples to hold back, with each class in proportion.
    n_iter_no_change : int, optional
        How many epochs without improvement to wait; None not to stop (with `early_stopping`, to go back to the best
        weights in the end).
    tol : float
        How much better counts as better.
    callbacks : sequence of Callback
        For the trainer; each training gets copies. With `early_stopping`, the history has the ``val_loss``, so that
        a rule such as `WindowedStopping` can go by that.
    device : str
        Where to train and to predict.
    random_state : int, RandomState or None
        Where first weights, dropout, the order of samples and what is held back come from. With an integer, each `fit`
        of the same data gives the same network.
    compile : bool or "auto"
        Whether to run the steps as programs (`tg.compile`); "auto" where numba is there and the training is so long
        that it pays.
    verbose : bool
        Whether to print a line for each epoch.

    Attributes
    ----------
    classes_ : numpy.ndarray, shape (n_classes,)
        The classes, sorted.
    module_ : Module
        The network.
    n_iter_ : int
        How many epochs it was trained for.
    loss_curve_ : list of float
        The loss, with the penalty, in each epoch.
    validation_scores_ : list of float or None
        The score on the samples held back, after each epoch.
    history_ : History
        All that was measured; see `viz.plot_history`.
    n_features_in_, n_outputs_ : int
        Of the network; the outputs are as many as the classes.
    feature_names_in_ : numpy.ndarray of str
        The names of the columns, where the inputs were a table.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from tinygrad_nn.data import load_digits
    >>> from tinygrad_nn.interop.sklearn import NeuralClassifier
    >>> images, labels = load_digits("train")
    >>> x = images.reshape(len(images), -1)
    >>> classifier = NeuralClassifier((32,), learning_rate=1e-2, max_iter=10, random_state=0)
    >>> classifier.fit(x, labels).predict_proba(x[:5]).shape
    (5, 10)
    >>> bool(cross_val_score(classifier, x, labels, cv=2).mean() > 0.9)
    True
    """

    _loss = staticmethod(cross_entropy)
    _data: ClassVar[dict[str, Any]] = {}

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None,
                    sample_weight: ArrayLike | None = None) -> Any:  # fmt: skip
        """Train for one epoch on these samples, going on from where the training is.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.
        y : array_like, shape (n_samples,)
            Their classes.
        classes : array_like, shape (n_classes,), optional
            All classes that there will ever be; the first call must name them.
        sample_weight : array_like, shape (n_samples,), optional
            How much each sample counts, at least 0, relative to the others in this call.

        Returns
        -------
        self

        Examples
        --------
        >>> from tinygrad_nn.data import load_digits
        >>> from tinygrad_nn.interop.sklearn import NeuralClassifier
        >>> images, labels = load_digits("train")
        >>> x = images.reshape(len(images), -1)
        >>> classifier = NeuralClassifier(random_state=0)
        >>> for start in range(0, 1000, 500):
        ...     part = slice(start, start + 500)
        ...     classifier = classifier.partial_fit(x[part], labels[part], classes=range(10))
        >>> classifier.n_iter_
        2
        """
        if classes is not None and "module_" in vars(self) and set(np.unique(classes)) != set(self.classes_):
            raise ValueError(f"partial_fit: classes is {classes!r}, but the training began with {self.classes_}")
        return self._partial_fit(X, y, sample_weight, partial(self._name_classes, classes))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each sample.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        numpy.ndarray, shape (n_samples,)
            Of `classes_`.
        """
        places = self._predicted(X).argmax(axis=1)
        return self.classes_[places]

    def predict_proba(self, X: ArrayLike) -> NDArray[Any]:
        """The probability of each class, by softmax.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return np.asarray(softmax(self._predicted(X), axis=1))

    def predict_log_proba(self, X: ArrayLike) -> NDArray[Any]:
        """The logarithm of the probability of each class, precise for small ones too.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        numpy.ndarray, shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        return np.asarray(log_softmax(self._predicted(X), axis=1))

    def _learn_targets(self, y: NDArray[Any]) -> int:
        check_classification_targets(y)
        self.classes_ = np.unique(y)
        return len(self.classes_)

    def _name_classes(self, classes: ArrayLike | None, y: NDArray[Any]) -> int:
        if classes is None:
            raise ValueError("partial_fit: classes is None; the first call must name all classes there will ever be")
        return self._learn_targets(np.asarray(classes))

    def _encoded(self, y: NDArray[Any]) -> NDArray[Any]:
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"partial_fit: y has the classes {unknown}, which are not among {self.classes_}")
        return np.searchsorted(self.classes_, y)

    def _weighted(self, samples: Samples, weights: NDArray[Any]) -> NDArray[Any]:
        target = np.zeros((samples.size, self.n_outputs_), self._dtype)
        target[np.arange(samples.size), samples.target] = weights
        return target

    def _score_of(self, outputs: NDArray[Any], samples: Samples) -> float:
        return float(accuracy_score(samples.target, outputs.argmax(axis=1), sample_weight=samples.weights))
