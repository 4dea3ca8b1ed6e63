"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from ... import ops
from ...autograd.modes import no_grad
from ...tensor import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Join parameters, flattened, in one vector.

    Parameters
    ----------
    parameters : iterable of Tensor
        At least one, such as ``model.parameters()``.

    Returns
    -------
    Tensor
        One axis; gradients flow to the parameters.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> nn.utils.parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    (8,)
    """
    joined: Tensor = ops.concat([ops.reshape(p, (-1,)) for p in parameters])
    return joined


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write what `parameters_to_vector` has given, or a vector like it, into parameters, in place.

    Parameters
    ----------
    vec : Tensor
        One axis, with as many elements as the parameters have.
    parameters : iterable of Tensor
        In the same order.

    Raises
    ------
    ValueError
        It has another shape.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.Linear(1, 2)
    >>> nn.utils.vector_to_parameters(tg.asarray([1.0, 2.0, 3.0, 4.0]), layer.parameters())
    >>> layer.bias.tolist()
    [3.0, 4.0]
    """
    targets = list(parameters)
    count = sum(p.size for p in targets)
    if vec.shape != (count,):
        raise ValueError(f"vector_to_parameters: vec has shape {vec.shape}, wanted ({count},)")
    start = 0
    with no_grad():
        for p in targets:
            p[...] = vec[start : start + p.size].reshape(p.shape)
            start += p.size
