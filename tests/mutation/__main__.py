"""``python -m tests.mutation``: are the tests of the table of operations able to fail?"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.ops.table import ROWS
from tinygrad_nn import ops

from .hunt import CHECKS, differing, is_noticed

WANTED = 0.99


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation",
        description="Make the rules of operations wrong, one at a time and in several ways, and see whether the tests "
        "of the table of operations notice. Exits with 1 where fewer than 99 %% are noticed.",
    )
    parser.add_argument("--kind", choices=sorted(CHECKS), nargs="+", default=["vjp", "jvp", "batch"],
                        help="which rules: of backward, of forward mode, of vmap (all if left out)")  # fmt: skip
    parser.add_argument("--op", choices=sorted(ops.registry()), nargs="+", metavar="NAME", default=None,
                        help="only these operations")  # fmt: skip
    parser.add_argument("--same", action="store_true",
                        help="also list the mutants that make no difference in any case of the table")  # fmt: skip
    options = parser.parse_args(arguments)
    names = options.op or sorted(ops.registry())
    enough = True
    for kind in options.kind:
        started = time.perf_counter()
        cases = differing(kind, names, ROWS)
        alike = [mutant for mutant, found in cases.items() if not found]
        wrong = [mutant for mutant, found in cases.items() if found]
        survivors = [mutant for mutant in wrong if not is_noticed(mutant, cases[mutant], CHECKS[kind])]
        share = 1 - len(survivors) / len(wrong) if wrong else 1.0
        enough = enough and share >= WANTED
        print(
            f"{kind}: {len(wrong) - len(survivors)} of {len(wrong)} mutants noticed ({share:.2%}), {len(alike)} more "
            f"make no difference in any case; {time.perf_counter() - started:.0f} s"
        )
        for mutant in survivors:
            print(f"  survived  {mutant}")
        for mutant in alike if options.same else ():
            print(f"  the same  {mutant}")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
