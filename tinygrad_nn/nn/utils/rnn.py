"""Sequences of different lengths: padded to the same length, or packed one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

from ... import ops
from ...creation import asarray
from ...tensor import Tensor

__all__ = [
    "PackedSequence", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence", "pad_sequence",
    "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class PackedSequence(NamedTuple):
    """Sequences of different lengths, the longest first: all first elements, then all second ones, and so on.

    How many elements there are at each step decides what is computed, so recurrent layers and `pad_packed_sequence`
    read it as numbers: under `compile`, a function that makes or takes packed sequences and hands them to one of these
    runs as it is, with one `CompileWarning`. Padded sequences compile.

    Attributes
    ----------
    data : Tensor
        Shape (elements, ...).
    batch_sizes : Tensor of int
        How many sequences there are at each step.
    sorted_indices : Tensor of int or None
        Where the sequences were before they were sorted by length; None where they were sorted.
    unsorted_indices : Tensor of int or None
        Where they are now.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pack_sequence
    >>> packed = pack_sequence([tg.asarray([1, 2, 3]), tg.asarray([4, 5])])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1, 4, 2, 5, 3], [2, 2, 1])
    """

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None


def _axes(x: Any, batch_first: bool) -> Any:
    """(steps, batch, ...) of a padded batch, or the other way round."""
    return ops.swapaxes(x, 0, 1) if batch_first else x


def pack_padded_sequence(input: Any, lengths: Any, batch_first: bool = False,
                         enforce_sorted: bool = True) -> PackedSequence:  # fmt: skip
    """Pack sequences that were padded to the same length.

    Parameters
    ----------
    input : Tensor
        Shape (steps, batch, ...), or (batch, steps, ...) with `batch_first`.
    lengths : Tensor or sequence of int
        Of each sequence, at least 1.
    batch_first : bool
        The order of the first two axes.
    enforce_sorted : bool
        Whether the longest sequences must come first; otherwise they are sorted.

    Returns
    -------
    PackedSequence

    Raises
    ------
    TypeError
        The lengths are no integers.
    ValueError
        The input is no batch of sequences, or the lengths do not fit, or are not sorted.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pack_padded_sequence
    >>> pack_padded_sequence(tg.asarray([[1, 2, 3], [4, 5, 0]]), [3, 2], batch_first=True).data.tolist()
    [1, 4, 2, 5, 3]
    """
    if input.ndim < 2 or 0 in input.shape[:2]:
        raise ValueError(
            f"pack_padded_sequence: input has shape {input.shape}; wanted are at least one step and one sequence: "
            f"{'(batch, steps, ...)' if batch_first else '(steps, batch, ...)'}"
        )
    x = _axes(input, batch_first)
    steps, batch = x.shape[:2]
    sizes: list[int] = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    if not all(isinstance(size, Integral) for size in sizes):
        raise TypeError(f"pack_padded_sequence: lengths are {sizes}; wanted are integers")
    if len(sizes) != batch or not all(1 <= size <= steps for size in sizes):
        raise ValueError(
            f"pack_padded_sequence: lengths are {sizes}; wanted is one from 1 to {steps} for each of {batch} sequences"
        )
    order = sorted(range(batch), key=lambda b: -sizes[b])
    if enforce_sorted and [sizes[b] for b in order] != sizes:
        raise ValueError(
            f"pack_padded_sequence: lengths are {sizes}; wanted are the longest first, or enforce_sorted=False"
        )
    rows = [(t, b) for t in range(max(sizes)) for b in order if t < sizes[b]]
    data = ops.getitem(x, ([t for t, _ in rows], [b for _, b in rows]))
    counts = [sum(size > t for size in sizes) for t in range(max(sizes))]
    if enforce_sorted:
        return PackedSequence(data, asarray(counts))
    places = sorted(range(batch), key=order.__getitem__)
    return PackedSequence(data, asarray(counts), *(asarray(where, device=x.device) for where in (order, places)))


def _lengths(sequence: PackedSequence) -> list[int]:
    """Of each sequence, as they are packed."""
    counts = sequence.batch_sizes.tolist()
    return [sum(count > b for count in counts) for b in range(counts[0])]


def pad_packed_sequence(sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
                        total_length: int | None = None) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Pad packed sequences to the same length: the inverse of `pack_padded_sequence`.

    Parameters
    ----------
    sequence : PackedSequence
        What to pad.
    batch_first : bool
        Whether the result is (batch, steps, ...).
    padding_value : float
        What stands behind the ends.
    total_length : int or None
        How many steps there shall be; None is those of the longest sequence.

    Returns
    -------
    tuple of Tensor
        Shape (steps, batch, ...), and the lengths.

    Raises
    ------
    ValueError
        `total_length` is too short.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pack_sequence, pad_packed_sequence
    >>> padded, lengths = pad_packed_sequence(pack_sequence([tg.asarray([1, 2, 3]), tg.asarray([4, 5])]), True)
    >>> padded.tolist(), lengths.tolist()
    ([[1, 2, 3], [4, 5, 0]], [3, 2])
    """
    counts, lengths = sequence.batch_sizes.tolist(), _lengths(sequence)
    order = range(len(lengths)) if sequence.unsorted_indices is None else sequence.unsorted_indices.tolist()
    steps = len(counts) if total_length is None else total_length
    if steps < len(counts):
        raise ValueError(f"pad_packed_sequence: total_length={steps}, but the longest sequence has {len(counts)}")
    starts = [sum(counts[:t]) for t in range(len(counts))]
    places = [[starts[t] + b if t < lengths[b] else -1 for b in order] for t in range(steps)]
    index = asarray(places, device=sequence.data.device)
    inside = ops.reshape(index >= 0, (*index.shape, *(1,) * (sequence.data.ndim - 1)))
    kind = sequence.data.dtype.type
    padded = ops.where(inside, ops.getitem(sequence.data, ops.maximum(index, 0)), kind(padding_value))
    return _axes(padded, batch_first), asarray([lengths[b] for b in order])


