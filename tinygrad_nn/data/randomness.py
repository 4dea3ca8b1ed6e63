"""Which Generator the data room draws from: data live on the host, so does their randomness."""

from __future__ import annotations

from ..backend import Generator, default_generator


def host_generator(generator: Generator | None) -> Generator:
    """Return `generator`, or the default one of the CPU where it is None; refuse one of another device."""
    if generator is None:
        return default_generator("cpu")
    if generator.device != "cpu":
        raise ValueError(
            f"generator: found one on {generator.device!r}, wanted one on 'cpu', where data live "
            "whatever device batches go to: Generator(seed)"
        )
    return generator
