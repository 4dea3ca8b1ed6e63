"""The steps of an optimizer in a recorded program: each run finds their numbers anew, and counts them."""

from __future__ import annotations

from operator import is_
from typing import Any

from ..backend.live import Live, LiveSettings

__all__ = ["LiveGroup"]


class LiveGroup(Live):
    """A group of parameters in one step of an optimizer: what a program relies on about it, and its updates."""

    def __init__(self, optimizer: Any, group: dict[str, Any]) -> None:
        self.optimizer = optimizer
        self.group = group
        self.place = next(i for i, each in enumerate(optimizer.param_groups) if each is group)
        self.count = len(optimizer.param_groups)
        self.params = [*map(id, group["params"])]
        self.moments = [*optimizer._moments(group)]
        self.updates: list[_LiveUpdate] = []

    def update(self, params: list[Any], step: int, start: int) -> LiveSettings:
        """The settings of one more update: of some of the parameters, updated `start` times before the program runs."""
        found = _LiveUpdate(self, params, step, start)
        self.updates.append(found)
        return found.settings

    def difference(self) -> str:
        groups = self.optimizer.param_groups
        if len(groups) != self.count or groups[self.place] is not self.group:
            return f"{self.optimizer._name} has other groups of parameters"
        if [*map(id, self.group["params"])] != self.params:
            return f"{self.optimizer._name} has other parameters in group {self.place}"
        moments = [*self.optimizer._moments(self.group)]
        if moments != self.moments:
            return f"{self.optimizer._name} keeps {moments} of each parameter, and kept {self.moments}"
        for update in self.updates:
            difference = update.difference()
            if difference:
                return f"{self.optimizer._name}: {difference}"
        return ""

    def advance(self) -> None:
        for update in self.updates:
            update.count(update.start + update.ahead)

    def take_back(self) -> None:
        for update in self.updates:
            update.count(update.start)


class _LiveUpdate:
    """One update of parameters that are updated for the same time.

    Attributes
    ----------
    params : list of Tensor
        The parameters.
    records : list of dict
        What the optimizer keeps of each.
    moments : list of (dict, str, Tensor)
        The moments in these.
    start : int
        How often they had been updated when the run began.
    ahead : int
        For how many-th time in the run they are now: 1, and more where the program has several steps.
    """

    def __init__(self, of: LiveGroup, params: list[Any], step: int, start: int) -> None:
        self.of = of
        self.settings = LiveSettings(of.optimizer._settings(of.group, step))
        self.params = params
        self.records = [of.optimizer.state[p] for p in params]
        self.moments = [(record, name, record[name]) for record in self.records for name in of.moments]
        self.start = start
        self.ahead = step - start

    def difference(self) -> str:
        start = self.start = self.records[0]["step"]
        known = all(map(is_, map(self.of.optimizer.state.get, self.params), self.records))
        if not known or {record["step"] for record in self.records} != {start}:
            return "parameters have other counts of steps"
        for record, name, tensor in self.moments:
            if record[name] is not tensor:
                return f"the {name} of a parameter is another tensor"
        self.settings.now = self.of.optimizer._settings(self.of.group, start + self.ahead)
        return self.settings.difference()

    def count(self, step: int) -> None:
        for record in self.records:
            record["step"] = step
