"""The layers of a transformer: attention and two linear layers, each with a way around it and a normalisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import backend
from ..tensor import Tensor
from . import functional as F
from .attention import KeyValueCache, MultiheadAttention
from .dropout import Dropout
from .linear import Linear
from .module import Module
from .normalization import LayerNorm

__all__ = ["TransformerDecoderLayer", "TransformerEncoderLayer"]

Activation = str | Callable[[Any], Any]
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"relu": F.relu, "gelu": F.gelu}


class _TransformerLayer(Module):
    """What both kinds of layers share: their settings, and the two linear layers."""

    linear1: Linear
    linear2: Linear
    dropout: Dropout
    activation: Callable[[Any], Any]

    def __init__(self, activation: Activation, norm_first: bool) -> None:
        super().__init__()
        if isinstance(activation, str):
            if activation not in ACTIVATIONS:
                raise ValueError(
                    f"{type(self).__name__}: activation={activation!r}; wanted is 'relu', 'gelu' or a function"
                )
            activation = ACTIVATIONS[activation]
        self.norm_first = norm_first
        self.activation = activation

    def _fed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))

    def _around(self, x: Tensor, part: Callable[[Tensor], Tensor], norm: LayerNorm, dropout: Dropout) -> Tensor:
        """`x` and what a part makes of it, with the normalisation before the part or behind the sum."""
        if self.norm_first:
            return x + dropout(part(norm(x)))
        return norm(x + dropout(part(x)))

    def extra_repr(self) -> str:
        return f"norm_first={self.norm_first}"


class TransformerEncoderLayer(_TransformerLayer):
    """A layer of an encoder: attention of a sequence to itself, then two linear layers (Vaswani et al. 2017).

    ``x = norm1(x + self_attn(x))``, then ``norm2(x + linear2(activation(linear1(x))))``; or, with `norm_first`,
    ``x + self_attn(norm1(x))`` and ``x + linear2(activation(linear1(norm2(x))))`` (Xiong et al. 2020).

    Parameters
    ----------
    d_model : int
        Size of the inputs and of the result.
    nhead : int
        Into how many heads attention divides it.
    dim_feedforward : int
        Size between the two linear layers.
    dropout : float
        Probability to drop an element, in training.
    activation : str or callable
        Between the linear layers: ``"relu"``, ``"gelu"`` or a function.
    layer_norm_eps : float
        Added to the variance by the normalisations.
    batch_first : bool
        Whether inputs are (batch, steps, size), not (steps, batch, size).
    norm_first : bool
        Whether normalisations come before attention and linear layers, not behind.
    bias : bool
        Whether linear layers and normalisations have biases.
    generator : Generator or None
        Where the parameters, and what to drop, are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.TransformerEncoderLayer(8, 2, 32, batch_first=True, norm_first=True)
    >>> layer(tg.ones((3, 5, 8)), is_causal=True).shape
    (3, 5, 8)
    """

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(activation, norm_first)
        place: Any = {"device": device or (generator and generator.device), "dtype": dtype}
        drawn: Any = {"generator": generator, **place}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **drawn)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **drawn)
        self.dropout = Dropout(dropout, generator=generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **drawn)
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **place)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **place)
        self.dropout1 = Dropout(dropout, generator=generator)
        self.dropout2 = Dropout(dropout, generator=generator)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False, *,
                cache: KeyValueCache | None = None) -> Tensor:  # fmt: skip
        """Shape (batch, steps, d_model), or as `batch_first` says, to the same.

        Parameters
        ----------
        src : Tensor
            The sequences; one alone may lack the batch.
        src_mask, src_key_padding_mask, is_causal, cache
            As for `MultiheadAttention`: ``attn_mask``, ``key_padding_mask``, ``is_causal`` and ``cache``.
        """

        def attended(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal, cache=cache)[0]

        x = self._around(src, attended, self.norm1, self.dropout1)
        return self._around(x, self._fed_forward, self.norm2, self.dropout2)


class TransformerDecoderLayer(_TransformerLayer):
    """A layer of a decoder: attention to itself, then to what was encoded, then two linear layers.

    Each is added to what goes into it, with a normalisation behind the sum, or with `norm_first` before it (Vaswani et
    al. 2017).

    Parameters
    ----------
    d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias
        As for `TransformerEncoderLayer`.
    generator, device, dtype
        As for `TransformerEncoderLayer`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.TransformerDecoderLayer(8, 2, 32, batch_first=True)
    >>> layer(tg.ones((3, 5, 8)), memory=tg.ones((3, 7, 8)), tgt_is_causal=True).shape
    (3, 5, 8)
    """

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1,
                 activation: Activation = F.relu, layer_norm_eps: float = 1e-5, batch_first: bool = False,
                 norm_first: bool = False, bias: bool = True, *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__(activation, norm_first)
        place: Any = {"device": device or (generator and generator.device), "dtype": dtype}
        drawn: Any = {"generator": generator, **place}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **drawn)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, batch_first=batch_first, **drawn)
        self.linear1 = Linear(d_model, dim_feedforward, bias, **drawn)
        self.dropout = Dropout(dropout, generator=generator)
        self.linear2 = Linear(dim_feedforward, d_model, bias, **drawn)
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, **place)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, **place)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, **place)
        self.dropout1 = Dropout(dropout, generator=generator)
        self.dropout2 = Dropout(dropout, generator=generator)
        self.dropout3 = Dropout(dropout, generator=generator)

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None,
                tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: bool = False,
                memory_is_causal: bool = False, *, cache: KeyValueCache | None = None) -> Tensor:  # fmt: skip
        """Shape (batch, steps, d_model), or as `batch_first` says, to the same.

        Parameters
        ----------
        tgt : Tensor
            The sequences to decode; one alone may lack the batch.
        memory : Tensor
            What was encoded: shape (batch, other steps, d_model).
        tgt_mask, tgt_key_padding_mask, tgt_is_causal, cache
            Of the attention of `tgt` to itself, as for `MultiheadAttention`.
        memory_mask, memory_key_padding_mask, memory_is_causal
            Of the attention to `memory`.
        """

        def attended(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal,
                                  cache=cache)[0]  # fmt: skip

        def looked_up(x: Tensor) -> Tensor:
            return self.multihead_attn(x, memory, memory, memory_key_padding_mask, False, memory_mask,
                                       is_causal=memory_is_causal)[0]  # fmt: skip

        x = self._around(tgt, attended, self.norm1, self.dropout1)
        x = self._around(x, looked_up, self.norm2, self.dropout2)
        return self._around(x, self._fed_forward, self.norm3, self.dropout3)
