"""A search on a Dask cluster that goes on when a worker is lost; the extra `dask`."""

from __future__ import annotations

from typing import Any

try:
    from distributed import Client
except ImportError:
    raise ImportError("searches on a cluster need Dask: pip install tinygrad_nn[dask]") from None

__all__ = ["SearchClient"]


class SearchClient(Client):
    """A Dask client for searches of scikit-learn that lose neither data nor results with a worker.

    joblib hands larger arrays, such as the samples and the folds, to one worker, from which the others fetch them.
    Nobody can compute them anew, so if that worker is killed, the search fails. This client gives them to all workers,
    and asks the scheduler to leave them there (it would drop copies that nobody waits for). What a killed worker was
    doing is done by another; the search ends as it would have.

    Parameters
    ----------
    *args, **kwargs
        As for ``distributed.Client``: the address of a scheduler, or a cluster.

    Examples
    --------
    On this machine, with one worker; elsewhere the address of a scheduler stands in the place of the cluster.

    >>> import joblib
    >>> from distributed import LocalCluster
    >>> from sklearn.model_selection import GridSearchCV
    >>> from tinygrad_nn.data import make_blobs
    >>> from tinygrad_nn.interop.sklearn import NeuralClassifier
    >>> from tinygrad_nn.interop.sklearn.cluster import SearchClient
    >>> search = GridSearchCV(NeuralClassifier(max_iter=20), {"learning_rate": [1e-6, 1e-1]}, cv=2)
    >>> cluster = LocalCluster(n_workers=1, processes=False, dashboard_address=None)
    >>> with cluster, SearchClient(cluster), joblib.parallel_config(backend="dask"):
    ...     search.fit(*make_blobs(300, centers=3)).best_params_
    {'learning_rate': 0.1}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.amm.stop()

    def scatter(self, data: Any, **options: Any) -> Any:
        """Send data to all workers; the options are those of ``distributed.Client``."""
        return super().scatter(data, **{**options, "broadcast": True})
