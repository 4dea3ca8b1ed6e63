"""Stacks of transformer layers: encoder, decoder, and both together."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from .. import backend, ops
from ..creation import full
from ..tensor import Tensor
from . import functional as F
from . import init
from .attention import KeyValueCache
from .containers import ModuleList
from .module import Module
from .normalization import LayerNorm
from .transformer_layers import Activation, TransformerDecoderLayer, TransformerEncoderLayer

__all__ = ["Transformer", "TransformerDecoder", "TransformerEncoder"]

Caches = Sequence[KeyValueCache]


class _Stack(Module):
    """Layers one after the other, and a normalisation behind them."""

    norm: Module | None

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        # what is drawn in one layer must not be what is drawn in the next: they go on sharing their generators
        shared = {id(g): g for m in layer.modules() for g in vars(m).values() if isinstance(g, backend.Generator)}
        self.layers = ModuleList([copy.deepcopy(layer, dict(shared)) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _with_caches(self, caches: Caches | None) -> Iterator[tuple[Module, KeyValueCache | None]]:
        if caches is not None and len(caches) != self.num_layers:
            raise ValueError(
                f"{type(self).__name__}: there are {len(caches)} caches for {self.num_layers} layers; each needs one"
            )
        each: Sequence[KeyValueCache | None] = [None] * self.num_layers if caches is None else caches
        return zip(self.layers, each)

    def _normalized(self, x: Tensor) -> Tensor:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Several layers of an encoder, copies of one to begin with.

    Parameters
    ----------
    encoder_layer : TransformerEncoderLayer
        What is copied.
    num_layers : int
        How often.
    norm : Module or None
        What the result goes through.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 32, batch_first=True), 3)
    >>> encoder(tg.ones((3, 5, 8))).shape
    (3, 5, 8)
    """

    def __init__(self, encoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False, *,
                caches: Caches | None = None) -> Tensor:  # fmt: skip
        """Encode sequences, as `TransformerEncoderLayer` does; `caches` has one for each layer."""
        x = src
        for layer, cache in self._with_caches(caches):
            x = layer(x, mask, src_key_padding_mask, is_causal, cache=cache)
        return self._normalized(x)


class TransformerDecoder(_Stack):
    """Several layers of a decoder, copies of one to begin with.

    Parameters
    ----------
    decoder_layer : TransformerDecoderLayer
        What is copied.
    num_layers : int
        How often.
    norm : Module or None
        What the result goes through.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 32, batch_first=True), 3)
    >>> decoder(tg.ones((3, 5, 8)), memory=tg.ones((3, 7, 8))).shape
    (3, 5, 8)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(self, tgt: Any, memory: Any, tgt_mask: Any = None, memory_mask: Any = None,
                tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: bool = False,
                memory_is_causal: bool = False, *, caches: Caches | None = None) -> Tensor:  # fmt: skip
        """Decode sequences, as `TransformerDecoderLayer` does; `caches` has one for each layer."""
        x = tgt
        for layer, cache in self._with_caches(caches):
            x = layer(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal,
                      memory_is_causal, cache=cache)  # fmt: skip
        return self._normalized(x)


class Transformer(Module):
    """An encoder, and a decoder that looks at what it gives (Vaswani et al. 2017).

    Its matrices are drawn by `init.xavier_uniform_`.

    Parameters
    ----------
    d_model, nhead : int
        As for `TransformerEncoderLayer`.
    num_encoder_layers, num_decoder_layers : int
        How many layers there are.
    dim_feedforward, dropout, activation
        As for `TransformerEncoderLayer`.
    custom_encoder, custom_decoder : Module or None
        In place of the usual ones.
    layer_norm_eps, batch_first, norm_first, bias
        As for `TransformerEncoderLayer`.
    generator, device, dtype
        As for `TransformerEncoderLayer`.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> model = nn.Transformer(8, 2, 1, 1, 32, batch_first=True)
    >>> model(tg.ones((3, 7, 8)), tg.ones((3, 5, 8)), tgt_is_causal=True).shape
    (3, 5, 8)
    """

    def __init__(self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
                 dim_feedforward: int = 2048, dropout: float = 0.1, activation: Activation = F.relu,
                 custom_encoder: Module | None = None, custom_decoder: Module | None = None,
                 layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False, bias: bool = True,
                 *, generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        place: Any = {"device": device or (generator and generator.device), "dtype": dtype}
        settings: Any = {"generator": generator, **place}
        shape = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, bias=bias, **place)

        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*shape, **settings), num_encoder_layers, norm()
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*shape, **settings), num_decoder_layers, norm()
        )
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter, generator=generator)

    def forward(self, src: Any, tgt: Any, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None,
                src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None,
                memory_key_padding_mask: Any = None, src_is_causal: bool = False, tgt_is_causal: bool = False,
                memory_is_causal: bool = False) -> Tensor:  # fmt: skip
        """Decode `tgt` with a view of `src`: the shape of `tgt`.

        Parameters
        ----------
        src, tgt : Tensor
            Shapes (batch, S, d_model) and (batch, T, d_model), or as `batch_first` says.
        src_mask, src_key_padding_mask, src_is_causal
            Of the attention of `src` to itself, as for `MultiheadAttention`.
        tgt_mask, tgt_key_padding_mask, tgt_is_causal
            Of that of `tgt`.
        memory_mask, memory_key_padding_mask, memory_is_causal
            Of the attention of the decoder to what the encoder gave.
        """
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise ValueError(
                f"Transformer: src and tgt have shapes {src.shape} and {tgt.shape}; their last axes must be d_model, "
                f"{self.d_model}"
            )
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        y: Tensor = self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
                                 tgt_is_causal, memory_is_causal)  # fmt: skip
        return y

    @staticmethod
    def generate_square_subsequent_mask(size: int, *, device: str | None = None, dtype: Any = None) -> Tensor:
        """A mask of numbers with which step t sees the steps up to t: 0 for these, minus infinity for the others.

        Examples
        --------
        >>> from tinygrad_nn import nn
        >>> nn.Transformer.generate_square_subsequent_mask(2).tolist()
        [[0.0, -inf], [0.0, 0.0]]
        """
        mask: Tensor = ops.triu(full((size, size), -inf, dtype=dtype or backend.float32, device=device), k=1)
        return mask
