"""Random numbers, from a `Generator` that is given explicitly, or from the default one of a device.

On the CPU the numbers come from NumPy's PCG64, and on the strict device the same ones; on a GPU from a counter-based
generator (see `cuda_random`). NumPy's random module is loaded at the first draw: it takes as long as all of ours.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from .devices import namespace_for, parse_device, require_dtype
from .dtypes import dtype_of_name, float32, is_floating

__all__ = ["Generator", "default_generator", "manual_seed"]

DRAWS = ("bernoulli", "integers", "normal", "permutation", "uniform")


class Generator:
    """A source of random arrays on one device, which repeats itself from the same seed.

    Parameters
    ----------
    seed : int, optional
        At least 0. Without one, the numbers differ in every run.
    device : str
        Where the arrays are made.

    Notes
    -----
    Every method returns an array of the device's backend. To draw afresh each time a recorded program is replayed, a
    recorder keeps the call, not its result: ``generator.draw("uniform", (2, 3), low=-1.0)`` is
    ``generator.uniform((2, 3), low=-1.0)``, with the method given by its name.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.Generator(0).integers(0, 10, (3,)).tolist()
    [8, 6, 5]
    """

    def __init__(self, seed: int | None = None, device: str = "cpu") -> None:
        self.device = parse_device(device)
        self._source = _source(seed, self.device)

    def __getstate__(self) -> tuple[str, dict[str, int]]:
        """What a copy or a pickle has: where in its stream it is."""
        return self.device, self.state()

    def __setstate__(self, state: tuple[str, dict[str, int]]) -> None:
        self.device, place = state
        self._source = _source(0, self.device)
        self._source.set_state(place)

    def __repr__(self) -> str:
        return f"<generator on {self.device}>"

    def draw(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call one of the methods ``bernoulli``, ``integers``, ``normal``, ``permutation``, ``uniform`` by its name.

        Parameters
        ----------
        method : str
            The name.
        *args, **kwargs
            What the method is given.

        Returns
        -------
        array
            Of the device's backend.

        Raises
        ------
        ValueError
            There is no such method.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.Generator(0).draw("integers", 0, 10, (3,)).tolist()
        [8, 6, 5]
        """
        if method not in DRAWS:
            raise ValueError(f"method={method!r}: a generator draws {', '.join(DRAWS)}")
        return getattr(self, method)(*args, **kwargs)

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0, dtype: Any = float32) -> Any:
        """Floats spread evenly over [low, high); rounding to the dtype may give `high` itself.

        Parameters
        ----------
        shape : int or tuple of int
            Of the result.
        low, high : float
            The bounds.
        dtype : floating dtype
            float32 is drawn as such, which is faster than drawing float64.

        Returns
        -------
        array
            Of the device's backend.

        Raises
        ------
        TypeError
            The dtype is not floating.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.Generator(0).uniform((2, 3), low=-1.0)
        >>> x.shape, bool((abs(x) <= 1).all())
        ((2, 3), True)
        """
        return self._source.uniform(shape, low, high, self._floating("uniform", dtype))

    def normal(self, shape: Any, mean: float = 0.0, std: float = 1.0, dtype: Any = float32) -> Any:
        """Floats with a normal distribution.

        Parameters
        ----------
        shape : int or tuple of int
            Of the result.
        mean, std : float
            Of the distribution.
        dtype : floating dtype
            float32 is drawn as such, which is faster than drawing float64.

        Returns
        -------
        array
            Of the device's backend.

        Raises
        ------
        TypeError
            The dtype is not floating.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> x = tg.Generator(0).normal((10000,), mean=5.0)
        >>> bool(abs(x.mean() - 5) < 0.1)
        True
        """
        return self._source.normal(shape, mean, std, self._floating("normal", dtype))

    def integers(self, low: int, high: int, shape: Any) -> Any:
        """Integers (int64) from `low` up to and without `high`, all as likely.

        Parameters
        ----------
        low, high : int
            The smallest, and one more than the largest.
        shape : int or tuple of int
            Of the result.

        Returns
        -------
        array of int64
            Of the device's backend.

        Raises
        ------
        ValueError
            There is none between `low` and `high`.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.Generator(0).integers(0, 10, (3,)).tolist()
        [8, 6, 5]
        """
        if low >= high:
            raise ValueError(f"integers: low={low} must be less than high={high}")
        return self._source.integers(low, high, shape)

    def permutation(self, n: int) -> Any:
        """The integers (int64) from 0 to n - 1 in random order.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        array of int64
            Shape (n,), of the device's backend.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> sorted(tg.Generator(0).permutation(4).tolist())
        [0, 1, 2, 3]
        """
        return self._source.permutation(n)

    def bernoulli(self, p: float, shape: Any, dtype: Any = float32) -> Any:
        """Ones with probability `p`, zeros otherwise.

        Parameters
        ----------
        p : float
            From 0 to 1.
        shape : int or tuple of int
            Of the result.
        dtype : dtype
            Of the result.

        Returns
        -------
        array
            Of the device's backend.

        Raises
        ------
        ValueError
            `p` is no probability.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> tg.Generator(0).bernoulli(1.0, (3,)).tolist()
        [1.0, 1.0, 1.0]
        """
        if not 0 <= p <= 1:
            raise ValueError(f"bernoulli: p={p} must be a probability, from 0 to 1")
        return self._source.bernoulli(p, shape, self._dtype(dtype))

    def spawn(self, n: int) -> list[Generator]:
        """Generators of the same device with streams of their own, seeded from this one.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        list of Generator

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> a, b = tg.Generator(0).spawn(2)
        >>> a.integers(0, 100, (3,)).tolist() == b.integers(0, 100, (3,)).tolist()
        False
        """
        return [Generator(self._source.fresh_seed(), self.device) for _ in range(n)]

    def state(self) -> dict[str, int]:
        """Where in its stream the generator is; `set_state` goes back there.

        Returns
        -------
        dict of str to int
            Integers that JSON can hold.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> generator = tg.Generator(0)
        >>> state = generator.state()
        >>> first = generator.normal((3,)).tolist()
        >>> generator.set_state(state)
        >>> generator.normal((3,)).tolist() == first
        True
        """
        values: dict[str, int] = self._source.state()
        return values

    def set_state(self, state: dict[str, int]) -> None:
        """Continue from where `state` was read, of a generator of the same kind of device.

        Parameters
        ----------
        state : dict of str to int
            What `Generator.state` gave.

        Raises
        ------
        ValueError
            `state` is of another kind of device.
        """
        wanted = self._source.state().keys()
        if state.keys() != wanted:
            raise ValueError(
                f"state has {sorted(state)}, a generator on {self.device} wants {sorted(wanted)}; "
                "a state can be used on the kind of device only that it comes from"
            )
        self._source.set_state(state)

    def seed(self, seed: int | None) -> None:
        """Start again, as a new ``Generator(seed)`` would.

        Parameters
        ----------
        seed : int or None
            At least 0; None for numbers that differ in every run.

        Examples
        --------
        >>> import tinygrad_nn as tg
        >>> generator = tg.Generator()
        >>> generator.seed(0)
        >>> generator.integers(0, 10, (3,)).tolist()
        [8, 6, 5]
        """
        self._source = _source(seed, self.device)

    def _dtype(self, dtype: Any) -> Any:
        """The dtype that is meant, if arrays of it can be on the device."""
        dtype = dtype_of_name(dtype)
        require_dtype(dtype, self.device)
        return dtype

    def _floating(self, method: str, dtype: Any) -> Any:
        dtype = self._dtype(dtype)
        if not is_floating(dtype):
            raise TypeError(f"{method}: wanted is a floating dtype, not {dtype}")
        return dtype


