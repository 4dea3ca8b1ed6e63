"""The measuring side: worker processes, rounds in shuffled order, and summaries.

One process per framework and workload. The workers of a workload stay alive together and are asked for one
short round at a time, in an order shuffled anew each round, so that drift of the machine reaches all alike.
Messages are lines of JSON (see `benchmarks.worker` for the other end).
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.runners import FRAMEWORKS

ROOT = Path(__file__).resolve().parents[1]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
                    "NUMBA_NUM_THREADS")  # fmt: skip
# Thread pools of the worker asked before keep spinning for some 25 ms after their last call.
REST_SECONDS = 0.05


def available_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worker_environment(framework: str, threads: int, variables: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker: that of this process, with so many threads, its framework's and more variables."""
    return {
        **os.environ,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        "JAX_PLATFORMS": "cpu",
        **FRAMEWORKS[framework].environment,
        **variables,
    }


class WorkerError(Exception):
    """A worker cannot measure; `status` is "unavailable" or "failed", the message says why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Worker:
    """A process that measures one thing; a context manager that ends the process.

    Parameters
    ----------
    job : dict
        What `benchmarks.worker` is to prepare.
    threads : int
        Threads, and cores, that it may use.
    environment : dict
        Variables that it is started with, beside those of its framework.
    """

    def __init__(self, job: Mapping[str, Any], threads: int, environment: Mapping[str, str] | None = None) -> None:
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed in __exit__)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", json.dumps({**job, "threads": threads})],
            cwd=ROOT,
            env=worker_environment(job["framework"], threads, environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def receive(self) -> dict[str, Any]:
        """The next message; raises `WorkerError` if it says so or the process has ended."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            self._errors.seek(0)
            lines = [text.strip() for text in self._errors if text.strip()]
            raise WorkerError("failed", lines[-1] if lines else f"the process ended with status {status}")
        message: dict[str, Any] = json.loads(line)
        if message["status"] != "ok":
            raise WorkerError(message["status"], message["reason"])
        return message

    def measure(self, seconds: float) -> dict[str, Any]:
        """Let it measure for about `seconds`; its answer."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # `receive` tells why it ended.
            self._process.stdin.write(f"{json.dumps(seconds)}\n")
            self._process.stdin.flush()
        return self.receive()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def interleave(
    workers: Mapping[str, Worker], rounds: int, seconds: float, seed: int = 0
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, WorkerError]]:
    """Ask every worker for `rounds` rounds of `seconds`, each round in a new order.

    Returns
    -------
    answers : dict of list
        The answers of each worker that finished all rounds.
    errors : dict
        Why the others did not.
    """
    shuffle = random.Random(seed).shuffle
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
    errors: dict[str, WorkerError] = {}
    for _ in range(rounds):
        order = list(answers)
        shuffle(order)
        for name in order:
            time.sleep(REST_SECONDS)
            try:
                answers[name].append(workers[name].measure(seconds))
            except WorkerError as error:
                errors[name] = error
                del answers[name]
    return answers, errors


def summarize(times: Sequence[float]) -> dict[str, float]:
    """Median and quartiles."""
    if len(times) == 1:
        return {"median": times[0], "q1": times[0], "q3": times[0]}
    q1, median, q3 = statistics.quantiles(times, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3}
