"""The measured side: a process that prepares one job, then measures each time it is asked.

The job comes as JSON on the command line. The first line of output says whether it is ready; after that each
line of input is a number of seconds and is answered by one line with what was measured in about that time.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from typing import Any, TextIO

from benchmarks.runners import FRAMEWORKS, Unavailable

Measure = Callable[[float], dict[str, Any]]


def prepare(job: dict[str, Any]) -> tuple[dict[str, Any], Measure]:
    """What is to be said once ready, and the function that measures."""
    if job["suite"] == "ops":
        from benchmarks import ops

        return ops.prepare(job["framework"], job["threads"], job["seconds"])
    if job["suite"] == "compile":
        from benchmarks import first_calls

        return first_calls.prepare(job["framework"], job["workload"], job["smoke"], job["threads"])
    from benchmarks import steps

    return steps.prepare(job["framework"], job["workload"], job["smoke"], job["threads"], job["seconds"])


def versions(framework: str) -> dict[str, str]:
    """Versions of NumPy and of the framework's packages, as imported."""
    found = {}
    extras = [package for package in FRAMEWORKS[framework].extras if find_spec(package) is not None]
    for package in ("numpy", *FRAMEWORKS[framework].packages, *extras):
        version = getattr(sys.modules.get(package), "__version__", None)
        found[package] = str(version) if version else metadata.version(package)
    return found


def limit_cores(threads: int) -> None:
    """Keep to `threads` cores: the one limit that every thread pool respects."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def private_stdout() -> TextIO:
    """Standard output for the messages alone; what frameworks print goes to standard error."""
    messages = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return messages


def main() -> None:
    job = json.loads(sys.argv[1])
    messages = private_stdout()

    def send(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=messages, flush=True)

    limit_cores(job["threads"])
    try:
        ready, measure = prepare(job)
        send({"status": "ok", "versions": versions(job["framework"]), **ready})
        for line in sys.stdin:
            send({"status": "ok", **measure(json.loads(line))})
    except Unavailable as error:
        send({"status": "unavailable", "reason": str(error)})
    except Exception as error:  # What goes wrong in one framework is a line in the table, not the end of the run.
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
        send({"status": "failed", "reason": f"{type(error).__name__}: {reason}"})


if __name__ == "__main__":
    main()