class _HostSource:
    """NumPy's generator, and the way of its arrays to the device."""

    def __init__(self, seed: int | None, device: str) -> None:
        self._numpy = np.random.Generator(np.random.PCG64(seed))
        self._device = device
        self._xp = namespace_for(device)

    def _placed(self, array: Any) -> Any:
        return self._xp.from_numpy(array, self._device)

    def uniform(self, shape: Any, low: float, high: float, dtype: Any) -> Any:
        return self._floats(self._numpy.random, shape, low, high - low, dtype)

    def normal(self, shape: Any, mean: float, std: float, dtype: Any) -> Any:
        return self._floats(self._numpy.standard_normal, shape, mean, std, dtype)

    def _floats(self, method: Any, shape: Any, offset: float, scale: float, dtype: Any) -> Any:
        """What a method gives, drawn in the nearest of the two precisions that it has, scaled and shifted."""
        drawn = np.float32 if dtype.itemsize <= 4 else np.float64
        x = np.asarray(method(shape, dtype=drawn))
        if scale != 1.0:
            x *= scale
        if offset != 0.0:
            x += offset
        return self._placed(x.astype(dtype, copy=False))

    def bernoulli(self, p: float, shape: Any, dtype: Any) -> Any:
        drawn = np.asarray(self._numpy.random(shape, dtype=np.float32))
        return self._placed(np.asarray(drawn < p, dtype))

    def integers(self, low: int, high: int, shape: Any) -> Any:
        return self._placed(np.asarray(self._numpy.integers(low, high, shape)))

    def permutation(self, n: int) -> Any:
        return self._placed(self._numpy.permutation(n))

    def fresh_seed(self) -> int:
        return int(self._numpy.integers(2**63))

    def state(self) -> dict[str, int]:
        state: Any = self._numpy.bit_generator.state
        return {
            "state": state["state"]["state"],
            "increment": state["state"]["inc"],
            "has_uint32": state["has_uint32"],
            "uint32": state["uinteger"],
        }

    def set_state(self, state: dict[str, int]) -> None:
        self._numpy.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": state["state"], "inc": state["increment"]},
            "has_uint32": state["has_uint32"],
            "uinteger": state["uint32"],
        }


