"""A table of a model: its modules, their output shapes and numbers of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .. import creation
from ..autograd.modes import no_grad
from ..tensor import Tensor

if TYPE_CHECKING:
    from .module import Module

__all__ = ["Row", "Summary", "summarize"]

TITLES = ("module", "output shape", "parameters")


class Row(NamedTuple):
    """One module of a summary.

    Attributes
    ----------
    name : str
        Dotted, empty for the model itself.
    kind : str
        The name of its class.
    output_shape : tuple of int, list of those where it returns several tensors, or None where it was not called
    parameters : int
        Elements of the parameters that it holds itself; shared ones count where they come first.
    """

    name: str
    kind: str
    output_shape: Any
    parameters: int


class Summary:
    """The modules of a model, in order; its text is a table.

    Attributes
    ----------
    rows : list of Row
    parameters, trained : int
        Elements of all parameters, and of those that require a gradient.
    nbytes : int
        Memory of the parameters.
    """

    def __init__(self, rows: list[Row], parameters: int, trained: int, nbytes: int) -> None:
        self.rows = rows
        self.parameters = parameters
        self.trained = trained
        self.nbytes = nbytes

    def __str__(self) -> str:
        with_shapes = any(row.output_shape is not None for row in self.rows)
        table = [[_label(r), _shown(r.output_shape), f"{r.parameters:,}" if r.parameters else ""] for r in self.rows]
        widths = [max(map(len, column)) for column in zip(TITLES, *table)]

        def line(cells: Any) -> str:
            name, shape, count = (cell.ljust(width) for cell, width in zip(cells, widths))
            count = count.strip().rjust(widths[2])
            return "  ".join((name, shape, count) if with_shapes else (name, count)).rstrip()

        rule = "-" * len(line(TITLES))
        total = f"{self.parameters:,} parameters, {self.trained:,} of them trained, {_memory(self.nbytes)}"
        return "\n".join([line(TITLES), rule, *map(line, table), rule, total])

    __repr__ = __str__


def summarize(module: Module, input_shape: tuple[int, ...] | None, dtype: Any) -> Summary:
    """See `Module.summary`."""
    shapes = {} if input_shape is None else _output_shapes(module, input_shape, dtype)
    counted: set[Any] = set()
    rows = []
    for name, part in module.named_modules():
        own = [p for p in part.parameters(recurse=False) if p not in counted]
        counted.update(own)
        rows.append(Row(name, type(part).__name__, shapes.get(part), sum(p.size for p in own)))
    return Summary(
        rows,
        parameters=sum(p.size for p in counted),
        trained=sum(p.size for p in counted if p.requires_grad),
        nbytes=sum(p.size * p.dtype.itemsize for p in counted),
    )


def _output_shapes(module: Module, input_shape: tuple[int, ...], dtype: Any) -> dict[Any, Any]:
    """What each module returns for zeros, in evaluation."""
    shapes: dict[Any, Any] = {}

    def note(part: Any, inputs: Any, output: Any) -> None:
        shapes[part] = _shape_of(output)

    first = next(module.parameters(), None)
    if first is None:
        x = creation.zeros(input_shape, dtype)
    else:
        x = creation.zeros(input_shape, dtype or first.dtype, first.device)
    training = {part: part.training for part in module.modules()}
    removals = [part.register_forward_hook(note) for part in training]
    try:
        with no_grad():
            module.eval()(x)
    finally:
        for remove in removals:
            remove()
        for part, mode in training.items():
            part.training = mode
    return shapes


def _shape_of(output: Any) -> Any:
    if isinstance(output, Tensor):
        return output.shape
    if isinstance(output, (tuple, list)):
        return [_shape_of(part) for part in output]
    return None


def _label(row: Row) -> str:
    """Indented by depth, with the last part of the name: ``    0: Linear``."""
    if not row.name:
        return row.kind
    return "  " * (row.name.count(".") + 1) + f"{row.name.rpartition('.')[2]}: {row.kind}"


def _shown(shape: Any) -> str:
    if isinstance(shape, list):
        return ", ".join(map(_shown, shape))
    return "" if shape is None else str(shape)


def _memory(nbytes: int) -> str:
    size, unit = float(nbytes), "bytes"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"
