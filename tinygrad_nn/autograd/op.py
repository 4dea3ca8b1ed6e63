"""The contract of an operation: a pair of pure functions over arrays and a namespace.

An `Op` is a forward function and, for each input that can have a gradient, a rule: its vector-Jacobian product.
Neither sees a `Tensor`, a device, or NumPy by name. They receive the namespace ``xp`` of the arrays they are given,
so the same two functions run on NumPy arrays, on CuPy arrays, on `Tensor`s (then backward is itself recorded and can
be differentiated again) and on traced arrays (then they become part of a program).

Adding an operation is this much, in the file of its family::

    @elementwise(vjp(lambda xp, g, y, x: g * (1 - y * y), reads="y"))
    def tanh(xp, x):
        \"\"\"Hyperbolic tangent, elementwise. ...\"\"\"
        return xp.tanh(x)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .apply import apply

__all__ = ["Op", "Vjp", "each", "elementwise", "op", "vjp"]

Rule = Callable[..., Any]

_PACKAGE = __name__.partition(".")[0] + "."


class Vjp:
    """A rule ``rule(xp, g, y, *inputs, **attributes)`` and the names of what it reads.

    ``g`` is the gradient of the output ``y``. The rule gets every input in its place, but only those named in
    ``reads`` (by the parameter names of the forward, ``y``, or ``y.1`` for one of several outputs) with their values:
    an input that no rule of a node reads is represented by an object with its ``shape`` and ``dtype`` where it needs a
    gradient, else by None, so its memory can be freed.
    """

    __slots__ = ("reads", "rule")

    def __init__(self, rule: Rule, reads: str) -> None:
        self.rule = rule
        self.reads = frozenset(reads.split())


def vjp(rule: Rule, reads: str = "") -> Vjp:
    """State the vector-Jacobian product of one input.

    Parameters
    ----------
    rule : callable
        ``rule(xp, g, y, *inputs, **attributes)``: the gradient of that input, from the gradient `g` of the output `y`.
    reads : str
        The names of the values it needs, separated by spaces; the rest is freed (see `Vjp`).

    Returns
    -------
    Vjp
    """
    return Vjp(rule, reads)


def each(rule: Rule, reads: str = "") -> _Each:
    """State one rule for all inputs of an operation that takes any number.

    Parameters
    ----------
    rule : callable
        As that of `vjp`; it also gets ``index=``, the place of the input whose gradient is wanted.
    reads : str
        The names of the values it needs, separated by spaces.

    Returns
    -------
    rules
        For `op`, in place of one rule for each input.
    """
    return _Each(Vjp(rule, reads))


class _Each:
    """The rules of a variadic operation: ``rules[i]`` is the one rule, told which input it is for."""

    __slots__ = ("vjp",)

    def __init__(self, rule: Vjp) -> None:
        self.vjp = rule

    def __getitem__(self, index: int) -> Rule:
        return partial(self.vjp.rule, index=index)


class _Signature:
    """What `inspect.signature` and `help` find on an operation: the parameters of its forward after the namespace."""

    __slots__ = ()

    def __get__(self, op: Op | None, kind: type[Op]) -> Any:
        if op is None:
            raise AttributeError("an operation has a signature of its own, the class has that of its __init__")
        from inspect import Parameter, Signature, signature

        _, *given = signature(op.forward).parameters.values()
        for i, p in enumerate(given):  # arrays go by their place, attributes by their name
            found = Parameter.POSITIONAL_ONLY if p.kind is Parameter.POSITIONAL_OR_KEYWORD else p.kind
            given[i] = p.replace(kind=found, annotation=Parameter.empty)
        return Signature(given)


class Op:
    """One operation: its forward, its gradient rules, and what it is where that gives something free.

    Attributes
    ----------
    name : str
        The name it has in the table of operations, in error messages and in programs.
    forward : callable
        ``forward(xp, *arrays, **attributes)``: an array, or a tuple of arrays.
    rules : sequence of callable
        ``rules[i]`` gives the gradient of input `i`; empty where the operation has no gradient.
    broadcasts : bool
        Its inputs broadcast against each other; the engine sums each gradient back to its input's shape.
    elementwise : bool
        Every output element depends only on the input elements in its place.
    view : bool
        The output may share the memory of the first input.
    linear : str
        ``"jointly"`` where the output is linear in all inputs with a rule together, ``"each"`` where it is linear in
        each of them while the others stay, else empty: a linear operation is its own JVP.
    jvp : callable or None
        ``jvp(xp, tangents, y, *inputs, **attributes)``: the tangent of the output (a tuple of them where it has
        several), from those of the inputs, each of its input's shape or None where that is constant. Elementwise and
        linear operations need none.
    batch : callable or None
        ``batch(xp, batched, *inputs, **attributes)``: the output for every sample, along a new first axis. `batched`
        says for each input whether it has such an axis; at least one has. Elementwise operations need none.
    outer : callable or None
        Of an operation in two stages, such as a product that goes through an activation, the rule of the second:
        ``outer(xp, g, y, *inputs, **attributes)`` is the gradient of what comes out of the first. It is computed once,
        and the rules of all inputs get it as their `g`.
    kernel : str
        The key under which a backend may have a faster form; empty for operations from outside of this package.
    """

    __signature__ = _Signature()

    def __init__(self, forward: Rule, rules: tuple[Vjp | None, ...] | _Each, *, name: str = "",
                 elementwise: bool = False, broadcasts: bool = False, view: bool = False, linear: str = "",
                 jvp: Rule | None = None, batch: Rule | None = None, outer: Vjp | None = None) -> None:  # fmt: skip
        code = forward.__code__
        self.name = self.__name__ = name or forward.__name__
        self.__doc__ = forward.__doc__
        self.__module__ = forward.__module__
        self.forward = forward
        self.elementwise = elementwise
        self.broadcasts = broadcasts
        self.view = view
        self.linear = linear
        self.jvp = jvp
        self.batch = batch
        self.outer = outer and outer.rule
        self.kernel = self.name if self.__module__.startswith(_PACKAGE) else ""
        # The names of the array parameters, after xp; a star parameter stands for all the inputs from there on.
        self._inputs = code.co_varnames[1 : code.co_argcount]
        if code.co_flags & 0x04:  # the forward takes *arrays
            self._inputs += (code.co_varnames[code.co_argcount + code.co_kwonlyargcount],)
        self.plans: dict[int, tuple[bool | tuple[int, ...], tuple[int, ...]]] = {}
        if isinstance(rules, _Each):
            self.rules: Any = rules
            self._reads: Any = rules.vjp.reads
        else:
            self.rules = tuple(r and r.rule for r in rules)
            self._reads = tuple(r and (r.reads | outer.reads if outer else r.reads) for r in rules)
        stated = (self._reads,) if isinstance(self._reads, frozenset) else self._reads
        named = frozenset[str]().union(*(reads or () for reads in stated)) - set(self._inputs) - {"y"}
        if unknown := [name for name in named if not name.startswith("y.")]:
            raise TypeError(f"op {self.name}: a rule reads {sorted(unknown)}, which its forward does not take")

    def __call__(self, *inputs: Any, **attributes: Any) -> Any:
        return apply(self, inputs, attributes)

    def __repr__(self) -> str:
        return f"<op {self.name}{self.__signature__}>"

    def plan(self, needs: int) -> tuple[bool | tuple[int, ...], tuple[int, ...]]:
        """What a node must keep: whether the output (of several, which of them), and which inputs.

        It is kept in `plans`.

        Parameters
        ----------
        needs : int
            A one, then one bit for each input: whether it needs a gradient (``0b110``: two inputs, the first does).
        """
        plan = self.plans[needs] = self._make_plan([bit == "1" for bit in f"{needs:b}"[1:]])
        return plan

    def _make_plan(self, needs: list[bool]) -> tuple[bool | tuple[int, ...], tuple[int, ...]]:
        if isinstance(self._reads, frozenset):
            reads = self._reads
        else:
            # inputs beyond the rules (index arrays) never need a gradient
            reads = frozenset().union(*(r for r, needed in zip(self._reads, needs) if needed and r))
        last = len(self._inputs) - 1
        outputs = tuple(sorted(int(name[2:]) for name in reads if name.startswith("y.")))
        inputs = tuple(i for i in range(len(needs)) if self._inputs[min(i, last)] in reads)
        return "y" in reads or outputs or False, inputs


def op(*rules: Vjp | _Each | None, **kinds: Any) -> Callable[[Rule], Op]:
    """Make an operation of a forward function and the gradient rules of its inputs, in order.

    Parameters
    ----------
    *rules : Vjp or None
        One for each input, None for an input that has no gradient; or one `each`.
    **kinds
        `name`, `broadcasts`, `elementwise`, `view`, `linear`, `jvp`, `batch`, `outer`: what `Op` is told.

    Returns
    -------
    callable
        A decorator: it takes the forward, ``forward(xp, *arrays, **attributes)``, and gives the `Op`.

    Raises
    ------
    TypeError
        A rule reads what the forward does not take.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.autograd.op import op, vjp
    >>> @op(vjp(lambda xp, g, y, x, factor: g * factor))
    ... def scaled(xp, x, *, factor):
    ...     return x * factor
    >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
    >>> scaled(x, factor=3).sum().backward()
    >>> x.grad
    Tensor([3., 3.], dtype=float32)
    """

    def make(forward: Rule) -> Op:
        stated: Any = rules[0] if rules and isinstance(rules[0], _Each) else rules
        return Op(forward, stated, **kinds)

    return make


def elementwise(*rules: Vjp | None, **kinds: Any) -> Callable[[Rule], Op]:
    """Make an operation that works element by element and whose inputs broadcast.

    Its docstring needs a summary and examples; what all of them take and give is put in between.

    Parameters
    ----------
    *rules : Vjp or None
        One for each input, None for an input that has no gradient; the engine sums to the shape of the input.
    **kinds
        `name`, `view`, `jvp`: what `Op` is told.

    Returns
    -------
    callable
        A decorator: it takes the forward, ``forward(xp, *arrays, **attributes)``, and gives the `Op`.

    Raises
    ------
    TypeError
        A rule reads what the forward does not take.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.autograd.op import elementwise, vjp
    >>> @elementwise(vjp(lambda xp, g, y, x: 3 * g * x * x, reads="x"))
    ... def cube(xp, x):
    ...     return x * x * x
    >>> x = tg.asarray([1.0, 2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    Tensor([ 3., 12.], dtype=float32)
    """

    def make(forward: Rule) -> Op:
        made = Op(forward, rules, elementwise=True, broadcasts=True, **kinds)
        made.__doc__ = _with_shared_sections(made)
        return made

    return make


def _with_shared_sections(op: Op) -> str | None:
    """The docstring of an elementwise operation, with the sections that are the same for all before its examples."""
    doc = op.__doc__
    if not doc or "Parameters\n" in doc or "Examples\n" not in doc:
        return doc
    summary, heading, examples = doc.partition("Examples\n")
    several = len(op._inputs) > 1
    shape = "broadcast shape" if several else f"shape of `{op._inputs[0]}`"
    lines = [
        "Parameters",
        "----------",
        f"{', '.join(op._inputs)} : Tensor, array of the same device, or scalar",
        "    Broadcast against each other." if several else "    Any shape.",
        "",
        "Returns",
        "-------",
        "Tensor",
        f"    Of the {shape}{'' if op.rules else ', without a gradient'}.",
        "",
        heading,
    ]
    indent = summary.rpartition("\n")[2]  # Python 3.13 takes it away
    return summary + f"\n{indent}".join(lines) + examples
