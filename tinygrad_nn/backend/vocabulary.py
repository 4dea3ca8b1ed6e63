"""The words that rules may use: every function of a namespace ``xp``.

A rule calls only these, and the operators, indexing and the attributes ``shape``, ``dtype``, ``ndim`` and ``size`` of
arrays. Each backend has them all, with the meaning of the Array API standard (NumPy's, where the standard is silent),
so a rule written with them runs on every kind of array.
"""

__all__ = ["VOCABULARY"]

ELEMENTWISE = (
    "abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift bitwise_or "
    "bitwise_right_shift bitwise_xor ceil conj copysign cos cosh divide equal erf erfc erfinv exp exp2 expm1 floor "
    "floor_divide greater greater_equal hypot imag isfinite isinf isnan less less_equal log log10 log1p log2 "
    "logaddexp logical_and logical_not logical_or logical_xor maximum minimum multiply negative nextafter not_equal "
    "positive pow real reciprocal remainder round sigmoid sign signbit sin sinh softplus sqrt square subtract tan tanh "
    "trunc where"
).split()

REDUCTIONS = "all any argmax argmin argsort cumulative_prod cumulative_sum log_paths max min prod sort sum".split()

SHAPES = "broadcast_to concat expand_dims flip pad permute_dims repeat reshape roll squeeze stack tile".split()

INDEXING = "assign_at getitem put_along_axis scatter_add searchsorted take_along_axis tril triu".split()

WINDOWS = "window_argmax window_sum".split()

PRODUCTS = "einsum matmul tensordot".split()

CONVOLUTIONS = "convolution convolution_input convolution_weight fold unfold".split()

RECURRENT = "recurrence recurrence_gradient".split()

# What is packed has several parts, see `matrices.Matrices`.
MATRICES = (
    "cholesky cofactor det eigvalsh inv packed_eig packed_eigh packed_qr packed_slogdet packed_svd solve svdvals"
).split()

FOURIER = "fft ifft irfft rfft".split()

CREATION = "astype copy full_like ones_like zeros_like".split()

VOCABULARY = tuple(
    ELEMENTWISE + REDUCTIONS + SHAPES + INDEXING + WINDOWS + PRODUCTS + CONVOLUTIONS + RECURRENT + MATRICES + FOURIER
    + CREATION
)
