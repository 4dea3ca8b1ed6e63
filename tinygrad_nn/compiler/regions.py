"""Steps that go over the same many rows, done together for one block of rows after the other.

A batch of 40,000 samples passes through a network faster in blocks that stay in the cache: each block goes forward and
backward through all layers before the next one begins, the large input is read from memory once, and what is in between
never gets there. Whatever treats each sample by itself can be done so, and sums over the samples are sums over the
blocks. Threads take an equal part of the rows each.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from ..backend.recorder import Instruction, Ref
from .fusion import MANY, Group, Values, is_rename
from .simplify import references

__all__ = ["Region", "Step", "reads", "with_regions"]

LARGE = 8 * 2**20  # bytes of all values with that many rows, above which they do not stay in the cache anyway
BLOCK = 2**21  # bytes of a block of them


class Region:
    """Steps to be done in blocks of rows.

    Attributes
    ----------
    rows : int
        How many there are.
    steps : list of Group or Instruction
        In order; the instructions are products of matrices.
    totals : dict of int to str
        The values that are added up over all blocks, and how.
    local : set of int
        The values that are needed within a block only.
    outputs : set of int
        The others that it computes.
    """

    def __init__(self, rows: int, values: Values, views: Mapping[int, Instruction]) -> None:
        self.rows = rows
        self.values = values
        self.views = views
        self.steps: list[Group | Instruction] = []
        self.totals: dict[int, str] = {}
        self.computed: set[int] = set()  # all that it computes for others to read, in it or elsewhere
        self.by_row: set[int] = set()  # the values, computed or read, that have a row for each of the rows
        self.local: set[int] = set()

    @property
    def outputs(self) -> set[int]:
        return self.computed - self.local

    @property
    def block(self) -> int:
        """How many rows are done at a time."""
        return max(64, BLOCK * self.rows // max(1, self.size) // 64 * 64)

    @property
    def size(self) -> int:
        """Bytes of all values that have as many rows."""
        return self._bytes(self.by_row)

    @property
    def block_size(self) -> int:
        """Bytes of what is computed within a block only."""
        return self._bytes(self.local) * min(self.block, self.rows) // self.rows

    def _bytes(self, numbers: set[int]) -> int:
        return sum(prod(self.values[n][0]) * int(self.values[n][1].itemsize) for n in numbers)

    def grid(self, group: Group) -> tuple[int, int]:
        """The grid of a group whose rows are these."""
        return next(grid for grid in group.grids if grid[0] == self.rows)

    def root(self, n: int) -> int:
        """The value whose memory a view is in."""
        while n in self.views:
            n = next(references((self.views[n].args, self.views[n].kwargs)))
        return n

    def is_sum(self, product: Instruction) -> bool:
        """Whether a product of matrices adds up the rows: that of the transpose of one with another."""
        return product.output in self.totals

    # Finding out

    def take(self, step: Group | Instruction, stored: set[int]) -> bool:
        """Make a step a part of it, if it treats every row by itself or adds the rows up."""
        taken = self._take_group(step, stored) if isinstance(step, Group) else self._take_product(step)
        if taken:
            self.steps.append(step)
        return taken

    def _take_group(self, group: Group, stored: set[int]) -> bool:
        if not any(rows == self.rows for rows, _ in group.grids):
            return False
        grid = self.grid(group)
        levels = group.levels(*grid)
        assert levels is not None
        here = [n for n in group.reads if self.root(n) in self.computed]
        if any(levels[n].row is not (self.root(n) in self.by_row) or not self._keeps_rows(n) for n in here):
            return False
        self.totals |= group.totals(grid)
        written = group.outputs & stored
        self.by_row |= {self.root(n) for n in group.reads | written if levels[n].row}
        self.computed |= written
        return True

    def _take_product(self, i: Instruction) -> bool:
        if i.name != "matmul" or not all(type(a) is Ref and len(self.values[a.number][0]) == 2 for a in i.args):
            return False
        left, right = (a.number for a in i.args)
        if self._has_rows(left) and self.root(right) not in self.by_row | self.computed:
            self.by_row |= {left, i.output}
        elif self._is_transposed(left) and self._has_rows(right):
            self.totals[i.output] = "sum"
            self.by_row |= {self.root(left), right}
        else:
            return False
        self.computed.add(i.output)
        return True

    def _keeps_rows(self, n: int) -> bool:
        """Whether a value is no view, or one with each row in its place: not those of a transpose, nor reversed."""
        if n in self.views and self.root(n) not in self.by_row:
            return False
        while n in self.views:
            view = self.views[n]
            n = next(references((view.args, view.kwargs)))
            shape = self.values[n][0]
            columns = view.name == "getitem" and type(view.args[1]) is tuple and view.args[1][:1] == (slice(None),)
            if not is_rename(view, self.values) and not (columns and len(shape) == 2 and shape[0] == self.rows):
                return False
        return True

    def _has_rows(self, n: int) -> bool:
        return n not in self.views and self.values[n][0][0] == self.rows

    def _is_transposed(self, n: int) -> bool:
        view = self.views.get(n)
        if view is None or view.name != "permute_dims":
            return False
        axes = view.kwargs.get("axes", view.args[-1])
        return tuple(a % 2 for a in axes) == (1, 0) and self._has_rows(view.args[0].number)

    def find_local(self, read_elsewhere: set[int]) -> None:
        """Find the values that nobody needs when the block is over."""
        looked_at: set[int] = set()  # through views, of which a block is not one
        for step in self.steps:
            for n in reads(step):
                if n in self.views and (isinstance(step, Group) or not self.is_sum(step)):
                    looked_at.add(self.root(n))
        by_row = {n for n in self.computed & self.by_row if self.values[n][0][0] == self.rows}
        self.local = by_row - self.totals.keys() - read_elsewhere - looked_at


Step = Group | Instruction | Region


def reads(step: Step) -> set[int]:
    """The values that a step reads, views and all; of a region also those that it computes itself."""
    if isinstance(step, Region):
        return set().union(*map(reads, step.steps))
    return step.reads if isinstance(step, Group) else set(references((step.args, step.kwargs)))


def with_regions(
    steps: list[Group | Instruction], views: Mapping[int, Instruction], values: Values, stored: set[int],
    wanted: set[int],
) -> list[Step]:  # fmt: skip
    """The steps, with those that share many rows brought together."""
    sizes: dict[int, int] = {}  # bytes of what groups and products compute, by the number of rows
    for step in steps:
        for n in _outputs(step, stored):
            shape, dtype = values[n]
            if shape and shape[0] >= MANY:
                sizes[shape[0]] = sizes.get(shape[0], 0) + prod(shape) * dtype.itemsize
    for rows in sorted(sizes, key=lambda rows: -sizes[rows]):
        first: set[int] = set()  # places of steps whose sums over all rows the others need
        while True:
            region, before, after, needed = _gathered(Region(rows, values, views), steps, stored, first)
            if needed <= first:
                break
            first |= needed
        if len(region.steps) > 1 and region.size > LARGE:
            read = {region.root(n) for step in [*before, *after] for n in reads(step)}
            region.find_local(read | {region.root(n) for n in wanted})
            return [*before, region, *with_regions(after, views, values, stored, wanted)]
    return list(steps)


def _gathered(
    region: Region, steps: list[Group | Instruction], stored: set[int], first: set[int]
) -> tuple[Region, list[Group | Instruction], list[Group | Instruction], set[int]]:
    """The steps that can be done in blocks of rows, those that come before them, and those that come after.

    Last, the places of steps that had better come before, too, than be among those done in blocks: they need nothing of
    these, and others, that could be done in blocks, need what they add up.
    """
    before: list[Group | Instruction] = []
    after: list[Group | Instruction] = []
    late: set[int] = set()  # what is known only when all blocks are done
    free: dict[int, int] = {}  # the totals of steps that need nothing of the others, and their places
    needed: set[int] = set()
    for place, step in enumerate(steps):
        roots = {region.root(n) for n in reads(step)}
        if roots & (late | region.totals.keys()):
            if isinstance(step, Group) and any(rows == region.rows for rows, _ in step.grids):
                needed |= {free[n] for n in roots if n in free}
            after.append(step)
            late |= _outputs(step, stored)
            continue
        depends = bool(roots & region.computed)
        known = set(region.totals)
        if place not in first and region.take(step, stored):
            free.update((n, place) for n in region.totals.keys() - known if not depends)
        elif depends:
            after.append(step)
            late |= _outputs(step, stored)
        else:
            before.append(step)
    return region, before, after, needed


def _outputs(step: Group | Instruction, stored: set[int]) -> set[int]:
    return step.outputs & stored if isinstance(step, Group) else {step.output}
