"""The programs of ``examples/papers/``: what each of them finds, how they are run, and the table of all they found."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import NamedTuple, Protocol

from .command import Parser, number, status
from .interop.files import replacing

__all__ = ["FINDINGS", "MINUTES", "Finding", "Row", "collect", "main", "markdown", "reproduce"]

FINDINGS = "findings.json"  # what one program found with one seed

# How long each program takes on two cores: what a budget for several is shared out by.
MINUTES = {"dainese": 3.8, "post_2017": 2.4, "fouchier_yang": 11.0, "nndiy": 8.5, "yu": 4.3}


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
    findings = [one._replace(ours=float(one.ours), met=bool(one.met)) for one in findings]  # from NumPy's numbers
    found = {"seed": args.seed, "seconds": round(seconds, 1), "findings": [one._asdict() for one in findings]}
    with replacing(args.out / FINDINGS) as temporary:
        temporary.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    rows = [(one.what, one.reported, f"{one.ours:.4g}", "yes" if one.met else "no", one.note) for one in findings]
    print(markdown(("what", "reported", "ours", "met", "note"), rows))
    print(f"took {seconds:.1f} seconds; wrote {args.out}")


def reproduce(
    names: Sequence[str], programs: Path, out: Path, *, seed: int, budget: float | None = None, full: bool = False
) -> None:
    """Run programs one after the other, each in a process of its own; one that fails does not stop the others.

    Parameters
    ----------
    names : sequence of str
        Those of the programs.
    programs : Path
        The folder that they are in.
    out : Path
        Program ``NAME`` writes into ``out/seedN/NAME``.
    seed : int
        The ``N``: that of all randomness.
    budget : float, optional
        Minutes for all of them, shared out in proportion to what each takes by default.
    full : bool
        Whether they do all that the papers did.

    Raises
    ------
    FileNotFoundError
        If there is no such program.
    RuntimeError
        If some failed: which, and what each said last.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tinygrad_nn.papers import reproduce
    >>> reproduce(["yu"], Path("no-such-folder"), Path("found"), seed=0)
    Traceback (most recent call last):
    ...
    FileNotFoundError: found no program yu.py in no-such-folder, wanted the folder examples/papers of the sources
    """
    for name in names:
        if not (programs / f"{name}.py").is_file():
            wanted = "wanted the folder examples/papers of the sources"
            raise FileNotFoundError(f"found no program {name}.py in {programs}, {wanted}")
    failures = []
    for name in names:
        command = [sys.executable, str(programs / f"{name}.py"), "--seed", str(seed)]
        if budget is not None:
            command += ["--minutes", f"{budget * MINUTES[name] / sum(MINUTES[each] for each in names):.4f}"]
        command += ["--full"] if full else []
        folder = out / f"seed{seed}" / name
        (folder / FINDINGS).unlink(missing_ok=True)  # those of an older run are not what this one found
        print(f"{name}, seed {seed}", flush=True)
        ended = subprocess.run([*command, "--out", str(folder)], stderr=subprocess.PIPE, text=True, env=_environment())
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
            failures.append(f"{name}: {said[-1].removeprefix('error: ')}")
        else:
            print(ended.stderr, end="", file=sys.stderr)
    if failures:
        raise RuntimeError("; ".join(failures))


def _environment() -> dict[str, str]:
    """That of this process, with this package to import, installed or not."""
    package = str(Path(__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))}


class Row(NamedTuple):
    """A figure of a paper beside ours, of one seed or several.

    Examples
    --------
    >>> from tinygrad_nn.papers import Row
    >>> Row("yu", "test accuracy, percent", "97.87", ours=[98.0, 98.2], met=2, minutes=[3.9, 4.1]).cells()
    ['yu', 'test accuracy, percent', '97.87', '98.1 ± 0.14', 'yes', '4.0', '']
    """

    paper: str
    what: str
    reported: str
    ours: list[float]
    met: int
    """How many of `ours` meet what is reported."""
    minutes: list[float]
    """Those that all figures of the paper took together."""
    note: str = ""

    def cells(self) -> list[str]:
        """What stands in the table: the mean, and the standard deviation where there are several seeds."""
        spread = f" ± {stdev(self.ours):.2g}" if len(self.ours) > 1 else ""
        met = {len(self.ours): "yes", 0: "no"}.get(self.met, f"{self.met} of {len(self.ours)}")
        ours = f"{fmean(self.ours):.4g}{spread}"
        return [self.paper, self.what, self.reported, ours, met, f"{fmean(self.minutes):.1f}", self.note]


def collect(out: Path) -> list[Row]:
    """Read what the programs found with each seed.

    Parameters
    ----------
    out : Path
        Where `reproduce` wrote.

    Returns
    -------
    list of Row
        Paper after paper, in the order in which the programs tell them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tinygrad_nn.papers import collect
    >>> collect(Path("nowhere"))
    []
    """
    rows: dict[tuple[str, str], Row] = {}
    for name in MINUTES:
        for path in sorted(out.glob(f"seed*/{name}/{FINDINGS}")):
            found = json.loads(path.read_text(encoding="utf-8"))
            for each in (Finding(**fields) for fields in found["findings"]):
                row = rows.get((name, each.what), Row(name, each.what, each.reported, [], 0, [], each.note))
                rows[name, each.what] = row._replace(
                    ours=[*row.ours, each.ours], met=row.met + each.met, minutes=[*row.minutes, found["seconds"] / 60]
                )
    return list(rows.values())


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
    lines = [f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in row)} |" for row in (columns, *rows)]
    lines.insert(1, "|---" * len(columns) + "|")
    return "\n".join(lines)
