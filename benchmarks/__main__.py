"""The command line: ``python -m benchmarks``, ``python -m benchmarks ops`` and ``python -m benchmarks compile``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks import first_calls, machine, ops, report, steps
from benchmarks.measure import available_cores
from benchmarks.runners import FRAMEWORKS
from benchmarks.words import threads
from benchmarks.workloads import WORKLOADS

SCHEMA = 2
RESULTS = Path(__file__).resolve().parent / "results"
SUITES = {"steps": tuple(FRAMEWORKS), "ops": ops.FRAMEWORKS, "compile": first_calls.FRAMEWORKS}
SECONDS = {"steps": 0.3, "ops": 1.5, "compile": 0.0}
ROUNDS = {"steps": 7, "ops": 7, "compile": 3}
SMOKE_SECONDS = {"steps": 0.01, "ops": 0.01, "compile": 0.0}
SMOKE_ROUNDS = {"steps": 2, "ops": 2, "compile": 1}
SMOKE_FRAMEWORKS = ("numpy", "tinygrad_nn-cpu", "tinygrad_nn-compiled")


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure tinygrad_nn beside every peer that is installed, each in a process of its own.",
    )
    parser.add_argument(
        "suite",
        nargs="?",
        choices=SUITES,
        default="steps",
        help="steps: whole training steps (default); ops: overhead of one operation; "
        "compile: the first calls of compiled steps",
    )
    parser.add_argument(
        "--workloads",
        nargs="+",
        choices=WORKLOADS,
        metavar="NAME",
        help=f"of: {', '.join(WORKLOADS)} (default: all)",
    )
    parser.add_argument(
        "--frameworks",
        nargs="+",
        choices=FRAMEWORKS,
        metavar="NAME",
        help=f"of: {', '.join(FRAMEWORKS)} (default: all that are installed)",
    )
    parser.add_argument("--threads", type=positive_int, default=available_cores(), help="threads for each framework")
    parser.add_argument(
        "--repeats",
        type=positive_int,
        help=f"rounds for each framework (default: {ROUNDS['steps']}, for compile {ROUNDS['compile']})",
    )
    parser.add_argument(
        "--seconds",
        type=positive_float,
        help=f"length of a round (default: {SECONDS['steps']:g} for steps, {SECONDS['ops']:g} for ops)",
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="very short, on shrunken batches; only NumPy and tinygrad_nn unless --frameworks is given, "
        "and no files unless --out is",
    )
    parser.add_argument("--out", type=Path, help="folder for JSON, table and picture (default: in benchmarks/results)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser


def positive_int(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return value


def positive_float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def choose_frameworks(
    parser: argparse.ArgumentParser, arguments: argparse.Namespace
) -> tuple[list[str], dict[str, str]]:
    """The frameworks to measure, and why the others that could be are not."""
    names = SUITES[arguments.suite]
    chosen = arguments.frameworks or (SMOKE_FRAMEWORKS if arguments.smoke else names)
    wanted = [name for name in names if name in chosen]
    unknown = [name for name in arguments.frameworks or () if name not in names]
    if unknown:
        parser.error(f"argument --frameworks: {arguments.suite} measures {', '.join(names)}, not {', '.join(unknown)}")
    if arguments.suite == "ops" and "numpy" not in wanted:
        wanted = ["numpy", *wanted]  # The overhead is over NumPy's own calls.
    absent = {name: FRAMEWORKS[name].missing_packages() for name in wanted}
    missing = {name: f"{' and '.join(packages)} not installed" for name, packages in absent.items() if packages}
    if arguments.frameworks and missing:
        parser.error("; ".join(f"argument --frameworks: {name}: {reason}" for name, reason in missing.items()))
    return [name for name in wanted if name not in missing], missing


def default_folder(result: dict[str, Any]) -> Path:
    """``benchmarks/results/<date>-<processor>[-<GPU>]-<threads>``."""
    parts = (result["date"][:10], result["machine"]["cpu"], result["machine"]["gpu"], threads(result))
    return RESULTS / machine.slug(" ".join(part for part in parts if part))


def succeeded(result: dict[str, Any]) -> bool:
    """Whether something was measured, and everything of ours that can run here is right."""
    groups = [result] if result["suite"] == "ops" else result["workloads"].values()
    groups = [group["results"] for group in groups]
    ours = [
        entry["status"]
        for results in groups
        for name, entry in results.items()
        if FRAMEWORKS[name].kind in ("ours", "floor")
    ]
    measured = [entry["status"] == "ok" for results in groups for entry in results.values()]
    return any(measured) and all(status in ("ok", "unavailable") for status in ours)


def main(argv: Sequence[str] | None = None) -> int:
    parser = make_parser()
    arguments = parser.parse_args(argv)
    if arguments.suite == "ops" and arguments.workloads:
        parser.error("argument --workloads: ops has none")
    if arguments.suite == "compile" and arguments.seconds:
        parser.error("argument --seconds: compile times single calls")
    if arguments.threads > available_cores():
        parser.error(f"argument --threads: {arguments.threads} is more than the {available_cores()} cores there are")
    frameworks, missing = choose_frameworks(parser, arguments)
    if not frameworks:
        parser.error("nothing to measure")
    rounds = arguments.repeats or (SMOKE_ROUNDS if arguments.smoke else ROUNDS)[arguments.suite]
    seconds = arguments.seconds or (SMOKE_SECONDS if arguments.smoke else SECONDS)[arguments.suite]

    def progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    result: dict[str, Any] = {
        "schema": SCHEMA,
        "suite": arguments.suite,
        "date": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        "smoke": arguments.smoke,
        "machine": machine.describe(),
        "threads": arguments.threads,
        "rounds": rounds,
        "seconds": seconds,
        "not_measured": missing,
    }
    if arguments.suite == "ops":
        result |= ops.run(frameworks, threads=arguments.threads, rounds=rounds, seconds=seconds, progress=progress)
    else:
        options = {"threads": arguments.threads, "rounds": rounds, "smoke": arguments.smoke, "progress": progress}
        workloads = arguments.workloads or list(WORKLOADS)
        if arguments.suite == "compile":
            result |= first_calls.run(workloads, frameworks, **options)
        else:
            result |= steps.run(workloads, frameworks, seconds=seconds, **options)
    print(report.to_json(result) if arguments.json else report.table(result), end="\n" if arguments.json else "")
    if arguments.out or not arguments.smoke:
        for path in report.save(result, arguments.out or default_folder(result)):
            progress(f"wrote {path}")
    return 0 if succeeded(result) else 1


if __name__ == "__main__":
    sys.exit(main())
