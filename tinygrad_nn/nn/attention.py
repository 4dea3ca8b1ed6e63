"""Attention with several heads, and what it remembers while a sequence is generated."""

from __future__ import annotations

from math import inf, sqrt
from typing import Any

from .. import backend, ops
from ..backend.dtypes import bool as boolean
from ..backend.dtypes import is_floating
from ..creation import ones, zeros
from ..ops.attention import attention_weights, split_heads
from ..tensor import Tensor
from . import functional as F
from . import init
from .functional.sizes import check_floating, check_sizes
from .linear import Linear
from .module import Module
from .parameter import Parameter

__all__ = ["KeyValueCache", "MultiheadAttention"]


class KeyValueCache:
    """The keys and values of the positions so far, so that only what is new has to be computed.

    Attributes
    ----------
    key, value : Tensor or None
        Shape (batch, heads, positions, size); None before the first call.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> attention, cache = nn.MultiheadAttention(8, 2, batch_first=True), nn.KeyValueCache()
    >>> x = tg.ones((1, 5, 8))
    >>> for t in range(5):
    ...     y, _ = attention(*[x[:, t : t + 1]] * 3, is_causal=True, cache=cache)
    >>> len(cache)
    5
    """

    def __init__(self) -> None:
        self.key: Tensor | None = None
        self.value: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.key is None else self.key.shape[-2]

    def extended(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values, with these at the end."""
        if self.key is not None:
            key, value = ops.concat([self.key, key], axis=-2), ops.concat([self.value, value], axis=-2)
        self.key, self.value = key, value
        return key, value


class MultiheadAttention(Module):
    """Attention of several heads: each looks with queries, keys and values of its own (Vaswani et al. 2017).

    ``head_i = softmax(q_i @ k_i.mT / sqrt(D)) @ v_i``, and ``out_proj`` of all heads side by side, where `q_i`, `k_i`
    and `v_i` are linear in the inputs and D is ``embed_dim / num_heads``.

    Parameters
    ----------
    embed_dim : int
        Size of the queries and of the result.
    num_heads : int
        Into how many heads that is divided.
    dropout : float
        Probability to drop a weight in training.
    bias : bool
        Whether the projections have biases.
    add_bias_kv : bool
        Whether a learnt key and value are added to each sequence.
    add_zero_attn : bool
        Whether a key and value of zeros are added to each sequence.
    kdim, vdim : int or None
        Sizes of keys and values; None is `embed_dim`.
    batch_first : bool
        Whether inputs are (batch, steps, size), not (steps, batch, size).
    generator : Generator or None
        Where the parameters, and the weights to drop, are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    in_proj_weight : Parameter or None
        Shape (3 * embed_dim, embed_dim): of queries, keys and values; None where their sizes differ.
    q_proj_weight, k_proj_weight, v_proj_weight : Parameter or None
        Shapes (embed_dim, embed_dim), (embed_dim, kdim) and (embed_dim, vdim), where these sizes differ.
    in_proj_bias : Parameter or None
        Shape (3 * embed_dim,).
    bias_k, bias_v : Parameter or None
        Shape (1, 1, embed_dim).
    out_proj : Linear
        From all heads side by side to the result.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> attention = nn.MultiheadAttention(8, 2, batch_first=True)
    >>> x = tg.ones((3, 5, 8))
    >>> y, weights = attention(x, x, x)
    >>> y.shape, weights.shape
    ((3, 5, 8), (3, 5, 5))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
                 add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
                 vdim: int | None = None, batch_first: bool = False, *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        kdim, vdim = kdim or embed_dim, vdim or embed_dim
        check_sizes("MultiheadAttention", 1, embed_dim=embed_dim, num_heads=num_heads, kdim=kdim, vdim=vdim)
        if embed_dim % num_heads:
            raise ValueError(f"MultiheadAttention: embed_dim={embed_dim} must be a multiple of num_heads={num_heads}")
        if not 0 <= dropout <= 1:
            raise ValueError(f"MultiheadAttention: dropout={dropout} must be a probability, from 0 to 1")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim, self.vdim = kdim, vdim
        self.batch_first, self.add_zero_attn, self.generator = batch_first, add_zero_attn, generator
        place: Any = {"device": device or (generator and generator.device), "dtype": dtype or backend.float32}

        def drawn(*shape: int) -> Parameter:
            weight = Parameter(zeros(shape, **place))
            init.xavier_uniform_(weight, generator=generator)
            return weight

        alike = self.kdim == self.vdim == embed_dim
        self.in_proj_weight = drawn(3 * embed_dim, embed_dim) if alike else None
        self.q_proj_weight = None if alike else drawn(embed_dim, embed_dim)
        self.k_proj_weight = None if alike else drawn(embed_dim, self.kdim)
        self.v_proj_weight = None if alike else drawn(embed_dim, self.vdim)
        self.in_proj_bias = Parameter(zeros(3 * embed_dim, **place)) if bias else None
        self.bias_k = self._drawn_row(place) if add_bias_kv else None
        self.bias_v = self._drawn_row(place) if add_bias_kv else None
        self.out_proj = Linear(embed_dim, embed_dim, bias, generator=generator, device=device, dtype=dtype)
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def _drawn_row(self, place: Any) -> Parameter:
        row = Parameter(zeros((1, 1, self.embed_dim), **place))
        init.xavier_normal_(row, generator=self.generator)
        return row

    def forward(self, query: Any, key: Any, value: Any, key_padding_mask: Any = None, need_weights: bool = True,
                attn_mask: Any = None, average_attn_weights: bool = True, is_causal: bool = False, *,
                cache: KeyValueCache | None = None) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        """Attend.

        Parameters
        ----------
        query, key, value : Tensor
            Shapes (T, batch, embed_dim), (S, batch, kdim) and (S, batch, vdim), with the first two axes the other way
            round where `batch_first`; or all of them without a batch.
        key_padding_mask : Tensor or None
            Shape (batch, S), or (S,) without a batch. Of bools: True for keys that are not to be looked at; of numbers:
            what is added.
        need_weights : bool
            Whether the weights are wanted, too.
        attn_mask : Tensor or None
            Shape (T, S) or (batch * num_heads, T, S), where S counts the keys of a `cache`, too. Of bools: True where a
            query must not look; of numbers: what is added.
        average_attn_weights : bool
            Whether the weights are averaged over the heads.
        is_causal : bool
            Whether a query may look at the keys up to its own position only, with or without an `attn_mask`.
        cache : KeyValueCache or None
            Holds the keys and values of the positions before, which `key` and `value` then continue.

        Returns
        -------
        tuple of (Tensor, Tensor or None)
            The result, of the shape of `query`, and weights of shape (batch, T, S), or (batch, num_heads, T, S) where
            they are not averaged. A query that may look at no key has weights of 0.

        Raises
        ------
        ValueError
            The shapes do not fit.
        TypeError
            A mask is neither of bools nor floating.
        """
        self._check(query, key, value)
        q = self._batch_first(query)
        k = q if key is query else self._batch_first(key)
        v = k if value is key else self._batch_first(value)
        queries, keys, values = self._projected(q, k, v)  # (batch, heads, T or S, D)
        before = 0 if cache is None else len(cache)
        steps = queries.shape[-2], before + keys.shape[-2]
        masks = self._masks(key_padding_mask, attn_mask, None if query.ndim == 2 else len(q), *steps)
        if cache is not None:
            keys, values = cache.extended(keys, values)
        more = (self.bias_k is not None) + self.add_zero_attn
        if is_causal and (before or more):
            seen = ones((queries.shape[-2], keys.shape[-2]), dtype=boolean, device=queries.device)
            masks.append(ops.triu(seen, k=before + 1))
            is_causal = False
        if more:
            keys, values = self._with_more(keys, values)
            masks = [ops.pad(mask, ((0, 0),) * (mask.ndim - 1) + ((0, more),)) for mask in masks]
        mask = _together(masks, queries.dtype)
        inputs = (queries, keys) if mask is None else (queries, keys, mask)
        weights = attention_weights(*inputs, scale=1 / sqrt(queries.shape[-1]), causal=is_causal)
        weights = F.dropout(weights, self.dropout, self.training, generator=self.generator)
        heads = ops.permute_dims(ops.matmul(weights, values), (0, 2, 1, 3))  # (batch, T, heads, D)
        y = self.out_proj(ops.reshape(heads, q.shape))
        y = ops.squeeze(y, 0) if query.ndim == 2 else y if self.batch_first else ops.swapaxes(y, 0, 1)
        if not need_weights:
            return y, None
        if average_attn_weights:
            weights = ops.mean(weights, axis=1)
        return y, ops.squeeze(weights, 0) if query.ndim == 2 else weights

    def _check(self, query: Any, key: Any, value: Any) -> None:
        for x in (query, key, value):
            check_floating("MultiheadAttention", x)
        found = query.shape, key.shape, value.shape
        steps, batch = (-2, 0) if self.batch_first else (0, -2)
        fits = query.ndim == key.ndim == value.ndim in (2, 3)
        fits = fits and (found[0][-1], found[1][-1], found[2][-1]) == (self.embed_dim, self.kdim, self.vdim)
        if fits and query.ndim == 3:
            fits = found[0][batch] == found[1][batch] == found[2][batch] and found[1][steps] == found[2][steps]
        if not fits or (query.ndim == 2 and len(key) != len(value)):
            order = "batch, steps" if self.batch_first else "steps, batch"
            raise ValueError(
                "MultiheadAttention: query, key and value have shapes {}, {} and {}".format(*found)
                + f"; wanted are ({order}, size) with sizes {self.embed_dim}, {self.kdim} and {self.vdim} (batch_first="
                f"{self.batch_first}), or all of them without a batch"
            )

    def _batch_first(self, x: Any) -> Tensor:
        """(batch, steps, size)."""
        y: Tensor = ops.expand_dims(x, 0) if x.ndim == 2 else x if self.batch_first else ops.swapaxes(x, 0, 1)
        return y

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> Any:
        """Queries, keys and values of each head: (batch, heads, steps, D)."""
        if query is key is value and self.in_proj_weight is not None:
            y = F.linear(query, self.in_proj_weight, self.in_proj_bias)
            return split_heads(y, parts=3, heads=self.num_heads)
        weights: Any = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = ops.split(self.in_proj_weight, 3)
        biases = (None,) * 3 if self.in_proj_bias is None else ops.split(self.in_proj_bias, 3)
        each = (F.linear(*given) for given in zip((query, key, value), weights, biases))
        return [split_heads(y, parts=1, heads=self.num_heads)[0] for y in each]

    def _with_more(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Keys and values with the learnt ones behind them, and zeros."""
        batch, heads, _, size = keys.shape
        own: list[tuple[Any, ...]] = [(keys, values)]
        if self.bias_k is not None:
            rows = [ops.reshape(row, (1, heads, 1, size)) for row in (self.bias_k, self.bias_v)]
            own.append(tuple(ops.broadcast_to(row, (batch, heads, 1, size)) for row in rows))
        if self.add_zero_attn:
            own.append((zeros((batch, heads, 1, size), dtype=keys.dtype, device=keys.device),) * 2)
        keys, values = (ops.concat(parts, axis=2) for parts in zip(*own))
        return keys, values

    def _masks(self, key_padding_mask: Any, attn_mask: Any, batch: int | None, t: int, s: int) -> list[Any]:
        """The masks as they were given, with axes that broadcast to (batch, heads, T, S)."""
        samples, heads, masks = 1 if batch is None else batch, self.num_heads, []
        if key_padding_mask is not None:
            wanted: dict[str, tuple[int, ...]] = {"(S,)": (s,)} if batch is None else {"(batch, S)": (batch, s)}
            _check_mask("key_padding_mask", key_padding_mask, wanted)
            masks.append(ops.reshape(key_padding_mask, (samples, 1, 1, s)))
        if attn_mask is not None:
            of_each = "(num_heads, T, S)" if batch is None else "(batch * num_heads, T, S)"
            _check_mask("attn_mask", attn_mask, {"(T, S)": (t, s), of_each: (samples * heads, t, s)})
            masks.append(attn_mask if attn_mask.ndim == 2 else ops.reshape(attn_mask, (samples, heads, t, s)))
        return masks

    def extra_repr(self) -> str:
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}, batch_first={self.batch_first}"


def _check_mask(name: str, mask: Any, wanted: dict[str, tuple[int, ...]]) -> None:
    """Refuse a mask that is of none of the `wanted` shapes, which have names."""
    if mask.dtype.kind != "b" and not is_floating(mask.dtype):
        raise TypeError(
            f"MultiheadAttention: {name} is {mask.dtype}; wanted are bools (True for what is not looked at) or "
            "floating numbers to add"
        )
    if mask.shape not in wanted.values():
        shapes = " or ".join(f"{meaning} = {shape}" for meaning, shape in wanted.items())
        raise ValueError(f"MultiheadAttention: {name} has shape {mask.shape}; wanted is {shapes}")


def _together(masks: list[Any], dtype: Any) -> Any:
    """What masks say together, where True hides: True for what is looked at, or numbers to add; None of none."""
    if all(mask.dtype.kind == "b" for mask in masks):
        hidden = None
        for mask in masks:
            hidden = mask if hidden is None else ops.logical_or(hidden, mask)
        return None if hidden is None else ops.logical_not(hidden)
    added = [ops.where(mask, -inf, 0.0) if mask.dtype.kind == "b" else mask for mask in masks]
    return ops.astype(sum(added[1:], added[0]), dtype)
