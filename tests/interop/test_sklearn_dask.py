"""A search on a Dask cluster of two worker processes, one of which is killed on the way."""

import os
import signal
import time
from threading import Thread

import numpy as np
import pytest

from tinygrad_nn.backend import threads
from tinygrad_nn.data import load_digits

pytest.importorskip("sklearn", reason="needs scikit-learn: pip install tinygrad_nn[sklearn]")
pytest.importorskip("distributed", reason="needs Dask: pip install tinygrad_nn[dask]")

import joblib
from distributed import LocalCluster
from sklearn.model_selection import GridSearchCV

from tinygrad_nn.interop.sklearn import NeuralClassifier
from tinygrad_nn.interop.sklearn.cluster import SearchClient


def test_a_search_outlives_a_worker():
    images, labels = load_digits("train")
    x, y = images.reshape(len(images), -1)[:600], labels[:600]
    network = NeuralClassifier((8,), max_iter=60, n_iter_no_change=None, random_state=0)
    search = GridSearchCV(network, {"learning_rate": [1e-5, 1e-4, 1e-3, 1e-2]}, cv=3)
    alone = search.fit(x, y).cv_results_

    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with LocalCluster(**workers, dashboard_address=None) as cluster, SearchClient(cluster) as client:
        assert set(client.run(threads.count).values()) == {1}
        killed = []
        killer = Thread(target=kill_one_that_works, args=(client, killed))
        killer.start()
        with joblib.parallel_config(backend="dask"):
            search.fit(x, y)
        done = time.monotonic()
        killer.join()

    assert killed[0] < done
    assert search.best_params_ == {"learning_rate": 1e-2}
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], alone["mean_test_score"], rtol=1e-6)


def kill_one_that_works(client, killed):
    """Wait until both workers are in the middle of the search, kill one of them, and note when."""
    processes = client.run(os.getpid)
    while min(map(len, client.processing().values())) == 0:
        time.sleep(0.02)
    os.kill(min(processes.values()), signal.SIGKILL)
    killed.append(time.monotonic())
