"""What a recorded program relies on: that a call is of the kind it was recorded for, and that all else is as it was."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, is_
from typing import Any

from ..backend import device_of, form_of
from ..backend.attributes import Objects
from .program import Gradient, Program
from .reach import Variables

__all__ = ["Guard"]

ARRAY, REQUIRES_GRAD, HOOKS = map(attrgetter, ("array", "requires_grad", "hooks"))


class Guard:
    """The kind of a call, and what a program found outside of the arguments; optimizers are looked at by its actions.

    It is asked at each call, so its loops do as little as they can.

    Parameters
    ----------
    form
        The structure of the arguments, with all in it that is no tensor (see `form_and_tensors`).
    tensors : sequence of Tensor
        The tensors in them.
    grad_enabled : bool
        Whether operations are recorded for backward.
    """

    def __init__(self, form: Any, tensors: Sequence[Any], grad_enabled: bool) -> None:
        self.form = form
        self.grad_enabled = grad_enabled
        self.inputs = [(form_of(x.array), x.requires_grad) for x in tensors]
        self.state: list[Any] = []  # the tensors, and of each its array, whether it requires a gradient, and its hooks
        self.arrays: list[Any] = []
        self.required: list[bool] = []
        self.hooks: list[Any] = []
        self.starts: list[Any] = []  # those that have no gradient
        self.gradients: list[tuple[Any, Any]] = []  # those that have one, and of which form
        self.objects = Objects([])
        self.variables = Variables(None)

    def rely_on(self, program: Program) -> None:
        """Look at the tensors and modules of a program, too, as they are now, and at the variables of its function."""
        places = [place for _, place in program.state]
        self.state = [place for place in places if type(place) is not Gradient]
        self.arrays = list(map(ARRAY, self.state))
        self.required = list(map(REQUIRES_GRAD, self.state))
        self.hooks = [x.hooks and list(x.hooks) for x in self.state]
        owners = [place.tensor for place in places if type(place) is Gradient]
        self.gradients = [(x, form_of(x.grad.array)) for x in owners]
        self.starts = program.starts
        self.objects = Objects(program.objects)

    def difference(self, form: Any, tensors: Sequence[Any], grad_enabled: bool) -> str:
        """In words, what differs in a call; empty if nothing."""
        if form != self.form:
            return "the arguments have another structure, or other numbers in it"
        if grad_enabled is not self.grad_enabled:
            return f"gradients are {'on' if grad_enabled else 'off'}"
        for x, (was, requires_grad) in zip(tensors, self.inputs):
            if form_of(x.array) != was:
                return f"an argument is {_described(x.array)}, and was {_in_words(was)}"
            if x.requires_grad is not requires_grad:
                return f"an argument {'requires' if x.requires_grad else 'does not require'} a gradient"
            if requires_grad and (x.grad is not None or x.hooks or (grad_enabled and x.node is not None)):
                return "an argument has a gradient, hooks or a graph"
        if not all(map(is_, map(ARRAY, self.state), self.arrays)):
            for place, (x, array) in enumerate(zip(self.state, self.arrays)):
                if form_of(x.array) != form_of(array):
                    return f"a tensor is {_described(x.array)}, and was {_described(array)}"
                self.arrays[place] = x.array
        if list(map(REQUIRES_GRAD, self.state)) != self.required:
            x = next(x for x, was in zip(self.state, self.required) if x.requires_grad is not was)
            return f"a tensor of shape {x.shape} {'requires' if x.requires_grad else 'does not require'} a gradient"
        if list(map(HOOKS, self.state)) != self.hooks:
            x = next(x for x, hooks in zip(self.state, self.hooks) if x.hooks != hooks)
            return f"a tensor of shape {x.shape} has other hooks"
        for x in self.starts:
            if x.grad is not None:
                return f"a tensor of shape {x.shape} has a gradient"
        for x, was in self.gradients:
            if x.grad is None or form_of(x.grad.array) != was:
                return f"a tensor of shape {x.shape} has no gradient, or another kind of it"
        return self.objects.difference() or self.variables.difference()


def _described(array: Any) -> str:
    return f"{_in_words(form_of(array))} on {device_of(array)}"


def _in_words(form: tuple[Any, ...]) -> str:
    _, shape, dtype, layout = form
    return f"{dtype}{list(shape)} with strides {layout}" if isinstance(layout, tuple) else f"{dtype}{list(shape)}"
