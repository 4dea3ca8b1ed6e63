"""Weights of unit norm in one sense or another, times what is learned: parametrisations of layers."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from .. import backend, ops
from ..autograd.modes import no_grad
from ..autograd.words import refuse_arguments
from ..creation import draw
from ..linalg import vector_norm
from ..tensor import Tensor
from . import functional as F
from .convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .module import Module
from .orthogonality import orthogonal
from .parametrize import Parametrization, register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


class _WeightNorm(Parametrization):
    def __init__(self, axis: int | None) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, length: Any, direction: Any) -> Tensor:
        """Vectors of the given length and direction."""
        y: Tensor = direction * (length / self._norm(direction))
        return y

    def right_inverse(self, value: Tensor) -> tuple[Tensor, Tensor]:
        return self._norm(value), value

    def _norm(self, x: Any) -> Tensor:
        if self.axis is None:
            whole: Tensor = vector_norm(x)
            return whole
        own = self.axis % x.ndim
        norms: Tensor = vector_norm(x, axis=tuple(i for i in range(x.ndim) if i != own), keepdims=True)
        return norms

    def extra_repr(self) -> str:
        return f"axis={self.axis}"


def weight_norm(module: M, name: str = "weight", axis: int | None = 0, **unknown: NoReturn) -> M:
    """Learn the lengths and the directions of weights apart (Salimans and Kingma 2016).

    ``weight = length * direction / norm(direction)``, where ``parametrizations.weight.original0`` is the length and
    ``original1`` the direction.

    Parameters
    ----------
    module : Module
        Has the weight.
    name : str
        Its name.
    axis : int or None
        The axis along which the vectors are counted, as the outputs of a linear layer are; None for a single one.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    ValueError
        There is no such parameter.

    Examples
    --------
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.weight_norm(nn.Linear(3, 2))
    >>> {name: x.shape for name, x in layer.state_dict().items()}
    {'bias': (2,), 'parametrizations.weight.original0': (2, 1), 'parametrizations.weight.original1': (2, 3)}
    """
    if unknown:
        refuse_arguments("weight_norm", unknown)
    return register_parametrization(module, name, _WeightNorm(axis))


class _SpectralNorm(Parametrization):
    """Divides by the largest singular value, that of the vectors which each step of training moves on."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Any, n_power_iterations: int, axis: int, eps: float,
                 generator: backend.Generator | None) -> None:  # fmt: skip
        super().__init__()
        self.n_power_iterations = n_power_iterations
        self.axis = axis % weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            with no_grad():
                matrix = self._matrix(weight)
                for field, size in zip(("_u", "_v"), matrix.shape):
                    start = draw(generator, weight.device, "normal", (size,), dtype=weight.dtype)
                    self.register_buffer(field, F.normalize(start, axis=0, eps=eps))
                self._iterate(matrix, 15)

    def forward(self, weight: Any) -> Tensor:
        """The weight with the largest singular value 1, as far as the vectors have come to know it."""
        if weight.ndim == 1:
            return F.normalize(weight, axis=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            with no_grad():
                self._iterate(matrix.detach(), self.n_power_iterations)
        u, v = self._u.copy(), self._v.copy()  # the next reading moves them on, and backward reads these
        y: Tensor = weight / ops.sum(u * ops.matmul(matrix, v))
        return y

    def _matrix(self, weight: Any) -> Any:
        order = (self.axis, *(i for i in range(weight.ndim) if i != self.axis))
        return ops.flatten(ops.permute_dims(weight, order), 1)

    def _iterate(self, matrix: Any, times: int) -> None:
        for _ in range(times):
            self._u[...] = F.normalize(ops.matmul(matrix, self._v), axis=0, eps=self.eps)
            self._v[...] = F.normalize(ops.matmul(matrix.mT, self._u), axis=0, eps=self.eps)

    def extra_repr(self) -> str:
        return f"n_power_iterations={self.n_power_iterations}, axis={self.axis}, eps={self.eps}"


def spectral_norm(module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12,
                  axis: int | None = None, *, generator: backend.Generator | None = None,
                  **unknown: NoReturn) -> M:  # fmt: skip
    """Divide a weight by its largest singular value: the layer lengthens no vector (Miyato et al. 2018).

    The singular value is ``u @ weight @ v``, for vectors that the power method moves on whenever the weight is read in
    training; they are buffers. A weight of more axes counts as a matrix of the one axis and all others.

    Parameters
    ----------
    module : Module
        Has the weight.
    name : str
        Its name.
    n_power_iterations : int
        Steps of the power method each time.
    eps : float
        What shorter vectors are divided by.
    axis : int or None
        That of the outputs; None is 0, and 1 for transposed convolutions.
    generator : Generator or None
        Where the vectors are drawn to begin with; None is the default one of the device.

    Returns
    -------
    Module
        `module`.

    Raises
    ------
    ValueError
        There is no such parameter, or `n_power_iterations` is not positive.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> from tinygrad_nn import nn
    >>> layer = nn.parametrizations.spectral_norm(nn.Linear(3, 2), n_power_iterations=20)
    >>> abs(tg.linalg.matrix_norm(layer.weight, ord=2).item() - 1) < 1e-3
    True
    """
    if unknown:
        refuse_arguments("spectral_norm", unknown)
    if n_power_iterations < 1:
        raise ValueError(f"spectral_norm: n_power_iterations={n_power_iterations}, wanted at least 1")
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"spectral_norm: {type(module).__name__} has no parameter or buffer {name!r}")
    if axis is None:
        axis = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, axis, eps, generator))
