"""Padded and packed sequences, with PyTorch as the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn.utils import rnn

draw = np.random.default_rng(0).standard_normal


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("lengths", "sort"), [((5, 3, 3, 1), True), ((3, 5, 1, 3), False), ((2, 2), True)], ids=str)
def test_packing_matches_pytorch(torch: Any, batch_first: bool, lengths: Any, sort: bool, device: str) -> None:
    arrays = [draw((n, 2)) for n in lengths]
    ours = [tg.asarray(x, device=device, requires_grad=True) for x in arrays]
    theirs = [torch.tensor(x, requires_grad=True) for x in arrays]
    padded, wanted = rnn.pad_sequence(ours, batch_first), torch.nn.utils.rnn.pad_sequence(theirs, batch_first)
    np.testing.assert_array_equal(padded.detach().numpy(), wanted.detach().numpy())
    found = rnn.pack_padded_sequence(padded, lengths, batch_first, sort)
    packed = torch.nn.utils.rnn.pack_padded_sequence(wanted, torch.tensor(lengths), batch_first, sort)
    assert found.batch_sizes.tolist() == packed.batch_sizes.tolist()
    np.testing.assert_array_equal(found.data.detach().numpy(), packed.data.detach().numpy())
    y, sizes = rnn.pad_packed_sequence(found, batch_first, -1.0, 6)
    t, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first, -1.0, 6)
    np.testing.assert_array_equal(y.detach().numpy(), t.detach().numpy())
    assert tuple(sizes.tolist()) == lengths
    (y * y).sum().backward()
    (t * t).sum().backward()
    for x, other in zip(ours, theirs):
        np.testing.assert_allclose(x.grad.numpy(), other.grad.numpy())
    for x, again in zip(arrays, rnn.unpack_sequence(rnn.pack_sequence(ours, enforce_sorted=sort))):
        np.testing.assert_array_equal(x, again.detach().numpy())


def test_padding_on_the_left(device: str) -> None:
    sequences = [tg.asarray(x, device=device) for x in ([1, 2, 3], [4, 5])]
    assert rnn.pad_sequence(sequences, True, 9, "left").tolist() == [[1, 2, 3], [9, 4, 5]]


def test_what_does_not_fit_is_named(device: str) -> None:
    x = tg.zeros((3, 2), device=device)
    with pytest.raises(
        ValueError, match=r"lengths are \[2, 3\]; wanted are the longest first, or enforce_sorted=False"
    ):
        rnn.pack_padded_sequence(x, [2, 3])
    with pytest.raises(ValueError, match=r"lengths are \[4, 0\]; wanted is one from 1 to 3 for each of 2 sequences"):
        rnn.pack_padded_sequence(x, [4, 0])
    with pytest.raises(ValueError, match=r"lengths are \[\]; wanted is one from 1 to 3 for each of 2 sequences"):
        rnn.pack_padded_sequence(x, [])
    for lengths in ([2.0, 1.0], tg.asarray([2.0, 1.0], device=device), [[2, 1]]):
        with pytest.raises(TypeError, match=r"pack_padded_sequence: lengths are \[.*\]; wanted are integers"):
            rnn.pack_padded_sequence(x, lengths)
    for shape, batch_first, order in (((3,), True, "batch, steps"), ((3, 0), False, "steps, batch"), ((), True, "bat")):
        with pytest.raises(ValueError, match=rf"pack_padded_sequence: input has shape \(.*\({order}"):
            rnn.pack_padded_sequence(tg.ones(shape, device=device), [], batch_first)
    with pytest.raises(ValueError, match="total_length=1, but the longest sequence has 2"):
        rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [2, 1]), total_length=1)
    with pytest.raises(ValueError, match="0 sequences"):
        rnn.pad_sequence([])


def test_under_compile_what_is_packed_runs_as_it_is(device: str) -> None:
    layer, x = nn.RNN(2, 3, generator=tg.Generator(0, device)), tg.ones((3, 2, 2), device=device)

    def made(x: Any) -> Any:
        return layer(rnn.pack_padded_sequence(x, [3, 2]))[0].data.sum()

    def taken(packed: Any) -> Any:
        return layer(packed)[0].data.sum()

    def padded(packed: Any) -> Any:
        return rnn.pad_packed_sequence(packed)[0].sum()

    packed = rnn.pack_padded_sequence(x, [3, 2])
    for function, given in ((made, x), (taken, packed), (padded, packed)):
        compiled = tg.compile(function)
        with pytest.warns(tg.CompileWarning) as seen:
            found = [compiled(given).item() for _ in range(3)]
        assert found == [function(given).item()] * 3
        assert len(seen) == 1
