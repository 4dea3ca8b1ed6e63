"""A module of ours and PyTorch's, with the same parameters: outputs and all gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_nn as tg

__all__ = ["assert_modules_agree", "leaves"]


def leaves(tree: Any) -> list[Any]:
    """The tensors in nested tuples."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [] if tree is None else [tree]


def assert_modules_agree(torch: Any, ours: Any, theirs: Any, *arrays: Any, device: str, rtol: float = 1e-8,
                         **options: Any) -> None:  # fmt: skip
    """Call both, in float64, with the same arrays (None, or nested tuples of them) and options, and go back."""

    def made(make: Any, array: Any) -> Any:
        if isinstance(array, np.ndarray):
            return make(array)
        return tuple(made(make, part) for part in array) if isinstance(array, tuple) else array

    def own(array: Any) -> Any:
        return tg.asarray(array, device=device, requires_grad=array.dtype.kind == "f")

    def other(array: Any) -> Any:
        return torch.tensor(array, requires_grad=array.dtype.kind == "f")

    theirs.to(torch.float64)
    ours.to(tg.float64).to(device)
    ours.load_state_dict({k: tg.asarray(v.detach().numpy(), device=device) for k, v in theirs.state_dict().items()})
    assert list(ours.state_dict()) == list(theirs.state_dict())
    xs, ts = [made(own, a) for a in arrays], [made(other, a) for a in arrays]
    found = leaves(ours(*xs, **{k: made(own, v) for k, v in options.items()}))
    wanted = leaves(theirs(*ts, **{k: made(other, v) for k, v in options.items()}))
    assert len(found) == len(wanted)
    random = np.random.default_rng(0)
    totals = []
    for y, t in zip(found, wanted):
        np.testing.assert_allclose(y.detach().numpy(), t.detach().numpy(), rtol=rtol, atol=1e-11)
        seed = random.standard_normal(y.shape)
        totals.append(((y * tg.asarray(seed, device=device)).sum(), (t * torch.tensor(seed)).sum()))
    sum(y for y, _ in totals).backward()
    sum(t for _, t in totals).backward()
    pairs = [(x, t) for x, t in zip(leaves(xs), leaves(ts)) if x.requires_grad]
    pairs += [(p, dict(theirs.named_parameters())[name]) for name, p in ours.named_parameters()]
    for x, t in pairs:
        assert (x.grad is None) == (t.grad is None)
        if t.grad is not None:
            np.testing.assert_allclose(x.grad.numpy(), t.grad.numpy(), rtol=rtol, atol=1e-10)
