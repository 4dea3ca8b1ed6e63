"""Checkpoints: all that a training needs to go on, in one safetensors file.

The model's tensors have their own names, so that the file is a file of weights to other programs. The tensors of the
optimizer are ``optimizer/...``; all that is no tensor is JSON in the file's metadata.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..backend import Generator
from ..interop.safetensors import load_file, read_metadata, save_file
from ..tensor import Tensor
from .history import History
from .packing import pack, unpack

if TYPE_CHECKING:
    from ..nn import Module
    from ..optim import GradScaler, Optimizer, Scheduler
    from .callbacks import Callback

__all__ = ["Snapshot", "load_checkpoint", "read_checkpoint", "save_checkpoint"]

_KEY = "tinygrad_nn"
_FORMAT = 1


class Snapshot(NamedTuple):
    """What is in a checkpoint file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.train import read_checkpoint, save_checkpoint
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.safetensors"
    ...     save_checkpoint(path, nn.Linear(2, 3), metadata={"in_features": 2})
    ...     snapshot = read_checkpoint(path)
    >>> list(snapshot.weights), snapshot.states, snapshot.metadata
    (['bias', 'weight'], {}, {'in_features': 2})
    """

    weights: dict[str, Tensor]
    """The model's ``state_dict``."""
    states: dict[str, Any]
    """The states of ``optimizer``, ``scheduler``, ``scaler``, ``generators`` and ``callbacks``, as far as they were
    saved."""
    history: History
    """The epochs up to then."""
    metadata: dict[str, Any]
    """What the user added."""


