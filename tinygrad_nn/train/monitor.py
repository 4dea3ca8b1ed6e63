"""What callbacks watch: one quantity of the history, turned so that less is better."""

from __future__ import annotations

from collections.abc import Mapping

from .history import improves_upwards

__all__ = ["Monitor"]


class Monitor:
    """Reads one quantity from what was measured in an epoch.

    Parameters
    ----------
    owner : str
        Who watches, for messages.
    name : str
        The quantity, as the history calls it.
    mode : {"min", "max"}, optional
        Whether small or large is good; by default, large unless the name ends in "loss" or "error".
    """

    def __init__(self, owner: str, name: str, mode: str | None) -> None:
        self.owner = owner
        self.name = name
        self.sign = -1.0 if improves_upwards(name, mode) else 1.0

    def value(self, logs: Mapping[str, float]) -> float:
        """Return the quantity times a sign, so that less is better.

        Raises
        ------
        ValueError
            If it was not measured.
        """
        if self.name not in logs:
            hint = "; pass validation_data to fit" if self.name.startswith("val_") else ""
            raise ValueError(f"{self.owner}: monitor={self.name!r} is not among {', '.join(logs)}{hint}")
        return self.sign * logs[self.name]