def pad_sequence(sequences: Sequence[Any], batch_first: bool = False, padding_value: float = 0.0,
                 padding_side: str = "right") -> Tensor:  # fmt: skip
    """Pad sequences to the length of the longest.

    Parameters
    ----------
    sequences : sequence of Tensor
        Of shapes (steps, ...) that differ in the steps only.
    batch_first : bool
        Whether the result is (batch, steps, ...).
    padding_value : float
        What is added.
    padding_side : str
        ``"right"``, behind the ends, or ``"left"``.

    Returns
    -------
    Tensor
        Shape (steps, batch, ...).

    Raises
    ------
    ValueError
        There are no sequences, or the side is unknown.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pad_sequence
    >>> pad_sequence([tg.asarray([1, 2, 3]), tg.asarray([4, 5])], batch_first=True).tolist()
    [[1, 2, 3], [4, 5, 0]]
    """
    if not sequences or padding_side not in ("left", "right"):
        raise ValueError(
            f"pad_sequence: {len(sequences)} sequences, padding_side={padding_side!r}; wanted are some, and 'left' or "
            "'right'"
        )
    steps = max(len(x) for x in sequences)
    padded = []
    for x in sequences:
        missing = (0, steps - len(x)) if padding_side == "right" else (steps - len(x), 0)
        padded.append(ops.pad(x, (missing, *((0, 0),) * (x.ndim - 1)), padding_value))
    return ops.stack(padded, axis=0 if batch_first else 1)


def pack_sequence(sequences: Sequence[Any], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences: as `pack_padded_sequence` after `pad_sequence`.

    Parameters
    ----------
    sequences : sequence of Tensor
        Of shapes (steps, ...) that differ in the steps only.
    enforce_sorted : bool
        Whether the longest sequences must come first; otherwise they are sorted.

    Returns
    -------
    PackedSequence

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pack_sequence
    >>> pack_sequence([tg.asarray([4, 5]), tg.asarray([1, 2, 3])], enforce_sorted=False).data.tolist()
    [1, 4, 2, 5, 3]
    """
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences without what they were padded with: the inverse of `pad_sequence`.

    Parameters
    ----------
    padded_sequences : Tensor
        Shape (steps, batch, ...), or (batch, steps, ...) with `batch_first`.
    lengths : Tensor or sequence of int
        Of each sequence.
    batch_first : bool
        The order of the first two axes.

    Returns
    -------
    list of Tensor

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import unpad_sequence
    >>> [x.tolist() for x in unpad_sequence(tg.asarray([[1, 2, 3], [4, 5, 0]]), [3, 2], batch_first=True)]
    [[1, 2, 3], [4, 5]]
    """
    sizes = lengths.tolist() if isinstance(lengths, Tensor) else lengths
    x = _axes(padded_sequences, batch_first)
    return [x[:size, b] for b, size in enumerate(sizes)]


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences by themselves: the inverse of `pack_sequence`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn.nn.utils.rnn import pack_sequence, unpack_sequence
    >>> [x.tolist() for x in unpack_sequence(pack_sequence([tg.asarray([1, 2, 3]), tg.asarray([4, 5])]))]
    [[1, 2, 3], [4, 5]]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
