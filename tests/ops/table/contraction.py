"""Rows of contractions."""

from __future__ import annotations

import numpy as np

import tinygrad_nn as tg

from .row import Row, cases


def rows() -> list[Row]:
    einsums = (
        ((2, 3), (3, 4), "ij,jk->ik"), ((2, 2, 3), (2, 3, 2), "bij,bjk->bik"), ((3, 3), "ii->i"), ((3, 3), "ii"),
        ((2, 3), "ij->j"), ((2, 3), "ij->"), ((2,), (3,), "i,j"), ((2, 3), (2, 3), "ij,ij"), ((2, 3), "ij->ji"),
        ((2, 2, 3), (3, 4), "...ij,jk->...ik"), ((1, 2, 3), (2, 3, 2), "...ij,...jk->...ik"),
        ((2, 3), (3, 2), (2, 2), "ij,jk,kl->il"), ((3,), (3,), (3,), "i,i,i->"), ((2, 2, 3), "iij->j"),
            ((), (3,), ",i->i"),
        ((2, 3), "ji"), ((2, 3), (4,), "ij,k->k"), ((2, 1), (1, 3), "ij,ij->ij"), ((0, 3), (3, 2), "ij,jk->ik"),
        ((2, 0), (0, 3), "ij,jk->ik"), ((2, 3, 2), "a...a->..."),
    )  # fmt: skip
    return [
        Row("einsum", lambda *xs, subscripts: tg.einsum(subscripts, *xs), lambda *xs,
            subscripts: np.einsum(subscripts, *xs),
            cases(*((*e[:-1], {"subscripts": e[-1]}) for e in einsums))),
    ]  # fmt: skip