def save_checkpoint(
    path: str | os.PathLike[str],
    model: Module,
    *,
    optimizer: Optimizer | None = None,
    scheduler: Scheduler | None = None,
    scaler: GradScaler | None = None,
    generators: Mapping[str, Generator] | None = None,
    callbacks: Sequence[Callback] = (),
    history: History | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint, all or nothing: an older file stays until the new one is whole.

    Parameters
    ----------
    path : str or path-like
        The file, by custom with the suffix ``.safetensors``.
    model : Module
        Whose parameters and buffers are saved.
    optimizer, scheduler, scaler : optional
        Whose state is saved, to go on with the training.
    generators : mapping of str to Generator, optional
        Sources of randomness, so that shuffling and dropout go on as they would have.
    callbacks : sequence of Callback
        What they remember is saved, such as the best weights for early stopping.
    history : History, optional
        The epochs up to now.
    metadata : mapping, optional
        Anything else that JSON can hold, such as the sizes to rebuild the model with.

    Raises
    ------
    TypeError
        If `metadata` or a state hold something that is neither a tensor, a number, a text nor made of these.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.train import load_checkpoint, save_checkpoint
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.safetensors"
    ...     save_checkpoint(path, nn.Linear(2, 3), metadata={"in_features": 2})
    ...     load_checkpoint(path, nn.Linear(2, 3)).metadata
    {'in_features': 2}
    """
    tensors: dict[str, Any] = dict(model.state_dict())
    states: dict[str, Any] = {}
    if optimizer is not None:
        states["optimizer"] = optimizer.state_dict()
    if scheduler is not None:
        states["scheduler"] = scheduler.state_dict()
    if scaler is not None:
        states["scaler"] = scaler.state_dict()
    if generators:
        states["generators"] = {name: generator.state() for name, generator in generators.items()}
    if callbacks:
        states["callbacks"] = _by_class(callbacks)
    content = {
        "format": _FORMAT,
        "states": {name: pack(state, name, tensors) for name, state in states.items()},
        "history": dict(history or {}),
        "metadata": dict(metadata or {}),
    }
    save_file(tensors, path, {_KEY: json.dumps(content)})


def read_checkpoint(path: str | os.PathLike[str], device: str = "cpu") -> Snapshot:
    """Read a checkpoint without a model to load it into. A plain file of weights is a checkpoint with nothing else.

    Parameters
    ----------
    path : str or path-like
        The file.
    device : str
        Where the tensors go.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a whole safetensors file, or is damaged, or of a later format.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn
    >>> from tinygrad_nn.train import read_checkpoint, save_checkpoint
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.safetensors"
    ...     save_checkpoint(path, nn.Linear(2, 3))
    ...     list(read_checkpoint(path).weights)
    ['bias', 'weight']
    """
    tensors, text = load_file(path, device), read_metadata(path).get(_KEY)
    if text is None:
        return Snapshot(tensors, {}, History(), {})
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise ValueError(f"{path}: a checkpoint of format {content['format']}; this version reads {_FORMAT}")
        states = {name: unpack(tree, tensors) for name, tree in content["states"].items()}
        history, metadata = History(content["history"]), dict(content["metadata"])
    except (json.JSONDecodeError, LookupError, TypeError, AttributeError):
        raise ValueError(f"{path}: its metadata {_KEY!r} are damaged") from None
    prefixes = tuple(f"{name}/" for name in states)
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith(prefixes)}
    return Snapshot(weights, states, history, metadata)


def load_checkpoint(
    path: str | os.PathLike[str],
    model: Module,
    *,
    optimizer: Optimizer | None = None,
    scheduler: Scheduler | None = None,
    scaler: GradScaler | None = None,
    generators: Mapping[str, Generator] | None = None,
    callbacks: Sequence[Callback] = (),
) -> Snapshot:
    """Load a checkpoint into a model, and into what else is given.

    Parameters
    ----------
    path : str or path-like
        The file.
    model : Module
        Gets the weights, on its device.
    optimizer, scheduler, scaler : optional
        Get their states.
    generators : mapping of str to Generator, optional
        Go on from where those of the same names were.
    callbacks : sequence of Callback
        Remember what those of their classes did, in their order; others begin anew.

    Returns
    -------
    Snapshot
        All that is in the file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a whole safetensors file; if it does not fit the model, with every missing, unexpected and
        misshapen key; or if it holds no fitting state of something that is given. Nothing is changed then.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tinygrad_nn import nn, optim
    >>> from tinygrad_nn.train import load_checkpoint, save_checkpoint
    >>> model = nn.Linear(2, 3)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "model.safetensors"
    ...     save_checkpoint(path, model, optimizer=optimizer)
    ...     snapshot = load_checkpoint(path, model, optimizer=optimizer)
    >>> snapshot.history.epochs
    0
    """
    snapshot = read_checkpoint(path)
    given = {"optimizer": optimizer, "scheduler": scheduler, "scaler": scaler, "generators": generators or None}
    if absent := [name for name, target in given.items() if target is not None and name not in snapshot.states]:
        raise ValueError(f"{path}: holds no state of {' and '.join(absent)}, it was saved without")
    if unknown := [name for name in generators or {} if name not in snapshot.states["generators"]]:
        raise ValueError(f"{path}: holds no state of the generators {', '.join(unknown)}")
    # for each: what tells its state, what takes one, and which it is to take
    targets: list[tuple[Callable[[], Any], Callable[[Any], Any], Any]] = []
    remembered = {name: iter(states) for name, states in snapshot.states.get("callbacks", {}).items()}
    for callback in callbacks:
        state = next(remembered.get(type(callback).__name__, iter(())), None)
        if state is not None:
            targets.append((callback.state_dict, callback.load_state_dict, state))
    for name, generator in (generators or {}).items():
        targets.append((generator.state, generator.set_state, snapshot.states["generators"][name]))
    if scheduler is not None:
        targets.append((scheduler.state_dict, scheduler.load_state_dict, snapshot.states["scheduler"]))
    if scaler is not None:
        targets.append((scaler.state_dict, scaler.load_state_dict, snapshot.states["scaler"]))
    if optimizer is not None:
        targets.append((optimizer.state_dict, optimizer.load_state_dict, snapshot.states["optimizer"]))
    undo: list[tuple[Callable[[Any], Any], Any]] = []
    try:
        for tell, take, state in targets:
            undo.append((take, tell()))
            take(state)
        model.load_state_dict(snapshot.weights)  # last, for it changes nothing if they do not fit
    except (ValueError, KeyError) as error:
        for take, before in undo:
            take(before)
        raise ValueError(f"{path}: {error.args[0]}") from error
    return snapshot


def _by_class(callbacks: Sequence[Callback]) -> dict[str, list[dict[str, Any]]]:
    states: dict[str, list[dict[str, Any]]] = {}
    for callback in callbacks:
        states.setdefault(type(callback).__name__, []).append(callback.state_dict())
    return states
