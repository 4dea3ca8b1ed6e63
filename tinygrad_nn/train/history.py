"""The history of a training: one list of numbers for each quantity, one number an epoch."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..interop.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["History"]


class History(Mapping[str, list[float]]):
    """What was measured in each epoch: ``history["val_loss"][3]`` is the validation loss of epoch 4.

    Quantities that were not measured in an epoch are NaN there.

    Parameters
    ----------
    columns : mapping of str to sequence of float, optional
        To begin with, equally long.

    Examples
    --------
    >>> from tinygrad_nn.train import History
    >>> history = History()
    >>> history.append({"loss": 0.9, "val_loss": 1.0})
    >>> history.append({"loss": 0.4, "val_loss": 0.8})
    >>> history["val_loss"], history.epochs, history.best_epoch("val_loss")
    ([1.0, 0.8], 2, 2)
    """

    def __init__(self, columns: Mapping[str, list[float]] | None = None) -> None:
        self._columns = {name: [float(value) for value in values] for name, values in (columns or {}).items()}
        if len(lengths := {len(values) for values in self._columns.values()}) > 1:
            raise ValueError(f"History: the columns have lengths {sorted(lengths)}; wanted is one length")
        self.epochs = next(iter(lengths), 0)

    def __getitem__(self, name: str) -> list[float]:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"no {name!r} was measured; there are {', '.join(self._columns) or 'none'}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"History({self.epochs} epochs of {', '.join(self._columns) or 'nothing'})"

    def append(self, logs: Mapping[str, float]) -> None:
        """Add an epoch."""
        for name in logs:
            self._columns.setdefault(name, [math.nan] * self.epochs)
        for name, values in self._columns.items():
            values.append(float(logs.get(name, math.nan)))
        self.epochs += 1

    def best_epoch(self, monitor: str = "val_loss", *, mode: str | None = None) -> int:
        """Return the epoch, counted from 1, with the best value; the first of equals.

        Parameters
        ----------
        monitor : str
            Which quantity.
        mode : {"min", "max"}, optional
            Whether small or large is good; by default, large unless the name ends in "loss" or "error".

        Raises
        ------
        KeyError
            If it was not measured.
        ValueError
            If it was NaN throughout.
        """
        sign = -1.0 if improves_upwards(monitor, mode) else 1.0
        values = [(sign * value, epoch) for epoch, value in enumerate(self[monitor], 1) if not math.isnan(value)]
        if not values:
            raise ValueError(f"best_epoch: {monitor!r} has no value in {self.epochs} epochs")
        return min(values)[1]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the history as a table, one row an epoch, with all digits; an older file stays until it is whole."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self._columns])
        for epoch in range(self.epochs):
            values = [column[epoch] for column in self._columns.values()]
            writer.writerow([epoch + 1, *("" if math.isnan(value) else repr(value) for value in values)])
        with replacing(path) as temporary:
            temporary.write_text(text.getvalue(), encoding="utf-8")

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str]) -> History:
        """Read what `to_csv` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not such a table.
        """
        if not Path(path).exists():
            raise FileNotFoundError(f"{path}: no such file")
        try:
            header, *rows = csv.reader(Path(path).read_text(encoding="utf-8").splitlines())
            if header[0] != "epoch":
                raise ValueError(f"the first column is {header[0]!r}, not 'epoch'")
            columns = {
                name: [float(row[i] or "nan") for row in rows] for i, name in enumerate(header[1:], start=1)
            }
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}: not a history as to_csv writes it ({error})") from None
        return cls(columns)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw the learning curves, see `tinygrad_nn.viz.plot_history`; needs ``pip install tinygrad_nn[plot]``."""
        from ..viz import plot_history

        return plot_history(self, path)


def improves_upwards(monitor: str, mode: str | None = None) -> bool:
    """Tell whether large values of a quantity are good: unless said, of all but losses and errors."""
    if mode not in (None, "min", "max"):
        raise ValueError(f"mode: found {mode!r}, wanted 'min', 'max' or None")
    return mode == "max" if mode else not monitor.endswith(("loss", "error"))
