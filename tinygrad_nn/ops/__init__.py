"""All operations: one file for each family, forward and gradients of each on one screen.

This package is a namespace ``xp`` itself, of tensors: rules that run on it are recorded and can be differentiated.
"""

from collections.abc import Callable
from typing import Any

from ..autograd.op import Op
from . import (
    activation,
    affine,
    arithmetic,
    arrange,
    attention,
    choose,
    compare,
    contraction,
    convolution_layers,
    convolutions,
    ctc,
    cumulative,
    decompositions,
    eigen,
    embedding,
    exponential,
    fourier,
    grids,
    index,
    join,
    like,
    linalg,
    loss,
    missing,
    normalization,
    norms,
    pooling,
    quantiles,
    recurrences,
    reduce,
    rounding,
    searching,
    sets,
    shape,
    singular,
    solving,
    sorting,
    special,
    statistics,
    trigonometric,
)
from .activation import *
from .affine import *
from .arithmetic import *
from .arrange import *
from .choose import *
from .compare import *
from .contraction import *
from .convolution_layers import convolved as convolved
from .convolutions import convolution as convolution
from .convolutions import convolution_input as convolution_input
from .convolutions import convolution_weight as convolution_weight
from .convolutions import fold as fold
from .convolutions import unfold as unfold
from .ctc import log_paths as log_paths
from .cumulative import *
from .decompositions import cholesky as cholesky
from .decompositions import complement as complement
from .eigen import eigvalsh as eigvalsh
from .eigen import packed_eigh as packed_eigh
from .exponential import *
from .fourier import fft as fft
from .fourier import ifft as ifft
from .fourier import irfft as irfft
from .fourier import rfft as rfft
from .grids import *
from .index import *
from .join import *
from .like import *
from .like import is_view as is_view
from .linalg import *
from .loss import *
from .missing import *
from .pooling import window_argmax as window_argmax
from .pooling import window_sum as window_sum
from .quantiles import *
from .recurrences import recurrence as recurrence
from .recurrences import recurrence_gradient as recurrence_gradient
from .reduce import *
from .rounding import *
from .searching import *
from .sets import *
from .shape import *
from .singular import packed_svd as packed_svd
from .singular import svdvals as svdvals
from .solving import cofactor as cofactor
from .solving import det as det
from .solving import inv as inv
from .solving import solve as solve
from .sorting import *
from .special import *
from .statistics import *
from .trigonometric import *

__all__ = activation.__all__ + affine.__all__ + arithmetic.__all__ + arrange.__all__ + choose.__all__
__all__ += compare.__all__ + contraction.__all__ + cumulative.__all__ + exponential.__all__
__all__ += grids.__all__ + searching.__all__ + sets.__all__
__all__ += index.__all__ + join.__all__ + like.__all__ + linalg.__all__
__all__ += loss.__all__ + missing.__all__ + quantiles.__all__ + reduce.__all__ + rounding.__all__ + shape.__all__
__all__ += sorting.__all__ + special.__all__ + statistics.__all__ + trigonometric.__all__

FAMILIES = (
    activation, affine, arithmetic, arrange, attention, choose, compare, contraction, convolution_layers, convolutions,
    ctc, cumulative, decompositions, eigen, embedding, exponential, fourier, grids, index, join, like, linalg, loss,
    normalization, norms, pooling, recurrences, reduce, rounding, searching, sets, shape, singular, solving, sorting,
    special, statistics, trigonometric,
)  # fmt: skip

kernels: dict[str, Callable[..., Any]] = {}  # a device has faster forms of whole operations; on tensors there are none


def registry() -> dict[str, Op]:
    """Every operation there is, by its name."""
    return {op.name: op for family in FAMILIES for op in vars(family).values() if isinstance(op, Op)}
