"""What is seen of a training: a bar over the batches, and a line for each epoch."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping
from time import monotonic
from typing import Any, TypeVar

__all__ = ["epoch_line", "progress_bar"]

T = TypeVar("T")


def progress_bar(
    batches: Iterable[T], total: int, label: str, *, status: Callable[[], str], show: bool | None = None
) -> Generator[T, None, None]:
    """Walk `batches` under a bar that vanishes at the end; in notebooks, one made for them.

    Parameters
    ----------
    batches : iterable
        What to walk.
    total : int
        How many they are.
    label : str
        What stands before the bar.
    status : callable
        Gives what stands after the bar; asked twice a second.
    show : bool, optional
        Whether to show it; by default where the standard error is a terminal or a notebook.
    """
    if show is False:
        yield from batches
        return
    from tqdm.auto import tqdm

    bar: Any = tqdm(
        batches, desc=label, total=total, unit="batch", leave=False, dynamic_ncols=True,
        disable=None if show is None else False,
    )  # fmt: skip
    with bar:
        asked = monotonic()
        for batch in bar:
            yield batch
            if not bar.disable and monotonic() - asked > 0.5:
                bar.set_postfix_str(status(), refresh=False)
                asked = monotonic()


def epoch_line(epoch: int, epochs: int, logs: Mapping[str, float]) -> str:
    """Say in one line what an epoch brought.

    Examples
    --------
    >>> from tinygrad_nn.train.progress import epoch_line
    >>> epoch_line(3, 20, {"loss": 0.25, "accuracy": 0.925, "val_loss": 0.3, "learning_rate": 0.001, "seconds": 1.24})
    'epoch  3/20  1.2 s  loss 0.2500  accuracy 92.50 %  val_loss 0.3000  lr 0.001'
    """
    width = len(str(epochs))
    parts = [f"epoch {epoch:{width}}/{epochs}"]
    if "seconds" in logs:
        parts.append(f"{logs['seconds']:.1f} s")
    parts += [_shown(name, value) for name, value in logs.items() if name not in ("seconds", "learning_rate")]
    if "learning_rate" in logs:
        parts.append(f"lr {logs['learning_rate']:.3g}")
    return "  ".join(parts)


def _shown(name: str, value: float) -> str:
    if name.endswith("accuracy") and not math.isnan(value):
        return f"{name} {100 * value:.2f} %"
    return f"{name} {value:.4f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{name} {value:.3e}"
