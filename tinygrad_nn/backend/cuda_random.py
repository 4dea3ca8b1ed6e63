"""Random numbers on a GPU: a function of the seed, the count of draws, and each element's place.

The function is Philox4x32-10 of J. Salmon, M. Moraes, R. Dror and D. Shaw, "Parallel random numbers: as easy as
1, 2, 3" (SC 2011). There is no state on the device: a generator is two integers, which a checkpoint can hold, and each
element is computed on its own.
"""

from __future__ import annotations

import os
from typing import Any

import cupy
import numpy as np

__all__ = ["CounterSource"]

PHILOX = """
__device__ inline uint4 philox(unsigned long long seed, unsigned long long draw, unsigned long long place) {
    unsigned int k0 = seed, k1 = seed >> 32;
    uint4 c = {(unsigned int)place, (unsigned int)(place >> 32), (unsigned int)draw, (unsigned int)(draw >> 32)};
    for (int round = 0; round < 10; ++round) {
        unsigned long long a = 0xD2511F53ULL * c.x, b = 0xCD9E8D57ULL * c.z;
        uint4 next = {(unsigned int)(b >> 32) ^ c.y ^ k0, (unsigned int)b,
                      (unsigned int)(a >> 32) ^ c.w ^ k1, (unsigned int)a};
        c = next;
        k0 += 0x9E3779B9U;
        k1 += 0xBB67AE85U;
    }
    return c;
}
"""

# The elements y of one draw; i is the place, u the four random words. 24 bits fill a float, 53 bits a double.
WORDS = "uint4 u = philox(seed, draw, i);"
FLOAT = "(u.x >> 8) * (1.0f / 16777216)"
DOUBLE = "((u.x >> 5) * 67108864.0 + (u.y >> 6)) * (1.0 / 9007199254740992.0)"
FLOAT_UNIFORM = f"{WORDS} y = offset + scale * ({FLOAT});"
DOUBLE_UNIFORM = f"{WORDS} y = offset + scale * ({DOUBLE});"
BERNOULLI = f"{WORDS} y = {FLOAT} < p;"
# Box and Muller's transform; the logarithm's argument is above 0.
FLOAT_NORMAL = f"""{WORDS}
    float radius = sqrtf(-2 * logf((u.x + 1.0f) * (1.0f / 4294967296)));
    y = offset + scale * (radius * cospif(u.y * (2.0f / 4294967296)));"""
DOUBLE_NORMAL = f"""{WORDS}
    double radius = sqrt(-2 * log(((u.x >> 5) * 67108864.0 + (u.y >> 6) + 1) * (1.0 / 9007199254740992.0)));
    y = offset + scale * (radius * cospi(((u.z >> 5) * 67108864.0 + (u.w >> 6)) * (2.0 / 9007199254740992.0)));"""
BITS = f"{WORDS} y = (unsigned long long)u.x << 32 | u.y;"
# The upper half of a 128-bit product spreads 64 random bits over `count` values.
INTEGERS = f"{WORDS} y = low + (long long)__umul64hi((unsigned long long)u.x << 32 | u.y, count);"


def _kernel(name: str, operation: str, result: str, parameters: str = "") -> Any:
    return cupy.ElementwiseKernel(
        f"uint64 seed, uint64 draw{parameters}", f"{result} y", operation, name, preamble=PHILOX
    )


_float_uniform = _kernel("float_uniform", FLOAT_UNIFORM, "float32", ", float32 offset, float32 scale")
_double_uniform = _kernel("double_uniform", DOUBLE_UNIFORM, "float64", ", float64 offset, float64 scale")
_float_normal = _kernel("float_normal", FLOAT_NORMAL, "float32", ", float32 offset, float32 scale")
_double_normal = _kernel("double_normal", DOUBLE_NORMAL, "float64", ", float64 offset, float64 scale")
_bernoulli = _kernel("bernoulli", BERNOULLI, "bool", ", float32 p")
_bits = _kernel("random_bits", BITS, "uint64")
_integers = _kernel("random_integers", INTEGERS, "int64", ", int64 low, uint64 count")


class CounterSource:
    """The draws of a generator on one GPU."""

    def __init__(self, seed: int | None, device: str) -> None:
        if seed is None:
            seed = int.from_bytes(os.urandom(8), "little")
        if seed < 0:
            raise ValueError(f"seed={seed} must be at least 0")
        self._seed = seed % 2**64
        self._draws = 0
        self._device = cupy.cuda.Device(int(device.partition(":")[2]))

    def _draw(self, kernel: Any, shape: Any, drawn: Any, dtype: Any, *parameters: Any) -> Any:
        """What a kernel writes to an array of dtype `drawn`, as `dtype`."""
        with self._device:
            y = cupy.empty(shape, drawn)
            kernel(np.uint64(self._seed), np.uint64(self._draws), *parameters, y)
            self._draws += 1
            return y.astype(dtype, copy=False)

    def uniform(self, shape: Any, low: float, high: float, dtype: Any) -> Any:
        return self._floats(_float_uniform, _double_uniform, shape, low, high - low, dtype)

    def normal(self, shape: Any, mean: float, std: float, dtype: Any) -> Any:
        return self._floats(_float_normal, _double_normal, shape, mean, std, dtype)

    def _floats(self, float_kernel: Any, double_kernel: Any, shape: Any, offset: float, scale: float,
                dtype: Any) -> Any:  # fmt: skip
        kernel, drawn = (double_kernel, np.float64) if dtype.itemsize > 4 else (float_kernel, np.float32)
        return self._draw(kernel, shape, drawn, dtype, drawn(offset), drawn(scale))

    def bernoulli(self, p: float, shape: Any, dtype: Any) -> Any:
        return self._draw(_bernoulli, shape, np.bool_, dtype, np.float32(p))

    def integers(self, low: int, high: int, shape: Any) -> Any:
        return self._draw(_integers, shape, np.int64, np.int64, np.int64(low), np.uint64(high - low))

    def permutation(self, n: int) -> Any:
        bits = self._draw(_bits, n, np.uint64, np.uint64)
        with self._device:
            return cupy.argsort(bits)

    def fresh_seed(self) -> int:
        words = np.random.SeedSequence((self._seed, self._draws)).generate_state(1, np.uint64)
        self._draws += 1
        return int(words[0])

    def state(self) -> dict[str, int]:
        return {"seed": self._seed, "draws": self._draws}

    def set_state(self, state: dict[str, int]) -> None:
        self._seed, self._draws = state["seed"], state["draws"]
