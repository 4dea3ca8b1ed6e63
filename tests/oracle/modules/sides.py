"""One sample of PyTorch's module database on both sides: outputs, buffers, gradients of inputs and parameters."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

import tinygrad_nn as tg
from tinygrad_nn import nn
from tinygrad_nn.nn import functional as F

from ..both_sides import normalised
from ..comparison import Both, agree, leaves, numpy_of

__all__ = ["compare"]

RENAMED = {"dim": "axis"}

# What the first input becomes on both sides.
BEFORE = {"CTCLoss": normalised}


class Sides(Both):
    """The arguments of a module on our side, which may be modules, functions and packed sequences too."""

    def convert(self, value: Any) -> Any:
        torch = self.torch
        if isinstance(value, torch.nn.TransformerEncoderLayer):
            return self.encoder_layer(value)
        if isinstance(value, torch.nn.utils.rnn.PackedSequence):
            return nn.utils.rnn.PackedSequence(*(self.convert(part) for part in value))
        if callable(value) and not isinstance(value, (torch.Tensor, type)):
            return getattr(F, value.__name__)
        return super().convert(value)

    def arguments(self, given: Any) -> tuple[list[Any], dict[str, Any]]:
        """Positions and keywords, under our names; a keyword for the input of `forward` is a position."""
        keywords = dict(given.kwargs)
        if keywords.pop("options", None) is not None:  # a loss that takes its inputs in chunks
            keywords["batch_chunk_size"] = 2
        positions = [*given.args, *([keywords.pop("input")] if "input" in keywords else [])]
        ours = {RENAMED.get(name, name): self.convert(value) for name, value in keywords.items()}
        return [self.convert(value) for value in positions], ours

    def encoder_layer(self, layer: Any) -> Any:
        """A layer of the same settings, which a transformer makes its layers from."""
        return nn.TransformerEncoderLayer(
            layer.linear1.in_features, layer.self_attn.num_heads, layer.linear1.out_features, layer.dropout.p,
            self.convert(layer.activation), layer.norm1.eps, layer.self_attn.batch_first, layer.norm_first,
            layer.linear1.bias is not None,
        )  # fmt: skip


def compare(torch: Any, name: str, module_class: Any, sample: Any, training: bool, second: bool) -> bool:
    """Assert that both sides agree on a sample; whether second derivatives were among what was compared.

    Parameters
    ----------
    torch : module
    name : str
        Of the module, in both packages.
    module_class : type
        PyTorch's.
    sample
        Of the database: what to construct the module with, and what to call it with.
    training : bool
    second : bool
        Compare the gradient of a random projection of the gradients too.
    """
    both = Sides(torch)
    attention = torch.nn.attention  # of its forms only one has second derivatives
    with warnings.catch_warnings(), np.errstate(all="ignore"), attention.sdpa_kernel(attention.SDPBackend.MATH):
        warnings.simplefilter("ignore")
        given = copy.deepcopy(sample.constructor_input)  # what the call changes is not the sample's
        if "options" in given.kwargs:  # whose chunks have no second derivatives
            given.kwargs["options"] = None
        theirs = module_class(*given.args, **given.kwargs).to(torch.float64).train(training)
        if name.startswith("Lazy"):
            theirs(*sample.forward_input.args)
        positions, keywords = both.arguments(sample.constructor_input)
        ours = getattr(nn, name)(*positions, **keywords).to(tg.float64).train(training)
        ours.load_state_dict({key: numpy_of(value) for key, value in theirs.state_dict().items()})
        assert list(shapes(ours)) == list(shapes(theirs))

        positions, keywords = both.arguments(sample.forward_input)
        their_positions = list(sample.forward_input.args)
        if before := BEFORE.get(name):
            positions[0], their_positions[0] = before(positions[0]), before(their_positions[0])
        wanted = theirs(*their_positions, **sample.forward_input.kwargs)
        found = ours(*positions, **keywords)
        state = ours.state_dict()
        for key, value in theirs.state_dict().items():
            np.testing.assert_allclose(state[key].numpy(), numpy_of(value), rtol=1e-10, err_msg=key)

        parameters = dict(ours.named_parameters())
        assert parameters.keys() == dict(theirs.named_parameters()).keys()
        for key, parameter in theirs.named_parameters():
            both.theirs.append(parameter)
            both.ours.append(parameters[key])
        return agree(both, outputs(found), outputs(wanted), second)


def shapes(module: Any) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in module.state_dict().items()}


def outputs(result: Any) -> list[Any]:
    """The tensors of a result; what is absent on one side is so on the other, or their number differs."""
    return [part for part in leaves(result) if part is not None]
