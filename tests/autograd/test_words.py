"""Arguments by the names of other frameworks: an error says what they are called here."""

import pytest

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn
from tinygrad_nn.nn.parametrizations import spectral_norm, weight_norm

DIM = {
    "Softmax": lambda x: nn.Softmax(dim=1),
    "LogSoftmax": lambda x: nn.LogSoftmax(dim=1),
    "Softmin": lambda x: nn.Softmin(dim=1),
    "GLU": lambda x: nn.GLU(dim=1),
    "CosineSimilarity": lambda x: nn.CosineSimilarity(dim=1),
    "Unflatten": lambda x: nn.Unflatten(dim=1, unflattened_size=(2, 2)),
    "softmax": lambda x: F.softmax(x, dim=1),
    "log_softmax": lambda x: F.log_softmax(x, dim=1),
    "softmin": lambda x: F.softmin(x, dim=1),
    "glu": lambda x: F.glu(x, dim=1),
    "normalize": lambda x: F.normalize(x, dim=1),
    "cosine_similarity": lambda x: F.cosine_similarity(x, x, dim=1),
    "weight_norm": lambda x: weight_norm(nn.Linear(2, 2), dim=0),
    "spectral_norm": lambda x: spectral_norm(nn.Linear(2, 2), dim=0),
}


@pytest.mark.parametrize("name", DIM)
def test_dim_is_axis(name):
    with pytest.raises(TypeError, match=f"^{name}: there is no argument 'dim'; it is called 'axis' here$"):
        DIM[name](tg.ones((3, 4)))


@pytest.mark.parametrize(
    "flatten",
    [lambda **how: nn.Flatten(**how), lambda **how: tg.flatten(tg.ones((3, 4)), **how),
     lambda **how: tg.ones((3, 4)).flatten(**how)],
)  # fmt: skip
@pytest.mark.parametrize("side", ["start", "end"])
def test_the_ends_of_flatten(flatten, side):
    with pytest.raises(TypeError, match=f"atten: there is no argument '{side}_dim'; it is called '{side}_axis' here$"):
        flatten(**{f"{side}_dim": 1})


@pytest.mark.parametrize("distance", [nn.PairwiseDistance, lambda **how: F.pairwise_distance(*[tg.ones(3)] * 2, **how)])
def test_keepdim_is_keepdims(distance):
    with pytest.raises(TypeError, match="there is no argument 'keepdim'; it is called 'keepdims' here$"):
        distance(keepdim=True)


@pytest.mark.parametrize(
    "call", [nn.Softmax, nn.Unflatten, lambda: F.softmax(tg.ones(3)), lambda: F.log_softmax(tg.ones(3)),
             lambda: F.softmin(tg.ones(3))],
)  # fmt: skip
def test_a_missing_axis(call):
    with pytest.raises(TypeError, match="the argument 'axis' is missing"):
        call()


def test_other_arguments_that_do_not_exist():
    with pytest.raises(TypeError, match="^Softmax: there is no argument 'inplace'$"):
        nn.Softmax(1, inplace=True)
    with pytest.raises(TypeError, match="Unflatten: the argument 'unflattened_size' is missing"):
        nn.Unflatten(1)
