"""What the programs of ``examples/papers/`` share: a figure of a paper beside ours, and how a program is started."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from .cli import Parser, number, status

__all__ = ["FINDINGS", "Finding", "main", "markdown"]

FINDINGS = "findings.json"


class Finding(NamedTuple):
    """A figure that a paper reports, and the one that was found here.

    Parameters
    ----------
    what : str
        What was measured, such as ``"test accuracy, percent"``.
    reported : str
        The figure as the paper prints it; empty for a row that goes beyond the paper.
    ours : float
        What was measured here.
    met : bool
        Whether it meets or beats what is reported.
    note : str, optional
        What a reader should know of the difference, such as a setting that cannot reach the figure and one that does.

    Examples
    --------
    >>> from tinygrad_nn.papers import Finding
    >>> Finding("test accuracy, percent", "97.87", ours=98.02, met=True)
    Finding(what='test accuracy, percent', reported='97.87', ours=98.02, met=True, note='')
    """

    what: str
    reported: str
    ours: float
    met: bool
    note: str = ""


class Run(Protocol):
    """A program of a paper: it trains, writes what it has to show into `out`, and returns its findings."""

    def __call__(self, out: Path, *, seed: int, minutes: float, full: bool) -> list[Finding]: ...


def main(run: Run, *, minutes: float, argv: Sequence[str] | None = None) -> None:
    """Run a program of a paper as a command: print its findings, keep them in ``findings.json``, and exit.

    Whatever goes wrong is one line on the standard error and a status that is not 0.

    Parameters
    ----------
    run : callable
        ``run(out, seed=..., minutes=..., full=...)`` gives the findings; `out` is a folder that is there.
    minutes : float
        How long it takes on two cores unless ``--minutes`` says otherwise.
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Examples
    --------
    >>> from tinygrad_nn.papers import Finding, main
    >>> def run(out, *, seed, minutes, full):
    ...     return [Finding("accuracy, percent", "95", ours=96.5, met=True)]
    >>> try:
    ...     main(run, minutes=1.0, argv=["--out", "found"])
    ... except SystemExit as end:
    ...     print(end.code)  # doctest: +ELLIPSIS
    | what | reported | ours | met | note |
    |---|---|---|---|---|
    | accuracy, percent | 95 | 96.5 | yes |  |
    took ... seconds; wrote found
    0
    """
    raise SystemExit(status(lambda: _run(run, minutes, argv)))


def _run(run: Run, minutes: float, argv: Sequence[str] | None) -> None:
    parser = Parser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--out", type=Path, metavar="DIR", default=Path("runs", "papers", Path(sys.argv[0]).stem),
                        help="where to write the report and the rest")  # fmt: skip
    parser.add_argument("--seed", type=number(int, 0), default=0, help="of all randomness")
    parser.add_argument("--minutes", type=number(float, 0), default=minutes, help="how long it may train")
    parser.add_argument("--full", action="store_true", help="do all that the paper did, however long it takes")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    findings = run(args.out, seed=args.seed, minutes=args.minutes, full=args.full)
    seconds = time.perf_counter() - start
    found = {"seed": args.seed, "seconds": round(seconds, 1), "findings": [each._asdict() for each in findings]}
    (args.out / FINDINGS).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    rows = [(one.what, one.reported, f"{one.ours:.4g}", "yes" if one.met else "no", one.note) for one in findings]
    print(markdown(("what", "reported", "ours", "met", "note"), rows))
    print(f"took {seconds:.1f} seconds; wrote {args.out}")


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown.

    Parameters
    ----------
    columns : sequence of str
        Their names.
    rows : iterable of sequences of str
        What is in them.

    Returns
    -------
    str
        A line for the names, one below it, and one for each row.

    Examples
    --------
    >>> from tinygrad_nn.papers import markdown
    >>> print(markdown(["figure", "ours"], [["accuracy", "98.1"]]))
    | figure | ours |
    |---|---|
    | accuracy | 98.1 |
    """
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (columns, *rows)]
    lines.insert(1, "|---" * len(columns) + "|")
    return "\n".join(lines)