def _check_seed(seed: Any) -> None:
    if seed is not None and not isinstance(seed, Integral):
        raise TypeError(f"the seed is {seed!r}, wanted an integer of at least 0, or None for one that nobody knows")
    if seed is not None and seed < 0:
        raise ValueError(f"the seed is {seed}, wanted at least 0")


def _source(seed: int | None, device: str) -> Any:
    _check_seed(seed)
    if device.startswith("cuda"):
        from .cuda_random import CounterSource

        return CounterSource(seed, device)
    return _HostSource(seed, device)


_default_generators: dict[str, Generator] = {}
_default_seeds: list[int | None] = [None]  # what manual_seed was last given


def default_generator(device: str = "cpu") -> Generator:
    """The generator of a device that functions draw from where none is given to them.

    Parameters
    ----------
    device : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"``.

    Returns
    -------
    Generator
        The same one each time.

    Raises
    ------
    ValueError
        There is no device of such a name.
    """
    device = parse_device(device)
    generator = _default_generators.get(device)
    if generator is None:
        generator = _default_generators.setdefault(device, Generator(_default_seeds[0], device))
    return generator


def manual_seed(seed: int) -> None:
    """Seed the default generators of all devices.

    Passing a `Generator` where randomness is used is the way that does not depend on what ran before.

    Parameters
    ----------
    seed : int
        At least 0.

    Examples
    --------
    >>> import tinygrad_nn as tg
    >>> tg.manual_seed(0)
    >>> first = tg.rand(3)
    >>> tg.manual_seed(0)
    >>> bool((tg.rand(3) == first).all())
    True
    """
    _check_seed(seed)
    _default_seeds[0] = seed
    for generator in _default_generators.values():
        generator.seed(seed)
