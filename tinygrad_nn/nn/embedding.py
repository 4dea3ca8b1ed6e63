"""Tables of vectors that are looked up by integers."""

from __future__ import annotations

from typing import Any

from .. import backend
from ..autograd.modes import no_grad
from ..creation import draw
from ..tensor import Tensor
from . import functional as F
from .functional.embedding import row_of_padding
from .functional.sizes import check_sizes
from .module import Module
from .parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Module):
    """A vector for each of `num_embeddings` integers, such as the words of a vocabulary: ``weight[input]``.

    The vectors are drawn from the standard normal distribution, that of the padding is 0.

    Parameters
    ----------
    num_embeddings : int
        How many integers there are, from 0 on.
    embedding_dim : int
        Length of each vector.
    padding_idx : int or None
        An integer that stands for nothing: its vector gets no gradient. A negative one is counted from the end.
    max_norm : float or None
        Vectors that are looked up and have a greater norm are first scaled down to it, in place.
    norm_type : float
        Which norm: the p of the p-norm.
    scale_grad_by_freq : bool
        Divide the gradient of each vector by how often it is looked up in a batch.
    generator : Generator or None
        Where the values are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter
        Shape (num_embeddings, embedding_dim).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> words = nn.Embedding(1000, 16, padding_idx=0)
    >>> words(tg.asarray([[7, 8, 9], [7, 0, 0]])).shape
    (2, 3, 16)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
                 max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False, *,
                 generator: backend.Generator | None = None, device: str | None = None,
                 dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = row_of_padding("Embedding", num_embeddings, padding_idx)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        shape = num_embeddings, embedding_dim
        self.weight = Parameter(draw(generator, device, "normal", shape, dtype=dtype or backend.float32))
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None,
                        max_norm: float | None = None, norm_type: float = 2.0,
                        scale_grad_by_freq: bool = False) -> Embedding:  # fmt: skip
        """Make an embedding of vectors that are there.

        Parameters
        ----------
        embeddings : Tensor
            Shape (num_embeddings, embedding_dim); it is not copied.
        freeze : bool
            Whether they stay as they are in training.
        padding_idx, max_norm, norm_type, scale_grad_by_freq
            As for `Embedding`; the vector of the padding is not set to 0.

        Returns
        -------
        Embedding

        Raises
        ------
        ValueError
            The vectors are no matrix.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> words = nn.Embedding.from_pretrained(tg.asarray([[1.0, 2.0], [3.0, 4.0]]))
        >>> words(tg.asarray(1)).tolist()
        [3.0, 4.0]
        """
        if embeddings.ndim != 2:
            raise ValueError(f"from_pretrained: embeddings have shape {embeddings.shape}, wanted (rows, columns)")
        layer = cls(0, embeddings.shape[1], None, max_norm, norm_type, scale_grad_by_freq)
        layer.num_embeddings = len(embeddings)
        layer.padding_idx = row_of_padding("from_pretrained", len(embeddings), padding_idx)
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Any) -> Tensor:
        """Integers of shape (...) to vectors, of shape (..., embedding_dim)."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq)

    def extra_repr(self) -> str:
        parts = [str(self.num_embeddings), str(self.embedding_dim)]
        if self.padding_idx is not None:
            parts.append(f"padding_idx={self.padding_idx}")
        if self.max_norm is not None:
            parts.append(f"max_norm={self.max_norm}")
        return ", ".join(parts)


class EmbeddingBag(Module):
    """Sums, means or maxima of the vectors of several integers, such as the words of a text.

    It is what `Embedding` and a reduction give: see `functional.embedding_bag`. The vectors are drawn from the standard
    normal distribution, that of the padding is 0.

    Parameters
    ----------
    num_embeddings : int
        How many integers there are, from 0 on.
    embedding_dim : int
        Length of each vector.
    max_norm : float or None
        Vectors that are looked up and have a greater norm are first scaled down to it, in place.
    norm_type : float
        Which norm: the p of the p-norm.
    scale_grad_by_freq : bool
        Divide the gradient of each vector by how often it is looked up in a batch; not for maxima.
    mode : str
        ``"sum"``, ``"mean"`` or ``"max"``.
    include_last_offset : bool
        Whether the offsets end with where the last bag does.
    padding_idx : int or None
        An integer that stands for nothing: it does not count. A negative one is counted from the end.
    generator : Generator or None
        Where the values are drawn; None is the default one of the device.
    device : str or None
        Where the parameters are; None is that of the generator, or the CPU.
    dtype : dtype or None
        Floating; float32 by default.

    Attributes
    ----------
    weight : Parameter
        Shape (num_embeddings, embedding_dim).

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> texts = nn.EmbeddingBag(1000, 16)
    >>> texts(tg.asarray([[7, 8, 9], [7, 0, 0]])).shape
    (2, 16)
    >>> texts(tg.asarray([7, 8, 9, 7]), offsets=tg.asarray([0, 3])).shape
    (2, 16)
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None, norm_type: float = 2.0,
                 scale_grad_by_freq: bool = False, mode: str = "mean", include_last_offset: bool = False,
                 padding_idx: int | None = None, *, generator: backend.Generator | None = None,
                 device: str | None = None, dtype: Any = None) -> None:  # fmt: skip
        super().__init__()
        check_sizes("EmbeddingBag", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.include_last_offset = include_last_offset
        self.padding_idx = row_of_padding("EmbeddingBag", num_embeddings, padding_idx)
        shape = num_embeddings, embedding_dim
        self.weight = Parameter(draw(generator, device, "normal", shape, dtype=dtype or backend.float32))
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx] = 0.0

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, max_norm: float | None = None,
                        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
                        include_last_offset: bool = False,
                        padding_idx: int | None = None) -> EmbeddingBag:  # fmt: skip
        """Make one of vectors that are there: as `Embedding.from_pretrained`.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> from tinygrad_nn import nn
        >>> words = nn.EmbeddingBag.from_pretrained(tg.asarray([[1.0, 2.0], [3.0, 4.0]]))
        >>> words(tg.asarray([[0, 1]])).tolist()
        [[2.0, 3.0]]
        """
        if embeddings.ndim != 2:
            raise ValueError(f"from_pretrained: embeddings have shape {embeddings.shape}, wanted (rows, columns)")
        layer = cls(0, embeddings.shape[1], max_norm, norm_type, scale_grad_by_freq, mode, include_last_offset)
        layer.num_embeddings = len(embeddings)
        layer.padding_idx = row_of_padding("from_pretrained", len(embeddings), padding_idx)
        layer.weight = Parameter(embeddings, requires_grad=not freeze)
        return layer

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        """Bags of integers, (B, L) or (n,) with the B `offsets` where they begin, to vectors, (B, embedding_dim)."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        longest = "" if self.max_norm is None else f", max_norm={self.max_norm}"
        return f"{self.num_embeddings}, {self.embedding_dim}, mode={self.mode}{padding}{longest}"
