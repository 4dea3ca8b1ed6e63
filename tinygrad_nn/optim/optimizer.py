"""`Optimizer`: groups of parameters, what is remembered about each, and the step that updates them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any, ClassVar

from .. import backend
from ..autograd.apply import make
from ..autograd.modes import current_mode, enable_grad
from ..autograd.variable import WRITES
from ..backend import NAMESPACES
from ..tensor import Tensor
from .live import LiveGroup

__all__ = ["Optimizer", "Parameters", "require", "require_betas"]

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]]

# Keys of a saved group that say how PyTorch computes or names things: they do not change what is computed.
FOREIGN_KEYS = frozenset(("capturable", "decoupled_weight_decay", "differentiable", "foreach", "fused", "param_names"))
SCHEDULER_KEYS = frozenset(("initial_lr",))  # what a learning-rate scheduler leaves in a group


class Optimizer(ABC):
    """The base of all optimizers; derive from it to write one.

    A derived class states its update `rule`, a function over arrays and their namespace ``xp`` that writes in place
    (and whether it is `elementwise`), and three things about it: the moments it keeps for each parameter, the numbers
    it takes, and which values of them are allowed. This class does the rest: groups, saving, and running the rule on
    every kind of array.

    Parameters
    ----------
    params : iterable of Tensor, or of dict
        What to optimize. Each dictionary is a group: its tensors under ``"params"``, and hyper-parameters that are
        to differ from `defaults`.
    defaults : mapping
        The hyper-parameters of groups that do not name their own.

    Attributes
    ----------
    param_groups : list of dict
        Each with ``"params"``, a list of tensors, and every hyper-parameter. Changing one is allowed at any time.
    state : dict of Tensor to dict
        For each parameter that has been updated: ``"step"``, how often, and its moments.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import optim
    >>> class SignSGD(optim.Optimizer):
    ...     @staticmethod
    ...     def rule(xp, p, g, *, lr):
    ...         p -= lr * xp.sign(g)
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...     def _settings(self, group, step):
    ...         return {"lr": float(group["lr"])}
    >>> x = tg.asarray([1.0, -1.0], requires_grad=True)
    >>> optimizer = SignSGD([x])
    >>> (x * x).sum().backward()
    >>> optimizer.step()
    >>> x.detach()
    Tensor([ 0.9, -0.9], dtype=float32)
    """

    rule: ClassVar[Callable[..., None]]
    """``rule(xp, p, g, *moments, **settings)``: write the next value of `p`, and of its moments, in place."""

    loop: ClassVar[Callable[..., None] | None] = None
    """``loop(p, g, *moments, **settings)``: the same for flat arrays, one element after the other, for a compiler."""

    elementwise: ClassVar[bool] = True
    """Whether the rule does the same to each element, so that parts of arrays may be given to it one by one."""

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        self.defaults = dict(defaults)
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        if isinstance(params, (Tensor, Mapping)):
            raise TypeError(f"{self._name}: params must be an iterable of tensors or of groups; put it into a list")
        if not isinstance(params, Iterable):
            wanted = "pass model.parameters(), or another iterable of tensors"
            raise TypeError(f"{self._name}: params is a {type(params).__name__}; {wanted}")
        entries: list[Any] = list(params)
        if not entries:
            raise ValueError(f"{self._name}: there are no parameters to optimize; params is empty")
        groups = entries if isinstance(entries[0], Mapping) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)

    # What a derived class states.

    @abstractmethod
    def _settings(self, group: dict[str, Any], step: int) -> dict[str, Any]:
        """What the rule takes by keyword, for parameters in `group` that are updated for the `step`-th time.

        A program (`tg.compile`) finds the floats among it anew in each run; where others change, it is another program.
        """

    def _moments(self, group: dict[str, Any]) -> dict[str, float]:
        """The moments that the rule keeps of a parameter in `group`, in its order, and what each starts from."""
        return {}

    def _moment_shape(self, name: str, p: Tensor) -> tuple[int, ...]:
        """The shape of a moment of a parameter: the parameter's own."""
        return p.shape

    def _derived(self, group: dict[str, Any], step: int) -> dict[str, float]:
        """What PyTorch keeps of a parameter in `group` that follows from its number of steps: saved for others."""
        return {}

    def _check(self, group: dict[str, Any]) -> None:
        """Raise ValueError or TypeError where a hyper-parameter of `group` has a value that makes no sense."""
        require("lr", group["lr"], 0)

    # Groups.

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Optimize more parameters, from now on.

        Parameters
        ----------
        group : mapping
            ``"params"``, a tensor or an iterable of tensors, and hyper-parameters that are to differ from the defaults.

        Raises
        ------
        TypeError
            Something in it is no tensor, or it has a key that is no hyper-parameter of this optimizer.
        ValueError
            It is empty, a tensor does not require a gradient or is in the optimizer already, or a hyper-parameter has
            a value that makes no sense.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import optim
        >>> a, b = tg.ones(2, requires_grad=True), tg.ones(3, requires_grad=True)
        >>> optimizer = optim.SGD([a], lr=0.1)
        >>> optimizer.add_param_group({"params": [b], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(group, Mapping) or "params" not in group:
            raise TypeError(f'{self._name}: a parameter group is a dictionary with "params" in it, not {group!r}')
        unknown = sorted(group.keys() - self.defaults.keys() - SCHEDULER_KEYS - {"params"})
        if unknown:
            raise TypeError(
                f"{self._name}: a parameter group has {', '.join(unknown)}; "
                f"its hyper-parameters are {', '.join(self.defaults)}"
            )
        params = group["params"]
        if isinstance(params, (set, frozenset)):
            raise TypeError(f"{self._name}: a set of parameters has no order that stays; use a list")
        params = [params] if isinstance(params, Tensor) else list(params)
        if not params:
            raise ValueError(f"{self._name}: a parameter group is empty")
        known = {id(p) for each in self.param_groups for p in each["params"]}
        for place, p in enumerate(params):
            self._check_parameter(p, place)
            if id(p) in known:
                raise ValueError(
                    f"{self._name}: parameter {place} of a group, of shape {p.shape}, is in the optimizer already; "
                    "each may be there once"
                )
            known.add(id(p))
        full = {**self.defaults, **group, "params": params}
        self._check(full)
        self.param_groups.append(full)

    def _check_parameter(self, p: Any, place: int) -> None:
        if not isinstance(p, Tensor):
            hint = "; pass model.parameters(), without names" if isinstance(p, tuple) else ""
            raise TypeError(f"{self._name}: parameter {place} is a {type(p).__name__}, not a tensor{hint}")
        if not p.requires_grad:
            raise ValueError(
                f"{self._name}: parameter {place}, of shape {p.shape}, does not require a gradient; "
                "call requires_grad_() on it, or leave it out"
            )
        if p.node is not None:
            raise ValueError(
                f"{self._name}: parameter {place}, of shape {p.shape}, was computed from others; "
                "only leaves can be optimized, such as p.detach().requires_grad_()"
            )

    # The step.

    def zero_grad(self) -> None:
        """Forget the gradients: ``p.grad = None`` for every parameter."""
        recorder = current_mode().recorder
        for group in self.param_groups:
            if recorder is not None:  # it restores the gradients from outside
                recorder.drop_grads(group["params"])
            for p in group["params"]:
                p.grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; no graph is recorded.

        Parameters
        ----------
        closure : callable or None
            Called first, to compute the loss and its gradients anew.

        Returns
        -------
        Any
            What `closure` returned, or None.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        recorder = current_mode().recorder
        for group in self.param_groups:
            moments = self._moments(group)
            if recorder is not None:
                self._lift(recorder, group, moments)
            kind = last = None
            operands: list[list[Any]] = []
            for p in group["params"]:
                grad = p.grad
                if grad is None:
                    continue
                array = p.array
                arrays = [array, grad.array]
                found = type(array)
                try:
                    state = self.state[p]
                    for name in moments:
                        moment = state[name].array
                        if moment.dtype is not array.dtype or type(moment) is not found:
                            raise KeyError(name)
                        arrays.append(moment)
                except KeyError:
                    state = self._begin(p, moments)
                    arrays = [p.array, grad.array, *[state[name].array for name in moments]]
                step = state["step"] = state["step"] + 1
                if step != last or found is not kind:
                    self._update(group, last, operands)
                    kind, last, operands = found, step, []
                operands.append(arrays)
                p.version[WRITES] += 1  # so that a backward which would read the old values notices
            self._update(group, last, operands)
        return loss

    def _update(self, group: dict[str, Any], step: Any, operands: list[list[Any]]) -> None:
        """Run the rule on the arrays of parameters in `group` that are on one device, all for the `step`-th time."""
        if operands:
            xp = NAMESPACES[type(operands[0][0])]
            recorder = current_mode().recorder
            if recorder is not None:
                self._record(recorder, group, step, operands)
                return
            run = (xp.kernels.get("update") if self.elementwise else None) or update
            run(xp, self.rule, operands, self._settings(group, step), self.loop)

    def _record(self, recorder: Any, group: dict[str, Any], step: int, operands: list[list[Any]]) -> None:
        """Record the rule, with numbers that each run of the program finds anew."""
        owners = {id(p.array): p for p in group["params"]}
        params = [owners[id(arrays[0])] for arrays in operands]
        start = recorder.restore(self.state[params[0]])["step"]
        settings = recorder.live[-1].update(params, step, start)
        numbers: dict[Any, dict[str, Any]] = {}
        for arrays in operands:
            xp = NAMESPACES[type(arrays[0])]
            kind = (arrays[0].dtype, xp.device_of(arrays[0]))
            if kind not in numbers:
                numbers[kind] = settings.numbers(recorder, arrays[0])
            self.rule(xp, *arrays, **numbers[kind])

    def _lift(self, recorder: Any, group: dict[str, Any], moments: dict[str, float]) -> None:
        """Make state of the program that is being recorded of all that an update reads and writes."""
        recorder.live.append(LiveGroup(self, group))
        recorder.lift_grads(group["params"])
        for p in group["params"]:
            if p.grad is not None:
                state = self._begin(p, moments)
                recorder.restore(state)  # the step count is no array
                recorder.lift([state[name] for name in moments])

    def _begin(self, p: Tensor, moments: dict[str, float]) -> dict[str, Any]:
        """The state of a parameter; what it lacks is made, and moments follow where the parameter has gone since.

        While a program is recorded the moments must not be made by an instruction of it, for they are not anew in each
        run: then they are made apart from the array of `p`, else with its layout in memory.
        """
        recorded = current_mode().recorder is not None
        state = self.state.setdefault(p, {"step": 0})
        for name, value in moments.items():
            if name not in state:
                shape = self._moment_shape(name, p)
                if recorded or shape != p.shape:
                    array = backend.full(shape, value, p.dtype, p.device)
                else:
                    array = NAMESPACES[type(p.array)].full_like(p.array, value)
                state[name] = make(array)
            elif (state[name].device, state[name].dtype) != (p.device, p.dtype):
                state[name] = make(backend.as_array(state[name].array, p.dtype, p.device))
        return state

    # Saving.

    def state_dict(self) -> dict[str, Any]:
        """Everything that a training goes on from, in PyTorch's layout.

        Returns
        -------
        dict
            ``{"state": {index: {"step": int, name: Tensor, ...}}, "param_groups": [{..., "params": [index, ...]}]}``,
            with the parameters numbered through all groups. The tensors are the moments themselves, not copies.
        """
        numbers = {p: n for n, p in enumerate(self._parameters())}
        return {
            "state": {
                numbers[p]: self._saved_state(p, group)
                for group in self.param_groups
                for p in group["params"]
                if p in self.state
            },
            "param_groups": [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups],
        }

    def _saved_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """What is saved of a parameter in `group`."""
        state = self.state[p]
        saved = {name: state[name] for name in ("step", *self._moments(group)) if name in state}
        return saved | self._derived(group, state["step"])

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a saved state: of this optimizer, or of PyTorch's of the same name.

        The moments are copied, to the device and dtype of their parameters.

        Parameters
        ----------
        state_dict : mapping
            As `state_dict` gives it.

        Raises
        ------
        ValueError
            It does not fit the parameters; the message names what does not, and nothing is changed.
        """
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError(
                f"{self._name}: {len(saved)} parameter groups were saved, there are {len(self.param_groups)}"
            )
        groups = [self._loaded_group(n, group, old) for n, (group, old) in enumerate(zip(saved, self.param_groups))]
        places = {n: (p, new) for group, new in zip(saved, groups) for n, p in zip(group["params"], new["params"])}
        unknown = sorted(state_dict["state"].keys() - places.keys())
        if unknown:
            raise ValueError(f"{self._name}: a state was saved for {unknown}, which are in no saved parameter group")
        state = {}
        for n, values in state_dict["state"].items():
            p, group = places[n]
            loaded = self._loaded_state(n, {k: v for k, v in values.items() if v is not None}, p, group)
            if loaded:
                state[p] = loaded
        self.param_groups[:] = groups
        self.state = state

    def _loaded_group(self, place: int, saved: Mapping[str, Any], group: dict[str, Any]) -> dict[str, Any]:
        """A saved group with the tensors of `group`."""
        if len(saved["params"]) != len(group["params"]):
            raise ValueError(
                f"{self._name}: parameter group {place} was saved with {len(saved['params'])} parameters, "
                f"it has {len(group['params'])}"
            )
        foreign = FOREIGN_KEYS - self.defaults.keys()
        missing = sorted(self.defaults.keys() - saved.keys())
        unknown = sorted(saved.keys() - group.keys() - foreign - SCHEDULER_KEYS)
        if missing or unknown:
            raise ValueError(
                f"{self._name}: the saved parameter group {place} lacks {missing} and has the unknown {unknown}; "
                "was it saved by another optimizer?"
            )
        loaded = {key: value for key, value in saved.items() if key not in foreign} | {"params": group["params"]}
        self._check(loaded)
        return loaded

    def _loaded_state(self, n: int, saved: dict[str, Any], p: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """A saved state as that of `p`; empty where nothing was saved."""
        if not saved:
            return {}
        wanted = self._moments(group)
        known = wanted.keys() | self._derived(group, 1).keys() | {"step"}
        missing, unknown = sorted(wanted.keys() - saved.keys()), sorted(saved.keys() - known)
        if missing or unknown:
            raise ValueError(
                f"{self._name}: the saved state of parameter {n} lacks {missing} and has the unknown {unknown}"
            )
        # PyTorch's SGD does not count its steps; only whether there was one matters to ours
        state: dict[str, Any] = {"step": int(saved.get("step", 1))}
        for name in wanted:
            value = saved[name]
            array = backend.as_array(value.array if isinstance(value, Tensor) else value, p.dtype, p.device)
            shape = self._moment_shape(name, p)
            if array.shape != shape:
                expected = f"the parameter {p.shape}" if shape == p.shape else f"wanted is {shape}"
                raise ValueError(f"{self._name}: the saved {name} of parameter {n} has shape {array.shape}, {expected}")
            state[name] = make(NAMESPACES[type(array)].copy(array))
        return state

    def _parameters(self) -> Iterable[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        lines = [f"{self._name}("]
        for n, group in enumerate(self.param_groups):
            values = ", ".join(f"{key}={value!r}" for key, value in group.items() if key != "params")
            lines.append(f"  group {n}: {len(group['params'])} parameters, {values}")
        return "\n".join([*lines, ")"])


def update(xp: Any, rule: Callable[..., None], operands: Iterable[list[Any]], settings: Mapping[str, Any],
           loop: Callable[..., None] | None = None) -> None:  # fmt: skip
    """Do ``rule(xp, *arrays, **settings)`` for each list of arrays in `operands`; namespaces may have a faster form."""
    for arrays in operands:
        rule(xp, *arrays, **settings)


def require(name: str, value: Any, low: float, high: float = float("inf")) -> None:
    """Raise where a hyper-parameter is no number, or not in [low, high)."""
    if not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    if not low <= float(value) < high:
        wanted = f"at least {low}" if high == float("inf") else f"in [{low}, {high})"
        raise ValueError(f"{name} must be {wanted}, not {value!r}")


def require_betas(group: Mapping[str, Any]) -> None:
    """Raise where the ``"betas"`` of a group are not two numbers in [0, 1)."""
    betas = group["betas"]
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise TypeError(f"betas must be a pair of numbers, not {betas!r}")
    for n, beta in enumerate(betas):
        require(f"betas[{n}]", beta, 0, 1)
